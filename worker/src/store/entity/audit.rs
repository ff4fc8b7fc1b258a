//! Table `audit_log`.

use sea_orm::entity::prelude::*;

/// Who did what.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Who.
    pub actor: String,
    /// `token.create` and the like.
    pub action: String,
    /// On what.
    pub subject: String,
    /// Facts, no secrets.
    pub detail: Json,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
