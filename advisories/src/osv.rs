//! The Open Source Vulnerability format, schema 1.7, as serde types.
//!
//! Source: <https://ossf.github.io/osv-schema/>. Records are written by many databases, so reading is
//! tolerant: unknown fields are dropped, unknown enumeration values are kept as `Other`, and `null`
//! stands for "absent" (several exporters write it for empty lists). What is never tolerated is a
//! record without `id` or `modified`, or one above [`MAX_RECORD_BYTES`]; JSON nested deeper than 128
//! levels is refused by `serde_json` itself.
//!
//! Reading keeps every range as it was written. What it means is decided in [`crate::matching`].

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The largest record that is read, in bytes. The largest of the public bucket are below 2 MiB.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// The longest identifier that is accepted, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// One advisory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the schema that the record was written for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<String>,
    /// `GHSA-…`, `RUSTSEC-…`, `CVE-…`: unique in its database.
    pub id: String,
    /// RFC 3339. Of two records with one id, the later one counts.
    pub modified: String,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// RFC 3339. Present: the record is void, and is ignored in matching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// Other ids of the same vulnerability; symmetric and transitive.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub aliases: Vec<String>,
    /// Ids of vulnerabilities in what this package is built from; not the same vulnerability.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub upstream: Vec<String>,
    /// Ids of similar vulnerabilities; not the same.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub related: Vec<String>,
    /// One line, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// `CommonMark`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// How bad it is, in one or several notations.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub severity: Vec<Score>,
    /// The packages and versions.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub affected: Vec<Affected>,
    /// Where to read more.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub references: Vec<Reference>,
    /// Who found, reported or mended it.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub credits: Vec<Credit>,
    /// What the database adds. Read here: `severity` (a word), `cwe_ids`, `cvss_*` (numbers).
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub database_specific: Value,
}

impl Record {
    /// Reads one record from JSON bytes.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLarge(bytes.len()));
        }
        let record: Self = serde_json::from_slice(bytes)
            .map_err(|error| RecordError::Malformed(error.to_string()))?;
        if is_id(&record.id) {
            Ok(record)
        } else {
            Err(RecordError::Id)
        }
    }

    /// Whether the record is void.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn.is_some()
    }
}

/// Whether `text` can be an advisory id: printable ASCII without spaces and slashes, not hidden,
/// without `..`. Ids become parts of addresses and of report lines, so nothing else is let in.
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID_BYTES
        && !text.starts_with('.')
        && !text.contains("..")
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'+'))
}

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Above [`MAX_RECORD_BYTES`].
    #[error("{0} bytes; a record may have at most {MAX_RECORD_BYTES}")]
    TooLarge(usize),
    /// Not JSON, or a required field is missing or of another type.
    #[error("not an OSV record: {0}")]
    Malformed(String),
    /// `id` is empty, too long, or has characters that no database uses.
    #[error("`id` is not usable as an identifier")]
    Id,
}

/// A score in one notation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The notation.
    #[serde(rename = "type")]
    pub kind: ScoreKind,
    /// A CVSS vector, or the word of another notation.
    pub score: String,
}

/// The notation of a [`Score`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScoreKind {
    /// A CVSS 2.0 vector.
    #[serde(rename = "CVSS_V2")]
    CvssV2,
    /// A CVSS 3.0 or 3.1 vector.
    #[serde(rename = "CVSS_V3")]
    CvssV3,
    /// A CVSS 4.0 vector.
    #[serde(rename = "CVSS_V4")]
    CvssV4,
    /// A notation that came later, or a distribution's own (`Ubuntu`).
    #[serde(untagged)]
    Other(String),
}

/// A package and which of its versions are affected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// The package. Absent in records that name only commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// Scores for this package alone; they replace those of the record.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub severity: Vec<Score>,
    /// Affected ranges; a version in any of them is affected.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub ranges: Vec<Range>,
    /// Affected versions, each written out.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub versions: Vec<String>,
    /// What the ecosystem adds. Read here: affected functions.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub ecosystem_specific: Value,
    /// What the database adds. Read here: `informational`, `severity`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub database_specific: Value,
}

/// A package, as OSV names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// `npm`, `crates.io`, …
    #[serde(default)]
    pub ecosystem: String,
    /// The name in that ecosystem.
    #[serde(default)]
    pub name: String,
    /// Package URL without version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
}

/// A range of versions or commits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// How its versions are ordered.
    #[serde(rename = "type")]
    pub kind: RangeKind,
    /// The repository of a `GIT` range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// What happened at which version, in any order.
    #[serde(default, deserialize_with = "nullable")]
    pub events: Vec<Event>,
}

/// The order of a [`Range`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RangeKind {
    /// By `SemVer` 2.0 precedence.
    #[serde(rename = "SEMVER")]
    Semver,
    /// By the ecosystem's own rules.
    #[serde(rename = "ECOSYSTEM")]
    Ecosystem,
    /// By commit ancestry. Not evaluated: lockfiles name versions.
    #[serde(rename = "GIT")]
    Git,
    /// A kind that came later.
    #[serde(untagged)]
    Other(String),
}

/// What happened at a version. The schema asks for exactly one field per event; old records put an
/// `introduced` and a `fixed` into one object, which is read as two events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The first affected version; `0` is before every version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<String>,
    /// The first version that is not affected any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// The last version known to be affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_affected: Option<String>,
    /// Versions from here on are outside of what the range speaks of; `*` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// `ADVISORY`, `FIX`, `WEB`, … as written.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The address.
    pub url: String,
}

/// A person or organisation that had a part in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// Addresses.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub contact: Vec<String>,
    /// `FINDER`, `REPORTER`, … as written.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Reads `null` as the type's default.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    #[test]
    fn unknown_fields_and_values_are_tolerated() {
        let record = Record::from_json(
            br#"{"id":"X-1","modified":"2024-01-01T00:00:00Z","new_field":{"a":[1]},
            "aliases":null,
            "severity":[{"type":"CVSS_V9","score":"?"},{"type":"CVSS_V3","score":"x"}],
            "affected":[{"package":{"ecosystem":"npm","name":"a","extra":1},
              "ranges":[{"type":"LUNAR","events":[{"introduced":"0"},{"eclipsed":"1"}]}],"versions":null}]}"#,
        )
        .unwrap();
        assert_eq!(record.severity[0].kind, ScoreKind::Other("CVSS_V9".into()));
        assert_eq!(record.severity[1].kind, ScoreKind::CvssV3);
        let range = &record.affected[0].ranges[0];
        assert_eq!(range.kind, RangeKind::Other("LUNAR".into()));
        assert_eq!(range.events[1], Event::default());
        assert!(record.aliases.is_empty() && record.affected[0].versions.is_empty());
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = br#"{"id":"X-1","modified":"2024-01-01T00:00:00Z","withdrawn":"2024-01-02T00:00:00Z",
            "affected":[{"package":{"ecosystem":"npm","name":"a"},"ranges":[{"type":"SEMVER",
            "events":[{"introduced":"0"},{"limit":"*"}]}]}],"database_specific":{"severity":"HIGH"}}"#;
        let record = Record::from_json(text).unwrap();
        assert!(record.is_withdrawn());
        let again = Record::from_json(&serde_json::to_vec(&record).unwrap()).unwrap();
        assert_eq!(record, again);
    }

    #[test]
    fn what_is_no_record_is_refused_with_a_reason() {
        for (bytes, reason) in [
            (&b"{"[..], "not an OSV record"),
            (b"[]", "not an OSV record"),
            (br#"{"id":"X-1"}"#, "missing field `modified`"),
            (br#"{"id":"","modified":""}"#, "`id`"),
            (br#"{"id":"../../etc/passwd","modified":""}"#, "`id`"),
            (br#"{"id":"a..b","modified":""}"#, "`id`"),
        ] {
            let error = Record::from_json(bytes).expect_err("refused").to_string();
            assert!(error.contains(reason), "{error}");
        }
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        assert!(Record::from_json(&deep).is_err());
        let large = vec![b' '; MAX_RECORD_BYTES + 1];
        assert_eq!(
            Record::from_json(&large),
            Err(RecordError::TooLarge(large.len()))
        );
    }
}
