//! A forge on loopback: git over HTTP (`git http-backend`), the pull request API of GitHub, and a package registry. Its
//! API fails as it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The token that the forge takes.
pub(crate) const TOKEN: &str = "forge-token";

/// How the API fails once.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An answer with a status and seconds of `Retry-After`.
    Answer(u16, Option<u32>),
    /// The request is done and its answer lost: the connection closes without one.
    LostAnswer,
    /// No answer for so long.
    Silence(Duration),
}

pub(crate) struct LocalForge {
    shared: Arc<Shared>,
    pub(crate) address: String,
    // Stops the server when it is dropped.
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    folder: TempDir,
    pulls: Mutex<Vec<Value>>,
    /// For the requests that open pull requests, the next first.
    faults: Mutex<VecDeque<Fault>>,
    packages: Mutex<BTreeMap<String, Value>>,
}

impl LocalForge {
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared {
            folder: TempDir::new().unwrap(),
            pulls: Mutex::default(),
            faults: Mutex::default(),
            packages: Mutex::default(),
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            shared,
            address,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn repository(&self, name: &str) -> PathBuf {
        self.shared.folder.path().join(format!("{name}.git"))
    }

    /// Commits files to `main` of a repository, which is made if it is not there. Answers its clone address.
    pub(crate) fn commit(&self, name: &str, files: &[(&str, &str)]) -> String {
        let bare = self.repository(name);
        let work = TempDir::new().unwrap();
        if !bare.exists() {
            std::fs::create_dir_all(&bare).unwrap();
            git(&bare, &["init", "-q", "--bare", "-b", "main"]);
            git(&bare, &["config", "http.receivepack", "true"]);
        }
        git(work.path(), &["init", "-q", "-b", "main"]);
        git(
            work.path(),
            &["remote", "add", "origin", bare.to_str().unwrap()],
        );
        if git(work.path(), &["ls-remote", "origin", "main"]).contains("main") {
            git(work.path(), &["pull", "-q", "origin", "main"]);
        }
        for (path, text) in files {
            let path = work.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        git(work.path(), &["add", "-A"]);
        git(work.path(), &["commit", "-qm", "change"]);
        git(work.path(), &["push", "-q", "origin", "main"]);
        format!("{}/{name}.git", self.url())
    }

    pub(crate) fn branches(&self, name: &str) -> Vec<String> {
        git(
            &self.repository(name),
            &["for-each-ref", "--format=%(refname:short)", "refs/heads"],
        )
        .lines()
        .map(str::to_owned)
        .collect()
    }

    /// A file as a branch has it.
    pub(crate) fn file(&self, name: &str, branch: &str, path: &str) -> String {
        git(
            &self.repository(name),
            &["show", &format!("{branch}:{path}")],
        )
    }

    /// The commits of a branch, the last first.
    pub(crate) fn commits(&self, name: &str, branch: &str) -> Vec<String> {
        git(&self.repository(name), &["rev-list", branch])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Somebody's commit on a branch.
    pub(crate) fn push_to(&self, name: &str, branch: &str, path: &str, text: &str) {
        let work = TempDir::new().unwrap();
        let bare = self.repository(name);
        git(
            work.path(),
            &["clone", "-q", "-b", branch, bare.to_str().unwrap(), "."],
        );
        std::fs::write(work.path().join(path), text).unwrap();
        git(work.path(), &["add", "-A"]);
        git(work.path(), &["commit", "-qm", "mine"]);
        git(work.path(), &["push", "-q", "origin", branch]);
    }

    pub(crate) fn pulls(&self) -> Vec<Value> {
        self.shared.pulls.lock().unwrap().clone()
    }

    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// What is left of the faults.
    pub(crate) fn faults_left(&self) -> usize {
        self.shared.faults.lock().unwrap().len()
    }

    pub(crate) fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Publishes versions of a package, each with its dependencies.
    pub(crate) fn publish(&self, name: &str, versions: &[(&str, Value)]) {
        let manifests = versions.iter().map(|(version, dependencies)| {
            ((*version).to_owned(), json!({"dependencies": dependencies}))
        });
        self.publish_manifests(name, manifests.collect());
    }

    /// Publishes versions of a package, each with what its manifest says; the last is the latest.
    pub(crate) fn publish_manifests(&self, name: &str, versions: Vec<(String, Value)>) {
        let latest = versions.last().map(|(version, _)| version.clone());
        let mut all = serde_json::Map::new();
        for (version, mut manifest) in versions {
            let archive = format!("{}/archives/{name}-{version}.tgz", self.url());
            manifest["name"] = json!(name);
            manifest["version"] = json!(version);
            manifest["license"] = json!("MIT");
            manifest["dist"] = json!({"tarball": archive, "integrity": integrity(name, &version)});
            all.insert(version, manifest);
        }
        let document = json!({"name": name, "dist-tags": {"latest": latest}, "versions": all});
        self.shared
            .packages
            .lock()
            .unwrap()
            .insert(name.to_owned(), document);
    }
}

/// The hash that the registry gives for an archive.
pub(crate) fn integrity(name: &str, version: &str) -> String {
    use base64::Engine as _;
    // As long as a real one, since npm reads it.
    let mut hash = format!("{name}@{version}").into_bytes();
    hash.resize(64, 7);
    format!(
        "sha512-{}",
        base64::engine::general_purpose::STANDARD.encode(hash)
    )
}

fn git(folder: &std::path::Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@test.example"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    if let Some(name) = path.strip_prefix("/registry/") {
        let name = name.replace("%2f", "/");
        return match shared.packages.lock().unwrap().get(&name) {
            Some(document) => axum::Json(document.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    if let Some(path) = path.strip_prefix("/api/repos/") {
        let authorization = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let known = ["Bearer", "token"].map(|scheme| format!("{scheme} {TOKEN}"));
        if !known.iter().any(|known| authorization == Some(known)) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        return api(&shared, &method, path, &query, &body).await;
    }
    backend(&shared, &method, &uri, &headers, &body)
}

async fn api(
    shared: &Shared,
    method: &Method,
    path: &str,
    query: &BTreeMap<String, String>,
    body: &[u8],
) -> Response {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let parts: Vec<&str> = path.split('/').collect();
    match (method.as_str(), parts.as_slice()) {
        ("GET", [_, _]) => axum::Json(json!({"default_branch": "main"})).into_response(),
        ("GET", [_, _, "pulls"]) => {
            let head = query
                .get("head")
                .and_then(|head| head.split(':').next_back());
            let pulls = shared.pulls.lock().unwrap();
            let open: Vec<&Value> = pulls
                .iter()
                .filter(|pull| pull["state"] == "open")
                // Gitea's list cannot be asked for one branch.
                .filter(|pull| head.is_none_or(|head| pull["head"]["ref"] == head))
                .collect();
            axum::Json(json!(open)).into_response()
        }
        ("POST", [owner, name, "pulls"]) => {
            let fault = shared.faults.lock().unwrap().pop_front();
            match fault {
                Some(Fault::Answer(status, after)) => {
                    let status = StatusCode::from_u16(status).unwrap();
                    let mut response =
                        (status, axum::Json(json!({"message": "no"}))).into_response();
                    if let Some(after) = after {
                        response.headers_mut().insert("retry-after", after.into());
                    }
                    return response;
                }
                Some(Fault::Silence(time)) => tokio::time::sleep(time).await,
                Some(Fault::LostAnswer) => {
                    open(shared, owner, name, &value);
                    // A body that is shorter than its length: the connection is broken off.
                    let broken = broken_off();
                    return Response::new(broken);
                }
                None => {}
            }
            let (status, pull) = open(shared, owner, name, &value);
            (status, axum::Json(pull)).into_response()
        }
        ("PATCH", [_, _, "pulls", number]) => {
            let mut pulls = shared.pulls.lock().unwrap();
            let found = pulls
                .iter_mut()
                .find(|pull| pull["number"].as_u64() == number.parse().ok())
                .unwrap();
            for key in ["title", "body"] {
                found[key] = value[key].clone();
            }
            axum::Json(found.clone()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn broken_off() -> Body {
    let error = std::io::Error::other("broken off");
    Body::from_stream(futures::stream::once(async { Err::<Bytes, _>(error) }))
}

fn open(shared: &Shared, owner: &str, name: &str, value: &Value) -> (StatusCode, Value) {
    let mut pulls = shared.pulls.lock().unwrap();
    let exists = pulls
        .iter()
        .any(|pull| pull["head"]["ref"] == value["head"] && pull["state"] == "open");
    if exists {
        return (
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({"message": "A pull request already exists"}),
        );
    }
    let number = pulls.len() + 1;
    let pull = json!({
        "number": number, "state": "open", "title": value["title"], "body": value["body"],
        "head": {"ref": value["head"]}, "base": {"ref": value["base"]},
        "html_url": format!("https://forge.example/{owner}/{name}/pull/{number}"),
    });
    pulls.push(pull.clone());
    (StatusCode::CREATED, pull)
}

/// Git's own server, as a CGI program.
fn backend(
    shared: &Shared,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_PROJECT_ROOT", shared.folder.path())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", uri.path())
        .env("QUERY_STRING", uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_USER", "test")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            use std::io::Write as _;
            let _ = input.write_all(body);
        });
        child.wait_with_output().unwrap().stdout
    });
    let end = output
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut response = Response::builder();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = if name == "Status" {
            response.status(value[..3].parse::<u16>().unwrap())
        } else {
            response.header(name, value)
        };
    }
    response
        .body(Body::from(output[end + 4..].to_vec()))
        .unwrap()
}
