//! `cortex fix`: what it writes is what npm would write.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::Place;
use super::local_forge::LocalForge;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// `cortex fix` with the registry of the forge; its plan.
fn fix(place: &Place, forge: &LocalForge, arguments: &[&str]) -> Value {
    let output = place
        .command(&[&["fix", "--format", "json"], arguments].concat())
        .env("npm_config_registry", format!("{}/registry/", forge.url()))
        .env("npm_config_userconfig", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A lockfile of packages without needs but those given.
fn lockfile(manifest: &Value, packages: &[(&str, &str, Value)]) -> String {
    let mut all = Map::new();
    let mut root = manifest.clone();
    root.as_object_mut().unwrap().shift_remove("overrides");
    all.insert(String::new(), root);
    for (place, version, needs) in packages {
        let name = place.rsplit("node_modules/").next().unwrap();
        let mut entry = json!({"version": version, "integrity": super::local_forge::integrity(name, version), "license": "MIT"});
        if needs.as_object().is_some_and(|needs| !needs.is_empty()) {
            entry["dependencies"] = needs.clone();
        }
        all.insert(format!("node_modules/{place}"), entry);
    }
    let lock = json!({"name": manifest["name"], "version": manifest["version"], "lockfileVersion": 3, "requires": true, "packages": all});
    format!("{lock:#}\n")
}

fn publish(forge: &LocalForge, packages: &[(&str, &[(&str, Value)])]) {
    for (name, versions) in packages {
        forge.publish(name, versions);
    }
}

fn ways(plan: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    plan["upgrades"]
        .as_array()
        .unwrap()
        .iter()
        .map(|upgrade| {
            let to: Vec<String> = upgrade["to"].as_array().unwrap().iter().map(text).collect();
            format!(
                "{} {} {} {}{}",
                text(&upgrade["package"]),
                text(&upgrade["from"]),
                to.join(","),
                text(&upgrade["kind"]),
                if upgrade["breaking"] == true { "!" } else { "" }
            )
        })
        .collect()
}

fn reasons(plan: &Value) -> Vec<String> {
    plan["not_fixed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| {
            format!(
                "{}: {}",
                left["package"].as_str().unwrap(),
                left["reason"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn each_way_out() {
    let forge = LocalForge::start();
    let none = || json!({});
    publish(
        &forge,
        &[
            (
                "minimist",
                &[
                    ("1.2.0", none()),
                    ("1.2.5", none()),
                    ("1.2.6", none()),
                    ("1.2.8", none()),
                ],
            ),
            (
                "qs",
                &[("6.5.1", none()), ("6.5.3", none()), ("6.9.9", none())],
            ),
            ("json5", &[("1.0.1", none()), ("1.0.2", none())]),
            ("ws", &[("7.0.0", none()), ("7.5.10", none())]),
            ("node-serialize", &[("0.0.4", none())]),
            ("jsonwebtoken", &[("8.5.1", none()), ("9.0.0", none())]),
            ("loose", &[("1.0.0", json!({"json5": "^1.0.0"}))]),
            ("tight", &[("2.0.0", json!({"qs": "6.5.1"}))]),
            (
                "parent",
                &[
                    ("3.0.0", json!({"ws": "7.0.0"})),
                    ("3.1.0", json!({"ws": "^7.4.0"})),
                ],
            ),
        ],
    );
    let manifest = json!({"name": "shop", "version": "1.0.0",
        "dependencies": {"minimist": "~1.2.0", "loose": "1.0.0", "tight": "^2.0.0", "parent": "^3.0.0"},
        "devDependencies": {"node-serialize": "0.0.4", "jsonwebtoken": "^8.0.0"}});
    let mut packages = vec![
        ("minimist", "1.2.0", none()),
        ("loose", "1.0.0", json!({"json5": "^1.0.0"})),
        ("json5", "1.0.1", none()),
        ("tight", "2.0.0", json!({"qs": "6.5.1"})),
        ("qs", "6.5.1", none()),
        ("parent", "3.0.0", json!({"ws": "7.0.0"})),
        ("ws", "7.0.0", none()),
        ("node-serialize", "0.0.4", none()),
        ("jsonwebtoken", "8.5.1", none()),
    ];
    packages.sort_by_key(|(name, _, _)| *name);
    let place = Place::new();
    // Tabs and Windows' line ends, as some have it.
    let text = serde_json::to_string_pretty(&manifest)
        .unwrap()
        .replace("  ", "\t")
        .replace('\n', "\r\n");
    place.file("package.json", &text);
    place.file("package-lock.json", lockfile(&manifest, &packages));
    let before = read(&place.path("app/package-lock.json"));

    let dry = fix(&place, &forge, &["--dry-run"]);
    assert_eq!(read(&place.path("app/package-lock.json")), before);
    let plan = fix(&place, &forge, &[]);
    assert_eq!(plan, dry);
    assert_eq!(
        ways(&plan),
        [
            "minimist 1.2.0 1.2.6 direct",
            "json5 1.0.1 1.0.2 transitive",
            "parent 3.0.0 3.1.0 direct",
            "qs 6.5.1 6.5.3 override",
            "ws 7.0.0 7.5.10 transitive",
        ]
    );
    assert_eq!(
        reasons(&plan),
        [
            "node-serialize: no later version is free of known advisories",
            "jsonwebtoken: the lowest version without known advisories is 9.0.0, which may break what uses it",
        ]
    );
    assert_eq!(
        read(&place.path("app/package.json")),
        text.replace("~1.2.0", "~1.2.6")
            .replace("^3.0.0", "^3.1.0")
            .replace(
                "\r\n\t}\r\n}",
                "\r\n\t},\r\n\t\"overrides\": {\r\n\t\t\"qs\": \"^6.5.3\"\r\n\t}\r\n}"
            )
    );
    let lock = json_of(&place.path("app/package-lock.json"));
    assert_eq!(lock["packages"][""]["dependencies"]["minimist"], "~1.2.6");
    assert_eq!(
        lock["packages"]["node_modules/parent"]["dependencies"]["ws"],
        "^7.4.0"
    );

    // Once is enough.
    let again = fix(&place, &forge, &[]);
    assert!(
        ways(&again).is_empty() && again["files"].as_array().unwrap().is_empty(),
        "{again}"
    );
    // What may break is done when it is allowed.
    let major = fix(&place, &forge, &["--allow-major"]);
    assert_eq!(ways(&major), ["jsonwebtoken 8.5.1 9.0.0 direct!"]);
    agrees_with_npm(&place, &forge);
}

#[test]
fn what_the_project_decided_is_honoured() {
    let forge = LocalForge::start();
    let none = || json!({});
    publish(
        &forge,
        &[
            ("qs", &[("6.5.1", none()), ("6.5.3", none())]),
            ("any", &[("1.0.0", json!({"qs": "*"}))]),
        ],
    );
    let manifest = json!({"name": "a", "version": "1.0.0", "dependencies": {"any": "1.0.0"}, "overrides": {"qs": "6.5.1"}});
    let place = Place::new();
    place.file("package.json", format!("{manifest:#}\n"));
    let packages = [
        ("any", "1.0.0", json!({"qs": "*"})),
        ("qs", "6.5.1", none()),
    ];
    place.file("package-lock.json", lockfile(&manifest, &packages));
    let plan = fix(&place, &forge, &[]);
    assert_eq!(
        reasons(&plan),
        ["qs: `overrides` of package.json asks for \"6.5.1\""]
    );
    assert_eq!(plan["before"], plan["after"]);
}

#[test]
fn members_of_a_workspace_are_raised_where_they_are() {
    let forge = LocalForge::start();
    let none = || json!({});
    publish(
        &forge,
        &[("minimist", &[("1.2.0", none()), ("1.2.6", none())])],
    );
    let place = Place::new();
    let root = json!({"name": "root", "version": "1.0.0", "workspaces": ["packages/*"]});
    let member =
        json!({"name": "@s/one", "version": "2.0.0", "dependencies": {"minimist": "1.2.0"}});
    place.file("package.json", format!("{root:#}\n"));
    place.file("packages/one/package.json", format!("{member:#}\n"));
    let lock = json!({"name": "root", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
        "": root, "node_modules/@s/one": {"resolved": "packages/one", "link": true},
        "node_modules/minimist": {"version": "1.2.0", "integrity": super::local_forge::integrity("minimist", "1.2.0"), "license": "MIT"},
        "packages/one": member,
    }});
    place.file("package-lock.json", format!("{lock:#}\n"));
    let plan = fix(&place, &forge, &[]);
    assert_eq!(ways(&plan), ["minimist 1.2.0 1.2.6 direct"]);
    assert_eq!(
        plan["files"],
        json!(["package-lock.json", "packages/one/package.json"])
    );
    assert_eq!(
        json_of(&place.path("app/packages/one/package.json"))["dependencies"]["minimist"],
        "1.2.6"
    );
    agrees_with_npm(&place, &forge);
}

#[test]
fn what_cannot_be_read_is_said() {
    let forge = LocalForge::start();
    let place = Place::new();
    place.file("package.json", "{}");
    place.file(
        "package-lock.json",
        r#"{"lockfileVersion": 1, "dependencies": {"minimist": {"version": "1.2.0"}}}"#,
    );
    place.file(
        "web/yarn.lock",
        "# yarn lockfile v1\n\nqs@6.5.1:\n  version \"6.5.1\"\n",
    );
    let plan = fix(&place, &forge, &[]);
    let reasons = reasons(&plan);
    assert!(
        reasons[0].starts_with("minimist: lockfileVersion 1"),
        "{reasons:?}"
    );
    assert!(reasons[1].contains("not for yarn.lock"), "{reasons:?}");
    // Without an answer of the registry there is no plan.
    place.file(
        "package-lock.json",
        lockfile(
            &json!({"name": "a", "dependencies": {"minimist": "1.2.0"}}),
            &[("minimist", "1.2.0", json!({}))],
        ),
    );
    place.file(
        "package.json",
        r#"{"name": "a", "dependencies": {"minimist": "1.2.0"}}"#,
    );
    let output = place
        .command(&["fix"])
        .env("npm_config_registry", "http://127.0.0.1:1/")
        .env("npm_config_userconfig", "/dev/null")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("minimist"),
        "{output:?}"
    );
}

fn npm(place: &Place, forge: &LocalForge, arguments: &[&str]) -> Option<std::process::Output> {
    // npm keeps documents: of the registry as it was before, too.
    let cache = tempfile::TempDir::new().unwrap();
    Command::new("npm")
        .args([
            "install",
            "--package-lock-only",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--lockfile-version=3",
        ])
        .args(arguments)
        .current_dir(place.path("app"))
        .env("npm_config_registry", format!("{}/registry/", forge.url()))
        .env("npm_config_cache", cache.path())
        .env("npm_config_userconfig", "/dev/null")
        .env("npm_config_update_notifier", "false")
        .output()
        .ok()
}

/// npm, asked to bring the lockfile up to date, changes nothing.
fn agrees_with_npm(place: &Place, forge: &LocalForge) {
    let path = place.path("app/package-lock.json");
    let written = read(&path);
    let Some(output) = npm(place, forge, &[]) else {
        eprintln!("skipped: npm is not installed");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    assert_eq!(read(&path), written, "npm would write it so");
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Versions of packages with advisories, those that have some first.
const ADVISED: [(&str, [&str; 2], [&str; 3]); 5] = [
    ("minimist", ["0.2.1", "1.2.0"], ["0.2.4", "1.2.6", "1.2.8"]),
    ("qs", ["6.5.1", "6.9.1"], ["6.5.3", "6.9.7", "6.10.3"]),
    ("ws", ["7.0.0", "8.0.0"], ["7.5.10", "8.17.1", "8.18.0"]),
    ("semver", ["5.7.0", "7.0.0"], ["5.7.2", "6.3.1", "7.5.2"]),
    ("json5", ["1.0.0", "2.0.0"], ["1.0.2", "2.2.2", "2.2.3"]),
];
const PLAIN: [&str; 8] = ["ant", "bee", "cat", "@s/dog", "eel", "fox", "gnu", "hen"];

/// A range around a version.
fn range(dice: &mut Dice, version: &str) -> String {
    let operator = ["^", "~", "", ">=", "^", "^"][dice.roll(6)];
    format!("{operator}{version}")
}

/// What a version of the package at `number` needs: later packages of the list, and ones with advisories.
fn needs(dice: &mut Dice, number: usize) -> Value {
    let mut manifest = json!({});
    for _ in 0..dice.roll(4) {
        let (name, version) = if dice.roll(2) == 0 && number + 1 < PLAIN.len() {
            let name = PLAIN[number + 1 + dice.roll(PLAIN.len() - number - 1)];
            (name, ["1.0.0", "1.1.0", "2.0.0"][dice.roll(3)])
        } else {
            let (name, old, _) = ADVISED[dice.roll(ADVISED.len())];
            (name, old[dice.roll(2)])
        };
        let section = [
            "dependencies",
            "dependencies",
            "dependencies",
            "dependencies",
            "optionalDependencies",
            "peerDependencies",
        ][dice.roll(6)];
        manifest[section][name] = json!(range(dice, version));
    }
    manifest
}

/// Registries and projects by chance: npm makes the lockfile, the registry gets later versions, Cortex fixes, and npm has
/// nothing to change.
#[test]
fn projects_by_chance_agree_with_npm() {
    if Command::new("npm").arg("--version").output().is_err() {
        eprintln!("skipped: npm is not installed");
        return;
    }
    let mut fixed = 0;
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let forge = LocalForge::start();
        let mut plain: Vec<Vec<(String, Value)>> = Vec::new();
        for number in 0..PLAIN.len() {
            let versions = ["1.0.0", "1.1.0", "2.0.0"];
            plain.push(
                versions
                    .iter()
                    .map(|version| ((*version).to_owned(), needs(&mut dice, number)))
                    .collect(),
            );
            forge.publish_manifests(PLAIN[number], plain[number].clone());
        }
        let bare = |versions: &[&str]| {
            versions
                .iter()
                .map(|version| ((*version).to_owned(), json!({})))
                .collect()
        };
        for (name, old, _) in ADVISED {
            forge.publish_manifests(name, bare(&old));
        }
        let mut manifest = json!({"name": "by-chance", "version": "1.0.0", "dependencies": {}, "devDependencies": {}});
        for _ in 0..4 {
            let name = PLAIN[dice.roll(4)];
            let section = ["dependencies", "devDependencies"][dice.roll(2)];
            manifest[section][name] = json!(range(&mut dice, "1.0.0"));
        }
        let (name, old, _) = ADVISED[dice.roll(ADVISED.len())];
        let version = old[dice.roll(2)];
        manifest["dependencies"][name] = json!(range(&mut dice, version));
        let place = Place::new();
        place.file("package.json", format!("{manifest:#}\n"));
        let made = npm(&place, &forge, &[]).unwrap();
        if !made.status.success() {
            // Peers that cannot be had together: no lockfile, nothing to fix.
            continue;
        }
        for (name, old, new) in ADVISED {
            let all: Vec<&str> = old.iter().chain(&new).copied().collect();
            forge.publish_manifests(name, bare(&all));
        }
        for (number, versions) in plain.iter_mut().enumerate() {
            versions.insert(2, ("1.2.0".to_owned(), needs(&mut dice, number)));
            forge.publish_manifests(PLAIN[number], versions.clone());
        }
        let plan = fix(
            &place,
            &forge,
            if seed % 2 == 0 {
                &[]
            } else {
                &["--allow-major"]
            },
        );
        fixed += plan["upgrades"].as_array().unwrap().len();
        assert!(
            plan["after"].as_u64() <= plan["before"].as_u64(),
            "seed {seed}: {plan}"
        );
        eprintln!("seed {seed}: {} -> {}", plan["before"], plan["after"]);
        agrees_with_npm(&place, &forge);
        let again = fix(
            &place,
            &forge,
            if seed % 2 == 0 {
                &[]
            } else {
                &["--allow-major"]
            },
        );
        assert!(ways(&again).is_empty(), "seed {seed}: {again}");
    }
    assert!(fixed > 10, "{fixed}");
}
