//! Rules in SARIF, as one of their findings tells of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use super::super::neutralise::{markdown, sarif};
use super::{level, place};
use crate::finding::{Finding, RuleFacts, Severity};

/// What is said of the rule, or of the advisory, of a finding.
pub(super) fn descriptor(finding: &Finding) -> ReportingDescriptor {
    let nothing = RuleFacts::default();
    let facts = finding.rule.as_ref().unwrap_or(&nothing);
    let full = facts.why.as_deref().unwrap_or(&finding.message);
    let descriptor = ReportingDescriptor::builder()
        .id(finding.rule_id.clone())
        .short_description(text(&short(&finding.message)))
        .full_description(text(full))
        .default_configuration(
            ReportingConfiguration::builder()
                .level(level(finding.severity))
                .build(),
        )
        .help(help(finding, facts))
        .properties(properties(finding, facts));
    match facts
        .references
        .iter()
        .find(|reference| place::is_web(reference))
    {
        None => descriptor.build(),
        Some(reference) => descriptor.help_uri(reference.clone()).build(),
    }
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder()
        .text(sarif(text))
        .build()
}

/// The help text, plain and as Markdown.
fn help(finding: &Finding, facts: &RuleFacts) -> MultiformatMessageString {
    let mut plain = String::new();
    let mut marked = String::new();
    let weaknesses = facts.cwe.join(", ");
    let sections = [
        (
            "What",
            Some(&finding.message).filter(|_| facts.why.is_none()),
        ),
        ("Why it is unsafe", facts.why.as_ref()),
        ("How to mend it", facts.how_to_mend.as_ref()),
        (
            "Weaknesses",
            Some(&weaknesses).filter(|list| !list.is_empty()),
        ),
    ];
    // Writing to a string cannot fail.
    for (title, body) in sections {
        if let Some(body) = body {
            let _ = write!(plain, "{title}: {}\n\n", body.trim());
            let _ = write!(marked, "**{title}.** {}\n\n", markdown(body.trim()));
        }
    }
    for reference in &facts.references {
        let _ = writeln!(plain, "{reference}");
        let _ = if place::is_web(reference) {
            writeln!(marked, "- <{reference}>")
        } else {
            writeln!(marked, "- {}", markdown(reference))
        };
    }
    MultiformatMessageString::builder()
        .text(sarif(plain.trim_end()))
        .markdown(marked.trim_end())
        .build()
}

fn properties(finding: &Finding, facts: &RuleFacts) -> PropertyBag {
    let mut tags = vec!["security".to_owned()];
    if finding.vulnerability.is_some() {
        tags.push("dependency".to_owned());
    }
    for cwe in &facts.cwe {
        let id = cwe.split(':').next().unwrap_or(cwe).trim().to_lowercase();
        tags.push(format!("external/cwe/{id}"));
    }
    tags.extend(facts.owasp.iter().map(|entry| format!("owasp/{entry}")));
    // The standard wants them distinct (3.8.2.1).
    let mut seen = BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    let precision = facts.confidence.as_deref().map(|confidence| {
        match confidence.to_ascii_lowercase().as_str() {
            "high" => "high",
            "medium" => "medium",
            _ => "low",
        }
    });
    let mut bag = place::properties([
        (
            "security-severity",
            json!(format!("{:.1}", security_severity(finding))),
        ),
        ("precision", json!(precision)),
    ]);
    bag.tags = Some(tags);
    bag
}

/// GitHub's number for a rule, on the scale of CVSS: an advisory's own score, else one within the bounds of the
/// severity.
fn security_severity(finding: &Finding) -> f64 {
    let scored = finding
        .vulnerability
        .as_ref()
        .and_then(|vulnerability| vulnerability.cvss_score);
    match finding.severity {
        _ if scored.is_some_and(|score| (0.0..=10.0).contains(&score)) => {
            scored.unwrap_or_default()
        }
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Info => 0.0,
    }
}

/// The first sentence of a message, or as much of it as a heading holds.
fn short(message: &str) -> String {
    let first = message.trim().lines().next().unwrap_or_default();
    let end = first.find(". ").map_or(first.len(), |at| at + 1);
    first
        .get(..end)
        .unwrap_or(first)
        .chars()
        .take(200)
        .collect()
}
