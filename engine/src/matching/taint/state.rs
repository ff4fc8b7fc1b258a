//! What is tainted at one point of a function: variables and their fields, each with the sources its data comes from.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A source, and the label that its data has by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// Number among the matches of sources.
    pub(super) source: u32,
    /// Number of the label.
    pub(super) label: u32,
}

/// A place that data went through.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) range: (u32, u32),
    pub(super) before: Trace,
    length: u32,
}

/// The way of data so far, last place first.
pub(super) type Trace = Option<Rc<Step>>;

/// Longer ways are not told any further.
const LONGEST_TRACE: u32 = 30;

/// Where data may come from, and one way for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Taints(BTreeMap<Origin, Trace>);

impl Taints {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, origin: Origin, trace: Trace) {
        self.0.entry(origin).or_insert(trace);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (origin, trace) in &other.0 {
            self.0.entry(*origin).or_insert_with(|| trace.clone());
        }
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.merge(other);
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Origin, &Trace)> {
        self.0.iter().map(|(origin, trace)| (*origin, trace))
    }

    pub(super) fn has_label(&self, label: u32) -> bool {
        self.0.keys().any(|origin| origin.label == label)
    }

    /// The same data with another label.
    pub(super) fn labelled(&self, label: u32) -> Self {
        let relabel =
            |(origin, trace): (&Origin, &Trace)| (Origin { label, ..*origin }, trace.clone());
        Self(self.0.iter().map(relabel).collect())
    }

    /// The same data, gone through a place.
    pub(super) fn through(&self, range: (u32, u32)) -> Self {
        let step = |(origin, trace): (&Origin, &Trace)| {
            let length = trace.as_ref().map_or(0, |step| step.length);
            let trace = if length >= LONGEST_TRACE {
                trace.clone()
            } else {
                Some(Rc::new(Step {
                    range,
                    before: trace.clone(),
                    length: length + 1,
                }))
            };
            (*origin, trace)
        };
        Self(self.0.iter().map(step).collect())
    }

    fn covers(&self, other: &Self) -> bool {
        other.0.keys().all(|origin| self.0.contains_key(origin))
    }
}

/// A variable, or a field of one: `a`, `a.b`, `this.c`.
pub(super) type Path = Vec<u8>;

/// The tainted variables. An entry without taint is a variable known to be harmless, whatever it is a field of.
#[derive(Clone, Debug, Default)]
pub(super) struct State(BTreeMap<Path, Taints>);

impl State {
    /// The taint of a variable or field: its own, else that of what it is a field of; and that of its fields.
    pub(super) fn get(&self, path: &[u8]) -> Taints {
        let mut taints = Taints::default();
        let mut end = path.len();
        loop {
            if let Some(found) = self.0.get(path.get(..end).unwrap_or_default()) {
                taints.merge(found);
                break;
            }
            match memchr::memrchr(b'.', path.get(..end).unwrap_or_default()) {
                Some(dot) => end = dot,
                None => break,
            }
        }
        for (_, found) in self.fields(path) {
            taints.merge(found);
        }
        taints
    }

    fn fields<'s>(&'s self, path: &'s [u8]) -> impl Iterator<Item = (&'s Path, &'s Taints)> {
        let prefix = [path, b"."].concat();
        self.0
            .range(prefix.clone()..)
            .take_while(move |(other, _)| other.starts_with(&prefix))
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
    pub(super) fn set(&mut self, path: Path, taints: Taints) {
        let fields: Vec<Path> = self.fields(&path).map(|(field, _)| field.clone()).collect();
        for field in fields {
            self.0.remove(&field);
        }
        self.0.insert(path, taints);
    }

    /// A variable may hold other data too.
    pub(super) fn add(&mut self, path: Path, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        let known = self.get(&path);
        self.0.insert(path, known.and(taints));
    }

    /// Forgets a variable, for instance because a parameter has its name.
    pub(super) fn forget(&mut self, path: &[u8]) {
        self.set(path.to_vec(), Taints::default());
    }

    /// What holds where two ways meet. Says whether anything was added.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let mut grown = false;
        // What one way knows nothing of, it has from what the path is a field of.
        let mine: Vec<Path> = self.0.keys().cloned().collect();
        for path in mine {
            if !other.0.contains_key(&path) {
                let theirs = other.get(&path);
                if let Some(own) = self.0.get_mut(&path)
                    && !own.covers(&theirs)
                {
                    own.merge(&theirs);
                    grown = true;
                }
            }
        }
        for (path, theirs) in &other.0 {
            let own = match self.0.get(path) {
                Some(own) => own.clone(),
                None => self.get(path),
            };
            if !own.covers(theirs) {
                grown = true;
            }
            self.0.insert(path.clone(), own.and(theirs));
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, State, Taints};

    fn taint(source: u32) -> Taints {
        let mut taints = Taints::default();
        taints.add(Origin { source, label: 0 }, None);
        taints
    }

    fn sources(state: &State, path: &str) -> Vec<u32> {
        let taints = state.get(path.as_bytes());
        taints.iter().map(|(origin, _)| origin.source).collect()
    }

    #[test]
    fn fields_have_taint_of_their_own() {
        let mut state = State::default();
        state.set(b"a".to_vec(), taint(1));
        state.set(b"a.b".to_vec(), Taints::default());
        state.set(b"c.d".to_vec(), taint(2));
        assert_eq!(sources(&state, "a.x"), [1]);
        assert!(sources(&state, "a.b.c").is_empty());
        assert_eq!(sources(&state, "c"), [2]);
        assert!(sources(&state, "c.e").is_empty());
        state.forget(b"c");
        assert!(sources(&state, "c.d").is_empty());
    }

    #[test]
    fn where_ways_meet_both_hold() {
        let (mut left, mut right) = (State::default(), State::default());
        left.set(b"a".to_vec(), taint(1));
        right.set(b"a".to_vec(), Taints::default());
        right.set(b"b".to_vec(), taint(2));
        assert!(left.join(&right));
        assert_eq!(sources(&left, "a"), [1]);
        assert_eq!(sources(&left, "b"), [2]);
        assert!(!left.join(&right));
    }
}
