//! One file for each command.

mod db;
mod rules;
mod scan;

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::Outcome;
use crate::args::{Arguments, Command};

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Scan(arguments) => scan::run(arguments),
        Command::Db(command) => db::run(command),
        Command::Rules(command) => rules::run(command),
        Command::Schema => {
            let schema = serde_json::to_string_pretty(&cortex_engine::report::schema())?;
            print(&format!("{schema}\n"))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "cortex", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&String::from_utf8_lossy(&page))
        }
    }
}

/// Writes to standard output; an error there ends the command.
fn print(text: &str) -> anyhow::Result<Outcome> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Outcome::Done)
}
