//! What a function's flow knows of other functions and files while they are followed.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::CompiledSink;
use super::flow::Range;
use super::state::{Path, State};
use super::summary::{
    ANY_LABEL, DEEPEST_FIELD, Entry, FIRST_ENTRY, Frame, Imported, Input, SinkFacts, Summary, Told,
};
use super::taints::{Origin, Taints};
use crate::matching::calls::Calls;
use crate::tree::node::NodeId;

/// Looks up what a function of another file does, for the rule in question, by its number among those that are called.
pub(crate) type Lookup<'a> = dyn Fn(u32) -> Option<Arc<Told>> + 'a;

/// What there is to know of other functions and files.
pub(super) struct Beyond<'a> {
    pub(super) calls: &'a Calls<'a>,
    pub(super) imports: &'a Lookup<'a>,
    pub(super) specs: &'a [CompiledSink],
    /// What functions see of the file's variables.
    pub(super) globals: State,
    entries: RefCell<Entries>,
    /// The sinks of other files, with numbers from [`FIRST_ENTRY`] on.
    pub(super) sinks: Vec<Arc<SinkFacts>>,
    /// By the number of the function among those of other files; what was asked for so far.
    pub(super) told: FxHashMap<u32, Option<Imported>>,
    pub(super) summaries: FxHashMap<NodeId, Rc<Summary>>,
    /// The functions that hold or call a source, a sink or a sanitizer.
    pub(super) worth: Leading,
    /// Those that hold or call a source.
    pub(super) beginning: Leading,
    /// Those that hold or call a sink.
    pub(super) ending: Leading,
    /// The functions that are being followed.
    pub(super) active: Vec<NodeId>,
    /// For these and the anonymous functions within.
    pub(super) frames: Vec<Frame>,
    /// The object of the member that was followed last.
    pub(super) object: Option<(NodeId, Taints)>,
    /// How many functions are being followed because a call handed them on.
    pub(super) handed: u32,
    /// The call that was followed last, where nothing is known of its function, and the taint of what it is a method of.
    pub(super) unknown: Option<(NodeId, Taints)>,
    /// Of the call that was followed last: what its result holds beside its fields, and in these.
    pub(super) made: Option<Made>,
    /// Of the call that was followed last: what the names of its result's fields hold, where that is known.
    pub(super) named: Option<(NodeId, Taints)>,
}

impl<'a> Beyond<'a> {
    pub(super) fn new(
        calls: &'a Calls<'a>,
        imports: &'a Lookup<'a>,
        specs: &'a [CompiledSink],
    ) -> Self {
        Self {
            calls,
            imports,
            specs,
            globals: State::default(),
            entries: RefCell::default(),
            sinks: Vec::new(),
            told: FxHashMap::default(),
            summaries: FxHashMap::default(),
            worth: Leading::default(),
            beginning: Leading::default(),
            ending: Leading::default(),
            active: Vec::new(),
            frames: Vec::new(),
            object: None,
            handed: 0,
            unknown: None,
            made: None,
            named: None,
        }
    }

    /// The function that is being followed.
    pub(super) fn followed(&self) -> Option<NodeId> {
        self.active.last().copied()
    }

    pub(super) fn number(&self, entry: Entry) -> u32 {
        self.entries.borrow_mut().number(entry)
    }

    /// What an origin stands for that is no source of the file.
    pub(super) fn entry(&self, source: u32) -> Option<Entry> {
        let at = source.checked_sub(FIRST_ENTRY)?;
        self.entries.borrow().all.get(at as usize).cloned()
    }

    /// Whether an origin is data of the function's callers.
    pub(super) fn is_input(&self, source: u32) -> bool {
        source.checked_sub(FIRST_ENTRY).is_some_and(|at| {
            let entries = self.entries.borrow();
            matches!(entries.all.get(at as usize), Some(Entry::Input(_)))
        })
    }

    pub(super) fn input(&self, source: u32) -> Option<Input> {
        match self.entry(source)? {
            Entry::Input(input) => Some(input),
            Entry::Source(_) => None,
        }
    }

    /// The data of a parameter.
    pub(super) fn data_of(&self, parameter: u32) -> Taints {
        let source = self.number(Entry::Input(Input {
            parameter,
            fields: Vec::new(),
        }));
        let mut taints = Taints::default();
        let label = ANY_LABEL;
        let origin = Origin {
            source,
            label,
            is_supposed: false,
        };
        taints.add(origin, None);
        taints
    }

    /// The data of fields of what holds `taints`.
    pub(super) fn narrowed(&self, taints: &Taints, fields: &[u8]) -> Taints {
        if taints.iter().all(|(origin, _)| origin.source < FIRST_ENTRY) {
            return taints.clone();
        }
        let mut entries = self.entries.borrow_mut();
        let mut narrowed = Taints::default();
        for (origin, trace) in taints.iter() {
            let source = entries.field(origin.source, fields);
            narrowed.add(Origin { source, ..origin }, trace.clone());
        }
        narrowed
    }
}

/// What origins from [`FIRST_ENTRY`] on stand for.
#[derive(Debug, Default)]
struct Entries {
    all: Vec<Entry>,
    numbers: FxHashMap<Entry, u32>,
    /// By the place among all: the fields that were asked for, with their numbers.
    fields: Vec<Vec<(Path, u32)>>,
}

impl Entries {
    fn number(&mut self, entry: Entry) -> u32 {
        let (all, fields) = (&mut self.all, &mut self.fields);
        *self.numbers.entry(entry).or_insert_with_key(|entry| {
            all.push(entry.clone());
            fields.push(Vec::new());
            FIRST_ENTRY + all.len() as u32 - 1
        })
    }

    /// The origin of what fields hold of what comes from a source, as far as inputs are told apart.
    fn field(&mut self, source: u32, fields: &[u8]) -> u32 {
        let at = source.checked_sub(FIRST_ENTRY).map(|at| at as usize);
        let Some((at, Entry::Input(input))) = at.and_then(|at| Some((at, self.all.get(at)?)))
        else {
            return source;
        };
        let mut known = self.fields.get(at).into_iter().flatten();
        if let Some((_, known)) = known.find(|(known, _)| known == fields) {
            return *known;
        }
        let mut input = input.clone();
        for field in fields.split(|byte| *byte == b'.').skip(1) {
            if memchr::memchr_iter(b'.', &input.fields).count() < DEEPEST_FIELD {
                input.fields.push(b'.');
                input.fields.extend_from_slice(field);
            }
        }
        let number = self.number(Entry::Input(input));
        if let Some(known) = self.fields.get_mut(at) {
            known.push((fields.to_vec(), number));
        }
        number
    }
}

/// The functions of a file that lead to something, directly or not.
#[derive(Debug, Default)]
pub(super) struct Leading {
    pub(super) functions: FxHashSet<NodeId>,
    /// Where calls of them, and of others like them in other files, begin; sorted.
    pub(super) calls: Vec<u32>,
}

impl Leading {
    /// Whether a function does, that is called somewhere.
    pub(super) fn has(&self, function: NodeId) -> bool {
        self.functions.contains(&function)
    }

    /// Whether a call that does begins in a range.
    pub(super) fn calls_in(&self, range: Range) -> bool {
        let after = self.calls.partition_point(|start| *start < range.0);
        let next = self.calls.get(after);
        next.is_some_and(|start| *start < range.1)
    }
}

/// What a call made: what the result holds beside its fields, and in these.
pub(super) type Made = (NodeId, Taints, Vec<(Path, Taints)>);
