//! Matching: rules held against lowered files.
//!
//! A file's way: one pass over its bytes finds the literals that rules cannot match without; if some rule remains,
//! the file is parsed and lowered once, its names are resolved, its nodes sorted by kind; each remaining rule's formula
//! is evaluated, a pattern looking only at nodes of the kinds it can begin at.

pub(crate) mod anchors;
mod binding;
mod bindings;
mod calls;
mod candidates;
mod compiled;
mod evaluate;
mod file;
mod flows;
mod gates;
mod glance;
mod index;
mod lead;
mod literals;
mod matcher;
mod module_name;
mod names;
mod narrow;
mod place;
mod prefilter;
mod profile;
mod ranges;
mod samples;
mod search;
mod shape;
pub(crate) mod taint;
mod values;
mod words;

pub use binding::Binding;
pub(crate) use binding::as_text;
pub(crate) use calls::{FILE, Foreign, Named};
pub use compiled::{CompileError, CompiledRules};
pub(crate) use file::Known;
pub use file::{FileLimits, FileOutcome, FileScanner, LONGEST_TEXT, RuleMatch};
pub(crate) use flows::{FileAt, ModuleFlows, ModuleGraph, Others, PartEnds, PartLists, RuleParts};
pub use profile::{Costs, FileCost, Profile, RuleCost};
pub(crate) use samples::LineStarts;
pub use samples::{SampleReport, test_samples};
