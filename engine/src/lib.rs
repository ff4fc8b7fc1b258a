//! The Cortex engine.

pub mod dependencies;
pub mod finding;
pub mod report;
pub mod rules;
pub mod source;
