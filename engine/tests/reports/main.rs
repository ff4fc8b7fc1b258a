//! Reports as users get them: one rich report, written in every format.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod hostile;
mod json;
mod sample;
mod sarif;
mod text;

use cortex_engine::report::{Format, Report, Style};

/// The report in a format.
fn written(report: &Report, format: &str, style: Style) -> String {
    let format = Format::by_name(format).expect("a format of this name");
    let mut bytes = Vec::new();
    format.write(report, style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
