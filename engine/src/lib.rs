//! The Cortex engine.

pub mod cache;
pub mod cancel;
pub mod config;
pub mod dependencies;
pub mod finding;
pub mod fix;
pub mod language;
pub mod matching;
pub mod pattern;
pub mod progress;
pub mod report;
pub mod rules;
pub mod scan;
pub mod score;
pub mod select;
pub mod source;
pub mod tree;
pub mod yaml;
