//! OSV advisories for Cortex.

mod severity;

pub use severity::{Severity, UnknownSeverity};
