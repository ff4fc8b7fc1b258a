//! Requests that mean harm: none of them takes the service down, gets at what is not theirs, or makes the service connect
//! to where its caller could not.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{Rows, Service, TOKEN, on_each};

/// A server that nobody should reach, or one that sends everybody elsewhere.
struct Trap {
    host: &'static str,
    port: u16,
    reached: Arc<AtomicUsize>,
}

impl Trap {
    fn answering(host: &'static str, answer: String) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let reached = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reached);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
                let Ok(mut stream) = stream else { continue };
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self {
            host,
            port,
            reached,
        }
    }

    fn at(host: &'static str) -> Self {
        Self::answering(
            host,
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        )
    }

    /// Sends everybody to another server.
    fn to(other: &Self) -> Self {
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{}:{}/x.git/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            other.host, other.port
        );
        Self::answering("127.0.0.1", answer)
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }
}

/// Sends bytes as they are and answers with what comes back.
fn raw(service: &Service, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn refused(service: &Service, path: &str, body: &Value) {
    let (status, answer) = service.call(Method::POST, path, Some(body));
    assert!(
        (400..500).contains(&status),
        "{path} {body}: {status} {answer}"
    );
}

#[test]
fn oversized_bodies() {
    let service = Service::start(Rows::Sqlite, &[]);
    let large = json!({"repo_url": "x".repeat(2 << 20)});
    let (status, _) = service.call(Method::POST, "/v1/scans", Some(&large));
    assert_eq!(status, 413);
    // Without a length, and without an end.
    let head = format!(
        "POST /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut stream = TcpStream::connect(&service.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..64 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).unwrap_or(0);
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.is_empty() || answer.contains(" 413 "), "{answer}");
    let head = format!(
        "GET /v1/scans HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let answer = raw(&service, head.as_bytes());
    assert!(answer.is_empty() || answer.contains(" 431 "), "{answer}");
    service.get("/healthz");
}

#[test]
fn slow_clients_are_given_up() {
    let service = Service::start(Rows::Sqlite, &[]);
    let give_up = |head: &str, drip: &[u8]| {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        let start = Instant::now();
        let mut answer = [0; 64];
        loop {
            assert!(
                start.elapsed() < Duration::from_secs(40),
                "the connection is still open"
            );
            match stream.read(&mut answer) {
                Ok(length) => return String::from_utf8_lossy(&answer[..length]).into_owned(),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                    return String::new();
                }
                Err(_) => {
                    let _ = stream.write_all(drip);
                }
            }
        }
    };
    let body = format!(
        "POST /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{"
    );
    std::thread::scope(|scope| {
        let slow_body = scope.spawn(|| give_up(&body, b" "));
        let slow_head =
            scope.spawn(|| give_up("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"x"));
        let answer = slow_body.join().unwrap();
        assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
        let answer = slow_head.join().unwrap();
        assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
    });
    service.get("/healthz");
}

#[test]
fn wrong_content_types_and_broken_text() {
    let service = Service::start(Rows::Sqlite, &[]);
    let send = |kind: Option<&str>, body: &[u8]| {
        let mut request = service
            .client
            .post(service.url("/v1/scans"))
            .bearer_auth(TOKEN)
            .body(body.to_vec());
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let answer = request.send().unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().unwrap()["error"]["code"].clone(),
        )
    };
    let good = br#"{"repo_url": "https://git.example/a.git"}"#;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/xml"),
    ] {
        assert_eq!(send(kind, good).0, 415, "{kind:?}");
    }
    for broken in [
        &b"\xff\xfe"[..],
        b"{\"repo_url\": \"\xc3\x28\"}",
        b"{\"repo_url\": \"\\ud800\"}",
        b"{",
        b"[]",
        b"null",
        b"",
        b"{\"repo_url\": \"https://git.example/a.git\"} x",
    ] {
        let (status, code) = send(Some("application/json"), broken);
        assert_eq!(
            (status, code),
            (400, json!("INVALID_REQUEST")),
            "{broken:?}"
        );
    }
    let deep = format!("{{\"repo_url\": {}}}", "[".repeat(100_000));
    assert_eq!(send(Some("application/json"), deep.as_bytes()).0, 400);
    for path in [
        "/v1/scans/%ff%fe",
        "/v1/scans/%00",
        "/v1/scans?cursor=%ff",
        "/v1/scans?limit=%00",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
    ] {
        let status = service.send(Method::GET, path, None).status().as_u16();
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

#[test]
fn text_stays_text_in_queries() {
    on_each(|rows| {
        let service = Service::start(rows, &[("CORTEX_ALLOW_HOSTS", "hook.example")]);
        let evil = "x'; DROP TABLE scans; --\" OR 1=1 \\ %_\u{1F600}";
        let quoted: String = reqwest::Url::parse_with_params("http://x/", [("q", evil)])
            .unwrap()
            .query()
            .unwrap()[2..]
            .to_owned();
        let hook =
            json!({"name": evil, "channel_type": "slack", "webhook_url": "https://hook.example/"});
        service.post("/api/sca/webhooks", &hook);
        let list = service.get("/api/sca/webhooks");
        assert!(
            list["webhooks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|hook| hook["name"] == evil),
            "{list}"
        );
        let url = "https://git.example/acme/app.git";
        let repository = service.post(
            "/api/sca/repositories",
            &json!({"url": url, "default_branch": "main"}),
        );
        let id = &repository["id"];
        for path in [
            format!("/v1/scans/{quoted}"),
            format!("/v1/scans?cursor={quoted}"),
            format!("/v1/scans?status={quoted}"),
            format!("/api/sca/repositories?cursor={quoted}"),
            format!("/api/sca/repositories/{id}/findings?severity={quoted}"),
            format!("/api/sca/repositories/{id}/findings?status={quoted}"),
            format!("/api/sca/repositories/{quoted}"),
            format!("/api/sca/vulnerability/{quoted}"),
            format!("/api/sca/triage/{quoted}"),
        ] {
            let status = service.send(Method::GET, &path, None).status().as_u16();
            assert!(status < 500, "{path}: {status}");
        }
        // NUL is text that PostgreSQL cannot hold.
        let (status, _) = service.call(
            Method::POST,
            "/api/sca/webhooks",
            Some(&json!({"name": "a\u{0}b", "channel_type": "slack", "webhook_url": "https://hook.example/"})),
        );
        assert!((400..500).contains(&status), "{status}");
        service.get("/v1/scans");
    });
}

#[test]
fn headers_cannot_be_added() {
    let service = Service::start(Rows::Sqlite, &[]);
    for request in [
        "GET /v1/scans%0d%0aX-Injected:%20yes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        format!("GET /v1/scans?cursor=%0d%0aX-Injected:%20yes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"),
        "GET /api/sca/badge/1?style=%0d%0aX-Injected:%20yes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\rX-Injected: yes\r\nConnection: close\r\n\r\n".to_owned(),
        format!("GET /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\nX-Injected: yes\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\n0\r\n\r\n"),
    ] {
        let answer = raw(&service, request.as_bytes());
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.to_ascii_lowercase().contains("\nx-injected"), "{answer}");
    }
    for secret in ["a\r\nX-Injected: yes", "a\nb"] {
        let (status, answer) = service.call(
            Method::POST,
            "/v1/webhooks",
            Some(&json!({"url": "https://hook.example/", "events": ["scan.completed"], "secret": secret})),
        );
        // A secret is signed with and never sent: any text will do, but none may break a request.
        assert!(status < 500, "{status} {answer}");
    }
}

#[test]
fn addresses_within_are_not_reached() {
    let trap = Trap::at("127.0.0.1");
    let service = Service::start(Rows::Sqlite, &[]);
    let port = trap.port;
    let hosts = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::]",
        "127.0.0.1.",
        "\u{ff11}27.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "100.64.0.1",
    ];
    for host in hosts {
        for url in [
            format!("https://{host}:{port}/a/b.git"),
            format!("http://{host}:{port}/a/b.git"),
            format!("git://{host}:{port}/a/b.git"),
            format!("ssh://git@{host}:{port}/a/b.git"),
            format!("https://user@{host}:{port}/a/b.git"),
        ] {
            // Refused at once, or by the worker, which looks the name up.
            let (status, scan) =
                service.call(Method::POST, "/v1/scans", Some(&json!({"repo_url": url})));
            if status == 201 {
                let ended = service.wait_for_scan(scan["id"].as_str().unwrap());
                assert_eq!(ended["status"], "failed", "{url}: {ended}");
            } else {
                assert_eq!(status, 400, "{url}: {scan}");
            }
        }
        let url = format!("https://{host}:{port}/hook");
        refused(
            &service,
            "/v1/webhooks",
            &json!({"url": url, "events": ["scan.completed"], "secret": "s"}),
        );
        refused(
            &service,
            "/api/sca/webhooks",
            &json!({"name": "x", "channel_type": "slack", "webhook_url": url}),
        );
        refused(
            &service,
            "/api/sca/repositories",
            &json!({"url": "https://git.example/a/b.git", "default_branch": "main",
                "forge": {"kind": "github", "api_url": format!("https://{host}:{port}/api"), "token": "t"}}),
        );
    }
    for url in [
        "/etc",
        "file:///etc",
        "--upload-pack=touch x",
        "ext::sh -c id",
        "gopher://x/",
        "https://",
        "https://x y/",
        "git@127.0.0.1:a/b.git",
    ] {
        let (status, scan) =
            service.call(Method::POST, "/v1/scans", Some(&json!({"repo_url": url})));
        if status == 201 {
            let ended = service.wait_for_scan(scan["id"].as_str().unwrap());
            assert_eq!(ended["status"], "failed", "{url}: {ended}");
        } else {
            assert_eq!(status, 400, "{url}: {scan}");
        }
    }
    assert_eq!(trap.reached(), 0);
}

#[test]
fn redirects_do_not_lead_within() {
    let trap = Trap::at("127.0.0.2");
    let redirect = Trap::to(&trap);
    let exempt = format!("127.0.0.1:{}", redirect.port);
    let service = Service::start(Rows::Sqlite, &[("CORTEX_ALLOW_HOSTS", &exempt)]);
    let scan = service.post(
        "/v1/scans",
        &json!({"repo_url": format!("http://{exempt}/a/b.git")}),
    );
    let patience = Instant::now() + Duration::from_secs(20);
    while !service.log().contains("job ended") {
        assert!(Instant::now() < patience, "{}", service.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(redirect.reached() > 0);
    assert_eq!(trap.reached(), 0);
    let scan = service.get(&format!("/v1/scans/{}", scan["id"].as_str().unwrap()));
    assert_ne!(scan["status"], "completed", "{scan}");
    let hook = service.post(
        "/api/sca/webhooks",
        &json!({"name": "x", "channel_type": "slack", "webhook_url": format!("http://{exempt}/hook")}),
    );
    let id = hook["id"].to_string();
    let id = id.trim_matches('"');
    service.post(&format!("/api/sca/webhooks/{id}/test"), &json!({}));
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let list = service.get(&format!("/api/sca/webhooks/{id}/deliveries"));
        if list.to_string().contains("302") {
            break;
        }
        assert!(Instant::now() < patience, "{list}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(trap.reached(), 0);
}
