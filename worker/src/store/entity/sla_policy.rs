//! Table `sla_policies`.

use sea_orm::entity::prelude::*;

/// Days to mend a finding, by severity.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sla_policies")]
pub struct Model {
    /// Its tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Days.
    pub critical_days: i32,
    /// Days.
    pub high_days: i32,
    /// Days.
    pub medium_days: i32,
    /// Days.
    pub low_days: i32,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
