//! Table `tokens`.

use sea_orm::entity::prelude::*;

/// An API token. The token itself is not kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tokens")]
pub struct Model {
    /// `tok_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// For people.
    pub name: String,
    /// SHA-256 of the token, 64 hex digits.
    pub hash: String,
    /// The first characters, to recognise it by.
    pub shown: String,
    /// Array of scopes.
    pub scopes: Json,
    /// Limits of its own, as in `CORTEX_RATE_LIMITS`.
    pub rate_limits: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// From when it no longer holds.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// To the minute.
    pub last_used_at: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
