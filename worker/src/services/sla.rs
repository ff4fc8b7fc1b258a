//! Deadlines: within how many days a finding is to be mended, by severity, counted from when it was first found.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::callers::Caller;
use super::triage::UNRESOLVED;
use super::{Core, audit, repositories};
use crate::error::{FieldError, ServiceError};
use crate::store::entity::{finding, sla_policy};
use crate::time::{self, DAY, Millis};

/// Days to mend a finding, by severity. Findings of severity info have no deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Policy {
    /// Days for critical findings.
    #[schema(minimum = 0, maximum = 3650)]
    pub critical_days: i32,
    /// Days for high findings.
    #[schema(minimum = 0, maximum = 3650)]
    pub high_days: i32,
    /// Days for medium findings.
    #[schema(minimum = 0, maximum = 3650)]
    pub medium_days: i32,
    /// Days for low findings.
    #[schema(minimum = 0, maximum = 3650)]
    pub low_days: i32,
}

impl Default for Policy {
    /// What holds until a policy is set.
    fn default() -> Self {
        Self {
            critical_days: 7,
            high_days: 30,
            medium_days: 90,
            low_days: 180,
        }
    }
}

impl Policy {
    /// Days for a severity, by its name.
    pub fn days(&self, severity: &str) -> Option<i32> {
        match severity {
            "critical" => Some(self.critical_days),
            "high" => Some(self.high_days),
            "medium" => Some(self.medium_days),
            "low" => Some(self.low_days),
            _ => None,
        }
    }

    /// Whole days since a deadline, if it has passed. With 0 days it passes when the finding is found.
    pub fn overdue(&self, severity: &str, first_seen: Millis, now: Millis) -> Option<i64> {
        let deadline = first_seen + i64::from(self.days(severity)?) * DAY;
        (now >= deadline).then(|| (now - deadline) / DAY)
    }
}

/// The policy of the caller's tenant.
pub async fn policy(core: &Core, caller: &Caller) -> Result<Policy, ServiceError> {
    caller.needs("policies:read")?;
    of_tenant(core, &caller.tenant_id).await
}

pub(super) async fn of_tenant(core: &Core, tenant_id: &str) -> Result<Policy, ServiceError> {
    let row = sla_policy::Entity::find_by_id(tenant_id.to_owned())
        .one(core.store.db())
        .await?;
    Ok(row.map_or_else(Policy::default, |row| Policy {
        critical_days: row.critical_days,
        high_days: row.high_days,
        medium_days: row.medium_days,
        low_days: row.low_days,
    }))
}

/// Sets the policy.
pub async fn set_policy(
    core: &Core,
    caller: &Caller,
    policy: Policy,
) -> Result<Policy, ServiceError> {
    use sla_policy::Column;
    caller.needs("policies:write")?;
    let fields = [
        ("critical_days", policy.critical_days),
        ("high_days", policy.high_days),
        ("medium_days", policy.medium_days),
        ("low_days", policy.low_days),
    ];
    let wrong: Vec<FieldError> = fields
        .into_iter()
        .filter(|(_, days)| !(0..=3_650).contains(days))
        .map(|(field, _)| FieldError::new(field, "a number of days from 0 to 3650"))
        .collect();
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let transaction = core.store.write().await?;
    let row = sla_policy::ActiveModel {
        tenant_id: Set(caller.tenant_id.clone()),
        critical_days: Set(policy.critical_days),
        high_days: Set(policy.high_days),
        medium_days: Set(policy.medium_days),
        low_days: Set(policy.low_days),
        updated_at: Set(time::now()),
    };
    sla_policy::Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::TenantId)
                .update_columns([
                    Column::CriticalDays,
                    Column::HighDays,
                    Column::MediumDays,
                    Column::LowDays,
                    Column::UpdatedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(transaction.db())
        .await?;
    audit::note(&transaction, caller, "sla.set", "", json!(policy)).await?;
    transaction.commit().await?;
    Ok(policy)
}

/// A finding whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Breach {
    /// The finding.
    pub issue_id: i32,
    /// Its severity.
    pub severity: String,
    /// Whole days since the deadline.
    pub days_overdue: i64,
    /// Its title.
    pub title: String,
    /// Its package, if it is of one.
    pub package_name: Option<String>,
}

/// Whether a repository keeps its deadlines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SlaStatus {
    /// Nothing is overdue.
    pub compliant: bool,
    /// How many findings are.
    pub overdue: usize,
    /// Those findings, the longest overdue first; at most 1,000.
    pub breaches: Vec<Breach>,
}

/// Most breaches that are listed.
const MOST: usize = 1_000;

/// Whether a repository keeps its deadlines.
pub async fn status(
    core: &Core,
    caller: &Caller,
    repository_id: i32,
) -> Result<SlaStatus, ServiceError> {
    caller.needs("policies:read")?;
    let repository = repositories::find(core, &caller.tenant_id, repository_id).await?;
    let mut breaches = breaches(core, &caller.tenant_id, Some(repository.id), time::now()).await?;
    let overdue = breaches.len();
    breaches.truncate(MOST);
    Ok(SlaStatus {
        compliant: overdue == 0,
        overdue,
        breaches: breaches.into_iter().map(|(_, breach)| breach).collect(),
    })
}

/// Breaches of a tenant or one of its repositories, each with whether it has been announced.
pub(super) async fn breaches(
    core: &Core,
    tenant_id: &str,
    repository_id: Option<i32>,
    now: Millis,
) -> Result<Vec<(bool, Breach)>, ServiceError> {
    use finding::Column;
    type Row = (i32, String, i64, String, Option<String>, bool);
    let policy = of_tenant(core, tenant_id).await?;
    let mut query = finding::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::Severity,
            Column::FirstSeen,
            Column::Title,
            Column::PackageName,
            Column::BreachSent,
        ])
        .filter(Column::TenantId.eq(tenant_id))
        .filter(Column::Seen.eq(true))
        .filter(Column::Triage.is_in(UNRESOLVED))
        .order_by_asc(Column::Id);
    if let Some(repository) = repository_id {
        query = query.filter(Column::RepositoryId.eq(repository));
    }
    let rows: Vec<Row> = query.into_tuple().all(core.store.db()).await?;
    let mut breaches: Vec<(bool, Breach)> = rows
        .into_iter()
        .filter_map(
            |(issue_id, severity, first_seen, title, package_name, sent)| {
                let days_overdue = policy.overdue(&severity, first_seen, now)?;
                let breach = Breach {
                    issue_id,
                    severity,
                    days_overdue,
                    title,
                    package_name,
                };
                Some((sent, breach))
            },
        )
        .collect();
    breaches.sort_by_key(|(_, breach)| (-breach.days_overdue, breach.issue_id));
    Ok(breaches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_missed_from_its_moment_on() {
        let policy = Policy::default();
        assert_eq!(policy.overdue("critical", 0, 7 * DAY - 1), None);
        assert_eq!(policy.overdue("critical", 0, 7 * DAY), Some(0));
        assert_eq!(policy.overdue("critical", 0, 12 * DAY), Some(5));
        assert_eq!(policy.overdue("info", 0, i64::MAX), None);
        let at_once = Policy {
            high_days: 0,
            ..policy
        };
        assert_eq!(at_once.overdue("high", 5, 5), Some(0));
    }
}
