//! Fix pull requests: what is pushed and opened, and that nothing is left half done when the forge fails.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::local_forge::{Fault, LocalForge, TOKEN, integrity};
use super::{Rows, Service, on_each};

const NAME: &str = "acme/shop";

fn registry(forge: &LocalForge) {
    forge.publish(
        "minimist",
        &[
            ("1.2.0", json!({})),
            ("1.2.6", json!({})),
            ("1.2.8", json!({})),
        ],
    );
    forge.publish("mkdirp", &[("0.5.3", json!({"minimist": "^1.2.0"}))]);
    forge.publish("qs", &[("6.5.1", json!({})), ("6.5.3", json!({}))]);
    forge.publish("old", &[("1.0.0", json!({"qs": "6.5.1"}))]);
}

fn entry(name: &str, version: &str, more: &Value) -> Value {
    let mut entry =
        json!({"version": version, "integrity": integrity(name, version), "license": "MIT"});
    for (key, value) in more.as_object().unwrap() {
        entry[key] = value.clone();
    }
    entry
}

fn project(forge: &LocalForge) -> String {
    let manifest = json!({"name": "shop", "version": "1.0.0",
        "dependencies": {"minimist": "^1.2.0", "mkdirp": "^0.5.3", "old": "^1.0.0"}});
    let lock = json!({"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
        "": {"name": "shop", "version": "1.0.0", "dependencies": manifest["dependencies"]},
        "node_modules/minimist": entry("minimist", "1.2.0", &json!({})),
        "node_modules/mkdirp": entry("mkdirp", "0.5.3", &json!({"dependencies": {"minimist": "^1.2.0"}})),
        "node_modules/old": entry("old", "1.0.0", &json!({"dependencies": {"qs": "6.5.1"}})),
        "node_modules/qs": entry("qs", "6.5.1", &json!({})),
    }});
    forge.commit(
        NAME,
        &[
            ("package.json", &format!("{manifest:#}\n")),
            ("package-lock.json", &format!("{lock:#}\n")),
        ],
    )
}

/// A forge with a project, a service, and the project's number there.
fn begin(rows: Rows) -> (LocalForge, Service, u64) {
    begin_at(rows, "github")
}

fn begin_at(rows: Rows, kind: &str) -> (LocalForge, Service, u64) {
    let forge = LocalForge::start();
    registry(&forge);
    let url = project(&forge);
    let npm = format!("{}/registry/", forge.url());
    let service = Service::start(
        rows,
        &[
            ("CORTEX_ALLOW_HOSTS", &forge.address),
            ("npm_config_registry", &npm),
        ],
    );
    let repository = service.post(
        "/api/sca/repositories",
        &json!({"url": url, "default_branch": "main",
            "forge": {"kind": kind, "api_url": format!("{}/api", forge.url()), "token": TOKEN}}),
    );
    let id = repository["id"].as_u64().unwrap();
    (forge, service, id)
}

fn ask(service: &Service, id: u64) -> (u16, Value) {
    service.call(Method::POST, &format!("/api/sca/auto-pr/{id}"), None)
}

/// There is one pull request, its branch holds one commit on top of `main`, and no other branch is left.
fn check_whole(forge: &LocalForge) {
    assert_eq!(forge.pulls().len(), 1, "{:?}", forge.pulls());
    assert_eq!(forge.branches(NAME), ["cortex/fix-main", "main"]);
    let commits = forge.commits(NAME, "cortex/fix-main");
    assert_eq!(commits[1..], forge.commits(NAME, "main")[..]);
}

#[test]
fn a_pull_request_is_opened_once_and_kept_up_to_date() {
    on_each(|rows| {
        let (forge, service, id) = begin(rows);
        let (status, answer) = ask(&service, id);
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!("opened")),
            "{answer}\n{}",
            service.log()
        );
        check_whole(&forge);
        assert_eq!(
            (answer["before"].as_u64(), answer["after"].as_u64()),
            (Some(2), Some(0)),
            "{answer}"
        );
        let file = |path: &str| forge.file(NAME, "cortex/fix-main", path);
        let manifest: Value = serde_json::from_str(&file("package.json")).unwrap();
        assert_eq!(manifest["dependencies"]["minimist"], "^1.2.6");
        assert_eq!(manifest["overrides"], json!({"qs": "^6.5.3"}));
        let lock: Value = serde_json::from_str(&file("package-lock.json")).unwrap();
        assert_eq!(
            lock["packages"]["node_modules/minimist"]["version"],
            "1.2.6"
        );
        assert_eq!(
            lock["packages"]["node_modules/qs"]["integrity"],
            integrity("qs", "6.5.3")
        );
        let pull = &forge.pulls()[0];
        let body = pull["body"].as_str().unwrap();
        assert!(
            body.contains("minimist | 1.2.0 | 1.2.6 | range raised"),
            "{body}"
        );
        assert!(body.contains("qs | 6.5.1 | 6.5.3 | overridden"), "{body}");
        assert!(!body.contains(TOKEN) && !service.log().contains(TOKEN));

        let commits = forge.commits(NAME, "cortex/fix-main");
        let (_, again) = ask(&service, id);
        assert_eq!(
            (&again["status"], &again["pr_url"]),
            (&json!("unchanged"), &answer["pr_url"])
        );
        assert_eq!(forge.commits(NAME, "cortex/fix-main"), commits);

        forge.commit(NAME, &[("README.md", "# Shop\n")]);
        let (_, later) = ask(&service, id);
        assert_eq!(
            (&later["status"], &later["pr_url"]),
            (&json!("updated"), &answer["pr_url"]),
            "{later}"
        );
        check_whole(&forge);
        assert!(
            forge
                .file(NAME, "cortex/fix-main", "README.md")
                .contains("Shop")
        );
    });
}

#[test]
fn a_forge_that_refuses_after_the_push_leaves_nothing_behind() {
    on_each(|rows| {
        let (forge, service, id) = begin(rows);
        for status in [422, 403] {
            forge.fail([Fault::Answer(status, None)]);
            let (answered, value) = ask(&service, id);
            assert!(
                (500..600).contains(&answered),
                "{status}: {answered} {value}"
            );
            assert!(forge.pulls().is_empty());
            forge.heal();
        }
        let (answered, value) = ask(&service, id);
        assert_eq!(
            (answered, &value["status"]),
            (200, &json!("opened")),
            "{value}"
        );
        check_whole(&forge);
    });
}

#[test]
fn a_forge_that_fails_for_a_while_is_asked_again() {
    on_each(|rows| {
        let (forge, service, id) = begin(rows);
        forge.fail([Fault::Answer(429, Some(1)), Fault::Answer(502, None)]);
        let (answered, value) = ask(&service, id);
        assert_eq!(answered, 200, "{value}\n{}", service.log());
        assert_eq!(forge.faults_left(), 0);
        check_whole(&forge);
    });
}

#[test]
fn an_answer_that_was_lost_is_found_again() {
    on_each(|rows| {
        let (forge, service, id) = begin(rows);
        forge.fail([Fault::LostAnswer]);
        let (answered, value) = ask(&service, id);
        assert_eq!(answered, 200, "{value}\n{}", service.log());
        assert!(value["pr_url"].as_str().unwrap().ends_with("/pull/1"));
        check_whole(&forge);
    });
}

#[test]
fn a_forge_that_does_not_answer_is_given_up_and_asked_again() {
    // The database has no part in it, and the wait is long.
    let (forge, service, id) = begin(Rows::Sqlite);
    forge.fail([Fault::Silence(Duration::from_mins(1))]);
    let (answered, value) = ask(&service, id);
    assert_eq!(answered, 200, "{value}\n{}", service.log());
    check_whole(&forge);
}

#[test]
fn the_work_of_others_on_the_branch_stays() {
    on_each(|rows| {
        let (forge, service, id) = begin(rows);
        let (answered, _) = ask(&service, id);
        assert_eq!(answered, 200);
        forge.push_to(NAME, "cortex/fix-main", "note.txt", "mine");
        forge.commit(NAME, &[("README.md", "# Shop\n")]);
        let before = forge.commits(NAME, "cortex/fix-main");
        let (answered, value) = ask(&service, id);
        assert!((500..600).contains(&answered), "{answered} {value}");
        assert!(value.to_string().contains("not Cortex's"), "{value}");
        assert_eq!(forge.commits(NAME, "cortex/fix-main"), before);
    });
}

#[test]
fn gitea_has_the_same_pull_request_once() {
    let (forge, service, id) = begin_at(Rows::Sqlite, "gitea");
    forge.fail([Fault::LostAnswer]);
    let (answered, value) = ask(&service, id);
    assert_eq!(answered, 200, "{value}\n{}", service.log());
    check_whole(&forge);
    let (_, again) = ask(&service, id);
    assert_eq!(
        (&again["status"], &again["pr_url"]),
        (&json!("unchanged"), &value["pr_url"])
    );
    forge.commit(NAME, &[("README.md", "# Shop\n")]);
    let (_, later) = ask(&service, id);
    assert_eq!(later["status"], "updated", "{later}");
    check_whole(&forge);
}
