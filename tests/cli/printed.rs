//! Commands that print something for another program: schema, completions, manual pages, rules.

use serde_json::Value;

use crate::Place;

#[test]
fn completions_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = place.run(&["completions", shell]).exits_with(0);
        assert!(ran.stdout.contains("max-file-size"), "{shell}");
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn manual_pages() {
    let place = Place::new();
    let page = |words: &[&str]| {
        let mut arguments = vec!["man"];
        arguments.extend(words);
        place.run(&arguments).exits_with(0).stdout
    };
    let cortex = page(&[]);
    assert!(
        cortex.contains(".TH cortex 1") && cortex.contains("CORTEX_DATA_DIR"),
        "{cortex}"
    );
    let scan = page(&["scan"]);
    assert!(
        scan.contains(".TH cortex-scan 1") && scan.contains("fail\\-on"),
        "{scan}"
    );
    assert!(page(&["db", "update"]).contains(".TH cortex-db-update 1"));
}

#[test]
fn a_report_is_what_the_schema_says() {
    let place = Place::new();
    let schema: Value = serde_json::from_str(&place.run(&["schema"]).exits_with(0).stdout).unwrap();
    let app = crate::of_repository("fixtures/vulnerable-app");
    let ran = place
        .run(&["scan", "--format", "json", app.to_str().unwrap()])
        .exits_with(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .validate(&report)
        .unwrap();
    assert!(!report["findings"].as_array().unwrap().is_empty());
}

#[test]
fn rules_are_listed() {
    let place = Place::new();
    let json = place
        .run(&["rules", "list", "--format", "json"])
        .exits_with(0)
        .stdout;
    let rules: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert!(!rules.is_empty());
    let text = place.run(&["rules", "list"]).exits_with(0).stdout;
    for rule in &rules {
        assert!(text.contains(rule["id"].as_str().unwrap()));
    }
    assert!(text.ends_with(&format!("{} rules\n", rules.len())));
}
