//! Sources end to end: folders on disk, commits of local repositories, and repositories on a server
//! on loopback, all made with the real `git`. Without `git` the tests say so and pass.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say why they skip"
)]

mod directory;
mod forge;
mod git;
mod hostile_objects;
mod local;
mod remote;
