//! Names that stand in whatever a pattern matches, and the nodes around them: where the names are few, so are the places
//! that are worth a try.

use std::ops::Range;

use crate::pattern::{Pattern, Root};
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::node::{NodeId, Tree};
use crate::tree::vocabulary::Word;

/// Some nodes and all that lie around them, up to node `top`, in order.
pub(super) fn around(tree: &Tree, nodes: impl Iterator<Item = NodeId>, top: NodeId) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = nodes.collect();
    nodes.sort_unstable();
    let mut all = Vec::new();
    let mut before = None;
    for node in nodes {
        let mut at = node;
        // What lies around the one before as well is there.
        while !before.is_some_and(|before| at <= before && before < tree.node(at).next) {
            all.push(at);
            let parent = tree.node(at).parent;
            if parent < top || parent == at {
                break;
            }
            at = parent;
        }
        before = Some(node);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The statements that some nodes are in the expressions of, up to node `top`, in order. What stands in a function is in a
/// statement of that function's.
pub(super) fn statements_around(
    tree: &Tree,
    nodes: impl Iterator<Item = NodeId>,
    top: NodeId,
) -> Vec<NodeId> {
    let statement = |mut at: NodeId| {
        while at >= top {
            let node = tree.node(at);
            if node.kind.is_statement() {
                return Some(at);
            }
            if node.parent == at {
                break;
            }
            at = node.parent;
        }
        None
    };
    let mut all: Vec<NodeId> = nodes.filter_map(statement).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The names that stand in what a pattern begins with, and in the statements after: where the pattern matches, a node with
/// each of them is there.
pub(super) fn words(pattern: &Pattern) -> [Vec<Word>; 2] {
    let (first, end) = match pattern.root {
        Root::Node(root) => (root, pattern.tree.node(root).next),
        Root::Statements(list) => (list + 1, pattern.tree.node(list).next),
    };
    let first_end = pattern.tree.node(first).next;
    let of = |range: Range<NodeId>| {
        let stays = |id: &NodeId| {
            let node = pattern.tree.node(*id);
            let parent = pattern.tree.node(node.parent);
            let is_read = node.kind == Kind::Name
                || (node.kind == Kind::Property && parent.kind == Kind::Member);
            is_read
                && node.name != Word::NONE
                && node.name != Word::ANY
                && node.start < node.end
                && !is_marked(pattern.text(*id))
                && !is_under_cast(pattern, *id)
        };
        let words = range.filter(stays).map(|id| pattern.tree.node(id).name);
        let mut words: Vec<Word> = words.collect();
        words.sort_unstable_by_key(|word| word.index());
        words.dedup();
        words
    };
    if pattern.tree.node(first).kind == Kind::Ellipsis {
        return [Vec::new(), of(first..end)];
    }
    [of(first..first_end), of(first_end..end)]
}

/// The strings that a pattern is written with, as far as code that it matches has to hold them: be it elsewhere, as what a
/// name stands for.
pub(super) fn strings(pattern: &Pattern) -> Vec<Word> {
    let range = match pattern.root {
        Root::Node(root) => root..pattern.tree.node(root).next,
        Root::Statements(list) => list + 1..pattern.tree.node(list).next,
    };
    let stays = |id: &NodeId| {
        let node = pattern.tree.node(*id);
        let text = pattern.text(*id);
        // The same string can be written with other escapes.
        node.kind == Kind::String
            && node.name != Word::NONE
            && !text.contains('\\')
            && !is_marked(text)
            && !is_under_cast(pattern, *id)
    };
    let words = range.filter(stays).map(|id| pattern.tree.node(id).name);
    let mut words: Vec<Word> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a text stands for something else.
fn is_marked(text: &str) -> bool {
    text.contains(marks::TYPED) || text.contains(marks::ELLIPSIS)
}

/// A cast in a pattern may be a type that code does not write.
fn is_under_cast(pattern: &Pattern, id: NodeId) -> bool {
    let mut at = id;
    loop {
        let node = pattern.tree.node(at);
        if node.kind == Kind::Cast {
            return true;
        }
        if node.parent == at {
            return false;
        }
        at = node.parent;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::around;
    use crate::tree::node::{Node, NodeId, Tree};

    /// A tree by the parents of its nodes: each as many steps above the node before as asked.
    fn tree(steps: &[u32]) -> Tree {
        let mut tree = Tree::default();
        tree.nodes.push(Node::NOTHING);
        for (before, steps) in (0..).zip(steps) {
            let mut parent = before;
            for _ in 0..*steps {
                parent = tree.node(parent).parent;
            }
            tree.nodes.push(Node {
                parent,
                ..Node::NOTHING
            });
        }
        for id in (0..tree.len()).rev() {
            let end = (id + 1..tree.len()).find(|other| {
                let mut at = *other;
                while at > id {
                    at = tree.node(at).parent;
                }
                at != id
            });
            let end = end.unwrap_or(tree.len());
            if let Some(node) = tree.nodes.get_mut(id as usize) {
                node.next = end;
            }
        }
        tree
    }

    proptest! {
        #[test]
        fn all_that_lies_around_is_there_once(
            steps in prop::collection::vec(0_u32..4, 0..30),
            picked in prop::collection::vec(0_u32..31, 0..8),
        ) {
            let tree = tree(&steps);
            let picked: Vec<NodeId> = picked.into_iter().filter(|id| *id < tree.len()).collect();
            let found = around(&tree, picked.iter().copied(), 0);
            let lies_around = |id: &NodeId| picked.iter().any(|it| id <= it && *it < tree.node(*id).next);
            let expected: Vec<NodeId> = (0..tree.len()).filter(lies_around).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
