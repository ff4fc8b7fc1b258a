//! Following data through the statements of a function.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::beyond::Beyond;
use super::names::NAMES;
use super::places::{Places, Ranged};
use super::state::State;
use super::summary::Place;
use super::taints::Taints;
use super::trace::{Trace, places};
use super::{Flowed, Propagator, Sanitizer, Sink, Source};
use crate::matching::file::texts;
use crate::matching::matcher::Code;
use crate::matching::ranges::{Match, Unchecked};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};

/// Options of the rule.
pub(super) struct Options {
    pub(super) unify: bool,
    pub(super) safe_functions: bool,
    pub(super) safe_indexes: bool,
    pub(super) safe_comparisons: bool,
    pub(super) only_assignments: bool,
}

/// A loop's state grows at most by this many rounds: variables that depend on each other in a chain.
pub(super) const MOST_ROUNDS: u32 = 20;

/// Data flow in one file for one rule.
pub(super) struct Flow<'a> {
    pub(super) code: Code<'a>,
    pub(super) labels: &'a [String],
    pub(super) options: Options,
    pub(super) sources: Places<Source<'a>>,
    pub(super) sinks: Places<Sink<'a>>,
    pub(super) sanitizers: Places<Sanitizer>,
    /// By where the data comes from.
    pub(super) propagators: FxHashMap<Range, Vec<Propagator<'a>>>,
    /// The sinks that data reached, with the source and the way.
    pub(super) reached: FxHashMap<u32, Vec<(u32, Trace)>>,
    /// The sinks that data reached that is only supposed to be there.
    pub(super) supposed: FxHashSet<u32>,
    /// Taint on its way through a propagator to an expression.
    pub(super) carried: FxHashMap<(u32, u32), Taints>,
    /// Whether a source is one of control.
    pub(super) has_control: bool,
    /// Where the function ends that is followed: what its data does later is not asked.
    until: u32,
    /// How many loops are around, whatever functions are between.
    pub(super) loops: u32,
    /// The states at the `break`s and `continue`s of the loops around.
    pub(super) leaving: Vec<State>,
    pub(super) continuing: Vec<State>,
    /// The states in which something may be thrown in the `try` blocks around.
    pub(super) throwing: Vec<Throwing>,
    /// The states at the `return`s of the functions around.
    pub(super) returning: Vec<After>,
    /// What [`Self::written_outside`] found out.
    written_outside: FxHashMap<NodeId, Rc<[&'a [u8]]>>,
    pub(super) fuel: u64,
    /// The file's number, where several are looked at together.
    pub(super) file: u32,
    /// Present where flow is followed from function to function.
    pub(super) beyond: Option<Beyond<'a>>,
    metavariables: &'a [String],
}

/// The states in which something may be thrown in a `try` block.
pub(super) struct Throwing {
    /// Where they meet.
    met: State,
    /// The last of them.
    last: State,
}

impl Throwing {
    pub(super) fn new(state: State) -> Self {
        Self {
            met: state.clone(),
            last: state,
        }
    }

    /// Something may be thrown in this state too.
    pub(super) fn join(&mut self, state: &State) {
        // Most statements change nothing.
        if !self.last.is_shared_with(state) {
            self.met.join(state);
            self.last.clone_from(state);
        }
    }

    pub(super) fn into_state(self) -> State {
        self.met
    }
}

/// What the parameters of a function hold.
pub(super) enum Given<'g> {
    /// Nothing that is known.
    Nothing,
    /// Data of an origin of its own each.
    Inputs,
    Data(&'g [Taints]),
}

/// The state after a statement; `None` where nothing goes on.
pub(super) type After = Option<State>;

pub(super) type Range = (u32, u32);

pub(super) fn within(inner: Range, outer: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

impl<'a> Flow<'a> {
    pub(super) fn new(
        code: Code<'a>,
        (labels, metavariables): (&'a [String], &'a [String]),
        options: Options,
        sources: Vec<Source<'a>>,
        sinks: Vec<Sink<'a>>,
        sanitizers: Vec<Sanitizer>,
        propagators: Vec<Propagator<'a>>,
    ) -> Self {
        let mut by_origin: FxHashMap<Range, Vec<Propagator<'a>>> = FxHashMap::default();
        for propagator in propagators {
            by_origin
                .entry(propagator.from)
                .or_default()
                .push(propagator);
        }
        Self {
            code,
            labels,
            options,
            has_control: sources.iter().any(|source| source.spec.control),
            sources: Places::new(sources),
            sinks: Places::new(sinks),
            sanitizers: Places::new(sanitizers),
            propagators: by_origin,
            reached: FxHashMap::default(),
            supposed: FxHashSet::default(),
            carried: FxHashMap::default(),
            until: u32::MAX,
            loops: 0,
            leaving: Vec::new(),
            continuing: Vec::new(),
            throwing: Vec::new(),
            returning: Vec::new(),
            written_outside: FxHashMap::default(),
            fuel: 0,
            file: 0,
            beyond: None,
            metavariables,
        }
    }

    /// Follows every function and the statements outside of them.
    pub(super) fn run(mut self, fuel: &mut u64, unchecked: &Unchecked) -> Vec<Flowed> {
        self.fuel = *fuel;
        let tree = self.code.tree;
        self.block(0, State::default());
        let mut globals = None;
        for id in 0..tree.len() {
            let kind = tree.node(id).kind;
            // Of most functions the rule has nothing to say.
            if !matches!(kind, Kind::Function | Kind::Field) || !self.sinks.overlap(self.range(id))
            {
                continue;
            }
            let mut state = globals.get_or_insert_with(|| self.globals()).clone();
            self.until = self.range(id).1;
            if kind == Kind::Field {
                if let Some(value) = tree.child(id, 2) {
                    self.expression(value, &mut state);
                }
            } else if !self.is_harmless(id, &state) {
                self.function(id, state);
            }
        }
        *fuel = self.fuel;
        self.findings(unchecked)
    }

    /// What functions see of the file's variables: the values they are declared with.
    pub(super) fn globals(&mut self) -> State {
        let mut globals = State::default();
        for statement in self.tree().children(0) {
            if self.kind(statement) == Kind::Variable {
                self.expression(statement, &mut globals);
            }
        }
        self.forget_control(&mut globals);
        globals
    }

    pub(super) fn findings(&self, unchecked: &Unchecked) -> Vec<Flowed> {
        let mut reached: Vec<_> = self.reached.iter().collect();
        reached.sort_by_key(|(sink, _)| **sink);
        let mut findings = Vec::new();
        for (sink, flows) in reached {
            let Some(sink) = self.sinks.get(*sink) else {
                continue;
            };
            let mut flows: Vec<_> = flows.iter().collect();
            flows.sort_by_key(|(source, _)| *source);
            flows.dedup_by_key(|(source, _)| *source);
            for (source, trace) in flows {
                let Some(source) = self.sources.get(*source) else {
                    continue;
                };
                if self.options.unify
                    && !sink.found.agrees_with(&source.found, self.code, unchecked)
                {
                    continue;
                }
                let mut steps = vec![source.range()];
                steps.extend(places(trace).iter().map(|place| (place.start, place.end)));
                steps.push(sink.range());
                findings.push(Flowed {
                    found: sink.found.with_bindings_of(&source.found),
                    trace: steps,
                });
            }
        }
        findings
    }

    /// Whether no sink is left for what a statement and all after it do, where only those of one function count.
    pub(super) fn is_over(&self, statement: NodeId) -> bool {
        let rest = (self.range(statement).0, self.until);
        self.beyond.is_none() && self.loops == 0 && !self.sinks.overlap(rest)
    }

    /// Whether no data comes from a source before a node, nor in it.
    pub(super) fn is_harmless(&self, id: NodeId, state: &State) -> bool {
        let may_return = |beyond: &Beyond<'_>| beyond.beginning.calls_in(self.range(id));
        state.is_clean()
            && self.carried.is_empty()
            && !self.sources.overlap(self.range(id))
            && !self.beyond.as_ref().is_some_and(may_return)
    }

    pub(super) fn tree(&self) -> &'a Tree {
        self.code.tree
    }

    pub(super) fn kind(&self, id: NodeId) -> Kind {
        self.tree().node(id).kind
    }

    pub(super) fn range(&self, id: NodeId) -> Range {
        let node = self.tree().node(id);
        (node.start, node.end)
    }

    pub(super) fn place(&self, range: Range) -> Place {
        Place {
            file: self.file,
            start: range.0,
            end: range.1,
        }
    }

    /// The texts that a match binds.
    pub(super) fn texts(&self, found: &Match) -> BTreeMap<String, String> {
        texts(self.metavariables, found, self.code.source)
    }

    /// The taint of a variable or field.
    pub(super) fn look(&self, state: &State, path: &[u8]) -> Taints {
        let Some(beyond) = &self.beyond else {
            return state.get(path);
        };
        if !state.may_hold(path) {
            return Taints::default();
        }
        let mut taints = match state.nearest(path) {
            Some((held, [])) => held.clone(),
            Some((held, fields)) => beyond.narrowed(held, fields),
            None => Taints::default(),
        };
        for (field, found) in state.fields(path) {
            // The names of fields are not what the fields hold.
            if !field.ends_with(NAMES) {
                taints.merge(found);
            }
        }
        taints
    }

    pub(super) fn text(&self, id: NodeId) -> &'a [u8] {
        self.tree().text(id, self.code.source)
    }

    /// The variables of functions around an anonymous one that it writes to, by name. What is `this` in it is another thing
    /// elsewhere.
    pub(super) fn written_outside(&mut self, id: NodeId) -> Rc<[&'a [u8]]> {
        if let Some(known) = self.written_outside.get(&id) {
            return Rc::clone(known);
        }
        let (mut written, mut own) = (Vec::new(), FxHashSet::default());
        for inner in id..self.tree().node(id).next {
            match self.kind(inner) {
                Kind::Definition => {
                    own.insert(self.text(inner));
                }
                Kind::Assign | Kind::AugmentedAssign => self.written_to(inner + 1, &mut written),
                _ => {}
            }
        }
        written.retain(|name| !own.contains(name));
        written.sort_unstable();
        written.dedup();
        let written: Rc<[&[u8]]> = written.into();
        self.written_outside.insert(id, Rc::clone(&written));
        written
    }

    /// The variables that an assignment to a target changes.
    fn written_to(&self, target: NodeId, written: &mut Vec<&'a [u8]>) {
        let mut pending = vec![target];
        while let Some(id) = pending.pop() {
            match self.kind(id) {
                Kind::Name => written.push(self.text(id)),
                Kind::Member | Kind::Index | Kind::Cast | Kind::Default | Kind::Spread => {
                    pending.push(id + 1);
                }
                Kind::Pair => pending.extend(self.tree().child(id, 1)),
                Kind::Object | Kind::Array => pending.extend(self.tree().children(id)),
                _ => {}
            }
        }
    }

    /// A function or method, with nothing known of what is around it.
    pub(super) fn function(&mut self, id: NodeId, state: State) {
        let parts: Vec<NodeId> = self.tree().children(id).collect();
        let [_, parameters, _, body] = parts.as_slice() else {
            return;
        };
        self.body(*parameters, *body, state, &Given::Nothing);
    }

    pub(super) fn body(
        &mut self,
        parameters: NodeId,
        body: NodeId,
        mut state: State,
        given: &Given<'_>,
    ) -> After {
        let outer = (
            std::mem::take(&mut self.leaving),
            std::mem::take(&mut self.continuing),
        );
        for (number, parameter) in self.tree().children(parameters).enumerate() {
            let binding = parameter + 1;
            let default = self.tree().child(parameter, 2);
            let taints = match default.filter(|default| self.kind(*default) != Kind::Absent) {
                Some(default) => self.expression(default, &mut state),
                None => Taints::default(),
            };
            let own = self.sources_at(self.range(parameter), &Taints::default());
            let mut taints = taints.and(&own);
            let mut from = None;
            if let Some(data) = self.given(given, number) {
                taints.merge(&data);
                if self.path(binding).is_none() {
                    // A name that no variable has, for what is taken apart.
                    let path = format!("\0{number}").into_bytes();
                    state.set(&path, data);
                    from = Some(Cow::Owned(path));
                }
            }
            self.bind(binding, &taints, from, &mut state);
        }
        self.returning.push(None);
        let mut after = if self.kind(body) == Kind::Block {
            self.block(body, state)
        } else {
            self.expression(body, &mut state);
            Some(state)
        };
        if self.kind(body) == Kind::Block
            && let Some(state) = &mut after
        {
            self.leave(None, &Taints::default(), state);
        }
        (self.leaving, self.continuing) = outer;
        meet(after, self.returning.pop().flatten())
    }
}

impl Flow<'_> {
    /// What a parameter holds.
    fn given(&self, given: &Given<'_>, number: usize) -> Option<Taints> {
        let data = match (given, &self.beyond) {
            (Given::Inputs, Some(beyond)) => beyond.data_of(number as u32),
            (Given::Data(data), _) => data.get(number)?.clone(),
            _ => return None,
        };
        (!data.is_empty()).then_some(data)
    }
}

/// The state where two ways meet, as far as they get there.
pub(super) fn meet(left: After, right: After) -> After {
    match (left, right) {
        (Some(mut left), Some(right)) => {
            left.join(&right);
            Some(left)
        }
        (left, right) => left.or(right),
    }
}

/// What became tainted in the object itself, beside what its variable was known to be.
pub(super) fn fresh(object: &Taints, known: Option<&Taints>) -> Taints {
    let mut fresh = Taints::default();
    for (origin, trace) in object.iter() {
        let is_known = known.is_some_and(|known| known.has(origin));
        if !is_known {
            fresh.add(origin, trace.clone());
        }
    }
    fresh
}
