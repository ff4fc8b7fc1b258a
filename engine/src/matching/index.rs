//! The nodes of a file by kind, so that a pattern looks only at nodes that it could match.

use crate::tree::kind::{KIND_COUNT, Kind};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::vocabulary::Word;

/// Node ids sorted by kind, in source order within a kind; those that rules can look up by a word once more by that.
#[derive(Debug, Default)]
pub(crate) struct KindIndex {
    starts: Vec<u32>,
    ids: Vec<NodeId>,
    /// By kind.
    named: Vec<Vec<Entry>>,
    /// Names in whatever role.
    words: Vec<Entry>,
    /// The words that strings are; sorted.
    strings: Vec<u32>,
    imported: Vec<NodeId>,
}

/// A word and a node: in the order of the words, and of the nodes with the same. One number, since they are sorted anew for
/// each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    fn new(word: Word, id: NodeId) -> Self {
        Self((u64::from(word.index()) << u32::BITS) | u64::from(id))
    }

    fn id(self) -> NodeId {
        self.0 as u32
    }
}

/// Of sorted entries, those of a word that lie in `within`.
fn of_word(entries: &[Entry], word: Word, within: (NodeId, NodeId)) -> &[Entry] {
    let bound = |id| entries.partition_point(|entry| *entry < Entry::new(word, id));
    entries
        .get(bound(within.0)..bound(within.1))
        .unwrap_or_default()
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
        self.named.resize_with(KIND_COUNT, Vec::new);
        self.named.iter_mut().for_each(Vec::clear);
        self.words.clear();
        self.strings.clear();
        self.imported.clear();
        for (id, node) in tree.iter() {
            if node.name != Word::NONE {
                self.add_named(node.kind, node.name, id);
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
        for named in &mut self.named {
            named.sort_unstable();
        }
        self.words.sort_unstable();
        self.strings.sort_unstable();
    }

    fn add_named(&mut self, kind: Kind, name: Word, id: NodeId) {
        if is_looked_up(kind)
            && let Some(named) = self.named.get_mut(kind as usize)
        {
            named.push(Entry::new(name, id));
        }
        if kind.is_name() {
            self.words.push(Entry::new(name, id));
        } else if matches!(kind, Kind::String | Kind::TemplateText) {
            self.strings.push(name.index());
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
        let named = self.named.get(kind as usize);
        let named = named.map_or(&[][..], Vec::as_slice);
        let of = move |name| of_word(named, name, within).iter();
        of(name).chain(of(Word::ANY)).map(|entry| entry.id())
    }

    /// The nodes that can be the name `word` of a pattern, in whatever role: first those that read so, then those that an
    /// import gives another meaning.
    pub(crate) fn word(
        &self,
        word: Word,
        within: (NodeId, NodeId),
    ) -> impl Iterator<Item = NodeId> + Clone {
        let own = of_word(&self.words, word, within).iter();
        own.map(|entry| entry.id())
            .chain(self.imported(within).iter().copied())
    }

    /// Whether the file has a string that is this word.
    pub(crate) fn has_string(&self, word: Word) -> bool {
        self.strings.binary_search(&word.index()).is_ok()
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
