//! From the stored archives and changes to the index.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter};

use super::archive::{Archive, Reading};
use super::store::Store;
use super::{BrokenRecord, Limits, MAX_NAMED, Progress, UpdateError};
use crate::exploit::{Epss, Kev};
use crate::index::INDEX_FILE;
use crate::index::compile::{Compiler, Origin, Prepared};
use crate::index::map::Map;

/// What an index is made from.
pub(super) struct Inputs<'a> {
    pub(super) store: &'a Store,
    pub(super) ecosystems: &'a [String],
    pub(super) limits: &'a Limits,
    pub(super) source: &'a str,
    pub(super) fetched: jiff::Timestamp,
    pub(super) epss: Option<&'a Epss>,
    pub(super) kev: Option<&'a Kev>,
}

/// What was found while building.
pub(super) struct Built {
    pub(super) newest: BTreeMap<String, Newest>,
    pub(super) broken: Vec<BrokenRecord>,
}

/// The newest records of an ecosystem.
#[derive(Clone, Debug, Default)]
pub(super) struct Newest {
    pub(super) time: Option<jiff::Timestamp>,
    pub(super) ids: BTreeSet<String>,
    /// As the records write it.
    text: Option<String>,
}

impl Newest {
    fn see(&mut self, prepared: &Prepared) {
        let Ok(time) = prepared.modified().parse::<jiff::Timestamp>() else {
            return;
        };
        if self.time < Some(time) {
            self.time = Some(time);
            self.text = Some(prepared.modified().to_owned());
            self.ids.clear();
        }
        if self.time == Some(time) {
            self.ids.insert(prepared.id().to_owned());
        }
    }
}

/// Whether a record comes from the archive, where a change may stand against it.
type FromArchive = bool;

/// Compiles the index and puts it in place.
pub(super) fn build(
    inputs: &Inputs<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Built, UpdateError> {
    let store = inputs.store;
    let index = store.path(INDEX_FILE);
    let failed = |source: io::Error| UpdateError::Folder {
        path: index.clone(),
        source,
    };
    let file = store.new_file()?;
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut compiler = Compiler::new(out).map_err(failed)?;
    let mut built = Built {
        newest: BTreeMap::new(),
        broken: Vec::new(),
    };

    let mut names: Vec<&String> = inputs.ecosystems.iter().collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let path = store.archive_path(name);
        let map = Map::open(&path).map_err(|source| UpdateError::Folder { path, source })?;
        let unusable = |reason: String| UpdateError::Archive {
            ecosystem: name.clone(),
            reason,
        };
        let archive = Archive::open(&map, inputs.limits).map_err(unusable)?;
        let changes = store.changes(name)?;
        let total = (archive.len() + changes.len()) as u64;
        let mut newest = Newest::default();
        let mut done = 0;
        // An ecosystem is in the index from here on, even if nothing in its archive can be read.
        compiler.ecosystem(name);
        let mut take = |read: Vec<Reading<(Prepared, FromArchive)>>| {
            done += read.len() as u64;
            for result in read {
                match result {
                    Ok((prepared, true)) if changes.contains_key(prepared.id()) => {}
                    Ok((prepared, _)) => {
                        newest.see(&prepared);
                        compiler.add(name, prepared).map_err(failed)?;
                    }
                    Err((entry, reason)) => {
                        compiler.ecosystem(name).broken += 1;
                        if built.broken.len() < MAX_NAMED {
                            built.broken.push(BrokenRecord {
                                ecosystem: name.clone(),
                                name: entry,
                                reason,
                            });
                        }
                    }
                }
            }
            progress(Progress::Compile {
                ecosystem: name,
                done,
                total,
            });
            Ok(())
        };
        archive
            .portions(|record| (Prepared::new(&record), true), &mut take)?
            .map_err(unusable)?;
        take(
            changes
                .values()
                .map(|record| Ok((Prepared::new(record), false)))
                .collect::<Vec<_>>(),
        )?;
        let info = compiler.ecosystem(name);
        info.newest.clone_from(&newest.text);
        if info.records == 0 {
            return Err(unusable(format!(
                "no readable record among {total} entries"
            )));
        }
        built.newest.insert(name.clone(), newest);
    }
    let origin = Origin {
        source: inputs.source,
        fetched: inputs.fetched,
        epss: inputs.epss,
        kev: inputs.kev,
    };
    let (out, _, _) = compiler.finish(&origin).map_err(failed)?;
    let file = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    store.put(INDEX_FILE, file)?;
    Ok(built)
}
