//! Scans: asked for, listed, read, called off.

use std::sync::Arc;

use cortex_engine::select::Globs;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::callers::Caller;
use super::page::{Page, PageQuery, place};
use super::{Core, repositories};
use crate::error::{FieldError, ServiceError};
use crate::queue::{self, JobKind, status};
use crate::store::entity::{job, scan};
use crate::{id, time};

/// How much a scan looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Dependencies only.
    Quick,
    /// Code and dependencies.
    #[default]
    Standard,
    /// Everything, ignored and large files included.
    Deep,
}

/// What a scan looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ScanConfig {
    /// How much.
    pub depth: Depth,
    /// Globs of which a source file must match one, if there are any. A pattern without a slash matches the base name.
    pub include_patterns: Vec<String>,
    /// Globs of which no file may match any.
    pub exclude_patterns: Vec<String>,
}

/// A scan to be made.
#[derive(Clone, Debug, Default)]
pub struct NewScan {
    /// Clone address.
    pub repo_url: String,
    /// Branch, tag or commit; the default branch without one.
    pub branch: Option<String>,
    /// What it looks at.
    pub config: ScanConfig,
}

/// Most patterns of each kind.
const MOST_PATTERNS: usize = 200;

/// Queues a scan.
pub async fn create(
    core: &Core,
    caller: &Caller,
    new: NewScan,
) -> Result<scan::Model, ServiceError> {
    caller.needs("scans:write")?;
    let address = repositories::address(core, &new.repo_url)?;
    if let Some(branch) = &new.branch {
        repositories::check_reference("branch", branch)?;
    }
    check_patterns("config.include_patterns", &new.config.include_patterns)?;
    check_patterns("config.exclude_patterns", &new.config.exclude_patterns)?;
    let transaction = core.store.write().await?;
    let repository = repositories::at(&transaction, &caller.tenant_id, &address).await?;
    let row = scan::ActiveModel {
        id: Set(id::fresh("scan")),
        tenant_id: Set(caller.tenant_id.clone()),
        repository_id: Set(repository.id),
        repo_url: Set(address.url),
        branch: Set(new.branch),
        commit_id: Set(None),
        config: Set(json!(new.config)),
        status: Set(status::QUEUED.to_owned()),
        score: Set(None),
        issues_count: Set(None),
        severities: Set(None),
        report_key: Set(None),
        note: Set(None),
        error: Set(None),
        created_at: Set(time::now()),
        started_at: Set(None),
        finished_at: Set(None),
    }
    .insert(transaction.db())
    .await?;
    queue::enqueue(
        &core.store,
        &transaction,
        &caller.tenant_id,
        JobKind::Scan,
        &row.id,
        json!({}),
    )
    .await?;
    transaction.commit().await?;
    core.wake.job();
    Ok(row)
}

fn check_patterns(field: &str, patterns: &[String]) -> Result<(), ServiceError> {
    if patterns.len() > MOST_PATTERNS {
        return Err(ServiceError::invalid(
            field,
            format!("at most {MOST_PATTERNS} patterns"),
        ));
    }
    let errors: Vec<FieldError> = patterns
        .iter()
        .enumerate()
        .filter_map(|(index, pattern)| {
            let error = Globs::new(&[pattern]).err()?;
            Some(FieldError::new(
                format!("{field}[{index}]"),
                error.to_string(),
            ))
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

/// A scan of the caller's tenant.
pub async fn get(core: &Core, caller: &Caller, scan_id: &str) -> Result<scan::Model, ServiceError> {
    caller.needs("scans:read")?;
    scan::Entity::find_by_id(scan_id.to_owned())
        .filter(scan::Column::TenantId.eq(&caller.tenant_id))
        .one(core.store.db())
        .await?
        .ok_or_else(|| ServiceError::not_found("scan"))
}

/// The report of a completed scan, as JSON text that is not parsed on its way.
pub async fn results(
    core: &Core,
    scan: &scan::Model,
) -> Result<Option<Arc<RawValue>>, ServiceError> {
    let Some(key) = &scan.report_key else {
        return Ok(None);
    };
    if let Some(report) = core.reports.get(key) {
        return Ok(Some(report));
    }
    let internal = |error: &dyn std::fmt::Display| ServiceError::Internal(error.to_string());
    let bytes = core
        .artifacts
        .get(key)
        .await
        .map_err(|error| internal(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| internal(&error))?;
    let report: Arc<RawValue> = RawValue::from_string(text)
        .map_err(|error| internal(&error))?
        .into();
    core.reports.keep(key, &report);
    Ok(Some(report))
}

/// Which scans are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScanFilter {
    /// Of this status.
    pub status: Option<String>,
    /// Of this repository.
    pub repository_id: Option<i32>,
}

/// Scans, newest first.
pub async fn list(
    core: &Core,
    caller: &Caller,
    filter: &ScanFilter,
    page: &PageQuery,
) -> Result<Page<scan::Model>, ServiceError> {
    caller.needs("scans:read")?;
    let limit = page.limit()?;
    let mut query = scan::Entity::find()
        .filter(scan::Column::TenantId.eq(&caller.tenant_id))
        .order_by_desc(scan::Column::CreatedAt)
        .order_by_desc(scan::Column::Id)
        .limit(limit + 1);
    if let Some(wanted) = &filter.status {
        if !status::ALL.contains(&wanted.as_str()) {
            return Err(ServiceError::invalid("status", status::ALL.join(", ")));
        }
        query = query.filter(scan::Column::Status.eq(wanted));
    }
    if let Some(repository) = filter.repository_id {
        query = query.filter(scan::Column::RepositoryId.eq(repository));
    }
    if let Some((at, id)) = page.after()? {
        query = query.filter(
            Condition::any().add(scan::Column::CreatedAt.lt(at)).add(
                Condition::all()
                    .add(scan::Column::CreatedAt.eq(at))
                    .add(scan::Column::Id.lt(id)),
            ),
        );
    }
    let rows = query.all(core.store.db()).await?;
    Ok(Page::new(rows, limit, |row| place(row.created_at, &row.id)))
}

/// Calls a scan off. One that runs stops soon; one that is over stays as it is.
pub async fn cancel(
    core: &Core,
    caller: &Caller,
    scan_id: &str,
) -> Result<scan::Model, ServiceError> {
    caller.needs("scans:write")?;
    get(core, caller, scan_id).await?;
    let transaction = core.store.write().await?;
    let job = job::Entity::find()
        .filter(job::Column::Kind.eq(JobKind::Scan.as_str()))
        .filter(job::Column::Subject.eq(scan_id))
        .one(transaction.db())
        .await?;
    if let Some(job) = job
        && queue::cancel(&transaction, &job.id).await?
    {
        scan::Entity::update_many()
            .col_expr(scan::Column::Status, Expr::value(status::CANCELLED))
            .col_expr(scan::Column::FinishedAt, Expr::value(time::now()))
            .filter(scan::Column::Id.eq(scan_id))
            .exec(transaction.db())
            .await?;
    }
    transaction.commit().await?;
    get(core, caller, scan_id).await
}
