//! Taint of the way that control takes, rather than of values: `control` of sources and `at-exit` of sinks.

use super::Source;
use super::flow::{Flow, Range};
use super::places::Ranged;
use super::state::State;
use super::taints::{Origin, Taints};
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// Under this name, which no variable has, a state holds the sources that control came through.
const CONTROL: &[u8] = b"\0control";

impl Flow<'_> {
    /// The sources that control came through.
    pub(super) fn control(&self, state: &State) -> Taints {
        if self.has_control {
            state.get(CONTROL)
        } else {
            Taints::default()
        }
    }

    /// Forgets the way of control, where it begins anew.
    pub(super) fn forget_control(&self, state: &mut State) {
        if self.has_control {
            state.forget(CONTROL);
        }
    }

    /// Notes the sources that control has come through once the expression `id` is done.
    pub(super) fn pass_control(&self, id: NodeId, range: Range, state: &mut State) {
        if !self.has_control {
            return;
        }
        let mut passed = Taints::default();
        let mut pass = |number, source: &Source<'_>| {
            if source.spec.control {
                let origin = Origin {
                    source: number,
                    label: source.spec.label,
                    is_supposed: false,
                };
                passed.add(origin, None);
            }
        };
        for (number, source) in self.sources.around(range) {
            if range == source.range() || self.is_outermost(id, source.range()) {
                pass(number, source);
            }
        }
        // A lambda may be called by whatever it is given to, as far as anyone knows at once.
        if self.kind(id) == Kind::Lambda {
            for (number, source) in self.sources.inside(range) {
                pass(number, source);
            }
        }
        state.add(CONTROL, &passed);
    }

    /// Whether the function around a node ends with the statement that it is part of, on one of its ways.
    pub(super) fn is_at_exit(&self, id: NodeId) -> bool {
        let tree = self.tree();
        let mut at = id;
        loop {
            let parent = tree.node(at).parent;
            let is_first = parent + 1 == at;
            let is_last = tree.node(at).next == tree.node(parent).next;
            match self.kind(at) {
                Kind::Return | Kind::Throw | Kind::Function | Kind::Lambda | Kind::Program => {
                    return true;
                }
                _ => {}
            }
            match self.kind(parent) {
                Kind::Block | Kind::Program if !is_last => return false,
                // What is tested decides only what comes next, and a loop comes back to its head.
                Kind::If | Kind::Switch if is_first => return false,
                Kind::While | Kind::For | Kind::ForEach | Kind::DoWhile => return false,
                _ if parent == at => return true,
                _ => {}
            }
            at = parent;
        }
    }
}
