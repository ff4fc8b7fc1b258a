//! `cortex man`: manual pages, one for each command.

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::args::Arguments;
use crate::{Outcome, output};

/// Prints the page of the command that the words name, or of `cortex` itself.
pub(crate) fn run(words: &[String]) -> anyhow::Result<Outcome> {
    let mut command = Arguments::command();
    // Gives subcommands the names that their pages go by: `cortex-scan`.
    command.build();
    let mut command = &command;
    for word in words {
        command = command.find_subcommand(word).with_context(|| {
            format!(
                "`{}` has no command {word:?}; `cortex --help` lists them",
                words.join(" ")
            )
        })?;
    }
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    output::to_stdout(|_, output| output.write_all(&page))?;
    Ok(Outcome::Done)
}
