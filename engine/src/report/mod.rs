//! Reports: one model, and each output format as a view of it.

mod format;
mod json;
mod model;
pub mod neutralise;
mod sarif;
mod schema;
mod text;

pub use format::{FORMATS, Format, Style};
pub use model::*;
pub use schema::schema;
