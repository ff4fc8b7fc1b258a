//! What names mean in a file: which module an imported name comes from; which binding and which value are looked up
//! through here as well.
//!
//! A name means what its nearest binding gives it: the innermost function, block or file around the use that binds the
//! name. Import paths are as the reference has them: a relative or nested module counts by the last part of its path.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::bindings::{BindingId, Bindings, scope, stand_together};
use super::values::{Value, Values};

use crate::tree::kind::Kind;
use crate::tree::lower::{DEFAULT_IMPORT, NAMESPACE_IMPORT, REQUIRE_IMPORT};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::vocabulary::{Vocabulary, Word};

/// One part of the dotted path that an imported name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) word: Word,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Import(Vec<Segment>),
    /// Bound to something else, or to several things.
    None,
}

/// A meaning, and the nodes in which it holds.
#[derive(Clone, Debug)]
struct Scoped {
    from: NodeId,
    to: NodeId,
    meaning: Meaning,
}

/// The meanings of a file's names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    meanings: Arc<FxHashMap<Box<[u8]>, Vec<Scoped>>>,
    /// Made when a rule first asks.
    bindings: Arc<OnceLock<Bindings>>,
    values: Values,
}

impl Names {
    /// Reads a file's imports, and marks the names that have a meaning with [`flags::RESOLVED`].
    pub(crate) fn resolve(tree: &mut Tree, source: &[u8], vocabulary: &Vocabulary) -> Self {
        let mut names = Self::default();
        for (id, node) in tree.iter() {
            match node.kind {
                Kind::Import => names.import(tree, source, vocabulary, id),
                Kind::Variable => names.variable(tree, source, vocabulary, id),
                _ => {}
            }
        }
        if !names.meanings.is_empty() {
            names.drop_ambiguous(tree, source);
            names.mark(tree, source);
        }
        names
    }

    /// The same for another thread.
    pub(crate) fn share(&self) -> Self {
        Self {
            meanings: Arc::clone(&self.meanings),
            bindings: Arc::clone(&self.bindings),
            values: Values::default(),
        }
    }

    /// The memory that they take, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        let meanings = self.meanings.len() * size_of::<(Box<[u8]>, Vec<Scoped>, Scoped)>();
        meanings + self.values.memory() + self.bindings.get().map_or(0, Bindings::memory)
    }

    /// What a name means where it stands.
    fn meaning(&self, text: &[u8], at: NodeId) -> Option<&Meaning> {
        self.meanings
            .get(text)?
            .iter()
            .filter(|scoped| scoped.from <= at && at < scoped.to)
            .min_by_key(|scoped| scoped.to - scoped.from)
            .map(|scoped| &scoped.meaning)
    }

    /// The dotted path that an imported name stands for.
    pub(crate) fn path(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<&[Segment]> {
        if tree.node(id).flags & flags::RESOLVED == 0 {
            return None;
        }
        match self.meaning(tree.text(id, source), id) {
            Some(Meaning::Import(path)) => Some(path),
            _ => None,
        }
    }

    /// Whether what a name or a member of it stands for is imported from a module, by the module's whole name.
    pub(crate) fn is_of_module(
        &self,
        tree: &Tree,
        source: &[u8],
        id: NodeId,
        module: &str,
    ) -> bool {
        let mut name = id;
        while tree.node(name).kind == Kind::Member {
            name += 1;
        }
        let Some(first) = self.path(tree, source, name).and_then(<[Segment]>::first) else {
            return false;
        };
        // The path has the last part of the module's name only; the rest stands before it, up to the quote.
        let before = source.get(..first.end as usize).unwrap_or_default();
        before
            .strip_suffix(module.as_bytes())
            .and_then(<[u8]>::last)
            .is_some_and(|quote| matches!(quote, b'"' | b'\'' | b'`'))
    }

    /// Which binding a name refers to; `None` if the file neither declares it nor assigns to it.
    pub(crate) fn binding(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<BindingId> {
        self.bindings(tree, source).of(tree, source, id)
    }

    /// Whether two names that read the same refer to one binding, or neither to any.
    pub(crate) fn is_same(&self, tree: &Tree, source: &[u8], a: NodeId, b: NodeId) -> bool {
        if self.bindings.get().is_none() && stand_together(tree, a, b) {
            return true;
        }
        self.binding(tree, source, a) == self.binding(tree, source, b)
    }

    /// What an expression is known to hold where it stands.
    pub(crate) fn value(&self, tree: &Tree, source: &[u8], id: NodeId) -> Value {
        self.values
            .of(self.bindings(tree, source), tree, source, id)
    }

    /// Whether any value that is written to a name may be a constant: spares working out which of them reaches it.
    pub(crate) fn may_hold_constant(&self, tree: &Tree, source: &[u8], name: NodeId) -> bool {
        let bindings = self.bindings(tree, source);
        let binding = bindings.of(tree, source, name);
        let bound = binding.and_then(|binding| bindings.bound(binding));
        bound.is_some_and(|bound| bound.may_be_constant)
    }

    /// The text of a string that an expression puts together of constants.
    pub(crate) fn joined_text(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<Vec<u8>> {
        self.values
            .text(self.bindings(tree, source), tree, source, id)
    }

    /// The literal that an expression is known to be.
    pub(crate) fn constant(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<NodeId> {
        match self.value(tree, source, id) {
            Value::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    pub(crate) fn bindings(&self, tree: &Tree, source: &[u8]) -> &Bindings {
        self.bindings
            .get_or_init(|| Bindings::resolve(tree, source))
    }

    /// Gives a name a meaning in the scope that binds it at `id`.
    fn bind(&mut self, tree: &Tree, source: &[u8], id: NodeId, meaning: Meaning) {
        let (from, to) = scope(tree, id);
        let known = Arc::make_mut(&mut self.meanings)
            .entry(tree.text(id, source).into())
            .or_default();
        let Some(scoped) = known
            .iter_mut()
            .find(|scoped| (scoped.from, scoped.to) == (from, to))
        else {
            known.push(Scoped { from, to, meaning });
            return;
        };
        let same = match (&scoped.meaning, &meaning) {
            (Meaning::Import(a), Meaning::Import(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a.word == b.word && a.word != Word::NONE)
            }
            _ => false,
        };
        if !same {
            scoped.meaning = Meaning::None;
        }
    }

    fn import(&mut self, tree: &Tree, source: &[u8], vocabulary: &Vocabulary, id: NodeId) {
        let mut children = tree.children(id);
        let (Some(module), Some(imported), Some(local)) =
            (children.next(), children.next(), children.next())
        else {
            return;
        };
        if tree.node(local).kind != Kind::Definition {
            return;
        }
        let Some(module) = module_segment(tree, source, vocabulary, module) else {
            return;
        };
        let mut path = vec![module];
        match tree.node(imported).sub {
            DEFAULT_IMPORT | NAMESPACE_IMPORT | REQUIRE_IMPORT => {}
            _ => path.push(segment(tree, imported)),
        }
        self.bind(tree, source, local, Meaning::Import(path));
    }

    fn variable(&mut self, tree: &Tree, source: &[u8], vocabulary: &Vocabulary, id: NodeId) {
        let mut children = tree.children(id);
        let (Some(target), Some(value)) = (children.next(), children.nth(1)) else {
            return;
        };
        if matches!(tree.node(value).kind, Kind::Call | Kind::Member)
            && let Some(path) = required(tree, source, vocabulary, value)
        {
            self.destructure(tree, source, target, &path);
        }
    }

    /// `const x = require('m')`, `const {a: {b}} = require('m')`: bounded by the tree's depth.
    fn destructure(&mut self, tree: &Tree, source: &[u8], target: NodeId, path: &[Segment]) {
        match tree.node(target).kind {
            Kind::Definition => {
                self.bind(tree, source, target, Meaning::Import(path.to_vec()));
            }
            Kind::Default => {
                if let Some(inner) = tree.child(target, 0) {
                    self.destructure(tree, source, inner, path);
                }
            }
            Kind::Object => {
                for pair in tree.children(target) {
                    let mut parts = tree.children(pair);
                    if tree.node(pair).kind == Kind::Pair
                        && let (Some(key), Some(value)) = (parts.next(), parts.next())
                        && tree.node(key).kind == Kind::Property
                    {
                        let mut longer = path.to_vec();
                        longer.push(segment(tree, key));
                        self.destructure(tree, source, value, &longer);
                    }
                }
            }
            _ => {}
        }
    }

    /// A bit for each way that the names with a meaning look.
    fn looks(&self) -> u64 {
        let names = self.meanings.keys();
        names.fold(0, |looks, name| looks | look(name))
    }

    /// Other bindings of a name shadow its meanings.
    fn drop_ambiguous(&mut self, tree: &Tree, source: &[u8]) {
        let looks = self.looks();
        for (id, node) in tree.iter() {
            if node.kind != Kind::Definition || looks & look(tree.text(id, source)) == 0 {
                continue;
            }
            let meanings = Arc::make_mut(&mut self.meanings);
            let Some(known) = meanings.get_mut(tree.text(id, source)) else {
                continue;
            };
            let (from, to) = scope(tree, id);
            if !known
                .iter()
                .any(|scoped| (scoped.from, scoped.to) == (from, to))
            {
                known.push(Scoped {
                    from,
                    to,
                    meaning: Meaning::None,
                });
            }
        }
    }

    fn mark(&self, tree: &mut Tree, source: &[u8]) {
        let looks = self.looks();
        for id in 0..tree.len() {
            let node = *tree.node(id);
            if node.kind != Kind::Name || looks & look(tree.text(id, source)) == 0 {
                continue;
            }
            if !matches!(
                self.meaning(tree.text(id, source), id),
                Some(Meaning::Import(_))
            ) {
                continue;
            }
            if let Some(node) = tree.nodes.get_mut(id as usize) {
                node.flags |= flags::RESOLVED;
            }
            // A call or construction of an imported name may be one of another name.
            if node.parent + 1 == id
                && let Some(parent) = tree.nodes.get_mut(node.parent as usize)
                && matches!(parent.kind, Kind::Call | Kind::New)
            {
                parent.name = Word::ANY;
            }
        }
    }
}

/// One bit for a name, by its length and its ends: names with different ones are told apart without a search.
fn look(name: &[u8]) -> u64 {
    let byte = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
    let sum = name.len() + 7 * byte(name.first()) + 29 * byte(name.last());
    1 << (sum % u64::BITS as usize)
}

fn segment(tree: &Tree, id: NodeId) -> Segment {
    let node = tree.node(id);
    Segment {
        word: node.name,
        start: node.start,
        end: node.end,
    }
}

/// The last part of the path in a module's name, without an extension.
fn module_segment(
    tree: &Tree,
    source: &[u8],
    vocabulary: &Vocabulary,
    id: NodeId,
) -> Option<Segment> {
    let node = tree.node(id);
    if node.kind != Kind::String {
        return None;
    }
    let text = tree.text(id, source);
    let content = text.get(1..text.len().checked_sub(1)?)?;
    let base = content
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1);
    let name = content.get(base..)?;
    let name = name.strip_suffix(b".js").unwrap_or(name);
    let start = node.start + 1 + base as u32;
    Some(Segment {
        word: vocabulary.get(name),
        start,
        end: start + name.len() as u32,
    })
}

/// The argument of `require(…)`, if a node is such a call.
pub(crate) fn required_module(tree: &Tree, source: &[u8], call: NodeId) -> Option<NodeId> {
    if tree.node(call).kind != Kind::Call || tree.text(call + 1, source) != b"require" {
        return None;
    }
    tree.child(tree.child(call, 1)?, 0)
}

/// The path that `require('m').a.b` stands for.
fn required(
    tree: &Tree,
    source: &[u8],
    vocabulary: &Vocabulary,
    value: NodeId,
) -> Option<Vec<Segment>> {
    let mut members = Vec::new();
    let mut at = value;
    while tree.node(at).kind == Kind::Member {
        members.push(segment(tree, tree.child(at, 1)?));
        at += 1;
    }
    let module = required_module(tree, source, at)?;
    let mut path = vec![module_segment(tree, source, vocabulary, module)?];
    path.extend(members.into_iter().rev());
    Some(path)
}
