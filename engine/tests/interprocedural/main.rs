//! Flow between functions and files: every sample folder has the findings that its comments name, and no others.
//!
//! `// ruleid: flow` stands before a line that must be found, and only with the option; `// both` ends a line that is found
//! without it as well; `// refuted: flow` stands before a line that is found only without it; `// ok: flow` before a near miss.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cortex_engine::cancel::Cancel;
use cortex_engine::finding::Finding;
use cortex_engine::progress::Silent;
use cortex_engine::report::Report;
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::source::SourceSpec;

type Lines = BTreeSet<(String, u32)>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interprocedural")
}

fn scan(sample: &Path, interprocedural: bool) -> Report {
    let spec = SourceSpec::Directory(sample.to_path_buf());
    let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
    request.rules = RuleChoice::Paths(vec![folder().join("rules.yaml")]);
    request.interprocedural = interprocedural;
    Engine::new(None)
        .scan(&request, &Silent, &Cancel::default())
        .unwrap_or_else(|error| panic!("{}: {error}", sample.display()))
}

fn lines(findings: &[Finding]) -> Lines {
    let place = |finding: &Finding| {
        let location = &finding.location;
        (location.path.clone(), location.start.line)
    };
    findings.iter().map(place).collect()
}

/// What the comments ask for: without the option, and with it.
fn expected(sample: &Path) -> (Lines, Lines) {
    let (mut within, mut crossing) = (Lines::new(), Lines::new());
    let mut pending = vec![sample.to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder of samples");
            pending.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a sample");
        let name = path.strip_prefix(sample).expect("below the sample");
        let name = name.to_str().expect("UTF-8").replace('\\', "/");
        for (line, number) in text.lines().zip(1..) {
            if line.contains("// ruleid: flow") {
                crossing.insert((name.clone(), number + 1));
            } else if line.contains("// refuted: flow") {
                within.insert((name.clone(), number + 1));
            } else if line.ends_with("// both") {
                within.insert((name.clone(), number));
                crossing.insert((name.clone(), number));
            }
        }
    }
    (within, crossing)
}

fn samples() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder().join("samples")).expect("the samples");
    let mut samples: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    samples.sort();
    samples
}

#[test]
fn every_sample_has_its_findings() {
    let samples = samples();
    assert!(samples.len() >= 34, "{} samples", samples.len());
    let mut wrong = Vec::new();
    for sample in samples {
        let (without, with) = expected(&sample);
        let name = sample.file_name().unwrap_or_default().display().to_string();
        let within = lines(&scan(&sample, false).findings);
        if within != without {
            wrong.push(format!(
                "{name} within functions: {within:?}, not {without:?}"
            ));
        }
        let found = lines(&scan(&sample, true).findings);
        if found != with {
            let missing: Vec<_> = with.difference(&found).collect();
            let extra: Vec<_> = found.difference(&with).collect();
            wrong.push(format!("{name}: missing {missing:?}, extra {extra:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_way_leads_through_the_files() {
    let report = scan(&folder().join("samples/three-files"), true);
    let [finding] = report.findings.as_slice() else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(finding.message, "data reaches command");
    let way: Vec<(&str, u32)> = finding
        .trace
        .iter()
        .map(|step| (step.location.path.as_str(), step.location.start.line))
        .collect();
    assert_eq!(
        way,
        [
            ("main.ts", 2),
            ("main.ts", 2),
            ("middle.ts", 2),
            ("middle.ts", 3),
            ("middle.ts", 4),
            ("deep/run.ts", 1),
            ("deep/run.ts", 3),
        ]
    );
}

#[test]
fn a_comment_at_the_sink_silences_it() {
    let report = scan(&folder().join("samples/suppressed"), true);
    assert_eq!(report.summary.suppressed, 1);
    assert!(report.unused_suppressions.is_empty());
    let report = scan(&folder().join("samples/suppressed"), false);
    assert_eq!(report.unused_suppressions.len(), 1);
}

#[test]
fn the_number_of_threads_does_not_show() {
    for sample in ["import-cycle", "exported-again", "exported-class"] {
        let sample = folder().join("samples").join(sample);
        let with = |jobs: usize| {
            let spec = SourceSpec::Directory(sample.clone());
            let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
            request.rules = RuleChoice::Paths(vec![folder().join("rules.yaml")]);
            request.interprocedural = true;
            request.jobs = Some(jobs);
            let report = Engine::new(None).scan(&request, &Silent, &Cancel::default());
            report.expect("a scan").findings
        };
        assert_eq!(with(1), with(8));
    }
}
