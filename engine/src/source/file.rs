//! One file, named by the user, as a source.
//!
//! Ignore files, include and exclude globs and `cortex.toml` do not apply to it: naming it is asking
//! for it. The size cap and the checks of its content do. Its path in reports is its name.

use std::fs;
use std::path::{Path, PathBuf};

use super::directory::{DiskReader, shown, stamp, tells_changes};
use super::{Candidate, ContentRef, Reader, Role, Selected, Source, SourceError, name};
use crate::progress::{Progress, Stage};
use crate::report::Target;
use crate::select::{Selection, walk};

/// One file on disk.
pub(crate) struct FileSource {
    given: String,
    folder: PathBuf,
    stamp_root: String,
    name: String,
}

impl FileSource {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        // The user may name a link; what it leads to is read.
        let real = fs::canonicalize(path).map_err(|source| SourceError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let (Some(folder), Some(name)) = (real.parent(), real.file_name().and_then(name::show_os))
        else {
            return Err(SourceError::NotAFile(path.to_owned()));
        };
        Ok(Self {
            given: shown(path),
            stamp_root: shown(folder),
            folder: folder.to_owned(),
            name: name.into_owned(),
        })
    }
}

impl Source for FileSource {
    fn target(&self) -> Target {
        Target {
            location: self.given.clone(),
            kind: "file".to_owned(),
            reference: None,
            commit: None,
        }
    }

    fn select(
        &self,
        selection: &Selection,
        progress: &dyn Progress,
    ) -> Result<Selected, SourceError> {
        progress.stage(Stage::Select, Some(1));
        let path = self.folder.join(name::path(&self.name));
        let metadata = path
            .symlink_metadata()
            .map_err(|source| SourceError::Unreadable {
                path: PathBuf::from(&self.given),
                source,
            })?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile(PathBuf::from(&self.given)));
        }
        let stamp = stamp(&metadata);
        let mut selected = Selected::default();
        let candidate = Candidate {
            path: self.name.clone(),
            size: stamp.size,
            content: ContentRef::Disk { stamp },
            role: if (selection.is_lockfile)(&self.name) {
                Role::Lockfile
            } else {
                Role::Source
            },
        };
        walk::admit(selection, candidate, &mut selected);
        progress.advance(Stage::Select, 1);
        progress.finish(Stage::Select);
        Ok(selected)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, SourceError> {
        Ok(Box::new(DiskReader { root: &self.folder }))
    }

    /// The user named a file, not the folder it is in.
    fn config(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }

    fn stamp_root(&self) -> Option<&str> {
        tells_changes().then_some(&self.stamp_root)
    }
}
