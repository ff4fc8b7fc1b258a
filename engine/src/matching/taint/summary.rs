//! What a function does with the data of its callers, so that a call need not be followed again.
//!
//! A function is followed once for a rule, with each parameter holding data of an origin of its own, an [`Input`]. What
//! comes of these is the summary: which inputs the result holds, which reach a sink, which are written to fields of a
//! parameter, and with what a parameter is called. At a call the inputs are replaced by what the arguments hold.
//! A [`Told`] is a summary in terms that other files understand.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::state::Path;
use super::taints::{Origin, Taints};
use super::trace::Trace;

/// A range of bytes in one of the files that are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The file's number.
    pub(crate) file: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Where data of the caller comes in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Input {
    /// The parameter's place, or [`THIS`].
    pub(super) parameter: u32,
    /// The field of it, with the dot before: `.body.name`; empty for the whole.
    pub(super) fields: Path,
}

/// The parameter number of `this`.
pub(super) const THIS: u32 = u32::MAX;
/// Fields of fields are told apart to this depth.
pub(super) const DEEPEST_FIELD: usize = 3;

/// Sources and sinks with numbers from here on are not of the file itself.
pub(super) const FIRST_ENTRY: u32 = 1 << 31;
/// The label of data that comes in under whatever label the caller's has.
pub(super) const ANY_LABEL: u32 = u32::MAX;

/// A match of a source, for other files.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SourceFacts {
    pub(crate) place: Place,
    pub(crate) metavariables: BTreeMap<String, String>,
}

/// A match of a sink, for other files.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SinkFacts {
    pub(crate) place: Place,
    pub(crate) metavariables: BTreeMap<String, String>,
    /// Which of the rule's sinks it is.
    pub(crate) spec: usize,
}

/// An origin of data that is no source of the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    Input(Input),
    Source(Arc<SourceFacts>),
}

/// What a function does, in terms of its own file.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// The parameter that takes all further arguments.
    pub(super) rest: Option<u32>,
    /// What the result holds.
    pub(super) returns: Taints,
    /// Where the result is an object literal: what its fields hold.
    pub(super) fields: Option<BTreeMap<Path, Taints>>,
    /// Where something is returned: what the names of its fields hold.
    pub(super) names: Option<Taints>,
    /// The sinks that inputs get to.
    pub(super) reaches: Vec<Reach>,
    /// What parameters' fields hold afterwards.
    pub(super) effects: Vec<(Input, Taints)>,
    /// Parameters that are called, and what with.
    pub(super) invokes: Vec<(Input, Vec<Taints>)>,
}

/// An input that gets to a sink.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) sink: u32,
    pub(super) input: Origin,
    pub(super) trace: Trace,
}

/// What is collected of a function while it is followed.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) summary: Summary,
    /// Where the function ends: what holds there.
    pub(super) exit: super::state::State,
    /// Whether something else than an object literal is returned as well.
    pub(super) mixed: bool,
}

/// Most of anything that one function's summary holds.
pub(super) const MOST_FACTS: usize = 40;

impl Frame {
    pub(super) fn reach(&mut self, reach: Reach) {
        let known = self
            .summary
            .reaches
            .iter()
            .any(|other| (other.sink, other.input) == (reach.sink, reach.input));
        if !known && self.summary.reaches.len() < MOST_FACTS {
            self.summary.reaches.push(reach);
        }
    }

    pub(super) fn invoke(&mut self, input: Input, arguments: Vec<Taints>) {
        let invokes = &mut self.summary.invokes;
        if invokes.len() < MOST_FACTS {
            invokes.push((input, arguments));
        }
    }
}

/// Data in terms that other files understand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToldTaint {
    pub(super) origin: ToldOrigin,
    pub(super) label: u32,
    pub(super) steps: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ToldOrigin {
    Input(Input),
    Source(Arc<SourceFacts>),
}

/// A summary in terms that other files understand.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(super) rest: Option<u32>,
    pub(super) returns: Vec<ToldTaint>,
    pub(super) fields: Option<Vec<(Path, Vec<ToldTaint>)>>,
    pub(super) names: Option<Vec<ToldTaint>>,
    pub(super) reaches: Vec<(Arc<SinkFacts>, ToldTaint)>,
    pub(super) effects: Vec<(Input, Vec<ToldTaint>)>,
    pub(super) invokes: Vec<(Input, Vec<Vec<ToldTaint>>)>,
}

impl Told {
    /// Whether it says more than what a caller supposes anyway.
    pub(crate) fn is_anything(&self) -> bool {
        !self.effects.is_empty() || !self.invokes.is_empty() || self.is_news()
    }

    /// Whether a source or sink stands behind it: what a caller cannot do without. Of other functions that are called a
    /// caller supposes that the result holds the data of all arguments.
    pub(crate) fn is_news(&self) -> bool {
        self.has_sinks() || self.has_sources()
    }

    pub(super) fn has_sinks(&self) -> bool {
        !self.reaches.is_empty()
    }

    pub(super) fn has_sources(&self) -> bool {
        let has_source = |taints: &[ToldTaint]| {
            let is_source = |taint: &ToldTaint| matches!(taint.origin, ToldOrigin::Source(_));
            taints.iter().any(is_source)
        };
        let fields = self.fields.iter().flatten().map(|(_, taints)| taints);
        let effects = self.effects.iter().map(|(_, taints)| taints);
        let invokes = self.invokes.iter().flat_map(|(_, data)| data);
        let mut written = fields.chain(effects).chain(invokes);
        has_source(&self.returns) || written.any(|taints| has_source(taints))
    }
}

/// A flow from a source to a sink, of which one stands outside of the function, or file, of the other.
#[derive(Clone, Debug)]
pub(crate) struct Crossing {
    pub(crate) source: Arc<SourceFacts>,
    pub(crate) sink: Arc<SinkFacts>,
    /// What lies between.
    pub(crate) steps: Vec<Place>,
}

/// What another file told, and the same in terms of this one once that was wanted.
#[derive(Clone, Debug)]
pub(super) struct Imported {
    pub(super) told: Arc<Told>,
    pub(super) heard: Option<Rc<Summary>>,
}
