//! Flow beyond one function: each function is followed once, and what it does is kept as its [`Summary`].

use std::rc::Rc;
use std::sync::Arc;

use super::beyond::{Beyond, Leading};
use super::flow::{Flow, Given, Range};
use super::names::names_of_literal;
use super::places::Ranged;
use super::state::State;
use super::summary::{
    Crossing, Entry, FIRST_ENTRY, Frame, Input, Place, Reach, SinkFacts, SourceFacts, Summary,
    THIS, Told,
};
use super::taints::{Origin, Taints};
use super::trace::{Trace, places};
use crate::matching::calls::Callee;
use crate::matching::file::include_parentheses;
use crate::matching::ranges::Unchecked;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// Longest chain of calls that is followed down; what lies deeper is taken for unknown.
const DEEPEST_CALL: usize = 24;

/// What is found in one file with what others told, and what it tells in turn.
#[derive(Default)]
pub(crate) struct FileFlows {
    pub(crate) crossings: Vec<Crossing>,
    /// By the numbers that functions were asked for by.
    pub(crate) told: Vec<(u32, Arc<Told>)>,
    /// The sinks that data may get to within their function, if what it is given to gives it back.
    pub(crate) supposed: Vec<Place>,
    /// Whether it was followed to the end.
    pub(crate) is_complete: bool,
}

impl Flow<'_> {
    /// Follows every function with what is known of those that it calls. `asked` are those that others ask about, by number.
    pub(super) fn run_beyond(
        mut self,
        fuel: &mut u64,
        asked: &[(u32, NodeId)],
        unchecked: &Unchecked,
    ) -> FileFlows {
        self.fuel = *fuel;
        if !self.find_worth() {
            return FileFlows::default();
        }
        let (may_begin, may_end) = self.ends();
        if asked.is_empty() && !(may_begin && may_end) {
            return FileFlows::default();
        }
        let globals = if may_begin {
            self.globals()
        } else {
            State::default()
        };
        if let Some(beyond) = &mut self.beyond {
            beyond.globals.clone_from(&globals);
        }
        // Where no flow can be whole, only what others ask about matters.
        if may_begin && may_end {
            self.everything(&globals);
        }
        let mut told = Vec::new();
        for (number, function) in asked {
            if self.is_empty(*function, &globals) {
                continue;
            }
            let summary = self.summary(*function).map(|summary| self.tell(&summary));
            let is_sanitizing = self.sanitizers.overlap(self.range(*function));
            let news = summary.filter(|told| is_sanitizing || told.is_anything());
            if let Some(news) = news {
                told.push((*number, Arc::new(news)));
            }
        }
        *fuel = self.fuel;
        let supposed = self.supposed.iter();
        let supposed = supposed
            .filter_map(|sink| Some(self.sink_facts(*sink)?.place))
            .collect();
        FileFlows {
            supposed,
            crossings: self.crossings(unchecked),
            told,
            is_complete: true,
        }
    }

    fn everything(&mut self, globals: &State) {
        self.block(0, State::default());
        for id in 0..self.tree().len() {
            match self.kind(id) {
                Kind::Function if self.may_flow(id, globals) => {
                    self.summary(id);
                }
                Kind::Field => {
                    if let Some(value) = self.tree().child(id, 2) {
                        self.expression(value, &mut globals.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a flow can be whole within a function and what it calls.
    fn may_flow(&self, function: NodeId, globals: &State) -> bool {
        let range = self.range(function);
        let Some(beyond) = &self.beyond else {
            return false;
        };
        let may_begin =
            !globals.is_clean() || self.sources.overlap(range) || beyond.beginning.calls_in(range);
        may_begin && (self.sinks.overlap(range) || beyond.ending.calls_in(range))
    }

    /// Whether a flow can begin in the file or in what it calls, and whether one can end there.
    fn ends(&self) -> (bool, bool) {
        let whole = self.range(0);
        let Some(beyond) = &self.beyond else {
            return (false, false);
        };
        (
            !self.sources.is_empty() || beyond.beginning.calls_in(whole),
            !self.sinks.is_empty() || beyond.ending.calls_in(whole),
        )
    }

    /// Whether following a function can tell nothing.
    fn is_empty(&self, function: NodeId, globals: &State) -> bool {
        let range = self.range(function);
        let leads = |beyond: &Beyond<'_>| beyond.worth.calls_in(range);
        globals.is_clean() && !self.holds_any(range) && !self.beyond.as_ref().is_some_and(leads)
    }

    /// Whether a source, a sink or a sanitizer stands in a range.
    fn holds_any(&self, range: Range) -> bool {
        self.sources.overlap(range) || self.sinks.overlap(range) || self.sanitizers.overlap(range)
    }

    /// Finds the functions that are worth following. Says whether the file holds anything that others do not know.
    fn find_worth(&mut self) -> bool {
        let Some(calls) = self.beyond.as_ref().map(|beyond| beyond.calls) else {
            return false;
        };
        for foreign in 0..calls.by_callee().there.len() as u32 {
            self.is_told_of(foreign);
        }
        let beginning = self.leading(&|range| self.sources.overlap(range), &Told::has_sources);
        let ending = self.leading(&|range| self.sinks.overlap(range), &Told::has_sinks);
        let worth = self.leading(&|range| self.holds_any(range), &|_| true);
        let whole = self.range(0);
        let is_anything = self.holds_any(whole) || worth.calls_in(whole);
        if let Some(beyond) = &mut self.beyond {
            (beyond.beginning, beyond.ending, beyond.worth) = (beginning, ending, worth);
        }
        is_anything
    }

    /// The functions that lead to what `holds` says of a range, or `tells` of a function of another file.
    fn leading(&self, holds: &dyn Fn(Range) -> bool, tells: &dyn Fn(&Told) -> bool) -> Leading {
        let mut leading = Leading::default();
        let Some(beyond) = &self.beyond else {
            return leading;
        };
        let (tree, calls) = (self.tree(), beyond.calls.by_callee());
        let start = |id: &NodeId| tree.node(*id).start;
        for ((_, places), foreign) in calls.there.iter().zip(0_u32..) {
            let told = beyond.told.get(&foreign).and_then(Option::as_ref);
            if told.is_some_and(|known| tells(&known.told)) {
                leading.calls.extend(places.iter().map(start));
            }
        }
        if leading.calls.is_empty() && !holds(self.range(0)) {
            return leading;
        }
        let mut others: Vec<&(NodeId, Vec<NodeId>)> = calls.here.iter().collect();
        loop {
            leading.calls.sort_unstable();
            let leads = |id: NodeId| holds(self.range(id)) || leading.calls_in(self.range(id));
            let found = others.extract_if(.., |(function, _)| leads(*function));
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                return leading;
            }
            for (function, places) in found {
                leading.calls.extend(places.iter().map(start));
                leading.functions.insert(*function);
            }
        }
    }

    /// What a function of the file does; `None` while it is being followed.
    pub(super) fn summary(&mut self, function: NodeId) -> Option<Rc<Summary>> {
        let tree = self.tree();
        let beyond = self.beyond.as_mut()?;
        if let Some(known) = beyond.summaries.get(&function) {
            return Some(Rc::clone(known));
        }
        if beyond.active.contains(&function) || beyond.active.len() >= DEEPEST_CALL {
            return None;
        }
        let parts: Vec<NodeId> = tree.children(function).collect();
        let (parameters, body) = match parts.as_slice() {
            [_, parameters, _, body] | [parameters, _, body] => (*parameters, *body),
            _ => return None,
        };
        beyond.active.push(function);
        beyond.frames.push(Frame::default());
        let mut state = beyond.globals.clone();
        state.set(b"this", beyond.data_of(THIS));
        let outer = (
            std::mem::take(&mut self.carried),
            std::mem::take(&mut self.throwing),
        );
        self.body(parameters, body, state, &Given::Inputs);
        (self.carried, self.throwing) = outer;
        let effects = self.effects(parameters);
        let beyond = self.beyond.as_mut()?;
        beyond.active.pop();
        let mut summary = beyond.frames.pop()?.summary;
        summary.effects = effects;
        summary.rest = tree
            .children(parameters)
            .position(|parameter| tree.node(parameter).flags & crate::tree::node::flags::REST != 0)
            .map(|at| at as u32);
        let summary = Rc::new(summary);
        beyond.summaries.insert(function, Rc::clone(&summary));
        Some(summary)
    }

    /// What the fields of `this` and of parameters hold where the function that is followed ends.
    fn effects(&self, parameters: NodeId) -> Vec<(Input, Taints)> {
        let tree = self.tree();
        let mut effects = Vec::new();
        let Some(beyond) = &self.beyond else {
            return effects;
        };
        let Some(frame) = beyond.frames.last() else {
            return effects;
        };
        let names = tree.children(parameters).zip(0..);
        let names = names
            .filter(|(parameter, _)| self.kind(parameter + 1) == Kind::Definition)
            .map(|(parameter, number)| (self.text(parameter + 1), number));
        for (name, parameter) in names.chain([(&b"this"[..], THIS)]) {
            for (path, taints) in frame.exit.fields(name) {
                let fields = path.get(name.len()..).unwrap_or_default().to_vec();
                let own = Entry::Input(Input {
                    parameter,
                    fields: fields.clone(),
                });
                let own = beyond.number(own);
                let mut others = Taints::default();
                let is_other = |origin: Origin| origin.source != own && !origin.is_supposed;
                for (origin, trace) in taints.iter().filter(|(origin, _)| is_other(*origin)) {
                    others.add(origin, trace.clone());
                }
                if !others.is_empty() && effects.len() < super::summary::MOST_FACTS {
                    effects.push((Input { parameter, fields }, others));
                }
            }
        }
        effects
    }

    /// Data gets to a sink.
    pub(super) fn arrive(&mut self, sink: u32, origin: Origin, trace: &Trace) {
        if let Some(beyond) = &mut self.beyond
            && beyond.is_input(origin.source)
        {
            if let (Some(frame), false) = (beyond.frames.last_mut(), origin.is_supposed) {
                frame.reach(Reach {
                    sink,
                    input: origin,
                    trace: trace.clone(),
                });
            }
            return;
        }
        if origin.is_supposed {
            self.supposed.insert(sink);
            return;
        }
        let flows = self.reached.entry(sink).or_default();
        if !flows.iter().any(|(source, _)| *source == origin.source) {
            flows.push((origin.source, trace.clone()));
        }
    }

    /// A function returns.
    pub(super) fn leave(&mut self, value: Option<NodeId>, taints: &Taints, state: &mut State) {
        if self
            .beyond
            .as_ref()
            .is_none_or(|beyond| beyond.frames.is_empty())
        {
            return;
        }
        let fields = value
            .filter(|value| self.kind(*value) == Kind::Object && self.range_has_no_source(*value));
        let fields = fields.map(|value| self.fields(value, state));
        let names = match &fields {
            Some(fields) => Some(names_of_literal(fields, taints)),
            None => value.map(|value| self.names(value, taints, state)),
        };
        let Some(frame) = self
            .beyond
            .as_mut()
            .and_then(|beyond| beyond.frames.last_mut())
        else {
            return;
        };
        frame.exit.join(state);
        let summary = &mut frame.summary;
        summary.returns.merge(taints);
        if let Some(names) = names {
            summary.names.get_or_insert_default().merge(&names);
        }
        match fields {
            Some(fields) if !frame.mixed => {
                let known = summary.fields.get_or_insert_default();
                for (field, taints) in fields {
                    known.entry(field).or_default().merge(&taints);
                }
            }
            None if taints.is_empty() => {}
            _ => {
                frame.mixed = true;
                summary.fields = None;
            }
        }
    }

    fn crossings(&mut self, unchecked: &Unchecked) -> Vec<Crossing> {
        let mut reached: Vec<_> = std::mem::take(&mut self.reached).into_iter().collect();
        reached.sort_by_key(|(sink, _)| *sink);
        let mut crossings = Vec::new();
        for (sink, mut flows) in reached {
            flows.sort_by_key(|(source, _)| *source);
            for (source, trace) in flows {
                if let (Some(here), Some(there)) = (self.sinks.get(sink), self.sources.get(source))
                    && self.options.unify
                    && !here.found.agrees_with(&there.found, self.code, unchecked)
                {
                    continue;
                }
                let (Some(source), Some(sink)) = (self.source_facts(source), self.sink_facts(sink))
                else {
                    continue;
                };
                let disagree = |(name, text): (&String, &String)| {
                    source
                        .metavariables
                        .get(name)
                        .is_some_and(|other| other != text)
                };
                if self.options.unify && sink.metavariables.iter().any(disagree) {
                    continue;
                }
                crossings.push(Crossing {
                    source,
                    sink,
                    steps: places(&trace),
                });
            }
        }
        crossings
    }

    pub(super) fn source_facts(&self, source: u32) -> Option<Arc<SourceFacts>> {
        if let Some(source) = self.sources.get(source) {
            return Some(Arc::new(SourceFacts {
                place: self.place(source.range()),
                metavariables: self.texts(&source.found),
            }));
        }
        match self.beyond.as_ref()?.entry(source)? {
            Entry::Source(facts) => Some(facts),
            Entry::Input(_) => None,
        }
    }

    pub(super) fn sink_facts(&self, number: u32) -> Option<Arc<SinkFacts>> {
        if let Some(sink) = self.sinks.get(number) {
            let specs = self.beyond.as_ref().map_or(&[][..], |beyond| beyond.specs);
            let spec = specs.iter().position(|spec| std::ptr::eq(spec, sink.spec));
            let mut found = sink.found.clone();
            include_parentheses(self.tree(), &mut found);
            return Some(Arc::new(SinkFacts {
                place: self.place((found.start, found.end)),
                metavariables: self.texts(&found),
                spec: spec?,
            }));
        }
        let at = number.checked_sub(FIRST_ENTRY)?;
        self.beyond.as_ref()?.sinks.get(at as usize).cloned()
    }

    /// What a function does that a call or a callback names.
    pub(super) fn known(&mut self, callee: Callee) -> Option<Rc<Summary>> {
        match callee {
            Callee::Here(function) => self.summary(function),
            Callee::There(foreign) => self.imported(foreign),
            Callee::Elsewhere => None,
        }
    }
}
