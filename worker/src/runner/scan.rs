//! Scan jobs: a repository is cloned and scanned, its report kept, its findings joined to those known, and the event
//! announced. All that a scan brings about is committed with the job's completion.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cortex_engine::finding::{Finding, FindingKind, Severity};
use cortex_engine::progress::Silent;
use cortex_engine::report::{LockfileStatus, Report};
use cortex_engine::scan::{Engine, RuleChoice, ScanError, ScanRequest};
use cortex_engine::source::{CloneFailure, Credentials, RemoteUrl, SourceError, SourceSpec};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, Set, sea_query::Expr,
};
use serde_json::{Value, json};

use super::{JobError, Running};
use crate::queue::{self, Claim, LEASE, status};
use crate::services::findings::SEVERITIES;
use crate::services::joining::{self, Joined, severity_name};
use crate::services::repositories::FORGE_TOKEN;
use crate::services::scans::{Depth, ScanConfig};
use crate::services::{Core, webhooks};
use crate::store::Transaction;
use crate::store::entity::{repository, scan};
use crate::time;
use crate::webhooks::{Event, EventKind};

/// Largest source file of a deep scan, in bytes.
const DEEP_FILE: u64 = 5_000_000;
/// Findings that are named in an event.
const NAMED: usize = 20;

pub(super) async fn run(running: &Running<'_>) -> Result<(), JobError> {
    let core = running.core;
    let Some(scan) = find(core, &running.claim.job.subject).await? else {
        return Err(JobError::lasting("the scan was deleted"));
    };
    let repository = repository::Entity::find_by_id(scan.repository_id)
        .one(core.store.db())
        .await?
        .ok_or_else(|| JobError::lasting("the repository was deleted"))?;
    begin(core, &scan).await?;
    let config: ScanConfig = serde_json::from_value(scan.config.clone())
        .map_err(|error| JobError::lasting(format!("the scan's configuration: {error}")))?;
    let request = request(running, &scan, &repository, &config).await?;
    let report = perform(running, request).await?;

    let json = serde_json::to_vec(&report)
        .map_err(|error| JobError::lasting(format!("the report cannot be written: {error}")))?;
    // A name of its own for each attempt: one whose lease is lost cannot touch what another wrote.
    let key = format!("scans/{}/{}.json.zst", scan.id, running.claim.lease);
    core.artifacts
        .put(&key, json)
        .await
        .map_err(|error| JobError::transient(error.to_string()))?;
    let completed = complete_until_known(core, running.claim, &scan, &config, &report, &key).await;
    if !matches!(completed, Ok(true)) {
        let _ = core.artifacts.delete(&key).await;
    }
    match completed {
        Ok(true) => {
            core.wake.delivery();
            Ok(())
        }
        Ok(false) => Err(JobError::lasting("the lease was lost")),
        Err(error) => Err(error.into()),
    }
}

async fn find(core: &Core, scan_id: &str) -> Result<Option<scan::Model>, DbErr> {
    scan::Entity::find_by_id(scan_id.to_owned())
        .one(core.store.db())
        .await
}

async fn begin(core: &Core, scan: &scan::Model) -> Result<(), DbErr> {
    let transaction = core.store.write().await?;
    let mut update = scan::Entity::update_many()
        .col_expr(scan::Column::Status, Expr::value(status::RUNNING))
        .filter(scan::Column::Id.eq(&scan.id))
        .filter(scan::Column::Status.is_in([status::QUEUED, status::RUNNING]));
    if scan.started_at.is_none() {
        update = update.col_expr(scan::Column::StartedAt, Expr::value(time::now()));
    }
    update.exec(transaction.db()).await?;
    transaction.commit().await
}

async fn request(
    running: &Running<'_>,
    scan: &scan::Model,
    repository: &repository::Model,
    config: &ScanConfig,
) -> Result<ScanRequest, JobError> {
    let core = running.core;
    let target = running
        .proxy
        .target(&core.guard, &scan.repo_url)
        .await
        .map_err(|error| JobError::lasting(error.to_string()))?;
    let url =
        RemoteUrl::parse(&target.url).map_err(|error| JobError::lasting(error.to_string()))?;
    let spec = SourceSpec::Remote {
        url,
        reference: scan
            .branch
            .clone()
            .or_else(|| repository.default_branch.clone()),
    };
    let mut request = ScanRequest::new(spec, jiff::Timestamp::now());
    request.jobs = Some(core.settings.scan_threads.max(1));
    request.background = true;
    request.include = config.include_patterns.clone();
    request.exclude = config.exclude_patterns.clone();
    request.clone.proxy = target.proxy;
    match config.depth {
        Depth::Quick => request.rules = RuleChoice::None,
        Depth::Standard => {}
        Depth::Deep => {
            request.ignore_files = false;
            request.max_file_size = DEEP_FILE;
        }
    }
    if let Some(sealed) = &repository.forge_token {
        let token = core
            .sealer
            .open(FORGE_TOKEN, sealed)
            .map_err(|error| JobError::lasting(error.to_string()))?;
        request.clone.credentials = Credentials::token(token);
    }
    Ok(request)
}

async fn perform(running: &Running<'_>, request: ScanRequest) -> Result<Report, JobError> {
    let engine = Engine::new(Some(running.core.advisories.database()));
    let cancel = running.cancel.clone();
    let begun = Instant::now();
    let scanned = tokio::task::spawn_blocking(move || engine.scan(&request, &Silent, &cancel))
        .await
        .map_err(|_| JobError::transient("the scan ended with a defect of Cortex"))?;
    metrics::histogram!("cortex_scan_seconds").record(begun.elapsed().as_secs_f64());
    scanned.map_err(|error| match error {
        ScanError::Source(error) => clone_error(&error),
        error => JobError {
            transient: matches!(error, ScanError::Threads(_)),
            message: error.to_string(),
        },
    })
}

/// What a source that could not be had means for a job: the network, or a server that is away, may be better another
/// time.
pub(super) fn clone_error(error: &SourceError) -> JobError {
    let transient = match error {
        SourceError::Clone { failure, .. } => match failure {
            CloneFailure::TimedOut(_)
            | CloneFailure::Stalled(_)
            | CloneFailure::Temporary(_)
            | CloneFailure::Cancelled => true,
            // Of a server, or of the guard's proxy.
            CloneFailure::Transport(text) => !["401", "403", "404", "410"]
                .iter()
                .any(|status| text.ends_with(&format!(": {status}"))),
            _ => false,
        },
        SourceError::Cancelled => true,
        _ => false,
    };
    JobError {
        message: error.to_string(),
        transient,
    }
}

/// Completes, and again while the database is away and the lease may still hold: a commit whose answer was lost is
/// looked up rather than repeated.
async fn complete_until_known(
    core: &Core,
    claim: &Claim,
    scan: &scan::Model,
    config: &ScanConfig,
    report: &Report,
    key: &str,
) -> Result<bool, DbErr> {
    let patience = Instant::now() + LEASE;
    loop {
        let error = match complete(core, claim, scan, config, report, key).await {
            Ok(true) => return Ok(true),
            Ok(false) => return queue::was_finished(&core.store, claim).await,
            Err(error) => error,
        };
        if Instant::now() >= patience {
            return Err(error);
        }
        tracing::warn!(%error, scan = %scan.id, "a scan's completion is tried again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn complete(
    core: &Core,
    claim: &Claim,
    scan: &scan::Model,
    config: &ScanConfig,
    report: &Report,
    key: &str,
) -> Result<bool, DbErr> {
    let now = time::now();
    let transaction = core.store.write().await?;
    if !queue::finish(&transaction, claim, status::COMPLETED, None, None).await? {
        return Ok(false);
    }
    // Locked on PostgreSQL: scans of one repository are joined one after the other.
    let mut query = repository::Entity::find_by_id(scan.repository_id);
    if core.store.is_postgres() {
        query = query.lock_exclusive();
    }
    let repository = query.one(transaction.db()).await?;
    let joined = match &repository {
        Some(repository) if follows(repository, scan) => {
            let joined = joining::join(&transaction, scan, config, report, now).await?;
            let mut row = repository.clone().into_active_model();
            row.last_scan_id = Set(Some(scan.id.clone()));
            row.last_scan_at = Set(Some(scan.created_at));
            row.score = Set(Some(report.score));
            if repository.default_branch.is_none() && scan.branch.is_some() {
                row.default_branch = Set(scan.branch.clone());
            }
            row.update(transaction.db()).await?;
            Some(joined)
        }
        _ => None,
    };
    let severities = severities(report);
    let commit = report
        .targets
        .iter()
        .find_map(|target| target.commit.clone());
    let issues = i32::try_from(report.findings.len()).unwrap_or(i32::MAX);
    scan::Entity::update_many()
        .col_expr(scan::Column::Status, Expr::value(status::COMPLETED))
        .col_expr(scan::Column::Score, Expr::value(report.score))
        .col_expr(scan::Column::IssuesCount, Expr::value(issues))
        .col_expr(scan::Column::Severities, Expr::value(severities.clone()))
        .col_expr(scan::Column::CommitId, Expr::value(commit.clone()))
        .col_expr(scan::Column::ReportKey, Expr::value(key))
        .col_expr(scan::Column::Note, Expr::value(unchecked(report)))
        .col_expr(scan::Column::FinishedAt, Expr::value(now))
        .filter(scan::Column::Id.eq(&scan.id))
        .exec(transaction.db())
        .await?;
    let mut facts = facts(core, scan, repository.as_ref());
    facts.extend([
        ("commit".to_owned(), json!(commit)),
        ("score".to_owned(), json!(report.score)),
        ("issues_count".to_owned(), json!(issues)),
        ("severities".to_owned(), severities),
        (
            "new_findings".to_owned(),
            json!(joined.as_ref().map(|joined| joined.new.len())),
        ),
        (
            "fixed_findings".to_owned(),
            json!(joined.as_ref().map(|joined| joined.fixed)),
        ),
    ]);
    emit(
        &transaction,
        scan,
        EventKind::ScanCompleted,
        now,
        facts.clone(),
    )
    .await?;
    if let Some(joined) = &joined {
        announce(&transaction, scan, joined, now, &facts).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Whether the repository's findings follow this scan: it is of the default branch, and no newer one was joined.
fn follows(repository: &repository::Model, scan: &scan::Model) -> bool {
    let branch = match (&scan.branch, &repository.default_branch) {
        (Some(branch), Some(default)) => branch == default,
        _ => true,
    };
    branch
        && repository
            .last_scan_at
            .is_none_or(|at| at <= scan.created_at)
}

/// Findings by severity; every severity has an entry.
fn severities(report: &Report) -> Value {
    let count = |severity: Severity| report.summary.findings.get(&severity).copied().unwrap_or(0);
    SEVERITIES
        .into_iter()
        .map(|severity| (severity_name(severity).to_owned(), json!(count(severity))))
        .collect()
}

/// What was not checked, if anything: it must not be taken for clean.
fn unchecked(report: &Report) -> Option<String> {
    let parts: Vec<String> = report
        .lockfiles
        .iter()
        .filter(|lockfile| {
            matches!(
                lockfile.status,
                LockfileStatus::NotChecked | LockfileStatus::SampleOnly | LockfileStatus::Broken
            )
        })
        .map(|lockfile| lockfile.path.clone())
        .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "the dependencies of {} were not checked against full advisory data",
            parts.join(", ")
        )
    })
}

type Facts = serde_json::Map<String, Value>;

fn facts(core: &Core, scan: &scan::Model, repository: Option<&repository::Model>) -> Facts {
    let mut facts = Facts::new();
    facts.insert("scan_id".to_owned(), json!(scan.id));
    facts.insert("repository_id".to_owned(), json!(scan.repository_id));
    facts.insert(
        "repository".to_owned(),
        json!(repository.map(|it| &it.name)),
    );
    facts.insert("repo_url".to_owned(), json!(scan.repo_url));
    facts.insert("branch".to_owned(), json!(scan.branch));
    if let Some(base) = &core.settings.public_url {
        let base = base.trim_end_matches('/');
        facts.insert(
            "url".to_owned(),
            json!(format!("{base}/v1/scans/{}", scan.id)),
        );
    }
    facts
}

async fn emit(
    transaction: &Transaction,
    scan: &scan::Model,
    kind: EventKind,
    now: i64,
    facts: Facts,
) -> Result<(), DbErr> {
    let event = Event {
        // The same whenever the same scan announces the same thing.
        id: format!("evt_{}_{kind}", scan.id),
        kind,
        at: time::timestamp(now),
        data: Value::Object(facts),
    };
    webhooks::emit(transaction, &scan.tenant_id, &event).await
}

/// Announces vulnerabilities that the repository did not have before.
async fn announce(
    transaction: &Transaction,
    scan: &scan::Model,
    joined: &Joined,
    now: i64,
    facts: &Facts,
) -> Result<(), DbErr> {
    let vulnerability = |finding: &&Finding| finding.kind == FindingKind::Vulnerability;
    let kev = |finding: &Finding| finding.vulnerability.as_ref().is_some_and(|it| it.kev);
    for kind in [
        EventKind::VulnerabilityCritical,
        EventKind::VulnerabilityHigh,
        EventKind::VulnerabilityKev,
    ] {
        let meant: Vec<&Finding> = joined
            .new
            .iter()
            .filter(vulnerability)
            .filter(|finding| match kind {
                EventKind::VulnerabilityCritical => finding.severity == Severity::Critical,
                EventKind::VulnerabilityHigh => finding.severity == Severity::High,
                _ => kev(finding),
            })
            .collect();
        if meant.is_empty() {
            continue;
        }
        let named: Vec<Value> = meant
            .iter()
            .take(NAMED)
            .filter_map(|finding| {
                let it = finding.vulnerability.as_ref()?;
                Some(json!({
                    "advisory": it.advisory, "aliases": it.aliases, "package": it.package,
                    "version": it.version, "safe_version": it.safe_version,
                    "severity": severity_name(finding.severity), "path": finding.location.path,
                }))
            })
            .collect();
        let mut facts = facts.clone();
        facts.insert("count".to_owned(), json!(meant.len()));
        facts.insert("vulnerabilities".to_owned(), json!(named));
        emit(transaction, scan, kind, now, facts).await?;
    }
    Ok(())
}

/// Ends a scan that brought nothing about: failed or cancelled.
pub(super) async fn give_up(
    core: &Arc<Core>,
    claim: &Claim,
    outcome: &str,
    reason: &str,
) -> Result<(), DbErr> {
    let now = time::now();
    let transaction = core.store.write().await?;
    if !queue::finish(&transaction, claim, outcome, Some(reason), None).await? {
        return Ok(());
    }
    scan::Entity::update_many()
        .col_expr(scan::Column::Status, Expr::value(outcome))
        .col_expr(scan::Column::Error, Expr::value(reason))
        .col_expr(scan::Column::FinishedAt, Expr::value(now))
        .filter(scan::Column::Id.eq(&claim.job.subject))
        .exec(transaction.db())
        .await?;
    let found = scan::Entity::find_by_id(claim.job.subject.clone())
        .one(transaction.db())
        .await?;
    if outcome == status::FAILED
        && let Some(scan) = found
    {
        let repository = repository::Entity::find_by_id(scan.repository_id)
            .one(transaction.db())
            .await?;
        let mut facts = facts(core, &scan, repository.as_ref());
        facts.insert("error".to_owned(), json!(reason));
        emit(&transaction, &scan, EventKind::ScanFailed, now, facts).await?;
    }
    transaction.commit().await?;
    core.wake.delivery();
    Ok(())
}
