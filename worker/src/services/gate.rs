//! The gate of a CI pipeline: does what is open in a repository stay below a threshold?

use std::collections::BTreeMap;

use cortex_engine::finding::Severity;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;

use super::callers::Caller;
use super::findings::SEVERITIES;
use super::joining::severity_name;
use super::triage::UNRESOLVED;
use super::{Core, repositories};
use crate::error::ServiceError;
use crate::queue::status;
use crate::store::entity::{finding, scan};

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct GateResult {
    /// `pass` or `fail`.
    pub status: &'static str,
    /// Open critical findings.
    pub critical: i64,
    /// Open high findings.
    pub high: i64,
    /// Open medium findings.
    pub medium: i64,
    /// Open low findings.
    pub low: i64,
    /// Why.
    pub reason: String,
    /// Score of the latest scan, 0 to 100.
    pub score: Option<f64>,
    /// The latest scan.
    pub scan_id: Option<String>,
}

/// Open findings of a repository by severity: what the last scan saw and nobody has settled.
pub async fn open_findings(
    core: &Core,
    repository_id: i32,
) -> Result<BTreeMap<String, i64>, ServiceError> {
    let rows: Vec<(String, i64)> = finding::Entity::find()
        .select_only()
        .column(finding::Column::Severity)
        .column_as(finding::Column::Id.count(), "findings")
        .filter(finding::Column::RepositoryId.eq(repository_id))
        .filter(finding::Column::Seen.eq(true))
        .filter(finding::Column::Triage.is_in(UNRESOLVED))
        .group_by(finding::Column::Severity)
        .into_tuple()
        .all(core.store.db())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Judges a repository. It fails as well where there is no verdict: no completed scan, or dependencies that were not
/// checked.
pub async fn check(
    core: &Core,
    caller: &Caller,
    repository_id: i32,
    fail_on: Severity,
) -> Result<GateResult, ServiceError> {
    caller.needs("findings:read")?;
    let repository = repositories::find(core, &caller.tenant_id, repository_id).await?;
    let counts = open_findings(core, repository.id).await?;
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let latest = scan::Entity::find()
        .filter(scan::Column::RepositoryId.eq(repository.id))
        .filter(scan::Column::Status.eq(status::COMPLETED))
        .order_by_desc(scan::Column::CreatedAt)
        .one(core.store.db())
        .await?;
    let over: Vec<String> = SEVERITIES
        .into_iter()
        .filter(|severity| *severity >= fail_on)
        .map(severity_name)
        .filter(|name| count(name) > 0)
        .map(|name| format!("{} {name}", count(name)))
        .collect();
    let note = latest.as_ref().and_then(|scan| scan.note.clone());
    let threshold = severity_name(fail_on);
    let (status, reason) = if latest.is_none() {
        ("fail", "the repository has no completed scan".to_owned())
    } else if !over.is_empty() {
        let noun = if over.len() == 1 && over.iter().all(|part| part.starts_with("1 ")) {
            "finding reaches"
        } else {
            "findings reach"
        };
        (
            "fail",
            format!("{} {noun} the threshold {threshold}", over.join(" and ")),
        )
    } else if let Some(note) = note {
        ("fail", note)
    } else {
        (
            "pass",
            format!("no open finding reaches the threshold {threshold}"),
        )
    };
    Ok(GateResult {
        status,
        critical: count("critical"),
        high: count("high"),
        medium: count("medium"),
        low: count("low"),
        reason,
        score: latest.as_ref().and_then(|scan| scan.score),
        scan_id: latest.map(|scan| scan.id),
    })
}
