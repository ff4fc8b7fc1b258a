//! Findings of a repository: listed, and one in full.

use cortex_engine::finding::{Finding, Severity};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, Order, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Deserialize;

use super::callers::Caller;
use super::joining::severity_name;
use super::page::{Page, PageQuery, place};
use super::triage::Triage;
use super::{Core, repositories};
use crate::error::ServiceError;
use crate::store::entity::finding;

/// The severities, worst first.
pub const SEVERITIES: [Severity; 5] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
    Severity::Info,
];

/// Reads a severity of a request.
pub fn severity(field: &str, text: &str) -> Result<Severity, ServiceError> {
    SEVERITIES
        .into_iter()
        .find(|severity| severity_name(*severity) == text)
        .ok_or_else(|| ServiceError::invalid(field, "critical, high, medium, low or info"))
}

/// Which findings are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// Of this severity.
    pub severity: Option<String>,
    /// `vulnerability`, `code`, `secret` or `check`.
    pub kind: Option<String>,
    /// Of this triage status.
    pub status: Option<String>,
    /// Of this package.
    pub package: Option<String>,
    /// Of this rule or advisory.
    pub rule: Option<String>,
    /// Only what the last scan saw (`true`, the default), or what it no longer saw (`false`).
    pub seen: Option<bool>,
}

/// A finding of the caller's tenant.
pub async fn get(core: &Core, caller: &Caller, id: i32) -> Result<finding::Model, ServiceError> {
    caller.needs("findings:read")?;
    finding::Entity::find_by_id(id)
        .filter(finding::Column::TenantId.eq(&caller.tenant_id))
        .one(core.store.db())
        .await?
        .ok_or_else(|| ServiceError::not_found("finding"))
}

/// The findings of a repository, in the order they were first found.
pub async fn list(
    core: &Core,
    caller: &Caller,
    repository_id: i32,
    filter: &FindingFilter,
    page: &PageQuery,
) -> Result<Page<finding::Model>, ServiceError> {
    caller.needs("findings:read")?;
    repositories::find(core, &caller.tenant_id, repository_id).await?;
    let limit = page.limit()?;
    let mut query = finding::Entity::find()
        .filter(finding::Column::RepositoryId.eq(repository_id))
        .filter(finding::Column::Seen.eq(filter.seen.unwrap_or(true)))
        .order_by(finding::Column::Id, Order::Asc)
        .limit(limit + 1);
    if let Some(text) = &filter.severity {
        let severity = severity("severity", text)?;
        query = query.filter(finding::Column::Severity.eq(severity_name(severity)));
    }
    if let Some(kind) = &filter.kind {
        if !["vulnerability", "code", "secret", "check"].contains(&kind.as_str()) {
            return Err(ServiceError::invalid(
                "kind",
                "vulnerability, code, secret or check",
            ));
        }
        query = query.filter(finding::Column::Kind.eq(kind));
    }
    if let Some(status) = &filter.status {
        let triage: Triage = status.parse().map_err(|()| wrong_status("status"))?;
        query = query.filter(finding::Column::Triage.eq(triage.as_str()));
    }
    if let Some(package) = &filter.package {
        query = query.filter(finding::Column::PackageName.eq(package));
    }
    if let Some(rule) = &filter.rule {
        query = query.filter(
            Condition::any()
                .add(finding::Column::RuleId.eq(rule))
                .add(finding::Column::CveId.eq(rule)),
        );
    }
    if let Some((after, _)) = page.after()? {
        query = query.filter(finding::Column::Id.gt(after));
    }
    let rows = query.all(core.store.db()).await?;
    Ok(Page::new(rows, limit, |row| place(row.id.into(), "")))
}

/// A status that is none.
pub fn wrong_status(field: &str) -> ServiceError {
    let names: Vec<&str> = Triage::ALL.iter().map(|triage| triage.as_str()).collect();
    ServiceError::invalid(field, names.join(", "))
}

/// The engine's finding of a row.
pub fn data(row: &finding::Model) -> Option<Finding> {
    serde_json::from_value(row.data.clone()).ok()
}

/// The text of the advisory, as the data in use have it; the title where they no longer know it.
pub fn description(core: &Core, row: &finding::Model) -> String {
    let known = data(row)
        .and_then(|finding| finding.vulnerability)
        .and_then(|vulnerability| {
            let database = core.advisories.database();
            let matches = database
                .query(
                    &vulnerability.ecosystem,
                    &vulnerability.package,
                    &vulnerability.version,
                )
                .ok()?;
            let found = matches
                .into_iter()
                .find(|found| found.id == vulnerability.advisory)?;
            Some(if found.details.trim().is_empty() {
                found.summary
            } else {
                found.details
            })
        });
    known.unwrap_or_else(|| data(row).map_or_else(|| row.title.clone(), |finding| finding.message))
}
