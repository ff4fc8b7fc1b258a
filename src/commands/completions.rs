//! `cortex completions`: completion scripts.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::{Outcome, output};

pub(crate) fn run(shell: Shell) -> anyhow::Result<Outcome> {
    // In memory first: the generator panics where a write fails.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cortex", &mut script);
    output::to_stdout(|_, output| output.write_all(&script))?;
    Ok(Outcome::Done)
}
