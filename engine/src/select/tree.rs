//! What selection walks over: folders on disk and git trees alike.

use std::cmp::Ordering;

use crate::source::ContentRef;

/// A tree of folders and files.
pub(crate) trait Tree {
    /// What it takes to list a folder.
    type Folder: Send + Sync;
    /// What the tree needs to know of an entry beside its name.
    type Entry;
    /// What a thread keeps open on its way: the folder it listed last.
    type Place: Default;

    /// Adds the entries of a folder to `listing` in any order, at most `limit` and one more. The folder is where `place`
    /// is from then on.
    fn list(
        &self,
        place: &mut Self::Place,
        folder: &Self::Folder,
        limit: u64,
        listing: &mut Listing<Self::Entry>,
    ) -> Result<(), String>;

    /// The folder that an entry of kind [`Kind::Folder`] of `parent` is.
    fn folder(&self, parent: &Self::Folder, entry: Listed<'_, Self::Entry>) -> Self::Folder;

    /// Size and place of the content of an entry of kind [`Kind::File`] of the folder that was listed last; does not
    /// open it.
    fn stat(
        &self,
        place: &Self::Place,
        entry: Listed<'_, Self::Entry>,
    ) -> Result<(u64, ContentRef), String>;

    /// The content of a regular file at a path, if it has no more than `limit` bytes.
    fn read_path(&self, path: &str, limit: u64) -> Option<Vec<u8>>;
}

/// What a folder holds. One is used for one folder after the other.
pub(crate) struct Listing<E> {
    /// Of all entries, one after the other.
    names: String,
    /// Where the name begins and ends, and what it is the name of.
    entries: Vec<(usize, usize, Kind, E)>,
    /// The folder is the work tree of another repository, whose objects are elsewhere: `.git` is a
    /// file.
    pub(crate) is_submodule: bool,
    /// Names that cannot be shown or cannot be names, for the report.
    pub(crate) bad_names: u64,
}

/// One entry of a folder.
#[derive(Debug)]
pub(crate) struct Listed<'l, E> {
    /// As shown in reports.
    pub(crate) name: &'l str,
    /// What it is; links are not followed.
    pub(crate) kind: Kind,
    /// The tree's own.
    pub(crate) entry: &'l E,
}

impl<E> Listing<E> {
    /// Of no folder yet.
    pub(crate) fn new() -> Self {
        Self {
            names: String::new(),
            entries: Vec::new(),
            is_submodule: false,
            bad_names: 0,
        }
    }

    /// Empties it for another folder.
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.entries.clear();
        self.is_submodule = false;
        self.bad_names = 0;
    }

    /// Adds an entry: its name as shown in reports (never `.` or `..`), what it is, and the tree's own.
    pub(crate) fn push(&mut self, name: &str, kind: Kind, entry: E) {
        let start = self.names.len();
        self.names.push_str(name);
        self.entries.push((start, self.names.len(), kind, entry));
    }

    pub(crate) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// In the order in which they were added, or that of paths after [`Listing::sort`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed<'_, E>> {
        self.entries.iter().map(|(start, end, kind, entry)| Listed {
            name: self.names.get(*start..*end).unwrap_or_default(),
            kind: *kind,
            entry,
        })
    }

    /// Puts the entries in the order of the paths of files in and below the folder. Returns whether two folders, or
    /// two others, have the same name: then no order of theirs is that of paths.
    pub(crate) fn sort(&mut self) -> bool {
        let names = self.names.as_bytes();
        let key = |entry: &(usize, usize, Kind, E)| {
            let name = names.get(entry.0..entry.1).unwrap_or_default();
            (name, entry.2 == Kind::Folder)
        };
        self.entries
            .sort_unstable_by(|a, b| path_order(key(a), key(b)));
        let mut pairs = self.entries.windows(2);
        pairs.any(|pair| matches!(pair, [a, b] if key(a) == key(b)))
    }
}

/// How the paths of two entries stand to each other: a slash follows the name of a folder.
fn path_order((a, a_folder): (&[u8], bool), (b, b_folder): (&[u8], bool)) -> Ordering {
    let common = a.len().min(b.len());
    let next = |name: &[u8], folder: bool| name.get(common).copied().or(folder.then_some(b'/'));
    a.get(..common)
        .cmp(&b.get(..common))
        .then_with(|| next(a, a_folder).cmp(&next(b, b_folder)))
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Another repository, pinned by this one.
    Submodule,
    /// A link, socket, device or the like.
    Other,
}

/// Where the walk begins.
pub(crate) struct Start<F> {
    /// The target.
    pub(crate) root: F,
    /// Ignore files above the target, up to the root of its repository: the way from their folder to
    /// the target, the index in [`NAMES`], the content. The highest first.
    pub(crate) above: Vec<(String, usize, Vec<u8>)>,
    /// The target is in a git repository, so that work trees of others in it are its submodules.
    pub(crate) in_repository: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// With characters that stand before and after the slash.
        #[test]
        fn sorted_entries_are_in_the_order_of_paths(
            entries in prop::collection::btree_map("[-./0a]{1,3}", any::<bool>(), 0..12),
            again in any::<bool>(),
        ) {
            let mut listing = Listing::new();
            let mut paths = Vec::new();
            for (name, is_folder) in entries.iter().filter(|(name, _)| !name.contains('/')) {
                let kind = if *is_folder { Kind::Folder } else { Kind::File };
                listing.push(name, kind, ());
                paths.push(if *is_folder { format!("{name}/a") } else { name.clone() });
            }
            let twice = entries.iter().find(|(name, _)| again && !name.contains('/'));
            if let Some((name, is_folder)) = twice {
                let kind = if *is_folder { Kind::Folder } else { Kind::File };
                listing.push(name, kind, ());
                prop_assert!(listing.sort());
            } else {
                prop_assert!(!listing.sort());
                paths.sort_unstable();
                let sorted: Vec<String> = listing
                    .iter()
                    .map(|it| if it.kind == Kind::Folder { format!("{}/a", it.name) } else { it.name.to_owned() })
                    .collect();
                prop_assert_eq!(sorted, paths);
            }
        }
    }
}
