//! Comments on findings.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, NotSet, QueryFilter as _,
    QueryOrder as _, Set,
};

use super::callers::Caller;
use super::{Core, findings};
use crate::error::ServiceError;
use crate::store::entity::comment;
use crate::time;

/// Adds a comment.
pub async fn add(
    core: &Core,
    caller: &Caller,
    finding_id: i32,
    body: &str,
) -> Result<comment::Model, ServiceError> {
    caller.needs("findings:write")?;
    findings::get(core, caller, finding_id).await?;
    if body.trim().is_empty() || body.chars().count() > 10_000 || body.contains('\0') {
        return Err(ServiceError::invalid("comment", "1 to 10,000 characters"));
    }
    let transaction = core.store.write().await?;
    let row = comment::ActiveModel {
        id: NotSet,
        tenant_id: Set(caller.tenant_id.clone()),
        finding_id: Set(finding_id),
        body: Set(body.to_owned()),
        author: Set(caller.actor.clone()),
        at: Set(time::now()),
    }
    .insert(transaction.db())
    .await?;
    transaction.commit().await?;
    Ok(row)
}

/// The comments of a finding, oldest first.
pub async fn list(
    core: &Core,
    caller: &Caller,
    finding_id: i32,
) -> Result<Vec<comment::Model>, ServiceError> {
    findings::get(core, caller, finding_id).await?;
    Ok(comment::Entity::find()
        .filter(comment::Column::FindingId.eq(finding_id))
        .order_by_asc(comment::Column::Id)
        .all(core.store.db())
        .await?)
}
