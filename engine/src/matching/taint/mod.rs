//! Taint mode: whether data from a source reaches a sink inside one function.
//!
//! Sources, sinks, sanitizers and propagators are formulas like others; their matches are ranges. The flow then follows
//! each function's statements in order (`flow`), with the taint of variables and fields at each point (`state`): branches
//! meet, loops run until nothing changes. As in the reference's community edition, functions are looked at one by one, a
//! lambda where it is written, and the result of a call is tainted if its object or an argument is.

mod assignment;
mod expression;
mod flow;
mod place;
mod places;
mod state;
mod statement;

use self::flow::{Flow, Options};
use self::places::Ranged;
use super::compiled::Compiled;
use super::evaluate::Evaluation;
use super::ranges::Match;
use crate::rules::rule::Rule;
use crate::rules::taint::{Requires, SideEffect};

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
}

pub(crate) struct CompiledSink {
    pub(crate) formula: Compiled,
    pub(crate) exact: bool,
    pub(crate) requires: Requires,
}

pub(crate) struct CompiledSanitizer {
    pub(crate) formula: Compiled,
    pub(crate) exact: bool,
    pub(crate) by_side_effect: bool,
}

pub(crate) struct CompiledPropagator {
    pub(crate) formula: Compiled,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) by_side_effect: bool,
    pub(crate) label: Option<u32>,
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
struct Propagator {
    range: (u32, u32),
    from: (u32, u32),
    to: (u32, u32),
    by_side_effect: bool,
    label: Option<u32>,
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

/// Finds the flows of a rule in a file.
pub(crate) fn run<'a>(evaluation: &mut Evaluation<'a>, taint: &'a CompiledTaint) -> Vec<Flowed> {
    let mut sinks = Vec::new();
    for spec in &taint.sinks {
        let matches = evaluation.matches(&spec.formula);
        sinks.extend(matches.into_iter().map(|found| Sink { found, spec }));
    }
    if sinks.is_empty() {
        return Vec::new();
    }
    let mut sources = Vec::new();
    for spec in &taint.sources {
        let matches = evaluation.matches(&spec.formula);
        sources.extend(matches.into_iter().map(|found| Source { found, spec }));
    }
    if sources.is_empty() {
        return Vec::new();
    }
    let mut sanitizers = Vec::new();
    for spec in &taint.sanitizers {
        for found in evaluation.matches(&spec.formula) {
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
                    by_side_effect: spec.by_side_effect,
                    label: spec.label,
                });
            }
        }
    }
    let flow = Flow::new(
        evaluation.code,
        &taint.labels,
        options(&evaluation.rule.rule),
        sources,
        sinks,
        sanitizers,
        propagators,
    );
    flow.run(&mut evaluation.fuel, &evaluation.rule.unchecked)
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
