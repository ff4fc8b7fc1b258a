//! Rules: Semgrep's format, read into a model that the matcher evaluates.

pub mod comparison;
pub mod rule;
