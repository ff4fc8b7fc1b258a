//! Findings in SARIF.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, CodeFlow, Fix, Location, PropertyBag, Replacement,
    Result as SarifResult, ResultLevel, ThreadFlow, ThreadFlowLocation,
};

use super::{known, message, place};
use crate::finding::{Finding, Severity, TraceStep, Vulnerability};

/// A finding as a result.
pub(super) fn result(finding: &Finding, rule: Option<i64>) -> SarifResult {
    let location = place::physical(&finding.location, finding.frame.as_ref());
    let mut result = SarifResult::builder()
        .rule_id(finding.rule_id.clone())
        .level(level(finding.severity))
        .message(message(&text(finding)))
        .locations(vec![
            Location::builder().physical_location(location).build(),
        ])
        .partial_fingerprints(BTreeMap::from([
            ("cortex/v1".to_owned(), finding.fingerprint.clone()),
            // The one name that GitHub looks at.
            (
                "primaryLocationLineHash".to_owned(),
                finding.fingerprint.clone(),
            ),
        ]))
        .properties(properties(finding))
        .build();
    result.rule_index = rule;
    if !finding.trace.is_empty() {
        result.code_flows = Some(vec![flow(&finding.trace)]);
    }
    result.fixes = finding.fix.as_ref().map(|fix| vec![change(finding, fix)]);
    result
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}

fn text(finding: &Finding) -> String {
    let Some(vulnerability) = &finding.vulnerability else {
        return finding.message.clone();
    };
    let Vulnerability {
        package, version, ..
    } = vulnerability;
    let mend = match (
        &vulnerability.safe_version,
        vulnerability.fixed_versions.first(),
    ) {
        (Some(safe), _) => format!("Version {safe} has no known vulnerability."),
        (None, Some(fixed)) => format!("It is fixed in {fixed}."),
        (None, None) => "No fixed version is known.".to_owned(),
    };
    let message = finding.message.trim().trim_end_matches('.');
    let mut text = format!("{package} {version}: {message}. {mend}");
    if let Some(path) = vulnerability.paths.first().filter(|path| path.len() > 1) {
        text.push_str(&format!(" It is needed by way of {}.", path.join(" > ")));
    }
    text
}

fn properties(finding: &Finding) -> PropertyBag {
    let vulnerability = finding.vulnerability.as_ref();
    let dependency = vulnerability.map(|it| {
        known(json!({
            "purl": it.purl,
            "aliases": it.aliases,
            "fixedVersions": it.fixed_versions,
            "safeVersion": it.safe_version,
            "cvssScore": it.cvss_score,
            "cvssVector": it.cvss_vector,
            "epss": it.epss,
            "knownExploited": it.kev,
            "direct": it.direct,
            "scope": it.scope,
            "paths": it.paths,
        }))
    });
    place::properties([
        ("kind", json!(finding.kind)),
        ("severity", json!(finding.severity)),
        ("dependency", json!(dependency)),
    ])
}

fn flow(trace: &[TraceStep]) -> CodeFlow {
    let steps = trace.iter().map(|step| {
        let location = Location::builder()
            .physical_location(place::physical(&step.location, None))
            .message(message(&step.message))
            .build();
        ThreadFlowLocation::builder().location(location).build()
    });
    let flow = ThreadFlow::builder()
        .locations(steps.collect::<Vec<_>>())
        .build();
    CodeFlow::builder().thread_flows(vec![flow]).build()
}

/// What the rule's fix would change. The text is code, not a message: it stays as it is.
fn change(finding: &Finding, fix: &str) -> Fix {
    let replacement = Replacement::builder()
        .deleted_region(place::region(&finding.location))
        .inserted_content(ArtifactContent::builder().text(fix).build())
        .build();
    Fix::builder()
        .description(message("The change that the rule proposes"))
        .artifact_changes(vec![
            ArtifactChange::builder()
                .artifact_location(place::artifact(&finding.location.path))
                .replacements(vec![replacement])
                .build(),
        ])
        .build()
}
