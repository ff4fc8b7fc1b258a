//! `cortex schema`: the JSON schema of the report.

use cortex_engine::report::neutralise::JsonFormatter;

use crate::{Outcome, output};

pub(crate) fn run() -> anyhow::Result<Outcome> {
    let schema = cortex_engine::report::schema();
    output::to_stdout(|_, output| JsonFormatter::write(&schema, output))?;
    Ok(Outcome::Done)
}
