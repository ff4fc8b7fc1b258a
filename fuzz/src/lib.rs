//! What fuzz targets share: a project in memory for lockfiles, and bounds for the matcher that are far below a
//! target's time limit, so that a timeout means work that nothing bounds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cortex_engine::dependencies::{Detected, ProjectFiles, detect, parse};
use cortex_engine::matching::{CompiledRules, FileLimits, FileOutcome};
use cortex_engine::rules::{self, rule::Rule};

/// A lockfile with the manifest that stands beside it.
struct Project<'d> {
    paths: Vec<String>,
    manifest: &'d [u8],
}

impl ProjectFiles for Project<'_> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.paths
            .iter()
            .skip(1)
            .any(|known| known == path)
            .then(|| self.manifest.to_vec())
    }

    fn paths(&self) -> &[String] {
        &self.paths
    }
}

/// Reads `data` as the lockfile called `name`. What follows the first NUL byte is the project's manifest.
///
/// # Panics
///
/// If `name` is not that of a lockfile that is read, or its reader panics or is not deterministic.
pub fn lockfile(name: &str, data: &[u8]) {
    let Some(Detected::Supported(format)) = detect(name) else {
        panic!("{name} is not a lockfile that is read");
    };
    let (lock, manifest) = split(data);
    let project = Project {
        paths: vec![
            name.to_owned(),
            "package.json".to_owned(),
            "Cargo.toml".to_owned(),
        ],
        manifest,
    };
    let once = parse(format, name, lock, &project);
    let again = parse(format, name, lock, &project);
    assert_eq!(once, again, "the same lockfile read twice");
}

/// The parts before and after the first NUL byte; the second is empty where there is none.
pub fn split(data: &[u8]) -> (&[u8], &[u8]) {
    data.iter()
        .position(|byte| *byte == 0)
        .map_or((data, &[]), |at| (&data[..at], &data[at + 1..]))
}

/// Bounds on the work for one input.
pub fn limits() -> FileLimits {
    FileLimits {
        parse: Duration::from_secs(2),
        steps: 300_000,
        matching: Duration::from_secs(2),
    }
}

/// Rules for JavaScript and TypeScript with these patterns; those that do not compile are left out.
pub fn rules_of(patterns: &[&str]) -> CompiledRules {
    let list: Vec<serde_json::Value> = patterns
        .iter()
        .enumerate()
        .map(|(number, pattern)| {
            serde_json::json!({
                "id": format!("fuzz-{number}"),
                "languages": ["javascript", "typescript"],
                "message": "$X $Y",
                "severity": "ERROR",
                "pattern": pattern,
            })
        })
        .collect();
    let text = serde_json::json!({ "rules": list }).to_string();
    let parsed = rules::parse(&text, Path::new("fuzz.yaml"));
    compile(parsed.rules)
}

/// Compiles rules; those that cannot be compiled are left out.
pub fn compile(rules: Vec<Rule>) -> CompiledRules {
    let rules: Vec<Arc<Rule>> = rules.into_iter().map(Arc::new).collect();
    CompiledRules::compile(&rules).0
}

/// Checks what holds for every file: matches lie within it.
///
/// # Panics
///
/// If one does not.
pub fn check(outcome: &FileOutcome, source: &[u8]) {
    for found in &outcome.matches {
        assert!(
            found.start <= found.end && found.end as usize <= source.len(),
            "match {}..{} in {} bytes",
            found.start,
            found.end,
            source.len()
        );
    }
}
