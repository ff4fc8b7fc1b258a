//! Dependencies: from lockfiles to packages, from packages to vulnerabilities.

mod files;
mod graph;
mod json;
mod lockfile;
mod manifest;
mod package;
pub mod purl;
mod vulnerable;

pub use files::SourceFiles;
pub use lockfile::{
    Detected, FORMATS, LARGEST_LOCKFILE, Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES,
    ProjectFiles, UNSUPPORTED, detect, is_lockfile, parse,
};
pub(crate) use lockfile::{npm_alias, npm_source};
pub use package::*;
pub use vulnerable::vulnerabilities;
