//! Updates: full, incremental, hostile sources, several at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::{Answer, Bucket, Server, archive, archive_of, ids, listing_of, record};
use cortex_advisories::{
    Database, EcosystemUpdate, UpdateError, UpdateOptions, UpdateSummary, status, update,
};
use serde_json::{Value, json};

fn at(mut record: Value, modified: &str) -> Value {
    record["modified"] = json!(modified);
    record
}

/// A server with these npm records, without the single files.
fn serve(server: &Server, records: &[Value]) {
    server.set("/osv/npm/all.zip", Answer::ok(archive_of(records)));
    server.set("/osv/npm/modified_id.csv", Answer::ok(listing_of(records)));
}

fn npm_only(server: &Server, dir: &std::path::Path) -> UpdateOptions {
    let url = format!("http://{}/osv", server.address);
    let mut options = UpdateOptions::new(url, dir);
    options.ecosystems = vec!["npm".into()];
    options.timeout = Duration::from_secs(10);
    options
}

fn run(options: &UpdateOptions) -> Result<UpdateSummary, UpdateError> {
    update(options, &mut |_| {})
}

#[test]
fn only_what_is_newer_is_read() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let options = npm_only(&server, dir.path());
    let one = record("A-1", &[], "npm", "a", &["i0 f1.0.0"]);
    let two = record("A-2", &[], "npm", "a", &["i0 f2.0.0"]);
    serve(&server, &[one.clone(), two.clone()]);

    let summary = run(&options).unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Full);
    assert_eq!(summary.info.records["npm"], 2);
    assert_eq!(summary.info.source, options.url);
    assert_eq!(
        server.requests(),
        ["/osv/npm/all.zip", "/osv/npm/modified_id.csv"]
    );
    let before = summary.info;

    // Nothing new: the time is noted, the content stays.
    let summary = run(&options).unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Unchanged);
    assert_eq!(server.requests(), ["/osv/npm/modified_id.csv"]);
    assert_eq!(summary.info.hash, before.hash);
    assert!(summary.info.fetched > before.fetched);

    // One changed, one new with the very time that is held already, one withdrawn later.
    let one = at(
        record("A-1", &[], "npm", "a", &["i0 f1.5.0"]),
        "2024-03-01T00:00:00Z",
    );
    let three = record("A-3", &[], "npm", "b", &["i0"]);
    let all = [one.clone(), two.clone(), three.clone()];
    server.set("/osv/npm/modified_id.csv", Answer::ok(listing_of(&all)));
    server.set("/osv/npm/A-1.json", Answer::ok(one.to_string()));
    server.set("/osv/npm/A-3.json", Answer::ok(three.to_string()));
    let summary = run(&options).unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Changes(2));
    assert_eq!(
        server.requests(),
        [
            "/osv/npm/A-1.json",
            "/osv/npm/A-3.json",
            "/osv/npm/modified_id.csv"
        ]
    );
    let database = Database::open(dir.path()).unwrap();
    assert_eq!(ids(&database, "a", "1.2.0"), ["A-1", "A-2"]);
    assert_eq!(ids(&database, "b", "1.2.0"), ["A-3"]);

    let mut two = at(two, "2024-04-01T00:00:00Z");
    two["withdrawn"] = json!("2024-04-01T00:00:00Z");
    server.set(
        "/osv/npm/modified_id.csv",
        Answer::ok(listing_of(&[one, two.clone(), three])),
    );
    server.set("/osv/npm/A-2.json", Answer::ok(two.to_string()));
    run(&options).unwrap();
    let database = Database::open(dir.path()).unwrap();
    assert_eq!(ids(&database, "a", "1.2.0"), ["A-1"]);
    database.verify().unwrap();
    assert_eq!(
        run(&options).unwrap().ecosystems["npm"],
        EcosystemUpdate::Unchanged
    );
}

/// The same content is reached by increments and by one full download.
#[test]
fn increments_end_where_a_full_download_does() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    let records = [
        record("A-1", &[], "npm", "a", &["i0"]),
        at(
            record("A-2", &["A-1"], "npm", "a", &["i0 f2.0.0"]),
            "2024-05-01T00:00:00Z",
        ),
    ];
    bucket.set("npm", &records);
    bucket.put("npm/A-2.json", records[1].to_string().as_bytes());
    let summary = bucket.update().unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Changes(1));
    let mut options = bucket.options();
    options.full = true;
    let full = run(&options).unwrap();
    assert_eq!(full.ecosystems["npm"], EcosystemUpdate::Full);
    assert_eq!(full.info.hash, summary.info.hash);
}

#[test]
fn a_source_without_single_records_is_read_by_archive() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    bucket.set(
        "npm",
        &[at(
            record("A-1", &[], "npm", "a", &["i0 f1.0.0"]),
            "2024-05-01T00:00:00Z",
        )],
    );
    let summary = bucket.update().unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Full);
    assert_eq!(summary.ecosystems["crates.io"], EcosystemUpdate::Unchanged);
    let database = Database::open(&bucket.data()).unwrap();
    assert!(ids(&database, "a", "1.0.0").is_empty());

    // Without a listing nothing can be known to be unchanged.
    bucket.remove("npm/modified_id.csv");
    assert_eq!(
        bucket.update().unwrap().ecosystems["npm"],
        EcosystemUpdate::Full
    );
}

#[test]
fn too_many_changes_are_read_by_archive() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    let records: Vec<_> = (0..5)
        .map(|n| {
            at(
                record(&format!("A-{n}"), &[], "npm", "a", &["i0"]),
                "2024-05-01T00:00:00Z",
            )
        })
        .collect();
    bucket.set("npm", &records);
    for record in &records {
        let name = format!("npm/{}.json", record["id"].as_str().unwrap());
        bucket.put(&name, record.to_string().as_bytes());
    }
    let mut options = bucket.options();
    options.limits.changes = 4;
    assert_eq!(
        run(&options).unwrap().ecosystems["npm"],
        EcosystemUpdate::Full
    );
}

/// Archives are packed less often than listings are written.
#[test]
fn records_that_are_newer_than_the_archive_are_read_after_it() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    let late = at(
        record("A-2", &[], "npm", "b", &["i0"]),
        "2024-05-01T00:00:00Z",
    );
    bucket.put(
        "npm/modified_id.csv",
        listing_of(&[record("A-1", &[], "npm", "a", &[]), late.clone()]).as_bytes(),
    );
    bucket.put("npm/A-2.json", late.to_string().as_bytes());
    let database = bucket.database();
    assert_eq!(ids(&database, "b", "1.0.0"), ["A-2"]);
    assert_eq!(
        database.info().ecosystems["npm"].newest.as_deref(),
        Some("2024-05-01T00:00:00Z")
    );
    assert_eq!(
        bucket.update().unwrap().ecosystems["npm"],
        EcosystemUpdate::Unchanged
    );

    // Listed and nowhere to be had: named once, and not a reason to download all again and again.
    let ghost = at(
        record("A-3", &[], "npm", "c", &["i0"]),
        "2024-06-01T00:00:00Z",
    );
    bucket.put("npm/modified_id.csv", listing_of(&[late, ghost]).as_bytes());
    let summary = bucket.update().unwrap();
    assert_eq!(summary.ecosystems["npm"], EcosystemUpdate::Full);
    assert_eq!(summary.broken[0].name, "A-3");
    assert_eq!(
        bucket.update().unwrap().ecosystems["npm"],
        EcosystemUpdate::Unchanged
    );
}

#[test]
fn broken_records_are_named_and_the_rest_is_used() {
    let bucket = Bucket::npm(&[]);
    let good = record("A-1", &[], "npm", "a", &["i0"]).to_string();
    let deep = "[".repeat(200_000);
    let entries = [
        ("A-1.json", good.as_str()),
        ("A-2.json", "{\"id\":"),
        ("A-3.json", deep.as_str()),
        ("A-4.json", r#"{"id":"A-4"}"#),
        (
            "../../../escape.json",
            r#"{"id":"../../escape","modified":""}"#,
        ),
        ("A-5.txt", "not looked at"),
    ];
    bucket.put("npm/all.zip", &archive(entries));
    let summary = bucket.update().unwrap();
    assert_eq!(summary.broken.len(), 4, "{:?}", summary.broken);
    assert_eq!(summary.info.ecosystems["npm"].broken, 4);
    assert_eq!(summary.info.records["npm"], 1);
    let mut files: Vec<_> = std::fs::read_dir(bucket.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "advisories.index",
            "crates.io.zip",
            "npm.zip",
            "state.json",
            "update.lock"
        ]
    );
}

#[test]
fn what_a_killed_update_left_behind_is_removed() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    let left = bucket.data().join(".new-abc");
    std::fs::write(&left, "half an archive").unwrap();
    bucket.update().unwrap();
    assert!(!left.exists());
}

/// Whatever goes wrong, the index that was there stays.
fn refused(bucket: &Bucket, options: &UpdateOptions, reason: &str) {
    let before = std::fs::read(bucket.data().join("advisories.index")).unwrap();
    let error = run(options).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
    let after = std::fs::read(bucket.data().join("advisories.index")).unwrap();
    assert!(before == after, "the index changed");
}

#[test]
fn zip_bombs_and_empty_archives_are_refused() {
    let good = record("A-1", &[], "npm", "a", &["i0"]);
    let bucket = Bucket::npm(std::slice::from_ref(&good));
    bucket.update().unwrap();
    let mut options = bucket.options();
    options.full = true;
    options.limits.entry_bytes = 1 << 20;
    options.limits.unpacked_bytes = 4 << 20;
    options.limits.entries = 1_000;

    // One entry that unpacks to 64 MB: not read to its end, and counted as broken.
    let zeros = vec![b' '; 64 << 20];
    let good = good.to_string();
    bucket.put(
        "npm/all.zip",
        &archive([("A-1.json", good.as_bytes()), ("B.json", &zeros)]),
    );
    let summary = run(&options).unwrap();
    assert!(
        summary.broken[0].reason.contains("larger than"),
        "{:?}",
        summary.broken
    );

    let entry = vec![b' '; 1 << 20];
    let many = (0..8).map(|n| (format!("{n}.json"), &entry));
    bucket.put("npm/all.zip", &archive(many));
    refused(&bucket, &options, "unpacks to more than");

    let empty = (0..1_001).map(|n| (format!("{n}.json"), ""));
    bucket.put("npm/all.zip", &archive(empty));
    refused(&bucket, &options, "more than 1000 entries");

    bucket.put("npm/all.zip", &archive([("A-1.json", "{}")]));
    refused(&bucket, &options, "no readable record");
    bucket.put("npm/all.zip", b"this is no archive");
    refused(&bucket, &options, "npm/all.zip");

    options.limits.archive_bytes = 10;
    refused(&bucket, &options, "larger than the 10 bytes");
    bucket.remove("npm/all.zip");
    refused(&bucket, &options, "there is no such file");
}

#[test]
fn servers_that_misbehave_are_refused() {
    let server = Server::start();
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    let mut options = npm_only(&server, &bucket.data());
    let cases = [
        (Answer::redirect("file:///etc/passwd"), "another scheme"),
        (Answer::redirect("https://127.0.0.1:1/"), "another scheme"),
        (Answer::redirect("/osv/npm/all.zip"), "too many redirects"),
        (Answer::status("503 Service Unavailable"), "503"),
        (
            Answer {
                cut: Some(1),
                ..Answer::ok("some bytes that do not come")
            },
            "broke off",
        ),
    ];
    for (answer, reason) in cases {
        server.set("/osv/npm/all.zip", answer);
        refused(&bucket, &options, reason);
    }
    options.url = "http://user:secret@127.0.0.1:1/osv?key=secret".into();
    let error = run(&options).unwrap_err().to_string();
    assert!(
        !error.contains("secret") && error.contains("127.0.0.1:1"),
        "{error}"
    );
    options.url = "ftp://127.0.0.1/".into();
    refused(&bucket, &options, "scheme");
    options.ecosystems = vec!["npm".into(), "../etc".into()];
    refused(&bucket, &options, "not an ecosystem");
}

#[test]
fn redirects_of_the_same_scheme_are_followed_and_credentials_are_not_kept() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let records = [record("A-1", &[], "npm", "a", &["i0"])];
    server.set("/elsewhere", Answer::ok(archive_of(&records)));
    server.set("/osv/npm/all.zip", Answer::redirect("/elsewhere"));
    let mut options = npm_only(&server, dir.path());
    options.url = format!("http://me:hunter2@{}/osv/", server.address);
    let summary = run(&options).unwrap();
    assert_eq!(
        summary.info.source,
        format!("http://{}/osv", server.address)
    );
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    }
}

#[test]
fn a_second_update_waits_or_says_that_it_cannot() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    bucket.update().unwrap();
    let lock = std::fs::File::open(bucket.data().join("update.lock")).unwrap();
    lock.lock().unwrap();
    assert!(status(&bucket.data()).updating);
    let mut options = bucket.options();
    options.lock_wait = Duration::ZERO;
    assert!(matches!(run(&options), Err(UpdateError::Busy { .. })));
    options.lock_wait = Duration::from_secs(30);
    let mut lock = Some(lock);
    let mut waited = false;
    update(&options, &mut |progress| {
        if progress == cortex_advisories::Progress::Waiting {
            waited = true;
            lock.take();
        }
    })
    .unwrap();
    assert!(waited && !status(&bucket.data()).updating);
}

#[test]
fn status_tells_what_is_there() {
    let bucket = Bucket::npm(&[record("A-1", &[], "npm", "a", &["i0"])]);
    let nothing = status(&bucket.data());
    assert!(nothing.info.is_none() && nothing.problem.is_none());
    bucket.update().unwrap();
    let there = status(&bucket.data());
    let info = there.info.unwrap();
    assert_eq!(info.fetched, "2024-06-01T00:00:00Z".parse().unwrap());
    assert_eq!(there.bytes, there.path.metadata().unwrap().len());
    let mut bytes = std::fs::read(&there.path).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&there.path, bytes).unwrap();
    let damaged = status(&bucket.data());
    assert!(damaged.info.is_none());
    assert!(damaged.problem.unwrap().contains("cortex db update"));
    // And the next update mends what cannot be opened at all.
    std::fs::write(&there.path, b"rubbish").unwrap();
    bucket.update().unwrap();
    assert_eq!(status(&bucket.data()).info, Some(info));
}

/// Readers open and query while the index is swapped under them, over and over.
#[test]
fn readers_never_see_an_error_during_updates() {
    let records = |n: usize| -> Vec<Value> {
        (0..200)
            .map(|i| {
                at(
                    record(&format!("A-{i}"), &[], "npm", &format!("p{i}"), &["i0"]),
                    &format!("2024-01-01T00:00:{n:02}Z"),
                )
            })
            .collect()
    };
    let bucket = Bucket::npm(&records(0));
    bucket.update().unwrap();
    let (done, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let dir = bucket.data();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let old = Database::open(&dir).unwrap();
                while !done.load(Ordering::Relaxed) {
                    let database = Database::open(&dir).unwrap();
                    database.verify().unwrap();
                    for database in [&old, &database] {
                        assert_eq!(ids(database, "p7", "1.0.0"), ["A-7"]);
                    }
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for n in 1..25 {
            bucket.set("npm", &records(n));
            bucket.update().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(reads.into_inner() > 24);
}
