//! The report as SARIF 2.1.0 (OASIS), for code scanning services and editors.
//!
//! Section numbers are those of the standard. What GitHub's code scanning wants beyond it: `security-severity` and the
//! tag `security` on rules, paths relative to the repository's root, and a fingerprint under the name it knows.

mod place;
mod result;
mod rule;

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    Invocation, Location, Message, Notification, Run, RunAutomationDetails, Sarif, Tool,
    ToolComponent, VersionControlDetails,
};

use self::place::artifact;
use super::neutralise::{self, JsonFormatter};
use super::{FileErrorKind, LockfileStatus, Report};
use crate::finding::{Finding, Severity};

/// Where the standard says its schema is.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the report, indented, with a line break at its end.
pub(super) fn write(report: &Report, output: &mut dyn io::Write) -> io::Result<()> {
    JsonFormatter::write(&document(report), output)
}

fn document(report: &Report) -> Sarif {
    // A rule is told by the first finding of it: the worst, and the same one every time.
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &report.findings {
        rules.entry(&finding.rule_id).or_insert(finding);
    }
    let index: BTreeMap<&str, i64> = rules.keys().copied().zip(0..).collect();
    let driver = ToolComponent::builder()
        .name("Cortex")
        .semantic_version(report.tool.version.clone())
        .rules(
            rules
                .values()
                .map(|finding| rule::descriptor(finding))
                .collect::<Vec<_>>(),
        )
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(RunAutomationDetails {
            id: Some("cortex/".to_owned()),
            ..Default::default()
        })
        .column_kind("unicodeCodePoints")
        .invocations(vec![invocation(report)])
        .properties(place::properties([
            ("score", json!(report.score)),
            ("advisoryData", json!(report.advisory_data)),
        ]))
        .results(
            report
                .findings
                .iter()
                .map(|finding| {
                    result::result(finding, index.get(finding.rule_id.as_str()).copied())
                })
                .collect::<Vec<_>>(),
        );
    let provenance = provenance(report);
    let run = if provenance.is_empty() {
        run.build()
    } else {
        run.version_control_provenance(provenance).build()
    };
    Sarif::builder()
        .schema(SCHEMA)
        .version("2.1.0")
        .runs(vec![run])
        .build()
}

/// The commits that were scanned, where their repository has an address.
fn provenance(report: &Report) -> Vec<VersionControlDetails> {
    report
        .targets
        .iter()
        .filter(|target| target.kind == "git" && place::is_web(&target.location))
        .filter_map(|target| {
            Some(VersionControlDetails {
                as_of_time_utc: None,
                branch: None,
                mapped_to: None,
                properties: None,
                repository_uri: target.location.clone(),
                revision_id: Some(target.commit.clone()?),
                revision_tag: None,
            })
        })
        .collect()
}

/// How the scan went: what could not be analysed, and what no verdict was given on.
fn invocation(report: &Report) -> Invocation {
    let mut notifications = Vec::new();
    for error in &report.errors {
        let level = if error.kind == FileErrorKind::Internal {
            "error"
        } else {
            "warning"
        };
        notifications.push(notification(level, &error.message, Some(&error.path)));
    }
    for lockfile in &report.lockfiles {
        let level = match lockfile.status {
            LockfileStatus::Checked => continue,
            LockfileStatus::NotChecked | LockfileStatus::Broken => "error",
            LockfileStatus::SampleOnly | LockfileStatus::Unsupported => "note",
        };
        let note = lockfile
            .note
            .as_deref()
            .unwrap_or("it was not checked in full");
        let text = format!("{}: {note}", lockfile.kind);
        notifications.push(notification(level, &text, Some(&lockfile.path)));
    }
    for warning in &report.warnings {
        notifications.push(notification("warning", warning, None));
    }
    let unanswered = |status| matches!(status, LockfileStatus::NotChecked);
    Invocation::builder()
        .execution_successful(
            !report
                .lockfiles
                .iter()
                .any(|lockfile| unanswered(lockfile.status)),
        )
        .tool_execution_notifications(notifications)
        .build()
}

fn notification(level: &str, text: &str, path: Option<&str>) -> Notification {
    let notification = Notification::builder().level(level).message(message(text));
    match path {
        None => notification.build(),
        Some(path) => notification
            .locations(vec![
                Location::builder()
                    .physical_location(place::whole_file(artifact(path)))
                    .build(),
            ])
            .build(),
    }
}

fn message(text: &str) -> Message {
    Message::builder().text(neutralise::sarif(text)).build()
}

/// The level of section 3.27.10.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A value without what is null: absent is how SARIF says "not known".
fn known(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        other => other,
    }
}
