//! The nodes of a file by kind, so that a pattern looks only at nodes that it could match.

use crate::tree::kind::{KIND_COUNT, Kind};
use crate::tree::node::{NodeId, Tree};

/// Node ids sorted by kind, in source order within a kind.
#[derive(Debug, Default)]
pub(crate) struct KindIndex {
    starts: Vec<u32>,
    ids: Vec<NodeId>,
}

impl KindIndex {
    /// Sorts the nodes of `tree`, by counting.
    pub(crate) fn build(&mut self, tree: &Tree) {
        self.starts.clear();
        self.starts.resize(KIND_COUNT + 1, 0);
        for (_, node) in tree.iter() {
            if let Some(count) = self.starts.get_mut(node.kind as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut self.starts {
            total += *start;
            *start = total;
        }
        self.ids.clear();
        self.ids.resize(tree.len() as usize, 0);
        let mut next = self.starts.clone();
        for (id, node) in tree.iter() {
            if let Some(at) = next.get_mut(node.kind as usize)
                && let Some(slot) = self.ids.get_mut(*at as usize)
            {
                *slot = id;
                *at += 1;
            }
        }
    }

    /// The nodes of a kind that lie in `within`, in order.
    pub(crate) fn of(&self, kind: Kind, within: (NodeId, NodeId)) -> &[NodeId] {
        let bound = |at: usize| self.starts.get(at).copied().unwrap_or(0) as usize;
        let all = self
            .ids
            .get(bound(kind as usize)..bound(kind as usize + 1))
            .unwrap_or_default();
        let from = all.partition_point(|id| *id < within.0);
        let to = all.partition_point(|id| *id < within.1);
        all.get(from..to).unwrap_or_default()
    }
}
