//! One file for each command.

mod completions;
mod db;
mod fix;
mod man;
mod rules;
mod scan;
mod schema;
mod serve;
mod service;
mod token;
mod work;

use crate::Outcome;
use crate::args::{Arguments, Command};

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Scan(arguments) => scan::run(arguments),
        Command::Fix(arguments) => fix::run(arguments),
        Command::Db(command) => db::run(command),
        Command::Rules(command) => rules::run(command),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Work(arguments) => work::run(arguments),
        Command::Token(arguments) => token::run(arguments),
        Command::Schema => schema::run(),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { command } => man::run(command),
    }
}
