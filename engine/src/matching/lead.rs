//! The kinds of node that parts of a pattern can match: a cheap look at the children of a node before a match is tried.
//! `$A[$B](...)` is tried at calls of elements, not at all calls.

use crate::pattern::Pattern;
use crate::tree::kind::{KIND_COUNT, Kind};
use crate::tree::node::{NodeId, Tree};

/// A set of kinds, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u128);

const _: () = assert!(KIND_COUNT <= 128, "a bit for each kind");

impl Kinds {
    const ALL: Self = Self(u128::MAX);

    pub(super) const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    fn with(self, kinds: &[Kind]) -> Self {
        Self(self.0 | Self::of(kinds).0)
    }
}

/// What the first two children of a node have to be for a pattern to match at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    kind: Kind,
    children: [Kinds; 2],
}

impl Lead {
    /// Of a pattern's node; `None` where nothing is known. `names_stay` says that names are not replaced by what they hold.
    pub(super) fn of(pattern: &Pattern, root: NodeId, names_stay: bool) -> Option<Self> {
        let kind = pattern.tree.node(root).kind;
        let mut children = pattern.tree.children(root);
        let mut next = || {
            children.next().map_or(Kinds::ALL, |child| {
                can_be(pattern.tree.node(child).kind, names_stay)
            })
        };
        let children = match kind {
            Kind::Call | Kind::New => [next(), Kinds::ALL],
            Kind::Assign | Kind::Index => [next(), next()],
            _ => return None,
        };
        let says_something = children.iter().any(|kinds| *kinds != Kinds::ALL);
        says_something.then_some(Self { kind, children })
    }

    /// Whether a node of the code may be where the pattern matches.
    pub(super) fn admits(&self, tree: &Tree, id: NodeId) -> bool {
        let node = tree.node(id);
        let [first, second] = self.children;
        let (one, other) = match (self.kind, node.kind) {
            // Behind the name of a declaration stands its type.
            (Kind::Assign, Kind::Variable) => (id + 1, tree.child(id, 2)),
            // It assigns the operation, or what it says.
            (Kind::Assign, Kind::AugmentedAssign) => (id + 1, None),
            (kind, of) if kind == of => (id + 1, Some(tree.node(id + 1).next)),
            _ => return true,
        };
        first.has(tree.node(one).kind)
            && other.is_none_or(|other| second.has(tree.node(other).kind))
    }
}

/// The kinds of node that a part of a pattern can match below its root.
fn can_be(kind: Kind, names_stay: bool) -> Kinds {
    let own = match kind {
        Kind::Name => Kinds::of(&[Kind::Name, Kind::Definition, Kind::Property, Kind::TypeName]),
        Kind::Member => Kinds::of(&[Kind::Member, Kind::Name]),
        Kind::String | Kind::Number | Kind::Boolean | Kind::Regex => Kinds::of(&[kind, Kind::Name]),
        Kind::Call
        | Kind::New
        | Kind::Index
        | Kind::Object
        | Kind::Array
        | Kind::Undefined
        | Kind::Null
        | Kind::This => Kinds::of(&[kind]),
        Kind::AnyString => Kinds::of(&[
            Kind::String,
            Kind::TemplateText,
            Kind::Template,
            Kind::Name,
            Kind::Binary,
            Kind::Conditional,
        ]),
        _ => return Kinds::ALL,
    };
    // Matching looks through casts.
    let own = own.with(&[Kind::Cast]);
    if names_stay {
        own
    } else {
        own.with(&[Kind::Name])
    }
}
