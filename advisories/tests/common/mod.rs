//! What the tests share: archives, folders laid out like an OSV bucket, and a small web server.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "each test binary uses a part of this; a failed unwrap is a failed test"
)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cortex_advisories::{Database, UpdateError, UpdateOptions, UpdateSummary, update};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

/// The folder with real data beside the repository, if it is there.
pub fn shared() -> Option<PathBuf> {
    let dir = std::env::var_os("CORTEX_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    if dir.join("osv/npm/all.zip").is_file() {
        dir.canonicalize().ok()
    } else {
        eprintln!(
            "skipped: no OSV data in {} (set CORTEX_SHARED)",
            dir.display()
        );
        None
    }
}

/// A record that affects `name` in these ranges: `"i0 f1.2.3"`, events by their first letter.
pub fn record(id: &str, aliases: &[&str], ecosystem: &str, name: &str, ranges: &[&str]) -> Value {
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|events| {
            let events: Vec<Value> = events
                .split_whitespace()
                .map(|event| {
                    let (what, version) = event.split_at(1);
                    let what = match what {
                        "i" => "introduced",
                        "f" => "fixed",
                        "l" => "last_affected",
                        "x" => "limit",
                        _ => unreachable!("{what}"),
                    };
                    json!({ what: version })
                })
                .collect();
            json!({"type": "SEMVER", "events": events})
        })
        .collect();
    json!({
        "schema_version": "1.7.5", "id": id, "modified": "2024-01-01T00:00:00Z", "aliases": aliases,
        "summary": format!("summary of {id}"),
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}],
    })
}

/// A zip archive of these entries.
pub fn archive<N: AsRef<str>, B: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = (N, B)>,
) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(name.as_ref(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An archive of records under their ids.
pub fn archive_of(records: &[Value]) -> Vec<u8> {
    archive(records.iter().map(|record| {
        let name = format!("{}.json", record["id"].as_str().unwrap());
        (name, record.to_string())
    }))
}

/// A listing of records, the newest first.
pub fn listing_of(records: &[Value]) -> String {
    let mut lines: Vec<(String, String)> = records
        .iter()
        .map(|record| {
            let text = |field: &str| record[field].as_str().unwrap().to_owned();
            (text("modified"), text("id"))
        })
        .collect();
    lines.sort();
    lines.reverse();
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(time, id)| format!("{time},{id}"))
        .collect();
    lines.join("\n")
}

/// A folder laid out like an OSV bucket, and a data folder beside it.
pub struct Bucket {
    root: tempfile::TempDir,
}

impl Bucket {
    /// A bucket with npm records; crates.io gets one of no interest.
    pub fn npm(records: &[Value]) -> Self {
        let bucket = Self {
            root: tempfile::tempdir().unwrap(),
        };
        bucket.set("npm", records);
        let filler = record("RUSTSEC-0000-0001", &[], "crates.io", "filler", &["i0"]);
        bucket.set("crates.io", &[filler]);
        bucket
    }

    pub fn set(&self, ecosystem: &str, records: &[Value]) {
        self.put(&format!("{ecosystem}/all.zip"), &archive_of(records));
        self.put(
            &format!("{ecosystem}/modified_id.csv"),
            listing_of(records).as_bytes(),
        );
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.root.path().join("bucket").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.root.path().join("bucket").join(name)).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub fn options(&self) -> UpdateOptions {
        let url = format!("file://{}/bucket", self.root.path().display());
        let mut options = UpdateOptions::new(url, self.data());
        options.now = Some("2024-06-01T00:00:00Z".parse().unwrap());
        options
    }

    pub fn update(&self) -> Result<UpdateSummary, UpdateError> {
        update(&self.options(), &mut |_| {})
    }

    /// Updates and opens.
    pub fn database(&self) -> Database {
        self.update().unwrap();
        Database::open(&self.data()).unwrap()
    }
}

/// The ids that an npm package version matches, in order.
pub fn ids(database: &Database, name: &str, version: &str) -> Vec<String> {
    database
        .query("npm", name, version)
        .unwrap()
        .into_iter()
        .map(|found| found.id)
        .collect()
}

/// What the web server answers.
#[derive(Clone)]
pub struct Answer {
    pub status: &'static str,
    pub headers: String,
    pub body: Vec<u8>,
    /// Send so many bytes of the body, then break off.
    pub cut: Option<usize>,
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            headers: String::new(),
            body: body.into(),
            cut: None,
        }
    }

    pub fn status(status: &'static str) -> Self {
        Self {
            status,
            ..Self::ok("")
        }
    }

    pub fn redirect(to: &str) -> Self {
        Self {
            headers: format!("Location: {to}\r\n"),
            ..Self::status("302 Found")
        }
    }
}

/// A web server on loopback. It serves the paths it knows, 404 for others, until the process ends.
pub struct Server {
    pub address: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    requests: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: format!("127.0.0.1:{}", listener.local_addr().unwrap().port()),
            answers: Arc::default(),
            requests: Arc::default(),
        };
        let (answers, requests) = (server.answers.clone(), server.requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, requests) = (answers.clone(), requests.clone());
                std::thread::spawn(move || serve(stream, &answers, &requests));
            }
        });
        server
    }

    pub fn set(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Paths that were asked for since the last call.
    pub fn requests(&self) -> Vec<String> {
        let mut requests = self.requests.lock().unwrap();
        std::mem::take(&mut *requests).into_keys().collect()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &Mutex<HashMap<String, Answer>>,
    requests: &Mutex<BTreeMap<String, usize>>,
) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    while !lines.next()?.ok()?.is_empty() {}
    *requests.lock().ok()?.entry(path.clone()).or_default() += 1;
    let answer = answers
        .lock()
        .ok()?
        .get(&path)
        .cloned()
        .unwrap_or_else(|| Answer::status("404 Not Found"));
    let head = format!(
        "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n",
        answer.status,
        answer.body.len(),
        answer.headers
    );
    stream.write_all(head.as_bytes()).ok()?;
    let end = answer.cut.unwrap_or(answer.body.len());
    stream.write_all(&answer.body[..end]).ok()
}
