//! The JSON report and its schema.

use std::sync::LazyLock;

use cortex_engine::report::{Report, SCHEMA_VERSION, Style, schema};
use jsonschema::Validator;
use serde_json::Value;

use crate::{sample, written};

/// Our schema.
pub(crate) static SCHEMA: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&schema()).unwrap());

fn json(report: &Report) -> String {
    written(report, "json", Style::PLAIN)
}

#[test]
fn one_of_everything() {
    insta::assert_snapshot!(json(&sample::rich()));
}

#[test]
fn reports_are_what_the_schema_says() {
    for report in [sample::empty(), sample::sampled(), sample::rich()] {
        let value: Value = serde_json::from_str(&json(&report)).unwrap();
        let problems: Vec<String> = SCHEMA
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

/// The schema refuses what is not a report: it is not a schema that anything fits.
#[test]
fn the_schema_means_something() {
    let good: Value = serde_json::from_str(&json(&sample::rich())).unwrap();
    for (pointer, wrong) in [
        ("/score", Value::from("high")),
        ("/findings/0/severity", Value::from("terrible")),
        ("/findings/0/location/start/line", Value::from(-1)),
        ("/advisory_data", Value::Null),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert!(!SCHEMA.is_valid(&value), "{pointer}");
    }
}

#[test]
fn a_report_comes_back_as_it_was() {
    for report in [sample::empty(), sample::sampled(), sample::rich()] {
        assert_eq!(
            serde_json::from_str::<Report>(&json(&report)).unwrap(),
            report
        );
    }
}

/// A change here is a change for every reader: `SCHEMA_VERSION` says how great it is.
#[test]
fn the_schema() {
    assert_eq!(
        schema()["$id"],
        format!("urn:cortex:report:{SCHEMA_VERSION}")
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema()).unwrap());
}
