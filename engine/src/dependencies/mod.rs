//! Dependencies: from lockfiles to packages, from packages to vulnerabilities.

mod package;

pub use package::*;
