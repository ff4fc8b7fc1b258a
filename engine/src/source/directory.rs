//! A folder on disk as a source.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use super::disk_tree::DiskTree;
use super::{Candidate, ContentRef, ReadError, Reader, Selected, Source, SourceError, Stamp, name};
use crate::cancel::Cancel;
use crate::progress::Progress;
use crate::report::Target;
use crate::select::tree::Start;
use crate::select::{Selection, ignore_files, walk};

/// A folder on disk.
pub(crate) struct DirectorySource {
    given: String,
    root: PathBuf,
    stamp_root: String,
    cancel: Cancel,
}

impl DirectorySource {
    pub(crate) fn open(path: &Path, cancel: Cancel) -> Result<Self, SourceError> {
        let unreadable = |source| SourceError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // The user may name the root through a link; within it, links are not followed.
        let root = fs::canonicalize(path).map_err(unreadable)?;
        fs::read_dir(&root).map_err(unreadable)?;
        Ok(Self {
            given: shown(path),
            stamp_root: shown(&root),
            root,
            cancel,
        })
    }

    fn start(&self) -> Start<PathBuf> {
        let repository = self
            .root
            .ancestors()
            .find(|folder| folder.join(".git").symlink_metadata().is_ok());
        let mut above = Vec::new();
        if let Some(repository) = repository {
            let mut folders: Vec<&Path> = self
                .root
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(repository))
                .collect();
            folders.reverse();
            for folder in folders {
                let Ok(way) = self.root.strip_prefix(folder) else {
                    continue;
                };
                let lead = shown(way);
                for (kind, name) in ignore_files::NAMES.iter().enumerate() {
                    if let Some(text) = read_path(folder, name, ignore_files::MAX_SIZE) {
                        above.push((lead.clone(), kind, text));
                    }
                }
            }
        }
        Start {
            root: self.root.clone(),
            above,
            in_repository: repository.is_some(),
        }
    }
}

impl Source for DirectorySource {
    fn target(&self) -> Target {
        Target {
            location: self.given.clone(),
            kind: "directory".to_owned(),
            reference: None,
            commit: None,
        }
    }

    fn select(
        &self,
        selection: &Selection,
        progress: &dyn Progress,
    ) -> Result<Selected, SourceError> {
        let tree = DiskTree { root: &self.root };
        walk::parallel(&tree, self.start(), selection, progress, &self.cancel)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, SourceError> {
        Ok(Box::new(DiskReader { root: &self.root }))
    }

    fn stamp_root(&self) -> Option<&str> {
        tells_changes().then_some(&self.stamp_root)
    }
}

/// Reads files under a folder.
pub(crate) struct DiskReader<'a> {
    /// Canonical.
    pub(crate) root: &'a Path,
}

impl Reader for DiskReader<'_> {
    fn read(
        &mut self,
        file: &Candidate,
        limit: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let ContentRef::Disk { stamp } = file.content else {
            return Err(ReadError::Foreign);
        };
        let opened = open_regular(&self.root.join(name::path(&file.path)))?;
        fill(
            opened.ok_or(ReadError::NotAFile)?,
            stamp.size,
            limit,
            buffer,
        )
    }

    fn read_path(&mut self, relative: &str, limit: u64) -> Option<Vec<u8>> {
        read_path(self.root, relative, limit)
    }
}

/// Whether a [`Stamp`] tells a changed file for certain. Without a `ctime` it does not: `mtime` can be set back.
pub(crate) fn tells_changes() -> bool {
    cfg!(unix)
}

/// What the file system tells of a file.
pub(crate) fn stamp(metadata: &Metadata) -> Stamp {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Stamp {
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
            inode: metadata.ino(),
        }
    }
    #[cfg(not(unix))]
    {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_nanos()).ok());
        Stamp {
            mtime_ns: modified.unwrap_or_default(),
            ctime_ns: 0,
            size: metadata.len(),
            inode: 0,
        }
    }
}

/// A time in nanoseconds, of seconds and what is over them.
#[cfg(unix)]
pub(super) fn nanoseconds(seconds: i64, over: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(over)
}

/// Opens a regular file, not through a link, and without waiting for the other end of a pipe that
/// may have taken its place. `None` if it is anything else.
pub(crate) fn open_regular(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}

/// Reads a whole file of at most `limit` bytes.
pub(crate) fn fill(
    file: File,
    expected: u64,
    limit: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), ReadError> {
    buffer.clear();
    // One byte more than expected, so that the read that finds the end needs no more room.
    buffer.reserve(
        usize::try_from(expected.min(limit))
            .unwrap_or_default()
            .saturating_add(1),
    );
    file.take(limit.saturating_add(1)).read_to_end(buffer)?;
    if buffer.len() as u64 > limit {
        return Err(ReadError::TooLarge { limit });
    }
    Ok(())
}

/// The content of a regular file under `root`, if no component on the way is a link.
pub(crate) fn read_path(root: &Path, relative: &str, limit: u64) -> Option<Vec<u8>> {
    let mut path = root.to_owned();
    let mut parts = super::components(relative)?.peekable();
    while let Some(part) = parts.next() {
        let part = name::path(part);
        let mut components = part.components();
        // Windows knows more separators than `/`.
        if !matches!(
            (components.next(), components.next()),
            (Some(Component::Normal(_)), None)
        ) {
            return None;
        }
        path.push(part);
        let kind = path.symlink_metadata().ok()?.file_type();
        if parts.peek().is_some() != kind.is_dir() || kind.is_symlink() {
            return None;
        }
    }
    let file = open_regular(&path).ok()??;
    let expected = file.metadata().ok()?.len();
    if expected > limit {
        return None;
    }
    let mut bytes = Vec::new();
    fill(file, expected, limit, &mut bytes).ok()?;
    Some(bytes)
}

/// A path as text, with `/`.
pub(crate) fn shown(path: &Path) -> String {
    let text = name::show_os(path.as_os_str()).map_or_else(
        || path.to_string_lossy().into_owned(),
        std::borrow::Cow::into_owned,
    );
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text
    }
}
