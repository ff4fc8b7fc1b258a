//! From a scan to a triaged finding that stays triaged.

use reqwest::Method;
use serde_json::{Value, json};

use super::local_forge::LocalForge;
use super::{Service, on_each};

const CODE: &str = "const express = require('express');\nconst app = express();\napp.get('/', (req, res) => {\n  eval(req.query.code);\n  res.send('ok');\n});\n";

/// The finding of `CODE`, `seen` by the last scan or not.
#[track_caller]
fn finding(service: &Service, repository: &Value, seen: bool) -> Value {
    let list = service.get(&format!(
        "/api/sca/repositories/{repository}/findings?limit=100&seen={seen}"
    ));
    let found: Vec<Value> = list["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| {
            finding["path"] == "src/index.js" && finding["rule_id"] == "code-injection-request"
        })
        .cloned()
        .collect();
    assert_eq!(found.len(), 1, "{list}");
    found[0].clone()
}

#[test]
fn a_finding_keeps_what_was_said_of_it() {
    on_each(|rows| {
        let forge = LocalForge::start();
        let url = forge.commit("acme/app", &[("src/index.js", CODE)]);
        let service = Service::start(rows, &[("CORTEX_ALLOW_HOSTS", &forge.address)]);
        let repository = service.post(
            "/api/sca/repositories",
            &json!({"url": url, "default_branch": "main"}),
        )["id"]
            .clone();
        let scan = || {
            let scan = service.post("/v1/scans", &json!({"repo_url": url, "branch": "main"}));
            let ended = service.wait_for_scan(scan["id"].as_str().unwrap());
            assert_eq!(ended["status"], "completed", "{ended}\n{}", service.log());
        };
        scan();
        let first = finding(&service, &repository, true);
        let id = &first["id"];
        let (status, answer) = service.call(
            Method::PUT,
            &format!("/api/sca/triage/{id}"),
            Some(&json!({"status": "accepted_risk", "reason": "internal tool"})),
        );
        assert!((200..300).contains(&status), "{status} {answer}");

        // Lines move: the finding is the same.
        forge.commit(
            "acme/app",
            &[("src/index.js", &format!("// A header.\n\n{CODE}"))],
        );
        scan();
        let moved = finding(&service, &repository, true);
        assert_eq!(moved["id"], *id);
        assert_eq!(moved["triage_status"], "accepted_risk", "{moved}");

        // Gone, it is fixed by the scan; back again, it is the same finding.
        forge.commit("acme/app", &[("src/index.js", "module.exports = 1;\n")]);
        scan();
        assert_eq!(
            finding(&service, &repository, false)["triage_status"],
            "fixed"
        );
        forge.commit("acme/app", &[("src/index.js", CODE)]);
        scan();
        let back = finding(&service, &repository, true);
        assert_eq!(back["id"], *id);
        assert_ne!(back["triage_status"], "fixed", "{back}");
    });
}

#[test]
fn the_same_key_makes_one_scan() {
    on_each(|rows| {
        let forge = LocalForge::start();
        let url = forge.commit("acme/app", &[("src/index.js", CODE)]);
        let service = Service::start(rows, &[("CORTEX_ALLOW_HOSTS", &forge.address)]);
        let ids: Vec<Value> = std::thread::scope(|scope| {
            let ask = || {
                service
                    .client
                    .post(service.url("/v1/scans"))
                    .bearer_auth(super::TOKEN)
                    .header("Idempotency-Key", "one")
                    .json(&json!({"repo_url": url}))
                    .send()
                    .unwrap()
                    .json::<Value>()
                    .unwrap()["id"]
                    .clone()
            };
            let first = ask();
            let others: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            others
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .chain([first])
                .collect()
        });
        assert!(
            ids.iter().all(|id| *id == ids[0] && id.is_string()),
            "{ids:?}"
        );
    });
}

#[test]
fn secrets_are_not_readable_at_rest() {
    // What is looked into is the file.
    let service = Service::start(
        super::Rows::Sqlite,
        &[("CORTEX_ALLOW_HOSTS", "hook.example")],
    );
    let hook = service.post(
        "/api/sca/webhooks",
        &json!({"name": "chat", "channel_type": "slack", "webhook_url": "https://hook.example/T0/secret-part"}),
    );
    service.post(
        "/v1/webhooks",
        &json!({"url": "https://hook.example/", "events": ["scan.completed"], "secret": "signing-secret"}),
    );
    service.post(
        "/api/sca/repositories",
        &json!({"url": "https://git.example/a/b.git", "default_branch": "main",
            "forge": {"kind": "github", "api_url": "https://hook.example/api", "token": "forge-secret"}}),
    );
    assert_eq!(hook["webhook_url"], "https://hook.example/T0/secret-part");
    for entry in std::fs::read_dir(service.folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        for secret in [
            "secret-part",
            "signing-secret",
            "forge-secret",
            super::TOKEN,
        ] {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
    }
    for secret in [
        "secret-part",
        "signing-secret",
        "forge-secret",
        super::TOKEN,
    ] {
        assert!(!service.log().contains(secret), "{secret} in the log");
    }
}
