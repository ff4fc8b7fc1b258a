//! Starting, stopping, and being watched.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Service, TOKEN, on_each};

#[test]
fn probes_and_documents() {
    on_each(|rows| {
        let service = Service::start(rows, &[]);
        assert_eq!(service.get("/healthz")["status"], "ok");
        let metrics = service
            .send(reqwest::Method::GET, "/metrics", None)
            .text()
            .unwrap();
        assert!(metrics.contains("cortex_"), "{metrics}");
        let document = service.get("/api/openapi.json");
        assert!(document["paths"].get("/v1/scans").is_some());
        let page = service.send(reqwest::Method::GET, "/api/explorer", None);
        assert!(page.status().is_success());
        let answer = service.client.get(service.url("/v1/scans")).send().unwrap();
        assert_eq!(answer.status(), 401);
        assert!(!service.log().contains(TOKEN));
    });
}

#[test]
fn a_signal_ends_it_in_order() {
    on_each(|rows| {
        let mut service = Service::start(rows, &[]);
        service.post(
            "/api/sca/repositories",
            &json!({"url": "https://git.example/a/b.git", "default_branch": "main"}),
        );
        let pid = service.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let patience = Instant::now() + Duration::from_secs(15);
        let status = loop {
            if let Some(status) = service.process.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < patience,
                "still running: {}",
                service.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        };
        assert!(status.success(), "{status}: {}", service.log());
    });
}

#[test]
fn processes_may_start_together() {
    on_each(|rows| {
        let folder = tempfile::TempDir::new().unwrap();
        let database = (rows == super::Rows::Postgres).then(super::new_database);
        let children: Vec<_> = (0..6)
            .map(|number| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_cortex"));
                command
                    .args([
                        "token",
                        "create",
                        "--name",
                        &format!("t{number}"),
                        "--scopes",
                        "admin",
                    ])
                    .env("CORTEX_DATA_DIR", folder.path())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped());
                if let Some(database) = &database {
                    command.env("CORTEX_DATABASE_URL", database);
                }
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
    });
}

/// Thousands of requests made from the document, valid and not: none may find a defect.
#[test]
fn generated_requests_find_no_defect() {
    if Command::new("schemathesis")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: schemathesis is not installed (`pip install schemathesis`)");
        return;
    }
    on_each(|rows| {
        let service = Service::start(rows, &[]);
        let url = "https://git.example/acme/app.git";
        service.post(
            "/api/sca/repositories",
            &json!({"url": url, "default_branch": "main"}),
        );
        service.post("/v1/scans", &json!({"repo_url": url}));
        let output = Command::new("schemathesis")
            .args([
                "run",
                &service.url("/api/openapi.json"),
                "--checks",
                "not_a_server_error",
            ])
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .args(["--max-examples", "30", "--seed", "1", "--workers", "1"])
            .current_dir(service.folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let end: Vec<&str> = text.lines().rev().take(60).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        assert!(
            output.status.success(),
            "{}\n{}",
            end.join("\n"),
            service.log()
        );
        assert!(!text.contains("Unresolvable"), "{}", end.join("\n"));
    });
}
