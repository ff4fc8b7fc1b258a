//! The `cortex` command: reads arguments, calls the engine, writes the report, tells the outcome by its exit code.

mod args;
mod commands;
mod folders;
mod notice;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: findings at or above what was asked for.
    Findings,
    /// Exit code 2: a part could not be done; what and why has been said.
    Incomplete,
}

fn main() -> ExitCode {
    // Bad arguments end here, with exit code 2.
    let arguments = args::Arguments::parse();
    match commands::run(&arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(error) => {
            notice::error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}
