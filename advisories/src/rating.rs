//! How bad an advisory is, from what its record says.
//!
//! Taken from the first of these that says something:
//!
//! 1. CVSS vectors, those of the package before those of the record. The newest CVSS version counts
//!    (4, then 3, then 2), as the databases themselves do; of several of one version, the highest base
//!    score. The word follows from the score by the bounds of [`Severity::from_cvss`], for version 2 too.
//! 2. A word: another notation's (`Ubuntu`), or `severity` in `database_specific`.
//! 3. A bare score in `database_specific` (`cvss_v4`, `cvss_v3`, `cvss_score`, `cvss_v2`).
//! 4. A malicious package (`MAL-…`) is critical.
//! 5. An informational note (`RustSec`: `unmaintained`, `unsound`, `notice`) is info.
//!
//! If nothing says anything, the rating is open; a finding then counts as [`UNRATED`].

use cvss::Cvss;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Severity;
use crate::osv::{Affected, Record, Score, ScoreKind};

/// What an advisory without any rating counts as: in the middle, since most advisories that are rated
/// later turn out there or above, and silence must not hide them.
pub const UNRATED: Severity = Severity::Medium;

/// The rating of one advisory for one package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rating {
    pub(crate) severity: Option<Severity>,
    pub(crate) score: Option<f64>,
    pub(crate) vector: Option<String>,
}

/// Rates `record` for the package of `affected`.
pub(crate) fn rate(record: &Record, affected: &Affected) -> Rating {
    let scores = if affected.severity.is_empty() {
        &record.severity
    } else {
        &affected.severity
    };
    if let Some((score, vector)) = best_vector(scores) {
        return Rating {
            severity: Some(Severity::from_cvss(score)),
            score: Some(score),
            vector: Some(vector.to_owned()),
        };
    }
    let word = scores
        .iter()
        .filter(|score| matches!(score.kind, ScoreKind::Other(_)))
        .map(|score| score.score.as_str())
        .chain(
            [&affected.database_specific, &record.database_specific]
                .into_iter()
                .filter_map(|value| value.get("severity").and_then(Value::as_str)),
        )
        .find_map(|word| word.parse::<Severity>().ok());
    let number = ["cvss_v4", "cvss_v3", "cvss_score", "cvss_v2"]
        .into_iter()
        .filter_map(|field| record.database_specific.get(field).and_then(Value::as_f64))
        .find(|score| (0.0..=10.0).contains(score));
    let malicious = record.id.starts_with("MAL-").then_some(Severity::Critical);
    let note = informational(affected).map(|_| Severity::Info);
    Rating {
        severity: word
            .or_else(|| number.map(Severity::from_cvss))
            .or(malicious)
            .or(note),
        score: number,
        vector: None,
    }
}

/// `RustSec`'s kind of note, for advisories that are no vulnerabilities.
pub(crate) fn informational(affected: &Affected) -> Option<&str> {
    affected.database_specific.get("informational")?.as_str()
}

fn best_vector(scores: &[Score]) -> Option<(f64, &str)> {
    scores
        .iter()
        .filter_map(|score| {
            let (version, value) = base_score(&score.score)?;
            Some((version, value, score.score.as_str()))
        })
        .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, value, vector)| (value, vector))
}

/// The CVSS version and base score of a vector. A vector that leaves out base metrics has no score: the
/// `cvss` crate would count them as the mildest value.
fn base_score(vector: &str) -> Option<(u8, f64)> {
    const LONGEST_VECTOR: usize = 512;
    if vector.len() > LONGEST_VECTOR {
        return None;
    }
    match vector.parse().ok()? {
        Cvss::CvssV20(it) => Some((2, it.score().value())),
        Cvss::CvssV30(it) | Cvss::CvssV31(it) => {
            let complete = it.av.is_some()
                && it.ac.is_some()
                && it.pr.is_some()
                && it.ui.is_some()
                && it.s.is_some()
                && it.c.is_some()
                && it.i.is_some()
                && it.a.is_some();
            complete.then(|| (3, it.base_score().value()))
        }
        Cvss::CvssV40(it) => Some((4, it.score().value())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    fn check(fields: &str, affected: &str, severity: Option<Severity>, score: Option<f64>) {
        let record = Record::from_json(
            format!(r#"{{"id":"X-1","modified":"","affected":[{{{affected}}}]{fields}}}"#)
                .as_bytes(),
        )
        .unwrap();
        let rating = rate(&record, &record.affected[0]);
        assert_eq!(
            (rating.severity, rating.score),
            (severity, score),
            "{fields}"
        );
    }

    const V2: &str = r#"{"type":"CVSS_V2","score":"AV:N/AC:L/Au:N/C:P/I:P/A:P"}"#;
    const V3: &str = r#"{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H"}"#;
    const V4: &str = r#"{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}"#;

    /// The scores are those that the calculators of first.org give.
    #[test]
    fn vectors_of_every_version() {
        use Severity::{Critical, High};
        check(&format!(r#","severity":[{V2}]"#), "", Some(High), Some(7.5));
        check(
            &format!(r#","severity":[{V3}]"#),
            "",
            Some(Critical),
            Some(9.1),
        );
        check(
            &format!(r#","severity":[{V4}]"#),
            "",
            Some(Critical),
            Some(9.3),
        );
        check(
            &format!(r#","severity":[{V4},{V3},{V2}]"#),
            "",
            Some(Critical),
            Some(9.3),
        );
        check(
            &format!(r#","severity":[{V3}]"#),
            &format!(r#""severity":[{V2}]"#),
            Some(High),
            Some(7.5),
        );
    }

    #[test]
    fn words_numbers_and_silence() {
        use Severity::{Info, Low, Medium};
        check(
            r#","database_specific":{"severity":"MODERATE"}"#,
            "",
            Some(Medium),
            None,
        );
        check(
            r#","database_specific":{"cvss_score":3.9}"#,
            "",
            Some(Low),
            Some(3.9),
        );
        check(r#","database_specific":{"cvss_score":39}"#, "", None, None);
        check(
            r#","severity":[{"type":"Ubuntu","score":"low"}]"#,
            "",
            Some(Low),
            None,
        );
        check(
            "",
            r#""database_specific":{"informational":"unmaintained"}"#,
            Some(Info),
            None,
        );
        check("", "", None, None);
    }

    #[test]
    fn broken_vectors_are_passed_over() {
        for vector in [
            "",
            "7.5",
            "CVSS:3.1/AV:N",
            "CVSS:9.9/AV:N",
            "AV:N/AC:L",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:Q",
        ] {
            assert_eq!(base_score(vector), None, "{vector}");
        }
        assert_eq!(base_score(&"AV:N/".repeat(10_000)), None);
    }
}
