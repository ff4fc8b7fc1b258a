//! One commit on top of a clone, pushed as a branch.
//!
//! The clone is bare and holds one commit without its history; a push from it sends the new objects only. The branch is
//! Cortex's own: it is replaced if what is there is a commit that Cortex made, and left alone if anyone else has worked
//! on it. The commit has the time of the one below it: the same edits on the same commit are the same commit, and a push
//! that was done before does nothing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use git2::{
    Cred, ErrorCode, FileMode, Oid, ProxyOptions, PushOptions, RemoteCallbacks, RemoteRedirect,
    Repository, Signature, Time,
};

use crate::settings::Secret;

/// The author of every commit, and how one is known again.
const NAME: &str = "Cortex";
const EMAIL: &str = "cortex@localhost";

/// How long a push may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A push that did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// Someone else has committed to the branch.
    #[error("the branch {0} holds commits that are not Cortex's; merge or delete it first")]
    BranchTaken(String),
    /// The server wants another credential.
    #[error("the server refuses the forge token for a push; it must be allowed to write contents")]
    Unauthorized,
    /// The server takes the objects and not the branch.
    #[error("the server rejects the branch {branch}: {reason}")]
    Rejected {
        /// The branch.
        branch: String,
        /// The server's words.
        reason: String,
    },
    /// An edit does not fit the tree.
    #[error("{path}: {reason}")]
    Edit {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// It took too long.
    #[error("the push took longer than {} s and was given up; try again", PATIENCE.as_secs())]
    TimedOut,
    /// Anything else that git says.
    #[error("the push failed: {0}")]
    Git(String),
}

impl PushError {
    /// Whether another try may go better.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Git(_))
    }
}

/// What is pushed where.
#[derive(Clone, Debug)]
pub struct PushRequest {
    /// The bare clone.
    pub clone: PathBuf,
    /// The commit below, 40 hex digits.
    pub base: String,
    /// Whole new content of files, by path.
    pub edits: Vec<(String, Vec<u8>)>,
    /// Of the commit.
    pub message: String,
    /// Without `refs/heads/`.
    pub branch: String,
    /// Where to.
    pub url: String,
    /// User name that goes with the token.
    pub user: String,
    /// Sent as the password, over TLS or to an exempt host only.
    pub token: Option<Secret>,
    /// HTTP proxy to go through.
    pub proxy: Option<String>,
}

/// What a push did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit that the branch is at.
    pub commit: String,
    /// Whether the branch was there at that commit already.
    pub was_there: bool,
}

/// Pushes. Blocks, at most for a minute or so.
pub fn push(request: PushRequest) -> Result<Pushed, PushError> {
    // libgit2 waits on its socket without end: on a thread of its own it can be abandoned.
    let (sender, receiver) = mpsc::channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    std::thread::Builder::new()
        .name("push".to_owned())
        .spawn(move || {
            let _ = sender.send(run(&request, &stopped));
        })
        .map_err(|error| PushError::Git(error.to_string()))?;
    match receiver.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            stop.store(true, Ordering::Relaxed);
            Err(PushError::TimedOut)
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(PushError::Git("the transport failed".to_owned()))
        }
    }
}

fn run(request: &PushRequest, stop: &AtomicBool) -> Result<Pushed, PushError> {
    let failed = |error: git2::Error| request.git_error(&error);
    let repository = Repository::open_bare(&request.clone).map_err(failed)?;
    let base = Oid::from_str(&request.base)
        .and_then(|id| repository.find_commit(id))
        .map_err(failed)?;
    let tree = edited(&repository, &base, &request.edits)?;
    let who = Signature::new(NAME, EMAIL, &Time::new(base.time().seconds(), 0)).map_err(failed)?;
    let commit = repository
        .commit(
            None,
            &who,
            &who,
            &request.message,
            &repository.find_tree(tree).map_err(failed)?,
            &[&base],
        )
        .map_err(failed)?;
    let there = request.there(&repository, stop)?;
    if let Some(there) = there
        && let Some(pushed) = request.judge(&repository, there, commit, tree, base.id())?
    {
        return Ok(pushed);
    }
    let name = format!("refs/heads/{}", request.branch);
    let own = "refs/cortex/push";
    repository
        .reference(own, commit, true, "")
        .map_err(failed)?;
    let mut rejected = None;
    let outcome = {
        let mut callbacks = request.callbacks(stop);
        callbacks.push_update_reference(|_, reason| {
            if let Some(reason) = reason {
                rejected = Some(clean(reason));
            }
            Ok(())
        });
        let mut options = PushOptions::new();
        options
            .remote_callbacks(callbacks)
            .proxy_options(request.proxy())
            .follow_redirects(request.redirects());
        repository
            .remote_anonymous(&request.url)
            .and_then(|mut remote| remote.push(&[format!("+{own}:{name}")], Some(&mut options)))
    };
    if let Some(reason) = rejected {
        return Err(PushError::Rejected {
            branch: request.branch.clone(),
            reason,
        });
    }
    outcome.map_err(failed)?;
    Ok(Pushed {
        commit: commit.to_string(),
        was_there: false,
    })
}

impl PushRequest {
    fn git_error(&self, error: &git2::Error) -> PushError {
        let mut text = clean(error.message());
        if let Some(token) = &self.token {
            text = text.replace(token.expose(), "***");
        }
        let refused = error.code() == ErrorCode::Auth
            || ["401", "403"]
                .iter()
                .any(|code| text.contains(&format!("status code: {code}")));
        if refused {
            PushError::Unauthorized
        } else {
            PushError::Git(text)
        }
    }

    fn proxy(&self) -> ProxyOptions<'_> {
        let mut proxy = ProxyOptions::new();
        match &self.proxy {
            Some(address) => proxy.url(address),
            None => proxy.auto(),
        };
        proxy
    }

    /// libgit2 connects past the proxy for plain http, so that is led nowhere else.
    fn redirects(&self) -> RemoteRedirect {
        if self.proxy.is_some() && self.url.starts_with("http://") {
            RemoteRedirect::None
        } else {
            RemoteRedirect::Initial
        }
    }

    fn callbacks<'a>(&'a self, stop: &'a AtomicBool) -> RemoteCallbacks<'a> {
        let mut tried = false;
        let mut callbacks = RemoteCallbacks::new();
        callbacks.credentials(move |_, _, allowed| {
            let token = self.token.as_ref().filter(|_| {
                allowed.is_user_pass_plaintext() && !std::mem::replace(&mut tried, true)
            });
            match token {
                Some(token) => Cred::userpass_plaintext(&self.user, token.expose()),
                None => Err(git2::Error::new(
                    ErrorCode::Auth,
                    git2::ErrorClass::Callback,
                    "no other credential",
                )),
            }
        });
        callbacks.sideband_progress(|_| !stop.load(Ordering::Relaxed));
        callbacks.transfer_progress(|_| !stop.load(Ordering::Relaxed));
        callbacks
    }

    /// The commit that the branch is at on the server, fetched, if it is there.
    fn there(&self, repository: &Repository, stop: &AtomicBool) -> Result<Option<Oid>, PushError> {
        const THERE: &str = "refs/cortex/there";
        let failed = |error: git2::Error| self.git_error(&error);
        if let Ok(mut old) = repository.find_reference(THERE) {
            old.delete().map_err(failed)?;
        }
        let mut options = git2::FetchOptions::new();
        options
            .remote_callbacks(self.callbacks(stop))
            .proxy_options(self.proxy())
            .follow_redirects(self.redirects())
            // Its parent as well, to see what it is on top of.
            .depth(2)
            .download_tags(git2::AutotagOption::None)
            .update_fetchhead(false);
        let spec = format!("+refs/heads/{}:{THERE}", self.branch);
        repository
            .remote_anonymous(&self.url)
            .and_then(|mut remote| remote.fetch(&[spec], Some(&mut options), None))
            .map_err(failed)?;
        Ok(repository.refname_to_id(THERE).ok())
    }

    /// What the branch as it is means: `Some` if there is nothing to do.
    fn judge(
        &self,
        repository: &Repository,
        there: Oid,
        commit: Oid,
        tree: Oid,
        base: Oid,
    ) -> Result<Option<Pushed>, PushError> {
        let found = repository
            .find_commit(there)
            .map_err(|error| self.git_error(&error))?;
        if found.author().email_bytes() != EMAIL.as_bytes() {
            return Err(PushError::BranchTaken(self.branch.clone()));
        }
        let same = there == commit
            || found.tree_id() == tree && found.parent_id(0).is_ok_and(|parent| parent == base);
        Ok(same.then(|| Pushed {
            commit: there.to_string(),
            was_there: true,
        }))
    }
}

/// The tree of `base` with the edits. Only regular files that are there are changed, and stay what they are.
fn edited(
    repository: &Repository,
    base: &git2::Commit<'_>,
    edits: &[(String, Vec<u8>)],
) -> Result<Oid, PushError> {
    let git = |error: git2::Error| PushError::Git(clean(error.message()));
    let root = base.tree().map_err(git)?;
    let mut update = git2::build::TreeUpdateBuilder::new();
    for (path, bytes) in edits {
        let edit = |reason: &str| PushError::Edit {
            path: path.clone(),
            reason: reason.to_owned(),
        };
        let entry = root
            .get_path(std::path::Path::new(path))
            .map_err(|_| edit("the commit has no such file"))?;
        let mode = match entry.filemode() {
            0o100_755 => FileMode::BlobExecutable,
            0o100_644 | 0o100_664 => FileMode::Blob,
            _ => return Err(edit("not a regular file")),
        };
        let blob = repository.blob(bytes).map_err(git)?;
        update.upsert(path.as_str(), blob, mode);
    }
    update.create_updated(repository, &root).map_err(git)
}

fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}
