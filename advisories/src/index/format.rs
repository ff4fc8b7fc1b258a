//! The layout of the index file.
//!
//! ```text
//! header    magic, format, length of the file, BLAKE3 of the content, BLAKE3 of header and meta,
//!           one (offset, length) per section
//! content   Blobs     one record per advisory: texts, links, ratings (postcard)
//!           Groups    ids that are aliases of each other (postcard)
//!           Records   a fixed-size row per advisory: where its blob and its group are
//!           Packages  per package: its name and the affected versions per advisory
//!           Slots     fixed-size rows (hash of ecosystem and name, place in Packages), ascending
//!           Epss      fixed-size rows (CVE, probability, percentile), ascending
//!           Kev       CVEs, ascending
//! meta      JSON: source, time of the download, counts
//! ```
//!
//! Numbers are little-endian. The content's hash does not depend on when or from where the data came, so
//! the same records give the same hash; the meta data has its own, checked at every open since it is
//! small. Sections are found through the header, and every read is checked against the bounds of its
//! section: a file with arbitrary bytes gives errors or wrong answers, never a panic.

use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::exploit::{CveKey, EpssScore};

pub(crate) const MAGIC: [u8; 8] = *b"CORTEXDB";

/// Counts up with every change of the layout; an index of another format is built anew.
pub(crate) const FORMAT: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Blobs,
    Groups,
    Records,
    Packages,
    Slots,
    Epss,
    Kev,
    Meta,
}

const SECTIONS: usize = 8;
const META_HASH_AT: usize = 56;
const TABLE_AT: usize = 88;
pub(crate) const HEADER: usize = TABLE_AT + SECTIONS * 16;

/// What the meta section holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) source: String,
    pub(crate) fetched: jiff::Timestamp,
    pub(crate) ecosystems: BTreeMap<String, EcosystemInfo>,
    pub(crate) epss_date: Option<String>,
    pub(crate) kev_version: Option<String>,
}

/// What the data holds on one ecosystem.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EcosystemInfo {
    /// Records, withdrawn ones included.
    pub records: u64,
    /// Records that were withdrawn and match nothing.
    pub withdrawn: u64,
    /// Entries of the archive that are no readable records.
    pub broken: u64,
    /// Affected entries with a range that could not be ordered; they answer "unknown".
    pub unordered: u64,
    /// The newest `modified` of its records, RFC 3339.
    pub newest: Option<String>,
}

/// Why bytes are not an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    NotAnIndex,
    Format(u32),
    Corrupt(&'static str),
}

/// Where the sections of an index are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) content_hash: [u8; 32],
    sections: [Range<usize>; SECTIONS],
}

impl Layout {
    /// Reads the header and checks it and the meta section, but not the content.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Meta), Flaw> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Flaw::NotAnIndex);
        }
        let cut = Flaw::Corrupt("the header is cut off");
        let format = u32_at(bytes, 8).ok_or(cut)?;
        if format != FORMAT {
            return Err(Flaw::Format(format));
        }
        let header = bytes.get(..HEADER).ok_or(cut)?;
        if u64_at(bytes, 16) != Some(bytes.len() as u64) {
            return Err(Flaw::Corrupt(
                "its length is not the one it was written with",
            ));
        }
        let mut sections: [Range<usize>; SECTIONS] = Default::default();
        for (number, section) in sections.iter_mut().enumerate() {
            let at = TABLE_AT + number * 16;
            let offset = usize_at(header, at).ok_or(cut)?;
            let length = usize_at(header, at + 8).ok_or(cut)?;
            let end = offset
                .checked_add(length)
                .filter(|end| *end <= bytes.len() && offset >= HEADER)
                .ok_or(Flaw::Corrupt("a section lies outside of the file"))?;
            *section = offset..end;
        }
        let layout = Self {
            content_hash: array_at(header, 24).ok_or(cut)?,
            sections,
        };
        let meta = layout.section(bytes, Section::Meta);
        if array_at(header, META_HASH_AT) != Some(meta_hash(header, meta)) {
            return Err(Flaw::Corrupt(
                "the header does not have the hash it was written with",
            ));
        }
        let meta = serde_json::from_slice(meta)
            .map_err(|_| Flaw::Corrupt("the meta data cannot be read"))?;
        Ok((layout, meta))
    }

    /// The bytes of a section. `bytes` must be those that the layout was read from.
    pub(crate) fn section<'a>(&self, bytes: &'a [u8], section: Section) -> &'a [u8] {
        self.sections
            .get(section as usize)
            .and_then(|range| bytes.get(range.clone()))
            .unwrap_or_default()
    }

    /// All bytes between header and meta data.
    pub(crate) fn content<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let end = self.sections[Section::Meta as usize].start;
        bytes.get(HEADER..end).unwrap_or_default()
    }
}

/// The hash of the header (its own field as zeros) and the meta section.
fn meta_hash(header: &[u8], meta: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header.get(..META_HASH_AT).unwrap_or_default());
    hasher.update(&[0; 32]);
    hasher.update(header.get(TABLE_AT..).unwrap_or_default());
    hasher.update(meta);
    *hasher.finalize().as_bytes()
}

/// Writes an index front to back; only the header is written last.
pub(crate) struct Writer<W> {
    out: W,
    at: u64,
    hasher: blake3::Hasher,
    sections: [(u64, u64); SECTIONS],
    current: Section,
}

impl<W: Write + Seek> Writer<W> {
    /// Starts with the section of blobs.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&[0; HEADER])?;
        let mut writer = Self {
            out,
            at: HEADER as u64,
            hasher: blake3::Hasher::new(),
            sections: [(0, 0); SECTIONS],
            current: Section::Blobs,
        };
        writer.begin(Section::Blobs);
        Ok(writer)
    }

    /// Ends the current section and begins another.
    pub(crate) fn begin(&mut self, section: Section) {
        self.current = section;
        self.sections[section as usize] = (self.at, 0);
    }

    /// Appends to the current section and says where in it the bytes begin.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.out.write_all(bytes)?;
        if self.current != Section::Meta {
            self.hasher.update(bytes);
        }
        let (_, length) = &mut self.sections[self.current as usize];
        let place = *length;
        *length += bytes.len() as u64;
        self.at += bytes.len() as u64;
        Ok(place)
    }

    /// Writes meta data and header; gives back the output and the content's hash.
    pub(crate) fn finish(mut self, meta: &Meta) -> io::Result<(W, [u8; 32])> {
        self.begin(Section::Meta);
        let meta = serde_json::to_vec(meta).map_err(io::Error::other)?;
        self.append(&meta)?;
        let content_hash = *self.hasher.finalize().as_bytes();
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&FORMAT.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        header.extend_from_slice(&self.at.to_le_bytes());
        header.extend_from_slice(&content_hash);
        header.extend_from_slice(&[0; 32]);
        for (offset, length) in self.sections {
            header.extend_from_slice(&offset.to_le_bytes());
            header.extend_from_slice(&length.to_le_bytes());
        }
        let hash = meta_hash(&header, &meta);
        header[META_HASH_AT..TABLE_AT].copy_from_slice(&hash);
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header)?;
        self.out.flush()?;
        Ok((self.out, content_hash))
    }
}

/// Writes the index `bytes` again with other meta data, its content unchanged.
pub(crate) fn with_meta<W: Write>(
    bytes: &[u8],
    layout: &Layout,
    meta: &Meta,
    out: &mut W,
) -> io::Result<()> {
    let meta = serde_json::to_vec(meta).map_err(io::Error::other)?;
    let content = layout.content(bytes);
    let mut header = bytes.get(..HEADER).unwrap_or_default().to_vec();
    let length = (HEADER + content.len() + meta.len()) as u64;
    header[16..24].copy_from_slice(&length.to_le_bytes());
    let entry = TABLE_AT + Section::Meta as usize * 16;
    header[entry + 8..entry + 16].copy_from_slice(&(meta.len() as u64).to_le_bytes());
    let hash = meta_hash(&header, &meta);
    header[META_HASH_AT..TABLE_AT].copy_from_slice(&hash);
    out.write_all(&header)?;
    out.write_all(content)?;
    out.write_all(&meta)
}

/// The hash under which a package is looked up: 64-bit FNV-1a over ecosystem, a zero byte, and name.
/// Names are compared as well, so a collision costs time and nothing else.
pub(crate) fn package_hash(ecosystem: &str, name: &str) -> u64 {
    let bytes = ecosystem.bytes().chain([0]).chain(name.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A row of the Slots section.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) hash: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// A row of the Records section.
#[derive(Clone, Copy)]
pub(crate) struct RecordRow {
    pub(crate) blob: u64,
    pub(crate) blob_length: u32,
    pub(crate) group_length: u32,
    pub(crate) group: u64,
}

/// Rows of one size.
pub(crate) trait Row: Sized {
    const SIZE: usize;
    fn decode(bytes: &[u8]) -> Option<Self>;
    fn encode(&self, out: &mut Vec<u8>);

    /// The row with this number.
    fn get(section: &[u8], number: usize) -> Option<Self> {
        let at = number.checked_mul(Self::SIZE)?;
        Self::decode(section.get(at..at.checked_add(Self::SIZE)?)?)
    }
}

impl Row for Slot {
    const SIZE: usize = 24;

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            hash: u64_at(bytes, 0)?,
            offset: u64_at(bytes, 8)?,
            length: u64_at(bytes, 16)?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        for number in [self.hash, self.offset, self.length] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

impl Row for RecordRow {
    const SIZE: usize = 24;

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            blob: u64_at(bytes, 0)?,
            blob_length: u32_at(bytes, 8)?,
            group_length: u32_at(bytes, 12)?,
            group: u64_at(bytes, 16)?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.blob.to_le_bytes());
        out.extend_from_slice(&self.blob_length.to_le_bytes());
        out.extend_from_slice(&self.group_length.to_le_bytes());
        out.extend_from_slice(&self.group.to_le_bytes());
    }
}

impl Row for (CveKey, EpssScore) {
    const SIZE: usize = 24;

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some((
            CveKey(u64_at(bytes, 0)?),
            EpssScore {
                probability: f64::from_bits(u64_at(bytes, 8)?),
                percentile: f64::from_bits(u64_at(bytes, 16)?),
            },
        ))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.0.to_le_bytes());
        out.extend_from_slice(&self.1.probability.to_bits().to_le_bytes());
        out.extend_from_slice(&self.1.percentile.to_bits().to_le_bytes());
    }
}

impl Row for CveKey {
    const SIZE: usize = 8;

    fn decode(bytes: &[u8]) -> Option<Self> {
        u64_at(bytes, 0).map(Self)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
}

/// The number of the first row whose key is not below `key`, in rows that ascend by it.
pub(crate) fn lower_bound<R: Row, K: Ord>(
    section: &[u8],
    key: &K,
    key_of: impl Fn(&R) -> K,
) -> usize {
    let (mut low, mut high) = (0, section.len() / R::SIZE);
    while low < high {
        let middle = low + (high - low) / 2;
        match R::get(section, middle) {
            Some(row) if key_of(&row) < *key => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

/// What the Blobs section holds per advisory.
#[derive(Serialize, Deserialize)]
pub(crate) struct Blob<'a> {
    pub(crate) id: &'a str,
    pub(crate) modified: &'a str,
    pub(crate) published: Option<&'a str>,
    pub(crate) summary: &'a str,
    pub(crate) details: &'a str,
    #[serde(borrow)]
    pub(crate) cwe_ids: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) references: Vec<(&'a str, &'a str)>,
    /// What differs from package to package.
    #[serde(borrow)]
    pub(crate) parts: Vec<Part<'a>>,
}

/// What an advisory says of one of its packages, beside the versions.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part<'a> {
    pub(crate) severity: Option<crate::Severity>,
    pub(crate) score: Option<f64>,
    pub(crate) vector: Option<&'a str>,
    pub(crate) informational: Option<&'a str>,
    #[serde(borrow)]
    pub(crate) functions: Vec<&'a str>,
}

/// The head of a package in the Packages section; the entries follow, each as the number of its record
/// and its length (both `u32`) and an [`Entry`].
#[derive(Serialize, Deserialize)]
pub(crate) struct PackageHead<'a> {
    pub(crate) ecosystem: &'a str,
    pub(crate) name: &'a str,
}

/// The versions of a package that one advisory speaks of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entry<'a> {
    /// Number of the [`Part`] in the record's blob.
    pub(crate) part: u32,
    /// Whether some range could not be ordered.
    pub(crate) unordered: bool,
    /// Whether there is any range.
    pub(crate) ranged: bool,
    #[serde(borrow)]
    pub(crate) intervals: Vec<Stretch<'a>>,
    #[serde(borrow)]
    pub(crate) versions: Vec<&'a str>,
}

/// An interval of affected versions as keys; see [`crate::matching::Interval`].
#[derive(Serialize, Deserialize)]
pub(crate) struct Stretch<'a> {
    pub(crate) from: &'a [u8],
    #[serde(borrow)]
    pub(crate) to: Until<'a>,
    pub(crate) fixed: Option<&'a str>,
}

/// The end of a [`Stretch`].
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Until<'a> {
    Never,
    Before(&'a [u8]),
    After(&'a [u8]),
}

impl Stretch<'_> {
    pub(crate) fn holds(&self, key: &[u8]) -> bool {
        self.from <= key
            && match self.to {
                Until::Never => true,
                Until::Before(end) => key < end,
                Until::After(end) => key <= end,
            }
    }

    /// Whether every version there can be is in it.
    pub(crate) fn is_everything(&self) -> bool {
        self.from.is_empty() && matches!(self.to, Until::Never)
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    u64_at(bytes, at).and_then(|number| usize::try_from(number).ok())
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
