//! The score: one number from 0 to 100 for all that is open, 100 when nothing is.
//!
//! Every finding has a weight (see [`weight`]); the score is `100 / (1 + total / 50)`, the total in points. So the first
//! serious finding costs most, each further one less, and the score nears 0 without ever being able to go below it:
//! a total of 50 points gives 50, of 200 points gives 20.
//!
//! | severity | points |
//! |---|---|
//! | critical | 40 |
//! | high | 12 |
//! | medium | 4 |
//! | low | 1 |
//! | info | 0.1 |
//!
//! The points are multiplied, where it applies, by
//! - the likelihood of exploitation: 2 for a vulnerability in the catalogue of known exploited ones (KEV), else
//!   `1 + EPSS`; for code, 1;
//! - 0.25 for a dependency that only development needs, 0.5 for an optional one. Reachability is not known of
//!   dependencies, so they count as reachable.
//!
//! Points are summed as whole thousandths, so the order of findings cannot show in the last digit. A hundred infos are
//! 10 points: a score of 83.3. One reachable critical is at least 40 points: 55.6 at most.

use crate::dependencies::Scope;
use crate::finding::{Finding, Severity};

/// Points at which the score is 50.
const HALF: f64 = 50.0;

/// The weight of a finding, in thousandths of a point.
pub fn weight(finding: &Finding) -> u64 {
    let points = match finding.severity {
        Severity::Critical => 40_000.0,
        Severity::High => 12_000.0,
        Severity::Medium => 4_000.0,
        Severity::Low => 1_000.0,
        Severity::Info => 100.0,
    };
    let factor = finding.vulnerability.as_ref().map_or(1.0, |vulnerability| {
        let likelihood = if vulnerability.kev {
            2.0
        } else {
            1.0 + vulnerability.epss.unwrap_or(0.0).clamp(0.0, 1.0)
        };
        let scope = match vulnerability.scope {
            Scope::Prod => 1.0,
            Scope::Optional => 0.5,
            Scope::Dev => 0.25,
        };
        likelihood * scope
    });
    #[expect(clippy::cast_sign_loss, reason = "points and factors are positive")]
    let weight = f64::round(points * factor) as u64;
    weight
}

/// The score of open findings: 0.0 to 100.0, one decimal.
pub fn score(findings: &[Finding]) -> f64 {
    let total: u64 = findings.iter().map(weight).sum();
    let score = 100.0 / (1.0 + total as f64 / 1000.0 / HALF);
    // Rounded down, so that anything open shows.
    (score * 10.0).floor() / 10.0
}
