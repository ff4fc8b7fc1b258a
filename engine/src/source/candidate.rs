//! What selection hands to the scan: the files to look at, and what became of the others.

use std::collections::BTreeMap;

use crate::report::{FileError, SkipReason};

/// One file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Relative to the target folder, with `/`; unique. A byte of a name that is not UTF-8 is shown
    /// as U+FFFD and its two hex digits.
    pub path: String,
    /// In bytes, as of selection.
    pub size: u64,
    /// Where its bytes are.
    pub content: ContentRef,
    /// What it is looked at for.
    pub role: Role,
}

/// Where the bytes of a file are, and what tells whether they changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentRef {
    /// On disk, in the state that the stamp tells.
    Disk {
        /// As of selection.
        stamp: Stamp,
    },
    /// In a git object database.
    Blob {
        /// SHA-1 object id.
        oid: [u8; 20],
    },
}

/// What the file system tells of a file without reading it. Where the system has no such thing
/// (Windows: `ctime`, inode), the field is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Last change of the content, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Last change of the content or of what is known of it, nanoseconds since 1970. A program
    /// cannot set it back, unlike `mtime_ns`.
    pub ctime_ns: i64,
    /// In bytes.
    pub size: u64,
    /// Identifies the file within its file system.
    pub inode: u64,
}

/// What a file is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Rules.
    Source,
    /// Packages. Rules whose language takes the file see it too.
    Lockfile,
}

/// The outcome of selection.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Sorted by path (as bytes).
    pub files: Vec<Candidate>,
    /// What was left out, by reason. A folder left out counts once, whatever it holds.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Folders and files that could not be looked at, ignore files that could not be understood.
    pub errors: Vec<FileError>,
    /// `cortex.toml` at the root.
    pub config: Option<Vec<u8>>,
}

impl Selected {
    /// Counts one more left out.
    pub fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}
