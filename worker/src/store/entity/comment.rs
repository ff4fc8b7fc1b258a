//! Table `comments`.

use sea_orm::entity::prelude::*;

/// A comment on a finding.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Its finding.
    pub finding_id: i32,
    /// As written.
    pub body: String,
    /// Who.
    pub author: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
