//! The Cortex engine.

pub mod dependencies;
pub mod finding;
pub mod language;
pub mod matching;
pub mod pattern;
pub mod report;
pub mod rules;
pub mod source;
pub mod tree;
pub mod yaml;
