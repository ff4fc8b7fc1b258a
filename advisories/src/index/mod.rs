//! The advisory database: one file, mapped into memory.
//!
//! Opening reads the header and a short JSON text, whatever the size of the file. A query finds the
//! package by binary search over a table of hashes, compares version keys as bytes, and decodes an
//! advisory's texts only when it matched.

pub(crate) mod compile;
mod fold;
pub(crate) mod format;
pub(crate) mod map;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use fold::{Match, Reference};
pub use format::EcosystemInfo;

use crate::ecosystem::{self, Coordinates};
use crate::exploit::{CveKey, EpssScore};
use format::{Entry, Flaw, Layout, Meta, PackageHead, RecordRow, Row, Section, Slot};
use map::Map;

/// The name of the index in a data folder.
pub const INDEX_FILE: &str = "advisories.index";

/// What to do about an index that cannot be used.
const REMEDY: &str = "run `cortex db update` to build it anew";

/// An advisory database. Cheap to clone and to share between threads.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    bytes: Bytes,
    layout: Layout,
    meta: Meta,
    info: DatabaseInfo,
    path: PathBuf,
}

enum Bytes {
    Mapped(Map),
    Owned(Vec<u8>),
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// What a database is and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInfo {
    /// Downloaded data, or the built-in sample.
    pub kind: DatabaseKind,
    /// Where it was downloaded from, without credentials.
    pub source: String,
    /// When the data was last compared with its source. For the sample: the newest change in it.
    pub fetched: jiff::Timestamp,
    /// BLAKE3 of the content, 64 hex digits. The same records give the same hash.
    pub hash: String,
    /// Records per ecosystem (OSV name), withdrawn ones included.
    pub records: BTreeMap<String, u64>,
    /// More on each ecosystem.
    pub ecosystems: BTreeMap<String, EcosystemInfo>,
    /// The date of the EPSS scores, if there are any.
    pub epss_date: Option<String>,
    /// The version of the KEV catalogue, if there is one.
    pub kev_version: Option<String>,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A few well-known advisories that are part of the program.
    Sample,
    /// Data that `cortex db update` has downloaded.
    Database,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.0.path)
            .field("info", &self.0.info)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens an index file, or the index in a data folder. Checks the header and the meta data, not the
    /// content (see [`verify`](Self::verify)).
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let path = if path.is_dir() {
            path.join(INDEX_FILE)
        } else {
            path.to_owned()
        };
        let map = Map::open(&path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                DatabaseError::Absent { path: path.clone() }
            } else {
                DatabaseError::Io {
                    path: path.clone(),
                    source,
                }
            }
        })?;
        Self::new(Bytes::Mapped(map), path, DatabaseKind::Database)
    }

    /// Opens an index that is in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, DatabaseError> {
        Self::new(
            Bytes::Owned(bytes),
            PathBuf::from("(memory)"),
            DatabaseKind::Database,
        )
    }

    pub(crate) fn sample_from_bytes(bytes: Vec<u8>) -> Result<Self, DatabaseError> {
        Self::new(
            Bytes::Owned(bytes),
            PathBuf::from("(sample)"),
            DatabaseKind::Sample,
        )
    }

    /// A database without data, which covers nothing.
    pub(crate) fn empty() -> Self {
        let meta = Meta {
            source: String::new(),
            fetched: jiff::Timestamp::UNIX_EPOCH,
            ecosystems: BTreeMap::new(),
            epss_date: None,
            kev_version: None,
        };
        Self::with_parts(
            Bytes::Owned(Vec::new()),
            Layout::default(),
            meta,
            PathBuf::new(),
            DatabaseKind::Sample,
        )
    }

    fn new(bytes: Bytes, path: PathBuf, kind: DatabaseKind) -> Result<Self, DatabaseError> {
        let (layout, meta) =
            Layout::read(bytes.as_slice()).map_err(|flaw| DatabaseError::of(flaw, &path))?;
        Ok(Self::with_parts(bytes, layout, meta, path, kind))
    }

    fn with_parts(
        bytes: Bytes,
        layout: Layout,
        meta: Meta,
        path: PathBuf,
        kind: DatabaseKind,
    ) -> Self {
        let info = DatabaseInfo {
            kind,
            source: meta.source.clone(),
            fetched: meta.fetched,
            hash: blake3::Hash::from_bytes(layout.content_hash)
                .to_hex()
                .to_string(),
            records: meta
                .ecosystems
                .iter()
                .map(|(name, it)| (name.clone(), it.records))
                .collect(),
            ecosystems: meta.ecosystems.clone(),
            epss_date: meta.epss_date.clone(),
            kev_version: meta.kev_version.clone(),
        };
        Self(Arc::new(Inner {
            bytes,
            layout,
            meta,
            info,
            path,
        }))
    }

    /// What the database is and where it came from.
    pub fn info(&self) -> &DatabaseInfo {
        &self.0.info
    }

    /// Whether there is data on an ecosystem (OSV name). Without it a query has no answer.
    pub fn covers(&self, ecosystem: &str) -> bool {
        ecosystem::by_name(ecosystem).is_some()
            && self
                .0
                .info
                .records
                .get(ecosystem)
                .is_some_and(|count| *count > 0)
    }

    /// Reads all of the content and compares it with its hash.
    pub fn verify(&self) -> Result<(), DatabaseError> {
        let bytes = self.0.bytes.as_slice();
        let hash = blake3::hash(self.0.layout.content(bytes));
        if *hash.as_bytes() == self.0.layout.content_hash {
            Ok(())
        } else {
            Err(DatabaseError::Corrupt {
                path: self.0.path.clone(),
                what: "the content does not have the hash it was written with",
            })
        }
    }

    /// The advisories that a package version is affected by, one [`Match`] per vulnerability, the worst
    /// first.
    ///
    /// ```
    /// let database = cortex_advisories::Database::sample();
    /// let matches = database.query("npm", "minimist", "1.2.5")?;
    /// assert_eq!(matches[0].fixed_versions, ["1.2.6"]);
    /// # Ok::<_, cortex_advisories::QueryError>(())
    /// ```
    pub fn query(
        &self,
        ecosystem: &str,
        name: &str,
        version: &str,
    ) -> Result<Vec<Match>, QueryError> {
        let rules = ecosystem::by_name(ecosystem)
            .filter(|_| self.covers(ecosystem))
            .ok_or_else(|| QueryError::NotCovered {
                ecosystem: ecosystem.to_owned(),
            })?;
        let wanted = rules.normalize(name);
        let Some(package) = self
            .find(ecosystem, &wanted)
            .map_err(|what| self.corrupt(what))?
        else {
            return Ok(Vec::new());
        };
        let entries = self.entries(package).map_err(|what| self.corrupt(what))?;
        let key = rules.key(version);
        let key = key.as_ref().map(crate::ecosystem::VersionKey::as_bytes);
        let mut hits: Vec<usize> = Vec::new();
        let mut undecided: Vec<u32> = Vec::new();
        for (number, located) in entries.iter().enumerate() {
            match located.entry.verdict(version, key) {
                Some(true) => hits.push(number),
                Some(false) => {}
                None => undecided.push(located.record),
            }
        }
        let matches =
            fold::fold(self, rules, &entries, &hits, key).map_err(|what| self.corrupt(what))?;
        let affected: BTreeSet<u32> = hits.iter().map(|hit| entries[*hit].record).collect();
        undecided.retain(|record| !affected.contains(record));
        if undecided.is_empty() {
            return Ok(matches);
        }
        let mut records = Vec::with_capacity(undecided.len());
        for record in undecided {
            let (_, blob) = self.record(record).map_err(|what| self.corrupt(what))?;
            records.push(blob.id.to_owned());
        }
        records.sort_unstable();
        records.dedup();
        Err(QueryError::Undecided {
            ecosystem: ecosystem.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            records,
            matches,
        })
    }

    /// As [`query`](Self::query), for a package URL with a version.
    pub fn query_purl(&self, purl: &str) -> Result<Vec<Match>, QueryError> {
        let unusable = || QueryError::Purl {
            purl: purl.to_owned(),
        };
        let at = Coordinates::from_purl(purl).ok_or_else(unusable)?;
        let version = at.version.ok_or_else(unusable)?;
        self.query(at.ecosystem, &at.name, &version)
    }

    /// The EPSS score of a CVE.
    pub fn epss(&self, cve: &str) -> Option<EpssScore> {
        let cve = CveKey::parse(cve)?;
        let rows = self.section(Section::Epss);
        let number = format::lower_bound(rows, &cve, |row: &(CveKey, EpssScore)| row.0);
        <(CveKey, EpssScore)>::get(rows, number)
            .filter(|row| row.0 == cve)
            .map(|row| row.1)
    }

    /// Whether a CVE is in the catalogue of known exploited vulnerabilities.
    pub fn is_known_exploited(&self, cve: &str) -> bool {
        let Some(cve) = CveKey::parse(cve) else {
            return false;
        };
        let rows = self.section(Section::Kev);
        let number = format::lower_bound(rows, &cve, |row: &CveKey| *row);
        CveKey::get(rows, number) == Some(cve)
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.0.meta
    }

    /// Writes the index again with other meta data.
    pub(crate) fn write_with_meta(&self, meta: &Meta, out: &mut impl io::Write) -> io::Result<()> {
        format::with_meta(self.0.bytes.as_slice(), &self.0.layout, meta, out)
    }

    fn section(&self, section: Section) -> &[u8] {
        self.0.layout.section(self.0.bytes.as_slice(), section)
    }

    fn corrupt(&self, what: &'static str) -> QueryError {
        QueryError::Database(DatabaseError::Corrupt {
            path: self.0.path.clone(),
            what,
        })
    }

    /// The entries of a package, as bytes.
    fn find(&self, ecosystem: &str, name: &str) -> Result<Option<&[u8]>, &'static str> {
        let slots = self.section(Section::Slots);
        let packages = self.section(Section::Packages);
        let hash = format::package_hash(ecosystem, name);
        let mut number = format::lower_bound(slots, &hash, |slot: &Slot| slot.hash);
        while let Some(slot) = Slot::get(slots, number).filter(|slot| slot.hash == hash) {
            let bytes = slice(packages, slot.offset, slot.length)
                .ok_or("a package lies outside of its section")?;
            let (head, entries): (PackageHead<'_>, _) = postcard::take_from_bytes(bytes)
                .map_err(|_| "the head of a package cannot be read")?;
            if head.ecosystem == ecosystem && head.name == name {
                return Ok(Some(entries));
            }
            number += 1;
        }
        Ok(None)
    }

    fn entries<'a>(&self, mut bytes: &'a [u8]) -> Result<Vec<Located<'a>>, &'static str> {
        const BROKEN: &str = "an entry of a package cannot be read";
        let mut entries = Vec::new();
        while !bytes.is_empty() {
            let record = format::u32_at(bytes, 0).ok_or(BROKEN)?;
            let length = format::u32_at(bytes, 4).ok_or(BROKEN)? as usize;
            let body = bytes.get(8..).ok_or(BROKEN)?;
            let (entry, rest) = body.split_at_checked(length).ok_or(BROKEN)?;
            bytes = rest;
            let row = self.row(record)?;
            entries.push(Located {
                record,
                group: row.group,
                entry: postcard::from_bytes(entry).map_err(|_| BROKEN)?,
            });
        }
        Ok(entries)
    }

    fn row(&self, record: u32) -> Result<RecordRow, &'static str> {
        RecordRow::get(self.section(Section::Records), record as usize)
            .ok_or("a record is missing from its table")
    }

    fn record(&self, record: u32) -> Result<(RecordRow, format::Blob<'_>), &'static str> {
        let row = self.row(record)?;
        let blob = slice(
            self.section(Section::Blobs),
            row.blob,
            u64::from(row.blob_length),
        )
        .ok_or("a record lies outside of its section")?;
        let blob = postcard::from_bytes(blob).map_err(|_| "a record cannot be read")?;
        Ok((row, blob))
    }

    /// The ids of a record's group, ascending.
    fn group(&self, row: &RecordRow) -> Result<Vec<&str>, &'static str> {
        slice(
            self.section(Section::Groups),
            row.group,
            u64::from(row.group_length),
        )
        .and_then(|bytes| postcard::from_bytes(bytes).ok())
        .ok_or("a group of aliases cannot be read")
    }
}

/// An entry, and which record and group it belongs to.
struct Located<'a> {
    record: u32,
    group: u64,
    entry: Entry<'a>,
}

impl Entry<'_> {
    /// Whether the version is affected; none if that cannot be said. As [`crate::matching::evaluate`].
    fn verdict(&self, version: &str, key: Option<&[u8]>) -> Option<bool> {
        let in_a_range = match key {
            Some(key) => self.intervals.iter().any(|it| it.holds(key)),
            None => self.intervals.iter().any(format::Stretch::is_everything),
        };
        if in_a_range || self.versions.contains(&version) {
            Some(true)
        } else if self.unordered || (key.is_none() && self.ranged) {
            None
        } else {
            Some(false)
        }
    }
}

fn slice(bytes: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    bytes.get(start..end)
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// There is no such file.
    #[error("{}: no advisory database; run `cortex db update` to download one", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be opened.
    #[error("{}: {source}; check the permissions of the data folder", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{}: not an advisory database; {REMEDY}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by another version of Cortex.
    #[error("{}: format {found}, this version of Cortex reads {}; {REMEDY}", path.display(), format::FORMAT)]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The file is damaged.
    #[error("{}: damaged ({what}); {REMEDY}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

impl DatabaseError {
    fn of(flaw: Flaw, path: &Path) -> Self {
        let path = path.to_owned();
        match flaw {
            Flaw::NotAnIndex => Self::NotADatabase { path },
            Flaw::Format(found) => Self::Format { path, found },
            Flaw::Corrupt(what) => Self::Corrupt { path, what },
        }
    }
}

/// Why a query has no full answer. None of these means "nothing found".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// There is no data on the ecosystem.
    #[error("no advisory data on {ecosystem:?}; run `cortex db update`")]
    NotCovered {
        /// The ecosystem that was asked for.
        ecosystem: String,
    },
    /// Advisories speak of the package, but their ranges or the version cannot be ordered.
    #[error(
        "{ecosystem} package {name} {version:?}: {} cannot be decided, since the version or the \
         advisory's ranges cannot be ordered; read {}",
        if records.len() == 1 { "an advisory" } else { "some advisories" }, records.join(", ")
    )]
    Undecided {
        /// The ecosystem.
        ecosystem: String,
        /// The package.
        name: String,
        /// The version.
        version: String,
        /// The advisories without a verdict, ascending.
        records: Vec<String>,
        /// What is certain nevertheless.
        matches: Vec<Match>,
    },
    /// Not a package URL with a version, or of an unknown ecosystem.
    #[error("{purl:?} is not a package URL with a version, of an ecosystem that Cortex knows")]
    Purl {
        /// The text.
        purl: String,
    },
    /// The database is damaged.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
