//! The nodes of a file by kind, so that a pattern looks only at nodes that it could match.

use crate::tree::kind::{KIND_COUNT, Kind};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::vocabulary::Word;

/// Node ids sorted by kind, in source order within a kind; those that rules can look up by a word once more by that.
#[derive(Debug, Default)]
pub(crate) struct KindIndex {
    starts: Vec<u32>,
    ids: Vec<NodeId>,
    named: Vec<(Key, NodeId)>,
    /// Names in whatever role, by their words.
    words: Vec<(u32, NodeId)>,
    imported: Vec<NodeId>,
}

/// A kind and a word.
type Key = (u8, u32);

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
        self.named.clear();
        self.words.clear();
        self.imported.clear();
        for (id, node) in tree.iter() {
            if node.name != Word::NONE && is_looked_up(node.kind) {
                self.named.push((key(node.kind, node.name), id));
            }
            if node.name != Word::NONE && node.kind.is_name() {
                self.words.push((node.name.index(), id));
            }
            if node.kind == Kind::Name && node.flags & flags::RESOLVED != 0 {
                self.imported.push(id);
            }
            if let Some(at) = next.get_mut(node.kind as usize)
                && let Some(slot) = self.ids.get_mut(*at as usize)
            {
                *slot = id;
                *at += 1;
            }
        }
        self.named.sort_unstable();
        self.words.sort_unstable();
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

    /// Whether there is any node of a kind.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        !self.of(kind, (0, NodeId::MAX)).is_empty()
    }

    /// Those of them that are looked up by a word, or may be: in order, the latter last.
    pub(crate) fn named(
        &self,
        kind: Kind,
        name: Word,
        within: (NodeId, NodeId),
    ) -> impl Iterator<Item = NodeId> + Clone {
        let of = |name| {
            let key = key(kind, name);
            let from = self.named.partition_point(|at| *at < (key, within.0));
            let to = self.named.partition_point(|at| *at < (key, within.1));
            self.named.get(from..to).unwrap_or_default().iter()
        };
        of(name).chain(of(Word::ANY)).map(|(_, id)| *id)
    }

    /// The nodes that can be the name `word` of a pattern, in whatever role: first those that read so, then those that an
    /// import gives another meaning.
    pub(crate) fn word(
        &self,
        word: Word,
        within: (NodeId, NodeId),
    ) -> impl Iterator<Item = NodeId> + Clone {
        let from = self
            .words
            .partition_point(|at| *at < (word.index(), within.0));
        let to = self
            .words
            .partition_point(|at| *at < (word.index(), within.1));
        let own = self.words.get(from..to).unwrap_or_default().iter();
        own.map(|(_, id)| *id)
            .chain(self.imported(within).iter().copied())
    }

    /// The names that an import gives a path, in order.
    pub(crate) fn imported(&self, within: (NodeId, NodeId)) -> &[NodeId] {
        let from = self.imported.partition_point(|id| *id < within.0);
        let to = self.imported.partition_point(|id| *id < within.1);
        self.imported.get(from..to).unwrap_or_default()
    }
}

/// Whether patterns begin at nodes of this kind that have a certain name.
fn is_looked_up(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Assign
            | Kind::AugmentedAssign
            | Kind::Call
            | Kind::Class
            | Kind::Field
            | Kind::Function
            | Kind::Jsx
            | Kind::Member
            | Kind::New
            | Kind::Pair
            | Kind::Variable
    )
}

fn key(kind: Kind, name: Word) -> Key {
    (kind as u8, name.index())
}
