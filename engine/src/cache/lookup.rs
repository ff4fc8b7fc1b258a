//! Looking up one file after the other, folder by folder.

use std::ops::Range;

use super::Cache;
use super::file::Known;
use crate::source::Stamp;

/// Looks up files by path and stamp, on one thread. Files of one folder that are asked for one after the other cost
/// one search.
#[derive(Debug)]
pub struct Lookup<'c> {
    cache: &'c Cache,
    root: &'c str,
    folder: Option<Folder>,
}

/// Where the stamps of a folder's files are.
#[derive(Debug)]
struct Folder {
    path: String,
    recent: Range<usize>,
    loaded: Range<usize>,
}

/// What stands for a path in a cache file: one half for the folder and one for the name, so that the files of a folder
/// stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PathKey {
    pub(super) folder: u64,
    pub(super) name: u64,
}

impl PathKey {
    pub(super) fn new(root: &str, path: &str) -> Self {
        let (folder, name) = split(path);
        Self {
            folder: folder_key(root, folder),
            name: name_key(name),
        }
    }
}

impl<'c> Lookup<'c> {
    pub(super) fn new(cache: &'c Cache, root: &'c str) -> Self {
        Self {
            cache,
            root,
            folder: None,
        }
    }

    /// The value for the content of `path`, if the file is as it was when [`Cache::stamp`] was told.
    pub fn get(&mut self, path: &str, stamp: &Stamp) -> Option<&'c [u8]> {
        let known = self.known(path, stamp)?;
        known
            .value
            .or_else(|| self.cache.get(&known.content, known.salt))
    }

    /// What is known of `path`, if the file is in the state that `stamp` tells.
    pub(super) fn known(&mut self, path: &str, stamp: &Stamp) -> Option<Known<'c>> {
        let (folder, name) = split(path);
        let (recent, loaded) = (&self.cache.recent, &self.cache.loaded);
        let here = self.folder.take().filter(|here| here.path == folder);
        let here = self.folder.insert(here.unwrap_or_else(|| {
            let key = folder_key(self.root, folder);
            Folder {
                path: folder.to_owned(),
                recent: recent.folder(key),
                loaded: loaded.folder(key),
            }
        }));
        if here.recent.is_empty() && here.loaded.is_empty() {
            return None;
        }
        let name = name_key(name);
        recent
            .stamp(&here.recent, name, stamp)
            .or_else(|| loaded.stamp(&here.loaded, name, stamp))
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn folder_key(root: &str, folder: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in [root, "\0", folder] {
        hasher.update(part.as_bytes());
    }
    half(&hasher.finalize())
}

fn name_key(name: &str) -> u64 {
    half(&blake3::hash(name.as_bytes()))
}

/// The first bytes of a hash.
fn half(hash: &blake3::Hash) -> u64 {
    hash.as_bytes()
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
