//! Reading the records of an archive, in parallel and within bounds.
//!
//! Nothing that an archive says about itself is believed: sizes are those of the bytes that come out, and
//! names of entries are for messages only.

use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use zip::ZipArchive;

use super::Limits;
use crate::osv::Record;

/// Names in messages are cut here.
const MAX_NAME: usize = 120;

/// An archive of records.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// The entries that hold records, in the order of their names, so that the result does not depend on
    /// how the archive was packed.
    entries: Vec<usize>,
    limits: &'a Limits,
    unpacked: AtomicU64,
}

/// A record, or the name of its entry and what is wrong with it.
pub(super) type Reading<T> = Result<T, (String, String)>;

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, String> {
        // Every entry of the directory begins with this mark. Counting it first bounds the memory that
        // reading the directory takes.
        let marks = memchr::memmem::find_iter(bytes, b"PK\x01\x02").count();
        if marks > limits.entries {
            return Err(format!("more than {} entries", limits.entries));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        let mut named: Vec<(Vec<u8>, usize)> = zip
            .file_names_raw()
            .enumerate()
            .filter(|(_, name)| name.ends_with(b".json"))
            .map(|(number, name)| (name.to_vec(), number))
            .collect();
        named.sort_unstable();
        Ok(Self {
            zip,
            entries: named.into_iter().map(|(_, number)| number).collect(),
            limits,
            unpacked: AtomicU64::new(0),
        })
    }

    /// How many entries may hold records.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Reads the records in portions, so that not all of them are in memory at once. The result of
    /// `prepare` comes in the order of the entries' names.
    pub(super) fn portions<T: Send>(
        &self,
        prepare: impl Fn(Record) -> T + Sync,
        mut take: impl FnMut(Vec<Reading<T>>) -> Result<(), super::UpdateError>,
    ) -> Result<Result<(), String>, super::UpdateError> {
        const PORTION: usize = 4_096;
        for numbers in self.entries.chunks(PORTION) {
            let read: Vec<_> = numbers
                .par_iter()
                .map_init(
                    || self.zip.clone(),
                    |zip, number| self.read(zip, *number).map(&prepare),
                )
                .collect();
            if self.unpacked.load(Ordering::Relaxed) > self.limits.unpacked_bytes {
                return Ok(Err(format!(
                    "unpacks to more than {} bytes",
                    self.limits.unpacked_bytes
                )));
            }
            take(read)?;
        }
        Ok(Ok(()))
    }

    fn read(&self, zip: &mut ZipArchive<Cursor<&'a [u8]>>, number: usize) -> Reading<Record> {
        let name = zip.name_for_index(number).and_then(Result::ok).map_or_else(
            || format!("entry {number}"),
            |name| name.chars().take(MAX_NAME).collect(),
        );
        let broken = |reason: String| Err((name.clone(), reason));
        if self.unpacked.load(Ordering::Relaxed) > self.limits.unpacked_bytes {
            return broken("not read".to_owned());
        }
        let entry = match zip.by_index(number) {
            Ok(entry) => entry,
            Err(error) => return broken(error.to_string()),
        };
        let mut bytes = Vec::new();
        let result = entry
            .take(self.limits.entry_bytes + 1)
            .read_to_end(&mut bytes);
        self.unpacked
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if bytes.len() as u64 > self.limits.entry_bytes {
            return broken(format!("larger than {} bytes", self.limits.entry_bytes));
        }
        if let Err(error) = result {
            return broken(error.to_string());
        }
        match Record::from_json(&bytes) {
            Ok(record) => Ok(record),
            Err(error) => broken(error.to_string()),
        }
    }
}
