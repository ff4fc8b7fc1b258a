//! One file for each command.

mod completions;
mod db;
mod man;
mod rules;
mod scan;
mod schema;

use crate::Outcome;
use crate::args::{Arguments, Command};

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Scan(arguments) => scan::run(arguments),
        Command::Db(command) => db::run(command),
        Command::Rules(command) => rules::run(command),
        Command::Schema => schema::run(),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { command } => man::run(command),
    }
}
