//! What selection walks over: folders on disk and git trees alike.

use crate::source::ContentRef;

/// A tree of folders and files.
pub(crate) trait Tree {
    /// What it takes to list a folder.
    type Folder: Send + Sync;
    /// One entry of a listing.
    type Entry;

    /// The entries of a folder in any order, at most `limit` and one more.
    fn list(&self, folder: &Self::Folder, limit: u64) -> Result<Listing<Self::Entry>, String>;

    /// The folder that an entry of kind [`Kind::Folder`] is.
    fn folder(&self, entry: &Self::Entry) -> Self::Folder;

    /// Size and place of the content of an entry of kind [`Kind::File`]; does not open it.
    fn stat(&self, entry: &Self::Entry) -> Result<(u64, ContentRef), String>;

    /// The content of a regular file at a path, if it has no more than `limit` bytes.
    fn read_path(&self, path: &str, limit: u64) -> Option<Vec<u8>>;
}

/// What a folder holds.
pub(crate) struct Listing<E> {
    /// Without `.` and `..`.
    pub(crate) entries: Vec<Listed<E>>,
    /// The folder is the work tree of another repository, whose objects are elsewhere: `.git` is a
    /// file.
    pub(crate) is_submodule: bool,
    /// Names that cannot be shown or cannot be names, for the report.
    pub(crate) bad_names: u64,
}

/// One entry of a folder.
pub(crate) struct Listed<E> {
    /// As shown in reports.
    pub(crate) name: String,
    /// What it is; links are not followed.
    pub(crate) kind: Kind,
    /// The tree's own.
    pub(crate) entry: E,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Another repository, pinned by this one.
    Submodule,
    /// A link, socket, device or the like.
    Other,
}

/// Where the walk begins.
pub(crate) struct Start<F> {
    /// The target.
    pub(crate) root: F,
    /// Ignore files above the target, up to the root of its repository: the way from their folder to
    /// the target, the index in [`NAMES`], the content. The highest first.
    pub(crate) above: Vec<(String, usize, Vec<u8>)>,
    /// The target is in a git repository, so that work trees of others in it are its submodules.
    pub(crate) in_repository: bool,
}
