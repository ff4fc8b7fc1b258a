//! The incremental cache: what a scan learnt of a file's content, kept for the next scan.
//!
//! A value belongs to the content of a file, wherever the file is: its key is a hash of the bytes
//! ([`content_key`]), or of the git object id ([`blob_key`]), which spares reading the blob. For files
//! on disk a second table remembers the content key of a path by what `stat` tells ([`Stamp`]), and which
//! value is for it, which spares reading them too.
//!
//! What is cached belongs to a *key*: a hash of everything else that a value depends on (rules,
//! options, version of the engine). A key has a cache file, and a second, small one beside a large
//! first, for what later scans add: few changes do not write everything anew. Both are read whole when opened
//! and replaced in one step when saved; of two writers the last wins. A file that is damaged in any
//! way is an empty one. Values that no scan asked for in 30 days go, and so do the oldest cache files
//! beyond [`MAX_FILES`] and [`MAX_TOTAL_SIZE`].
//!
//! A stamp is believed only if the file was last changed at least two seconds before stamps were
//! taken: a later change could fall into the same tick of the file system's clock and leave the
//! stamp as it was (git calls such an index entry racily clean).
//!
//! Whoever can write to the cache folder can make findings vanish, so it must be the user's own.

mod file;
mod lookup;
mod search;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use file::{Entry, File, StampEntry};
pub use lookup::Lookup;
use lookup::PathKey;

use crate::source::Stamp;

/// Most cache files in a cache folder.
pub const MAX_FILES: usize = 40;

/// Most bytes in all cache files of a folder.
pub const MAX_TOTAL_SIZE: u64 = 512 << 20;

/// Most bytes in one cache file; a larger one is not read.
pub const MAX_SIZE: u64 = 256 << 20;

/// Days for which a value is kept that no scan asks for.
const KEEP_DAYS: u32 = 30;

/// How much older than the first stamp a change must be for a stamp to be believed.
const RACY: Duration = Duration::from_secs(2);

/// A smaller cache file is written anew for whatever is new, in bytes.
const SMALL: usize = 1 << 20;

/// What is new has a file of its own up to this part of what was there.
const RECENT_PART: usize = 8;

const EXTENSION: &str = "cortex-cache";
const UNFINISHED: &str = "cortex-cache-tmp";
const DAY: Duration = Duration::from_hours(24);

/// Identifies the content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentKey(pub [u8; 32]);

/// The key of a file with these bytes: their BLAKE3 hash.
pub fn content_key(bytes: &[u8]) -> ContentKey {
    ContentKey(*blake3::hash(bytes).as_bytes())
}

/// The key of a git blob, without its bytes. Differs from [`content_key`] of the same file.
pub fn blob_key(oid: [u8; 20]) -> ContentKey {
    ContentKey(blake3::derive_key("cortex cache: git blob id, SHA-1", &oid))
}

/// An open cache. Shared by threads; what they put in is seen by the next scan only.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    loaded: File,
    /// What was added since `loaded` was written.
    recent: File,
    pending: Mutex<Pending>,
    /// No stamp was taken before.
    began: SystemTime,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Pending {
    values: BTreeMap<(ContentKey, u64), Vec<u8>>,
    stamps: BTreeMap<PathKey, (Stamp, ContentKey, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    small: usize,
    file: u64,
    total: u64,
    files: usize,
}

impl Cache {
    /// Opens the cache with this key in `folder`, which need not exist. Never fails: what cannot be
    /// read is empty.
    pub fn open(folder: &Path, key: [u8; 32]) -> Self {
        let limits = Limits {
            small: SMALL,
            file: MAX_SIZE,
            total: MAX_TOTAL_SIZE,
            files: MAX_FILES,
        };
        Self::open_with(folder, key, limits)
    }

    fn open_with(folder: &Path, key: [u8; 32], limits: Limits) -> Self {
        let began = SystemTime::now();
        Self {
            folder: folder.to_owned(),
            key,
            loaded: File::read(&path(folder, &key), &key, limits.file),
            recent: File::read(&recent_path(folder, &key), &key, limits.file),
            pending: Mutex::default(),
            began,
            limits,
        }
    }

    /// The same for stamps of which some may have been taken before it was opened, from `began` on.
    #[must_use]
    pub fn with_stamps_since(mut self, began: SystemTime) -> Self {
        self.began = self.began.min(began);
        self
    }

    /// What was put in for this content. `salt` tells values apart that depend on more than the
    /// content, such as the language a path implies.
    pub fn get(&self, content: &ContentKey, salt: u64) -> Option<&[u8]> {
        self.recent
            .value(content, salt)
            .or_else(|| self.loaded.value(content, salt))
    }

    /// Remembers a value.
    pub fn put(&self, content: ContentKey, salt: u64, value: Vec<u8>) {
        if self.get(&content, salt) == Some(&value[..]) {
            return;
        }
        self.pending().values.insert((content, salt), value);
    }

    /// Looks up files under `root` (see [`Source::stamp_root`](crate::source::Source::stamp_root)) by what the file
    /// system tells of them.
    pub fn lookup<'c>(&'c self, root: &'c str) -> Lookup<'c> {
        Lookup::new(self, root)
    }

    /// Remembers that `path` under `root` had this content, and a value of this salt, when it was in the state that `stamp`
    /// tells. The stamp must have been taken before the content was read, and after the cache was
    /// opened or what [`Cache::with_stamps_since`] says. Too young a stamp is not believed, and forgotten at once.
    pub fn stamp(&self, root: &str, path: &str, stamp: Stamp, content: ContentKey, salt: u64) {
        let latest = self
            .began
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| since.checked_sub(RACY))
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or_default();
        if stamp.mtime_ns.max(stamp.ctime_ns) > latest {
            return;
        }
        if self
            .lookup(root)
            .known(path, &stamp)
            .is_some_and(|known| (known.content, known.salt) == (content, salt))
        {
            return;
        }
        let key = PathKey::new(root, path);
        self.pending().stamps.insert(key, (stamp, content, salt));
    }

    /// Writes what is new, and makes room. Returns whether there was anything to write. Values that
    /// this scan did not ask for stay, for other folders scanned with the same key.
    pub fn save(&self) -> io::Result<bool> {
        let mut pending = self.pending();
        if pending.values.is_empty() && pending.stamps.is_empty() {
            return Ok(false);
        }
        let (own, recent) = (
            path(&self.folder, &self.key),
            recent_path(&self.folder, &self.key),
        );
        let today = today();
        // Days are written with the large file: without it for too long, what is in use would look as if it were not.
        let is_aged = || {
            self.loaded
                .is_used_since_before(today.saturating_sub(KEEP_DAYS / 2))
        };
        let added = (self.loaded.size() >= self.limits.small && !is_aged())
            .then(|| self.encoded(&[&self.recent], &pending, today))
            .filter(|bytes| bytes.len() <= self.loaded.size() / RECENT_PART);
        if let Some(bytes) = added {
            self.replace(&recent, &bytes)?;
        } else {
            self.replace(
                &own,
                &self.encoded(&[&self.loaded, &self.recent], &pending, today),
            )?;
            // Where it cannot be removed, all that it holds is true.
            let _ = fs::remove_file(&recent);
        }
        pending.values.clear();
        pending.stamps.clear();
        drop(pending);
        self.make_room(&[own, recent]);
        Ok(true)
    }

    /// What is in these files, each of which outweighs those before it, and what is new.
    fn encoded(&self, files: &[&File], pending: &Pending, today: u32) -> Vec<u8> {
        let mut entries: Vec<Entry<'_>> = Vec::new();
        let mut stamps: Vec<StampEntry> = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let later = files.get(at + 1..).unwrap_or_default();
            entries.extend(
                file.entries(today)
                    .filter(|e| today.saturating_sub(e.day) <= KEEP_DAYS)
                    .filter(|e| !pending.values.contains_key(&(e.content, e.salt)))
                    .filter(|e| !later.iter().any(|file| file.has_value(&e.content, e.salt))),
            );
            stamps.extend(
                file.stamps(today)
                    .filter(|s| today.saturating_sub(s.day) <= KEEP_DAYS)
                    .filter(|s| !pending.stamps.contains_key(&s.path))
                    .filter(|s| !later.iter().any(|file| file.has_stamp(s.path))),
            );
        }
        entries.extend(pending.values.iter().map(|((content, salt), value)| Entry {
            content: *content,
            salt: *salt,
            day: today,
            value,
        }));
        stamps.extend(
            pending
                .stamps
                .iter()
                .map(|(path, (stamp, content, salt))| StampEntry {
                    path: *path,
                    stamp: *stamp,
                    content: *content,
                    salt: *salt,
                    day: today,
                }),
        );
        file::encode(&self.key, entries, stamps, self.limits.file)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        create_folder(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{UNFINISHED}"))
            .tempfile_in(&self.folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes the cache files that were not used for longest. What cannot be removed stays.
    fn make_room(&self, own: &[PathBuf]) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
            let extension = path.extension().and_then(|e| e.to_str());
            if !metadata.is_file() {
                continue;
            }
            if extension == Some(UNFINISHED) && is_older(modified, DAY, self.began) {
                let _ = fs::remove_file(&path);
            } else if extension == Some(EXTENSION) {
                files.push((
                    !own.contains(&path),
                    std::cmp::Reverse(modified),
                    path,
                    metadata.len(),
                ));
            }
        }
        // Our own first, then the youngest.
        files.sort();
        let mut total = 0_u64;
        for (index, (other, _, path, size)) in files.into_iter().enumerate() {
            total = total.saturating_add(size);
            if other && (index >= self.limits.files || total > self.limits.total) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        // A panic in a thread that held the lock leaves a map that is whole.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn path(folder: &Path, key: &[u8; 32]) -> PathBuf {
    folder.join(format!(
        "{}.{EXTENSION}",
        blake3::Hash::from_bytes(*key).to_hex()
    ))
}

/// Of the file for what was added since the other one was written.
fn recent_path(folder: &Path, key: &[u8; 32]) -> PathBuf {
    folder.join(format!(
        "{}-recent.{EXTENSION}",
        blake3::Hash::from_bytes(*key).to_hex()
    ))
}

/// Whether `time` is more than `by` before `now`. Times of files may be anything.
fn is_older(time: SystemTime, by: Duration, now: SystemTime) -> bool {
    now.duration_since(time).is_ok_and(|age| age > by)
}

fn today() -> u32 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| (since.as_secs() / DAY.as_secs()) as u32)
}

/// Only for the user: the cache tells what is in the user's code.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests;
