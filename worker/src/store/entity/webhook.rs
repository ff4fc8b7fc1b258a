//! Table `webhooks`.

use sea_orm::entity::prelude::*;

/// Where events are sent.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// `wh_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// For people.
    pub name: String,
    /// Shape of the payload.
    pub channel: String,
    /// Where to; sealed.
    pub url: String,
    /// Array of event names.
    pub events: Json,
    /// Sealed.
    pub secret: Option<String>,
    /// Sealed; signs as well until it runs out.
    pub previous_secret: Option<String>,
    /// When it runs out.
    pub previous_until: Option<i64>,
    /// Whether anything is sent.
    pub active: bool,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
