//! Folders on disk as a tree to walk over.

use std::path::{Path, PathBuf};

use super::open_folder::OpenFolder;
use super::{ContentRef, directory, name};
use crate::select::tree::{Kind, Listed, Listing, Tree};

/// The folders below a root.
pub(super) struct DiskTree<'a> {
    /// Canonical.
    pub(super) root: &'a Path,
}

impl Tree for DiskTree<'_> {
    type Folder = PathBuf;
    type Entry = ();
    type Place = OpenFolder;

    fn list(
        &self,
        place: &mut OpenFolder,
        folder: &PathBuf,
        limit: u64,
        listing: &mut Listing<()>,
    ) -> Result<(), String> {
        let mut add = |name: &_, kind| {
            match name::show_os(name) {
                Some(name) => {
                    if name == ".git" {
                        listing.is_submodule = kind == Kind::File;
                    }
                    listing.push(&name, kind, ());
                }
                None => listing.bad_names += 1,
            }
            listing.len() <= limit
        };
        place
            .list(folder, &mut add)
            .map_err(|error| error.to_string())
    }

    fn folder(&self, parent: &PathBuf, listed: Listed<'_, ()>) -> PathBuf {
        parent.join(name::path(listed.name))
    }

    fn stat(
        &self,
        place: &OpenFolder,
        listed: Listed<'_, ()>,
    ) -> Result<(u64, ContentRef), String> {
        match place.stamp(listed.name) {
            Ok(Some(stamp)) => Ok((stamp.size, ContentRef::Disk { stamp })),
            Ok(None) => Err("no longer a regular file".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn read_path(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        directory::read_path(self.root, path, limit)
    }
}
