//! `cortex scan` of a repository on a server, here on loopback.

use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::forge::{Forge, Manner};
use crate::git::{self, git};
use crate::{Place, of_repository};

/// The vulnerable sample application as a repository `app.git`, and a folder with the same files.
fn served() -> Option<(TempDir, TempDir)> {
    if !git::is_there() {
        return None;
    }
    let (work, root) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    copy(&of_repository("fixtures/vulnerable-app"), work.path());
    // Something to break off in.
    let noise: String = (0_u64..60_000)
        .map(|n| char::from(b'a' + (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59) as u8 % 26))
        .collect();
    std::fs::write(work.path().join("noise.txt"), noise).unwrap();
    git::init(work.path());
    git::commit(work.path(), "all");
    let from = work.path().to_str().unwrap();
    git(root.path(), &["clone", "-q", "--bare", from, "app.git"]);
    std::fs::remove_dir_all(work.path().join(".git")).unwrap();
    Some((work, root))
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn report(place: &Place, target: &str) -> Value {
    let ran = place
        .run(&["scan", "--no-cache", "--format", "json", target])
        .exits_with(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_repository_on_a_server_has_the_findings_of_its_folder() {
    let Some((work, root)) = served() else { return };
    let place = Place::new();
    let forge = Forge::start(root.path(), Manner::Honest);
    let disk = report(&place, work.path().to_str().unwrap());
    let remote = report(&place, &forge.url("app.git"));
    let findings = |report: &Value| report["findings"].as_array().unwrap().clone();
    assert!(findings(&disk).len() > 50, "{}", findings(&disk).len());
    assert_eq!(findings(&disk), findings(&remote));
    assert_eq!(disk["score"], remote["score"]);
    assert_eq!(disk["lockfiles"], remote["lockfiles"]);
}

#[test]
fn a_server_that_dies_midway_is_an_error_within_ten_seconds() {
    let Some((_work, root)) = served() else {
        return;
    };
    let place = Place::new();
    for manner in [
        Manner::CloseAfter(8_000),
        Manner::StallAfter(8_000),
        Manner::Silent,
    ] {
        let forge = Forge::start(root.path(), manner.clone());
        let begin = Instant::now();
        let url = forge.url("app.git");
        let ran = place.run(&["scan", "--format", "json", &url]).exits_with(2);
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(10), "{manner:?}: {took:?}");
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains(&url), "{manner:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
}
