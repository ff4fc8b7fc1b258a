//! The layout of a cache file: fixed-size records, sorted, so that opening one is reading it and
//! checking its hash, and a look-up is a search that needs few steps: keys are hashes, so they lie evenly. Integers are
//! little-endian, but for the keys of paths, which stand in the order of their bytes.
//!
//! ```text
//! 8   magic and version
//! 32  BLAKE3 of all that follows
//! 32  key of the cache
//! 8   number of values, number of stamps (u32 each)
//! 56… values: content key 32, salt 8, offset 8 (from the end of the tables), length 4, day 4
//! 108… stamps: key of the folder 8, of the name 8, mtime 8, ctime 8, size 8, inode 8, content key 32, salt 8, day 4,
//!     number of the value 4, or 2³²-1 where it is in another file, its offset 8, length 4
//! …   bytes of the values, those that stamps name in the order of stamps, as a scan asks for them
//! ```

use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::lookup::PathKey;
use super::{ContentKey, DAY, is_older, search};
use crate::source::Stamp;

const MAGIC: &[u8; 8] = b"CRTXcch\x03";
const SEALED: usize = 40;
const HEADER: usize = 80;
const ENTRY: usize = 56;
const STAMP: usize = 108;

/// A cache file in memory. Remembers what was asked for.
#[derive(Debug, Default)]
pub(super) struct File {
    bytes: Vec<u8>,
    values: usize,
    stamps: usize,
    value_used: Vec<AtomicBool>,
    stamp_used: Vec<AtomicBool>,
}

/// What a stamp tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) content: ContentKey,
    pub(super) salt: u64,
    /// The value for these, where it is in the same file.
    pub(super) value: Option<&'a [u8]>,
}

/// One value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) content: ContentKey,
    pub(super) salt: u64,
    /// When it was last asked for, in days since 1970.
    pub(super) day: u32,
    pub(super) value: &'a [u8],
}

/// One stamp.
#[derive(Clone, Debug)]
pub(super) struct StampEntry {
    pub(super) path: PathKey,
    pub(super) stamp: Stamp,
    pub(super) content: ContentKey,
    pub(super) salt: u64,
    /// When it was last asked for, in days since 1970.
    pub(super) day: u32,
}

/// By all threads of the pool: a cache has megabytes.
fn hash(bytes: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update_rayon(bytes).finalize()
}

impl File {
    /// Reads a cache file; an empty one if there is none, or it is not whole, or too large.
    pub(super) fn read(path: &Path, key: &[u8; 32], limit: u64) -> Self {
        Self::try_read(path, key, limit).unwrap_or_default()
    }

    fn try_read(path: &Path, key: &[u8; 32], limit: u64) -> Option<Self> {
        let file = std::fs::File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > limit {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?.saturating_add(1));
        (&file).take(limit).read_to_end(&mut bytes).ok()?;
        let decoded = Self::decode(bytes, key)?;
        let now = SystemTime::now();
        // The time of the last change says which files may make room. Reading alone does not move it,
        // so it is moved here, at most once a day.
        if metadata
            .modified()
            .is_ok_and(|modified| is_older(modified, DAY, now))
        {
            let _ = std::fs::File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_modified(now));
        }
        Some(decoded)
    }

    /// Takes the bytes of a file apart, or `None` if they are not whole.
    pub(super) fn decode(bytes: Vec<u8>, key: &[u8; 32]) -> Option<Self> {
        let sealed = bytes.get(SEALED..)?;
        if bytes.get(..8)? != MAGIC
            || bytes.get(8..SEALED)? != hash(sealed).as_bytes()
            || sealed.get(..32)? != key
        {
            return None;
        }
        let values = u32_at(&bytes, 72)? as usize;
        let stamps = u32_at(&bytes, 76)? as usize;
        let tables = values
            .checked_mul(ENTRY)?
            .checked_add(stamps.checked_mul(STAMP)?)?;
        if tables.checked_add(HEADER)? > bytes.len() {
            return None;
        }
        let flags = |count| {
            std::iter::repeat_with(AtomicBool::default)
                .take(count)
                .collect()
        };
        Some(Self {
            bytes,
            values,
            stamps,
            value_used: flags(values),
            stamp_used: flags(stamps),
        })
    }

    fn value_index(&self, content: &ContentKey, salt: u64) -> Option<usize> {
        let wanted = leading(&content.0)?;
        let mut run = search::run(self.values, wanted, |at| leading(self.value_record(at)?));
        run.find(|at| {
            self.value_record(*at).is_some_and(|record| {
                record.get(..32) == Some(&content.0) && u64_at(record, 32) == Some(salt)
            })
        })
    }

    /// Where the stamps of the files of a folder are; sorted by name.
    pub(super) fn folder(&self, folder: u64) -> Range<usize> {
        search::run(self.stamps, folder, |at| leading(self.stamp_record(at)?))
    }

    fn stamp_index(&self, folder: &Range<usize>, name: u64) -> Option<usize> {
        let key = |at| leading(self.stamp_record(folder.start + at)?.get(8..)?);
        let run = search::run(folder.len(), name, key);
        (!run.is_empty()).then(|| folder.start + run.start)
    }

    /// Whether there is such a value, without asking for it.
    pub(super) fn has_value(&self, content: &ContentKey, salt: u64) -> bool {
        self.value_index(content, salt).is_some()
    }

    /// Whether there is a stamp of this path, without asking for it.
    pub(super) fn has_stamp(&self, path: PathKey) -> bool {
        self.stamp_index(&self.folder(path.folder), path.name)
            .is_some()
    }

    pub(super) fn value(&self, content: &ContentKey, salt: u64) -> Option<&[u8]> {
        let index = self.value_index(content, salt)?;
        let value = self.bytes_at(self.value_record(index)?, 40)?;
        mark(&self.value_used, index);
        Some(value)
    }

    /// What is known of the file with a name in a folder, if it is in this state.
    pub(super) fn stamp(
        &self,
        folder: &Range<usize>,
        name: u64,
        stamp: &Stamp,
    ) -> Option<Known<'_>> {
        let index = self.stamp_index(folder, name)?;
        let record = self.stamp_record(index)?;
        let entry = stamp_entry(record)?;
        if entry.stamp != *stamp {
            return None;
        }
        mark(&self.stamp_used, index);
        let value = u32_at(record, 92)? as usize;
        mark(&self.value_used, value);
        Some(Known {
            content: entry.content,
            salt: entry.salt,
            value: (value < self.values)
                .then(|| self.bytes_at(record, 96))
                .flatten(),
        })
    }

    /// Of how many bytes it is; 0 where there is no file.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Whether anything that was asked for carries a day before `day`.
    pub(super) fn is_used_since_before(&self, day: u32) -> bool {
        let is_before = |record: Option<&[u8]>, at| {
            record
                .and_then(|record| u32_at(record, at))
                .is_some_and(|then| then < day)
        };
        let mut values = self.value_used.iter().enumerate();
        let mut stamps = self.stamp_used.iter().enumerate();
        values.any(|(index, used)| {
            used.load(Ordering::Relaxed) && is_before(self.value_record(index), 52)
        }) || stamps.any(|(index, used)| {
            used.load(Ordering::Relaxed) && is_before(self.stamp_record(index), 88)
        })
    }

    /// All values; those that were asked for carry the day `today`.
    pub(super) fn entries(&self, today: u32) -> impl Iterator<Item = Entry<'_>> {
        (0..self.values).filter_map(move |index| {
            let record = self.value_record(index)?;
            Some(Entry {
                content: ContentKey(array(record, 0)?),
                salt: u64_at(record, 32)?,
                day: if used(&self.value_used, index) {
                    today
                } else {
                    u32_at(record, 52)?
                },
                value: self.bytes_at(record, 40)?,
            })
        })
    }

    /// All stamps; those that were asked for carry the day `today`.
    pub(super) fn stamps(&self, today: u32) -> impl Iterator<Item = StampEntry> {
        (0..self.stamps).filter_map(move |index| {
            let mut entry = stamp_entry(self.stamp_record(index)?)?;
            if used(&self.stamp_used, index) {
                entry.day = today;
            }
            Some(entry)
        })
    }

    fn value_record(&self, index: usize) -> Option<&[u8]> {
        self.bytes.get(HEADER + index * ENTRY..)?.get(..ENTRY)
    }

    fn stamp_record(&self, index: usize) -> Option<&[u8]> {
        let start = HEADER + self.values * ENTRY + index * STAMP;
        self.bytes.get(start..)?.get(..STAMP)
    }

    /// The bytes of a value, whose offset and length stand in a record.
    fn bytes_at(&self, record: &[u8], at: usize) -> Option<&[u8]> {
        let start = HEADER + self.values * ENTRY + self.stamps * STAMP;
        let offset = usize::try_from(u64_at(record, at)?).ok()?;
        let length = u32_at(record, at + 8)? as usize;
        self.bytes.get(start..)?.get(offset..)?.get(..length)
    }
}

fn stamp_entry(record: &[u8]) -> Option<StampEntry> {
    Some(StampEntry {
        path: PathKey {
            folder: leading(record)?,
            name: leading(record.get(8..)?)?,
        },
        stamp: Stamp {
            mtime_ns: i64::from_le_bytes(array(record, 16)?),
            ctime_ns: i64::from_le_bytes(array(record, 24)?),
            size: u64_at(record, 32)?,
            inode: u64_at(record, 40)?,
        },
        content: ContentKey(array(record, 48)?),
        salt: u64_at(record, 80)?,
        day: u32_at(record, 88)?,
    })
}

/// The bytes of a cache file of at most `limit` bytes. What was asked for last stays.
pub(super) fn encode(
    key: &[u8; 32],
    mut entries: Vec<Entry<'_>>,
    mut stamps: Vec<StampEntry>,
    limit: u64,
) -> Vec<u8> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut room = limit.saturating_sub(HEADER);
    let mut fits = |size: usize| {
        let fits = size <= room;
        room -= if fits { size } else { 0 };
        fits
    };
    entries.retain(|entry| u32::try_from(entry.value.len()).is_ok());
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.day));
    entries.retain(|entry| fits(ENTRY + entry.value.len()));
    stamps.sort_by_key(|stamp| std::cmp::Reverse(stamp.day));
    stamps.retain(|_| fits(STAMP));
    entries.sort_by_key(|entry| (entry.content, entry.salt));
    stamps.sort_by_key(|stamp| stamp.path);

    let named: Vec<Option<usize>> = stamps
        .iter()
        .map(|stamp| {
            let key = (stamp.content, stamp.salt);
            let value = entries.binary_search_by_key(&key, |value| (value.content, value.salt));
            value.ok()
        })
        .collect();
    let mut offsets: Vec<Option<u64>> = vec![None; entries.len()];
    let mut values: Vec<u8> =
        Vec::with_capacity(entries.iter().map(|entry| entry.value.len()).sum());
    for at in named.iter().copied().flatten().chain(0..entries.len()) {
        if let (Some(offset @ None), Some(entry)) = (offsets.get_mut(at), entries.get(at)) {
            *offset = Some(values.len() as u64);
            values.extend(entry.value);
        }
    }
    let place = |at: usize| {
        let offset = offsets.get(at).copied().flatten().unwrap_or_default();
        let length = entries.get(at).map_or(0, |entry| entry.value.len() as u32);
        (offset, length)
    };

    let tables = entries.len() * ENTRY + stamps.len() * STAMP;
    let mut body = Vec::with_capacity(8 + tables + values.len());
    body.extend((entries.len() as u32).to_le_bytes());
    body.extend((stamps.len() as u32).to_le_bytes());
    for (at, entry) in entries.iter().enumerate() {
        let (offset, length) = place(at);
        body.extend(entry.content.0);
        body.extend(entry.salt.to_le_bytes());
        body.extend(offset.to_le_bytes());
        body.extend(length.to_le_bytes());
        body.extend(entry.day.to_le_bytes());
    }
    for (entry, value) in stamps.iter().zip(named) {
        let (offset, length) = value.map_or((0, 0), place);
        body.extend(entry.path.folder.to_be_bytes());
        body.extend(entry.path.name.to_be_bytes());
        body.extend(entry.stamp.mtime_ns.to_le_bytes());
        body.extend(entry.stamp.ctime_ns.to_le_bytes());
        body.extend(entry.stamp.size.to_le_bytes());
        body.extend(entry.stamp.inode.to_le_bytes());
        body.extend(entry.content.0);
        body.extend(entry.salt.to_le_bytes());
        body.extend(entry.day.to_le_bytes());
        body.extend(value.map_or(u32::MAX, |at| at as u32).to_le_bytes());
        body.extend(offset.to_le_bytes());
        body.extend(length.to_le_bytes());
    }
    body.extend(values);
    seal(key, &body)
}

/// Puts magic, hash and key before a body.
pub(super) fn seal(key: &[u8; 32], body: &[u8]) -> Vec<u8> {
    let hash = blake3::Hasher::new().update(key).update(body).finalize();
    [&MAGIC[..], hash.as_bytes(), key, body].concat()
}

/// The first bytes of a key as a number, in the order of keys.
fn leading(key: &[u8]) -> Option<u64> {
    array(key, 0).map(u64::from_be_bytes)
}

fn mark(flags: &[AtomicBool], index: usize) {
    if let Some(flag) = flags.get(index) {
        flag.store(true, Ordering::Relaxed);
    }
}

fn used(flags: &[AtomicBool], index: usize) -> bool {
    flags
        .get(index)
        .is_some_and(|flag| flag.load(Ordering::Relaxed))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.get(..N)?.try_into().ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}
