//! The `cortex` command.

fn main() {}
