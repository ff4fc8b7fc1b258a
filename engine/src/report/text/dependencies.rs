//! Vulnerable dependencies: one block for each package of each lockfile, with its way into the project, what mends it,
//! and its advisories.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::line::{BOLD, CYAN, DIM, GREEN, Line, PLAIN, Printer, RED, YELLOW, colour, count};
use crate::dependencies::Scope;
use crate::finding::{Finding, Severity, Vulnerability};

/// EPSS from which it is worth a colour: well above what nine in ten CVEs have.
const LIKELY: f64 = 0.1;

type Entry<'f> = (&'f Finding, &'f Vulnerability);

/// Writes the part of the report for vulnerable dependencies.
pub(super) fn write(printer: &mut Printer<'_>, entries: &[Entry<'_>]) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut packages: BTreeMap<(&str, &str, &str), Vec<Entry<'_>>> = BTreeMap::new();
    for (finding, vulnerability) in entries {
        packages
            .entry((
                &finding.location.path,
                &vulnerability.package,
                &vulnerability.version,
            ))
            .or_default()
            .push((finding, vulnerability));
    }
    let mut packages: Vec<_> = packages.into_values().collect();
    packages.sort_by_key(|entries| {
        (
            Reverse(worst(entries)),
            Reverse(entries.iter().any(|(_, vulnerability)| vulnerability.kev)),
        )
    });
    let note = format!(
        "{} in {}",
        count(entries.len() as u64, "vulnerability", "vulnerabilities"),
        count(packages.len() as u64, "package", "packages")
    );
    printer.heading("Dependencies", &note)?;
    for entries in packages {
        package(printer, &entries)?;
    }
    Ok(())
}

fn worst(entries: &[Entry<'_>]) -> Severity {
    entries
        .iter()
        .map(|(finding, _)| finding.severity)
        .max()
        .unwrap_or(Severity::Info)
}

fn package(printer: &mut Printer<'_>, entries: &[Entry<'_>]) -> io::Result<()> {
    let Some((finding, first)) = entries.first() else {
        return Ok(());
    };
    let severity = worst(entries);
    let mut line = Line::default()
        .with(colour(severity), severity.as_str())
        .with(PLAIN, "  ")
        .with(BOLD, &format!("{} {}", first.package, first.version));
    match &first.safe_version {
        Some(safe) => {
            line.push(DIM, " → ");
            line.push(GREEN, safe);
        }
        None if entries
            .iter()
            .all(|(_, vulnerability)| vulnerability.fixed_versions.is_empty()) =>
        {
            line.push(YELLOW, "  no fixed version known");
        }
        None => {}
    }
    let kind = match (first.direct, first.scope) {
        (true, Scope::Prod) => "direct",
        (true, Scope::Dev) => "direct, dev",
        (true, Scope::Optional) => "direct, optional",
        (false, Scope::Prod) => "transitive",
        (false, Scope::Dev) => "transitive, dev",
        (false, Scope::Optional) => "transitive, optional",
    };
    line.push(DIM, &format!("  {kind}"));
    printer.line(&line)?;
    let at = format!("{}:{}", finding.location.path, finding.location.start.line);
    printer.line(&Line::indented(2).with(DIM, "--> ").with(CYAN, &at))?;
    if let Some(way) = first.paths.first().filter(|way| way.len() > 1) {
        let more = match first.paths.len() - 1 {
            0 => "",
            _ => ", and other ways",
        };
        printer.wrapped(
            Line::indented(2).with(DIM, "via "),
            DIM,
            &format!("{}{more}", way.join(" › ")),
        )?;
    }
    for (finding, vulnerability) in entries {
        advisory(printer, finding, vulnerability)?;
    }
    printer.blank()
}

fn advisory(
    printer: &mut Printer<'_>,
    finding: &Finding,
    vulnerability: &Vulnerability,
) -> io::Result<()> {
    let plain = |text: &str| Line::default().with(PLAIN, text);
    let mut facts = Vec::new();
    let mut ids = Line::default().with(BOLD, &vulnerability.advisory);
    // The name that people look for first, whatever the database calls it.
    let aliases: BTreeSet<&str> = vulnerability.aliases.iter().map(String::as_str).collect();
    let (cves, others): (Vec<&str>, Vec<&str>) = aliases
        .into_iter()
        .filter(|alias| *alias != vulnerability.advisory)
        .partition(|alias| alias.starts_with("CVE-"));
    let mut others = cves.into_iter().chain(others);
    if let Some(alias) = others.next() {
        ids.push(DIM, &format!(" {alias}"));
    }
    match others.count() {
        0 => {}
        more => ids.push(DIM, &format!(" +{more}")),
    }
    facts.push(ids);
    facts.push(Line::default().with(colour(finding.severity), finding.severity.as_str()));
    if let Some(score) = vulnerability.cvss_score {
        facts.push(plain(&format!("CVSS {score:.1}")));
    }
    if let Some(epss) = vulnerability.epss {
        let colour = if epss >= LIKELY { YELLOW } else { PLAIN };
        facts.push(Line::default().with(colour, &format!("EPSS {}", percent(epss))));
    }
    if vulnerability.kev {
        facts.push(Line::default().with(RED, "known exploited (KEV)"));
    }
    facts.push(if vulnerability.fixed_versions.is_empty() {
        plain("no fix known")
    } else {
        plain(&format!(
            "fixed in {}",
            vulnerability.fixed_versions.join(", ")
        ))
    });
    printer.pieces(Line::indented(4), 6, facts)?;
    printer.wrapped(Line::indented(6), DIM, &finding.message)
}

/// A probability as a percentage that does not round to nothing.
fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent >= 0.1 {
        format!("{percent:.1}%")
    } else {
        "<0.1%".to_owned()
    }
}
