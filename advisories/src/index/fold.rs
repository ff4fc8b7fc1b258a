//! Matching advisories folded into one [`Match`] per vulnerability.
//!
//! - The **leading id** is chosen among all ids of the group, whether we hold the record or only know the
//!   alias: by the ecosystem's order of preference (npm: GHSA, CVE; crates.io: RUSTSEC, GHSA, CVE), then
//!   alphabetically. It does not depend on the version that was asked about.
//! - **Texts** come from the matching record whose own id is preferred most; where it has none, from the
//!   next.
//! - The **severity** is the worst that a matching record states by score or word.
//! - A **fixed version** is where the stretch of affected versions ends that the version lies in. If
//!   another record of the group has that version affected as well, the search goes on from there; so a
//!   version that is offered is one that no record of the group speaks against.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::format::{Stretch, Until};
use super::{Database, Located};
use crate::Severity;
use crate::ecosystem::{Ecosystem, id_rank};
use crate::rating::UNRATED;

/// Bounds on the search for fixed versions. Real advisories need one or two of each; without bounds, one
/// with a million touching stretches would take minutes.
const MAX_FIXES: usize = 16;
const MAX_STEPS: usize = 16;

/// One vulnerability of a package version: all advisories on it, folded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// The id to show: the one that users of the ecosystem know best.
    pub id: String,
    /// All other ids of the vulnerability, ascending.
    pub aliases: Vec<String>,
    /// The records that matched, ascending.
    pub records: Vec<String>,
    /// One line; may be empty.
    pub summary: String,
    /// `CommonMark`, written by strangers; may be empty.
    pub details: String,
    /// How bad it is.
    pub severity: Severity,
    /// Base score, 0 to 10, if there is one.
    pub cvss_score: Option<f64>,
    /// The vector of that score, if there is one.
    pub cvss_vector: Option<String>,
    /// `CWE-…`, ascending.
    pub cwe_ids: Vec<String>,
    /// The next versions that are not affected, ascending in the ecosystem's order. Empty: no fix is
    /// known.
    pub fixed_versions: Vec<String>,
    /// RFC 3339, as written.
    pub published: Option<String>,
    /// RFC 3339, as written; the latest of the records.
    pub modified: String,
    /// Where to read more.
    pub references: Vec<Reference>,
    /// Probability of exploitation within 30 days (EPSS), the highest of the CVEs.
    pub epss: Option<f64>,
    /// Share of CVEs that are no likelier to be exploited (EPSS).
    pub epss_percentile: Option<f64>,
    /// Whether one of the CVEs is known to have been exploited (KEV).
    pub kev: bool,
    /// Functions that have to be used to be affected, where an advisory names them; ascending.
    pub affected_functions: Vec<String>,
    /// For notes that are no vulnerabilities: `unmaintained`, `unsound`, `notice`.
    pub informational: Option<String>,
}

/// A link of an advisory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// `ADVISORY`, `FIX`, `WEB`, … as written.
    pub kind: String,
    /// The address, as written.
    pub url: String,
}

/// Folds the hits (positions in `entries`) into matches, the worst first, then by id.
pub(super) fn fold(
    database: &Database,
    ecosystem: &dyn Ecosystem,
    entries: &[Located<'_>],
    hits: &[usize],
    key: Option<&[u8]>,
) -> Result<Vec<Match>, &'static str> {
    let mut by_group: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for &hit in hits {
        by_group.entry(entries[hit].group).or_default().push(hit);
    }
    let mut matches = Vec::with_capacity(by_group.len());
    for (group, hits) in by_group {
        matches.push(fold_group(database, ecosystem, entries, group, &hits, key)?);
    }
    matches.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    Ok(matches)
}

fn fold_group(
    database: &Database,
    ecosystem: &dyn Ecosystem,
    entries: &[Located<'_>],
    group: u64,
    hits: &[usize],
    key: Option<&[u8]>,
) -> Result<Match, &'static str> {
    // A record may have several entries for a package; it is decoded once.
    let mut parts_of: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for &hit in hits {
        let located = &entries[hit];
        let parts = parts_of.entry(located.record).or_default();
        parts.insert(located.entry.part);
    }
    let mut ids: Vec<&str> = Vec::new();
    let mut records = Vec::with_capacity(parts_of.len());
    for (record, parts) in parts_of {
        let (row, blob) = database.record(record)?;
        if ids.is_empty() {
            ids = database.group(&row)?;
        }
        records.push((parts, blob));
    }
    records.sort_by_key(|(_, blob)| (id_rank(ecosystem, blob.id), blob.id));
    ids.sort_by_key(|id| (id_rank(ecosystem, id), *id));
    let id = ids
        .first()
        .copied()
        .or_else(|| records.first().map(|(_, blob)| blob.id))
        .unwrap_or_default();

    let mut found = Match {
        id: id.to_owned(),
        aliases: sorted(ids.iter().skip(1)),
        records: sorted(records.iter().map(|(_, blob)| &blob.id)),
        summary: String::new(),
        details: String::new(),
        severity: UNRATED,
        cvss_score: None,
        cvss_vector: None,
        cwe_ids: sorted(records.iter().flat_map(|(_, blob)| &blob.cwe_ids)),
        fixed_versions: fixed_versions(ecosystem, entries, group, hits, key),
        published: None,
        modified: String::new(),
        references: Vec::new(),
        epss: None,
        epss_percentile: None,
        kev: ids.iter().any(|id| database.is_known_exploited(id)),
        affected_functions: Vec::new(),
        informational: None,
    };
    let score = ids
        .iter()
        .filter_map(|id| database.epss(id))
        .max_by(|a, b| a.probability.total_cmp(&b.probability));
    found.epss = score.map(|score| score.probability);
    found.epss_percentile = score.map(|score| score.percentile);

    let mut worst: Option<Severity> = None;
    let mut functions = BTreeSet::new();
    let mut urls = BTreeSet::new();
    for (parts, blob) in &records {
        if found.summary.is_empty() {
            blob.summary.clone_into(&mut found.summary);
        }
        if found.details.is_empty() {
            blob.details.clone_into(&mut found.details);
        }
        if found.published.is_none() {
            found.published = blob.published.map(str::to_owned);
        }
        if found.modified.is_empty() || super::compile::is_later(blob.modified, &found.modified) {
            blob.modified.clone_into(&mut found.modified);
        }
        for (kind, url) in &blob.references {
            if urls.insert(*url) {
                found.references.push(Reference {
                    kind: (*kind).to_owned(),
                    url: (*url).to_owned(),
                });
            }
        }
        for number in parts {
            let part = blob
                .parts
                .get(*number as usize)
                .ok_or("a record lacks the part of a package")?;
            functions.extend(part.functions.iter().copied());
            if found.informational.is_none() {
                found.informational = part.informational.map(str::to_owned);
            }
            worst = worst.max(part.severity);
            // A score with a vector outweighs a bare one, and then the higher one counts.
            let weight = |vector: bool, score: Option<f64>| (vector, score.unwrap_or(-1.0));
            let theirs = weight(part.vector.is_some(), part.score);
            let ours = weight(found.cvss_vector.is_some(), found.cvss_score);
            let order = theirs.0.cmp(&ours.0).then(theirs.1.total_cmp(&ours.1));
            if order.is_gt() {
                found.cvss_score = part.score;
                found.cvss_vector = part.vector.map(str::to_owned);
            }
        }
    }
    found.severity = worst.unwrap_or(UNRATED);
    found.affected_functions = functions.into_iter().map(str::to_owned).collect();
    Ok(found)
}

fn sorted<'a>(texts: impl Iterator<Item = &'a &'a str>) -> Vec<String> {
    let set: BTreeSet<&str> = texts.copied().collect();
    set.into_iter().map(str::to_owned).collect()
}

/// The versions at which the hits end, taken further as long as the group has them affected.
fn fixed_versions(
    ecosystem: &dyn Ecosystem,
    entries: &[Located<'_>],
    group: u64,
    hits: &[usize],
    key: Option<&[u8]>,
) -> Vec<String> {
    let Some(key) = key else {
        return Vec::new();
    };
    let family: Vec<&Located<'_>> = entries.iter().filter(|it| it.group == group).collect();
    let ends: BTreeMap<&[u8], &str> = hits
        .iter()
        .filter_map(|hit| next_fix(&entries[*hit], key))
        .collect();
    let fixes: BTreeMap<Vec<u8>, &str> = ends
        .into_iter()
        .take(MAX_FIXES)
        .filter_map(|fix| clear(fix, &family, ecosystem))
        .collect();
    fixes.into_values().map(str::to_owned).collect()
}

/// Follows a fix through the stretches of its family until one stands.
fn clear<'a>(
    mut fix: (&'a [u8], &'a str),
    family: &[&'a Located<'a>],
    ecosystem: &dyn Ecosystem,
) -> Option<(Vec<u8>, &'a str)> {
    for _ in 0..MAX_STEPS {
        let (end, text) = fix;
        // The text is the fix; its key must be the end of the stretch, or the file is not to be trusted.
        if ecosystem.key(text)?.as_bytes() != end {
            return None;
        }
        let spoken_against = family
            .iter()
            .find(|it| it.entry.verdict(text, Some(end)) == Some(true));
        match spoken_against {
            None => return Some((end.to_vec(), text)),
            Some(it) => fix = next_fix(it, end)?,
        }
    }
    None
}

/// The end of the stretch that holds `key`; for a version that is only listed, the first fix above it.
fn next_fix<'a>(located: &'a Located<'a>, key: &[u8]) -> Option<(&'a [u8], &'a str)> {
    let fix = |stretch: &'a Stretch<'a>| match (stretch.to, stretch.fixed) {
        (Until::Before(end), Some(text)) if end > key => Some((end, text)),
        _ => None,
    };
    let stretches = &located.entry.intervals;
    let held: Vec<&Stretch<'_>> = stretches.iter().filter(|it| it.holds(key)).collect();
    if held.is_empty() {
        stretches.iter().filter_map(fix).min()
    } else {
        held.into_iter().filter_map(fix).max()
    }
}
