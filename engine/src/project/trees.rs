//! Files that are to be looked at again, with their trees, as many as fit: the others are parsed once more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::matching::{FileScanner, Known};

/// Most memory that kept trees take, in bytes.
const MOST_MEMORY: usize = 64 << 20;

/// What was kept of files, by their paths.
#[derive(Default)]
pub(crate) struct Trees {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_path: HashMap<String, (Known, usize)>,
    memory: usize,
}

impl Trees {
    /// Keeps what is known of the file that was looked at last, if there is room.
    pub(crate) fn keep(&self, path: &str, scanner: &mut FileScanner) {
        let memory = scanner.memory_of_last();
        let mut kept = self.lock();
        if memory > 0 && kept.memory + memory <= MOST_MEMORY {
            kept.memory += memory;
            drop(kept);
            let known = (scanner.last(), memory);
            self.lock().by_path.insert(path.to_owned(), known);
        }
    }

    /// Takes out what was kept of a file.
    pub(super) fn take(&self, path: &str) -> Option<Known> {
        let mut kept = self.lock();
        let (known, memory) = kept.by_path.remove(path)?;
        kept.memory -= memory;
        Some(known)
    }

    /// Puts back what was taken out, with what was found out since.
    pub(super) fn put_back(&self, path: &str, scanner: &mut FileScanner) {
        let memory = scanner.memory_of_last();
        let known = (scanner.take_last(), memory);
        let mut kept = self.lock();
        kept.memory += memory;
        kept.by_path.insert(path.to_owned(), known);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
