//! Triage: what people decide of a finding, with its history.

use std::collections::BTreeMap;
use std::str::FromStr;

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, NotSet, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::callers::Caller;
use super::{Core, audit, findings, repositories};
use crate::error::ServiceError;
use crate::store::entity::{finding, triage_event};
use crate::time;

/// Triage status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Triage {
    /// Not decided.
    Open,
    /// Known and borne.
    AcceptedRisk,
    /// Does not concern this repository.
    NotApplicable,
    /// There is nothing.
    FalsePositive,
    /// Stays.
    WontFix,
    /// Being mended.
    InProgress,
    /// Mended.
    Fixed,
}

impl Triage {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::AcceptedRisk,
        Self::NotApplicable,
        Self::FalsePositive,
        Self::WontFix,
        Self::InProgress,
        Self::Fixed,
    ];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AcceptedRisk => "accepted_risk",
            Self::NotApplicable => "not_applicable",
            Self::FalsePositive => "false_positive",
            Self::WontFix => "wont_fix",
            Self::InProgress => "in_progress",
            Self::Fixed => "fixed",
        }
    }

    /// Whether a finding with it still waits to be mended.
    pub fn is_unresolved(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }
}

/// The statuses of findings that still wait to be mended.
pub const UNRESOLVED: [&str; 2] = ["open", "in_progress"];

impl FromStr for Triage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|triage| triage.as_str() == text)
            .ok_or(())
    }
}

/// A decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The new status.
    pub status: Triage,
    /// Why.
    pub justification: Option<String>,
    /// User to assign to.
    pub assigned_to: Option<i32>,
}

/// Most findings of one bulk triage.
pub const MOST: usize = 1_000;

/// Decides on findings of the caller's tenant: all of them, or none if one is not there. Returns how many.
pub async fn decide(
    core: &Core,
    caller: &Caller,
    ids: &[i32],
    decision: &Decision,
) -> Result<usize, ServiceError> {
    caller.needs("findings:write")?;
    if ids.is_empty() || ids.len() > MOST {
        return Err(ServiceError::invalid(
            "issue_ids",
            format!("1 to {MOST} ids"),
        ));
    }
    let justification = decision.justification.clone();
    if justification
        .as_ref()
        .is_some_and(|text| text.chars().count() > 4_000 || text.contains('\0'))
    {
        return Err(ServiceError::invalid(
            "justification",
            "at most 4,000 characters",
        ));
    }
    let mut wanted = ids.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let transaction = core.store.write().await?;
    let rows: Vec<(i32, String)> = finding::Entity::find()
        .select_only()
        .columns([finding::Column::Id, finding::Column::Triage])
        .filter(finding::Column::TenantId.eq(&caller.tenant_id))
        .filter(finding::Column::Id.is_in(wanted.iter().copied()))
        .into_tuple()
        .all(transaction.db())
        .await?;
    if let Some(missing) = wanted
        .iter()
        .find(|id| !rows.iter().any(|(found, _)| found == *id))
    {
        return Err(ServiceError::not_found(format!("finding {missing}")));
    }
    let now = time::now();
    let mut update = finding::Entity::update_many()
        .col_expr(
            finding::Column::Triage,
            Expr::value(decision.status.as_str()),
        )
        .col_expr(
            finding::Column::Justification,
            Expr::value(justification.clone()),
        )
        .filter(finding::Column::Id.is_in(wanted.iter().copied()));
    if let Some(user) = decision.assigned_to {
        update = update.col_expr(finding::Column::AssignedTo, Expr::value(user));
    }
    update.exec(transaction.db()).await?;
    let events = rows.iter().map(|(id, before)| triage_event::ActiveModel {
        id: NotSet,
        tenant_id: Set(caller.tenant_id.clone()),
        finding_id: Set(*id),
        from_status: Set(before.clone()),
        to_status: Set(decision.status.as_str().to_owned()),
        justification: Set(justification.clone()),
        assigned_to: Set(decision.assigned_to),
        actor: Set(caller.actor.clone()),
        at: Set(now),
    });
    triage_event::Entity::insert_many(events)
        .exec_without_returning(transaction.db())
        .await?;
    let detail = json!({"status": decision.status, "findings": wanted.len()});
    let subject = wanted.first().map(ToString::to_string).unwrap_or_default();
    audit::note(&transaction, caller, "finding.triage", subject, detail).await?;
    transaction.commit().await?;
    Ok(rows.len())
}

/// What was decided of a finding, oldest first.
pub async fn history(
    core: &Core,
    caller: &Caller,
    finding_id: i32,
) -> Result<Vec<triage_event::Model>, ServiceError> {
    findings::get(core, caller, finding_id).await?;
    Ok(triage_event::Entity::find()
        .filter(triage_event::Column::FindingId.eq(finding_id))
        .order_by_asc(triage_event::Column::Id)
        .all(core.store.db())
        .await?)
}

/// How many findings of a repository have each status; every status has an entry.
pub async fn summary(
    core: &Core,
    caller: &Caller,
    repository_id: i32,
) -> Result<BTreeMap<&'static str, i64>, ServiceError> {
    caller.needs("findings:read")?;
    repositories::find(core, &caller.tenant_id, repository_id).await?;
    let rows: Vec<(String, i64)> = finding::Entity::find()
        .select_only()
        .column(finding::Column::Triage)
        .column_as(finding::Column::Id.count(), "findings")
        .filter(finding::Column::RepositoryId.eq(repository_id))
        .group_by(finding::Column::Triage)
        .into_tuple()
        .all(core.store.db())
        .await?;
    let mut counts: BTreeMap<&'static str, i64> = Triage::ALL
        .iter()
        .map(|triage| (triage.as_str(), 0))
        .collect();
    for (status, count) in rows {
        if let Ok(triage) = status.parse::<Triage>() {
            counts.insert(triage.as_str(), count);
        }
    }
    Ok(counts)
}
