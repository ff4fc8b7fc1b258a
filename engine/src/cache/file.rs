//! The layout of a cache file: fixed-size records, sorted, so that opening one is reading it and
//! checking its hash, and a look-up is a binary search. Integers are little-endian.
//!
//! ```text
//! 8   magic and version
//! 32  BLAKE3 of all that follows
//! 32  key of the cache
//! 8   number of values, number of stamps (u32 each)
//! 56… values: content key 32, salt 8, offset 8 (from the end of the tables), length 4, day 4
//! 84… stamps: path key 16, mtime 8, ctime 8, size 8, inode 8, content key 32, day 4
//! …   bytes of the values
//! ```

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::{ContentKey, DAY, is_older};
use crate::source::Stamp;

const MAGIC: &[u8; 8] = b"CRTXcch\x01";
const SEALED: usize = 40;
const HEADER: usize = 80;
const ENTRY: usize = 56;
const STAMP: usize = 84;

/// A cache file in memory. Remembers what was asked for.
#[derive(Debug, Default)]
pub(super) struct File {
    bytes: Vec<u8>,
    values: usize,
    stamps: usize,
    value_used: Vec<AtomicBool>,
    stamp_used: Vec<AtomicBool>,
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
    pub(super) path: [u8; 16],
    pub(super) stamp: Stamp,
    pub(super) content: ContentKey,
    /// When it was last asked for, in days since 1970.
    pub(super) day: u32,
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
            || bytes.get(8..SEALED)? != blake3::hash(sealed).as_bytes()
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

    pub(super) fn value(&self, content: &ContentKey, salt: u64) -> Option<&[u8]> {
        let index = search(self.values, |index| {
            let record = self.value_record(index)?;
            Some(
                record
                    .get(..32)?
                    .cmp(&content.0)
                    .then(u64_at(record, 32)?.cmp(&salt)),
            )
        })?;
        let value = self.bytes_of(self.value_record(index)?)?;
        mark(&self.value_used, index);
        Some(value)
    }

    pub(super) fn stamp(&self, path: &[u8; 16], stamp: &Stamp) -> Option<ContentKey> {
        let index = search(self.stamps, |index| {
            Some(self.stamp_record(index)?.get(..16)?.cmp(path))
        })?;
        let entry = stamp_entry(self.stamp_record(index)?)?;
        if entry.stamp != *stamp {
            return None;
        }
        mark(&self.stamp_used, index);
        Some(entry.content)
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
                value: self.bytes_of(record)?,
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

    fn bytes_of(&self, record: &[u8]) -> Option<&[u8]> {
        let start = HEADER + self.values * ENTRY + self.stamps * STAMP;
        let offset = usize::try_from(u64_at(record, 40)?).ok()?;
        let length = u32_at(record, 48)? as usize;
        self.bytes.get(start..)?.get(offset..)?.get(..length)
    }
}

fn stamp_entry(record: &[u8]) -> Option<StampEntry> {
    Some(StampEntry {
        path: array(record, 0)?,
        stamp: Stamp {
            mtime_ns: i64::from_le_bytes(array(record, 16)?),
            ctime_ns: i64::from_le_bytes(array(record, 24)?),
            size: u64_at(record, 32)?,
            inode: u64_at(record, 40)?,
        },
        content: ContentKey(array(record, 48)?),
        day: u32_at(record, 80)?,
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

    let values: usize = entries.iter().map(|entry| entry.value.len()).sum();
    let mut body = Vec::with_capacity(8 + entries.len() * ENTRY + stamps.len() * STAMP + values);
    body.extend((entries.len() as u32).to_le_bytes());
    body.extend((stamps.len() as u32).to_le_bytes());
    let mut offset = 0_u64;
    for entry in &entries {
        body.extend(entry.content.0);
        body.extend(entry.salt.to_le_bytes());
        body.extend(offset.to_le_bytes());
        body.extend((entry.value.len() as u32).to_le_bytes());
        body.extend(entry.day.to_le_bytes());
        offset += entry.value.len() as u64;
    }
    for entry in &stamps {
        body.extend(entry.path);
        body.extend(entry.stamp.mtime_ns.to_le_bytes());
        body.extend(entry.stamp.ctime_ns.to_le_bytes());
        body.extend(entry.stamp.size.to_le_bytes());
        body.extend(entry.stamp.inode.to_le_bytes());
        body.extend(entry.content.0);
        body.extend(entry.day.to_le_bytes());
    }
    for entry in &entries {
        body.extend(entry.value);
    }
    seal(key, &body)
}

/// Puts magic, hash and key before a body.
pub(super) fn seal(key: &[u8; 32], body: &[u8]) -> Vec<u8> {
    let hash = blake3::Hasher::new().update(key).update(body).finalize();
    [&MAGIC[..], hash.as_bytes(), key, body].concat()
}

fn search(count: usize, compare: impl Fn(usize) -> Option<std::cmp::Ordering>) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        match compare(middle)? {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(middle),
        }
    }
    None
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
