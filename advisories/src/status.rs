//! What is in a data folder, for `cortex db status`.

use std::path::{Path, PathBuf};

use crate::index::{Database, DatabaseError, DatabaseInfo, INDEX_FILE};

/// The state of a data folder.
#[derive(Clone, Debug)]
pub struct Status {
    /// The index, whether it is there or not.
    pub path: PathBuf,
    /// Bytes of the index.
    pub bytes: u64,
    /// What the index holds, if it can be used.
    pub info: Option<DatabaseInfo>,
    /// Why it cannot be used, and what to do. None as well if there is no index.
    pub problem: Option<String>,
    /// Whether an update of the folder is running.
    pub updating: bool,
}

/// Looks at a data folder. Reads all of the index, to see whether it is whole.
pub fn status(dir: &Path) -> Status {
    let path = dir.join(INDEX_FILE);
    let mut status = Status {
        bytes: path.metadata().map_or(0, |meta| meta.len()),
        path,
        info: None,
        problem: None,
        updating: crate::update::is_running(dir),
    };
    match Database::open(&status.path).and_then(|database| {
        database.verify()?;
        Ok(database)
    }) {
        Ok(database) => status.info = Some(database.info().clone()),
        Err(DatabaseError::Absent { .. }) => {}
        Err(error) => status.problem = Some(error.to_string()),
    }
    status
}
