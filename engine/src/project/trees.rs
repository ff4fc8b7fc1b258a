//! Trees of files that are to be looked at again, with what was matched in them, as many as fit: the others are parsed once
//! more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::matching::FileScanner;
use crate::matching::taint::Matched;
use crate::tree::Tree;

/// Most memory that kept trees take, in bytes.
const MOST_MEMORY: usize = 64 << 20;

/// Kept trees, by the paths of their files.
#[derive(Default)]
pub(crate) struct Trees {
    kept: Mutex<AllKept>,
}

#[derive(Default)]
struct AllKept {
    by_path: HashMap<String, Arc<Kept>>,
    memory: usize,
}

/// What was kept of a file.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) tree: Tree,
    pub(super) matched: Matched,
}

impl Trees {
    /// Keeps the tree of the file that was scanned last, if there is room.
    pub(crate) fn keep(&self, path: &str, scanner: &mut FileScanner) {
        let (tree, matched) = scanner.last();
        let memory = tree.memory() + matched.memory();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if tree.is_empty() || kept.memory + memory > MOST_MEMORY {
            return;
        }
        kept.memory += memory;
        let file = Kept {
            tree: tree.clone(),
            matched: std::mem::take(matched),
        };
        kept.by_path.insert(path.to_owned(), Arc::new(file));
    }

    pub(super) fn get(&self, path: &str) -> Option<Arc<Kept>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_path.get(path).cloned()
    }
}
