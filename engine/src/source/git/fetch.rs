//! Fetches one commit from a git server into a temporary bare repository, within bounds.
//!
//! libgit2 waits on its socket without a deadline that safe code could set, so the fetch runs on a
//! thread of its own and is watched from here. When a bound is passed it is told to stop, and
//! abandoned: it ends at its next callback, or with the process if it hangs in a read. The temporary
//! folder is removed by whoever is last.
//!
//! The list of the server's refs is not asked for: the names in it may be any bytes, and git2 panics
//! on those that are not UTF-8. The refs that a name can mean are fetched by refspec instead.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use git2::{
    AutotagOption, ErrorClass, ErrorCode, FetchOptions, Oid, ProxyOptions, Reference,
    RemoteCallbacks, RemoteRedirect, Repository,
};
use tempfile::TempDir;

use super::credentials::Answers;
use super::watch::{Shared, Watch};
use crate::cancel::Cancel;
use crate::progress::{Progress, Stage};
use crate::source::{CloneFailure, CloneOptions, RemoteUrl};

/// Where the refs that are fetched go.
const OWN_REFS: &str = "refs/cortex";

/// How libgit2 and servers say that a commit cannot be had by its id.
const UNNAMED: [&str; 3] = [
    "cannot fetch a specific object",
    "not our ref",
    // What it makes of a server's refusal of a shallow fetch.
    "unexpected packet type",
];

/// Fetches `reference` (`None`: the default branch) of the repository at `url`. Returns the folder
/// that holds the bare repository, and the commit.
pub(super) fn fetch(
    url: &RemoteUrl,
    reference: Option<&str>,
    options: &CloneOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<(TempDir, Oid), CloneFailure> {
    let folder = tempfile::Builder::new()
        .prefix("cortex-clone-")
        .tempdir()
        .map_err(|error| CloneFailure::Temporary(error.to_string()))?;
    let shared = Arc::new(Shared::default());
    let (sender, receiver) = mpsc::channel();
    let job = Job {
        url: url.clone(),
        reference: reference.map(str::to_owned),
        options: options.clone(),
        folder: folder.path().to_owned(),
        shared: Arc::clone(&shared),
    };
    std::thread::Builder::new()
        .name("clone".to_owned())
        .spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or_else(|_| {
                Err(CloneFailure::Transport("the transport failed".to_owned()))
            });
            if sender.send(outcome).is_err() {
                let _ = fs::remove_dir_all(&job.folder);
            }
        })
        .map_err(|error| CloneFailure::Temporary(error.to_string()))?;

    progress.stage(Stage::Clone, None);
    let watch = Watch {
        limits: &options.limits,
        shared: &shared,
        packs: folder.path().join("objects/pack"),
        cancel,
        progress,
    };
    let outcome = watch.until_done(&receiver);
    shared.stop.store(true, Ordering::Relaxed);
    progress.finish(Stage::Clone);
    outcome.map(|commit| (folder, commit))
}

/// The work of the thread that fetches.
struct Job {
    url: RemoteUrl,
    reference: Option<String>,
    options: CloneOptions,
    folder: PathBuf,
    shared: Arc<Shared>,
}

/// What a ref could be on the server, most likely first: refspec and the own ref it goes to.
fn refspecs(reference: Option<&str>) -> Result<Vec<(String, String)>, CloneFailure> {
    let Some(name) = reference else {
        return Ok(vec![spec("HEAD", "head")]);
    };
    if is_commit(name) {
        return Ok(vec![spec(name, "commit")]);
    }
    let candidates = if name == "HEAD" {
        vec![spec("HEAD", "head")]
    } else if name.starts_with("refs/") {
        vec![spec(name, "named")]
    } else {
        vec![
            spec(&format!("refs/heads/{name}"), "branch"),
            spec(&format!("refs/tags/{name}"), "tag"),
        ]
    };
    let valid = candidates.iter().all(|(refspec, _)| {
        // `+SOURCE:TARGET`; a name with a colon or a star would mean something else here.
        refspec.matches(':').count() == 1
            && refspec
                .trim_start_matches('+')
                .split(':')
                .all(Reference::is_valid_name)
    });
    if valid {
        Ok(candidates)
    } else {
        Err(CloneFailure::NoSuchReference(name.to_owned()))
    }
}

fn spec(source: &str, own: &str) -> (String, String) {
    let target = format!("{OWN_REFS}/{own}");
    (format!("+{source}:{target}"), target)
}

fn is_commit(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Job {
    fn run(&self) -> Result<Oid, CloneFailure> {
        let repository = Repository::init_bare(&self.folder)
            .map_err(|error| CloneFailure::Temporary(error.message().to_owned()))?;
        let specs = refspecs(self.reference.as_deref())?;
        let fetched = self.fetch(&repository, &specs, 1);
        let commit = match (&self.reference, fetched) {
            (Some(id), Err(CloneFailure::Transport(text)))
                if is_commit(id) && UNNAMED.iter().any(|words| text.contains(words)) =>
            {
                // Not every server hands out a commit by its id. The others are asked for everything
                // that has a name.
                let all = [
                    (
                        "+refs/heads/*:refs/cortex/heads/*".to_owned(),
                        String::new(),
                    ),
                    ("+refs/tags/*:refs/cortex/tags/*".to_owned(), String::new()),
                ];
                self.fetch(&repository, &all, 0)?;
                find(&repository, id)
            }
            (_, outcome) => {
                outcome?;
                specs.iter().find_map(|(_, own)| find(&repository, own))
            }
        };
        commit.ok_or_else(|| match &self.reference {
            Some(name) => CloneFailure::NoSuchReference(name.clone()),
            None => CloneFailure::Empty,
        })
    }

    fn fetch(
        &self,
        repository: &Repository,
        specs: &[(String, String)],
        depth: i32,
    ) -> Result<(), CloneFailure> {
        let shared = &*self.shared;
        let too_much = AtomicU64::new(0);
        let mut answers = Answers::new(&self.options.credentials, &self.url, &shared.asking);
        let mut callbacks = RemoteCallbacks::new();
        callbacks.credentials(|asking, username, allowed| {
            shared.signs.fetch_add(1, Ordering::Relaxed);
            answers.next(asking, username, allowed)
        });
        callbacks.sideband_progress(|_| {
            shared.signs.fetch_add(1, Ordering::Relaxed);
            !shared.stop.load(Ordering::Relaxed)
        });
        callbacks.transfer_progress(|stats| {
            let bytes = stats.received_bytes() as u64;
            let total = stats.total_objects() as u64;
            shared.bytes.store(bytes, Ordering::Relaxed);
            shared
                .objects
                .store(stats.received_objects() as u64, Ordering::Relaxed);
            shared.total.store(total, Ordering::Relaxed);
            shared.indexed.store(
                (stats.indexed_objects() + stats.indexed_deltas()) as u64,
                Ordering::Relaxed,
            );
            if bytes > self.options.limits.bytes {
                too_much.store(1, Ordering::Relaxed);
            } else if total > self.options.limits.objects {
                too_much.store(2, Ordering::Relaxed);
            }
            too_much.load(Ordering::Relaxed) == 0 && !shared.stop.load(Ordering::Relaxed)
        });
        let mut proxy = ProxyOptions::new();
        match &self.options.proxy {
            Some(address) => proxy.url(address),
            // As the user's git: `http.proxy`, `https_proxy`, `no_proxy`.
            None => proxy.auto(),
        };
        // libgit2 connects past the proxy for plain http, so who is to go through one is led nowhere else.
        let is_past_proxy =
            self.options.proxy.is_some() && self.url.expose().starts_with("http://");
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(callbacks)
            .proxy_options(proxy)
            .follow_redirects(if is_past_proxy {
                RemoteRedirect::None
            } else {
                RemoteRedirect::Initial
            })
            .depth(depth)
            .download_tags(AutotagOption::None)
            .update_fetchhead(false);
        let specs: Vec<&str> = specs.iter().map(|(refspec, _)| refspec.as_str()).collect();
        let outcome = repository
            .remote_anonymous(self.url.expose())
            .and_then(|mut remote| remote.fetch(&specs, Some(&mut options), None));
        drop(options);
        match (too_much.into_inner(), outcome) {
            (1, _) => Err(CloneFailure::TooManyBytes(self.options.limits.bytes)),
            (2, _) => Err(CloneFailure::TooManyObjects(self.options.limits.objects)),
            (_, Ok(())) => Ok(()),
            (_, Err(error)) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &git2::Error) -> CloneFailure {
        if self.shared.stop.load(Ordering::Relaxed) {
            return CloneFailure::Cancelled;
        }
        let secrets = self.url.secrets().iter().map(String::as_str);
        let text = clean(
            error.message(),
            secrets.chain(self.options.credentials.secrets()),
        );
        let refused = error.code() == ErrorCode::Auth
            || (error.class() == ErrorClass::Http
                && ["401", "403"]
                    .iter()
                    .any(|code| text.contains(&format!("status code: {code}"))));
        if refused {
            CloneFailure::Authentication(text)
        } else {
            CloneFailure::Transport(text)
        }
    }
}

/// The commit that an own ref or an id stands for.
fn find(repository: &Repository, name: &str) -> Option<Oid> {
    let object = match Oid::from_str(name) {
        Ok(id) if is_commit(name) => repository.find_object(id, None),
        _ => repository
            .refname_to_id(name)
            .and_then(|id| repository.find_object(id, None)),
    };
    Some(object.ok()?.peel_to_commit().ok()?.id())
}

/// A message that may quote the server, without secrets and control characters, of bearable length.
fn clean<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> String {
    let mut text = text.to_owned();
    for secret in secrets.filter(|s| !s.is_empty()) {
        text = text.replace(secret, "***");
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use super::*;

    #[test]
    fn a_name_means_a_branch_then_a_tag_and_cannot_mean_more() {
        let specs = |name| -> Vec<String> {
            refspecs(name)
                .unwrap()
                .into_iter()
                .map(|(spec, _)| spec)
                .collect()
        };
        assert_eq!(specs(None), ["+HEAD:refs/cortex/head"]);
        assert_eq!(
            specs(Some("v1")),
            [
                "+refs/heads/v1:refs/cortex/branch",
                "+refs/tags/v1:refs/cortex/tag"
            ]
        );
        assert_eq!(
            specs(Some("refs/pull/1/head")),
            ["+refs/pull/1/head:refs/cortex/named"]
        );
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(specs(Some(id)), [format!("+{id}:refs/cortex/commit")]);
        for name in [
            "*",
            "a:b",
            "a b",
            "",
            "a..b",
            "refs/*",
            "refs/heads/x:refs/heads/y",
            "-x\n",
        ] {
            assert!(refspecs(Some(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn messages_hold_no_secret_and_no_control_character() {
        let text = clean(
            "bad \x1b[31m https://u:hunter2@h\n",
            ["hunter2"].into_iter(),
        );
        assert_eq!(text, "bad  [31m https://u:***@h ");
    }
}
