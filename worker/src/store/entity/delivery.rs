//! Table `deliveries`.

use sea_orm::entity::prelude::*;

/// One event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    /// `msg_…`, the `webhook-id` of every attempt.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Its webhook.
    pub webhook_id: String,
    /// The event; unique for a webhook.
    pub event_id: String,
    /// Name of the event.
    pub event: String,
    /// What is sent, to the byte.
    pub body: String,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// How often it was sent.
    pub attempts: i32,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// When it is due.
    pub next_at: i64,
    /// Who sends it.
    pub lease: Option<String>,
    /// Milliseconds since 1970.
    pub finished_at: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
