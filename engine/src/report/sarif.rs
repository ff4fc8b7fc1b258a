//! The report as SARIF 2.1.0 (OASIS), for code scanning services and editors.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};

use super::{FileErrorKind, Report};
use crate::finding::{Finding, FindingKind, Location, Severity};

/// Where users read on.
const HOME: &str = "https://github.com/cortex-security/cortex";

/// Writes the report, indented, with a line break at its end.
pub(super) fn write(report: &Report, output: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *output, &document(report))?;
    output.write_all(b"\n")
}

fn document(report: &Report) -> Value {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &report.findings {
        rules.entry(&finding.rule_id).or_insert(finding);
    }
    let index: BTreeMap<&str, usize> = rules
        .keys()
        .enumerate()
        .map(|(index, id)| (*id, index))
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| result(finding, &index))
        .collect();
    let notifications: Vec<Value> = report
        .errors
        .iter()
        .map(|error| {
            json!({
                "level": if error.kind == FileErrorKind::Internal { "error" } else { "warning" },
                "message": { "text": error.message },
                "locations": [{ "physicalLocation": { "artifactLocation": artifact(&error.path) } }],
            })
        })
        .chain(report.warnings.iter().map(|warning| json!({ "level": "warning", "message": { "text": warning } })))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Cortex",
                "semanticVersion": report.tool.version,
                "informationUri": HOME,
                "rules": rules.values().map(|finding| descriptor(finding)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "properties": {
                "score": report.score,
                "advisoryData": report.advisory_data,
            },
            "results": results,
        }],
    })
}

/// What a rule is, told by the first finding of it.
fn descriptor(finding: &Finding) -> Value {
    let facts = finding.rule.clone().unwrap_or_default();
    let mut tags = vec!["security".to_owned()];
    for cwe in &facts.cwe {
        let number = cwe.split(':').next().unwrap_or(cwe).trim().to_lowercase();
        tags.push(format!("external/cwe/{number}"));
    }
    tags.extend(facts.owasp.iter().map(|entry| format!("owasp/{entry}")));
    let mut help = String::new();
    for (title, text) in [("Why", &facts.why), ("How to mend", &facts.how_to_mend)] {
        if let Some(text) = text {
            help.push_str(&format!("{title}: {text}\n\n"));
        }
    }
    for reference in &facts.references {
        help.push_str(&format!("{reference}\n"));
    }
    let security = finding
        .vulnerability
        .as_ref()
        .and_then(|vulnerability| vulnerability.cvss_score)
        .unwrap_or(match finding.severity {
            Severity::Critical => 9.5,
            Severity::High => 8.0,
            Severity::Medium => 5.5,
            Severity::Low => 2.0,
            Severity::Info => 0.0,
        });
    let mut properties = Map::new();
    properties.insert("tags".to_owned(), json!(tags));
    properties.insert(
        "security-severity".to_owned(),
        json!(format!("{security:.1}")),
    );
    if let Some(confidence) = &facts.confidence {
        let precision = match confidence.as_str() {
            "high" => "high",
            "medium" => "medium",
            _ => "low",
        };
        properties.insert("precision".to_owned(), json!(precision));
    }
    let mut descriptor = json!({
        "id": finding.rule_id,
        "shortDescription": { "text": short(&finding.message) },
        "fullDescription": { "text": facts.why.clone().unwrap_or_else(|| finding.message.clone()) },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": properties,
    });
    if !help.is_empty()
        && let Some(object) = descriptor.as_object_mut()
    {
        object.insert("help".to_owned(), json!({ "text": help.trim_end() }));
    }
    descriptor
}

fn result(finding: &Finding, index: &BTreeMap<&str, usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule_id,
        "ruleIndex": index.get(finding.rule_id.as_str()),
        "level": level(finding.severity),
        "message": { "text": message(finding) },
        "locations": [{ "physicalLocation": physical(&finding.location) }],
        "partialFingerprints": { "cortex/v1": finding.fingerprint },
        "properties": properties(finding),
    });
    let Some(object) = result.as_object_mut() else {
        return result;
    };
    if !finding.trace.is_empty() {
        let steps: Vec<Value> = finding
            .trace
            .iter()
            .map(|step| {
                json!({ "location": {
                    "physicalLocation": physical(&step.location),
                    "message": { "text": step.message },
                }})
            })
            .collect();
        object.insert(
            "codeFlows".to_owned(),
            json!([{ "threadFlows": [{ "locations": steps }] }]),
        );
    }
    if let Some(fix) = &finding.fix {
        object.insert(
            "fixes".to_owned(),
            json!([{
                "description": { "text": "The change that the rule proposes" },
                "artifactChanges": [{
                    "artifactLocation": artifact(&finding.location.path),
                    "replacements": [{
                        "deletedRegion": region(&finding.location),
                        "insertedContent": { "text": fix },
                    }],
                }],
            }]),
        );
    }
    result
}

fn properties(finding: &Finding) -> Value {
    let kind = match finding.kind {
        FindingKind::Code => "code",
        FindingKind::Secret => "secret",
        FindingKind::Vulnerability => "vulnerability",
        FindingKind::Check => "check",
    };
    let mut properties = json!({ "kind": kind, "severity": finding.severity });
    if let (Some(vulnerability), Some(object)) =
        (&finding.vulnerability, properties.as_object_mut())
    {
        object.insert("purl".to_owned(), json!(vulnerability.purl));
        object.insert("aliases".to_owned(), json!(vulnerability.aliases));
        object.insert(
            "fixedVersions".to_owned(),
            json!(vulnerability.fixed_versions),
        );
    }
    properties
}

fn message(finding: &Finding) -> String {
    match &finding.vulnerability {
        Some(vulnerability) => {
            let fixed = match vulnerability.fixed_versions.first() {
                Some(version) => format!("fixed in {version}"),
                None => "no fixed version known".to_owned(),
            };
            format!(
                "{} {}: {} ({fixed})",
                vulnerability.package, vulnerability.version, finding.message
            )
        }
        None => finding.message.clone(),
    }
}

fn short(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let end = first.find(". ").map_or(first.len(), |at| at + 1);
    first
        .get(..end)
        .unwrap_or(first)
        .chars()
        .take(200)
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn physical(location: &Location) -> Value {
    json!({ "artifactLocation": artifact(&location.path), "region": region(location) })
}

fn region(location: &Location) -> Value {
    json!({
        "startLine": location.start.line.max(1),
        "startColumn": location.start.column.max(1),
        "endLine": location.end.line.max(1),
        "endColumn": location.end.column.max(1),
    })
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` is percent-encoded.
fn artifact(path: &str) -> Value {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
}
