//! What to scan and how.

use std::path::PathBuf;
use std::sync::Arc;

use crate::matching::{FileLimits, Profile};
use crate::rules::LoadError;
use crate::select::GlobError;
use crate::source::{CloneOptions, SourceError, SourceSpec};

/// Which rules to scan with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RuleChoice {
    /// The pack that is built in.
    #[default]
    BuiltIn,
    /// These rule files and folders in its place.
    Paths(Vec<PathBuf>),
    /// None: dependencies only.
    None,
}

/// One scan.
#[derive(Clone, Debug)]
pub struct ScanRequest {
    /// Folders, files and repositories.
    pub targets: Vec<SourceSpec>,
    /// The rules.
    pub rules: RuleChoice,
    /// Globs of which a source file must match one, if there are any. Lockfiles are read whatever they say.
    pub include: Vec<String>,
    /// Globs of which no file may match any.
    pub exclude: Vec<String>,
    /// Largest source file, in bytes.
    pub max_file_size: u64,
    /// Whether ignore files and the default ignores are heeded.
    pub ignore_files: bool,
    /// Whether minified files are looked at too.
    pub minified: bool,
    /// Report only what this reference of the same repository does not have.
    pub baseline: Option<String>,
    /// Threads; `None` for one per processor.
    pub jobs: Option<usize>,
    /// Whether its threads give way to all others of the system: for a process that also answers requests. On Linux only.
    pub background: bool,
    /// Where results of unchanged files are kept; `None` to keep none.
    pub cache_dir: Option<PathBuf>,
    /// Whether `cortex.toml` of the scanned repository is heeded.
    pub use_config: bool,
    /// No network: remote repositories are refused.
    pub offline: bool,
    /// The time of the scan: what ages and expiry dates are counted from.
    pub now: jiff::Timestamp,
    /// How a repository on a server is cloned.
    pub clone: CloneOptions,
    /// Whether data is followed from function to function and from file to file, beyond what the rules' reference does.
    pub interprocedural: bool,
    /// Is told what each rule and file costs. Files whose results are cached cost nothing.
    pub profile: Option<Arc<Profile>>,
    /// Bounds on the work for one file.
    pub file_limits: FileLimits,
    /// Whether JavaScript and TypeScript are parsed by tree-sitter alone, which finds the same in many times the time: to hold
    /// the fast front end against it.
    pub only_tree_sitter: bool,
}

impl ScanRequest {
    /// A scan of one target with the defaults of the command line, without a cache.
    pub fn new(target: SourceSpec, now: jiff::Timestamp) -> Self {
        Self {
            targets: vec![target],
            rules: RuleChoice::BuiltIn,
            include: Vec::new(),
            exclude: Vec::new(),
            max_file_size: 1_000_000,
            ignore_files: true,
            minified: false,
            baseline: None,
            jobs: None,
            background: false,
            cache_dir: None,
            use_config: true,
            offline: false,
            now,
            clone: CloneOptions::default(),
            interprocedural: false,
            profile: None,
            file_limits: FileLimits::default(),
            only_tree_sitter: false,
        }
    }
}

/// A scan that could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A target could not be opened or listed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The rules could not be loaded.
    #[error(transparent)]
    Rules(#[from] LoadError),
    /// Rules that do not compile.
    #[error("{}", .0.join("\n"))]
    Compile(Vec<String>),
    /// An `--include` or `--exclude` pattern is broken.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// `--offline` forbids what was asked for.
    #[error("{0} is remote, and the scan is offline; clone it first, or leave out --offline")]
    Offline(String),
    /// Only folders and repositories have a history to compare with.
    #[error("{0} has no baseline: it is not in a git repository; leave out --baseline")]
    NoBaseline(String),
    /// Threads could not be started.
    #[error("threads could not be started: {0}; try fewer with --jobs")]
    Threads(String),
}
