//! Table `rate_counters`.

use sea_orm::entity::prelude::*;

/// Requests of a token in a window, where processes share them.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_counters")]
pub struct Model {
    /// Token and window.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Start of the window.
    pub started_at: i64,
    /// Requests.
    pub count: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
