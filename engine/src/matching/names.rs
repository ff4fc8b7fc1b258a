//! What names mean in a file: which module an imported name comes from, which literal a constant holds.
//!
//! A name means what its nearest binding gives it: the innermost function, block or file around the use that binds the
//! name. Where that scope binds it twice, or something assigns to it, a constant means nothing. Import paths are as
//! the reference has them: a relative or nested module counts by the last part of its path.

use rustc_hash::FxHashMap;

use crate::tree::kind::Kind;
use crate::tree::lower::{DEFAULT_IMPORT, NAMESPACE_IMPORT, REQUIRE_IMPORT};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::operator::known;
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
    Constant(NodeId),
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
    meanings: FxHashMap<Box<[u8]>, Vec<Scoped>>,
}

impl Names {
    /// Reads a file's imports and constants, and marks the names that have a meaning with [`flags::RESOLVED`].
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

    /// The literal that a name holds.
    pub(crate) fn constant(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<NodeId> {
        let node = tree.node(id);
        if node.kind != Kind::Name || node.flags & flags::RESOLVED == 0 {
            return None;
        }
        match self.meaning(tree.text(id, source), id) {
            Some(Meaning::Constant(literal)) => Some(*literal),
            _ => None,
        }
    }

    /// Gives a name a meaning in the scope that binds it at `id`.
    fn bind(&mut self, tree: &Tree, source: &[u8], id: NodeId, meaning: Meaning) {
        let (from, to) = scope(tree, id);
        let known = self
            .meanings
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
        let value_node = tree.node(value);
        match value_node.kind {
            Kind::String | Kind::Number | Kind::Boolean | Kind::Regex
                if tree.node(target).kind == Kind::Definition =>
            {
                self.bind(tree, source, target, Meaning::Constant(value));
            }
            Kind::Call | Kind::Member => {
                let Some(path) = required(tree, source, vocabulary, value) else {
                    return;
                };
                self.destructure(tree, source, target, &path);
            }
            _ => {}
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

    /// Other bindings of a name shadow its meanings; what is assigned to is no constant.
    fn drop_ambiguous(&mut self, tree: &Tree, source: &[u8]) {
        for (id, node) in tree.iter() {
            match node.kind {
                Kind::Definition => {
                    let text = tree.text(id, source);
                    let Some(known) = self.meanings.get_mut(text) else {
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
                Kind::Name if is_written(tree, id) => {
                    if let Some(known) = self.meanings.get_mut(tree.text(id, source))
                        && let Some(scoped) = known
                            .iter_mut()
                            .filter(|scoped| scoped.from <= id && id < scoped.to)
                            .min_by_key(|scoped| scoped.to - scoped.from)
                        && matches!(scoped.meaning, Meaning::Constant(_))
                    {
                        scoped.meaning = Meaning::None;
                    }
                }
                _ => {}
            }
        }
    }

    fn mark(&self, tree: &mut Tree, source: &[u8]) {
        for id in 0..tree.len() {
            let node = *tree.node(id);
            if node.kind != Kind::Name {
                continue;
            }
            let imported = match self.meaning(tree.text(id, source), id) {
                None | Some(Meaning::None) => continue,
                Some(Meaning::Import(_)) => true,
                Some(Meaning::Constant(_)) => false,
            };
            if let Some(node) = tree.nodes.get_mut(id as usize) {
                node.flags |= flags::RESOLVED;
            }
            // A call or construction of an imported name may be one of another name.
            if imported
                && node.parent + 1 == id
                && let Some(parent) = tree.nodes.get_mut(node.parent as usize)
                && matches!(parent.kind, Kind::Call | Kind::New)
            {
                parent.name = Word::ANY;
            }
        }
    }
}

/// The nodes in which a binding at `id` holds: those of the block it stands in, or for `var` and parameters of the
/// function.
fn scope(tree: &Tree, id: NodeId) -> (NodeId, NodeId) {
    let mut at = id;
    let mut to_function = false;
    loop {
        let parent = tree.node(at).parent;
        let node = tree.node(parent);
        let is_function = matches!(node.kind, Kind::Function | Kind::Lambda);
        match node.kind {
            Kind::Variable => to_function = node.sub == known::VAR,
            // A function's own name is bound around it.
            Kind::Function | Kind::Class if parent + 1 == at && at == id => {}
            _ if is_function => return (parent, node.next),
            Kind::Program => return (parent, node.next),
            Kind::Block | Kind::For | Kind::ForEach | Kind::Catch if !to_function => {
                return (parent, node.next);
            }
            _ => {}
        }
        if parent == at {
            return (0, tree.len());
        }
        at = parent;
    }
}

fn is_written(tree: &Tree, id: NodeId) -> bool {
    let parent = tree.node(id).parent;
    parent + 1 == id
        && matches!(
            tree.node(parent).kind,
            Kind::Assign | Kind::AugmentedAssign | Kind::Update | Kind::ForEach
        )
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
    if tree.node(at).kind != Kind::Call || tree.text(at + 1, source) != b"require" {
        return None;
    }
    let arguments = tree.child(at, 1)?;
    let mut path = vec![module_segment(
        tree,
        source,
        vocabulary,
        tree.child(arguments, 0)?,
    )?];
    path.extend(members.into_iter().rev());
    Some(path)
}
