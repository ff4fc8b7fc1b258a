//! Bringing the local advisory data up to date from an OSV bucket.
//!
//! The first time, and whenever too much has changed, an ecosystem's whole archive
//! (`<ecosystem>/all.zip`) is read. Later only the records that `<ecosystem>/modified_id.csv` lists as
//! newer than what is held (`<ecosystem>/<ID>.json` each); a bucket that has no such single files, like a
//! plain copy of the archives, is read by archive again. From what is held an index is compiled and
//! renamed into place, so that readers see the old one or the new one and nothing between.
//!
//! If anything fails, the index stays as it was. What a stranger wrote (archive, listing, record) is
//! bounded by [`Limits`]; a broken record is counted and named, and the rest is used.

mod archive;
mod build;
mod fetch;
mod listing;
mod store;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ecosystem;
use crate::exploit::{Epss, Kev};
use crate::index::{Database, DatabaseInfo, INDEX_FILE};
use crate::osv::{MAX_RECORD_BYTES, Record};
use build::{Built, Inputs};
use fetch::{Fetcher, Outcome};
use listing::Change;
pub(crate) use store::is_locked as is_running;
use store::{EcosystemState, State, Store};

/// The public OSV bucket.
pub const DEFAULT_OSV_URL: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// What to download and where to put it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateOptions {
    /// Base address of an OSV bucket: `https://…`, `http://…` or `file://…`. May hold credentials; they
    /// are not stored or shown.
    pub url: String,
    /// The data folder; made if it does not exist.
    pub dir: PathBuf,
    /// OSV names of the ecosystems to hold. All that can be ordered by default.
    pub ecosystems: Vec<String>,
    /// Address of the EPSS scores (gzipped CSV). None: the index has none.
    pub epss_url: Option<String>,
    /// Address of the KEV catalogue (JSON). None: the index has none.
    pub kev_url: Option<String>,
    /// How long to wait for another update of the same folder.
    pub lock_wait: Duration,
    /// How long the source may stay silent.
    pub timeout: Duration,
    /// Download the archives whatever is held.
    pub full: bool,
    /// The time to note as that of the download; now by default.
    pub now: Option<jiff::Timestamp>,
    /// Bounds on what is read.
    pub limits: Limits,
}

impl UpdateOptions {
    /// All ecosystems, from `url` into `dir`, without EPSS and KEV.
    pub fn new(url: impl Into<String>, dir: impl Into<PathBuf>) -> Self {
        Self {
            url: url.into(),
            dir: dir.into(),
            ecosystems: ecosystem::ALL
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            epss_url: None,
            kev_url: None,
            lock_wait: Duration::from_mins(1),
            timeout: Duration::from_mins(1),
            full: false,
            now: None,
            limits: Limits::default(),
        }
    }
}

/// Bounds on what is read from a source. The defaults are several times what the largest ecosystem of
/// the public bucket needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of an archive.
    pub archive_bytes: u64,
    /// Entries of an archive.
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all entries of an archive, unpacked.
    pub unpacked_bytes: u64,
    /// Bytes of a listing, of the EPSS file, of the KEV catalogue.
    pub listing_bytes: u64,
    /// Changed records above which the whole archive is read instead.
    pub changes: usize,
    /// Changed records held beside an archive, above which the archive is read anew.
    pub held_changes: usize,
    /// Time for one download.
    pub download_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 2 << 30,
            entries: 4_000_000,
            entry_bytes: MAX_RECORD_BYTES as u64,
            unpacked_bytes: 16 << 30,
            listing_bytes: 512 << 20,
            changes: 200,
            held_changes: 2_000,
            download_time: Duration::from_mins(30),
        }
    }
}

/// What an update is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another update of the same folder is running.
    Waiting,
    /// A download.
    Download {
        /// The file, relative to the source.
        file: &'a str,
        /// Bytes so far.
        received: u64,
        /// Bytes in all, if the source says.
        total: Option<u64>,
    },
    /// Records are being read into the index.
    Compile {
        /// Their ecosystem.
        ecosystem: &'a str,
        /// Records so far.
        done: u64,
        /// Records in all.
        total: u64,
    },
}

/// What an update did.
#[derive(Clone, Debug)]
pub struct UpdateSummary {
    /// The index.
    pub path: PathBuf,
    /// What it holds now.
    pub info: DatabaseInfo,
    /// How each ecosystem was brought up to date.
    pub ecosystems: BTreeMap<String, EcosystemUpdate>,
    /// Records that could not be read; at most [`MAX_NAMED`] are named.
    pub broken: Vec<BrokenRecord>,
    /// What went wrong without stopping the update.
    pub warnings: Vec<String>,
    /// Bytes read from the source.
    pub received: u64,
}

/// How many broken records an [`UpdateSummary`] names.
pub const MAX_NAMED: usize = 50;

/// How an ecosystem was brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcosystemUpdate {
    /// Its archive was read.
    Full,
    /// This many changed records were read.
    Changes(usize),
    /// Nothing was newer.
    Unchanged,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRecord {
    /// Its ecosystem.
    pub ecosystem: String,
    /// The name of its entry or its id, as the source wrote it.
    pub name: String,
    /// What is wrong.
    pub reason: String,
}

/// Why an update failed. The index is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The address cannot be used.
    #[error("{url}: {reason}; give the base of an OSV bucket as https://… or file://…")]
    Url {
        /// The address, without credentials.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The name is none of a supported ecosystem.
    #[error("{0:?} is not an ecosystem that Cortex can order versions of")]
    UnknownEcosystem(String),
    /// Another update holds the folder.
    #[error("{}: another update is running; wait until it ends and try again", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// The source did not give a file.
    #[error("{url}: {reason}; check the address and the network, and try again")]
    Fetch {
        /// The address, without credentials.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The source gave more than is read.
    #[error("{url}: larger than the {limit} bytes that are read; check that the address is right")]
    TooLarge {
        /// The address, without credentials.
        url: String,
        /// The bound.
        limit: u64,
    },
    /// An archive cannot be used.
    #[error("{ecosystem}/all.zip: {reason}; the source may be damaged, the old data is kept")]
    Archive {
        /// The ecosystem.
        ecosystem: String,
        /// Why not.
        reason: String,
    },
    /// A file of the data folder cannot be read or written.
    #[error("{}: {source}; check the permissions and the free space of the data folder", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Brings the data in `options.dir` up to date, and compiles the index if anything changed. `progress` is
/// called on the same thread, often.
pub fn update(
    options: &UpdateOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<UpdateSummary, UpdateError> {
    for name in &options.ecosystems {
        if ecosystem::by_name(name).is_none() {
            return Err(UpdateError::UnknownEcosystem(name.clone()));
        }
    }
    let base = fetch::parse_base(&options.url)?;
    let store = Store::open(&options.dir)?;
    let _lock = store.lock(options.lock_wait, progress)?;
    let mut run = Run {
        options,
        fetcher: Fetcher::new(options)?,
        state: store.state(&base),
        base,
        store,
        outcomes: BTreeMap::new(),
        listings: BTreeMap::new(),
        broken: Vec::new(),
        warnings: Vec::new(),
    };
    for name in &options.ecosystems {
        run.bring_up(name, progress)?;
    }
    let epss = run.epss(progress);
    let kev = run.kev(progress);
    run.finish(epss.as_ref(), kev.as_ref(), progress)
}

/// One update in the making.
struct Run<'a> {
    options: &'a UpdateOptions,
    fetcher: Fetcher,
    base: url::Url,
    store: Store,
    state: State,
    outcomes: BTreeMap<String, EcosystemUpdate>,
    /// Listings of the ecosystems whose archive was read: the archive may be older than its listing.
    listings: BTreeMap<String, Vec<u8>>,
    broken: Vec<BrokenRecord>,
    warnings: Vec<String>,
}

impl Run<'_> {
    /// Makes the stored records of an ecosystem those of the source.
    fn bring_up(
        &mut self,
        name: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), UpdateError> {
        let listing = self.listing(name, progress)?;
        let held = self.state.ecosystems.get(name).cloned();
        let held = held.filter(|_| !self.options.full && self.store.has_archive(name));
        if let (Some(held), Some(listing)) = (held, &listing) {
            let changes = listing::newer(listing, &held, self.options.limits.changes);
            if let Some(changes) = changes
                && self.fetch_changes(name, &changes, false, progress)?
            {
                self.outcomes.insert(
                    name.to_owned(),
                    if changes.is_empty() {
                        EcosystemUpdate::Unchanged
                    } else {
                        EcosystemUpdate::Changes(changes.len())
                    },
                );
                return Ok(());
            }
        }
        self.fetch_archive(name, progress)?;
        if let Some(listing) = listing {
            self.listings.insert(name.to_owned(), listing);
        }
        self.outcomes.insert(name.to_owned(), EcosystemUpdate::Full);
        Ok(())
    }

    fn listing(
        &mut self,
        name: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<Vec<u8>>, UpdateError> {
        let url = fetch::join(&self.base, &[name, "modified_id.csv"]);
        let limit = self.options.limits.listing_bytes;
        let mut bytes = Vec::new();
        let file = format!("{name}/modified_id.csv");
        match self
            .fetcher
            .fetch(&url, &file, limit, &mut bytes, progress)?
        {
            Outcome::Done => Ok(Some(bytes)),
            Outcome::Absent => Ok(None),
        }
    }

    fn fetch_archive(
        &mut self,
        name: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), UpdateError> {
        let url = fetch::join(&self.base, &[name, "all.zip"]);
        let limit = self.options.limits.archive_bytes;
        let mut out = self.store.new_file()?;
        let file = format!("{name}/all.zip");
        match self
            .fetcher
            .fetch(&url, &file, limit, out.as_file_mut(), progress)?
        {
            Outcome::Done => {}
            Outcome::Absent => {
                return Err(UpdateError::Fetch {
                    url: fetch::shown(&url),
                    reason: "there is no such file".to_owned(),
                });
            }
        }
        // From here until the index is written, the state must not claim to describe the archive.
        self.state.ecosystems.remove(name);
        self.store.save_state(&self.state)?;
        self.store.put_archive(name, out)
    }

    /// Reads changed records one by one. False if the source does not have one of them, and then nothing
    /// is stored; with `skip_absent` such records are noted and passed over.
    fn fetch_changes(
        &mut self,
        name: &str,
        changes: &[Change],
        skip_absent: bool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<bool, UpdateError> {
        if changes.is_empty() {
            return Ok(true);
        }
        let mut records = self.store.changes(name)?;
        let mut broken = Vec::new();
        let mut passed = Vec::new();
        for change in changes {
            let url = fetch::join(&self.base, &[name, &format!("{}.json", change.id)]);
            let limit = self.options.limits.entry_bytes;
            let mut bytes = Vec::new();
            let file = format!("{name}/{}.json", change.id);
            match self.fetcher.fetch(&url, &file, limit, &mut bytes, progress) {
                Ok(Outcome::Done) => match Record::from_json(&bytes) {
                    Ok(record) if record.id == change.id => {
                        // The source's newer copy of the record replaces the one in the archive.
                        records.insert(record.id.clone(), record);
                        passed.push(change);
                    }
                    Ok(record) => {
                        broken.push((change, format!("holds the record {}", record.id)));
                    }
                    Err(error) => broken.push((change, error.to_string())),
                },
                Ok(Outcome::Absent) if skip_absent => {
                    broken.push((change, "listed, but not in the source".to_owned()));
                }
                Ok(Outcome::Absent) => return Ok(false),
                Err(UpdateError::TooLarge { .. }) => {
                    broken.push((change, "too large for a record".to_owned()));
                }
                Err(error) => return Err(error),
            }
        }
        if records.len() > self.options.limits.held_changes && !skip_absent {
            return Ok(false);
        }
        self.store.put_changes(name, &records)?;
        let state = self.state.ecosystems.entry(name.to_owned()).or_default();
        for change in passed {
            state.passed_over.remove(&change.id);
        }
        for (change, reason) in broken {
            state
                .passed_over
                .insert(change.id.clone(), change.modified.clone());
            self.broken.push(BrokenRecord {
                ecosystem: name.to_owned(),
                name: change.id.clone(),
                reason,
            });
        }
        Ok(true)
    }

    /// EPSS scores are an addition: without them the update goes on, with what was held before.
    fn epss(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Option<Epss> {
        let url = self.options.epss_url.clone()?;
        if let Err(reason) = self.fetch_extra(&url, store::EPSS, progress, |path| {
            let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
            match Epss::read(file) {
                Ok(epss) if epss.is_empty() => Err("no score in it".to_owned()),
                Ok(_) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        }) {
            self.warnings.push(format!("EPSS scores: {reason}"));
        }
        let file = std::fs::File::open(self.store.path(store::EPSS)).ok()?;
        Epss::read(file).ok()
    }

    fn kev(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Option<Kev> {
        let url = self.options.kev_url.clone()?;
        let read = |path: &Path| {
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            Kev::from_json(&bytes).map_err(|error| error.to_string())
        };
        if let Err(reason) =
            self.fetch_extra(&url, store::KEV, progress, |path| read(path).map(drop))
        {
            self.warnings.push(format!("KEV catalogue: {reason}"));
        }
        read(&self.store.path(store::KEV)).ok()
    }

    /// Replaces a file of the data folder by a download that `check` accepts.
    fn fetch_extra(
        &mut self,
        url: &str,
        name: &'static str,
        progress: &mut dyn FnMut(Progress<'_>),
        check: impl Fn(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        let text = |error: UpdateError| error.to_string();
        let url = fetch::parse(url).map_err(text)?;
        let mut out = self.store.new_file().map_err(text)?;
        let limit = self.options.limits.listing_bytes;
        match self
            .fetcher
            .fetch(&url, name, limit, out.as_file_mut(), progress)
        {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Absent) => return Err(format!("{}: no such file", fetch::shown(&url))),
            Err(error) => return Err(error.to_string()),
        }
        check(out.path()).map_err(|reason| format!("{}: {reason}", fetch::shown(&url)))?;
        self.store.put(name, out).map_err(text)
    }

    /// Compiles the index if need be, and notes what is held.
    fn finish(
        mut self,
        epss: Option<&Epss>,
        kev: Option<&Kev>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<UpdateSummary, UpdateError> {
        let source = fetch::shown(&self.base);
        let fetched = self.options.now.unwrap_or_else(jiff::Timestamp::now);
        let inputs = Inputs {
            store: &self.store,
            ecosystems: &self.options.ecosystems,
            limits: &self.options.limits,
            source: &source,
            fetched,
            epss,
            kev,
        };
        let mut built = None;
        if self.index_is_current(&source, epss, kev) {
            self.note_time(fetched)?;
        } else {
            built = Some(build::build(&inputs, progress)?);
        }
        if let Some(first) = &built {
            self.note_built(first);
            // An archive is made less often than its listing: take what it does not have yet.
            let mut late = false;
            for (name, listing) in std::mem::take(&mut self.listings) {
                let held = self
                    .state
                    .ecosystems
                    .get(&name)
                    .cloned()
                    .unwrap_or_default();
                match listing::newer(&listing, &held, self.options.limits.changes) {
                    Some(changes) => {
                        self.fetch_changes(&name, &changes, true, progress)?;
                        late |= !changes.is_empty();
                    }
                    None => self.warnings.push(format!(
                        "{name}: the archive is far behind its listing; its newest records are missing"
                    )),
                }
            }
            if late {
                let inputs = Inputs {
                    store: &self.store,
                    ecosystems: &self.options.ecosystems,
                    limits: &self.options.limits,
                    source: &source,
                    fetched,
                    epss,
                    kev,
                };
                let again = build::build(&inputs, progress)?;
                self.note_built(&again);
                built = Some(again);
            }
        }
        self.store.save_state(&self.state)?;
        if let Some(built) = built {
            self.broken.extend(built.broken);
        }
        self.broken
            .sort_by(|a, b| (&a.ecosystem, &a.name).cmp(&(&b.ecosystem, &b.name)));
        self.broken.dedup();
        self.broken.truncate(MAX_NAMED);
        let path = self.store.path(INDEX_FILE);
        let database = Database::open(&path).map_err(|error| UpdateError::Folder {
            path: path.clone(),
            source: io::Error::other(error.to_string()),
        })?;
        Ok(UpdateSummary {
            path,
            info: database.info().clone(),
            ecosystems: self.outcomes,
            broken: self.broken,
            warnings: self.warnings,
            received: self.fetcher.received(),
        })
    }

    /// Whether the index that is there was made from what is held.
    fn index_is_current(&self, source: &str, epss: Option<&Epss>, kev: Option<&Kev>) -> bool {
        let unchanged = self
            .outcomes
            .values()
            .all(|it| *it == EcosystemUpdate::Unchanged);
        let Ok(database) = Database::open(&self.store.path(INDEX_FILE)) else {
            return false;
        };
        let meta = database.meta();
        unchanged
            && meta.source == source
            && meta.ecosystems.keys().eq(sorted(&self.options.ecosystems))
            && meta.epss_date.as_ref() == epss.and_then(|it| it.date.as_ref())
            && meta.kev_version.as_ref() == kev.and_then(|it| it.version.as_ref())
    }

    /// Notes in the index that its data was found to be current.
    fn note_time(&self, fetched: jiff::Timestamp) -> Result<(), UpdateError> {
        let path = self.store.path(INDEX_FILE);
        let failed = |source: io::Error| UpdateError::Folder {
            path: path.clone(),
            source,
        };
        let database =
            Database::open(&path).map_err(|error| failed(io::Error::other(error.to_string())))?;
        let mut meta = database.meta().clone();
        meta.fetched = fetched;
        let mut out = self.store.new_file()?;
        database
            .write_with_meta(&meta, &mut io::BufWriter::new(out.as_file_mut()))
            .map_err(failed)?;
        self.store.put(INDEX_FILE, out)
    }

    fn note_built(&mut self, built: &Built) {
        for (name, newest) in &built.newest {
            let passed_over = self
                .state
                .ecosystems
                .remove(name)
                .unwrap_or_default()
                .passed_over;
            self.state.ecosystems.insert(
                name.clone(),
                EcosystemState {
                    newest: newest.time,
                    at_newest: newest.ids.clone(),
                    passed_over,
                },
            );
        }
    }
}

fn sorted(names: &[String]) -> std::collections::btree_set::IntoIter<&String> {
    names
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
}
