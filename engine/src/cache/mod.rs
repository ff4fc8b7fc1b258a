//! The incremental cache: what a scan learnt of a file's content, kept for the next scan.
//!
//! A value belongs to the content of a file, wherever the file is: its key is a hash of the bytes
//! ([`content_key`]), or of the git object id ([`blob_key`]), which spares reading the blob. For files
//! on disk a second table remembers the content key of a path by what `stat` tells ([`Stamp`]), which
//! spares reading them too.
//!
//! There is one cache file per *key*: a hash of everything else that a value depends on (rules,
//! options, version of the engine). It is read whole when opened and replaced in one step when saved;
//! of two writers the last wins. A file that is damaged in any way is an empty cache. Values that no
//! scan asked for in 30 days go, and so do the oldest cache files beyond [`MAX_FILES`] and
//! [`MAX_TOTAL_SIZE`].
//!
//! A stamp is believed only if the file was last changed at least two seconds before the cache was
//! opened: a later change could fall into the same tick of the file system's clock and leave the
//! stamp as it was (git calls such an index entry racily clean).
//!
//! Whoever can write to the cache folder can make findings vanish, so it must be the user's own.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use file::{Entry, File, StampEntry};

use crate::source::Stamp;

/// Most cache files in a cache folder.
pub const MAX_FILES: usize = 20;

/// Most bytes in all cache files of a folder.
pub const MAX_TOTAL_SIZE: u64 = 512 << 20;

/// Most bytes in one cache file; a larger one is not read.
pub const MAX_SIZE: u64 = 256 << 20;

/// Days for which a value is kept that no scan asks for.
const KEEP_DAYS: u32 = 30;

/// How much older than the cache's opening a change must be for a stamp to be believed.
const RACY: Duration = Duration::from_secs(2);

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
    pending: Mutex<Pending>,
    opened: SystemTime,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Pending {
    values: BTreeMap<(ContentKey, u64), Vec<u8>>,
    stamps: BTreeMap<[u8; 16], (Stamp, ContentKey)>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    file: u64,
    total: u64,
    files: usize,
}

impl Cache {
    /// Opens the cache with this key in `folder`, which need not exist. Never fails: what cannot be
    /// read is empty.
    pub fn open(folder: &Path, key: [u8; 32]) -> Self {
        let limits = Limits {
            file: MAX_SIZE,
            total: MAX_TOTAL_SIZE,
            files: MAX_FILES,
        };
        Self::open_with(folder, key, limits)
    }

    fn open_with(folder: &Path, key: [u8; 32], limits: Limits) -> Self {
        let opened = SystemTime::now();
        let path = path(folder, &key);
        Self {
            folder: folder.to_owned(),
            key,
            loaded: File::read(&path, &key, limits.file),
            pending: Mutex::default(),
            opened,
            limits,
        }
    }

    /// What was put in for this content. `salt` tells values apart that depend on more than the
    /// content, such as the language a path implies.
    pub fn get(&self, content: &ContentKey, salt: u64) -> Option<&[u8]> {
        self.loaded.value(content, salt)
    }

    /// Remembers a value.
    pub fn put(&self, content: ContentKey, salt: u64, value: Vec<u8>) {
        if self.loaded.value(&content, salt) == Some(&value[..]) {
            return;
        }
        self.pending().values.insert((content, salt), value);
    }

    /// The key of the content of `path` under `root` (see
    /// [`Source::stamp_root`](crate::source::Source::stamp_root)), if the file is as it was when
    /// [`Cache::stamp`] was told.
    pub fn known_stamp(&self, root: &str, path: &str, stamp: &Stamp) -> Option<ContentKey> {
        self.loaded.stamp(&path_key(root, path), stamp)
    }

    /// Remembers that `path` under `root` had this content when it was in the state that `stamp`
    /// tells. The stamp must have been taken before the content was read, and after the cache was
    /// opened. Too young a stamp is not believed, and forgotten at once.
    pub fn stamp(&self, root: &str, path: &str, stamp: Stamp, content: ContentKey) {
        let latest = (self.opened - RACY)
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or_default();
        if stamp.mtime_ns.max(stamp.ctime_ns) > latest {
            return;
        }
        let key = path_key(root, path);
        if self.loaded.stamp(&key, &stamp) == Some(content) {
            return;
        }
        self.pending().stamps.insert(key, (stamp, content));
    }

    /// Writes what is new, and makes room. Returns whether there was anything to write. Values that
    /// this scan did not ask for stay, for other folders scanned with the same key.
    pub fn save(&self) -> io::Result<bool> {
        let mut pending = self.pending();
        if pending.values.is_empty() && pending.stamps.is_empty() {
            return Ok(false);
        }
        let today = today();
        let mut entries: Vec<Entry<'_>> = self
            .loaded
            .entries(today)
            .filter(|e| today.saturating_sub(e.day) <= KEEP_DAYS)
            .filter(|e| !pending.values.contains_key(&(e.content, e.salt)))
            .collect();
        entries.extend(pending.values.iter().map(|((content, salt), value)| Entry {
            content: *content,
            salt: *salt,
            day: today,
            value,
        }));
        let mut stamps: Vec<StampEntry> = self
            .loaded
            .stamps(today)
            .filter(|s| today.saturating_sub(s.day) <= KEEP_DAYS)
            .filter(|s| !pending.stamps.contains_key(&s.path))
            .collect();
        stamps.extend(
            pending
                .stamps
                .iter()
                .map(|(path, (stamp, content))| StampEntry {
                    path: *path,
                    stamp: *stamp,
                    content: *content,
                    day: today,
                }),
        );
        let bytes = file::encode(&self.key, entries, stamps, self.limits.file);
        self.replace(&bytes)?;
        pending.values.clear();
        pending.stamps.clear();
        drop(pending);
        self.make_room();
        Ok(true)
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        create_folder(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{UNFINISHED}"))
            .tempfile_in(&self.folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path(&self.folder, &self.key))
            .map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes the cache files that were not used for longest. What cannot be removed stays.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let own = path(&self.folder, &self.key);
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
            if extension == Some(UNFINISHED) && modified + DAY < self.opened {
                let _ = fs::remove_file(&path);
            } else if extension == Some(EXTENSION) {
                files.push((
                    path != own,
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

fn path_key(root: &str, path: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(root.as_bytes());
    hasher.update(&[0]);
    hasher.update(path.as_bytes());
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    key
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
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn old_stamp(inode: u64) -> Stamp {
        Stamp {
            mtime_ns: 1_000,
            ctime_ns: 2_000,
            size: 3,
            inode,
        }
    }

    fn filled(folder: &Path) -> Cache {
        let cache = Cache::open(folder, KEY);
        for n in 0..50_u64 {
            let content = content_key(&n.to_le_bytes());
            cache.put(content, n % 3, vec![n as u8; n as usize]);
            cache.stamp("/root", &format!("src/{n}.js"), old_stamp(n), content);
        }
        assert!(cache.save().unwrap());
        Cache::open(folder, KEY)
    }

    #[test]
    fn the_next_scan_finds_what_this_one_put_in() {
        let folder = tempfile::tempdir().unwrap();
        let cache = filled(folder.path());
        for n in 0..50_u64 {
            let content = content_key(&n.to_le_bytes());
            assert_eq!(
                cache.get(&content, n % 3),
                Some(&vec![n as u8; n as usize][..])
            );
            assert_eq!(cache.get(&content, 9), None);
            let path = format!("src/{n}.js");
            assert_eq!(
                cache.known_stamp("/root", &path, &old_stamp(n)),
                Some(content)
            );
            assert_eq!(cache.known_stamp("/other", &path, &old_stamp(n)), None);
            for changed in [
                Stamp {
                    mtime_ns: 1,
                    ..old_stamp(n)
                },
                Stamp {
                    ctime_ns: 1,
                    ..old_stamp(n)
                },
                Stamp {
                    size: 1,
                    ..old_stamp(n)
                },
                old_stamp(n + 1),
            ] {
                assert_eq!(cache.known_stamp("/root", &path, &changed), None);
            }
        }
        assert_eq!(
            Cache::open(folder.path(), [8; 32]).get(&content_key(&[0; 8]), 0),
            None
        );
    }

    #[test]
    fn nothing_new_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = filled(folder.path());
        let before = fs::metadata(path(folder.path(), &KEY))
            .unwrap()
            .modified()
            .unwrap();
        let content = content_key(&0_u64.to_le_bytes());
        cache.put(content, 0, Vec::new());
        cache.stamp("/root", "src/0.js", old_stamp(0), content);
        assert!(!cache.save().unwrap());
        let after = fs::metadata(path(folder.path(), &KEY))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(before, after);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_stamp_younger_than_two_seconds_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.js");
        fs::write(&file, "x").unwrap();
        let stamp = crate::source::Stamp {
            mtime_ns: i64::try_from(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap()
                    .as_nanos(),
            )
            .unwrap()
                - 500_000_000,
            ..Stamp::default()
        };
        let cache = Cache::open(folder.path(), KEY);
        cache.stamp("/root", "a.js", stamp, content_key(b"x"));
        assert!(!cache.save().unwrap());
        let set_back = Stamp {
            ctime_ns: stamp.mtime_ns,
            mtime_ns: 5,
            ..stamp
        };
        cache.stamp("/root", "a.js", set_back, content_key(b"x"));
        assert!(!cache.save().unwrap());
    }

    #[test]
    fn two_writers_leave_a_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4_u64 {
                let folder = folder.path();
                scope.spawn(move || {
                    for round in 0..20_u64 {
                        let cache = Cache::open(folder, KEY);
                        let content = content_key(&(writer * 1000 + round).to_le_bytes());
                        cache.put(content, 0, vec![writer as u8; 1000]);
                        cache.save().unwrap();
                        let bytes = fs::read(path(folder, &KEY)).unwrap();
                        assert!(File::decode(bytes, &KEY).is_some());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_oldest_files_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            file: 1 << 20,
            total: 1 << 20,
            files: 3,
        };
        for n in 0..6_u8 {
            let cache = Cache::open_with(folder.path(), [n; 32], limits);
            cache.put(content_key(b"x"), 0, vec![0; 100]);
            cache.save().unwrap();
            let time = SystemTime::now() - DAY * u32::from(20 - n);
            fs::File::options()
                .write(true)
                .open(path(folder.path(), &[n; 32]))
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        let kept: Vec<u8> = (0..6)
            .filter(|n| path(folder.path(), &[*n; 32]).exists())
            .collect();
        assert_eq!(kept, [3, 4, 5]);
    }

    #[test]
    fn a_cache_that_outgrows_its_bound_keeps_what_fits() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            file: 10_000,
            total: 1 << 20,
            files: 3,
        };
        let cache = Cache::open_with(folder.path(), KEY, limits);
        for n in 0..100_u8 {
            cache.put(content_key(&[n]), 0, vec![n; 500]);
        }
        cache.save().unwrap();
        let size = fs::metadata(path(folder.path(), &KEY)).unwrap().len();
        assert!(size <= 10_000, "{size}");
        let cache = Cache::open_with(folder.path(), KEY, limits);
        let found = (0..100_u8)
            .filter(|n| cache.get(&content_key(&[*n]), 0).is_some())
            .count();
        assert!(found > 10, "{found}");
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(
            values in prop::collection::btree_map(
                (any::<[u8; 4]>(), 0..3_u64), prop::collection::vec(any::<u8>(), 0..40), 0..60),
            more in prop::collection::btree_map(
                (any::<[u8; 4]>(), 0..3_u64), prop::collection::vec(any::<u8>(), 0..40), 0..20),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut expected = BTreeMap::new();
            for round in [&values, &more] {
                let cache = Cache::open(folder.path(), KEY);
                for ((bytes, salt), value) in round {
                    cache.put(content_key(bytes), *salt, value.clone());
                    expected.insert((*bytes, *salt), value.clone());
                }
                cache.save().unwrap();
            }
            let cache = Cache::open(folder.path(), KEY);
            for ((bytes, salt), value) in &expected {
                prop_assert_eq!(cache.get(&content_key(bytes), *salt), Some(&value[..]));
            }
        }

        #[test]
        fn a_damaged_file_is_an_empty_cache(at in any::<prop::sample::Index>(), with in 1..=255_u8, cut in any::<bool>()) {
            let folder = tempfile::tempdir().unwrap();
            drop(filled(folder.path()));
            let file = path(folder.path(), &KEY);
            let mut bytes = fs::read(&file).unwrap();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] ^= with }
            fs::write(&file, &bytes).unwrap();
            let cache = Cache::open(folder.path(), KEY);
            prop_assert_eq!(cache.get(&content_key(&9_u64.to_le_bytes()), 0), None);
            prop_assert_eq!(cache.known_stamp("/root", "src/9.js", &old_stamp(9)), None);
            cache.put(content_key(b"x"), 0, vec![1]);
            prop_assert!(cache.save().unwrap());
        }

        #[test]
        fn any_bytes_with_a_right_checksum_are_survived(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let bytes = file::seal(&KEY, &body);
            if let Some(file) = File::decode(bytes, &KEY) {
                let _ = file.value(&content_key(b"x"), 0);
                let _ = file.stamp(&[0; 16], &Stamp::default());
                let _ = (file.entries(0).count(), file.stamps(0).count());
            }
        }
    }
}
