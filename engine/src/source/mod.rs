//! Sources: where the files of a scan come from, a folder or a commit of a git repository.
//!
//! A [`SourceSpec`] is what the user named, [`open`] makes it a [`Source`], which lists its files
//! once ([`Source::select`]) and hands each thread a [`Reader`]. A git source reads blobs straight
//! from the object database: nothing is checked out. Both kinds go through the same selection
//! ([`crate::select`]), so that a commit and a folder with the same files give the same report.
//!
//! Nothing here follows a symbolic link that a repository holds, opens anything but regular files,
//! or leaves the root.

mod candidate;
mod directory;
mod disk_tree;
mod error;
mod file;
mod git;
mod limits;
pub(crate) mod name;
mod open_folder;
mod spec;
mod url;

pub use candidate::{Candidate, ContentRef, Role, Selected, Stamp};
pub use error::{CloneFailure, ReadError, SourceError};
pub use git::{BareClone, Credentials};
pub use limits::{CloneLimits, CloneOptions};
pub use spec::SourceSpec;
pub use url::RemoteUrl;

use crate::cancel::Cancel;
use crate::progress::Progress;
use crate::report::Target;
use crate::select::{CONFIG_FILE, MAX_CONFIG_SIZE, Selection};

/// Something that can be scanned. Shared by threads; what is per thread is in the [`Reader`].
pub trait Source: Send + Sync {
    /// What the report says was scanned.
    fn target(&self) -> Target;

    /// Every regular file that `selection` takes, sorted by path, with what was left out and why.
    fn select(
        &self,
        selection: &Selection,
        progress: &dyn Progress,
    ) -> Result<Selected, SourceError>;

    /// A handle for one thread: `map_init(|| source.reader(), …)` with rayon.
    fn reader(&self) -> Result<Box<dyn Reader + '_>, SourceError>;

    /// `cortex.toml` at the root, to be understood before [`Source::select`] since it may choose
    /// files. `None` if there is none, it is too large (which `select` reports), or the source is a
    /// single file.
    fn config(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.reader()?.read_path(CONFIG_FILE, MAX_CONFIG_SIZE))
    }

    /// The absolute path that the [`Stamp`]s of this source are of, for [`crate::cache`]. `None` for
    /// git, where the object id says all, and where the system's stamps do not tell every change. Not
    /// for reports.
    fn stamp_root(&self) -> Option<&str>;
}

/// Reads files of a [`Source`], on one thread.
pub trait Reader {
    /// Puts the bytes of `file` into `buffer`, whose content is lost and whose room is reused.
    /// A file of more than `limit` bytes is an error, of which at most `limit + 1` bytes are read.
    fn read(&mut self, file: &Candidate, limit: u64, buffer: &mut Vec<u8>)
    -> Result<(), ReadError>;

    /// The bytes of a file that was perhaps not selected, such as the manifest beside a lockfile or
    /// `cortex.toml`. `None` if there is no such regular file, it has more than `limit` bytes, or
    /// `relative` leaves the root or leads through a symbolic link.
    fn read_path(&mut self, relative: &str, limit: u64) -> Option<Vec<u8>>;
}

/// Opens a source with credentials from the environment: [`Credentials::from_environment`]. For a
/// remote one this is the clone. The engine itself does no other networking.
pub fn open(
    spec: &SourceSpec,
    limits: &CloneLimits,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Box<dyn Source>, SourceError> {
    let options = CloneOptions {
        limits: limits.clone(),
        credentials: Credentials::from_environment(),
        proxy: None,
    };
    open_with(spec, &options, progress, cancel)
}

/// As [`open`], with all that there is to say of the clone.
pub fn open_with(
    spec: &SourceSpec,
    options: &CloneOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Box<dyn Source>, SourceError> {
    Ok(match spec {
        SourceSpec::Directory(path) => {
            Box::new(directory::DirectorySource::open(path, cancel.clone())?)
        }
        SourceSpec::File(path) => Box::new(file::FileSource::open(path)?),
        SourceSpec::Local { path, reference } => {
            Box::new(git::GitSource::local(path, reference, cancel.clone())?)
        }
        SourceSpec::Remote { url, reference } => Box::new(git::GitSource::remote(
            url,
            reference.as_deref(),
            options,
            progress,
            cancel.clone(),
        )?),
    })
}

/// Splits a relative path into components, or `None` if it is absolute, empty or holds `.`, `..` or
/// an empty component.
fn components(relative: &str) -> Option<impl Iterator<Item = &str>> {
    relative
        .split('/')
        .all(|part| name::is_component(part.as_bytes()))
        .then(|| relative.split('/'))
}
