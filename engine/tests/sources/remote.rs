//! Repositories on a server: equal to the folder they came from, within bounds, and quiet about
//! credentials.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::{Progress, Silent, Stage};
use cortex_engine::source::{
    CloneFailure, CloneLimits, CloneOptions, Credentials, Source, SourceError, SourceSpec,
    open_with,
};
use tempfile::TempDir;

use crate::forge::{Forge, Manner, basic};
use crate::git::{self, awkward, contents, git, open, selection, write};

const TOKEN: &str = "tok3n-of-secrecy";

fn fetch(
    url: &str,
    reference: Option<&str>,
    limits: &CloneLimits,
    credentials: &Credentials,
) -> Result<Box<dyn Source>, SourceError> {
    let spec = SourceSpec::parse(url, reference)?;
    open_with(
        &spec,
        &CloneOptions {
            limits: limits.clone(),
            credentials: credentials.clone(),
            proxy: None,
        },
        &Silent,
        &Cancel::default(),
    )
}

fn failure(
    url: &str,
    reference: Option<&str>,
    limits: &CloneLimits,
    credentials: &Credentials,
) -> (CloneFailure, String) {
    let begin = Instant::now();
    let error = fetch(url, reference, limits, credentials)
        .err()
        .expect("the clone must fail");
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    let text = format!("{error} {error:?}");
    assert!(!text.contains(TOKEN) && !text.contains("hunter2"), "{text}");
    match error {
        SourceError::Clone { failure, .. } => (failure, text),
        other => panic!("{other}"),
    }
}

fn patient() -> CloneLimits {
    CloneLimits::default()
}

/// A served repository `x.git` with two commits, a branch, tags, and 300 kB that do not compress.
fn served() -> (TempDir, TempDir, String) {
    let (work, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    git::init(work.path());
    write(work.path(), b"a.js", "first");
    let first = git::commit(work.path(), "first");
    git(work.path(), &["tag", "-a", "v1", "-m", "one"]);
    git(work.path(), &["branch", "old"]);
    let mut state = 1_u64;
    let noise: String = (0..300_000)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b' ' + (state >> 58) as u8)
        })
        .collect();
    write(work.path(), b"a.js", "second");
    write(work.path(), b"noise.txt", &noise);
    git::commit(work.path(), "second");
    publish(work.path(), root.path());
    (work, root, first)
}

fn publish(work: &Path, root: &Path) {
    git(
        root,
        &["clone", "-q", "--bare", work.to_str().unwrap(), "x.git"],
    );
}

#[test]
fn a_clone_equals_the_folder_it_came_from() {
    if !git::is_there() {
        return;
    }
    let (work, module, root) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    awkward(work.path(), module.path());
    publish(work.path(), root.path());
    let forge = Forge::start(root.path(), Manner::Honest);
    let clone = fetch(
        &forge.url("x.git"),
        None,
        &patient(),
        &Credentials::default(),
    )
    .unwrap();
    let disk = open(&SourceSpec::Directory(work.path().into()));
    assert_eq!(
        contents(&*clone, &selection()),
        contents(&*disk, &selection())
    );
    assert_eq!(
        clone.target().commit,
        Some(git(work.path(), &["rev-parse", "HEAD"]))
    );
    assert!(
        forge
            .requests()
            .iter()
            .any(|r| r.body.windows(8).any(|w| w == b"deepen 1"))
    );
}

#[test]
fn branches_tags_and_commits_can_be_named() {
    if !git::is_there() {
        return;
    }
    let (_work, root, first) = served();
    let forge = Forge::start(root.path(), Manner::Honest);
    for (reference, expected) in [
        (None, "second"),
        (Some("main"), "second"),
        (Some("HEAD"), "second"),
        (Some("old"), "first"),
        (Some("v1"), "first"),
        (Some("refs/tags/v1"), "first"),
        (Some(&first[..]), "first"),
    ] {
        let source = fetch(
            &forge.url("x.git"),
            reference,
            &patient(),
            &Credentials::default(),
        )
        .unwrap();
        assert_eq!(
            contents(&*source, &git::selection()).files["a.js"].1,
            expected.as_bytes(),
            "{reference:?}"
        );
        let target = source.target();
        assert_eq!(target.location, forge.url("x.git"));
        assert_eq!(target.reference.as_deref(), reference);
    }
    let missing = "0123456789abcdef0123456789abcdef01234567";
    for reference in ["nope", "v2", missing, "a b", "*"] {
        let (failure, _) = failure(
            &forge.url("x.git"),
            Some(reference),
            &patient(),
            &Credentials::default(),
        );
        assert_eq!(failure, CloneFailure::NoSuchReference(reference.into()));
    }
    // A server that hands out commits by their ids need not be asked for the others.
    let bare = root.path().join("x.git");
    git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let forge = Forge::start(root.path(), Manner::Honest);
    let source = fetch(
        &forge.url("x.git"),
        Some(&first),
        &patient(),
        &Credentials::default(),
    )
    .unwrap();
    assert_eq!(
        contents(&*source, &git::selection()).files["a.js"].1,
        b"first"
    );
    // No request without a depth: the history was not asked for.
    let requests = forge.requests();
    let mut posts = requests.iter().filter(|r| r.line.starts_with("POST"));
    assert!(posts.all(|r| r.body.windows(8).any(|w| w == b"deepen 1")));
    let (missed, _) = failure(
        &forge.url("x.git"),
        Some(missing),
        &patient(),
        &Credentials::default(),
    );
    assert_eq!(missed, CloneFailure::NoSuchReference(missing.into()));

    git(root.path(), &["init", "-q", "--bare", "empty.git"]);
    assert_eq!(
        failure(
            &forge.url("empty.git"),
            None,
            &patient(),
            &Credentials::default()
        )
        .0,
        CloneFailure::Empty
    );
    let (failure, text) = failure(
        &forge.url("none.git"),
        None,
        &patient(),
        &Credentials::default(),
    );
    assert!(matches!(failure, CloneFailure::Transport(_)), "{text}");
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    if !git::is_there() {
        return;
    }
    let (_work, root, _) = served();
    let short = CloneLimits {
        stall: Duration::from_millis(1500),
        ..patient()
    };
    for manner in [
        Manner::Silent,
        Manner::StallAfter(0),
        Manner::StallAfter(200),
        Manner::StallAfter(150_000),
    ] {
        let forge = Forge::start(root.path(), manner.clone());
        let (failure, text) = failure(&forge.url("x.git"), None, &short, &Credentials::default());
        assert_eq!(
            failure,
            CloneFailure::Stalled(short.stall),
            "{manner:?}: {text}"
        );
    }
    // With the bounds that users have.
    let forge = Forge::start(root.path(), Manner::StallAfter(150_000));
    let (failure, _) = failure(
        &forge.url("x.git"),
        None,
        &patient(),
        &Credentials::default(),
    );
    assert!(matches!(failure, CloneFailure::Stalled(_)));
}

#[test]
fn a_server_that_hangs_up_or_is_not_there_is_an_error() {
    if !git::is_there() {
        return;
    }
    let (_work, root, _) = served();
    for count in [0, 4, 200, 150_000] {
        let forge = Forge::start(root.path(), Manner::CloseAfter(count));
        let (failure, text) = failure(
            &forge.url("x.git"),
            None,
            &patient(),
            &Credentials::default(),
        );
        assert!(matches!(failure, CloneFailure::Transport(_)), "{text}");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (failure, text) = failure(
        &format!("http://127.0.0.1:{port}/x.git"),
        None,
        &patient(),
        &Credentials::default(),
    );
    assert!(matches!(failure, CloneFailure::Transport(_)), "{text}");
}

#[test]
fn every_bound_has_an_error_of_its_own() {
    if !git::is_there() {
        return;
    }
    let (_work, root, _) = served();
    let forge = Forge::start(root.path(), Manner::Honest);
    let fail = |limits: CloneLimits| {
        failure(&forge.url("x.git"), None, &limits, &Credentials::default()).0
    };
    assert_eq!(
        fail(CloneLimits {
            bytes: 1000,
            ..patient()
        }),
        CloneFailure::TooManyBytes(1000)
    );
    assert_eq!(
        fail(CloneLimits {
            objects: 2,
            ..patient()
        }),
        CloneFailure::TooManyObjects(2)
    );
    let trickle = Forge::start(root.path(), Manner::Trickle);
    let time = Duration::from_secs(2);
    let (failed, _) = failure(
        &trickle.url("x.git"),
        None,
        &CloneLimits { time, ..patient() },
        &Credentials::default(),
    );
    assert_eq!(failed, CloneFailure::TimedOut(time));

    let cancel = Cancel::default();
    cancel.cancel();
    let spec = SourceSpec::parse(&trickle.url("x.git"), None).unwrap();
    let error = open_with(&spec, &CloneOptions::default(), &Silent, &cancel)
        .err()
        .unwrap();
    assert!(matches!(
        error,
        SourceError::Clone {
            failure: CloneFailure::Cancelled,
            ..
        }
    ));
}

#[test]
fn a_token_opens_the_server_it_is_for_and_no_other() {
    if !git::is_there() {
        return;
    }
    let (_work, root, _) = served();
    let credentials = Credentials::token(TOKEN);
    let forge = Forge::start(root.path(), Manner::Password(TOKEN.into()));
    let source = fetch(&forge.url("x.git"), None, &patient(), &credentials).unwrap();
    assert_eq!(contents(&*source, &selection()).files["a.js"].1, b"second");
    let sent: Vec<_> = forge
        .requests()
        .iter()
        .filter_map(|r| r.header("authorization").map(basic))
        .collect();
    assert_eq!(sent[0], format!("x-access-token:{TOKEN}"));

    // The address's own user and password.
    let url = format!("http://me:{TOKEN}@127.0.0.1:{}/x.git", forge.port);
    let source = fetch(&url, None, &patient(), &Credentials::default()).unwrap();
    assert!(!format!("{:?}", source.target()).contains(TOKEN));
    assert_eq!(source.target().location, forge.url("x.git"));

    // None, a wrong one, and a server that wants another.
    let (failed, _) = failure(
        &forge.url("x.git"),
        None,
        &patient(),
        &Credentials::default(),
    );
    assert!(
        matches!(failed, CloneFailure::Authentication(_)),
        "{failed}"
    );
    let closed = Forge::start(root.path(), Manner::Closed);
    let url = format!("http://me:hunter2@127.0.0.1:{}/x.git", closed.port);
    let (failed, _) = failure(&url, None, &patient(), &credentials);
    assert!(
        matches!(failed, CloneFailure::Authentication(_)),
        "{failed}"
    );

    // A redirect leads to a server that asks: it gets nothing.
    let thief = Forge::start(root.path(), Manner::Closed);
    let guide = Forge::start(
        root.path(),
        Manner::Redirect(format!("http://127.0.0.1:{}", thief.port)),
    );
    for url in [
        guide.url("x.git"),
        format!("http://me:hunter2@127.0.0.1:{}/x.git", guide.port),
    ] {
        let (failed, _) = failure(&url, None, &patient(), &credentials);
        assert!(
            matches!(failed, CloneFailure::Authentication(_)),
            "{failed}"
        );
    }
    let asked = thief.requests();
    assert!(!asked.is_empty());
    assert!(
        asked.iter().all(|r| r.header("authorization").is_none()),
        "{asked:?}"
    );
}

/// Stage, total, advance, end.
type Event = (Stage, Option<u64>, u64, bool);

#[derive(Default)]
struct Log(Mutex<Vec<Event>>);

impl Progress for Log {
    fn stage(&self, stage: Stage, total: Option<u64>) {
        self.0.lock().unwrap().push((stage, total, 0, false));
    }
    fn advance(&self, stage: Stage, by: u64) {
        self.0.lock().unwrap().push((stage, None, by, false));
    }
    fn message(&self, _: &str) {}
    fn finish(&self, stage: Stage) {
        self.0.lock().unwrap().push((stage, None, 0, true));
    }
}

#[test]
fn progress_counts_objects() {
    if !git::is_there() {
        return;
    }
    let (_work, root, _) = served();
    let forge = Forge::start(root.path(), Manner::Honest);
    let log = Log::default();
    let spec = SourceSpec::parse(&forge.url("x.git"), None).unwrap();
    open_with(&spec, &CloneOptions::default(), &log, &Cancel::default()).unwrap();
    let log = log.0.into_inner().unwrap();
    // A commit, a tree and two blobs.
    assert!(log.contains(&(Stage::Clone, Some(4), 0, false)), "{log:?}");
    assert_eq!(log.iter().map(|entry| entry.2).sum::<u64>(), 4);
    assert_eq!(log.last(), Some(&(Stage::Clone, None, 0, true)));
}
