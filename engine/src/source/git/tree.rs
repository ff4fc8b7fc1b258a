//! A git tree as something to walk over. Objects may come from a hostile server: names are checked,
//! sizes are read from headers before anything is inflated.

use git2::{ObjectType, Odb, Oid, Repository};

use super::sha1;
use crate::select::tree::{Kind, Listed, Listing, Tree};
use crate::source::{ContentRef, name};

/// Largest tree object that is read, in bytes: about as many entries as a scan takes.
const MAX_TREE_SIZE: usize = 64 << 20;

/// Modes of tree entries, as git writes them.
const MODE_TREE: i32 = 0o040_000;
const MODE_COMMIT: i32 = 0o160_000;
const MODE_TYPE: i32 = 0o170_000;
const MODE_FILE: i32 = 0o100_000;

/// A folder in a commit.
pub(crate) struct GitTree<'r> {
    repository: &'r Repository,
    odb: Odb<'r>,
    root: Oid,
}

impl<'r> GitTree<'r> {
    /// The folder at a path (as shown, with `/`; empty for the root) of a commit.
    pub(crate) fn open(
        repository: &'r Repository,
        commit: &Oid,
        folder: &str,
    ) -> Result<Self, git2::Error> {
        let root = repository.find_commit(*commit)?.tree_id();
        let whole = Self::at(repository, root)?;
        if folder.is_empty() {
            return Ok(whole);
        }
        match whole.find(folder) {
            Some((id, Kind::Folder)) => Self::at(repository, id),
            _ => Err(git2::Error::from_str("the commit has no such folder")),
        }
    }

    /// The folder with this tree object.
    pub(crate) fn at(repository: &'r Repository, root: Oid) -> Result<Self, git2::Error> {
        Ok(Self {
            odb: repository.odb()?,
            repository,
            root,
        })
    }

    /// The tree object.
    pub(crate) fn root(&self) -> Oid {
        self.root
    }

    fn tree(&self, id: Oid) -> Result<git2::Tree<'r>, git2::Error> {
        let (size, _) = self.odb.read_header(id)?;
        if size > MAX_TREE_SIZE {
            return Err(git2::Error::from_str("the tree object is too large"));
        }
        self.repository.find_tree(id)
    }

    /// What is at a path below the root.
    fn find(&self, path: &str) -> Option<(Oid, Kind)> {
        let mut at = (self.root, Kind::Folder);
        for part in crate::source::components(path)? {
            if at.1 != Kind::Folder {
                return None;
            }
            let tree = self.tree(at.0).ok()?;
            let wanted = name::raw(part);
            let entry = tree.iter().find(|entry| entry.name_bytes() == &*wanted)?;
            at = (entry.id(), kind(entry.filemode_raw()));
        }
        Some(at)
    }

    fn size(&self, id: Oid) -> Result<u64, git2::Error> {
        match self.odb.read_header(id)? {
            (size, ObjectType::Blob) => Ok(size as u64),
            _ => Err(git2::Error::from_str("not a blob")),
        }
    }
}

impl Tree for GitTree<'_> {
    type Folder = Oid;
    type Entry = Oid;
    type Place = ();

    fn list(
        &self,
        (): &mut (),
        folder: &Oid,
        limit: u64,
        listing: &mut Listing<Oid>,
    ) -> Result<(), String> {
        let tree = self.tree(*folder).map_err(|e| e.message().to_owned())?;
        for entry in &tree {
            if !name::is_component(entry.name_bytes()) {
                listing.bad_names += 1;
                continue;
            }
            let name = name::show(entry.name_bytes());
            listing.push(&name, kind(entry.filemode_raw()), entry.id());
            if listing.len() > limit {
                break;
            }
        }
        Ok(())
    }

    fn folder(&self, _: &Oid, listed: Listed<'_, Oid>) -> Oid {
        *listed.entry
    }

    fn stat(&self, (): &(), listed: Listed<'_, Oid>) -> Result<(u64, ContentRef), String> {
        let size = self
            .size(*listed.entry)
            .map_err(|error| format!("its git object cannot be read: {}", error.message()))?;
        let oid = sha1(*listed.entry).ok_or("its git object has no SHA-1 id")?;
        Ok((size, ContentRef::Blob { oid }))
    }

    fn read_path(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let (id, kind) = self.find(path)?;
        if kind != Kind::File || self.size(id).ok()? > limit {
            return None;
        }
        Some(self.odb.read(id).ok()?.data().to_owned())
    }
}

fn kind(mode: i32) -> Kind {
    match mode & MODE_TYPE {
        MODE_TREE => Kind::Folder,
        MODE_FILE => Kind::File,
        MODE_COMMIT => Kind::Submodule,
        // Symbolic links (0o120000), and what no git writes.
        _ => Kind::Other,
    }
}
