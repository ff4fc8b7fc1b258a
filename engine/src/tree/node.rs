//! The lowered tree: an array of nodes in pre-order.
//!
//! A node's first child is the next element; its next sibling stands at its `next`. A subtree is therefore one
//! slice, walking needs no pointers, and the whole tree is one allocation that a thread reuses from file to
//! file.

use super::kind::Kind;
use super::vocabulary::Word;

/// Index of a node in its [`Tree`].
pub type NodeId = u32;

/// Flags of a node. What a pattern's node carries of [`flags::ASKED`], the code's must carry too.
pub(crate) mod flags {
    /// `async`.
    pub(crate) const ASYNC: u16 = 1;
    /// `function*`.
    pub(crate) const GENERATOR: u16 = 1 << 1;
    /// `static`.
    pub(crate) const STATIC: u16 = 1 << 2;
    /// `get x()`.
    pub(crate) const GETTER: u16 = 1 << 3;
    /// `set x(v)`.
    pub(crate) const SETTER: u16 = 1 << 4;
    /// Under `export`.
    pub(crate) const EXPORTED: u16 = 1 << 5;
    /// `...x` as a parameter.
    pub(crate) const REST: u16 = 1 << 6;
    /// `a?.b`.
    pub(crate) const OPTIONAL: u16 = 1 << 7;
    /// A value that an arrow function returns without saying `return`.
    pub(crate) const IMPLICIT: u16 = 1 << 8;
    /// A statement written with its `;`.
    pub(crate) const SEMICOLON: u16 = 1 << 9;
    /// A name that an import or a constant gives a meaning; see `matching::names`.
    pub(crate) const RESOLVED: u16 = 1 << 10;
    /// Not the first declarator of its statement.
    pub(crate) const LATER_DECLARATOR: u16 = 1 << 11;
    /// A JSX element without children, `<a/>`.
    pub(crate) const SELF_CLOSING: u16 = 1 << 12;
    /// A string written as a template without substitutions.
    pub(crate) const TEMPLATE: u16 = 1 << 13;
    /// The flags that a pattern asks for when it has them.
    pub(crate) const ASKED: u16 =
        ASYNC | GENERATOR | STATIC | GETTER | SETTER | EXPORTED | REST | OPTIONAL;
}

/// One node: 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// First byte in the source.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
    /// Just past the last node of this subtree.
    pub next: NodeId,
    /// The node above; the root's is itself.
    pub parent: NodeId,
    /// The word a node is looked up by: a name's own text, a call's callee, a member's property.
    pub name: Word,
    /// What it is.
    pub kind: Kind,
    /// Operator or keyword.
    pub sub: u8,
    /// Facts such as `async`, a bit each.
    pub flags: u16,
}

impl Node {
    /// What stands for a node that is not there.
    pub(crate) const NOTHING: Self = Self {
        start: 0,
        end: 0,
        next: 0,
        parent: 0,
        name: Word::NONE,
        kind: Kind::Absent,
        sub: 0,
        flags: 0,
    };
}

/// A lowered file or pattern.
#[derive(Debug, Default)]
pub struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// Bytes of expressions in parentheses, and the bytes with these, sorted; of several around one expression the outer
    /// ones last.
    pub(crate) parentheses: Vec<((u32, u32), (u32, u32))>,
}

impl Clone for Tree {
    fn clone(&self) -> Self {
        Self {
            nodes: self.nodes.clone(),
            parentheses: self.parentheses.clone(),
        }
    }

    /// Into the memory that there is.
    fn clone_from(&mut self, source: &Self) {
        self.nodes.clone_from(&source.nodes);
        self.parentheses.clone_from(&source.parentheses);
    }
}

impl Tree {
    /// The node with this id; the root where there is none.
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node = Node::NOTHING;
        self.nodes.get(id as usize).unwrap_or(&NOTHING)
    }

    /// The range of an expression with the parentheses around it, where there are any.
    pub(crate) fn with_parentheses(&self, range: (u32, u32)) -> (u32, u32) {
        let end = self
            .parentheses
            .partition_point(|(inner, _)| *inner <= range);
        let last = end
            .checked_sub(1)
            .and_then(|last| self.parentheses.get(last));
        last.filter(|(inner, _)| *inner == range)
            .map_or(range, |(_, outer)| *outer)
    }

    /// How many nodes there are.
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// What its nodes take, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + size_of_val(self.parentheses.as_slice())
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The children of a node, in order.
    pub fn children(&self, id: NodeId) -> Children<'_> {
        let node = self.node(id);
        Children {
            tree: self,
            at: id + 1,
            end: node.next,
        }
    }

    /// The `n`th child, from 0.
    pub fn child(&self, id: NodeId, n: usize) -> Option<NodeId> {
        self.children(id).nth(n)
    }

    /// Whether the subtree at `id` holds node `other`.
    pub fn contains(&self, id: NodeId, other: NodeId) -> bool {
        id <= other && other < self.node(id).next
    }

    /// The text of a node in `source`.
    pub fn text<'s>(&self, id: NodeId, source: &'s [u8]) -> &'s [u8] {
        let node = self.node(id);
        source
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
    }

    /// Every node with its id, in pre-order.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(id, node)| (id as NodeId, node))
    }
}

/// Iterator over the children of a node.
#[derive(Clone, Debug)]
pub struct Children<'t> {
    tree: &'t Tree,
    at: NodeId,
    end: NodeId,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.at >= self.end {
            return None;
        }
        let id = self.at;
        // A node is at least one element long, so this moves on even if `next` were damaged.
        self.at = self.tree.node(id).next.max(id + 1);
        Some(id)
    }
}
