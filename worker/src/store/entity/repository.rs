//! Table `repositories`.

use sea_orm::entity::prelude::*;

/// What is scanned.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repositories")]
pub struct Model {
    /// `repository_id`.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Clone address, without credentials.
    pub url: String,
    /// The address in the one spelling that all its spellings share; unique in a tenant.
    pub identity: String,
    /// `owner/name`.
    pub name: String,
    /// The branch whose scans make up its findings.
    pub default_branch: Option<String>,
    /// `{kind, api_url}`.
    pub forge: Option<Json>,
    /// Sealed.
    pub forge_token: Option<String>,
    /// Whether its badge is shown without a credential.
    pub public_badge: bool,
    /// The newest scan that its findings come from.
    pub last_scan_id: Option<String>,
    /// When that scan was asked for.
    pub last_scan_at: Option<i64>,
    /// Of that scan, 0 to 100.
    pub score: Option<f64>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
