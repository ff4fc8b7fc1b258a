//! Records in, index out.
//!
//! Records are prepared one by one (in parallel, by the caller) and appended in the order in which they
//! are added; texts go straight to the output, so that memory holds only what is needed for the tables.
//! The output is a function of the records and their order.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Seek, Write};

use serde_json::Value;

use super::format::{
    Blob, EcosystemInfo, Entry, Meta, PackageHead, Part, RecordRow, Row, Section, Slot, Stretch,
    Until, Writer, package_hash,
};
use crate::aliases::Groups;
use crate::ecosystem::{self, Ecosystem};
use crate::exploit::{Epss, Kev};
use crate::matching::{End, Interval, identify, intervals};
use crate::osv::{Affected, RangeKind, Record, is_id};
use crate::rating::{informational, rate};

/// Bounds on what is kept of one record's texts, in bytes and entries. Real records stay far below.
const MAX_SUMMARY: usize = 2_000;
const MAX_DETAILS: usize = 64_000;
const MAX_LINK: usize = 2_000;
const MAX_LIST: usize = 200;

/// A record, ready to be added to an index.
pub(crate) struct Prepared {
    id: String,
    aliases: Vec<String>,
    modified: String,
    blob: Vec<u8>,
    entries: Vec<PreparedEntry>,
    pub(crate) withdrawn: bool,
    /// Affected entries with a range that could not be ordered, by ecosystem.
    pub(crate) unordered: Vec<&'static str>,
}

struct PreparedEntry {
    ecosystem: &'static str,
    name: String,
    bytes: Vec<u8>,
}

impl Prepared {
    /// The record's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The record's `modified`.
    pub(crate) fn modified(&self) -> &str {
        &self.modified
    }

    /// Does all of the work on a record that does not depend on other records.
    pub(crate) fn new(record: &Record) -> Self {
        let mut prepared = Self {
            id: record.id.clone(),
            aliases: Vec::new(),
            modified: record.modified.clone(),
            blob: Vec::new(),
            entries: Vec::new(),
            withdrawn: record.is_withdrawn(),
            unordered: Vec::new(),
        };
        if prepared.withdrawn {
            return prepared;
        }
        let ratings: Vec<_> = record.affected.iter().map(|it| rate(record, it)).collect();
        let mut parts: Vec<Part<'_>> = Vec::new();
        for (affected, rating) in record.affected.iter().zip(&ratings) {
            let Some((ecosystem, name)) = affected
                .package
                .as_ref()
                .and_then(identify)
                .and_then(|(ecosystem, name)| Some((ecosystem::by_name(&ecosystem)?, name)))
            else {
                continue;
            };
            let part = Part {
                severity: rating.severity,
                score: rating.score,
                vector: rating.vector.as_deref(),
                informational: informational(affected),
                functions: functions(affected),
            };
            if parts.last() != Some(&part) {
                parts.push(part);
            }
            let (bytes, unordered) = entry(affected, ecosystem, parts.len() as u32 - 1);
            if unordered {
                prepared.unordered.push(ecosystem.name());
            }
            prepared.entries.push(PreparedEntry {
                ecosystem: ecosystem.name(),
                name: ecosystem.normalize(&name).into_owned(),
                bytes,
            });
        }
        if prepared.entries.is_empty() {
            return prepared;
        }
        prepared.aliases = record
            .aliases
            .iter()
            .filter(|alias| is_id(alias))
            .take(MAX_LIST)
            .cloned()
            .collect();
        let blob = Blob {
            id: &record.id,
            modified: &record.modified,
            published: record.published.as_deref(),
            summary: cut(record.summary.as_deref().unwrap_or_default(), MAX_SUMMARY),
            details: cut(record.details.as_deref().unwrap_or_default(), MAX_DETAILS),
            cwe_ids: strings(record.database_specific.get("cwe_ids")),
            references: record
                .references
                .iter()
                .filter(|link| link.url.len() <= MAX_LINK)
                .take(MAX_LIST)
                .map(|link| (cut(&link.kind, 40), link.url.as_str()))
                .collect(),
            parts,
        };
        prepared.blob = encode(&blob);
        prepared
    }
}

fn entry(affected: &Affected, ecosystem: &dyn Ecosystem, part: u32) -> (Vec<u8>, bool) {
    let mut spans: Vec<Interval> = Vec::new();
    let mut unordered = false;
    for range in &affected.ranges {
        match intervals(range, ecosystem) {
            Some(more) => spans.extend(more),
            None => unordered = true,
        }
    }
    let entry = Entry {
        part,
        unordered,
        ranged: affected
            .ranges
            .iter()
            .any(|range| range.kind != RangeKind::Git),
        intervals: spans
            .iter()
            .map(|span| Stretch {
                from: span.from.as_bytes(),
                to: match &span.to {
                    End::Never => Until::Never,
                    End::Before(key) => Until::Before(key.as_bytes()),
                    End::After(key) => Until::After(key.as_bytes()),
                },
                fixed: span.fixed.as_deref(),
            })
            .collect(),
        versions: affected.versions.iter().map(String::as_str).collect(),
    };
    (encode(&entry), unordered)
}

/// Postcard of a type whose serialisation cannot fail: strings, numbers and lists of known length.
fn encode<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}

/// Names of affected functions, as `RustSec` (`affects.functions`) and GitHub (`affected_functions`)
/// write them.
fn functions(affected: &Affected) -> Vec<&str> {
    let specific = &affected.ecosystem_specific;
    let mut names = strings(specific.pointer("/affects/functions"));
    names.extend(strings(specific.get("affected_functions")));
    names.truncate(MAX_LIST);
    names
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    value
        .and_then(Value::as_array)
        .map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .filter(|text| text.len() <= MAX_LINK)
                .take(MAX_LIST)
                .collect()
        })
        .unwrap_or_default()
}

/// The first `most` bytes of a text, not splitting a character.
fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

type PackageKey = (&'static str, String);

/// Builds an index.
pub(crate) struct Compiler<W> {
    writer: Writer<W>,
    records: Vec<AddedRecord>,
    by_id: HashMap<String, usize>,
    /// Numbers of records and encoded entries, by ecosystem and name.
    packages: BTreeMap<PackageKey, Vec<(u32, Vec<u8>)>>,
    ecosystems: BTreeMap<String, EcosystemInfo>,
}

struct AddedRecord {
    id: String,
    aliases: Vec<String>,
    modified: String,
    row: RecordRow,
    /// A later version of the record has been added.
    replaced: bool,
}

/// What the meta section says beside counts.
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a str,
    pub(crate) fetched: jiff::Timestamp,
    pub(crate) epss: Option<&'a Epss>,
    pub(crate) kev: Option<&'a Kev>,
}

impl<W: Write + Seek> Compiler<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        Ok(Self {
            writer: Writer::new(out)?,
            records: Vec::new(),
            by_id: HashMap::new(),
            packages: BTreeMap::new(),
            ecosystems: BTreeMap::new(),
        })
    }

    /// The counts of an ecosystem, which exists from the first call on.
    pub(crate) fn ecosystem(&mut self, name: &str) -> &mut EcosystemInfo {
        self.ecosystems.entry(name.to_owned()).or_default()
    }

    /// Adds a record that was found in the data of `ecosystem`. A record that is already there (one with
    /// packages of two ecosystems stands in both archives) is taken again only if it is newer.
    pub(crate) fn add(&mut self, ecosystem: &str, prepared: Prepared) -> io::Result<()> {
        let info = self.ecosystem(ecosystem);
        info.records += 1;
        info.withdrawn += u64::from(prepared.withdrawn);
        for &name in &prepared.unordered {
            self.ecosystem(name).unordered += 1;
        }
        if let Some(&number) = self.by_id.get(&prepared.id) {
            let Some(known) = self.records.get_mut(number) else {
                return Ok(());
            };
            if !is_later(&prepared.modified, &known.modified) {
                return Ok(());
            }
            known.replaced = true;
        }
        let number = self.records.len();
        let blob = self.writer.append(&prepared.blob)?;
        for entry in prepared.entries {
            self.packages
                .entry((entry.ecosystem, entry.name))
                .or_default()
                .push((number as u32, entry.bytes));
        }
        self.by_id.insert(prepared.id.clone(), number);
        self.records.push(AddedRecord {
            id: prepared.id,
            aliases: prepared.aliases,
            modified: prepared.modified,
            row: RecordRow {
                blob,
                blob_length: prepared.blob.len() as u32,
                group: 0,
                group_length: 0,
            },
            replaced: false,
        });
        Ok(())
    }

    /// Writes the tables. Gives back the output, the meta data and the content's hash.
    pub(crate) fn finish(mut self, origin: &Origin<'_>) -> io::Result<(W, Meta, [u8; 32])> {
        self.write_groups()?;
        self.writer.begin(Section::Records);
        let mut buffer = Vec::new();
        for record in &self.records {
            record.row.encode(&mut buffer);
        }
        self.writer.append(&buffer)?;
        self.write_packages()?;

        buffer.clear();
        self.writer.begin(Section::Epss);
        for row in origin.epss.map_or(&[][..], |epss| &epss.scores) {
            row.encode(&mut buffer);
        }
        self.writer.append(&buffer)?;

        buffer.clear();
        self.writer.begin(Section::Kev);
        for row in origin.kev.map_or(&[][..], |kev| &kev.cves) {
            row.encode(&mut buffer);
        }
        self.writer.append(&buffer)?;

        let meta = Meta {
            source: origin.source.to_owned(),
            fetched: origin.fetched,
            ecosystems: self.ecosystems,
            epss_date: origin.epss.and_then(|epss| epss.date.clone()),
            kev_version: origin.kev.and_then(|kev| kev.version.clone()),
        };
        let (out, hash) = self.writer.finish(&meta)?;
        Ok((out, meta, hash))
    }

    fn write_groups(&mut self) -> io::Result<()> {
        let mut groups = Groups::default();
        for record in self.records.iter().filter(|record| !record.replaced) {
            groups.add(&record.id, record.aliases.iter().map(String::as_str));
        }
        let (members, group_of) = groups.finish();
        self.writer.begin(Section::Groups);
        let mut places = Vec::with_capacity(members.len());
        for group in &members {
            let bytes = encode(group);
            places.push((self.writer.append(&bytes)?, bytes.len() as u32));
        }
        for record in &mut self.records {
            let place = group_of
                .get(&record.id)
                .and_then(|group| places.get(*group as usize));
            if let Some(&(group, length)) = place {
                record.row.group = group;
                record.row.group_length = length;
            }
        }
        Ok(())
    }

    fn write_packages(&mut self) -> io::Result<()> {
        self.writer.begin(Section::Packages);
        let mut slots = Vec::with_capacity(self.packages.len());
        for ((ecosystem, name), entries) in std::mem::take(&mut self.packages) {
            let head = PackageHead {
                ecosystem,
                name: &name,
            };
            let mut bytes = encode(&head);
            for (record, entry) in entries {
                let replaced = self
                    .records
                    .get(record as usize)
                    .is_none_or(|record| record.replaced);
                if !replaced {
                    bytes.extend_from_slice(&record.to_le_bytes());
                    bytes.extend_from_slice(&(entry.len() as u32).to_le_bytes());
                    bytes.extend_from_slice(&entry);
                }
            }
            slots.push(Slot {
                hash: package_hash(ecosystem, &name),
                offset: self.writer.append(&bytes)?,
                length: bytes.len() as u64,
            });
        }
        slots.sort_by_key(|slot| (slot.hash, slot.offset));
        self.writer.begin(Section::Slots);
        let mut buffer = Vec::with_capacity(slots.len() * Slot::SIZE);
        for slot in slots {
            slot.encode(&mut buffer);
        }
        self.writer.append(&buffer)?;
        Ok(())
    }
}

/// Whether one RFC 3339 time is after another. A time that cannot be read is before every other.
pub(crate) fn is_later(a: &str, b: &str) -> bool {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    time(a) > time(b)
}
