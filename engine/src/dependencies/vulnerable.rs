//! Packages held against advisories.

use std::collections::BTreeMap;

use cortex_advisories::{Database, Match, QueryError, ecosystem};

use super::{Lockfile, Package, PackageSource};
use crate::finding::{Finding, FindingKind, Location, Position, RuleFacts, Vulnerability};
use crate::scan::fingerprint;

/// The vulnerabilities of a lockfile's packages, and what could not be judged. Only packages from a registry are
/// matched: an advisory names what the registry serves.
pub fn vulnerabilities(
    path: &str,
    lockfile: &Lockfile,
    database: &Database,
) -> (Vec<Finding>, Vec<String>) {
    let mut findings = Vec::new();
    let mut warnings = Vec::new();
    let mut last: Option<(&str, &str)> = None;
    for package in &lockfile.packages {
        if package.source != PackageSource::Registry {
            continue;
        }
        // The same version installed in several places is one finding; packages are sorted.
        let key = (package.name.as_str(), package.version.as_str());
        if last == Some(key) {
            continue;
        }
        last = Some(key);
        let matches = match database.query(lockfile.ecosystem, &package.name, &package.version) {
            Ok(matches) => matches,
            Err(error) => {
                warnings.push(format!(
                    "{path}:{}: {}: {error}",
                    package.line, package.name
                ));
                // What could be decided is a finding all the same.
                match error {
                    QueryError::Undecided { matches, .. } => matches,
                    _ => Vec::new(),
                }
            }
        };
        let safe = safe_version(package, &matches, database);
        findings.extend(
            matches
                .into_iter()
                .map(|found| finding(path, package, found, safe.clone())),
        );
    }
    (findings, warnings)
}

/// The lowest version that mends one of the matches and that nothing in the database speaks against.
fn safe_version(package: &Package, matches: &[Match], database: &Database) -> Option<String> {
    let rules = ecosystem::by_name(&package.ecosystem)?;
    let candidates: BTreeMap<_, &String> = matches
        .iter()
        .flat_map(|found| &found.fixed_versions)
        .filter_map(|version| Some((rules.key(version)?, version)))
        .collect();
    candidates
        .into_values()
        .find(|version| {
            database
                .query(&package.ecosystem, &package.name, version)
                .is_ok_and(|matches| matches.is_empty())
        })
        .cloned()
}

fn finding(path: &str, package: &Package, found: Match, safe_version: Option<String>) -> Finding {
    let at = Position {
        line: package.line,
        column: 1,
        offset: 0,
    };
    let fingerprint = fingerprint(&[
        b"vulnerability",
        found.id.as_bytes(),
        package.ecosystem.as_bytes(),
        package.name.as_bytes(),
        package.version.as_bytes(),
        path.as_bytes(),
    ]);
    let message = if found.summary.trim().is_empty() {
        found.details.lines().next().unwrap_or_default().to_owned()
    } else {
        found.summary.clone()
    };
    Finding {
        fingerprint,
        kind: FindingKind::Vulnerability,
        rule_id: found.id.clone(),
        severity: found.severity,
        message,
        location: Location {
            path: path.to_owned(),
            start: at,
            end: at,
        },
        frame: None,
        rule: Some(RuleFacts {
            cwe: found.cwe_ids,
            references: found
                .references
                .into_iter()
                .map(|reference| reference.url)
                .collect(),
            ..RuleFacts::default()
        }),
        metavariables: std::collections::BTreeMap::new(),
        fix: None,
        trace: Vec::new(),
        vulnerability: Some(Vulnerability {
            purl: package.purl.clone(),
            ecosystem: package.ecosystem.clone(),
            package: package.name.clone(),
            version: package.version.clone(),
            advisory: found.id,
            aliases: found.aliases,
            fixed_versions: found.fixed_versions,
            safe_version,
            cvss_score: found.cvss_score,
            cvss_vector: found.cvss_vector,
            epss: found.epss,
            kev: found.kev,
            published: found.published,
            direct: package.direct,
            scope: package.scope,
            reachable: None,
            paths: package.paths.clone(),
        }),
    }
}
