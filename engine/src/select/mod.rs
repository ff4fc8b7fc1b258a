//! Selection: which files of a source are looked at. One implementation for folders on disk and for
//! git trees, so that both give the same files.
//!
//! In this order, the first that applies:
//!
//! 1. `.git` is not part of what is scanned and not counted. Submodules are not descended into:
//!    [`SkipReason::NotAFile`]. On disk, a folder is one if `.git` in it is a file and the target is in
//!    a git repository; any other clone within the target is an ordinary folder.
//! 2. `.cortexignore`, `.semgrepignore`, `.gitignore`, in every folder, with git's syntax:
//!    [`SkipReason::Ignored`]. See [`ignore_files`].
//! 3. Exclude globs: [`SkipReason::Excluded`].
//! 4. What is neither a regular file nor a folder: [`SkipReason::NotAFile`].
//! 5. A lockfile is taken, whatever the include globs, up to a cap of its own.
//! 6. Include globs, if there are any: [`SkipReason::NotIncluded`].
//! 7. The size cap: [`SkipReason::TooLarge`], without opening the file.
//!
//! A folder that is left out counts once. What is in a file is judged later, by [`classify`].
//!
//! [`SkipReason`]: crate::report::SkipReason
//! [`SkipReason::NotAFile`]: crate::report::SkipReason::NotAFile
//! [`SkipReason::Ignored`]: crate::report::SkipReason::Ignored
//! [`SkipReason::Excluded`]: crate::report::SkipReason::Excluded
//! [`SkipReason::NotIncluded`]: crate::report::SkipReason::NotIncluded
//! [`SkipReason::TooLarge`]: crate::report::SkipReason::TooLarge

mod content;
mod globs;
pub mod ignore_files;
pub(crate) mod tree;
pub(crate) mod walk;

pub use content::classify;
pub use globs::{GlobError, Globs};

/// Most files and folders that one scan looks at; bounds memory on a git tree that names itself over
/// and over.
pub const MAX_ENTRIES: u64 = 1_000_000;

/// Deepest folder that is looked into.
pub const MAX_DEPTH: usize = 256;

/// Longest path, in bytes, that is looked at. Linux opens no longer one.
pub const MAX_PATH: usize = 4096;

/// Most patterns in all ignore files together.
pub const MAX_IGNORE_PATTERNS: u64 = 50_000;

/// Largest `cortex.toml`, in bytes.
pub const MAX_CONFIG_SIZE: u64 = 1 << 20;

/// The file in the root of the target that configures its scan.
pub const CONFIG_FILE: &str = "cortex.toml";

/// What the user wants looked at.
#[derive(Clone, Debug)]
pub struct Selection {
    /// If any, a source file must match one. See [`Globs`] for their meaning.
    pub include: Vec<String>,
    /// What matches one is left out, lockfiles too.
    pub exclude: Vec<String>,
    /// Larger source files are left out, in bytes.
    pub max_file_size: u64,
    /// Larger lockfiles are left out, with an error, in bytes.
    pub max_lockfile_size: u64,
    /// Whether a path (relative, with `/`) is that of a lockfile.
    pub is_lockfile: fn(&str) -> bool,
    /// Whether ignore files count at all.
    pub ignore_files: bool,
    /// Whether [`ignore_files::DEFAULTS`] hold where there is no `.cortexignore` and no
    /// `.semgrepignore`.
    pub default_ignores: bool,
}

impl Selection {
    /// 1 MB, as Semgrep has it.
    pub const MAX_FILE_SIZE: u64 = 1_000_000;
    /// 64 MiB: lockfiles of a million entries exist.
    pub const MAX_LOCKFILE_SIZE: u64 = 64 << 20;
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            max_file_size: Self::MAX_FILE_SIZE,
            max_lockfile_size: Self::MAX_LOCKFILE_SIZE,
            is_lockfile: |_| false,
            ignore_files: true,
            default_ignores: true,
        }
    }
}
