//! Reports: one model, and each output format as a view of it.

mod format;
mod json;
mod model;
pub mod neutralise;
mod sarif;
mod text;

pub use format::{FORMATS, Format, Style};
pub use json::schema;
pub use model::*;
