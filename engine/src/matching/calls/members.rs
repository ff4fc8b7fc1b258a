//! What is assigned to members by name: `exports.run = …`, `Job.prototype.run = …`, `this.run = …`.

use rustc_hash::FxHashMap;

use crate::matching::bindings::{BindingId, Bindings};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};

/// What a member is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Root {
    Binding(BindingId),
    /// `module.exports`, `exports`, or a name for them.
    Exports,
    /// `this` in a class.
    This(NodeId),
}

/// Names, with what is assigned to them; nothing where that is several things.
type Assigned = Vec<(Vec<u8>, Option<NodeId>)>;

/// The assigned members of a file.
#[derive(Debug, Default)]
pub(super) struct Members {
    values: FxHashMap<Root, Assigned>,
    /// What `module.exports` itself is.
    pub(super) module: Option<NodeId>,
}

impl Members {
    pub(super) fn collect(tree: &Tree, source: &[u8], bindings: &Bindings) -> Self {
        let mut members = Self::default();
        for (id, node) in tree.iter() {
            if node.kind == Kind::Assign
                && let Some(value) = tree.child(id, 1)
            {
                members.add(tree, source, bindings, id + 1, value);
            }
        }
        members
    }

    pub(super) fn get(&self, root: Root, name: &[u8]) -> Option<NodeId> {
        let of_root = self.values.get(&root)?;
        let (_, value) = of_root.iter().find(|(known, _)| known == name)?;
        *value
    }

    /// The members of one thing that one value is assigned to, in the order of the source.
    pub(super) fn of(&self, root: Root) -> impl Iterator<Item = (&[u8], NodeId)> {
        let of_root = self.values.get(&root).into_iter().flatten();
        of_root.filter_map(|(name, value)| Some((name.as_slice(), (*value)?)))
    }

    fn add(
        &mut self,
        tree: &Tree,
        source: &[u8],
        bindings: &Bindings,
        target: NodeId,
        value: NodeId,
    ) {
        let text = |id| tree.text(id, source);
        let mut names: Vec<&[u8]> = Vec::new();
        let mut at = target;
        while tree.node(at).kind == Kind::Member {
            let Some(name) = tree.child(at, 1) else {
                return;
            };
            names.push(text(name));
            at += 1;
        }
        let root = match tree.node(at).kind {
            Kind::This => match class_around(tree, at) {
                Some(class) => Root::This(class),
                None => return,
            },
            Kind::Name if text(at) == b"module" && names.last() == Some(&&b"exports"[..]) => {
                names.pop();
                Root::Exports
            }
            Kind::Name => match bindings.of(tree, source, at) {
                Some(binding) if is_exports(tree, source, bindings, binding, 0) => Root::Exports,
                Some(binding) => Root::Binding(binding),
                None if text(at) == b"exports" => Root::Exports,
                None => return,
            },
            _ => return,
        };
        if names.is_empty() {
            // `exports = module.exports = x` says the same twice.
            if root == Root::Exports
                && tree.node(target).kind == Kind::Member
                && self.module.is_none()
            {
                self.module = Some(value);
            }
            return;
        }
        names.reverse();
        let name = names.join(&b'.');
        let of_root = self.values.entry(root).or_default();
        match of_root.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = None,
            None => of_root.push((name, Some(value))),
        }
    }
}

/// Whether a name stands for `module.exports`: `const api = module.exports`, `const api = module.exports = {}`.
fn is_exports(
    tree: &Tree,
    source: &[u8],
    bindings: &Bindings,
    binding: BindingId,
    depth: u32,
) -> bool {
    let Some(bound) = bindings.bound(binding) else {
        return false;
    };
    // `exports = module.exports = x`, where nothing declares `exports`.
    if !bound.is_declared {
        let name = bound.writes.first();
        return name.is_some_and(|write| tree.text(write.at + 1, source) == b"exports");
    }
    let [write] = bound.writes else {
        return false;
    };
    let Some(mut value) = write.value else {
        return false;
    };
    loop {
        match tree.node(value).kind {
            Kind::Member => return is_module_exports(tree, source, value),
            Kind::Assign if is_module_exports(tree, source, value + 1) => return true,
            Kind::Assign => match tree.child(value, 1) {
                Some(inner) => value = inner,
                None => return false,
            },
            Kind::Name => {
                if tree.text(value, source) == b"exports" {
                    return true;
                }
                let of = bindings.of(tree, source, value);
                return depth < 3
                    && of.is_some_and(|of| is_exports(tree, source, bindings, of, depth + 1));
            }
            _ => return false,
        }
    }
}

fn is_module_exports(tree: &Tree, source: &[u8], id: NodeId) -> bool {
    let text = |id| tree.text(id, source);
    tree.node(id).kind == Kind::Member
        && text(id + 1) == b"module"
        && tree.child(id, 1).map(text) == Some(b"exports")
}

fn class_around(tree: &Tree, id: NodeId) -> Option<NodeId> {
    let mut at = id;
    while at != 0 {
        at = tree.node(at).parent;
        match tree.node(at).kind {
            Kind::Class => return Some(at),
            Kind::Function if tree.node(tree.node(at).parent).kind != Kind::ClassBody => {
                return None;
            }
            _ => {}
        }
    }
    None
}
