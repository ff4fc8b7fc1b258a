//! What a match says: aliases folded, severity, fixed versions, exploit data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod common;

use common::{Bucket, ids, record};
use cortex_advisories::{DatabaseKind, QueryError, Severity, UNRATED};
use serde_json::json;

#[test]
fn one_vulnerability_is_one_match_whoever_wrote_about_it() {
    let mut ghsa = record(
        "GHSA-aaaa-bbbb-cccc",
        &["CVE-2020-1"],
        "npm",
        "a",
        &["i0 f1.0.0"],
    );
    ghsa["severity"] =
        json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    ghsa["database_specific"] = json!({"cwe_ids": ["CWE-79", "CWE-20"]});
    let mut nswg = record(
        "x_NSWG-1",
        &["CVE-2020-2", "CVE-2020-1"],
        "npm",
        "a",
        &["i0 f1.2.0"],
    );
    nswg["modified"] = json!("2025-01-01T00:00:00Z");
    nswg["database_specific"] = json!({"severity": "LOW"});
    // Only linked through a CVE that nobody has a record of.
    let third = record("x_THIRD-1", &["CVE-2020-2"], "npm", "a", &["i2.0.0 f2.0.5"]);
    let other = record("GHSA-zzzz-zzzz-zzzz", &["CVE-2020-9"], "npm", "a", &["i0"]);
    let database = Bucket::npm(&[third, nswg, ghsa, other]).database();

    let matches = database.query("npm", "a", "0.5.0").unwrap();
    assert_eq!(matches.len(), 2);
    let found = &matches[0];
    assert_eq!(found.id, "GHSA-aaaa-bbbb-cccc");
    assert_eq!(
        found.aliases,
        ["CVE-2020-1", "CVE-2020-2", "x_NSWG-1", "x_THIRD-1"]
    );
    assert_eq!(found.records, ["GHSA-aaaa-bbbb-cccc", "x_NSWG-1"]);
    assert_eq!(found.summary, "summary of GHSA-aaaa-bbbb-cccc");
    assert_eq!(found.severity, Severity::Critical);
    assert_eq!(found.cvss_score, Some(9.8));
    assert_eq!(found.cwe_ids, ["CWE-20", "CWE-79"]);
    assert_eq!(found.modified, "2025-01-01T00:00:00Z");
    // 1.0.0 mends it for one record, but the other still has it.
    assert_eq!(found.fixed_versions, ["1.2.0"]);
    assert_eq!(matches[1].severity, UNRATED);
    assert!(matches[1].fixed_versions.is_empty());

    // The leading id is that of the vulnerability, whichever record matched.
    let matches = database.query("npm", "a", "2.0.1").unwrap();
    assert_eq!(matches[0].id, "GHSA-aaaa-bbbb-cccc");
    assert_eq!(matches[0].records, ["x_THIRD-1"]);
    assert_eq!(matches[0].severity, Severity::Medium);
    assert_eq!(matches[0].fixed_versions, ["2.0.5"]);
}

#[test]
fn the_ecosystem_decides_which_id_leads() {
    let bucket = Bucket::npm(&[record("CVE-2020-5", &["GHSA-x"], "npm", "a", &["i0"])]);
    let rustsec = record(
        "RUSTSEC-2020-0001",
        &["CVE-2020-1", "GHSA-aaaa-bbbb-cccc"],
        "crates.io",
        "Foo_bar",
        &["i0.0.0-0 f1.0.0"],
    );
    let ghsa = record(
        "GHSA-aaaa-bbbb-cccc",
        &[],
        "crates.io",
        "foo-bar",
        &["i0 f1.0.0"],
    );
    bucket.set("crates.io", &[ghsa, rustsec]);
    let database = bucket.database();
    let matches = database.query("crates.io", "foo_bar", "0.1.0").unwrap();
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0].id, "RUSTSEC-2020-0001");
    assert_eq!(matches[0].records.len(), 2);
    assert_eq!(ids(&database, "a", "1.0.0"), ["GHSA-x"]);
    assert_eq!(
        database.query_purl("pkg:cargo/foo_bar@0.1.0").unwrap(),
        matches
    );
    assert!(matches!(
        database.query_purl("pkg:cargo/foo_bar"),
        Err(QueryError::Purl { .. })
    ));
}

#[test]
fn fixed_versions_are_those_of_the_branch_that_the_version_is_on() {
    let database = Bucket::npm(&[
        record(
            "A-1",
            &[],
            "npm",
            "a",
            &["i0 f1.10.0 i2.0.0 f2.9.0", "i3.0.0 l3.5.0"],
        ),
        record("A-2", &["A-3"], "npm", "b", &["i0 f1.10.0"]),
        record("A-3", &[], "npm", "b", &["i1.10.0 f1.11.0"]),
        record("A-4", &["A-5"], "npm", "c", &["i0 f1.0.0"]),
        record("A-5", &[], "npm", "c", &["i0"]),
    ])
    .database();
    let fixed = |name, version| {
        let matches = database.query("npm", name, version).unwrap();
        matches
            .into_iter()
            .flat_map(|it| it.fixed_versions)
            .collect::<Vec<_>>()
    };
    assert_eq!(fixed("a", "1.9.0"), ["1.10.0"]);
    assert_eq!(fixed("a", "2.0.0"), ["2.9.0"]);
    assert!(
        fixed("a", "3.1.0").is_empty(),
        "only the last bad version is known"
    );
    assert_eq!(fixed("b", "1.0.0"), ["1.11.0"]);
    assert!(
        fixed("c", "0.1.0").is_empty(),
        "a record of the group knows no fix"
    );
    assert!(database.query("npm", "a", "2.9.0").unwrap().is_empty());
}

#[test]
fn listed_versions_withdrawn_records_and_notes() {
    let mut listed = record("A-1", &[], "npm", "a", &["i2.0.0 f2.1.0"]);
    listed["affected"][0]["versions"] = json!(["1.0.0", "weekly"]);
    let mut withdrawn = record("A-2", &[], "npm", "a", &["i0"]);
    withdrawn["withdrawn"] = json!("2024-02-01T00:00:00Z");
    let mut note = record("A-3", &[], "npm", "note", &["i0"]);
    note["affected"][0]["database_specific"] = json!({"informational": "unmaintained"});
    note["affected"][0]["ecosystem_specific"] =
        json!({"affects": {"functions": ["note::run", "note::a"]}});
    let database = Bucket::npm(&[listed, withdrawn, note]).database();
    assert_eq!(ids(&database, "a", "1.0.0"), ["A-1"]);
    assert_eq!(ids(&database, "a", "weekly"), ["A-1"]);
    assert!(ids(&database, "a", "1.5.0").is_empty());
    let listed = database.query("npm", "a", "1.0.0").unwrap();
    assert_eq!(listed[0].fixed_versions, ["2.1.0"]);
    let note = database.query("npm", "note", "1.0.0").unwrap();
    assert_eq!(note[0].informational.as_deref(), Some("unmaintained"));
    assert_eq!(note[0].severity, Severity::Info);
    assert_eq!(note[0].affected_functions, ["note::a", "note::run"]);
    let npm = &database.info().ecosystems["npm"];
    assert_eq!((npm.records, npm.withdrawn), (3, 1));
}

#[test]
fn no_answer_is_not_an_empty_answer() {
    let mut odd = record("A-2", &[], "npm", "odd", &["i0 f2.0.0"]);
    odd["affected"][0]["ranges"][0]["type"] = json!("LUNAR");
    let database = Bucket::npm(&[
        record("A-1", &[], "npm", "a", &["i1.0.0 f2.0.0"]),
        record("A-3", &[], "npm", "a", &["i0"]),
        odd,
    ])
    .database();
    assert_eq!(database.info().kind, DatabaseKind::Database);
    assert!(matches!(
        database.query("PyPI", "a", "1"),
        Err(QueryError::NotCovered { .. })
    ));
    match database.query("npm", "a", "latest") {
        Err(QueryError::Undecided {
            records, matches, ..
        }) => {
            assert_eq!(records, ["A-1"]);
            assert_eq!(matches[0].id, "A-3");
        }
        other => panic!("{other:?}"),
    }
    let error = database.query("npm", "odd", "1.0.0").unwrap_err();
    assert!(error.to_string().contains("A-2"), "{error}");
    assert_eq!(database.info().ecosystems["npm"].unordered, 1);
    assert!(
        database
            .query("npm", "unheard-of", "latest")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn exploit_data_is_found_by_cve() {
    let bucket = Bucket::npm(&[
        record("GHSA-a", &["CVE-2020-1", "CVE-2020-2"], "npm", "a", &["i0"]),
        record("GHSA-b", &[], "npm", "b", &["i0"]),
    ]);
    bucket.put(
        "epss.csv",
        b"#model_version:v1,score_date:2026-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2020-1,0.1,0.5\nCVE-2020-2,0.25,0.75\n",
    );
    bucket.put(
        "kev.json",
        br#"{"catalogVersion":"2026.01.01","vulnerabilities":[{"cveID":"CVE-2020-2"}]}"#,
    );
    let mut options = bucket.options();
    options.epss_url = Some(format!("{}/epss.csv", options.url));
    options.kev_url = Some(format!("{}/kev.json", options.url));
    let summary = cortex_advisories::update(&options, &mut |_| {}).unwrap();
    assert_eq!(summary.warnings, [""; 0]);
    let database = cortex_advisories::Database::open(&bucket.data()).unwrap();
    let found = &database.query("npm", "a", "1.0.0").unwrap()[0];
    assert_eq!(
        (found.epss, found.epss_percentile, found.kev),
        (Some(0.25), Some(0.75), true)
    );
    let found = &database.query("npm", "b", "1.0.0").unwrap()[0];
    assert_eq!((found.epss, found.kev), (None, false));
    assert!(
        database.is_known_exploited("CVE-2020-2") && !database.is_known_exploited("CVE-2020-1")
    );
    assert_eq!(database.epss("CVE-2020-3"), None);
    assert_eq!(database.info().kev_version.as_deref(), Some("2026.01.01"));

    // A source of scores that fails is a warning; what was held stays.
    options.epss_url = Some(format!("{}/absent.csv", options.url));
    let summary = cortex_advisories::update(&options, &mut |_| {}).unwrap();
    assert_eq!(summary.warnings.len(), 1, "{:?}", summary.warnings);
    let database = cortex_advisories::Database::open(&bucket.data()).unwrap();
    assert!(database.epss("CVE-2020-1").is_some());
}

/// A record that was made to be slow: stretches that touch those of another record, over and over.
#[test]
fn a_long_way_to_a_fix_is_not_taken() {
    let chain = |first: u32| {
        let events: Vec<String> = (0..20_000)
            .map(|n| format!("i0.0.{} f0.0.{}", first + 2 * n, first + 2 * n + 1))
            .collect();
        events.join(" ")
    };
    let (even, odd) = (chain(0), chain(1));
    let bucket = Bucket::npm(&[
        record("A-1", &["A-2"], "npm", "a", &[&even]),
        record("A-2", &[], "npm", "a", &[&odd]),
    ]);
    let database = bucket.database();
    let started = std::time::Instant::now();
    let matches = database.query("npm", "a", "0.0.0").unwrap();
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(matches.len(), 1);
    assert!(matches[0].fixed_versions.is_empty());
    let matches = database.query("npm", "a", "0.0.39995").unwrap();
    assert_eq!(matches[0].fixed_versions, ["0.0.40000"]);
}
