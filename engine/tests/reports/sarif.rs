//! The SARIF report, held against the official schema and what GitHub asks for.

use std::sync::LazyLock;

use cortex_engine::report::{LockfileStatus, Report, Style};
use jsonschema::Validator;
use serde_json::Value;

use crate::{sample, written};

/// The official schema.
pub(crate) static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = include_str!("../schemas/sarif-2.1.0.json");
    // ECMAScript reads a bracket that closes nothing as itself; the regex crate wants it escaped.
    let schema = schema.replace("[a-zA-Z]{2}]?$", r"[a-zA-Z]{2}\\]?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
});

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&written(report, "sarif", Style::PLAIN)).unwrap()
}

#[test]
fn one_of_everything() {
    insta::assert_snapshot!(written(&sample::rich(), "sarif", Style::PLAIN));
}

#[test]
fn valid_by_the_official_schema() {
    let mut doubled = sample::rich();
    // Weaknesses named twice must not become tags named twice.
    for finding in &mut doubled.findings {
        if let Some(rule) = &mut finding.rule {
            rule.cwe.extend(rule.cwe.clone());
        }
    }
    for report in [sample::empty(), sample::sampled(), sample::rich(), doubled] {
        let document = sarif(&report);
        let problems: Vec<String> = SCHEMA
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
    assert!(!SCHEMA.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{}]})));
}

/// Every result names a rule that is there, and every rule has what GitHub shows.
#[test]
fn rules_and_results_belong_together() {
    let document = sarif(&sample::rich());
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(
            result["partialFingerprints"]["cortex/v1"]
                .as_str()
                .unwrap()
                .len(),
            32
        );
    }
    for rule in rules {
        let severity: f64 = rule["properties"]["security-severity"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((0.0..=10.0).contains(&severity));
        assert!(
            rule["properties"]["tags"]
                .as_array()
                .unwrap()
                .contains(&"security".into())
        );
        assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty());
    }
}

/// No verdict is not success.
#[test]
fn a_lockfile_without_data_is_a_failed_run() {
    let mut report = sample::rich();
    let successful = |report: &Report| {
        sarif(report)["runs"][0]["invocations"][0]["executionSuccessful"]
            .as_bool()
            .unwrap()
    };
    assert!(successful(&report));
    report.lockfiles[0].status = LockfileStatus::NotChecked;
    assert!(!successful(&report));
}
