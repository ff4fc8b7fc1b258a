//! Scans with the fast front end and with tree-sitter alone find the same.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::scan::{Engine, ScanRequest};
use cortex_engine::source::SourceSpec;

fn findings(folder: &Path, only_tree_sitter: bool) -> Vec<String> {
    let spec = SourceSpec::Directory(folder.to_path_buf());
    let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
    request.ignore_files = false;
    request.interprocedural = true;
    request.only_tree_sitter = only_tree_sitter;
    let report = Engine::new(None)
        .scan(&request, &Silent, &Cancel::default())
        .unwrap();
    let findings = report.findings.iter();
    findings
        .map(|finding| serde_json::to_string(finding).unwrap())
        .collect()
}

#[test]
fn both_front_ends_find_the_same() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (folder, fewest) in [("fixtures/vulnerable-app", 20), ("engine/rules", 200)] {
        let folder = house.join(folder);
        let fast = findings(&folder, false);
        assert!(fast.len() >= fewest, "{} in {folder:?}", fast.len());
        assert_eq!(fast, findings(&folder, true));
    }
}
