//! The score: one number from 0 to 100 for all that is open, 100 when nothing is.
//!
//! Every finding has a weight (see [`weight`]); the score is `100 / (1 + total / 50)`, the total in points. So the
//! first serious finding costs most, each further one less, and the score nears 0 without ever going below it: a total
//! of 50 points gives 50, of 200 points gives 20.
//!
//! `docs/SCORE.md` has the whole formula with a worked example, and a test holds the two together.
//!
//! What holds, and is tested:
//! - adding a finding never raises the score, mending one never lowers it, their order never matters: weights are whole
//!   thousandths of a point, and so is all arithmetic up to the one division at the end;
//! - a single reachable critical leaves at most [`CRITICAL_CEILING`], whatever it is needed for, because its weight has a
//!   floor;
//! - a hundred infos leave at least 80, even if each of them is known to be exploited.

use crate::dependencies::Scope;
use crate::finding::{Finding, Severity, Vulnerability};

/// Points at which the score is 50, in thousandths.
const HALF: u64 = 50_000;

/// The least that a reachable critical weighs, in thousandths of a point: it leaves 59.5.
const CRITICAL_FLOOR: u64 = 34_000;

/// A score above this says that there is no reachable critical.
pub const CRITICAL_CEILING: f64 = 60.0;

/// Points of a severity, in thousandths.
pub fn points(severity: Severity) -> u64 {
    match severity {
        Severity::Critical => 40_000,
        Severity::High => 12_000,
        Severity::Medium => 4_000,
        Severity::Low => 1_000,
        Severity::Info => 50,
    }
}

/// The weight of a finding, in thousandths of a point.
pub fn weight(finding: &Finding) -> u64 {
    let points = points(finding.severity);
    let Some(vulnerability) = &finding.vulnerability else {
        return points;
    };
    // Three factors of a thousandth each; rounded up, so that nothing open weighs nothing.
    let factor = likelihood(vulnerability) * scope(vulnerability) * reachability(vulnerability);
    let weight = (points * factor).div_ceil(1_000_000_000);
    if finding.severity == Severity::Critical && vulnerability.reachable != Some(false) {
        weight.max(CRITICAL_FLOOR)
    } else {
        weight
    }
}

/// 2.000 for what is known to be exploited, else 1 and the EPSS probability, in thousandths.
fn likelihood(vulnerability: &Vulnerability) -> u64 {
    if vulnerability.kev {
        return 2_000;
    }
    let epss = vulnerability.epss.unwrap_or(0.0).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_sign_loss,
        reason = "clamped to 0 and above; what is not a number becomes 0"
    )]
    let thousandths = (epss * 1_000.0).round() as u64;
    1_000 + thousandths
}

/// What the package is needed for, in thousandths.
fn scope(vulnerability: &Vulnerability) -> u64 {
    match vulnerability.scope {
        Scope::Prod => 1_000,
        Scope::Optional => 500,
        Scope::Dev => 250,
    }
}

/// Whether the project's code gets there, in thousandths; unknown counts as yes.
fn reachability(vulnerability: &Vulnerability) -> u64 {
    if vulnerability.reachable == Some(false) {
        200
    } else {
        1_000
    }
}

/// The score of open findings: 0.0 to 100.0, one decimal.
pub fn score<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> f64 {
    let total = findings
        .into_iter()
        .map(weight)
        .fold(0, u64::saturating_add);
    // Rounded down, so that anything open shows.
    let tenths = 1_000 * u128::from(HALF) / (u128::from(HALF) + u128::from(total));
    tenths as f64 / 10.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::{CRITICAL_CEILING, score, weight};
    use crate::dependencies::Scope;
    use crate::finding::{Finding, FindingKind, Location, Position, Severity, Vulnerability};

    fn code(severity: Severity) -> Finding {
        let at = Position {
            line: 1,
            column: 1,
            offset: 0,
        };
        Finding {
            fingerprint: String::new(),
            kind: FindingKind::Code,
            rule_id: "rule".to_owned(),
            severity,
            message: String::new(),
            location: Location {
                path: "a.js".to_owned(),
                start: at,
                end: at,
            },
            frame: None,
            rule: None,
            metavariables: std::collections::BTreeMap::new(),
            fix: None,
            trace: Vec::new(),
            vulnerability: None,
        }
    }

    #[derive(Clone, Copy)]
    struct Exposure {
        epss: Option<f64>,
        kev: bool,
        scope: Scope,
        reachable: Option<bool>,
    }

    fn dependency(severity: Severity, exposure: Exposure) -> Finding {
        let vulnerability = Vulnerability {
            purl: String::new(),
            ecosystem: "npm".to_owned(),
            package: "p".to_owned(),
            version: "1.0.0".to_owned(),
            advisory: "CVE-1".to_owned(),
            aliases: Vec::new(),
            fixed_versions: Vec::new(),
            safe_version: None,
            cvss_score: None,
            cvss_vector: None,
            epss: exposure.epss,
            kev: exposure.kev,
            published: None,
            direct: false,
            scope: exposure.scope,
            reachable: exposure.reachable,
            paths: Vec::new(),
        };
        let kind = FindingKind::Vulnerability;
        Finding {
            kind,
            vulnerability: Some(vulnerability),
            ..code(severity)
        }
    }

    fn any_finding() -> impl Strategy<Value = Finding> {
        let epss = prop_oneof![
            Just(None),
            any::<f64>().prop_map(Some),
            (0.0..1.0).prop_map(Some)
        ];
        (
            prop::sample::select(Severity::ALL.to_vec()),
            any::<bool>(),
            epss,
            any::<bool>(),
            prop::sample::select(vec![Scope::Dev, Scope::Optional, Scope::Prod]),
            prop::sample::select(vec![None, Some(true), Some(false)]),
        )
            .prop_map(|(severity, in_code, epss, kev, scope, reachable)| {
                if in_code {
                    code(severity)
                } else {
                    dependency(
                        severity,
                        Exposure {
                            epss,
                            kev,
                            scope,
                            reachable,
                        },
                    )
                }
            })
    }

    fn reachable(finding: &Finding) -> bool {
        finding
            .vulnerability
            .as_ref()
            .is_none_or(|it| it.reachable != Some(false))
    }

    proptest! {
        #[test]
        fn adding_never_raises_and_mending_never_lowers(
            findings in prop::collection::vec(any_finding(), 0..40), more in any_finding(),
        ) {
            let without = score(&findings);
            let with = score(findings.iter().chain([&more]));
            prop_assert!(with <= without);
            prop_assert!((0.0..=100.0).contains(&with));
            // One decimal, as it is printed.
            prop_assert!(((with * 10.0).round() / 10.0 - with).abs() < 1e-9);
        }

        #[test]
        fn anything_open_shows(finding in any_finding()) {
            prop_assert!(score([&finding]) < 100.0);
        }

        #[test]
        fn order_never_matters(
            (one, other) in prop::collection::vec(any_finding(), 0..40)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(score(&one).to_bits(), score(&other).to_bits());
        }

        #[test]
        fn a_reachable_critical_is_never_hidden(
            findings in prop::collection::vec(any_finding(), 0..4), mut critical in any_finding(),
        ) {
            critical.severity = Severity::Critical;
            prop_assume!(reachable(&critical));
            prop_assert!(score(findings.iter().chain([&critical])) <= CRITICAL_CEILING);
        }

        #[test]
        fn a_hundred_infos_do_not_drown_a_project(
            mut infos in prop::collection::vec(any_finding(), 0..=100),
        ) {
            for info in &mut infos {
                info.severity = Severity::Info;
            }
            prop_assert!(score(&infos) >= 80.0);
        }

        #[test]
        fn worse_weighs_more(finding in any_finding()) {
            let mut last = 0;
            for severity in Severity::ALL.into_iter().rev() {
                let weight = weight(&Finding { severity, ..finding.clone() });
                prop_assert!(weight > last);
                last = weight;
            }
        }
    }

    #[test]
    fn nothing_open_is_100() {
        assert_eq!(score(&[]).to_bits(), 100.0_f64.to_bits());
    }

    /// The tables of `docs/SCORE.md`, made anew from the code.
    #[test]
    fn the_document_says_what_the_code_does() {
        let document = include_str!("../../docs/SCORE.md");
        let has = |line: &str| assert!(document.contains(line), "docs/SCORE.md lacks {line:?}");
        for severity in Severity::ALL {
            let points = super::points(severity) as f64 / 1_000.0;
            has(&format!("| {severity} | {points} |"));
        }
        let prod = Exposure {
            epss: Some(0.42),
            kev: false,
            scope: Scope::Prod,
            reachable: None,
        };
        let listed = Exposure {
            epss: Some(0.9),
            kev: true,
            scope: Scope::Prod,
            reachable: None,
        };
        let dev = Exposure {
            epss: None,
            kev: false,
            scope: Scope::Dev,
            reachable: None,
        };
        let example = [
            ("SQL injection in the code", code(Severity::High)),
            ("weak hash in the code", code(Severity::Medium)),
            (
                "`lodash` 4.17.11, EPSS 42 %",
                dependency(Severity::High, prod),
            ),
            (
                "`minimist` 1.2.0, in the KEV catalogue",
                dependency(Severity::Medium, listed),
            ),
            (
                "`mocha` 8.0.0, only for development",
                dependency(Severity::Critical, dev),
            ),
        ];
        let mut total = 0;
        for (count, (name, finding)) in example.iter().enumerate() {
            let weight = weight(finding);
            total += weight;
            let (weight, total) = (weight as f64 / 1_000.0, total as f64 / 1_000.0);
            let open = score(example.iter().take(count + 1).map(|(_, finding)| finding));
            has(&format!(
                "| {name} | {} | {weight} | {total} | {open:.1} |",
                finding.severity
            ));
        }
    }
}
