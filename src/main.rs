//! The `cortex` command: reads arguments, calls the engine, writes the report, tells the outcome by its exit code.

mod args;
mod commands;
mod folders;
mod progress;

use std::process::ExitCode;

use clap::Parser as _;
use cortex_engine::report::neutralise;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended.
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: findings at or above what was asked for.
    Findings,
    /// Exit code 2: a part could not be done; what and why has been said.
    Incomplete,
}

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match commands::run(&arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            for line in format!("{error:#}").lines() {
                anstream::eprintln!("error: {}", neutralise::log_line(line));
            }
            ExitCode::from(2)
        }
    }
}

/// Whoever read our output has read enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
