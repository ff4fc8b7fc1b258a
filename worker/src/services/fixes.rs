//! Fix pull requests: asked for here, made by a job, since a worker has the time and the network for it.

use std::time::{Duration, Instant};

use cortex_engine::fix::FixPlan;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::callers::Caller;
use super::{Core, audit, repositories};
use crate::error::ServiceError;
use crate::queue::{self, JobKind, status};
use crate::store::entity::job;

/// How long a request waits for its job.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// What a fix may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct FixBody {
    /// Whether upgrades that are not compatible by their number are made where no other helps; no by default.
    pub allow_major: Option<bool>,
}

/// An upgrade of a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UpgradeView {
    /// The package.
    pub package: String,
    /// The version before.
    pub from: String,
    /// The version after; several if it was replaced by several, `removed` if by none.
    pub to: String,
    /// How it was done.
    pub how: String,
    /// The lockfile.
    pub lockfile: String,
    /// What it resolves.
    pub advisories: Vec<String>,
    /// Severity of the worst of them.
    pub severity: String,
    /// Whether the new version is not compatible by its number.
    pub breaking: bool,
}

/// What a fix left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NotFixedView {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The lockfile.
    pub lockfile: String,
    /// Its advisories.
    pub advisories: Vec<String>,
    /// Severity of the worst of them.
    pub severity: String,
    /// What is in the way.
    pub reason: String,
}

/// What came of a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FixAnswer {
    /// `opened`, `updated`, `unchanged`, `nothing_to_fix`, or `running` where it takes longer than a request may.
    pub status: String,
    /// The job.
    pub job_id: String,
    /// The pull request's page.
    pub pr_url: Option<String>,
    /// The branch of the fix.
    pub branch: Option<String>,
    /// Findings of dependencies before.
    pub before: usize,
    /// Findings of dependencies after.
    pub after: usize,
    /// What is upgraded.
    pub upgrades: Vec<UpgradeView>,
    /// What is not, and why.
    pub not_fixed: Vec<NotFixedView>,
}

impl FixAnswer {
    /// Still without an outcome.
    pub fn running(job_id: &str) -> Self {
        Self {
            status: "running".to_owned(),
            job_id: job_id.to_owned(),
            pr_url: None,
            branch: None,
            before: 0,
            after: 0,
            upgrades: Vec::new(),
            not_fixed: Vec::new(),
        }
    }

    /// Of a plan.
    pub fn of(job_id: &str, outcome: &str, plan: &FixPlan) -> Self {
        let upgrades = plan.upgrades.iter().map(|upgrade| UpgradeView {
            package: upgrade.package.clone(),
            from: upgrade.from.clone(),
            to: upgrade.target(),
            how: upgrade.kind.describe().to_owned(),
            lockfile: upgrade.lockfile.clone(),
            advisories: upgrade.advisories.clone(),
            severity: upgrade.severity.as_str().to_owned(),
            breaking: upgrade.breaking,
        });
        let not_fixed = plan.not_fixed.iter().map(|left| NotFixedView {
            package: left.package.clone(),
            version: left.version.clone(),
            lockfile: left.lockfile.clone(),
            advisories: left.advisories.clone(),
            severity: left.severity.as_str().to_owned(),
            reason: left.reason.clone(),
        });
        Self {
            status: outcome.to_owned(),
            before: plan.before,
            after: plan.after,
            upgrades: upgrades.collect(),
            not_fixed: not_fixed.collect(),
            ..Self::running(job_id)
        }
    }

    /// Whether the job has ended.
    pub fn is_over(&self) -> bool {
        self.status != "running"
    }
}

/// Brings a fix pull request about, or up to date, and waits for it. Asked twice at a time, both wait for one job.
pub async fn request(
    core: &Core,
    caller: &Caller,
    repository_id: i32,
    body: &FixBody,
) -> Result<FixAnswer, ServiceError> {
    caller.needs("fixes:write")?;
    let repository = repositories::find(core, &caller.tenant_id, repository_id).await?;
    if repository.forge.is_none() || repository.forge_token.is_none() {
        return Err(ServiceError::Conflict(
            "the repository has no forge with a token; register it with POST /api/sca/repositories {url, forge: {kind, api_url, token}}"
                .to_owned(),
        ));
    }
    let subject = repository.id.to_string();
    let transaction = core.store.write().await?;
    let open = job::Entity::find()
        .filter(job::Column::Kind.eq(JobKind::Remediate.as_str()))
        .filter(job::Column::Subject.eq(&subject))
        .filter(job::Column::Status.is_in([status::QUEUED, status::RUNNING]))
        .order_by_asc(job::Column::Id)
        .one(transaction.db())
        .await?;
    let job = if let Some(job) = open {
        job
    } else {
        let job = queue::enqueue(
            &core.store,
            &transaction,
            &caller.tenant_id,
            JobKind::Remediate,
            &subject,
            json!(body),
        )
        .await?;
        audit::note(&transaction, caller, "fix.request", &subject, json!(body)).await?;
        job
    };
    transaction.commit().await?;
    core.wake.job();
    wait(core, &job.id).await
}

async fn wait(core: &Core, job_id: &str) -> Result<FixAnswer, ServiceError> {
    let patience = Instant::now() + PATIENCE;
    loop {
        let job = job::Entity::find_by_id(job_id.to_owned())
            .one(core.store.db())
            .await?
            .ok_or_else(|| ServiceError::not_found("job"))?;
        match job.status.as_str() {
            status::COMPLETED => {
                return job
                    .result
                    .and_then(|result| serde_json::from_value(result).ok())
                    .ok_or_else(|| ServiceError::Internal("the job left no result".to_owned()));
            }
            status::FAILED | status::CANCELLED => {
                return Err(ServiceError::Upstream {
                    message: job
                        .error
                        .unwrap_or_else(|| "the job was cancelled".to_owned()),
                    retry_after: None,
                });
            }
            _ if Instant::now() >= patience => return Ok(FixAnswer::running(job_id)),
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}
