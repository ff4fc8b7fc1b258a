//! Table `findings`.

use sea_orm::entity::prelude::*;

/// One thing that is unsafe in a repository, from scan to scan.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "findings")]
pub struct Model {
    /// `issue_id`.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Its repository.
    pub repository_id: i32,
    /// Of the engine; unique in a repository.
    pub fingerprint: String,
    /// Hash of what was found without its path: follows a file that is renamed.
    pub content: String,
    /// `vulnerability`, `code`, `secret` or `check`.
    pub kind: String,
    /// The rule, or the advisory.
    pub rule_id: String,
    /// `critical` to `info`.
    pub severity: String,
    /// One line.
    pub title: String,
    /// The file.
    pub path: String,
    /// From 1.
    pub line: i32,
    /// The vulnerable package.
    pub package_name: Option<String>,
    /// The version in use.
    pub package_version: Option<String>,
    /// Its CVE, else its advisory.
    pub cve_id: Option<String>,
    /// Hash of `data`.
    pub digest: String,
    /// The engine's finding.
    pub data: Json,
    /// Triage status.
    pub triage: String,
    /// Reason for the triage.
    pub justification: Option<String>,
    /// User.
    pub assigned_to: Option<i32>,
    /// Whether the last scan saw it.
    pub seen: bool,
    /// Milliseconds since 1970.
    pub first_seen: i64,
    /// Milliseconds since 1970.
    pub last_seen: i64,
    /// The scan that found it.
    pub first_scan: String,
    /// The last scan that saw it.
    pub last_scan: String,
    /// Whether its missed deadline has been announced.
    pub breach_sent: bool,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
