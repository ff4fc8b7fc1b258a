//! Files that are to be looked at again, with their trees, as many as fit: the others are parsed once more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

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
    by_path: HashMap<String, Arc<Known>>,
    memory: usize,
}

impl Trees {
    /// Keeps what is known of the file that was scanned last, if there is room.
    pub(crate) fn keep(&self, path: &str, scanner: &mut FileScanner) {
        let memory = scanner.memory_of_last();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if memory > 0 && kept.memory + memory <= MOST_MEMORY {
            kept.memory += memory;
            let known = Arc::new(scanner.last());
            kept.by_path.insert(path.to_owned(), known);
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<Arc<Known>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_path.get(path).cloned()
    }
}
