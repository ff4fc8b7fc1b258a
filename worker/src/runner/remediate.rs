//! Remediation jobs: a repository is cloned, its dependencies' fixes planned, a branch pushed, a pull request opened or
//! brought up to date.
//!
//! Each step is one that may have been done before: the commit has the same id, the branch is there, the pull request is
//! found. A job that broke off anywhere, or a forge that failed after the push, is mended by trying again.

use std::path::PathBuf;
use std::sync::Arc;

use cortex_engine::dependencies::SourceFiles;
use cortex_engine::fix::{self, FixError, FixOptions, FixPlan, NpmRegistry, RegistryError};
use cortex_engine::progress::Silent;
use cortex_engine::source::{BareClone, CloneOptions, Credentials, RemoteUrl};
use sea_orm::{EntityTrait as _, Set, sea_query::OnConflict};
use serde_json::{Value, json};
use url::Url;

use super::scan::clone_error;
use super::{JobError, Running};
use crate::forge::{
    self, Forge, ForgeError, ForgeKind, ForgeSettings, NewPullRequest, NotFixedRow, PullRequest,
    PushError, PushRequest, Pushed, UpgradeRow,
};
use crate::guard::UrlKind;
use crate::queue::{self, status};
use crate::services::fixes::{FixAnswer, FixBody};
use crate::services::repositories::FORGE_TOKEN;
use crate::services::webhooks;
use crate::settings::Secret;
use crate::store::entity::{fix_pull, repository};
use crate::time;
use crate::webhooks::{Event, EventKind};

impl From<ForgeError> for JobError {
    fn from(error: ForgeError) -> Self {
        Self {
            transient: error.retry().is_some(),
            message: error.to_string(),
        }
    }
}

impl From<PushError> for JobError {
    fn from(error: PushError) -> Self {
        Self {
            transient: error.is_transient(),
            message: error.to_string(),
        }
    }
}

/// What is to be done, where, and with which credentials.
struct Target {
    repository: repository::Model,
    kind: ForgeKind,
    token: Secret,
    forge: Box<dyn Forge>,
    base: String,
}

pub(super) async fn run(running: &Running<'_>) -> Result<(), JobError> {
    let target = target(running).await?;
    let options: FixBody =
        serde_json::from_value(running.claim.job.payload.clone()).unwrap_or_default();
    let (clone, plan) = plan(running, &target, &options).await?;
    if plan.upgrades.is_empty() {
        let answer = FixAnswer::of(&running.claim.job.id, "nothing_to_fix", &plan);
        return complete(running, &target, answer, None).await;
    }
    let branch = branch(&target.base);
    let pushed = push(running, &target, &clone, &plan, &branch).await?;
    drop(clone);
    let (upgrades, not_fixed) = rows(&plan);
    let new = NewPullRequest {
        title: forge::title(&upgrades),
        body: forge::describe(&upgrades, &not_fixed, plan.before, plan.after),
        base: target.base.clone(),
        branch,
    };
    let before = target.forge.find_open(&new.branch, &new.base).await?;
    let pull = forge::publish(target.forge.as_ref(), &new).await?;
    let outcome = match before {
        None => "opened",
        Some(before) if pushed.was_there && before.body == new.body => "unchanged",
        Some(_) => "updated",
    };
    let mut answer = FixAnswer::of(&running.claim.job.id, outcome, &plan);
    answer.pr_url = Some(pull.url.clone());
    answer.branch = Some(new.branch);
    complete(running, &target, answer, Some((pull, pushed))).await
}

async fn target(running: &Running<'_>) -> Result<Target, JobError> {
    let core = running.core;
    let id: i32 = running
        .claim
        .job
        .subject
        .parse()
        .map_err(|_| JobError::lasting("the job names no repository"))?;
    let repository = repository::Entity::find_by_id(id)
        .one(core.store.db())
        .await?
        .ok_or_else(|| JobError::lasting("the repository was deleted"))?;
    let setting = |name: &str| {
        repository
            .forge
            .as_ref()
            .and_then(|forge| forge.get(name))
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| JobError::lasting("the repository has no forge; register it again"))
    };
    let kind: ForgeKind = setting("kind")?.parse()?;
    // Judged again: what is exempt may have changed.
    let api_url: Url = core
        .guard
        .check_url(&setting("api_url")?, UrlKind::Forge)
        .map_err(|error| JobError::lasting(format!("the forge's address: {error}")))?;
    let sealed = repository
        .forge_token
        .as_deref()
        .ok_or_else(|| JobError::lasting("the repository has no forge token; register it again"))?;
    let token = core
        .sealer
        .open(FORGE_TOKEN, sealed)
        .map(Secret::new)
        .map_err(|error| JobError::lasting(error.to_string()))?;
    let client = core
        .guard
        .client()
        .map_err(|error| JobError::transient(error.to_string()))?;
    let settings = ForgeSettings {
        kind,
        api_url,
        token: token.clone(),
        project: forge::project_path(&repository.url)?,
    };
    let forge = forge::connect(settings, client);
    let base = match &repository.default_branch {
        Some(branch) => branch.clone(),
        None => forge.default_branch().await?,
    };
    Ok(Target {
        repository,
        kind,
        token,
        forge,
        base,
    })
}

/// The branch of the fixes for a branch: the same whenever it is asked for.
fn branch(base: &str) -> String {
    format!("cortex/fix-{base}")
}

async fn plan(
    running: &Running<'_>,
    target: &Target,
    body: &FixBody,
) -> Result<(Arc<BareClone>, FixPlan), JobError> {
    let core = running.core;
    let route = running
        .proxy
        .target(&core.guard, &target.repository.url)
        .await
        .map_err(|error| JobError::lasting(error.to_string()))?;
    let url = RemoteUrl::parse(&route.url).map_err(|error| JobError::lasting(error.to_string()))?;
    let options = CloneOptions {
        credentials: Credentials::token(target.token.expose()),
        proxy: route.proxy,
        ..CloneOptions::default()
    };
    let (base, cancel) = (target.base.clone(), running.cancel.clone());
    let database = core.advisories.database();
    let fix_options = FixOptions {
        allow_major: body.allow_major.unwrap_or(false),
        ..FixOptions::default()
    };
    let work = move || {
        let clone = BareClone::fetch(&url, Some(&base), &options, &Silent, &cancel)
            .map_err(|error| clone_error(&error))?;
        let files = SourceFiles::of(clone.source()).map_err(|error| clone_error(&error))?;
        // The registry is the one of the service's own configuration: a repository does not choose where we connect.
        let registry = NpmRegistry::from_environment()
            .map_err(|error| JobError::lasting(error.to_string()))?;
        let plan =
            fix::plan(&files, &database, &registry, &fix_options).map_err(|error| JobError {
                transient: matches!(error, FixError::Registry(RegistryError::Answer { .. })),
                message: error.to_string(),
            })?;
        drop(files);
        Ok((Arc::new(clone), plan))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| JobError::transient("the fix ended with a defect of Cortex"))?
}

async fn push(
    running: &Running<'_>,
    target: &Target,
    clone: &Arc<BareClone>,
    plan: &FixPlan,
    branch: &str,
) -> Result<Pushed, JobError> {
    let route = running
        .proxy
        .target(&running.core.guard, &target.repository.url)
        .await
        .map_err(|error| JobError::lasting(error.to_string()))?;
    let (upgrades, _) = rows(plan);
    let lines: Vec<String> = upgrades
        .iter()
        .map(|row| format!("- {} {} -> {}", row.package, row.from, row.to))
        .collect();
    let request = PushRequest {
        clone: PathBuf::from(clone.folder()),
        base: clone.commit(),
        edits: plan
            .edits
            .iter()
            .map(|edit| (edit.path.clone(), edit.bytes.clone()))
            .collect(),
        message: format!("{}\n\n{}\n", forge::title(&upgrades), lines.join("\n")),
        branch: branch.to_owned(),
        url: route.url,
        user: target.kind.token_user().to_owned(),
        token: Some(target.token.clone()),
        proxy: route.proxy,
    };
    // The clone lives until the thread that reads it is done, even if this job is given up meanwhile.
    let held = Arc::clone(clone);
    tokio::task::spawn_blocking(move || {
        let pushed = forge::push(request);
        drop(held);
        pushed
    })
    .await
    .map_err(|_| JobError::transient("the push ended with a defect of Cortex"))?
    .map_err(JobError::from)
}

fn rows(plan: &FixPlan) -> (Vec<UpgradeRow>, Vec<NotFixedRow>) {
    let upgrades = plan.upgrades.iter().map(|upgrade| UpgradeRow {
        package: upgrade.package.clone(),
        from: upgrade.from.clone(),
        to: upgrade.target(),
        how: upgrade.kind.describe().to_owned(),
        advisories: upgrade.advisories.clone(),
        severity: upgrade.severity.as_str().to_owned(),
        breaking: upgrade.breaking,
    });
    let not_fixed = plan.not_fixed.iter().map(|left| NotFixedRow {
        package: left.package.clone(),
        version: left.version.clone(),
        advisories: left.advisories.clone(),
        reason: left.reason.clone(),
    });
    (upgrades.collect(), not_fixed.collect())
}

async fn complete(
    running: &Running<'_>,
    target: &Target,
    answer: FixAnswer,
    pull: Option<(PullRequest, Pushed)>,
) -> Result<(), JobError> {
    let core = running.core;
    let now = time::now();
    let transaction = core.store.write().await?;
    let result = json!(answer);
    if !queue::finish(
        &transaction,
        running.claim,
        status::COMPLETED,
        None,
        Some(result.clone()),
    )
    .await?
    {
        return Err(JobError::lasting("the lease was lost"));
    }
    if let Some((pull, pushed)) = pull {
        let row = fix_pull::ActiveModel {
            repository_id: Set(target.repository.id),
            tenant_id: Set(target.repository.tenant_id.clone()),
            branch: Set(answer.branch.clone().unwrap_or_default()),
            number: Set(pull.number),
            url: Set(pull.url.clone()),
            result: Set(result),
            updated_at: Set(now),
        };
        fix_pull::Entity::insert(row)
            .on_conflict(
                OnConflict::column(fix_pull::Column::RepositoryId)
                    .update_columns([
                        fix_pull::Column::Branch,
                        fix_pull::Column::Number,
                        fix_pull::Column::Url,
                        fix_pull::Column::Result,
                        fix_pull::Column::UpdatedAt,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(transaction.db())
            .await?;
        if answer.status != "unchanged" {
            let event = Event {
                id: format!("evt_fix_{}_{}", target.repository.id, pushed.commit),
                kind: EventKind::FixOpened,
                at: time::timestamp(now),
                data: json!({
                    "repository": target.repository.name,
                    "repository_id": target.repository.id,
                    "pr_url": pull.url,
                    "branch": answer.branch,
                    "upgrades": answer.upgrades,
                    "before": answer.before,
                    "after": answer.after,
                }),
            };
            webhooks::emit(&transaction, &target.repository.tenant_id, &event).await?;
        }
    }
    transaction.commit().await?;
    core.wake.delivery();
    Ok(())
}
