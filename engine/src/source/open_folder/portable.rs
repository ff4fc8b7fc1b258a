use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::select::tree::Kind;
use crate::source::directory::stamp;
use crate::source::{Stamp, name};

/// The folder that was listed last.
#[derive(Debug, Default)]
pub(crate) struct OpenFolder {
    here: PathBuf,
}

impl OpenFolder {
    /// Opens a folder and calls `entry` with each name and kind in it until that returns false.
    pub(crate) fn list(
        &mut self,
        folder: &Path,
        entry: &mut dyn FnMut(&OsStr, Kind) -> bool,
    ) -> io::Result<()> {
        for found in fs::read_dir(folder)? {
            let found = found?;
            let kind = match found.file_type() {
                Ok(kind) if kind.is_dir() => Kind::Folder,
                Ok(kind) if kind.is_file() => Kind::File,
                _ => Kind::Other,
            };
            if !entry(&found.file_name(), kind) {
                break;
            }
        }
        folder.clone_into(&mut self.here);
        Ok(())
    }

    /// What the system tells of the regular file with a name (as shown) in the folder; `None` if it is no such file.
    pub(crate) fn stamp(&self, shown: &str) -> io::Result<Option<Stamp>> {
        let metadata = self.here.join(name::path(shown)).symlink_metadata()?;
        Ok(metadata.is_file().then(|| stamp(&metadata)))
    }
}
