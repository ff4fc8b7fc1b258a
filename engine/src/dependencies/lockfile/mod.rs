//! Lockfile formats: from bytes to packages.
//!
//! # How to add a format
//!
//! 1. A file here with a unit struct that implements [`LockfileFormat`]. Its `parse` reads the text, [adds](Graph) a
//!    node for each package at each place where it is installed, an edge for each resolved need, marks what the project
//!    or a member of its workspace names as direct, and hands the graph to [`Lockfile::new`], which works out scopes,
//!    ways and the order of the report.
//! 2. A line in [`FORMATS`], and the kind's line taken out of [`UNSUPPORTED`].
//! 3. A fixture of each version of the format in `engine/tests/lockfiles`, and its line in `engine/tests/lockfiles.rs`.
//!
//! What is at hand: [`super::json`] for lenient serde with lines, [`yaml_events`] for YAML, [`nesting`] for the look-up of
//! Node.js, [`specifier`] for npm's ways to name a source, [`super::manifest`] for the manifests beside a lockfile.
//!
//! # What holds for every format
//!
//! - A lockfile is written by a stranger: size, nesting and number of packages are bounded, nothing recurses without a
//!   bound, no look-up is slower than a hash, and what cannot be read is a [`LockfileError`].
//! - A parser works without the manifests of the project; what it then cannot know is a warning.
//! - The project itself is none of its packages; members of its workspace are, with [`PackageSource::Workspace`].
//! - Credentials never reach a [`Package`].
//!
//! [`PackageSource::Workspace`]: super::PackageSource::Workspace

mod bun;
mod cargo;
mod kinds;
mod nesting;
mod package_lock;
mod package_lock_v1;
mod pnpm;
mod specifier;
mod yaml_events;
mod yarn_berry;
mod yarn_v1;

pub(crate) use specifier::{alias as npm_alias, source as npm_source};

pub use self::kinds::UNSUPPORTED;
use super::graph::Graph;
use super::package::Package;

/// Largest lockfile that is read, in bytes.
pub const LARGEST_LOCKFILE: u64 = 64 << 20;
/// Most packages in one lockfile, counted at each place of their installation.
pub const MOST_PACKAGES: usize = 1_000_000;

/// Files of the scanned project, by path relative to its root.
pub trait ProjectFiles {
    /// The bytes of a file; `None` if there is none, or it is too large or outside.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    /// The paths of all selected files.
    fn paths(&self) -> &[String];
}

/// A kind of lockfile.
pub trait LockfileFormat: Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;
    /// Names of its files.
    fn file_names(&self) -> &'static [&'static str];
    /// OSV ecosystem of its packages.
    fn ecosystem(&self) -> &'static str;
    /// Reads one. `path` is relative to the root of `files`.
    fn parse(
        &self,
        path: &str,
        text: &str,
        files: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError>;
}

/// The formats that are read.
pub static FORMATS: [&dyn LockfileFormat; 5] = [
    &package_lock::PackageLock,
    &yarn_v1::YarnLock,
    &pnpm::PnpmLock,
    &bun::BunLock,
    &cargo::CargoLock,
];

/// What a file is, by its name.
#[derive(Clone, Copy)]
pub enum Detected {
    /// A lockfile that is read.
    Supported(&'static dyn LockfileFormat),
    /// One that is only listed, with the name of its kind.
    Unsupported(&'static str),
}

/// What a lockfile holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Format with its version, for reports.
    pub kind: String,
    /// OSV ecosystem.
    pub ecosystem: &'static str,
    /// Sorted by name, version and line.
    pub packages: Vec<Package>,
    /// What is worth knowing of how it was read.
    pub warnings: Vec<String>,
}

/// A file that is not the lockfile its name says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}: {message}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct LockfileError {
    /// The file.
    pub path: String,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Lockfile {
    /// What a parser returns in the end.
    fn new(kind: &str, ecosystem: &'static str, graph: Graph, mut warnings: Vec<String>) -> Self {
        let finished = graph.finish(ecosystem);
        if finished.without_way > 0 {
            warnings.push(format!(
                "{} packages are too far from what the project asks for, or too many, to tell the ways to them",
                finished.without_way
            ));
        }
        if let Some(first) = finished.nameless.iter().min() {
            warnings.push(format!(
                "{} entries, the first at line {first}, have no name or no version and were not checked; make the lockfile anew",
                finished.nameless.len()
            ));
        }
        Self {
            kind: kind.to_owned(),
            ecosystem,
            packages: finished.packages,
            warnings,
        }
    }
}

impl LockfileError {
    pub(super) fn new(path: &str, line: Option<u32>, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

/// What a file is, by the last part of its path.
pub fn detect(path: &str) -> Option<Detected> {
    let name = path.rsplit('/').next()?;
    if let Some(format) = FORMATS
        .iter()
        .find(|format| format.file_names().contains(&name))
    {
        return Some(Detected::Supported(*format));
    }
    kinds::unsupported(name).map(Detected::Unsupported)
}

/// Whether a path is that of a lockfile, read or only listed.
pub fn is_lockfile(path: &str) -> bool {
    detect(path).is_some()
}

/// Reads a lockfile. `path` is its path relative to the root of `files`; warnings begin with it.
pub fn parse(
    format: &dyn LockfileFormat,
    path: &str,
    bytes: &[u8],
    files: &dyn ProjectFiles,
) -> Result<Lockfile, LockfileError> {
    if bytes.len() as u64 > LARGEST_LOCKFILE {
        let message = format!("{} bytes; at most {LARGEST_LOCKFILE} are read", bytes.len());
        return Err(LockfileError::new(path, None, message));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() as u32 + 1;
        LockfileError::new(
            path,
            Some(line),
            "UTF-8 text is expected; other bytes begin here",
        )
    })?;
    let mut lockfile = format.parse(path, text.strip_prefix('\u{feff}').unwrap_or(text), files)?;
    for warning in &mut lockfile.warnings {
        warning.insert_str(0, &format!("{path}: "));
    }
    Ok(lockfile)
}

/// The folder of a path, empty for the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
