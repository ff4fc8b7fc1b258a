//! Taint mode: whether data from a source reaches a sink inside one function.
//!
//! Sources, sinks, sanitizers and propagators are formulas like others; their matches are ranges. The flow then follows
//! each function's statements in order (`flow`), with the taint of variables and fields at each point (`state`): branches
//! meet, loops run until nothing changes. As in the reference's community edition, functions are looked at one by one, a
//! lambda where it is written, and the result of a call is tainted if its object or an argument is. Beyond that step
//! `interprocedural` follows calls: a function's `summary` is filled in where it is called (`call`), and told to other files (`tell`).

mod asked;
mod assignment;
mod beyond;
mod call;
mod control;
mod expression;
mod flow;
mod interprocedural;
mod matched;
mod names;
mod parameter;
mod place;
mod places;
mod scalar;
mod state;
mod statement;
mod summary;
mod taints;
mod tell;
mod trace;

use std::sync::OnceLock;

pub(crate) use self::asked::mark as mark_asked;
use self::beyond::Beyond;
pub(crate) use self::beyond::Lookup;
use self::flow::{Flow, Options};
pub(crate) use self::interprocedural::FileFlows;
pub(crate) use self::matched::Matched;
pub(crate) use self::parameter::is_within_functions;
pub(crate) use self::places::Places;
use self::places::Ranged;
pub(crate) use self::summary::{Crossing, Place, Told};
use super::calls::Calls;
use super::compiled::{Compiled, Parts};
use super::evaluate::Evaluation;
use super::ranges::Match;
use crate::rules::rule::{Formula, Rule};
use crate::rules::taint::{Requires, SideEffect};
use crate::tree::node::NodeId;

/// A rule's taint mode with its formulas compiled.
pub(crate) struct CompiledTaint {
    pub(crate) sources: Vec<CompiledSource>,
    pub(crate) sinks: Vec<CompiledSink>,
    pub(crate) sanitizers: Vec<CompiledSanitizer>,
    pub(crate) propagators: Vec<CompiledPropagator>,
    /// Labels by number.
    pub(crate) labels: Vec<String>,
}

pub(crate) struct CompiledSource {
    pub(crate) formula: Compiled,
    pub(crate) exact: bool,
    pub(crate) by_side_effect: SideEffect,
    pub(crate) label: u32,
    pub(crate) requires: Option<Requires>,
    pub(crate) control: bool,
    /// Whether sinks ask for its label: without any such source nothing is found.
    pub(crate) is_asked: bool,
    /// Of its formula, once that was asked for.
    pub(crate) likeness: OnceLock<u64>,
}

pub(crate) struct CompiledSink {
    pub(crate) formula: Compiled,
    pub(crate) exact: bool,
    pub(crate) requires: Requires,
    pub(crate) at_exit: bool,
    /// Whether its matches are parts of what its patterns match: values, where others are calls.
    pub(crate) is_focused: bool,
}

pub(crate) struct CompiledSanitizer {
    pub(crate) formula: Compiled,
    /// Of its formula, once that was asked for.
    pub(crate) likeness: OnceLock<u64>,
    pub(crate) exact: bool,
    pub(crate) by_side_effect: bool,
}

pub(crate) struct CompiledPropagator {
    pub(crate) formula: Compiled,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) by_side_effect: bool,
    pub(crate) requires: Option<Requires>,
    pub(crate) label: Option<u32>,
    pub(crate) replaced: Option<Vec<u32>>,
}

/// A match of a source, with what its part of the rule says.
struct Source<'a> {
    found: Match,
    spec: &'a CompiledSource,
}

/// A match of a sink.
struct Sink<'a> {
    found: Match,
    spec: &'a CompiledSink,
}

/// A match of a sanitizer.
struct Sanitizer {
    range: (u32, u32),
    exact: bool,
    by_side_effect: bool,
}

/// A match of a propagator.
struct Propagator<'a> {
    range: (u32, u32),
    from: (u32, u32),
    to: (u32, u32),
    spec: &'a CompiledPropagator,
}

impl Ranged for Source<'_> {
    fn range(&self) -> (u32, u32) {
        (self.found.start, self.found.end)
    }
}

impl Ranged for Sink<'_> {
    fn range(&self) -> (u32, u32) {
        (self.found.start, self.found.end)
    }
}

impl Ranged for Sanitizer {
    fn range(&self) -> (u32, u32) {
        self.range
    }
}

/// A finding: the sink, with what the source binds beside, and the way of the data from the source on.
pub(crate) struct Flowed {
    pub(crate) found: Match,
    pub(crate) trace: Vec<(u32, u32)>,
}

/// Finds the flows of a rule within the functions of a file. `matched` is for one file, whatever the rule.
pub(crate) fn run<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    matched: &mut Matched,
) -> Vec<Flowed> {
    let whole = evaluation.whole();
    let may_match = |formula| evaluation.may_match(formula, whole);
    let mut sinks = taint.sinks.iter().map(|sink| &sink.formula);
    let mut sources = taint.sources.iter().map(|source| &source.formula);
    if !sinks.any(may_match) || !sources.any(may_match) {
        return Vec::new();
    }
    // The ends with fewer places go first: most often there are none.
    let sinks = taint.sinks.iter().map(|sink| &sink.formula);
    let sources = taint.sources.iter().filter(|source| source.is_asked);
    let sources = sources.map(|source| &source.formula);
    if evaluation.places(sources) < evaluation.places(sinks)
        && !has_source(evaluation, taint, matched)
    {
        return Vec::new();
    }
    match flow(evaluation, taint, None, matched) {
        Some(flow) => flow.run(&mut evaluation.fuel, &evaluation.rule.unchecked),
        None => Vec::new(),
    }
}

/// What is known beyond one file while it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Project<'a> {
    /// The number of the file.
    pub(crate) file: u32,
    /// What it may hold.
    pub(crate) parts: Parts,
    pub(crate) calls: &'a Calls<'a>,
    /// The functions that others ask about, with the numbers that they ask by.
    pub(crate) asked: &'a [(u32, NodeId)],
    pub(crate) imports: &'a Lookup<'a>,
}

/// Whether a file holds a source of the rule that sinks ask for.
fn has_source<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    matched: &mut Matched,
) -> bool {
    let mut sources = sources(evaluation, taint).filter(|(source, _)| source.is_asked);
    sources.any(|(source, of)| {
        let matches = matched.shared(evaluation, &source.formula, (of, &source.likeness));
        // Where the steps run out it may be anywhere.
        !matches.is_empty() || evaluation.fuel == 0
    })
}

/// Whether a file holds a sink of the rule that data can get to: a literal is one only where it is a source itself.
pub(crate) fn has_sink<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    matched: &mut Matched,
    may_have_source: bool,
) -> bool {
    let mut sinks = taint.sinks.iter().enumerate();
    sinks.any(|(number, sink)| {
        let matches = matched.sink(evaluation, number, sink);
        let mut ranges = matches.iter().map(|found| (found.start, found.end));
        // Where the steps run out it may be anywhere.
        evaluation.fuel == 0 || ranges.any(|range| may_have_source || !evaluation.is_literal(range))
    })
}

/// The sources of a rule with what they were compiled from.
fn sources<'a>(
    evaluation: &Evaluation<'a>,
    taint: &'a CompiledTaint,
) -> impl Iterator<Item = (&'a CompiledSource, &'a Formula)> + use<'a> {
    let formulas = evaluation.rule.rule.taint.iter();
    let formulas = formulas.flat_map(|taint| &taint.sources);
    let formulas = formulas.map(|source| &source.formula);
    taint.sources.iter().zip(formulas)
}

/// Where a file holds the ends of flows of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndPlaces {
    pub(crate) sources: Vec<(u32, u32)>,
    pub(crate) sinks: Vec<(u32, u32)>,
}

/// The places of a rule's sources and sinks, as far as the file may hold them. Where the steps run out, they are anywhere.
pub(crate) fn end_places<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    parts: Parts,
    matched: &mut Matched,
) -> EndPlaces {
    let ranges = |matches: &[Match]| -> Vec<(u32, u32)> {
        let ranges = matches.iter().map(|found| (found.start, found.end));
        ranges.collect()
    };
    let mut places = EndPlaces::default();
    if parts.source {
        let asked = sources(evaluation, taint).filter(|(source, _)| source.is_asked);
        for (source, of) in asked {
            let matches = matched.shared(evaluation, &source.formula, (of, &source.likeness));
            places.sources.extend(ranges(&matches));
        }
    }
    if parts.sink {
        for (number, sink) in taint.sinks.iter().enumerate() {
            let matches = matched.sink(evaluation, number, sink);
            places.sinks.extend(ranges(&matches));
        }
        // To a literal no data gets but of a source that it is.
        let sources = Places::new(places.sources.clone());
        let may_end =
            |range: &(u32, u32)| !evaluation.is_literal(*range) || sources.overlap(*range);
        places.sinks.retain(may_end);
    }
    if evaluation.fuel == 0 {
        return EndPlaces::anywhere();
    }
    places
}

impl EndPlaces {
    /// Of a file of which nothing is known.
    pub(crate) fn anywhere() -> Self {
        Self {
            sources: vec![(0, u32::MAX)],
            sinks: vec![(0, u32::MAX)],
        }
    }
}

impl Project<'_> {
    /// Whether another file told of any function that this one calls.
    fn is_told_of_anything(&self) -> bool {
        let there = self.calls.by_callee().there.len() as u32;
        (0..there).any(|foreign| (self.imports)(foreign).is_some())
    }
}

/// Finds the flows of a rule from function to function of a file, and to and from others. `matched` is for one file.
pub(crate) fn run_beyond<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    project: Project<'a>,
    matched: &mut Matched,
) -> FileFlows {
    let Some(mut flow) = flow(evaluation, taint, Some(project), matched) else {
        return FileFlows::default();
    };
    flow.file = project.file;
    flow.beyond = Some(Beyond::new(project.calls, project.imports, &taint.sinks));
    flow.run_beyond(
        &mut evaluation.fuel,
        project.asked,
        &evaluation.rule.unchecked,
    )
}

/// The flow of a rule in a file: within its functions, or beyond them as far as the file may hold ends of it or others told
/// of what it calls. `None` where sources or sinks are missing that are needed.
fn flow<'a>(
    evaluation: &mut Evaluation<'a>,
    taint: &'a CompiledTaint,
    project: Option<Project<'_>>,
    matched: &mut Matched,
) -> Option<Flow<'a>> {
    let may_source = project.is_none_or(|project| project.parts.source);
    let may_sink = project.is_none_or(|project| project.parts.sink);
    let mut sinks = Vec::new();
    for (number, spec) in taint.sinks.iter().enumerate().filter(|_| may_sink) {
        let matches = matched.sink(evaluation, number, spec);
        let matches = matches.iter().cloned();
        sinks.extend(matches.map(|found| Sink { found, spec }));
    }
    if project.is_none() && sinks.is_empty() {
        return None;
    }
    let mut found_sources = Vec::new();
    let mut find_sources = |evaluation: &mut Evaluation<'a>, asked: bool| {
        for (spec, of) in sources(evaluation, taint).filter(|(spec, _)| spec.is_asked == asked) {
            let matches = matched.shared(evaluation, &spec.formula, (of, &spec.likeness));
            let matches = matches.iter().cloned();
            found_sources.extend(matches.map(|found| Source { found, spec }));
        }
        !found_sources.is_empty()
    };
    let has_source = may_source && find_sources(evaluation, true);
    if project.is_none() && !has_source {
        return None;
    }
    if let Some(project) = project {
        let is_nothing_to_tell = if project.asked.is_empty() {
            sinks.is_empty() || !has_source
        } else {
            sinks.is_empty() && !has_source && !project.parts.sanitizer
        };
        if is_nothing_to_tell && !project.is_told_of_anything() {
            return None;
        }
    }
    // Nothing begins with the labels that no sink asks for, but what has them may not count.
    find_sources(evaluation, false);
    let mut sanitizers = Vec::new();
    let formulas = evaluation.rule.rule.taint.iter();
    let formulas = formulas.flat_map(|taint| &taint.sanitizers);
    for (spec, of) in taint.sanitizers.iter().zip(formulas) {
        let of = (&of.formula, &spec.likeness);
        for found in matched.shared(evaluation, &spec.formula, of).iter() {
            sanitizers.push(Sanitizer {
                range: (found.start, found.end),
                exact: spec.exact,
                by_side_effect: spec.by_side_effect,
            });
        }
    }
    let mut propagators = Vec::new();
    for spec in &taint.propagators {
        for found in evaluation.matches(&spec.formula) {
            let bound = |number: u32| found.bindings.get(number as usize).copied().flatten();
            if let (Some(from), Some(to)) = (bound(spec.from), bound(spec.to)) {
                propagators.push(Propagator {
                    range: (found.start, found.end),
                    from: (from.start, from.end),
                    to: (to.start, to.end),
                    spec,
                });
            }
        }
    }
    Some(Flow::new(
        evaluation.code,
        (&taint.labels, &evaluation.rule.metavariables),
        options(&evaluation.rule.rule),
        found_sources,
        sinks,
        sanitizers,
        propagators,
    ))
}

fn options(rule: &Rule) -> Options {
    let on = |key: &str| {
        rule.options
            .raw
            .get(key)
            .and_then(serde_json::Value::as_bool)
            == Some(true)
    };
    Options {
        unify: on("taint_unify_mvars"),
        safe_functions: on("taint_assume_safe_functions"),
        safe_indexes: on("taint_assume_safe_indexes"),
        safe_comparisons: on("taint_assume_safe_comparisons"),
        only_assignments: on("taint_only_propagate_through_assignments"),
    }
}
