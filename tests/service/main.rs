//! `cortex serve` as its users meet it: a process of its own, real HTTP, a real git server, a real forge's API on
//! loopback. Each test runs on SQLite, and on PostgreSQL too where `CORTEX_TEST_POSTGRES` has the address of a server
//! that may create databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a failed unwrap is a failed test"
)]

mod fix_pulls;
mod hostile;
mod lifecycle;
mod local_forge;
mod operations;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::blocking::{Client, Response};
use serde_json::Value;
use tempfile::TempDir;

/// The token that every test's service begins with.
const TOKEN: &str = "csk_test_0123456789abcdef0123456789abcdef";

/// Where rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    Sqlite,
    Postgres,
}

/// Runs a test on every database there is.
fn on_each(test: impl Fn(Rows)) {
    test(Rows::Sqlite);
    if std::env::var_os("CORTEX_TEST_POSTGRES").is_some() {
        test(Rows::Postgres);
    } else {
        eprintln!("skipped on PostgreSQL: CORTEX_TEST_POSTGRES has no address");
    }
}

/// A new database of the PostgreSQL server.
fn new_database() -> String {
    let server = std::env::var("CORTEX_TEST_POSTGRES").unwrap();
    let name = format!("cortex_{}", fresh());
    let made = Command::new("psql")
        .args([&server, "-qc", &format!("create database {name}")])
        .output()
        .expect("psql is installed with PostgreSQL");
    assert!(made.status.success(), "{made:?}");
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// A number that no other test has.
fn fresh() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// A running service.
struct Service {
    process: Child,
    address: String,
    client: Client,
    folder: TempDir,
}

impl Service {
    fn start(rows: Rows, settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        // The system does not give a port away again at once.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cortex"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CORTEX_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--offline", "--listen", &address, "--workers", "2"])
            .current_dir(folder.path())
            .env("CORTEX_DATA_DIR", folder.path().join("data"))
            .env("CORTEX_BOOTSTRAP_TOKEN", TOKEN)
            .env("CORTEX_RATE_LIMITS", "100000/min")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if rows == Rows::Postgres {
            command.env("CORTEX_DATABASE_URL", new_database());
        }
        let service = Self {
            process: command.spawn().unwrap(),
            address,
            client: Client::builder()
                .timeout(Duration::from_secs(150))
                .build()
                .unwrap(),
            folder,
        };
        let patience = Instant::now() + Duration::from_secs(30);
        while service.client.get(service.url("/healthz")).send().is_err() {
            assert!(Instant::now() < patience, "no answer: {}", service.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        service
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let mut request = self
            .client
            .request(method, self.url(path))
            .bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().unwrap()
    }

    /// The answer's status and JSON.
    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.send(method, path, body);
        let status = response.status().as_u16();
        let text = response.text().unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn get(&self, path: &str) -> Value {
        let (status, value) = self.call(Method::GET, path, None);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let (status, value) = self.call(Method::POST, path, Some(body));
        assert!(
            (200..300).contains(&status),
            "{path}: {status} {value}\n{}",
            self.log()
        );
        value
    }

    /// Waits for a scan to end.
    fn wait_for_scan(&self, id: &str) -> Value {
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            let scan = self.get(&format!("/v1/scans/{id}"));
            if !matches!(scan["status"].as_str(), Some("queued" | "running")) {
                return scan;
            }
            assert!(Instant::now() < patience, "{scan}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
