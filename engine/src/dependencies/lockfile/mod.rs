//! Lockfile formats. Each is one file here with a [`LockfileFormat`]; a new one is a file, a line in [`FORMATS`] and a
//! fixture in `engine/tests/lockfiles`.

mod bun;
mod cargo;
mod json;
mod npm;
mod npm_source;
mod pnpm;
mod yarn_berry;
mod yarn_v1;

use super::package::Package;

/// Largest lockfile that is read, in bytes.
pub const LARGEST_LOCKFILE: u64 = 64 << 20;
/// Most packages in one lockfile.
pub(super) const MOST_PACKAGES: usize = 2_000_000;

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
    &npm::PackageLock,
    &yarn_v1::YarnLock,
    &pnpm::PnpmLock,
    &bun::BunLock,
    &cargo::CargoLock,
];

/// Files that pin dependencies in ways that are not read: they are listed, so that nobody takes silence for a
/// verdict.
pub const UNSUPPORTED: [(&str, &str); 29] = [
    ("poetry.lock", "Poetry"),
    ("uv.lock", "uv"),
    ("pdm.lock", "PDM"),
    ("Pipfile.lock", "Pipenv"),
    ("requirements.txt", "pip requirements"),
    ("pylock.toml", "pylock"),
    ("go.mod", "Go modules"),
    ("Gemfile.lock", "Bundler"),
    ("gems.locked", "Bundler"),
    ("composer.lock", "Composer"),
    ("bun.lockb", "Bun (binary)"),
    ("pom.xml", "Maven"),
    ("gradle.lockfile", "Gradle"),
    ("buildscript-gradle.lockfile", "Gradle"),
    ("verification-metadata.xml", "Gradle"),
    ("packages.lock.json", "NuGet"),
    ("packages.config", "NuGet"),
    ("paket.lock", "Paket"),
    ("mix.lock", "Mix"),
    ("rebar.lock", "Rebar"),
    ("pubspec.lock", "Pub"),
    ("conan.lock", "Conan"),
    ("Package.resolved", "Swift packages"),
    ("Podfile.lock", "CocoaPods"),
    ("Cartfile.resolved", "Carthage"),
    ("deno.lock", "Deno"),
    ("renv.lock", "renv"),
    ("stack.yaml.lock", "Stack"),
    ("cabal.project.freeze", "Cabal"),
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
    UNSUPPORTED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| Detected::Unsupported(kind))
}

/// Whether a path is that of a lockfile, read or only listed.
pub fn is_lockfile(path: &str) -> bool {
    detect(path).is_some()
}

/// Reads a lockfile.
pub fn parse(
    format: &dyn LockfileFormat,
    path: &str,
    bytes: &[u8],
    files: &dyn ProjectFiles,
) -> Result<Lockfile, LockfileError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        LockfileError::new(
            path,
            None,
            format!("not UTF-8 from byte {} on", error.valid_up_to()),
        )
    })?;
    format.parse(path, text.strip_prefix('\u{feff}').unwrap_or(text), files)
}

/// The folder of a path, empty for the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
