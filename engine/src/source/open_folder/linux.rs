use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, Stat};

use crate::select::tree::Kind;
use crate::source::directory::nanoseconds;
use crate::source::{Stamp, name};

/// Room for the entries of most folders; others take several calls.
const BUFFER: usize = 32 << 10;

/// The folder that was listed last, and the one above it.
#[derive(Debug, Default)]
pub(crate) struct OpenFolder {
    here: Option<OwnedFd>,
    /// Open once a second folder in it was listed.
    above: Option<(PathBuf, Option<OwnedFd>)>,
    buffer: Vec<u8>,
}

impl OpenFolder {
    /// Opens a folder and calls `entry` with each name and kind in it until that returns false.
    pub(crate) fn list(
        &mut self,
        folder: &Path,
        entry: &mut dyn FnMut(&OsStr, Kind) -> bool,
    ) -> io::Result<()> {
        self.here = None;
        let here = self.open(folder)?;
        self.buffer.reserve(BUFFER);
        let mut entries = RawDir::new(&here, self.buffer.spare_capacity_mut());
        while let Some(found) = entries.next() {
            let found = found?;
            let name = found.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match found.file_type() {
                // Some file systems tell no kinds with the names.
                FileType::Unknown => rustix::fs::statat(&here, name, AtFlags::SYMLINK_NOFOLLOW)
                    .map(|stat| kind(&stat)),
                kind => Ok(kind),
            };
            let kind = match kind {
                Ok(FileType::RegularFile) => Kind::File,
                Ok(FileType::Directory) => Kind::Folder,
                _ => Kind::Other,
            };
            if !entry(OsStr::from_bytes(name.to_bytes()), kind) {
                break;
            }
        }
        self.here = Some(here);
        Ok(())
    }

    /// What the system tells of the regular file with a name (as shown) in the folder; `None` if it is no such file.
    pub(crate) fn stamp(&self, shown: &str) -> io::Result<Option<Stamp>> {
        let here = self.here.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let stat = rustix::fs::statat(here, &*name::raw(shown), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok((kind(&stat) == FileType::RegularFile).then(|| stamp(&stat)))
    }

    fn open(&mut self, folder: &Path) -> io::Result<OwnedFd> {
        let (Some(above), Some(name)) = (folder.parent(), folder.file_name()) else {
            return open(CWD, folder);
        };
        match &mut self.above {
            Some((last, Some(opened))) if last == above => open(opened, name),
            Some((last, opened)) if last == above => open(opened.insert(open(CWD, above)?), name),
            _ => {
                self.above = Some((above.to_owned(), None));
                open(CWD, folder)
            }
        }
    }
}

fn open(at: impl std::os::fd::AsFd, path: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(at, path, flags, Mode::empty())?)
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn stamp(stat: &Stat) -> Stamp {
    let over = |nanoseconds| i64::try_from(nanoseconds).unwrap_or_default();
    Stamp {
        mtime_ns: nanoseconds(stat.st_mtime, over(stat.st_mtime_nsec)),
        ctime_ns: nanoseconds(stat.st_ctime, over(stat.st_ctime_nsec)),
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        inode: stat.st_ino,
    }
}
