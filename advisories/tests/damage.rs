//! An index with damaged bytes gives an error or an answer, never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

mod common;

use std::sync::LazyLock;

use common::{Bucket, record};
use cortex_advisories::{Database, DatabaseError};
use proptest::prelude::*;
use serde_json::json;

static INDEX: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let records: Vec<_> = (0..40)
        .map(|n| {
            let alias = format!("CVE-2020-{}", n / 2);
            let mut record = record(
                &format!("GHSA-{n}"),
                &[&alias],
                "npm",
                &format!("p{}", n % 10),
                &["i0 f1.0.0 i2.0.0-rc.1 l2.5.0", "i3.0.0 f3.1.0"],
            );
            record["details"] = json!("details");
            record["affected"][0]["versions"] = json!(["0.1.0", "weekly"]);
            record
        })
        .collect();
    let bucket = Bucket::npm(&records);
    bucket.update().unwrap();
    std::fs::read(bucket.data().join("advisories.index")).unwrap()
});

/// Asks everything there is to ask.
fn exercise(bytes: Vec<u8>) {
    let Ok(database) = Database::from_bytes(bytes) else {
        return;
    };
    let _ = database.verify();
    for package in 0..10 {
        for version in ["0.1.0", "1.5.0", "2.1.0", "3.0.5", "weekly", "monthly", ""] {
            if let Err(error) = database.query("npm", &format!("p{package}"), version) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
    let _ = database.epss("CVE-2020-1");
    let _ = database.is_known_exploited("CVE-2020-1");
}

#[test]
fn the_undamaged_index_answers() {
    let database = Database::from_bytes(INDEX.clone()).unwrap();
    database.verify().unwrap();
    let matches = database.query("npm", "p3", "0.1.0").unwrap();
    assert_eq!(matches.len(), 4);
}

#[test]
fn damage_is_told_with_the_remedy() {
    let error = |bytes: &[u8]| Database::from_bytes(bytes.to_vec()).unwrap_err();
    assert!(matches!(error(b""), DatabaseError::NotADatabase { .. }));
    assert!(matches!(
        error(b"PK\x03\x04 something else"),
        DatabaseError::NotADatabase { .. }
    ));
    let mut other = INDEX.clone();
    other[8] = 99;
    assert!(matches!(
        error(&other),
        DatabaseError::Format { found: 99, .. }
    ));
    for length in [8, 12, 100, 216, INDEX.len() - 1] {
        let error = error(&INDEX[..length]);
        assert!(
            matches!(error, DatabaseError::Corrupt { .. }),
            "{length}: {error}"
        );
        assert!(error.to_string().contains("cortex db update"));
    }
    let mut content = INDEX.clone();
    content[300] ^= 1;
    let damaged = Database::from_bytes(content).unwrap();
    assert!(matches!(
        damaged.verify(),
        Err(DatabaseError::Corrupt { .. })
    ));
    let empty = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(
        Database::open(empty.path()),
        Err(DatabaseError::NotADatabase { .. })
    ));
    let absent = Database::open(std::path::Path::new("/nonexistent/x")).unwrap_err();
    assert!(absent.to_string().contains("cortex db update"), "{absent}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn flipped_bytes(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = INDEX.clone();
        for (at, value) in flips {
            // The header is guarded by a hash; what is behind it is the interesting part.
            let content = bytes.len() - 216;
            bytes[216 + at.index(content)] = value;
        }
        exercise(bytes);
    }

    #[test]
    fn flipped_header(at in 0_usize..216, value in any::<u8>()) {
        let mut bytes = INDEX.clone();
        bytes[at] = value;
        exercise(bytes);
    }

    #[test]
    fn cut_and_random(length in any::<prop::sample::Index>(), tail in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = INDEX.clone();
        bytes.truncate(length.index(INDEX.len()));
        bytes.extend(tail);
        exercise(bytes);
    }
}
