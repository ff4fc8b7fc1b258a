//! Table `jobs`.

use sea_orm::entity::prelude::*;

/// A unit of work. The row is the queue.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// `job_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// `scan` or `remediate`.
    pub kind: String,
    /// What it is about: a scan, or a repository.
    pub subject: String,
    /// What else it is to know.
    pub payload: Json,
    /// `queued`, `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Place in the queue: see [`crate::queue`].
    pub turn: i64,
    /// How often it was claimed.
    pub attempts: i32,
    /// When it is given up.
    pub max_attempts: i32,
    /// Not before.
    pub run_at: i64,
    /// Who runs it, or ran it last.
    pub lease: Option<String>,
    /// Until when the lease holds.
    pub lease_until: Option<i64>,
    /// Whether it is to stop.
    pub cancel_requested: bool,
    /// What went wrong last.
    pub error: Option<String>,
    /// What came of it.
    pub result: Option<Json>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub started_at: Option<i64>,
    /// Milliseconds since 1970.
    pub finished_at: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
