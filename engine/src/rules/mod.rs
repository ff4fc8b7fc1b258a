//! Rules: Semgrep's format, read into a model that [`crate::matching`] evaluates.

pub mod analysis;
mod archive;
pub mod comparison;
pub mod generic;
pub(crate) mod likeness;
mod load;
pub mod message;
mod parse;
pub mod regex;
pub mod rule;
pub mod samples;
pub mod suppression;
pub mod taint;

pub use load::{LoadError, RuleSet, built_in, load, rule_files};
pub use parse::{LANGUAGE_VERSION, Parsed, RuleError, RuleIssue, parse};
