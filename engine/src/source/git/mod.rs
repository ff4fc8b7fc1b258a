//! A commit of a git repository as a source: local, or fetched from a server.

mod credentials;
mod fetch;
mod tree;
mod watch;

use std::path::{Path, PathBuf};

use git2::{Oid, Repository};
use tempfile::TempDir;

pub use credentials::Credentials;

use super::directory::shown;
use super::{
    Candidate, CloneOptions, ContentRef, ReadError, Reader, RemoteUrl, Selected, Source,
    SourceError,
};
use crate::cancel::Cancel;
use crate::progress::Progress;
use crate::report::Target;
use crate::select::tree::{Start, Tree as _};
use crate::select::{Selection, ignore_files, walk};
use tree::GitTree;

/// A folder in a commit.
pub(crate) struct GitSource {
    target: Target,
    /// The `.git` folder.
    repository: PathBuf,
    commit: Oid,
    /// The folder that is scanned, from the root of the repository; empty for the root.
    folder: String,
    cancel: Cancel,
    /// Removed when the source is dropped.
    _clone: Option<TempDir>,
}

impl GitSource {
    /// A folder of a local repository at a ref. Its work tree and index are not looked at.
    pub(crate) fn local(path: &Path, reference: &str, cancel: Cancel) -> Result<Self, SourceError> {
        let not_a_repository = |error: git2::Error| SourceError::NotARepository {
            path: path.to_owned(),
            reason: error.message().to_owned(),
        };
        let no_reference = |reason: String| SourceError::NoSuchReference {
            path: path.to_owned(),
            reference: reference.to_owned(),
            reason,
        };
        let root = std::fs::canonicalize(path).map_err(|source| SourceError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let repository = Repository::discover(&root).map_err(not_a_repository)?;
        let commit = repository
            .revparse_single(reference)
            .and_then(|object| object.peel_to_commit())
            .map_err(|error| no_reference(error.message().to_owned()))?;
        // The repository's own folder is no part of its work tree, even where its settings say that it has one.
        let is_repository =
            std::fs::canonicalize(repository.path()).is_ok_and(|own| root.starts_with(own));
        let folder = match repository.workdir().map(std::fs::canonicalize) {
            Some(Ok(work)) if !is_repository => {
                root.strip_prefix(work).map(shown).unwrap_or_default()
            }
            _ => String::new(),
        };
        let source = Self {
            target: Target {
                location: shown(path),
                kind: "git".to_owned(),
                reference: Some(reference.to_owned()),
                commit: Some(commit.id().to_string()),
            },
            repository: repository.path().to_owned(),
            commit: commit.id(),
            folder,
            cancel,
            _clone: None,
        };
        GitTree::open(&repository, &source.commit, &source.folder)
            .map_err(|error| no_reference(format!("{}: {}", source.folder, error.message())))?;
        Ok(source)
    }

    /// A repository on a server: fetches one commit into a temporary bare repository.
    pub(crate) fn remote(
        url: &RemoteUrl,
        reference: Option<&str>,
        options: &CloneOptions,
        progress: &dyn Progress,
        cancel: Cancel,
    ) -> Result<Self, SourceError> {
        let (clone, commit) =
            fetch::fetch(url, reference, options, progress, &cancel).map_err(|failure| {
                SourceError::Clone {
                    url: url.to_string(),
                    failure,
                }
            })?;
        Ok(Self {
            target: Target {
                location: url.to_string(),
                kind: "git".to_owned(),
                reference: reference.map(str::to_owned),
                commit: Some(commit.to_string()),
            },
            repository: clone.path().to_owned(),
            commit,
            folder: String::new(),
            cancel,
            _clone: Some(clone),
        })
    }

    fn open(&self) -> Result<Repository, SourceError> {
        Repository::open(&self.repository).map_err(|error| self.objects(&error))
    }

    fn objects(&self, error: &git2::Error) -> SourceError {
        SourceError::Objects {
            location: self.target.location.clone(),
            reason: error.message().to_owned(),
        }
    }

    /// Ignore files in the folders above the one that is scanned.
    fn above(&self, repository: &Repository) -> Result<Vec<(String, usize, Vec<u8>)>, git2::Error> {
        let mut above = Vec::new();
        if self.folder.is_empty() {
            return Ok(above);
        }
        let root = GitTree::open(repository, &self.commit, "")?;
        let starts = std::iter::once(0).chain(self.folder.match_indices('/').map(|(at, _)| at + 1));
        for start in starts {
            let (to, lead) = self.folder.split_at_checked(start).unwrap_or_default();
            for (kind, name) in ignore_files::NAMES.iter().enumerate() {
                let path = format!("{to}{name}");
                if let Some(text) = root.read_path(&path, ignore_files::MAX_SIZE) {
                    above.push((lead.to_owned(), kind, text));
                }
            }
        }
        Ok(above)
    }
}

/// One commit of a repository on a server, in a temporary bare repository that is removed with it: for those who write
/// commits on top of it. Scans need [`super::open`] only.
pub struct BareClone(GitSource);

impl BareClone {
    /// Fetches a branch, tag or commit (`None`: the default branch) without its history.
    pub fn fetch(
        url: &RemoteUrl,
        reference: Option<&str>,
        options: &CloneOptions,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Self, SourceError> {
        GitSource::remote(url, reference, options, progress, cancel.clone()).map(Self)
    }

    /// The folder of the bare repository.
    pub fn folder(&self) -> &Path {
        &self.0.repository
    }

    /// The commit, 40 hex digits.
    pub fn commit(&self) -> String {
        self.0.commit.to_string()
    }

    /// Its files.
    pub fn source(&self) -> &dyn Source {
        &self.0
    }
}

impl std::fmt::Debug for BareClone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("BareClone").field(&self.0.commit).finish()
    }
}

impl Source for GitSource {
    fn target(&self) -> Target {
        self.target.clone()
    }

    fn select(
        &self,
        selection: &Selection,
        progress: &dyn Progress,
    ) -> Result<Selected, SourceError> {
        let repository = self.open()?;
        let tree = GitTree::open(&repository, &self.commit, &self.folder)
            .map_err(|error| self.objects(&error))?;
        let start = Start {
            root: tree.root(),
            above: self
                .above(&repository)
                .map_err(|error| self.objects(&error))?,
            in_repository: true,
        };
        walk::sequential(&tree, start, selection, progress, &self.cancel)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, SourceError> {
        let repository = self.open()?;
        let root = GitTree::open(&repository, &self.commit, &self.folder)
            .map_err(|error| self.objects(&error))?
            .root();
        Ok(Box::new(BlobReader { repository, root }))
    }

    fn stamp_root(&self) -> Option<&str> {
        None
    }
}

/// Reads blobs.
struct BlobReader {
    repository: Repository,
    root: Oid,
}

impl Reader for BlobReader {
    fn read(
        &mut self,
        file: &Candidate,
        limit: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        buffer.clear();
        let ContentRef::Blob { oid } = file.content else {
            return Err(ReadError::Foreign);
        };
        // The size is of the object's header, which selection has read; the object is not inflated
        // to find that it is too large.
        if file.size > limit {
            return Err(ReadError::TooLarge { limit });
        }
        let mut read = || {
            let odb = self.repository.odb()?;
            let object = odb.read(Oid::from_bytes(&oid)?)?;
            buffer.extend_from_slice(object.data());
            Ok(())
        };
        read().map_err(|error: git2::Error| ReadError::Object(error.message().to_owned()))
    }

    fn read_path(&mut self, relative: &str, limit: u64) -> Option<Vec<u8>> {
        let tree = GitTree::at(&self.repository, self.root).ok()?;
        tree.read_path(relative, limit)
    }
}

/// The 20 bytes of a SHA-1 object id.
fn sha1(oid: Oid) -> Option<[u8; 20]> {
    oid.as_bytes().try_into().ok()
}
