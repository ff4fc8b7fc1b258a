//! What a metavariable is bound to, and when two bound pieces of code are equal.

use std::borrow::Cow;

use super::matcher::Code;
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::node::{NodeId, Tree};

/// No node: the binding is a piece of text.
pub(crate) const NO_NODE: NodeId = NodeId::MAX;

/// A bound piece of code: a node, siblings that follow each other, or a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binding {
    /// First byte.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
    /// First node, or [`NO_NODE`].
    pub(crate) first: NodeId,
    /// Just past the last node's subtree; of a text, the expression that puts it together or [`NO_NODE`].
    pub(crate) last: NodeId,
}

impl Binding {
    pub(crate) fn of_node(tree: &Tree, id: NodeId) -> Self {
        let node = tree.node(id);
        Self {
            start: node.start,
            end: node.end,
            first: id,
            last: node.next,
        }
    }

    /// The siblings from node `first` up to, not including, node `last`.
    pub(crate) fn of_list(tree: &Tree, first: NodeId, last: NodeId, empty_at: u32) -> Self {
        let mut range = (empty_at, empty_at);
        let mut id = first;
        while id < last {
            let node = tree.node(id);
            if id == first {
                range.0 = node.start;
            }
            range.1 = node.end;
            id = node.next.max(id + 1);
        }
        Self {
            start: range.0,
            end: range.1,
            first,
            last,
        }
    }

    pub(crate) fn of_text(start: u32, end: u32) -> Self {
        Self {
            start,
            end,
            first: NO_NODE,
            last: NO_NODE,
        }
    }

    /// The text of a string that an expression puts together, by the literal that it begins with.
    pub(crate) fn of_joined(start: u32, end: u32, expression: NodeId) -> Self {
        Self {
            start,
            end,
            first: NO_NODE,
            last: expression,
        }
    }

    /// The expression that puts the bound string together, where no literal has all of it.
    pub(crate) fn joined(&self) -> Option<NodeId> {
        (self.first == NO_NODE && self.last != NO_NODE).then_some(self.last)
    }

    /// The one node that is bound, if it is one.
    pub(crate) fn node(&self, tree: &Tree) -> Option<NodeId> {
        (self.first != NO_NODE && tree.node(self.first).next == self.last).then_some(self.first)
    }

    /// The bound text.
    pub fn text<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// The bound text; of a string literal, what stands between its quotes.
    pub(crate) fn content<'s>(&self, tree: &Tree, source: &'s [u8]) -> &'s [u8] {
        let text = self.text(source);
        match self.node(tree).map(|id| tree.node(id).kind) {
            Some(Kind::String) => unquoted(text),
            _ => text,
        }
    }
}

/// Bytes as text: what is no UTF-8 is replaced. Code is nearly always UTF-8, which is told many times faster than each
/// character is looked for.
pub(crate) fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// What stands between the quotes of a text, if it has any.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    match (text.first(), text.last()) {
        (Some(b'"' | b'\'' | b'`'), Some(b'"' | b'\'' | b'`')) if text.len() > 1 => {
            text.get(1..text.len() - 1).unwrap_or_default()
        }
        _ => text,
    }
}

/// Whether two bindings are the same code, whatever its layout.
pub(crate) fn equal(code: Code<'_>, a: &Binding, b: &Binding) -> bool {
    if a == b {
        return true;
    }
    if a.first == NO_NODE || b.first == NO_NODE {
        return a.content(code.tree, code.source) == b.content(code.tree, code.source);
    }
    equal_nodes(code, (a.first, a.last), (b.first, b.last))
}

/// Compares two runs of nodes, without recursion: in pre-order, equal trees are equal sequences.
fn equal_nodes(
    code: Code<'_>,
    (mut a, a_end): (NodeId, NodeId),
    (mut b, b_end): (NodeId, NodeId),
) -> bool {
    if a_end - a != b_end - b {
        return false;
    }
    let (a_first, b_first) = (a, b);
    while a < a_end {
        let (x, y) = (code.tree.node(a), code.tree.node(b));
        if x.next - a_first != y.next - b_first || x.sub != y.sub {
            return false;
        }
        if x.kind != y.kind && !(x.kind.is_name() && y.kind.is_name()) {
            return false;
        }
        if x.next == a + 1 && !equal_text(code.tree, code.source, a, b) {
            return false;
        }
        a += 1;
        b += 1;
    }
    // Only what reads the same is worth a look at what its names refer to.
    !code.strict_names
        || (a_first..a_end)
            .zip(b_first..)
            .all(|(a, b)| is_same_binding(code, a, b))
}

/// Whether two nodes that read the same are the same variable, where both are variables.
fn is_same_binding(code: Code<'_>, a: NodeId, b: NodeId) -> bool {
    let is_variable = |id: NodeId| matches!(code.tree.node(id).kind, Kind::Name | Kind::Definition);
    if !is_variable(a) || !is_variable(b) {
        return true;
    }
    code.names.is_same(code.tree, code.source, a, b)
}

/// Whether two leaves of one kind read the same.
pub(crate) fn equal_text(tree: &Tree, source: &[u8], a: NodeId, b: NodeId) -> bool {
    let (x, y) = (tree.text(a, source), tree.text(b, source));
    match tree.node(a).kind {
        Kind::String => marks::unescape(unquoted(x)) == marks::unescape(unquoted(y)),
        Kind::Property => unquoted(x) == unquoted(y),
        Kind::Number => marks::canonical_number(x) == marks::canonical_number(y),
        // Empty lists are the same whatever stands between their brackets.
        kind if kind.is_list() && kind != Kind::Other => true,
        _ => x == y,
    }
}
