//! Table `triage_events`.

use sea_orm::entity::prelude::*;

/// One change of a triage status.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "triage_events")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Its finding.
    pub finding_id: i32,
    /// Before.
    pub from_status: String,
    /// After.
    pub to_status: String,
    /// Why.
    pub justification: Option<String>,
    /// User.
    pub assigned_to: Option<i32>,
    /// Who: a token, a user, or a scan.
    pub actor: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
