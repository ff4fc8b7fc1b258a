//! A scan with a cache finds what a scan without one finds, whatever happened to the files in between.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::scan::{Engine, ScanRequest};
use cortex_engine::source::SourceSpec;

const FOUND: &str = "eval(location.hash) // 1\n";
const CLEAN: &str = "void(location.hash) // 2\n";

/// The report as JSON.
fn scan(folder: &Path, cache: Option<&Path>) -> serde_json::Value {
    let target = SourceSpec::Directory(folder.to_owned());
    let mut request = ScanRequest::new(target, jiff::Timestamp::UNIX_EPOCH);
    request.cache_dir = cache.map(Path::to_owned);
    let report = Engine::new(None).scan(&request, &Silent, &Cancel::default());
    serde_json::to_value(report.unwrap()).unwrap()
}

fn findings(report: &serde_json::Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["location"]["path"].as_str().unwrap())
        .collect()
}

#[test]
fn a_rescan_says_what_a_scan_says() {
    let (work, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (work, cache) = (work.path(), cache.path());
    fs::create_dir(work.join("src")).unwrap();
    for (name, text) in [
        ("a.js", FOUND),
        ("src/b.js", CLEAN),
        ("src/same.js", CLEAN),
        ("src/binary.js", "\0\0\0"),
        ("suppressed.js", "eval(location.hash) // nosemgrep\n"),
        ("unused.js", "f() // nosemgrep\n"),
        (
            "package-lock.json",
            "{\"lockfileVersion\": 3, \"packages\": {}}",
        ),
        ("note.txt", "text"),
    ] {
        fs::write(work.join(name), text).unwrap();
    }
    // Of younger files nothing is remembered but their content.
    std::thread::sleep(Duration::from_millis(2_100));

    let without = scan(work, None);
    assert_eq!(findings(&without), ["a.js"]);
    for _ in 0..3 {
        assert_eq!(scan(work, Some(cache)), without);
    }

    // The same size and time of change, other content.
    let changed = work.join("src/b.js");
    let modified = changed.metadata().unwrap().modified().unwrap();
    fs::write(&changed, FOUND).unwrap();
    File::options()
        .write(true)
        .open(&changed)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let report = scan(work, Some(cache));
    assert_eq!(findings(&report), ["a.js", "src/b.js"]);
    assert_eq!(report, scan(work, None));

    // Another file in place of one, and a file gone.
    fs::rename(work.join("a.js"), work.join("src/same.js")).unwrap();
    let report = scan(work, Some(cache));
    assert_eq!(findings(&report), ["src/b.js", "src/same.js"]);
    assert_eq!(report, scan(work, None));

    // What is left of a cache is used or not; it is never an error.
    for entry in fs::read_dir(cache).unwrap() {
        fs::write(entry.unwrap().path(), "no cache").unwrap();
    }
    assert_eq!(scan(work, Some(cache)), report);
}
