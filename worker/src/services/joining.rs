//! Joining a scan's findings to the repository's: triage, comments and age go from scan to scan.
//!
//! A finding is the same if its fingerprint is, which survives line moves; or if it vanished from one file and the same
//! content turned up in another that had nothing like it: the file was renamed. What a scan no longer sees, though it
//! looked, is `fixed`; what comes back is open again. What a scan did not look at (another depth, patterns, a file or
//! lockfile that could not be read) stays as it was.

use std::collections::{BTreeMap, HashMap, HashSet};

use cortex_engine::finding::{Finding, FindingKind, Severity};
use cortex_engine::report::{LockfileStatus, Report};
use cortex_engine::select::Globs;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, NotSet, QueryFilter as _, QuerySelect as _, Set,
    sea_query::Expr,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::scans::{Depth, ScanConfig};
use super::triage::Triage;
use crate::store::Transaction;
use crate::store::entity::{finding, scan, triage_event};
use crate::time::Millis;

/// Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
const CHUNK: usize = 500;

/// What a join changed.
#[derive(Debug, Default)]
pub struct Joined {
    /// Findings that the repository did not have, or has again.
    pub new: Vec<Finding>,
    /// How many are no longer there.
    pub fixed: usize,
}

/// What is known of a finding, without its data.
struct Known {
    id: i32,
    fingerprint: String,
    content: String,
    digest: String,
    kind: String,
    path: String,
    triage: String,
    seen: bool,
}

type KnownRow = (i32, String, String, String, String, String, String, bool);

async fn known(transaction: &Transaction, repository_id: i32) -> Result<Vec<Known>, DbErr> {
    use finding::Column;
    let rows: Vec<KnownRow> = finding::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::Fingerprint,
            Column::Content,
            Column::Digest,
            Column::Kind,
            Column::Path,
            Column::Triage,
            Column::Seen,
        ])
        .filter(Column::RepositoryId.eq(repository_id))
        .into_tuple()
        .all(transaction.db())
        .await?;
    let known = |(id, fingerprint, content, digest, kind, path, triage, seen)| Known {
        id,
        fingerprint,
        content,
        digest,
        kind,
        path,
        triage,
        seen,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// What a scan looked at, and may therefore call fixed.
struct Looked<'a> {
    depth: Depth,
    include: Option<Globs>,
    exclude: Option<Globs>,
    unread: HashSet<&'a str>,
}

impl<'a> Looked<'a> {
    fn of(config: &ScanConfig, report: &'a Report) -> Self {
        let globs =
            |patterns: &[String]| Globs::new(patterns).ok().filter(|globs| !globs.is_empty());
        let broken = report
            .lockfiles
            .iter()
            .filter(|lockfile| {
                !matches!(
                    lockfile.status,
                    LockfileStatus::Checked | LockfileStatus::SampleOnly
                )
            })
            .map(|lockfile| lockfile.path.as_str());
        Self {
            depth: config.depth,
            include: globs(&config.include_patterns),
            exclude: globs(&config.exclude_patterns),
            unread: report
                .errors
                .iter()
                .map(|error| error.path.as_str())
                .chain(broken)
                .collect(),
        }
    }

    fn at(&self, kind: &str, path: &str) -> bool {
        let lockfile = kind == kind_name(FindingKind::Vulnerability);
        !self.unread.contains(path)
            && (lockfile || self.depth != Depth::Quick)
            && self
                .exclude
                .as_ref()
                .is_none_or(|globs| !globs.matches(path))
            && (lockfile
                || self
                    .include
                    .as_ref()
                    .is_none_or(|globs| globs.matches(path)))
    }
}

/// Joins the findings of `report` to those of the scan's repository, whose row the caller has locked.
pub async fn join(
    transaction: &Transaction,
    scan: &scan::Model,
    config: &ScanConfig,
    report: &Report,
    now: Millis,
) -> Result<Joined, DbErr> {
    let looked = Looked::of(config, report);
    let known = known(transaction, scan.repository_id).await?;
    let by_fingerprint: HashMap<&str, &Known> = known
        .iter()
        .map(|known| (known.fingerprint.as_str(), known))
        .collect();
    let mut met = HashSet::new();
    let mut unknown = Vec::new();
    let mut again = Vec::new();
    let mut joined = Joined::default();
    for finding in &report.findings {
        match by_fingerprint.get(finding.fingerprint.as_str()) {
            Some(known) if met.insert(known.id) => again.push((*known, finding)),
            Some(_) => {}
            None => unknown.push(finding),
        }
    }
    let mut vanished: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
    for known in &known {
        if known.seen && !met.contains(&known.id) && looked.at(&known.kind, &known.path) {
            vanished.entry(&known.content).or_default().push(known);
        }
    }
    let mut inserts = Vec::new();
    for finding in unknown {
        match vanished
            .get_mut(content(finding).as_str())
            .and_then(Vec::pop)
        {
            Some(renamed) => again.push((renamed, finding)),
            None => inserts.push(finding),
        }
    }

    let mut events = Vec::new();
    let mut same = Vec::new();
    for (known, finding) in again {
        let triage = known.triage == Triage::Fixed.as_str() || !known.seen;
        if triage {
            joined.new.push(finding.clone());
            if known.triage != Triage::Open.as_str() {
                events.push(event(scan, known, Triage::Open, "found again", now));
            }
        }
        let data = Data::of(finding);
        if triage || data.digest != known.digest || finding.fingerprint != known.fingerprint {
            let mut row = data.row(scan, finding);
            row.id = Set(known.id);
            row.seen = Set(true);
            row.last_seen = Set(now);
            row.last_scan = Set(scan.id.clone());
            if triage {
                row.triage = Set(Triage::Open.as_str().to_owned());
                row.breach_sent = Set(false);
            }
            finding::Entity::update(row)
                .validate()?
                .exec(transaction.db())
                .await?;
        } else {
            same.push(known.id);
        }
    }
    for ids in same.chunks(CHUNK) {
        finding::Entity::update_many()
            .col_expr(finding::Column::LastSeen, Expr::value(now))
            .col_expr(finding::Column::LastScan, Expr::value(scan.id.clone()))
            .filter(finding::Column::Id.is_in(ids.iter().copied()))
            .exec(transaction.db())
            .await?;
    }
    let mut fresh = HashSet::new();
    let rows: Vec<finding::ActiveModel> = inserts
        .iter()
        .filter(|finding| fresh.insert(finding.fingerprint.as_str()))
        .map(|finding| {
            let mut row = Data::of(finding).row(scan, finding);
            row.triage = Set(Triage::Open.as_str().to_owned());
            row.justification = Set(None);
            row.assigned_to = Set(None);
            row.seen = Set(true);
            row.first_seen = Set(now);
            row.last_seen = Set(now);
            row.first_scan = Set(scan.id.clone());
            row.last_scan = Set(scan.id.clone());
            row.breach_sent = Set(false);
            row
        })
        .collect();
    joined.new.extend(inserts.into_iter().cloned());
    for rows in rows.chunks(CHUNK) {
        finding::Entity::insert_many(rows.to_vec())
            .exec_without_returning(transaction.db())
            .await?;
    }
    let gone: Vec<&Known> = vanished.into_values().flatten().collect();
    joined.fixed = gone.len();
    for known in &gone {
        if known.triage != Triage::Fixed.as_str() {
            events.push(event(scan, known, Triage::Fixed, "no longer found", now));
        }
    }
    for gone in gone.chunks(CHUNK) {
        finding::Entity::update_many()
            .col_expr(finding::Column::Seen, Expr::value(false))
            .col_expr(finding::Column::Triage, Expr::value(Triage::Fixed.as_str()))
            .filter(finding::Column::Id.is_in(gone.iter().map(|known| known.id)))
            .exec(transaction.db())
            .await?;
    }
    for events in events.chunks(CHUNK) {
        triage_event::Entity::insert_many(events.to_vec())
            .exec_without_returning(transaction.db())
            .await?;
    }
    Ok(joined)
}

fn event(
    scan: &scan::Model,
    known: &Known,
    to: Triage,
    reason: &str,
    now: Millis,
) -> triage_event::ActiveModel {
    triage_event::ActiveModel {
        id: NotSet,
        tenant_id: Set(scan.tenant_id.clone()),
        finding_id: Set(known.id),
        from_status: Set(known.triage.clone()),
        to_status: Set(to.as_str().to_owned()),
        justification: Set(Some(reason.to_owned())),
        assigned_to: Set(None),
        actor: Set(format!("scan:{}", scan.id)),
        at: Set(now),
    }
}

/// A finding as it is kept.
struct Data {
    json: serde_json::Value,
    digest: String,
}

impl Data {
    fn of(finding: &Finding) -> Self {
        let json = json!(finding);
        let digest = hex::encode(Sha256::digest(json.to_string().as_bytes()));
        Self { json, digest }
    }

    /// The columns that say what was found and where.
    fn row(self, scan: &scan::Model, finding: &Finding) -> finding::ActiveModel {
        let package = finding.vulnerability.as_ref();
        finding::ActiveModel {
            id: NotSet,
            tenant_id: Set(scan.tenant_id.clone()),
            repository_id: Set(scan.repository_id),
            fingerprint: Set(finding.fingerprint.clone()),
            content: Set(content(finding)),
            kind: Set(kind_name(finding.kind).to_owned()),
            rule_id: Set(finding.rule_id.clone()),
            severity: Set(severity_name(finding.severity).to_owned()),
            title: Set(title(finding)),
            path: Set(finding.location.path.clone()),
            line: Set(i32::try_from(finding.location.start.line).unwrap_or(i32::MAX)),
            package_name: Set(package.map(|package| package.package.clone())),
            package_version: Set(package.map(|package| package.version.clone())),
            cve_id: Set(cve(finding)),
            digest: Set(self.digest),
            data: Set(self.json),
            ..Default::default()
        }
    }
}

/// The first line, of bearable length, without NUL (which PostgreSQL does not store).
fn title(finding: &Finding) -> String {
    let line = finding.message.lines().next().unwrap_or_default();
    line.chars().filter(|c| *c != '\0').take(300).collect()
}

/// The CVE of a vulnerability, else its advisory.
fn cve(finding: &Finding) -> Option<String> {
    let vulnerability = finding.vulnerability.as_ref()?;
    let ids = std::iter::once(&vulnerability.advisory).chain(&vulnerability.aliases);
    let cve = ids.clone().find(|id| id.starts_with("CVE-"));
    cve.or(Some(&vulnerability.advisory)).cloned()
}

/// Hash of what was found, whatever file and line it is in: the rule, and the matched line or the package.
fn content(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    hash.update(finding.rule_id.as_bytes());
    hash.update([0]);
    if let Some(vulnerability) = &finding.vulnerability {
        hash.update(vulnerability.purl.as_bytes());
    } else if let Some(frame) = &finding.frame {
        let index = finding.location.start.line.saturating_sub(frame.first_line);
        let line = usize::try_from(index)
            .ok()
            .and_then(|index| frame.lines.get(index));
        hash.update(line.map_or("", |line| line.trim()).as_bytes());
    }
    hex::encode(hash.finalize())
}

/// As it is stored and shown.
pub fn kind_name(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Code => "code",
        FindingKind::Secret => "secret",
        FindingKind::Vulnerability => "vulnerability",
        FindingKind::Check => "check",
    }
}

/// As it is stored and shown.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}
