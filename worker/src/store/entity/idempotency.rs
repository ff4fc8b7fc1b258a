//! Table `idempotency_keys`.

use sea_orm::entity::prelude::*;

/// The answer to a POST that may be sent again.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Hash of caller and key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Hash of method, path and body.
    pub request: String,
    /// HTTP status; none while it is being answered.
    pub status: Option<i32>,
    /// Of the answer.
    pub content_type: Option<String>,
    /// Of the answer.
    pub body: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
