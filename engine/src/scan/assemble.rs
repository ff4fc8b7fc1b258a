//! Putting a report together: fingerprints, order, counts.

use std::collections::{BTreeMap, HashMap};

use cortex_advisories::{Database, DatabaseKind};

use super::file::{FileResult, TracePlace};
use crate::config::Ignores;
use crate::finding::{Finding, FindingKind, Location, Severity, TraceStep};
use crate::matching::CompiledRules;
use crate::report::{
    AdvisoryData, FileError, LockedPackage, LockfileReport, Report, SCHEMA_VERSION, SkipReason,
    Summary, Target, Tool, UnusedSuppression,
};
use crate::score;
use crate::source::Candidate;

/// A report in the making.
pub(super) struct Assembly {
    report: Report,
}

impl Assembly {
    pub(super) fn new(database: Option<&Database>, now: jiff::Timestamp) -> Self {
        let findings = Severity::ALL
            .into_iter()
            .map(|severity| (severity, 0))
            .collect();
        Self {
            report: Report {
                schema_version: SCHEMA_VERSION.to_owned(),
                tool: Tool {
                    name: "cortex".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
                targets: Vec::new(),
                score: 100.0,
                summary: Summary {
                    findings,
                    ..Summary::default()
                },
                findings: Vec::new(),
                lockfiles: Vec::new(),
                packages: Vec::new(),
                advisory_data: advisory_data(database, now),
                unused_suppressions: Vec::new(),
                expired_ignores: Vec::new(),
                warnings: Vec::new(),
                errors: Vec::new(),
            },
        }
    }

    pub(super) fn warn(&mut self, text: String) {
        if !self.report.warnings.contains(&text) {
            self.report.warnings.push(text);
        }
    }

    pub(super) fn error(&mut self, error: FileError) {
        self.report.errors.push(error);
    }

    pub(super) fn skipped(&mut self, skipped: &BTreeMap<SkipReason, u64>) {
        for (reason, count) in skipped {
            *self
                .report
                .summary
                .files_skipped
                .entry(*reason)
                .or_default() += count;
        }
    }

    pub(super) fn lockfile(&mut self, lockfile: LockfileReport, packages: Vec<LockedPackage>) {
        self.report.summary.packages += lockfile.packages;
        self.report.lockfiles.push(lockfile);
        self.report.packages.extend(packages);
    }

    /// Turns the results of files, in the order of their paths, into findings.
    pub(super) fn files(
        &mut self,
        files: &[Candidate],
        results: Vec<FileResult>,
        rules: &CompiledRules,
    ) -> Vec<Finding> {
        let summary = &mut self.report.summary;
        summary.rules = summary.rules.max(rules.len() as u64);
        let rules: Vec<_> = rules.rules().collect();
        let mut findings = Vec::new();
        for (file, result) in files.iter().zip(results) {
            if let Some(reason) = result.skip {
                *summary.files_skipped.entry(reason).or_default() += 1;
            } else {
                summary.files_scanned += 1;
                summary.bytes_scanned += result.bytes;
            }
            summary.suppressed += result.suppressed;
            for (line, ids) in result.unused_suppressions {
                self.report.unused_suppressions.push(UnusedSuppression {
                    path: file.path.clone(),
                    line,
                    rules: ids,
                });
            }
            for (kind, message) in result.problems {
                self.report.errors.push(FileError {
                    path: file.path.clone(),
                    kind,
                    message,
                });
            }
            // The same code twice in one file is told apart by its order.
            let mut seen: HashMap<(u32, [u8; 16]), u32> = HashMap::new();
            for found in result.findings {
                let Some(rule) = rules.get(found.rule as usize) else {
                    continue;
                };
                let nth = seen.entry((found.rule, found.text_hash)).or_default();
                let fingerprint = fingerprint(&[
                    b"code",
                    rule.id.as_bytes(),
                    file.path.as_bytes(),
                    &found.text_hash,
                    &nth.to_le_bytes(),
                ]);
                *nth += 1;
                findings.push(Finding {
                    fingerprint,
                    kind: if rule.is_secret {
                        FindingKind::Secret
                    } else {
                        FindingKind::Code
                    },
                    rule_id: rule.id.clone(),
                    severity: rule.severity,
                    message: found.message,
                    location: Location {
                        path: file.path.clone(),
                        start: found.start,
                        end: found.end,
                    },
                    frame: Some(found.frame),
                    rule: Some(rule.facts.clone()),
                    metavariables: found.metavariables,
                    fix: found.fix,
                    trace: trace(&file.path, &found.trace),
                    vulnerability: None,
                });
            }
        }
        findings
    }

    /// Leaves out what the baseline has too: each of its findings accounts for one.
    pub(super) fn subtract(&mut self, findings: Vec<Finding>, known: Vec<String>) -> Vec<Finding> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for fingerprint in known {
            *counts.entry(fingerprint).or_default() += 1;
        }
        findings
            .into_iter()
            .filter(|finding| match counts.get_mut(&finding.fingerprint) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    self.report.summary.in_baseline += 1;
                    false
                }
                _ => true,
            })
            .collect()
    }

    /// Adds a target's findings, without those that its configuration ignores.
    pub(super) fn add(
        &mut self,
        target: Target,
        findings: Vec<Finding>,
        ignores: Option<&Ignores>,
        today: jiff::civil::Date,
        prefix: Option<&str>,
    ) {
        self.report.targets.push(target);
        for mut finding in findings {
            if ignores.is_some_and(|ignores| ignores.check(&finding, today)) {
                self.report.summary.ignored += 1;
                continue;
            }
            if let Some(prefix) = prefix {
                finding.location.path =
                    format!("{}/{}", prefix.trim_end_matches('/'), finding.location.path);
            }
            self.report.findings.push(finding);
        }
        if let Some(ignores) = ignores {
            self.report.expired_ignores.extend(ignores.expired(today));
        }
    }

    pub(super) fn finish(self) -> Report {
        let mut report = self.report;
        report.findings.sort_by(|a, b| {
            (
                b.severity,
                a.kind,
                &a.location,
                &a.rule_id,
                &a.message,
                &a.fingerprint,
            )
                .cmp(&(
                    a.severity,
                    b.kind,
                    &b.location,
                    &b.rule_id,
                    &b.message,
                    &b.fingerprint,
                ))
        });
        for finding in &report.findings {
            *report.summary.findings.entry(finding.severity).or_default() += 1;
        }
        report.errors.sort();
        report.unused_suppressions.sort();
        report.score = score::score(&report.findings);
        report
    }
}

/// 32 hexadecimal digits that stand for a finding.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn advisory_data(database: Option<&Database>, now: jiff::Timestamp) -> AdvisoryData {
    let Some(database) = database else {
        return AdvisoryData {
            kind: "none".to_owned(),
            ..AdvisoryData::default()
        };
    };
    let info = database.info();
    AdvisoryData {
        kind: match info.kind {
            DatabaseKind::Sample => "sample",
            DatabaseKind::Database => "database",
        }
        .to_owned(),
        source: Some(info.source.clone()),
        fetched: Some(info.fetched.to_string()),
        age_days: u64::try_from((now.as_second() - info.fetched.as_second()) / 86_400).ok(),
        hash: Some(info.hash.clone()),
        records: info.records.clone(),
    }
}
/// The way of data from source to sink, in words.
fn trace(path: &str, places: &[TracePlace]) -> Vec<TraceStep> {
    let last = places.len().saturating_sub(1);
    let step = |(number, place): (usize, &TracePlace)| TraceStep {
        location: Location {
            path: place.path.as_deref().unwrap_or(path).to_owned(),
            start: place.start,
            end: place.end,
        },
        message: match number {
            0 => "data comes from here",
            _ if number == last => "and reaches this",
            _ => "is held here",
        }
        .to_owned(),
    };
    places.iter().enumerate().map(step).collect()
}
