//! The little Python of `metavariable-comparison`.

/// A parsed comparison.
#[derive(Clone, Debug)]
pub enum Expression {}
