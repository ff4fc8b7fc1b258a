//! Trees of files that are to be looked at again, as many as fit: the others are parsed once more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::tree::Tree;

/// Most memory that kept trees take, in bytes.
const MOST_MEMORY: usize = 64 << 20;

/// Kept trees, by the paths of their files.
#[derive(Default)]
pub(crate) struct Trees {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_path: HashMap<String, Tree>,
    memory: usize,
}

impl Trees {
    /// Keeps a tree if there is room.
    pub(crate) fn keep(&self, path: &str, tree: &Tree) {
        let memory = tree.memory();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !tree.is_empty() && kept.memory + memory <= MOST_MEMORY {
            kept.memory += memory;
            kept.by_path.insert(path.to_owned(), tree.clone());
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<Tree> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_path.get(path).cloned()
    }
}
