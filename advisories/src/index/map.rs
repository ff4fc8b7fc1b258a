//! The memory map: the one place of the workspace with unsafe code.
//!
//! What is mapped are files of the data folder that this crate writes itself. They are never changed in
//! place: an update writes a new file beside the old one and renames it over the name, so a map keeps
//! showing the file it was made from for as long as it lives.

#![allow(unsafe_code, reason = "mapping a file cannot be done without")]

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file, mapped read-only.
pub(crate) struct Map(memmap2::Mmap);

impl Map {
    /// Maps a whole file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the map is undefined behaviour only if the file's bytes change while it lives. This
        // crate writes to fresh temporary files and renames them into place, and nothing else has a
        // reason to write into the data folder. A user with the same rights who does so on purpose can
        // harm the process in simpler ways. All reads go through bounds-checked slices.
        unsafe { memmap2::Mmap::map(&file) }.map(Self)
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
