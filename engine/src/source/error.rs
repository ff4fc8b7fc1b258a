//! What can go wrong with a source as a whole. What goes wrong with one file is a
//! [`crate::report::FileError`] or a [`ReadError`], and the scan goes on.

use std::path::PathBuf;
use std::time::Duration;

/// The source cannot be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The argument names nothing.
    #[error(
        "{0}: no such file or folder, and not a git address; give a path, or an address such as https://host/owner/name.git"
    )]
    NoSuchTarget(String),
    /// The address has a scheme that is not allowed.
    #[error("{address}: {reason}; use https, http, ssh, git or file, or user@host:path")]
    BadAddress {
        /// Without credentials.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A special file was named.
    #[error("{}: neither a regular file nor a folder", .0.display())]
    NotAFile(PathBuf),
    /// `--ref` with a file.
    #[error("{}: a single file has no ref; name the folder it is in and use --include", .0.display())]
    FileAtReference(PathBuf),
    /// The root cannot be read.
    #[error("{}: {source}; check the path and its permissions", .path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A ref was asked for, of a folder in no repository.
    #[error("{}: not in a git repository ({reason}); leave out --ref to scan the folder as it is", .path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
        /// libgit2's words.
        reason: String,
    },
    /// The ref names no commit, or the commit does not hold the folder.
    #[error("{}: {reference}: {reason}; `git log --all --oneline` lists commits that can be named", .path.display())]
    NoSuchReference {
        /// The folder.
        path: PathBuf,
        /// What was asked for.
        reference: String,
        /// libgit2's words.
        reason: String,
    },
    /// The object database cannot be read.
    #[error("{location}: the git objects cannot be read: {reason}; `git fsck` tells more")]
    Objects {
        /// Without credentials.
        location: String,
        /// libgit2's words.
        reason: String,
    },
    /// The clone failed.
    #[error("{url}: {failure}")]
    Clone {
        /// Without credentials.
        url: String,
        /// Why.
        failure: CloneFailure,
    },
    /// A glob of the selection is wrong.
    #[error(transparent)]
    Glob(#[from] crate::select::GlobError),
    /// More files and folders than one scan takes.
    #[error(
        "more than {limit} files and folders; leave some out with --exclude, or scan the folders one by one"
    )]
    TooManyEntries {
        /// [`crate::select::MAX_ENTRIES`].
        limit: u64,
    },
    /// More ignore patterns than one scan takes.
    #[error(
        "the ignore files hold more than {limit} patterns; scan the folders one by one, or pass --no-ignore"
    )]
    TooManyIgnorePatterns {
        /// [`crate::select::MAX_IGNORE_PATTERNS`].
        limit: u64,
    },
    /// [`crate::cancel::Cancel`] was raised.
    #[error("cancelled")]
    Cancelled,
}

/// Why a clone failed. Never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloneFailure {
    /// [`super::CloneLimits::time`].
    #[error("the clone took longer than {} s and was given up", .0.as_secs_f32())]
    TimedOut(Duration),
    /// [`super::CloneLimits::stall`].
    #[error("nothing came from the server for {} s and the clone was given up; try again, or clone it yourself and scan the folder", .0.as_secs_f32())]
    Stalled(Duration),
    /// [`super::CloneLimits::bytes`].
    #[error(
        "the server sent more than {0} bytes and the clone was given up; clone it yourself and scan the folder"
    )]
    TooManyBytes(u64),
    /// [`super::CloneLimits::objects`].
    #[error(
        "the repository has more than {0} objects and the clone was given up; clone it yourself and scan the folder"
    )]
    TooManyObjects(u64),
    /// The server wants credentials that it was not given.
    #[error(
        "the server asks for credentials ({0}); set CORTEX_GIT_TOKEN, set up a git credential helper, or load a key into the ssh agent"
    )]
    Authentication(String),
    /// No such branch, tag or commit.
    #[error("the server has no branch, tag or full commit id {0}; `git ls-remote` lists them")]
    NoSuchReference(String),
    /// No default branch.
    #[error(
        "the server has no default branch, perhaps because the repository is empty; name one with --ref"
    )]
    Empty,
    /// Anything else the transport says.
    #[error("the clone failed: {0}; check the address and the network")]
    Transport(String),
    /// The temporary repository could not be made.
    #[error(
        "no temporary repository: {0}; check the space and permissions of the temporary folder"
    )]
    Temporary(String),
    /// [`crate::cancel::Cancel`] was raised.
    #[error("cancelled")]
    Cancelled,
}

/// One file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It grew after selection.
    #[error("larger than {limit} bytes, though it was not when it was selected")]
    TooLarge {
        /// The cap, in bytes.
        limit: u64,
    },
    /// It is no longer a regular file.
    #[error("no longer a regular file")]
    NotAFile,
    /// The candidate is of another source.
    #[error("not a file of this source")]
    Foreign,
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The object is missing or damaged.
    #[error(
        "its git object cannot be read: {0}; a partial clone lacks objects until `git fetch --refetch`"
    )]
    Object(String),
}
