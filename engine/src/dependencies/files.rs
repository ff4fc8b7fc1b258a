//! The files of a source, as readers of lockfiles and writers of fixes see them.

use std::cell::RefCell;

use super::{LARGEST_LOCKFILE, ProjectFiles, is_lockfile};
use crate::progress::Silent;
use crate::select::Selection;
use crate::source::{Reader, Source, SourceError};

/// The files of a [`Source`].
pub struct SourceFiles<'s> {
    reader: RefCell<Box<dyn Reader + 's>>,
    paths: Vec<String>,
}

impl<'s> SourceFiles<'s> {
    /// Those that a scan with the default selection looks at, lockfiles included, sorted by path.
    pub fn of(source: &'s dyn Source) -> Result<Self, SourceError> {
        let selection = Selection {
            is_lockfile,
            ..Selection::default()
        };
        let selected = source.select(&selection, &Silent)?;
        let paths = selected.files.into_iter().map(|file| file.path).collect();
        Self::with_paths(source, paths)
    }

    /// Those that are known by now.
    pub(crate) fn with_paths(
        source: &'s dyn Source,
        paths: Vec<String>,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            reader: RefCell::new(source.reader()?),
            paths,
        })
    }

    /// For reading what was selected.
    pub(crate) fn reader(&self) -> &RefCell<Box<dyn Reader + 's>> {
        &self.reader
    }
}

impl ProjectFiles for SourceFiles<'_> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.reader.borrow_mut().read_path(path, LARGEST_LOCKFILE)
    }

    fn paths(&self) -> &[String] {
        &self.paths
    }
}

impl std::fmt::Debug for SourceFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFiles")
            .field("paths", &self.paths.len())
            .finish_non_exhaustive()
    }
}
