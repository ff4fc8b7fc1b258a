//! Lockfiles of every format and version, as the package managers wrote them for one project.
//!
//! `lockfiles/npm-project` and `lockfiles/cargo-project` are the projects, without their code; the other folders hold what
//! each version of each package manager locked for them (registries and hosts renamed).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may fail, and says what it skips"
)]

mod lockfile_tests;
