//! The job runner: claims jobs, keeps their leases alive while they run, and ends them.

mod remediate;
mod scan;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cortex_engine::cancel::Cancel;
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::ServiceError;
use crate::guard::GuardProxy;
use crate::queue::{self, Claim, HEARTBEAT, JobKind, LEASE, Pulse};
use crate::services::{Core, webhooks};
use crate::time;

/// How long running jobs are waited for when the process is asked to stop.
const GRACE: Duration = Duration::from_secs(20);
/// How often expired leases are looked for.
const REAP: Duration = Duration::from_secs(5);

/// Why a job did not end well.
#[derive(Debug)]
pub(crate) struct JobError {
    /// For people.
    pub(crate) message: String,
    /// Whether it may go better if it is tried again.
    pub(crate) transient: bool,
}

impl JobError {
    fn lasting(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            transient: false,
        }
    }

    fn transient(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            transient: true,
        }
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::transient(ServiceError::from(error).to_string())
    }
}

impl From<ServiceError> for JobError {
    fn from(error: ServiceError) -> Self {
        Self {
            transient: error.is_transient(),
            message: error.to_string(),
        }
    }
}

/// What a running job is given.
pub(crate) struct Running<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) claim: &'a Claim,
    pub(crate) cancel: &'a Cancel,
    pub(crate) proxy: &'a GuardProxy,
}

/// Runs `count` jobs at a time until `stop` is raised; then finishes or releases what runs.
pub async fn run(core: Arc<Core>, count: usize, stop: watch::Receiver<bool>) {
    if count == 0 {
        return;
    }
    let proxy = loop {
        match GuardProxy::start(core.guard.clone()).await {
            Ok(proxy) => break Arc::new(proxy),
            Err(error) => {
                tracing::error!(%error, "the clone proxy cannot be started");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    };
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        tasks.spawn(work(Arc::clone(&core), Arc::clone(&proxy), stop.clone()));
    }
    tasks.spawn(reap(Arc::clone(&core), stop.clone()));
    while tasks.join_next().await.is_some() {}
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that whoever could raise it is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn work(core: Arc<Core>, proxy: Arc<GuardProxy>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = core.advisories.ready() => {}
        () = stopped(&mut stop) => return,
    }
    while !*stop.borrow() {
        let nap = match queue::claim(&core.store).await {
            Ok(Some(claim)) => {
                Box::pin(run_job(&core, &proxy, &claim, stop.clone())).await;
                continue;
            }
            Ok(None) => match queue::next_due(&core.store).await {
                Ok(due) => queue::nap(due, time::now()),
                Err(_) => Duration::from_secs(1),
            },
            Err(error) => {
                tracing::warn!(%error, "no job can be claimed");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = core.wake.wait_job(nap) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

async fn run_job(
    core: &Arc<Core>,
    proxy: &GuardProxy,
    claim: &Claim,
    mut stop: watch::Receiver<bool>,
) {
    let begun = Instant::now();
    let cancel = Cancel::default();
    let kind = claim.job.kind.clone();
    let span =
        tracing::info_span!("job", id = %claim.job.id, kind = %kind, attempt = claim.job.attempts);
    let running = Running {
        core,
        claim,
        cancel: &cancel,
        proxy,
    };
    let mut work = std::pin::pin!(perform(&running));
    let mut end = Ending::Done;
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            () = tokio::time::sleep(HEARTBEAT), if end == Ending::Done => {
                end = beat(core, claim).await;
                if end != Ending::Done {
                    cancel.cancel();
                }
            }
            () = stop_after_grace(&mut stop), if end == Ending::Done => {
                end = Ending::Stopped;
                cancel.cancel();
            }
        }
    };
    let name = match (&end, &outcome) {
        (_, Ok(())) => "completed",
        (Ending::Lost, _) => "lost",
        (Ending::Stopped, _) => "released",
        (Ending::Cancelled, _) => "cancelled",
        (Ending::Done, Err(error)) if error.transient && !claim.is_last_attempt() => "retried",
        (Ending::Done, Err(_)) => "failed",
    };
    if let Err(error) = &outcome {
        tracing::info!(parent: &span, outcome = name, reason = %error.message, "job ended");
    }
    let ended = match (end, outcome) {
        (_, Ok(())) | (Ending::Lost, _) => Ok(()),
        (Ending::Stopped, Err(_)) => {
            queue::release(&core.store, claim, Duration::ZERO, None, false).await
        }
        (Ending::Cancelled, Err(_)) => {
            give_up(core, claim, queue::status::CANCELLED, "cancelled").await
        }
        (Ending::Done, Err(error)) if error.transient && !claim.is_last_attempt() => {
            let delay = queue::backoff(claim.job.attempts);
            queue::release(&core.store, claim, delay, Some(&error.message), true).await
        }
        (Ending::Done, Err(error)) => {
            give_up(core, claim, queue::status::FAILED, &error.message).await
        }
    };
    if let Err(error) = ended {
        // The lease runs out, and the job is taken up again.
        tracing::warn!(parent: &span, %error, "a job's end could not be noted");
    }
    metrics::counter!("cortex_jobs_total", "kind" => kind.clone(), "outcome" => name).increment(1);
    metrics::histogram!("cortex_job_seconds", "kind" => kind).record(begun.elapsed().as_secs_f64());
}

/// How a job's run ended from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It was not disturbed.
    Done,
    /// Someone called it off.
    Cancelled,
    /// Another has its lease.
    Lost,
    /// The process stops.
    Stopped,
}

async fn beat(core: &Core, claim: &Claim) -> Ending {
    let patience = Instant::now() + LEASE.saturating_sub(HEARTBEAT);
    loop {
        match queue::heartbeat(&core.store, claim).await {
            Ok(Pulse::Held) => return Ending::Done,
            Ok(Pulse::CancelRequested) => return Ending::Cancelled,
            Ok(Pulse::Lost) => return Ending::Lost,
            Err(_) if Instant::now() < patience => {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            // The database is away: what the job writes in the end is on the condition of its lease anyway.
            Err(_) => return Ending::Done,
        }
    }
}

async fn stop_after_grace(stop: &mut watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(GRACE).await;
}

async fn perform(running: &Running<'_>) -> Result<(), JobError> {
    match running.claim.job.kind.as_str() {
        kind if kind == JobKind::Scan.as_str() => scan::run(running).await,
        kind if kind == JobKind::Remediate.as_str() => Box::pin(remediate::run(running)).await,
        other => Err(JobError::lasting(format!(
            "{other}: this version knows no such job; bring all workers to the same version"
        ))),
    }
}

/// Ends a job for good that brought nothing about.
async fn give_up(core: &Arc<Core>, claim: &Claim, status: &str, reason: &str) -> Result<(), DbErr> {
    if claim.job.kind == JobKind::Scan.as_str() {
        scan::give_up(core, claim, status, reason).await
    } else {
        let transaction = core.store.write().await?;
        queue::finish(&transaction, claim, status, Some(reason), None).await?;
        transaction.commit().await
    }
}

/// Looks for jobs whose worker is gone.
async fn reap(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match queue::reap(&core.store).await {
            Ok((requeued, dead)) => {
                if requeued > 0 {
                    tracing::warn!(requeued, "leases ran out; the jobs are queued again");
                    metrics::counter!("cortex_jobs_requeued_total").increment(requeued);
                    core.wake.job();
                }
                for claim in dead {
                    let (status, reason) = if claim.job.cancel_requested {
                        (queue::status::CANCELLED, "cancelled")
                    } else {
                        (
                            queue::status::FAILED,
                            "the worker stopped without a word, every time it was tried",
                        )
                    };
                    if let Err(error) = give_up(&core, &claim, status, reason).await {
                        tracing::warn!(%error, job = %claim.job.id, "a dead job could not be ended");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "expired leases cannot be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(REAP) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

/// Runs the loops that every process with workers has: jobs, deliveries, advisories, notifications. Returns when `stop`
/// is raised and the jobs have ended.
pub async fn run_all(core: Arc<Core>, workers: usize, stop: watch::Receiver<bool>) {
    let mut loops = JoinSet::new();
    loops.spawn(core.wake.clone().listen(core.store.clone()));
    loops.spawn(core.advisories.clone().keep_up_to_date());
    loops.spawn(webhooks::run(Arc::clone(&core)));
    loops.spawn(crate::services::announce::run(Arc::clone(&core)));
    run(core, workers, stop.clone()).await;
    let mut stop = stop;
    stopped(&mut stop).await;
    loops.shutdown().await;
}
