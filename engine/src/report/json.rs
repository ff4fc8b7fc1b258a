//! The report as JSON. The model is the format: [`super::Report`], with its schema.

use std::io;

use schemars::schema_for;

use super::Report;

/// Writes the report, indented, with a line break at its end.
pub(super) fn write(report: &Report, output: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *output, report)?;
    output.write_all(b"\n")
}

/// The JSON schema of the report.
pub fn schema() -> serde_json::Value {
    schema_for!(Report).to_value()
}
