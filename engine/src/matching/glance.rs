//! What a short look at the code tells of a place that a pattern may begin at, before a match is tried: whether two statements
//! assign to the same, whether a method may have its name.

use super::binding::{self, Binding};
use super::candidates::ASSIGNMENTS;
use super::matcher::{Code, is_done_later};
use super::narrow::Filter;
use crate::pattern::{Pattern, Root};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};

/// More assignments in one statement are left to the match, whose steps are counted.
const MOST_COMPARED: usize = 64;

/// What a pattern asks of a place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Glance {
    /// The pattern begins with two statements that assign to one metavariable.
    assigns_again: bool,
    /// The metavariable, by its number, that stands for the name of the method that is called.
    method: Option<u32>,
}

impl Glance {
    /// `names_stay` says that names of the code are not replaced by what they hold.
    pub(super) fn of(pattern: &Pattern, names_stay: bool) -> Self {
        Self {
            assigns_again: names_stay && assigns_again(pattern),
            method: method(pattern),
        }
    }

    /// Whether the pattern may match at a node. `filters` are those on its metavariables.
    pub(super) fn admits(self, code: Code<'_>, filters: &[Filter<'_>], id: NodeId) -> bool {
        let tree = code.tree;
        if self.assigns_again {
            let is_same = |a, b| {
                let (a, b) = (Binding::of_node(tree, a), Binding::of_node(tree, b));
                binding::equal(code, &a, &b)
            };
            let (first, second) = (targets(tree, id), targets(tree, tree.node(id).next));
            let mut among_second = |target| second.clone().any(|other| is_same(target, other));
            return first.clone().nth(MOST_COMPARED).is_some()
                || second.clone().nth(MOST_COMPARED).is_some()
                || first.clone().any(&mut among_second);
        }
        let callee = tree.node(id + 1);
        let Some(method) = self.method.filter(|_| callee.kind == Kind::Member) else {
            return true;
        };
        let name = Binding::of_node(tree, tree.node(id + 2).next);
        Filter::all_admit_soon(filters, method, &name, code.source)
    }
}

/// What the expressions of a statement assign to, but for those of functions in it.
fn targets(tree: &Tree, statement: NodeId) -> impl Iterator<Item = NodeId> + Clone {
    let (mut at, end) = (statement, tree.node(statement).next);
    std::iter::from_fn(move || {
        while at < end {
            let id = at;
            let node = tree.node(id);
            at = if is_done_later(node.kind) {
                node.next
            } else {
                id + 1
            };
            if ASSIGNMENTS.contains(&node.kind) {
                return Some(id + 1);
            }
        }
        None
    })
}

fn assigns_again(pattern: &Pattern) -> bool {
    let Root::Statements(list) = pattern.root else {
        return false;
    };
    let tree = &pattern.tree;
    let target = |statement: NodeId| {
        let target = tree.node(statement + 2);
        let assigns = tree.node(statement).kind == Kind::ExpressionStatement
            && tree.node(statement + 1).kind == Kind::Assign;
        (assigns && target.kind == Kind::Metavariable).then_some(target.name)
    };
    let mut statements = tree.children(list).map(target);
    match (statements.next().flatten(), statements.next().flatten()) {
        (Some(first), Some(second)) => first == second,
        _ => false,
    }
}

fn method(pattern: &Pattern) -> Option<u32> {
    let Root::Node(call) = pattern.root else {
        return None;
    };
    let tree = &pattern.tree;
    let name = tree.node(tree.child(call + 1, 1)?);
    let calls_method =
        tree.node(call).kind == Kind::Call && tree.node(call + 1).kind == Kind::Member;
    (calls_method && name.kind == Kind::Metavariable).then(|| name.name.index())
}
