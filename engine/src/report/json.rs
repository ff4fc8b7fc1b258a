//! The report as JSON. The model is the format: [`super::Report`], with its schema in [`super::schema`].

use std::io;

use super::Report;
use super::neutralise::JsonFormatter;

/// Writes the report, indented, with a line break at its end.
pub(super) fn write(report: &Report, output: &mut dyn io::Write) -> io::Result<()> {
    JsonFormatter::write(report, output)
}
