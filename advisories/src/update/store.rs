//! The data folder.
//!
//! ```text
//! advisories.index          what scans read
//! <ecosystem>.zip           the archive, as it was downloaded
//! <ecosystem>.changes       records that are newer than the archive, one JSON text per line
//! epss.csv.gz, kev.json     as they were downloaded
//! state.json                up to where the above is known to be complete
//! update.lock               held while an update runs
//! ```
//!
//! All but `advisories.index` can be deleted at any time: the next update downloads it again. Files are
//! written under a temporary name, flushed to disk and renamed, so none is ever half there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use url::Url;

use super::{Progress, UpdateError};
use crate::osv::Record;

pub(super) const EPSS: &str = "epss.csv.gz";
pub(super) const KEV: &str = "kev.json";
const STATE: &str = "state.json";
const LOCK: &str = "update.lock";
/// How the names of unfinished files begin.
const TEMPORARY: &str = ".new-";

/// Up to where the stored records are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// BLAKE3 of the source's address, which may hold credentials. Data of another source is not
    /// continued.
    source: String,
    pub(super) ecosystems: BTreeMap<String, EcosystemState>,
}

/// Up to where the records of an ecosystem are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EcosystemState {
    /// The newest `modified` that is held.
    pub(super) newest: Option<jiff::Timestamp>,
    /// The records with that `modified`.
    pub(super) at_newest: BTreeSet<String>,
    /// Records that are listed with this `modified` and are missing or broken in that version.
    pub(super) passed_over: BTreeMap<String, String>,
}

/// A data folder.
pub(super) struct Store {
    dir: PathBuf,
}

impl Store {
    pub(super) fn open(dir: &Path) -> Result<Self, UpdateError> {
        std::fs::create_dir_all(dir).map_err(|source| UpdateError::Folder {
            path: dir.to_owned(),
            source,
        })?;
        Ok(Self {
            dir: dir.to_owned(),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn archive(&self, ecosystem: &str) -> PathBuf {
        self.path(&format!("{ecosystem}.zip"))
    }

    fn failed(path: &Path) -> impl FnOnce(io::Error) -> UpdateError {
        let path = path.to_owned();
        move |source| UpdateError::Folder { path, source }
    }

    /// Takes the folder's lock, which ends with the file that is given back.
    pub(super) fn lock(
        &self,
        patience: Duration,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<File, UpdateError> {
        let path = self.path(LOCK);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Self::failed(&path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => {
                    self.sweep();
                    return Ok(file);
                }
                Err(TryLockError::Error(error)) => return Err(Self::failed(&path)(error)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= patience => {
                    return Err(UpdateError::Busy { path });
                }
                Err(TryLockError::WouldBlock) => {
                    progress(Progress::Waiting);
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
    }

    /// Removes what an update that was killed has left behind. Nobody else writes while the lock is held.
    fn sweep(&self) {
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                // What cannot be removed only takes space.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// The state, if it is that of `source`; else an empty one.
    pub(super) fn state(&self, source: &Url) -> State {
        let source = blake3::hash(source.as_str().as_bytes())
            .to_hex()
            .to_string();
        std::fs::read(self.path(STATE))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok())
            .filter(|state| state.source == source)
            .unwrap_or_else(|| State {
                source,
                ecosystems: BTreeMap::new(),
            })
    }

    pub(super) fn save_state(&self, state: &State) -> Result<(), UpdateError> {
        let mut file = self.new_file()?;
        serde_json::to_writer(io::BufWriter::new(file.as_file_mut()), state)
            .map_err(|error| Self::failed(&self.path(STATE))(error.into()))?;
        self.put(STATE, file)
    }

    /// A temporary file of the folder; it vanishes unless it is [`put`](Self::put).
    pub(super) fn new_file(&self) -> Result<NamedTempFile, UpdateError> {
        tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(&self.dir)
            .map_err(Self::failed(&self.dir))
    }

    /// Gives a temporary file its name, replacing what had it.
    pub(super) fn put(&self, name: &str, mut file: NamedTempFile) -> Result<(), UpdateError> {
        let path = self.path(name);
        file.flush().map_err(Self::failed(&path))?;
        file.as_file().sync_all().map_err(Self::failed(&path))?;
        readable(&file).map_err(Self::failed(&path))?;
        file.persist(&path)
            .map_err(|error| Self::failed(&path)(error.error))?;
        // Without this the new name may be lost in a power cut. Not every platform opens folders.
        if let Ok(dir) = File::open(&self.dir) {
            let _ = dir.sync_all();
        }
        Ok(())
    }

    pub(super) fn has_archive(&self, ecosystem: &str) -> bool {
        self.archive(ecosystem).is_file()
    }

    pub(super) fn archive_path(&self, ecosystem: &str) -> PathBuf {
        self.archive(ecosystem)
    }

    /// Stores a new archive, which makes the changes to the old one void.
    pub(super) fn put_archive(
        &self,
        ecosystem: &str,
        file: NamedTempFile,
    ) -> Result<(), UpdateError> {
        let changes = self.path(&format!("{ecosystem}.changes"));
        match std::fs::remove_file(&changes) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Self::failed(&changes)(error));
            }
            _ => {}
        }
        self.put(&format!("{ecosystem}.zip"), file)
    }

    /// The records that are newer than the archive, by id.
    pub(super) fn changes(&self, ecosystem: &str) -> Result<BTreeMap<String, Record>, UpdateError> {
        let path = self.path(&format!("{ecosystem}.changes"));
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(Self::failed(&path)(error)),
        };
        bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                let record = Record::from_json(line).map_err(|error| {
                    Self::failed(&path)(io::Error::other(format!(
                        "damaged ({error}); delete this file and `{STATE}` to download anew"
                    )))
                })?;
                Ok((record.id.clone(), record))
            })
            .collect()
    }

    pub(super) fn put_changes(
        &self,
        ecosystem: &str,
        records: &BTreeMap<String, Record>,
    ) -> Result<(), UpdateError> {
        let name = format!("{ecosystem}.changes");
        let mut file = self.new_file()?;
        let mut out = io::BufWriter::new(file.as_file_mut());
        for record in records.values() {
            serde_json::to_writer(&mut out, record)
                .map_err(io::Error::from)
                .and_then(|()| out.write_all(b"\n"))
                .map_err(Self::failed(&self.path(&name)))?;
        }
        out.flush().map_err(Self::failed(&self.path(&name)))?;
        drop(out);
        self.put(&name, file)
    }
}

/// Temporary files are private to the user; the data folder may be shared.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}

/// Whether somebody holds the lock of a data folder.
pub(crate) fn is_locked(dir: &Path) -> bool {
    File::open(dir.join(LOCK))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
