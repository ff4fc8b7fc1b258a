//! What is tainted at one point of a function: variables and their fields, each with the sources its data comes from.

use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use super::taints::Taints;

/// A variable, or a field of one: `a`, `a.b`, `this.c`.
pub(super) type Path = Vec<u8>;

/// A path with its beginning at hand: most differ there, and are told apart without a look at all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    beginning: u64,
    path: Rc<[u8]>,
}

impl Key {
    fn new(path: &[u8]) -> Self {
        Self {
            beginning: beginning(path),
            path: path.into(),
        }
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.path
    }
}

/// The first bytes of a path as a number: these are in the order of the paths.
fn beginning(path: &[u8]) -> u64 {
    u64::from_be_bytes(first_bytes(path))
}

fn first_bytes(path: &[u8]) -> [u8; size_of::<u64>()] {
    path.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; size_of::<u64>()];
        for (byte, of_path) in bytes.iter_mut().zip(path) {
            *byte = *of_path;
        }
        bytes
    })
}

/// A bit for the variable that a path begins with; others may have the same. The first bytes of a name tell it apart from
/// most others.
fn root(path: &[u8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const DOTS: u64 = u64::from_ne_bytes([b'.'; 8]);
    let first = u64::from_le_bytes(first_bytes(path));
    // The highest bit of the first byte that is a dot is the lowest bit that is set: a borrow reaches only those after it.
    let undotted = first ^ DOTS;
    let dots = undotted.wrapping_sub(ONES) & !undotted & (ONES << 7);
    let before_dot = dots.wrapping_sub(1) & !dots;
    let name = first & (before_dot >> 7);
    1 << (name.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
}

/// In the order of their paths: few, and looked up far more often than changed.
#[derive(Clone, Debug, Default)]
struct Entries {
    all: Vec<(Key, Taints)>,
    /// The bits of all variables that are or were there: most that are looked up are not.
    roots: u64,
}

impl Entries {
    /// Where an entry is, or would be.
    fn find(&self, path: &[u8]) -> Result<usize, usize> {
        let beginning = beginning(path);
        self.all.binary_search_by(|(known, _)| {
            let order = known.beginning.cmp(&beginning);
            order.then_with(|| (**known).cmp(path))
        })
    }

    fn get(&self, path: &[u8]) -> Option<&Taints> {
        let at = self.find(path).ok()?;
        self.all.get(at).map(|(_, taints)| taints)
    }

    fn insert(&mut self, path: Key, taints: Taints) {
        self.roots |= root(&path);
        match self.find(&path) {
            Ok(at) => {
                if let Some((_, known)) = self.all.get_mut(at) {
                    *known = taints;
                }
            }
            Err(at) => self.all.insert(at, (path, taints)),
        }
    }

    /// The entries after a path, in order.
    fn after(&self, path: &[u8]) -> &[(Key, Taints)] {
        let after = match self.find(path) {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        self.all.get(after..).unwrap_or_default()
    }
}

/// The tainted variables. An entry without taint is a field known to be harmless of a variable that is not; what has no
/// entry is as what it is a field of. A state in which nothing is tainted is therefore empty. Copies share what they hold
/// until one of them changes: most ways that part meet again without a change.
#[derive(Clone, Debug, Default)]
pub(super) struct State(Option<Rc<Entries>>);

impl State {
    /// Whether nothing is tainted.
    pub(super) fn is_clean(&self) -> bool {
        self.0.as_ref().is_none_or(|entries| entries.all.is_empty())
    }

    fn entry(&self, path: &[u8]) -> Option<&Taints> {
        self.with(path)?.get(path)
    }

    fn entries(&self) -> &[(Key, Taints)] {
        self.0.as_ref().map_or(&[], |entries| &entries.all)
    }

    /// The entries, if there may be any of the variable that a path begins with.
    fn with(&self, path: &[u8]) -> Option<&Entries> {
        let entries = self.0.as_deref()?;
        (entries.roots & root(path) != 0).then_some(entries)
    }

    /// Whether anything may be known of the variable that a path begins with.
    pub(super) fn may_hold(&self, path: &[u8]) -> bool {
        self.with(path).is_some()
    }

    fn change(&mut self) -> &mut Entries {
        Rc::make_mut(self.0.get_or_insert_default())
    }

    /// The taint of a variable or field: its own, else that of what it is a field of; and that of its fields.
    pub(super) fn get(&self, path: &[u8]) -> Taints {
        if self.with(path).is_none() {
            return Taints::default();
        }
        let mut taints = self.held(path).cloned().unwrap_or_default();
        for (_, found) in self.fields(path) {
            taints.merge(found);
        }
        taints
    }

    /// The taint of a variable or field, without that of its fields, and the fields that it has it not of its own but
    /// from what it is a field of: `.b.c` of `a.b.c` where only `a` is known.
    pub(super) fn nearest<'p>(&self, path: &'p [u8]) -> Option<(&Taints, &'p [u8])> {
        let entries = self.with(path)?;
        let mut end = path.len();
        loop {
            let (known, fields) = path.split_at_checked(end)?;
            if let Some(found) = entries.get(known) {
                return Some((found, fields));
            }
            end = memchr::memrchr(b'.', known)?;
        }
    }

    /// The taint of a variable or field, without that of its fields.
    fn held(&self, path: &[u8]) -> Option<&Taints> {
        self.entry(path).or_else(|| self.inherited(path))
    }

    /// The taint of what a path is a field of.
    fn inherited(&self, path: &[u8]) -> Option<&Taints> {
        let entries = self.with(path)?;
        let mut path = path;
        while let Some(dot) = memchr::memrchr(b'.', path) {
            path = path.get(..dot)?;
            if let Some(found) = entries.get(path) {
                return Some(found);
            }
        }
        None
    }

    pub(super) fn fields<'s>(
        &'s self,
        path: &'s [u8],
    ) -> impl Iterator<Item = (&'s [u8], &'s Taints)> {
        let after = self.with(path).map_or(&[][..], |it| it.after(path));
        let fields = move |field: &[u8]| field.strip_prefix(path)?.first().copied();
        after
            .iter()
            .map(|(field, taints)| (&**field, taints))
            // Between a path and its fields stand those with a letter below the dot after it, such as `a$` and `a-b`.
            .take_while(move |(field, _)| fields(field).is_some_and(|next| next <= b'.'))
            .filter(move |(field, _)| fields(field) == Some(b'.'))
    }

    /// The fields of a variable that are known of, without its name.
    pub(super) fn fields_of(&self, path: &[u8]) -> Vec<(Path, Taints)> {
        self.fields(path)
            .map(|(field, taints)| {
                let name = field.get(path.len() + 1..).unwrap_or_default();
                (name.to_vec(), taints.clone())
            })
            .collect()
    }

    /// A variable gets a new value, and with it new fields.
    pub(super) fn set(&mut self, path: &[u8], taints: Taints) {
        if self.is_clean() && taints.is_empty() {
            return;
        }
        let has_fields = self.fields(path).next().is_some();
        let is_news = self.inherited(path).is_some_and(|outer| !outer.is_empty());
        let is_kept = !taints.is_empty() || is_news;
        if !has_fields && !is_kept && self.entry(path).is_none() {
            return;
        }
        let entries = self.change();
        if has_fields {
            let is_field = |field: &[u8]| {
                let rest = field.strip_prefix(path);
                rest.is_some_and(|rest| rest.first() == Some(&b'.'))
            };
            entries.all.retain(|(field, _)| !is_field(field));
        }
        if is_kept {
            entries.insert(Key::new(path), taints);
        } else if let Ok(at) = entries.find(path) {
            entries.all.remove(at);
        }
    }

    /// A variable may hold other data too.
    pub(super) fn add(&mut self, path: &[u8], taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        let known = self.get(path);
        self.change().insert(Key::new(path), known.and(taints));
    }

    /// Forgets a variable, for instance because a parameter has its name.
    pub(super) fn forget(&mut self, path: &[u8]) {
        self.set(path, Taints::default());
    }

    /// What is known of some variables alone.
    pub(super) fn of_variables(&self, names: &[&[u8]]) -> Self {
        let is_of = |path: &[u8]| {
            let end = memchr::memchr(b'.', path).unwrap_or(path.len());
            path.get(..end).is_some_and(|name| names.contains(&name))
        };
        let Some(entries) = self.0.as_deref() else {
            return Self::default();
        };
        let all = entries.all.iter().filter(|(path, _)| is_of(path));
        Self(Some(Rc::new(Entries {
            all: all.cloned().collect(),
            roots: entries.roots,
        })))
    }

    /// Whether nothing changed in one since the other was copied from it.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(theirs)) => Rc::ptr_eq(own, theirs),
            (None, None) => true,
            _ => false,
        }
    }

    /// What holds where two ways meet. Says whether anything was added.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        if other.is_clean() {
            return false;
        }
        if self.is_clean() {
            self.clone_from(other);
            return true;
        }
        if self.is_shared_with(other) {
            return false;
        }
        let grown = self.grown(other);
        if grown.is_empty() {
            return false;
        }
        let mut is_more = false;
        for (path, taints) in grown {
            is_more |= self.held(&path).is_none_or(|own| !own.covers(&taints));
            self.change().insert(path, taints);
        }
        is_more
    }

    /// The entries that change where another way meets this one. What one way knows nothing of, it has from what the path
    /// is a field of.
    fn grown(&self, other: &Self) -> Vec<(Key, Taints)> {
        let mut grown = Vec::new();
        let (mut ours, mut theirs) = (
            self.entries().iter().peekable(),
            other.entries().iter().peekable(),
        );
        let mut only_theirs = Vec::new();
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (Some((own, _)), Some((their, _))) => own.cmp(their),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let own = if order.is_le() { ours.next() } else { None };
            let their = if order.is_ge() { theirs.next() } else { None };
            match (own, their) {
                (Some((path, own)), their) => {
                    let their =
                        their.map_or_else(|| other.inherited(path), |(_, taints)| Some(taints));
                    if let Some(their) = their
                        && !own.covers(their)
                    {
                        grown.push((path.clone(), own.clone().and(their)));
                    }
                }
                (None, Some((path, their))) => {
                    let own = self.inherited(path).cloned().unwrap_or_default();
                    only_theirs.push((path.clone(), own.and(their)));
                }
                (None, None) => {}
            }
        }
        grown.extend(only_theirs);
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Taints, root};
    use crate::matching::taint::taints::Origin;

    fn taint(source: u32) -> Taints {
        let mut taints = Taints::default();
        let origin = Origin {
            source,
            label: 0,
            is_supposed: false,
        };
        taints.add(origin, None);
        taints
    }

    fn sources(state: &State, path: &str) -> Vec<u32> {
        let taints = state.get(path.as_bytes());
        taints.iter().map(|(origin, _)| origin.source).collect()
    }

    #[test]
    fn fields_have_taint_of_their_own() {
        let mut state = State::default();
        state.set(b"a", taint(1));
        state.set(b"a.b", Taints::default());
        state.set(b"c.d", taint(2));
        assert_eq!(sources(&state, "a.x"), [1]);
        assert!(sources(&state, "a.b.c").is_empty());
        assert_eq!(sources(&state, "c"), [2]);
        assert!(sources(&state, "c.e").is_empty());
        state.forget(b"c");
        assert!(sources(&state, "c.d").is_empty());
    }

    #[test]
    fn fields_are_found_by_their_variable() {
        for length in 1..20 {
            let name: String = ('a'..='z').take(length).collect();
            for field in ["", ".a", ".b.c", "..", "./"] {
                let path = format!("{name}{field}");
                assert_eq!(root(name.as_bytes()), root(path.as_bytes()), "{path}");
            }
        }
        assert_ne!(root(b"ab"), root(b"a.b"));
    }

    #[test]
    fn where_ways_meet_both_hold() {
        let (mut left, mut right) = (State::default(), State::default());
        left.set(b"a", taint(1));
        right.set(b"a", Taints::default());
        right.set(b"b", taint(2));
        assert!(left.join(&right));
        assert_eq!(sources(&left, "a"), [1]);
        assert_eq!(sources(&left, "b"), [2]);
        assert!(!left.join(&right));
    }
}
