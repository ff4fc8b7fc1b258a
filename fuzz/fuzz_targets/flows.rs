//! Flow between functions and files: up to three files, with a NUL byte between them, that may import each other.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::source::SourceSpec;

const RULES: &str = "
rules:
  - id: plain
    mode: taint
    message: $X
    severity: ERROR
    languages: [javascript, typescript]
    pattern-sources: [{pattern: source()}, {pattern: $REQ.query}]
    pattern-sinks: [{pattern: sink(...)}, {patterns: [{pattern: $O.write($X)}, {focus-metavariable: $X}]}]
    pattern-sanitizers: [{pattern: clean(...)}]
    pattern-propagators: [{pattern: $TO.push($FROM), from: $FROM, to: $TO}]
  - id: labels
    mode: taint
    message: $X
    severity: ERROR
    languages: [javascript, typescript]
    pattern-sources: [{pattern: source(), label: A}, {pattern: $X + ..., label: B, requires: A}]
    pattern-sinks: [{pattern: sink($X), requires: A and not B}]
";

const FILES: [&str; 3] = ["main.js", "lib.ts", "deep/index.js"];

/// A folder of this process with the rules, and an empty one for the files.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("cortex-fuzz-flows-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("files/deep")).expect("a folder");
    std::fs::write(folder.join("rules.yaml"), RULES).expect("the rules");
    folder
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(FILES.len(), |byte| *byte == 0);
    for name in FILES {
        let text = parts.next().unwrap_or_default();
        std::fs::write(FOLDER.join("files").join(name), text).expect("a file");
    }
    let spec = SourceSpec::Directory(FOLDER.join("files"));
    let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
    request.rules = RuleChoice::Paths(vec![FOLDER.join("rules.yaml")]);
    request.interprocedural = true;
    request.jobs = Some(1);
    request.file_limits = cortex_fuzz::limits();
    let report = Engine::new(None)
        .scan(&request, &Silent, &Cancel::default())
        .expect("a report");
    for error in &report.errors {
        assert!(!error.message.contains("failed inside"), "{error:?}");
    }
    for finding in &report.findings {
        assert!(finding.location.start.offset <= finding.location.end.offset);
        assert!(finding.trace.len() >= 2, "{finding:?}");
    }
});
