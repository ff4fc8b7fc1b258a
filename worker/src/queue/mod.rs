//! The job queue: its rows are the jobs.
//!
//! A job is enqueued in the transaction that makes what it is for, so neither is there without the other. A worker claims
//! it with a lease that is committed at once and prolonged by heartbeats; a worker that dies lets its lease run out, and
//! the job is queued again. What a job brings about is committed together with its completion, on the condition that the
//! lease is still held: it takes effect once, however often it was begun.
//!
//! # Fairness
//!
//! Each job has a *turn*, and the lowest turn is claimed first. A tenant's next job gets the turn after its last one, or
//! the highest turn that was begun so far, whichever is higher (start-time fair queueing, Goyal, Vin and Cheng 1996, with
//! jobs of equal cost). A tenant with 10,000 queued jobs fills 10,000 turns; another's single job gets the turn of the one
//! that runs, and is next. A claim stays one look-up in an index.

mod wake;

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _,
    FromQueryResult as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    sea_query::{Expr, ExprTrait as _},
};

pub use self::wake::Wake;
use crate::store::entity::{job, tenant};
use crate::store::{Store, Transaction};
use crate::time::{self, Millis, SECOND};
use crate::{error::ServiceError, id};

/// How long a lease holds without a heartbeat.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often a lease is prolonged.
pub const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often a job is tried.
pub const MAX_ATTEMPTS: i32 = 5;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Scans; its subject is the scan.
    Scan,
    /// Opens or updates a fix pull request; its subject is the repository.
    Remediate,
}

impl JobKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Remediate => "remediate",
        }
    }
}

/// Status of a job or a scan.
pub mod status {
    /// Waits for a worker.
    pub const QUEUED: &str = "queued";
    /// A worker is at it.
    pub const RUNNING: &str = "running";
    /// Done.
    pub const COMPLETED: &str = "completed";
    /// Given up, with the reason.
    pub const FAILED: &str = "failed";
    /// Called off.
    pub const CANCELLED: &str = "cancelled";
    /// All of them.
    pub const ALL: [&str; 5] = [QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED];
}

/// A job that this process holds the lease of.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The job.
    pub job: job::Model,
    /// The lease.
    pub lease: String,
}

impl Claim {
    /// Whether a failure now is the last.
    pub fn is_last_attempt(&self) -> bool {
        self.job.attempts >= self.job.max_attempts
    }
}

/// What a heartbeat learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Go on.
    Held,
    /// Someone asked for the job to be cancelled.
    CancelRequested,
    /// The lease is another's, or the job is over: stop, and write nothing.
    Lost,
}

/// Puts a job into the queue. It is there when the transaction commits; [`Wake::job`](wake::Wake::job) after that.
pub async fn enqueue(
    store: &Store,
    transaction: &Transaction,
    tenant_id: &str,
    kind: JobKind,
    subject: &str,
    payload: serde_json::Value,
) -> Result<job::Model, DbErr> {
    let db = transaction.db();
    let now = time::now();
    // The tenant's row is locked by this update until the commit, so that two jobs do not get one turn.
    let turn = db
        .query_one_raw(store.statement(
            // Jobs that were cancelled need not have begun. Each MAX is one look-up in the index.
            "WITH begun AS (SELECT COALESCE(MAX(latest), 0) AS turn FROM ( \
               SELECT MAX(turn) AS latest FROM jobs WHERE status = 'running' \
               UNION ALL SELECT MAX(turn) FROM jobs WHERE status = 'completed' \
               UNION ALL SELECT MAX(turn) FROM jobs WHERE status = 'failed') AS of_status) \
             UPDATE tenants SET last_turn = CASE \
               WHEN last_turn + 1 > (SELECT turn FROM begun) THEN last_turn + 1 \
               ELSE (SELECT turn FROM begun) END \
             WHERE id = $1 RETURNING last_turn",
            [tenant_id.into()],
        ))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("tenant".to_owned()))?
        .try_get::<i64>("", "last_turn")?;
    let job = job::ActiveModel {
        id: Set(id::fresh("job")),
        tenant_id: Set(tenant_id.to_owned()),
        kind: Set(kind.as_str().to_owned()),
        subject: Set(subject.to_owned()),
        payload: Set(payload),
        status: Set(status::QUEUED.to_owned()),
        turn: Set(turn),
        attempts: Set(0),
        max_attempts: Set(MAX_ATTEMPTS),
        run_at: Set(now),
        lease: Set(None),
        lease_until: Set(None),
        cancel_requested: Set(false),
        error: Set(None),
        result: Set(None),
        created_at: Set(now),
        started_at: Set(None),
        finished_at: Set(None),
    }
    .insert(db)
    .await?;
    if store.is_postgres() {
        db.execute_unprepared(wake::NOTIFY).await?;
    }
    Ok(job)
}

/// Claims the job whose turn it is, if one is due.
pub async fn claim(store: &Store) -> Result<Option<Claim>, DbErr> {
    let now = time::now();
    let lease = id::fresh("lease");
    let skip = if store.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE jobs SET status = 'running', lease = $1, lease_until = $2, attempts = attempts + 1, \
           started_at = COALESCE(started_at, $3) \
         WHERE id = (SELECT id FROM jobs WHERE status = 'queued' AND run_at <= $3 \
           ORDER BY turn, id LIMIT 1 {skip}) RETURNING *"
    );
    let transaction = store.write().await?;
    let row = transaction
        .db()
        .query_one_raw(store.statement(
            &sql,
            [
                lease.clone().into(),
                (now + millis(LEASE)).into(),
                now.into(),
            ],
        ))
        .await?;
    let job = row
        .map(|row| job::Model::from_query_result(&row, ""))
        .transpose()?;
    transaction.commit().await?;
    Ok(job.map(|job| Claim { job, lease }))
}

/// Prolongs a lease.
pub async fn heartbeat(store: &Store, claim: &Claim) -> Result<Pulse, DbErr> {
    let transaction = store.write().await?;
    let row = transaction
        .db()
        .query_one_raw(store.statement(
            "UPDATE jobs SET lease_until = $1 WHERE id = $2 AND lease = $3 AND status = 'running' \
             RETURNING cancel_requested",
            [
                (time::now() + millis(LEASE)).into(),
                claim.job.id.clone().into(),
                claim.lease.clone().into(),
            ],
        ))
        .await?;
    let pulse = match row {
        None => Pulse::Lost,
        Some(row) if row.try_get::<bool>("", "cancel_requested")? => Pulse::CancelRequested,
        Some(_) => Pulse::Held,
    };
    transaction.commit().await?;
    Ok(pulse)
}

/// Ends a job within the transaction that writes what came of it. `false`: the lease was lost; roll back.
pub async fn finish(
    transaction: &Transaction,
    claim: &Claim,
    outcome: &str,
    error: Option<&str>,
    result: Option<serde_json::Value>,
) -> Result<bool, DbErr> {
    let done = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(outcome))
        .col_expr(job::Column::Error, Expr::value(error.map(str::to_owned)))
        .col_expr(job::Column::Result, Expr::value(result))
        .col_expr(job::Column::FinishedAt, Expr::value(time::now()))
        .filter(job::Column::Id.eq(&claim.job.id))
        .filter(job::Column::Lease.eq(&claim.lease))
        .filter(job::Column::Status.eq(status::RUNNING))
        .exec(transaction.db())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether the job was ended under this lease: what to ask after a commit whose answer was lost.
pub async fn was_finished(store: &Store, claim: &Claim) -> Result<bool, DbErr> {
    let found = job::Entity::find_by_id(claim.job.id.clone())
        .one(store.db())
        .await?;
    Ok(found.is_some_and(|job| {
        job.lease.as_deref() == Some(claim.lease.as_str())
            && job.status != status::RUNNING
            && job.status != status::QUEUED
    }))
}

/// Puts a claimed job back, to be tried again after `delay`. With `counted` false the attempt is forgotten: the worker
/// stopped, and the job had no part in it.
pub async fn release(
    store: &Store,
    claim: &Claim,
    delay: Duration,
    reason: Option<&str>,
    counted: bool,
) -> Result<(), DbErr> {
    let transaction = store.write().await?;
    let mut update = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(status::QUEUED))
        .col_expr(job::Column::RunAt, Expr::value(time::now() + millis(delay)))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(job::Column::Id.eq(&claim.job.id))
        .filter(job::Column::Lease.eq(&claim.lease))
        .filter(job::Column::Status.eq(status::RUNNING));
    if let Some(reason) = reason {
        update = update.col_expr(job::Column::Error, Expr::value(reason));
    }
    if !counted {
        update = update.col_expr(
            job::Column::Attempts,
            Expr::col(job::Column::Attempts).sub(1),
        );
    }
    update.exec(transaction.db()).await?;
    if store.is_postgres() {
        transaction.db().execute_unprepared(wake::NOTIFY).await?;
    }
    transaction.commit().await
}

/// How long a job waits before it is tried again: 2 s, 8 s, 32 s, 128 s.
pub fn backoff(attempts: i32) -> Duration {
    let exponent = Ord::clamp(attempts - 1, 0, 4).unsigned_abs();
    Duration::from_secs(2 * 4_u64.pow(exponent))
}

/// Jobs whose lease has run out are queued again. Those that were tried often enough are claimed in this process's name
/// and returned: the caller ends them, with what that means for their subject.
pub async fn reap(store: &Store) -> Result<(u64, Vec<Claim>), DbErr> {
    let now = time::now();
    let over = || {
        job::Entity::update_many()
            .filter(job::Column::Status.eq(status::RUNNING))
            .filter(job::Column::LeaseUntil.lt(now))
    };
    let expired = job::Entity::find()
        .filter(job::Column::Status.eq(status::RUNNING))
        .filter(job::Column::LeaseUntil.lt(now))
        .order_by_asc(job::Column::LeaseUntil)
        .limit(100)
        .all(store.db())
        .await?;
    if expired.is_empty() {
        return Ok((0, Vec::new()));
    }
    let transaction = store.write().await?;
    let mut requeued = 0;
    let mut dead = Vec::new();
    for job in expired {
        let mine = over()
            .filter(job::Column::Id.eq(&job.id))
            .filter(job::Column::Lease.eq(job.lease.clone()));
        if job.attempts < job.max_attempts && !job.cancel_requested {
            requeued += mine
                .col_expr(job::Column::Status, Expr::value(status::QUEUED))
                .col_expr(job::Column::RunAt, Expr::value(now))
                .col_expr(job::Column::LeaseUntil, Expr::value(None::<i64>))
                .col_expr(
                    job::Column::Error,
                    Expr::value("the worker stopped without a word"),
                )
                .exec(transaction.db())
                .await?
                .rows_affected;
        } else {
            let lease = id::fresh("lease");
            let taken = mine
                .col_expr(job::Column::Lease, Expr::value(lease.clone()))
                .col_expr(job::Column::LeaseUntil, Expr::value(now + millis(LEASE)))
                .exec(transaction.db())
                .await?
                .rows_affected;
            if taken == 1 {
                dead.push(Claim { job, lease });
            }
        }
    }
    if requeued > 0 && store.is_postgres() {
        transaction.db().execute_unprepared(wake::NOTIFY).await?;
    }
    transaction.commit().await?;
    Ok((requeued, dead))
}

/// When the next queued job is due that is not yet; `None` if there is none.
pub async fn next_due(store: &Store) -> Result<Option<Millis>, DbErr> {
    let row = store
        .db()
        .query_one_raw(store.statement(
            "SELECT MIN(run_at) AS due FROM jobs WHERE status = 'queued'",
            [],
        ))
        .await?;
    row.map_or(Ok(None), |row| row.try_get::<Option<i64>>("", "due"))
}

/// Asks for a job to be cancelled. A queued one is cancelled here and now; `true` then.
pub async fn cancel(transaction: &Transaction, job_id: &str) -> Result<bool, ServiceError> {
    let queued = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(status::CANCELLED))
        .col_expr(job::Column::FinishedAt, Expr::value(time::now()))
        .filter(job::Column::Id.eq(job_id))
        .filter(job::Column::Status.eq(status::QUEUED))
        .exec(transaction.db())
        .await?;
    if queued.rows_affected == 1 {
        return Ok(true);
    }
    job::Entity::update_many()
        .col_expr(job::Column::CancelRequested, Expr::value(true))
        .filter(job::Column::Id.eq(job_id))
        .filter(job::Column::Status.eq(status::RUNNING))
        .exec(transaction.db())
        .await?;
    Ok(false)
}

/// Jobs by status, for metrics.
pub async fn depth(store: &Store) -> Result<Vec<(String, i64)>, DbErr> {
    let rows = store
        .db()
        .query_all_raw(store.statement(
            "SELECT status, COUNT(*) AS jobs FROM jobs \
             WHERE status IN ('queued', 'running') GROUP BY status",
            [],
        ))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "status")?, row.try_get("", "jobs")?)))
        .collect()
}

/// Makes a tenant if there is none of that id.
pub async fn ensure_tenant(
    transaction: &Transaction,
    id: &str,
    name: &str,
) -> Result<tenant::Model, DbErr> {
    if let Some(found) = tenant::Entity::find_by_id(id.to_owned())
        .one(transaction.db())
        .await?
    {
        return Ok(found);
    }
    tenant::ActiveModel {
        id: Set(id.to_owned()),
        name: Set(name.to_owned()),
        plan: Set("company".to_owned()),
        last_turn: Set(0),
        created_at: Set(time::now()),
    }
    .insert(transaction.db())
    .await
}

fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// The shortest and longest nap of an idle worker: what wakes it otherwise is [`Wake`].
pub(crate) fn nap(due: Option<Millis>, now: Millis) -> Duration {
    let until = due.map_or(5 * SECOND, |due| (due - now).clamp(50, 5 * SECOND));
    Duration::from_millis(until.unsigned_abs())
}
