//! Table `scans`.

use sea_orm::entity::prelude::*;

/// One analysis of a repository at a commit.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scans")]
pub struct Model {
    /// `scan_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its repository.
    pub repository_id: i32,
    /// Clone address, without credentials.
    pub repo_url: String,
    /// Branch, tag or commit that was asked for.
    pub branch: Option<String>,
    /// Commit that was read, 40 hex digits.
    pub commit_id: Option<String>,
    /// [`crate::services::scans::ScanConfig`].
    pub config: Json,
    /// `queued`, `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// 0 to 100.
    pub score: Option<f64>,
    /// Findings.
    pub issues_count: Option<i32>,
    /// Findings by severity.
    pub severities: Option<Json>,
    /// Where its report is among the artifacts.
    pub report_key: Option<String>,
    /// What was not checked.
    pub note: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
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
