//! A few well-known advisories that are part of the program, so that the first scan needs no network.
//!
//! The records in `sample/` hold facts (ids, versions, scores) from the public databases and texts of our
//! own. They say nothing about packages that they do not name: whoever shows results must say that only
//! the sample was consulted.

use std::io::Cursor;
use std::sync::LazyLock;

use crate::index::compile::{Compiler, Origin, Prepared, is_later};
use crate::index::{Database, DatabaseError};
use crate::osv::Record;

/// The sample, one list of records per ecosystem.
const FILES: [(&str, &str); 2] = [
    ("npm", include_str!("../sample/npm.json")),
    ("crates.io", include_str!("../sample/crates.io.json")),
];

static SAMPLE: LazyLock<Option<Database>> = LazyLock::new(|| compile().ok());

impl Database {
    /// The built-in sample. Compiled on first use, shared after that.
    pub fn sample() -> Self {
        // The records are part of the program and a test reads them; should they be unreadable all the
        // same, an empty database covers nothing, so nothing is taken for checked.
        SAMPLE.clone().unwrap_or_else(Self::empty)
    }
}

#[derive(Debug, thiserror::Error)]
enum SampleError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn compile() -> Result<Database, SampleError> {
    let mut compiler = Compiler::new(Cursor::new(Vec::new()))?;
    let mut newest = String::new();
    for (ecosystem, text) in FILES {
        let mut newest_here = String::new();
        for record in serde_json::from_str::<Vec<Record>>(text)? {
            if is_later(&record.modified, &newest_here) {
                newest_here.clone_from(&record.modified);
            }
            compiler.add(ecosystem, Prepared::new(&record))?;
        }
        if is_later(&newest_here, &newest) {
            newest.clone_from(&newest_here);
        }
        compiler.ecosystem(ecosystem).newest = Some(newest_here);
    }
    finish(compiler, newest.parse().unwrap_or_default())
}

fn finish(
    compiler: Compiler<Cursor<Vec<u8>>>,
    fetched: jiff::Timestamp,
) -> Result<Database, SampleError> {
    let (out, _, _) = compiler.finish(&Origin {
        source: "built-in sample",
        fetched,
        epss: None,
        kev: None,
    })?;
    Ok(Database::sample_from_bytes(out.into_inner())?)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;
    use crate::{DatabaseKind, Severity};

    #[test]
    fn the_sample_is_readable_and_covers_what_it_names() {
        let database = compile().unwrap();
        database.verify().unwrap();
        assert_eq!(database.info().kind, DatabaseKind::Sample);
        for (ecosystem, text) in FILES {
            assert!(database.covers(ecosystem));
            let records: Vec<Record> = serde_json::from_str(text).unwrap();
            assert_eq!(database.info().records[ecosystem], records.len() as u64);
            assert!(records.windows(2).all(|pair| pair[0].id < pair[1].id));
            for record in records {
                assert!(!record.is_withdrawn() && record.summary.is_some());
                for affected in &record.affected {
                    let package = affected.package.as_ref().unwrap();
                    assert_eq!(package.ecosystem, ecosystem, "{}", record.id);
                }
            }
        }
    }

    #[test]
    fn well_known_cases() {
        let database = Database::sample();
        let matches = database.query("npm", "lodash", "4.17.11").unwrap();
        let ids: Vec<_> = matches.iter().map(|it| it.aliases.concat()).collect();
        assert_eq!(
            ids,
            [
                "CVE-2019-10744",
                "CVE-2021-23337",
                "CVE-2020-8203",
                "CVE-2020-28500"
            ]
        );
        assert_eq!(matches[0].severity, Severity::Critical);
        assert_eq!(matches[0].fixed_versions, ["4.17.12"]);

        let atty = database.query("crates.io", "atty", "0.2.14").unwrap();
        assert_eq!(atty.len(), 2);
        assert!(atty.iter().all(|it| it.severity == Severity::Info));
        assert!(atty.iter().all(|it| it.fixed_versions.is_empty()));

        let time = database.query("crates.io", "time", "0.1.45").unwrap();
        assert_eq!(time[0].id, "RUSTSEC-2020-0071");
        assert_eq!(time[0].fixed_versions, ["0.2.0"]);
        assert!(time[0].affected_functions.contains(&"time::now".to_owned()));
        assert!(
            database
                .query("npm", "lodash", "4.17.21")
                .unwrap()
                .is_empty()
        );
    }
}
