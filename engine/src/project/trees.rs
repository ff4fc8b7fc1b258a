//! Files that are to be looked at again, with their texts and trees, as many as fit: the others are read and parsed once more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::matching::{FileScanner, Known};

/// Most memory that kept files take, in bytes.
const MOST_MEMORY: usize = 64 << 20;

/// What was kept of files, by their paths.
#[derive(Default)]
pub(crate) struct Trees {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_path: HashMap<String, KeptFile>,
    memory: usize,
}

/// A file that was kept.
pub(super) struct KeptFile {
    pub(super) known: Known,
    pub(super) source: Box<[u8]>,
    memory: usize,
}

impl Trees {
    /// Keeps a file with this text that was looked at last, if there is room.
    pub(crate) fn keep(&self, path: &str, source: &[u8], scanner: &mut FileScanner) {
        let memory = scanner.memory_of_last();
        if memory == 0 {
            return;
        }
        let memory = memory + source.len();
        let mut kept = self.lock();
        if kept.memory + memory <= MOST_MEMORY {
            kept.memory += memory;
            drop(kept);
            let file = KeptFile {
                known: scanner.last(),
                source: source.into(),
                memory,
            };
            self.lock().by_path.insert(path.to_owned(), file);
        }
    }

    /// Takes out what was kept of a file.
    pub(super) fn take(&self, path: &str) -> Option<KeptFile> {
        let mut kept = self.lock();
        let file = kept.by_path.remove(path)?;
        kept.memory -= file.memory;
        Some(file)
    }

    /// Puts back what was taken out, with what was found out since, if there is room for that.
    pub(super) fn put_back(&self, path: &str, source: Box<[u8]>, scanner: &mut FileScanner) {
        let memory = scanner.memory_of_last() + source.len();
        let file = KeptFile {
            known: scanner.take_last(),
            source,
            memory,
        };
        let mut kept = self.lock();
        if kept.memory + memory <= MOST_MEMORY {
            kept.memory += memory;
            kept.by_path.insert(path.to_owned(), file);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
