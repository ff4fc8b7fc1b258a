//! Lockfiles that no package manager would write: each ends in packages or in an error, and soon.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::common::{Project, parsed, try_parse};

const NAMES: [&str; 5] = [
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "Cargo.lock",
];

/// In the development profile, with room for a busy machine; optimised code takes a tenth.
const SOON: Duration = Duration::from_mins(1);

#[test]
fn a_million_entries_are_read() {
    let mut text = String::from("{\"lockfileVersion\": 3, \"packages\": {\"\": {}");
    for number in 1..1_000_000 {
        write!(
            text,
            ",\n\"node_modules/p{number}\": {{\"version\": \"1.0.{number}\"}}"
        )
        .unwrap();
    }
    text.push_str("}}");
    let begin = Instant::now();
    let lockfile = parsed("package-lock.json", &text, &Project::default());
    assert_eq!(lockfile.packages.len(), 999_999);
    let more = text.replace("}}}", "},\n\"node_modules/x\": {\"version\": \"1.0.0\"}}}");
    assert!(try_parse("package-lock.json", more.as_bytes(), &Project::default()).is_err());
    let mut text = String::from("version = 4\n");
    for number in 0..200_000 {
        write!(text, "\n[[package]]\nname = \"p{number}\"\nversion = \"1.0.0\"\nsource = \"registry+https://index.example\"\n").unwrap();
    }
    let lockfile = parsed("Cargo.lock", &text, &Project::default());
    assert_eq!(lockfile.packages.len(), 200_000);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn cycles_end() {
    let npm = r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1", "b": "1"}}}}"#;
    let yarn = "a@1:\n  version \"1.0.0\"\n  dependencies:\n    b \"1\"\n\nb@1:\n  version \"1.0.0\"\n  dependencies:\n    a \"1\"\n";
    let cargo = "version = 4\n\n[[package]]\nname = \"root\"\nversion = \"0.1.0\"\ndependencies = [\"a\"]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://index.example\"\ndependencies = [\"b\"]\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+https://index.example\"\ndependencies = [\"a\"]\n";
    for (name, text) in [
        ("package-lock.json", npm),
        ("yarn.lock", yarn),
        ("Cargo.lock", cargo),
    ] {
        let lockfile = parsed(name, text, &Project::default());
        let has = |wanted: &str| {
            lockfile
                .packages
                .iter()
                .any(|package| package.name == wanted)
        };
        assert!(has("a") && has("b"), "{name}");
    }
}

/// A graph in which the number of ways doubles with each of 40 layers.
#[test]
fn more_ways_than_can_be_counted() {
    let mut text = String::from(
        "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"l0\": \"1\", \"r0\": \"1\"}}",
    );
    for layer in 0..40 {
        for side in ["l", "r"] {
            let next = layer + 1;
            write!(text, ",\"node_modules/{side}{layer}\": {{\"version\": \"1.0.0\", \"dependencies\": {{\"l{next}\": \"1\", \"r{next}\": \"1\"}}}}").unwrap();
        }
    }
    text.push_str("}}");
    let begin = Instant::now();
    let lockfile = parsed("package-lock.json", &text, &Project::default());
    assert_eq!(lockfile.packages.len(), 80);
    assert!(
        lockfile
            .packages
            .iter()
            .all(|package| !package.paths.is_empty())
    );
    assert!(begin.elapsed() < SOON);
}

#[test]
fn nonsense_is_an_error_or_nothing() {
    let deep = 100_000;
    let cases: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xff\xfe\x00".to_vec(),
        b"{".repeat(deep),
        b"[".repeat(deep),
        b"{\"packages\":".repeat(deep),
        b"a: [".repeat(deep),
        b"- ".repeat(deep),
        "  a:\n".repeat(deep).into_bytes(),
        b"[[package]]\n".repeat(deep),
        b"{\"lockfileVersion\": 3, \"packages\": []}".to_vec(),
        b"{\"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"version\": 1}}}".to_vec(),
        b"{\"lockfileVersion\": 99, \"packages\": {}}".to_vec(),
        b"lockfileVersion: [9]\npackages: 1\n".to_vec(),
        b"lockfileVersion: '9.0'\npackages:\n  '@': {}\n  '': {}\n".to_vec(),
        b"version = \"x\"\n[[package]]\nname = 1\n".to_vec(),
        format!("{{\"lockfileVersion\": 3, \"packages\": {{\"node_modules/a\": {{\"version\": \"{}\"}}}}}}", "1".repeat(1 << 20)).into_bytes(),
    ];
    for name in NAMES {
        for case in &cases {
            let begin = Instant::now();
            if let Ok(lockfile) = try_parse(name, case, &Project::default()) {
                let named = lockfile
                    .packages
                    .iter()
                    .all(|it| !it.name.is_empty() && !it.version.is_empty());
                assert!(named, "{name}: {:?}", lockfile.packages);
                assert!(
                    lockfile.packages.len() <= 1,
                    "{name}: {:?}",
                    lockfile.packages.len()
                );
            }
            let start = String::from_utf8_lossy(&case[..case.len().min(40)]).into_owned();
            assert!(begin.elapsed() < SOON, "{name}: {start}");
        }
    }
}

/// Every file of the fixtures, cut off at many places.
#[test]
fn what_is_cut_off_is_an_error_or_a_part() {
    let mut read = 0;
    for folder in std::fs::read_dir(super::common::fixtures()).unwrap() {
        let folder = folder.unwrap().path();
        for name in NAMES {
            let Ok(bytes) = std::fs::read(folder.join(name)) else {
                continue;
            };
            let whole = try_parse(name, &bytes, &Project::default()).unwrap();
            for part in 0..60 {
                let cut = &bytes[..bytes.len() * part / 60];
                if let Ok(lockfile) = try_parse(name, cut, &Project::default()) {
                    assert!(lockfile.packages.len() <= whole.packages.len());
                }
                read += 1;
            }
        }
    }
    assert!(read >= 600, "{read}");
}

#[test]
fn an_entry_without_a_version_is_a_warning() {
    let text = "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"version\": 1},\n\"node_modules/b\": {\"version\": \"1.0.0\"}}}";
    let lockfile = parsed("package-lock.json", text, &Project::default());
    assert_eq!(lockfile.packages.len(), 1);
    assert_eq!(
        lockfile.warnings.last().unwrap(),
        "package-lock.json: 1 entries, the first at line 2, have no name or no version and were not checked; make the lockfile anew"
    );
}
