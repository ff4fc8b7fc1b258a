//! The audit log: who changed what.

use sea_orm::{ActiveModelTrait as _, DbErr, NotSet, Set};

use super::callers::Caller;
use crate::store::Transaction;
use crate::store::entity::audit;
use crate::time;

/// Notes a change, in the transaction that makes it. `detail` holds no secrets.
pub async fn note(
    transaction: &Transaction,
    caller: &Caller,
    action: &str,
    subject: impl Into<String>,
    detail: serde_json::Value,
) -> Result<(), DbErr> {
    audit::ActiveModel {
        id: NotSet,
        tenant_id: Set(caller.tenant_id.clone()),
        actor: Set(caller.actor.clone()),
        action: Set(action.to_owned()),
        subject: Set(subject.into()),
        detail: Set(detail),
        at: Set(time::now()),
    }
    .insert(transaction.db())
    .await?;
    Ok(())
}
