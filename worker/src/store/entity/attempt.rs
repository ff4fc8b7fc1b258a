//! Table `delivery_attempts`.

use sea_orm::entity::prelude::*;

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_attempts")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its delivery.
    pub delivery_id: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// HTTP status.
    pub status: Option<i32>,
    /// Milliseconds.
    pub duration_ms: i64,
    /// The first KB.
    pub answer: String,
    /// Why there is no status.
    pub error: Option<String>,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
