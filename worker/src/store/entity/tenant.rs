//! Table `tenants`.

use sea_orm::entity::prelude::*;

/// An organisation. Owns everything below it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// For people.
    pub name: String,
    /// `starter`, `standard`, `professional` or `company`.
    pub plan: String,
    /// Turn of its newest job: see [`crate::queue`].
    pub last_turn: i64,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
