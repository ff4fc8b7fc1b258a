//! Table `fix_pulls`.

use sea_orm::entity::prelude::*;

/// The fix pull request of a repository.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fix_pulls")]
pub struct Model {
    /// Its repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: i32,
    /// Its tenant.
    pub tenant_id: String,
    /// Of the fix.
    pub branch: String,
    /// On the forge.
    pub number: i64,
    /// Of its page.
    pub url: String,
    /// What the last run answered.
    pub result: Json,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
