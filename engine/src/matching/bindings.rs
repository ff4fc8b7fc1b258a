//! Which binding a name refers to, and what writes to it.
//!
//! A binding is a name together with the scope that declares it. Names that nothing declares but something assigns to
//! share one binding for the whole file.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::values;
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};
use crate::tree::operator::known;

/// A binding's place in its file's [`Bindings`].
pub(crate) type BindingId = u32;

/// Stands for the scope of names that nothing declares.
const UNDECLARED: NodeId = NodeId::MAX;

/// Something that gives a binding another value. It takes effect where the subtree at `at` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) at: NodeId,
    /// The expression whose value is written, if it is one.
    pub(crate) value: Option<NodeId>,
    /// The named function that it is done in, or the whole file (node 0).
    pub(crate) function: NodeId,
}

/// What is known of one binding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound<'b> {
    /// The named function that declares it, or the whole file (node 0).
    pub(crate) owner: NodeId,
    pub(crate) is_declared: bool,
    /// The one function that all writes are done in, if it is one.
    pub(crate) writer: Option<NodeId>,
    /// Whether what is written may be a constant.
    pub(crate) may_be_constant: bool,
    /// In the order of the source.
    pub(crate) writes: &'b [Write],
}

/// The same, with its writes as a range of all.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    owner: NodeId,
    is_declared: bool,
    writer: Option<NodeId>,
    may_be_constant: bool,
    writes: (u32, u32),
}

/// The bindings of a file.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    /// By the hash of the name.
    names: FxHashMap<u64, Scopes>,
    /// Of names with several scopes, by the hash of the name and the node that is the scope.
    several: FxHashMap<(u64, NodeId), BindingId>,
    entries: Vec<Entry>,
    /// Of all bindings, one after the other.
    writes: Vec<Write>,
}

/// The scopes that a name is bound in: most have one, and are found without a search through all that is around.
#[derive(Clone, Copy, Debug)]
enum Scopes {
    One(NodeId, BindingId),
    Several,
}

/// A node that declares a name or gives names a value, and the named function around it.
struct Writer {
    id: NodeId,
    function: NodeId,
    /// What a declaration declares.
    declares: Option<BindingId>,
}

/// The nodes of a file that declare names or give them values, in order.
fn writers(tree: &Tree) -> Vec<Writer> {
    let mut writers = Vec::new();
    let mut functions = vec![(0, NodeId::MAX)];
    for (id, node) in tree.iter() {
        match node.kind {
            Kind::Function => {
                while functions.last().is_some_and(|(_, end)| *end <= id) {
                    functions.pop();
                }
                functions.push((id, node.next));
            }
            Kind::Definition
            | Kind::Assign
            | Kind::AugmentedAssign
            | Kind::Update
            | Kind::ForEach => {
                while functions.last().is_some_and(|(_, end)| *end <= id) {
                    functions.pop();
                }
                writers.push(Writer {
                    id,
                    function: functions.last().map_or(0, |(function, _)| *function),
                    declares: None,
                });
            }
            _ => {}
        }
    }
    writers
}

/// Reads the bindings of a file.
struct Resolving<'a> {
    tree: &'a Tree,
    source: &'a [u8],
    bindings: Bindings,
    /// In the order in which they are found.
    writes: Vec<(BindingId, Write)>,
}

impl Bindings {
    /// The memory that they take, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        let names = self.names.capacity() * size_of::<(u64, Scopes)>();
        let several = self.several.capacity() * size_of::<((u64, NodeId), BindingId)>();
        names
            + several
            + self.entries.capacity() * size_of::<Entry>()
            + self.writes.capacity() * size_of::<Write>()
    }

    /// Reads a file's declarations and assignments.
    pub(crate) fn resolve(tree: &Tree, source: &[u8]) -> Self {
        let mut resolving = Resolving {
            tree,
            source,
            bindings: Self::default(),
            writes: Vec::new(),
        };
        let mut writers = writers(tree);
        resolving.writes.reserve(writers.len());
        for writer in &mut writers {
            if tree.node(writer.id).kind == Kind::Definition {
                writer.declares = Some(resolving.declare(writer));
            }
        }
        for writer in &writers {
            resolving.written(writer);
        }
        let Resolving {
            mut bindings,
            writes,
            ..
        } = resolving;
        bindings.sort(tree, &writes);
        bindings
    }

    /// Puts the writes of each binding side by side.
    fn sort(&mut self, tree: &Tree, found: &[(BindingId, Write)]) {
        let may_be_constant = |value| values::may_be_constant(tree.node(value).kind);
        for (binding, write) in found {
            if let Some(entry) = self.entries.get_mut(*binding as usize) {
                entry.may_be_constant |= write.value.is_some_and(may_be_constant);
                entry.writes.1 += 1;
            }
        }
        let mut total = 0;
        for entry in &mut self.entries {
            let count = entry.writes.1;
            entry.writes = (total, total);
            total += count;
        }
        self.writes = match found.first() {
            Some((_, write)) => vec![*write; found.len()],
            None => Vec::new(),
        };
        for (binding, write) in found {
            if let Some(entry) = self.entries.get_mut(*binding as usize)
                && let Some(slot) = self.writes.get_mut(entry.writes.1 as usize)
            {
                *slot = *write;
                entry.writes.1 += 1;
            }
        }
        for entry in &mut self.entries {
            let range = entry.writes.0 as usize..entry.writes.1 as usize;
            let writes = self.writes.get_mut(range).unwrap_or_default();
            writes.sort_unstable_by_key(|write| write.at);
            let first = writes.first().map(|write| write.function);
            let is_first = |write: &Write| Some(write.function) == first;
            entry.writer = first.filter(|_| writes.iter().all(is_first));
        }
    }

    /// Which binding a name refers to.
    pub(crate) fn of(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<BindingId> {
        self.of_hash(tree, hash(tree.text(id, source)), id)
    }

    fn of_hash(&self, tree: &Tree, hash: u64, id: NodeId) -> Option<BindingId> {
        // A declaration stands in the scope that it is for; a function's own name does not.
        let declared = (tree.node(id).kind == Kind::Definition).then(|| scope(tree, id).0);
        match (*self.names.get(&hash)?, declared) {
            (Scopes::One(scope, binding), Some(declared)) => (scope == declared).then_some(binding),
            (Scopes::One(scope, binding), None) => {
                let is_around = scope == UNDECLARED || (scope..tree.node(scope).next).contains(&id);
                is_around.then_some(binding)
            }
            (Scopes::Several, Some(declared)) => self.several.get(&(hash, declared)).copied(),
            (Scopes::Several, None) => self.nearest(tree, hash, id),
        }
    }

    /// Of a name with several scopes, the binding of the innermost around a node.
    fn nearest(&self, tree: &Tree, hash: u64, id: NodeId) -> Option<BindingId> {
        let mut at = id;
        loop {
            let parent = tree.node(at).parent;
            if is_scope(tree.node(parent).kind)
                && let Some(binding) = self.several.get(&(hash, parent))
            {
                return Some(*binding);
            }
            if parent == at || parent == 0 {
                let undeclared = self.several.get(&(hash, UNDECLARED));
                return self.several.get(&(hash, 0)).or(undeclared).copied();
            }
            at = parent;
        }
    }

    pub(crate) fn bound(&self, binding: BindingId) -> Option<Bound<'_>> {
        let entry = self.entries.get(binding as usize)?;
        let writes = self
            .writes
            .get(entry.writes.0 as usize..entry.writes.1 as usize);
        Some(Bound {
            owner: entry.owner,
            is_declared: entry.is_declared,
            writer: entry.writer,
            may_be_constant: entry.may_be_constant,
            writes: writes.unwrap_or_default(),
        })
    }

    fn enter(&mut self, hash: u64, scope: NodeId) -> BindingId {
        let next = self.entries.len() as BindingId;
        let scopes = self.names.entry(hash).or_insert(Scopes::One(scope, next));
        let binding = match *scopes {
            Scopes::One(known, binding) if known == scope => binding,
            Scopes::One(known, binding) => {
                *scopes = Scopes::Several;
                self.several.insert((hash, known), binding);
                *self.several.entry((hash, scope)).or_insert(next)
            }
            Scopes::Several => *self.several.entry((hash, scope)).or_insert(next),
        };
        if binding == next {
            self.entries.push(Entry::default());
        }
        binding
    }
}

impl Resolving<'_> {
    fn declare(&mut self, writer: &Writer) -> BindingId {
        let tree = self.tree;
        let (from, _) = scope(tree, writer.id);
        let name = hash(tree.text(writer.id, self.source));
        let binding = self.bindings.enter(name, from);
        // A function's own name is declared around it.
        let is_own = tree.node(writer.id).parent == writer.function;
        if let Some(entry) = self.bindings.entries.get_mut(binding as usize) {
            entry.is_declared = true;
            entry.owner = if is_own {
                function_around(tree, from)
            } else {
                writer.function
            };
        }
        binding
    }

    fn written(&mut self, writer: &Writer) {
        let (tree, id, function) = (self.tree, writer.id, writer.function);
        let node = tree.node(id);
        match node.kind {
            Kind::Definition => {
                if let Some(binding) = writer.declares {
                    let (at, value) = declared(tree, id);
                    let write = Write {
                        at,
                        value,
                        function,
                    };
                    self.writes.push((binding, write));
                }
            }
            Kind::Assign if tree.node(id + 1).kind == Kind::Name => {
                let value = tree.child(id, 1);
                self.write(id + 1, id, value, function);
            }
            Kind::Assign | Kind::ForEach => self.unknown(id + 1, function),
            Kind::AugmentedAssign => {
                let value = (node.sub == known::PLUS_ASSIGN).then_some(id);
                self.write(id + 1, id, value, function);
            }
            _ => self.write(id + 1, id, None, function),
        }
    }

    fn write(&mut self, name: NodeId, at: NodeId, value: Option<NodeId>, function: NodeId) {
        let tree = self.tree;
        if !matches!(tree.node(name).kind, Kind::Name | Kind::Definition) {
            return;
        }
        let hash = hash(tree.text(name, self.source));
        let binding = match self.bindings.of_hash(tree, hash, name) {
            Some(binding) => binding,
            None => self.bindings.enter(hash, UNDECLARED),
        };
        let write = Write {
            at,
            value,
            function,
        };
        self.writes.push((binding, write));
    }

    /// Names that are taken out of a value: `[a, {b}] = c`.
    fn unknown(&mut self, target: NodeId, function: NodeId) {
        let tree = self.tree;
        let mut pending = vec![target];
        while let Some(id) = pending.pop() {
            let node = tree.node(id);
            match node.kind {
                Kind::Name => self.write(id, id, None, function),
                Kind::Array | Kind::Object => pending.extend(tree.children(id)),
                Kind::Pair => pending.extend(tree.child(id, 1)),
                Kind::Default | Kind::Spread => pending.push(id + 1),
                _ => {}
            }
        }
    }
}

/// Which node a declaration writes at, and what.
fn declared(tree: &Tree, id: NodeId) -> (NodeId, Option<NodeId>) {
    let parent = tree.node(id).parent;
    let value = tree
        .child(parent, 2)
        .filter(|value| tree.node(*value).kind != Kind::Absent);
    if tree.node(parent).kind == Kind::Variable && parent + 1 == id && value.is_some() {
        (parent, value)
    } else {
        (id, None)
    }
}

/// The nearest named function around a node, or the whole file (node 0). What an anonymous function does counts as
/// done where it stands.
pub(crate) fn function_around(tree: &Tree, id: NodeId) -> NodeId {
    let mut at = id;
    loop {
        let node = tree.node(at);
        if node.kind == Kind::Function || at == 0 || node.parent == at {
            return at;
        }
        at = node.parent;
    }
}

fn is_scope(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Function
            | Kind::Lambda
            | Kind::Program
            | Kind::Block
            | Kind::For
            | Kind::ForEach
            | Kind::Catch
    )
}

/// Whether two names that read the same refer to one binding for certain, because they stand in one scope. Spares the
/// bindings of a file.
pub(crate) fn stand_together(tree: &Tree, a: NodeId, b: NodeId) -> bool {
    innermost(tree, a) == innermost(tree, b)
}

/// The scope that a declaration is for, or that a name is looked up in first.
fn innermost(tree: &Tree, id: NodeId) -> NodeId {
    if tree.node(id).kind == Kind::Definition {
        return scope(tree, id).0;
    }
    let mut at = id;
    loop {
        let parent = tree.node(at).parent;
        if parent == at || is_scope(tree.node(parent).kind) {
            return parent;
        }
        at = parent;
    }
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The nodes in which a binding at `id` holds: those of the block it stands in, or for `var` and parameters of the
/// function.
pub(crate) fn scope(tree: &Tree, id: NodeId) -> (NodeId, NodeId) {
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
