//! Which binding a name refers to, and what writes to it.
//!
//! A binding is a name together with the scope that declares it. Names that nothing declares but something assigns to
//! share one binding for the whole file.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

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
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// The named function that declares it, or the whole file (node 0).
    pub(crate) owner: NodeId,
    pub(crate) is_declared: bool,
    /// The one function that all writes are done in, if it is one.
    pub(crate) writer: Option<NodeId>,
    /// In the order of the source.
    pub(crate) writes: Vec<Write>,
}

/// The bindings of a file.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    /// By the hash of the name.
    names: FxHashMap<u64, Scopes>,
    /// Of names with several scopes, by the hash of the name and the node that is the scope.
    several: FxHashMap<(u64, NodeId), BindingId>,
    bound: Vec<Bound>,
}

/// The scopes that a name is bound in: most have one, and are found without a search through all that is around.
#[derive(Clone, Copy, Debug)]
enum Scopes {
    One(NodeId, BindingId),
    Several,
}

impl Bindings {
    /// The memory that they take, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        let names = self.names.capacity() * size_of::<(u64, Scopes)>();
        let several = self.several.capacity() * size_of::<((u64, NodeId), BindingId)>();
        let writes = self.bound.iter().map(|bound| bound.writes.capacity());
        names
            + several
            + self.bound.capacity() * size_of::<Bound>()
            + writes.sum::<usize>() * size_of::<Write>()
    }

    /// Reads a file's declarations and assignments.
    pub(crate) fn resolve(tree: &Tree, source: &[u8]) -> Self {
        let mut bindings = Self::default();
        for (id, node) in tree.iter() {
            if node.kind == Kind::Definition {
                let (from, _) = scope(tree, id);
                let binding = bindings.enter(hash(tree.text(id, source)), from);
                if let Some(bound) = bindings.bound.get_mut(binding as usize) {
                    bound.is_declared = true;
                    bound.owner = function_around(tree, from);
                }
            }
        }
        for (id, node) in tree.iter() {
            match node.kind {
                Kind::Definition => {
                    let (at, value) = declared(tree, id);
                    bindings.write(tree, source, id, at, value);
                }
                Kind::Assign => bindings.assigned(tree, source, id),
                Kind::AugmentedAssign => {
                    let value = (node.sub == known::PLUS_ASSIGN).then_some(id);
                    bindings.write(tree, source, id + 1, id, value);
                }
                Kind::Update => bindings.write(tree, source, id + 1, id, None),
                Kind::ForEach => bindings.unknown(tree, source, id + 1),
                _ => {}
            }
        }
        for bound in &mut bindings.bound {
            bound.writes.sort_unstable_by_key(|write| write.at);
            let first = bound.writes.first().map(|write| write.function);
            let is_first = |write: &Write| Some(write.function) == first;
            bound.writer = first.filter(|_| bound.writes.iter().all(is_first));
        }
        bindings
    }

    /// Which binding a name refers to.
    pub(crate) fn of(&self, tree: &Tree, source: &[u8], id: NodeId) -> Option<BindingId> {
        let hash = hash(tree.text(id, source));
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

    pub(crate) fn bound(&self, binding: BindingId) -> Option<&Bound> {
        self.bound.get(binding as usize)
    }

    fn enter(&mut self, hash: u64, scope: NodeId) -> BindingId {
        let next = self.bound.len() as BindingId;
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
            self.bound.push(Bound::default());
        }
        binding
    }

    fn write(
        &mut self,
        tree: &Tree,
        source: &[u8],
        name: NodeId,
        at: NodeId,
        value: Option<NodeId>,
    ) {
        if !matches!(tree.node(name).kind, Kind::Name | Kind::Definition) {
            return;
        }
        let binding = match self.of(tree, source, name) {
            Some(binding) => binding,
            None => self.enter(hash(tree.text(name, source)), UNDECLARED),
        };
        if let Some(bound) = self.bound.get_mut(binding as usize) {
            bound.writes.push(Write {
                at,
                value,
                function: function_around(tree, at),
            });
        }
    }

    fn assigned(&mut self, tree: &Tree, source: &[u8], id: NodeId) {
        let target = id + 1;
        if tree.node(target).kind == Kind::Name {
            let value = tree.child(id, 1);
            self.write(tree, source, target, id, value);
        } else {
            self.unknown(tree, source, target);
        }
    }

    /// Names that are taken out of a value: `[a, {b}] = c`.
    fn unknown(&mut self, tree: &Tree, source: &[u8], target: NodeId) {
        let mut pending = vec![target];
        while let Some(id) = pending.pop() {
            let node = tree.node(id);
            match node.kind {
                Kind::Name => self.write(tree, source, id, id, None),
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
