//! Advisory data: fetched from a bucket on disk, its age, and what happens without it.

use std::io::Write as _;
use std::path::Path;

use cortex_advisories::UpdateOptions;
use serde_json::{Value, json};

use crate::Place;

/// A bucket in OSV's layout, with one advisory for each ecosystem.
fn bucket(folder: &Path) -> String {
    for (ecosystem, id) in [
        ("npm", "GHSA-aaaa-bbbb-cccc"),
        ("crates.io", "RUSTSEC-2099-0001"),
    ] {
        let record = json!({
            "schema_version": "1.7.0",
            "id": id,
            "modified": "2024-01-01T00:00:00Z",
            "summary": "It runs what it is given ##[error]\u{1b}[2J",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{
                "package": {"ecosystem": ecosystem, "name": "runs-it"},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}],
            }],
        });
        let folder = folder.join(ecosystem);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("modified_id.csv"),
            format!("2024-01-01T00:00:00Z,{id}\n"),
        )
        .unwrap();
        let (name, content) = (format!("{id}.json"), record.to_string());
        let zip = zip_of(&[(name.as_str(), content.as_bytes())]);
        std::fs::write(folder.join("all.zip"), zip).unwrap();
    }
    format!("file://{}", folder.display())
}

/// A zip archive without compression (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive: Vec<u8> = Vec::new();
    let mut directory: Vec<u8> = Vec::new();
    for (name, content) in entries {
        let offset = u32::try_from(archive.len()).unwrap();
        let length = u32::try_from(content.len()).unwrap();
        let mut common = Vec::new();
        common.extend(
            [20_u16, 0, 0, 0, 33]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
        common.extend(
            [crc32(content), length, length]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
        common.extend(
            [u16::try_from(name.len()).unwrap(), 0]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
        archive.write_all(b"PK\x03\x04").unwrap();
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (archive.len(), directory.len());
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
    archive.extend(count);
    archive.extend(count);
    archive.extend(u32::try_from(size).unwrap().to_le_bytes());
    archive.extend(u32::try_from(start).unwrap().to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

const NPM: &str = r#"{
  "name": "app", "lockfileVersion": 3,
  "packages": {
    "": { "name": "app", "dependencies": { "runs-it": "1.0.0" } },
    "node_modules/runs-it": { "version": "1.0.0" }
  }
}"#;

const CARGO: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";

fn updated() -> Place {
    let place = Place::new();
    let url = bucket(&place.path("bucket"));
    let ran = place.run(&["db", "update", "--url", &url]).exits_with(0);
    assert!(ran.stdout.contains("1 npm"), "{}", ran.stdout);
    place
}

/// A place with data as an update of another day, or of other ecosystems, would leave them.
fn updated_with(change: impl FnOnce(&mut UpdateOptions)) -> Place {
    let place = Place::new();
    let mut options = UpdateOptions::new(bucket(&place.path("bucket")), place.path("data"));
    change(&mut options);
    cortex_advisories::update(&options, &mut |_| {}).unwrap();
    place
}

#[test]
fn from_nothing_to_findings() {
    let place = Place::new();
    let ran = place.run(&["db", "status"]).exits_with(0);
    assert!(ran.stdout.contains("built-in sample") && ran.stdout.contains("cortex db update"));
    let place = updated();
    let ran = place.run(&["db", "status"]).exits_with(0);
    assert!(ran.stdout.contains("age        0 days"), "{}", ran.stdout);
    place.file("package-lock.json", NPM);
    let ran = place.run(&["scan", "--offline"]).exits_with(0);
    assert!(
        ran.stdout.contains("runs-it 1.0.0 → 1.2.0"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("given ##\\[error]\\u{1b}[2J"),
        "{}",
        ran.stdout
    );
    place.run(&["scan", "--fail-on", "critical"]).exits_with(1);
}

/// No clean verdict on missing data: there is a database, and it has nothing on the lockfile's ecosystem.
#[test]
fn a_lockfile_without_data_is_not_called_clean() {
    let place = updated_with(|options| options.ecosystems = vec!["npm".to_owned()]);
    place.file("Cargo.lock", CARGO);
    let ran = place.run(&["scan", "--format", "json"]).exits_with(2);
    let ran = ran
        .says("error: Cargo.lock was not checked")
        .says("help: `cortex db update`");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["lockfiles"][0]["status"], "not_checked");
    // Findings do not make it less incomplete.
    place.file("package-lock.json", NPM);
    place.run(&["scan", "--fail-on", "high"]).exits_with(2);
}

#[test]
fn old_data_are_a_warning_and_with_a_gate_an_error() {
    let place = updated_with(|options| {
        let past = jiff::SignedDuration::from_hours(24 * 9 + 1);
        options.now = Some(jiff::Timestamp::now() - past);
    });
    place.file("package-lock.json", NPM);
    let old = "the advisory data is 9 days old";
    place
        .run(&["scan"])
        .exits_with(0)
        .says(&format!("warning: {old}"));
    place
        .run(&["scan", "--fail-on", "critical"])
        .exits_with(2)
        .says(&format!("error: {old}"));
    let ran = place.run(&["scan", "--max-db-age", "9"]).exits_with(0);
    assert_eq!(ran.stderr, "");
    // Where no lockfile needs them, their age does not matter.
    std::fs::remove_file(place.path("app").join("package-lock.json")).unwrap();
    let ran = place.run(&["scan", "--fail-on", "critical"]).exits_with(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn damaged_data_are_an_error() {
    let place = Place::new();
    std::fs::write(
        place.path("data").join(cortex_advisories::INDEX_FILE),
        "not an index",
    )
    .unwrap();
    place
        .run(&["scan"])
        .exits_with(2)
        .says("error: ")
        .says("cortex db update");
    place.run(&["db", "status"]).exits_with(2);
}
