//! The index against two evaluations of the raw records: the crate's own over its types, and a plain one
//! written here from the schema's pseudocode over JSON values, with Cargo's `semver` for the order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a failed unwrap is a failed test"
)]

mod common;
#[path = "common/plain.rs"]
mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use common::{Bucket, record, shared};
use cortex_advisories::matching::{Verdict, evaluate_record};
use cortex_advisories::osv::Record;
use cortex_advisories::{Database, EcosystemUpdate, UpdateOptions, ecosystem, update};
use plain::is_vulnerable;
use proptest::prelude::*;
use semver::Version;
use serde_json::Value;

/// The version itself, its neighbours, and a pre-release of it.
fn around(text: &str, into: &mut BTreeSet<String>) {
    let Ok(version) = Version::parse(text) else {
        return;
    };
    into.insert(text.to_owned());
    let (major, minor, patch) = (version.major, version.minor, version.patch);
    into.insert(format!("{major}.{minor}.{patch}-0"));
    into.insert(format!("{major}.{minor}.{patch}-rc.1"));
    into.insert(format!("{major}.{minor}.{patch}+build"));
    into.insert(format!("{major}.{minor}.{}", patch + 1));
    into.insert(format!("{major}.{}.0", minor + 1));
    if let Some(patch) = patch.checked_sub(1) {
        into.insert(format!("{major}.{minor}.{patch}"));
    }
    if let Some(minor) = minor.checked_sub(1) {
        into.insert(format!("{major}.{minor}.99"));
    }
}

#[derive(Default)]
struct Raw {
    records: BTreeMap<String, (Value, Record)>,
    /// Ids of records and versions of interest, by package.
    packages: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
}

fn read(bytes: &[u8], ecosystem: &str) -> Raw {
    let mut raw = Raw::default();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for number in 0..zip.len() {
        let mut text = Vec::new();
        zip.by_index(number)
            .unwrap()
            .read_to_end(&mut text)
            .unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        let record = Record::from_json(&text).unwrap();
        for affected in &record.affected {
            let Some(package) = affected
                .package
                .as_ref()
                .filter(|it| it.ecosystem == ecosystem)
            else {
                continue;
            };
            let (ids, versions) = raw.packages.entry(package.name.clone()).or_default();
            ids.insert(record.id.clone());
            versions.extend(affected.versions.iter().cloned());
            versions.extend(["0.0.0", "0.0.0-0", "999.0.0"].map(str::to_owned));
            for event in affected.ranges.iter().flat_map(|range| &range.events) {
                for text in [
                    &event.introduced,
                    &event.fixed,
                    &event.last_affected,
                    &event.limit,
                ]
                .into_iter()
                .flatten()
                {
                    around(text, versions);
                }
            }
        }
        raw.records.insert(record.id.clone(), (value, record));
    }
    raw
}

/// Holds every package and version of interest against both evaluations. Gives back the number of
/// questions and of affected answers.
fn compare(database: &Database, raw: &Raw, ecosystem: &str) -> (usize, usize) {
    let rules = ecosystem::by_name(ecosystem).unwrap();
    let (mut asked, mut affected) = (0, 0);
    for (name, (ids, versions)) in &raw.packages {
        for version in versions {
            let matches = database.query(ecosystem, name, version).unwrap();
            let index: BTreeSet<&str> = matches
                .iter()
                .flat_map(|it| it.records.iter().map(String::as_str))
                .collect();
            let records = ids.iter().map(|id| &raw.records[id]);
            let plain: BTreeSet<&str> = records
                .clone()
                .filter(|(value, _)| is_vulnerable(value, ecosystem, name, version))
                .map(|(_, record)| record.id.as_str())
                .collect();
            let typed: BTreeSet<&str> = records
                .filter(|(_, record)| {
                    evaluate_record(record, rules, name, version) == Verdict::Affected
                })
                .map(|(_, record)| record.id.as_str())
                .collect();
            assert_eq!(index, plain, "{ecosystem} {name} {version}");
            assert_eq!(typed, plain, "{ecosystem} {name} {version}");
            asked += 1;
            affected += usize::from(!plain.is_empty());

            for found in &matches {
                for fixed in &found.fixed_versions {
                    assert!(
                        rules.key(fixed) > rules.key(version),
                        "{name} {version} -> {fixed}"
                    );
                    let again = database.query(ecosystem, name, fixed).unwrap();
                    assert!(
                        again.iter().all(|it| it.id != found.id),
                        "{name} {fixed} {}",
                        found.id
                    );
                }
            }
            let leading: BTreeSet<&str> = matches.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(leading.len(), matches.len(), "one match per vulnerability");
        }
    }
    (asked, affected)
}

#[test]
fn real_data() {
    let Some(shared) = shared() else { return };
    let data = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("file://{}", shared.join(name).display());
    let mut options = UpdateOptions::new(at("osv"), data.path());
    options.epss_url = Some(at("epss/epss_scores.csv.gz"));
    options.kev_url = Some(at("kev/known_exploited_vulnerabilities.json"));
    let summary = update(&options, &mut |_| {}).unwrap();
    assert!(summary.broken.is_empty(), "{:?}", summary.broken);
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
    assert_eq!(summary.info.kev_version.as_deref(), Some("2025.08.25"));
    assert!(summary.info.epss_date.is_some());
    let again = update(&options, &mut |_| {}).unwrap();
    assert_eq!(again.info.hash, summary.info.hash);
    assert!(
        again
            .ecosystems
            .values()
            .all(|it| *it == EcosystemUpdate::Unchanged),
        "nothing was newer"
    );

    let database = Database::open(data.path()).unwrap();
    database.verify().unwrap();
    let jquery = database.query("npm", "jquery", "3.4.0").unwrap();
    let exploited = jquery
        .iter()
        .find(|it| it.aliases.contains(&"CVE-2020-11023".to_owned()));
    assert!(exploited.is_some_and(|it| it.kev && it.epss.is_some()));
    for (name, known) in &database.info().ecosystems {
        let bytes = std::fs::read(shared.join("osv").join(name).join("all.zip")).unwrap();
        let raw = read(&bytes, name);
        assert_eq!(known.records, raw.records.len() as u64);
        assert_eq!(known.unordered, 0);
        let (asked, affected) = compare(&database, &raw, name);
        eprintln!(
            "{name}: {} packages, {asked} versions, {affected} affected",
            raw.packages.len()
        );
        assert!(asked > 1_000 && affected > 500);
    }
}

/// The built-in sample says nothing that the real data does not say.
#[test]
fn the_sample_agrees_with_real_data() {
    let Some(shared) = shared() else { return };
    let sample = Database::sample();
    for ecosystem in sample.info().records.keys() {
        let bytes = std::fs::read(shared.join("osv").join(ecosystem).join("all.zip")).unwrap();
        let raw = read(&bytes, ecosystem);
        let mut compared = 0;
        for (name, (ids, versions)) in &raw.packages {
            for version in versions {
                for found in sample.query(ecosystem, name, version).unwrap() {
                    for id in found.records.iter().filter(|id| ids.contains(*id)) {
                        assert!(
                            is_vulnerable(&raw.records[id].0, ecosystem, name, version),
                            "{id} {name} {version}"
                        );
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 100, "{ecosystem}: {compared}");
    }
}

fn version() -> impl Strategy<Value = String> {
    (0_u8..3, 0_u8..3, prop::option::of(0_u8..2)).prop_map(|(major, minor, pre)| match pre {
        Some(pre) => format!("{major}.{minor}.0-{pre}"),
        None => format!("{major}.{minor}.0"),
    })
}

/// Ranges as databases write them: pairs of beginning and end, in any order.
fn range() -> impl Strategy<Value = String> {
    let pair = (
        prop_oneof![1 => Just("0".to_owned()), 3 => version()],
        prop::option::of((prop::sample::select(vec!["f", "l"]), version())),
        prop::option::weighted(0.1, prop_oneof![version(), Just("*".to_owned())]),
        any::<bool>(),
    );
    prop::collection::vec(pair, 1..4).prop_map(|pairs| {
        let mut events = Vec::new();
        for (from, end, limit, turned) in pairs {
            // An empty stretch is where the two evaluations may order events differently; both orders
            // are within the schema.
            let end = end.filter(|(what, to)| *what != "f" || *to != from);
            let mut pair = vec![format!("i{from}")];
            pair.extend(end.map(|(what, to)| format!("{what}{to}")));
            pair.extend(limit.map(|limit| format!("x{limit}")));
            if turned {
                pair.reverse();
            }
            events.extend(pair);
        }
        events.join(" ")
    })
}

/// Whether some version has both an `introduced` and a `fixed`.
fn has_ties(range: &str) -> bool {
    let at = |what: char| {
        range
            .split(' ')
            .filter_map(move |event| event.strip_prefix(what))
            .collect::<BTreeSet<_>>()
    };
    !at('i').is_disjoint(&at('f'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_ranges(
        ranges in prop::collection::vec(prop::collection::vec(range(), 1..3), 1..12),
        versions in prop::collection::btree_set(version(), 1..18),
    ) {
        let records: Vec<Value> = ranges
            .iter()
            .enumerate()
            .filter(|(_, ranges)| !ranges.iter().any(|range| has_ties(range)))
            .map(|(number, ranges)| {
                let ranges: Vec<&str> = ranges.iter().map(String::as_str).collect();
                record(&format!("A-{number}"), &[], "npm", &format!("p{}", number % 3), &ranges)
            })
            .chain([record("A-last", &[], "npm", "last", &["i0"])])
            .collect();
        let mut raw = read(&common::archive_of(&records), "npm");
        for (_, wanted) in raw.packages.values_mut() {
            wanted.extend(versions.iter().cloned());
        }
        let database = Bucket::npm(&records).database();
        compare(&database, &raw, "npm");
    }
}
