//! Reports: one model, and each output format as a view of it.

mod model;

pub use model::*;
