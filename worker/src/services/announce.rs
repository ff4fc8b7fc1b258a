//! Announces missed deadlines: `sla.breached`, once for each finding.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde_json::json;

use super::{Core, sla, webhooks};
use crate::error::ServiceError;
use crate::store::entity::{finding, sla_policy};
use crate::webhooks::{Event, EventKind};
use crate::{id, time};

/// How often deadlines are looked at.
const INTERVAL: Duration = Duration::from_mins(10);
/// Breaches that one event names.
const NAMED: usize = 20;

/// Looks at deadlines for as long as it is polled. Tenants that have set no policy are not bothered.
pub async fn run(core: Arc<Core>) {
    loop {
        if let Err(error) = once(&core).await {
            tracing::warn!(%error, "deadlines cannot be looked at");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn once(core: &Core) -> Result<(), ServiceError> {
    let policies = sla_policy::Entity::find().all(core.store.db()).await?;
    for policy in policies {
        let breaches: Vec<_> = sla::breaches(core, &policy.tenant_id, None, time::now())
            .await?
            .into_iter()
            .filter(|(announced, _)| !announced)
            .map(|(_, breach)| breach)
            .collect();
        if breaches.is_empty() {
            continue;
        }
        let transaction = core.store.write().await?;
        let mut mine = Vec::new();
        for breach in breaches {
            // On the condition that no other process has announced it meanwhile.
            let taken = finding::Entity::update_many()
                .col_expr(finding::Column::BreachSent, Expr::value(true))
                .filter(finding::Column::Id.eq(breach.issue_id))
                .filter(finding::Column::BreachSent.eq(false))
                .exec(transaction.db())
                .await?;
            if taken.rows_affected == 1 {
                mine.push(breach);
            }
        }
        if !mine.is_empty() {
            let count = mine.len();
            mine.truncate(NAMED);
            let event = Event {
                id: id::fresh("evt"),
                kind: EventKind::SlaBreached,
                at: time::timestamp(time::now()),
                data: json!({"count": count, "breaches": mine}),
            };
            webhooks::emit(&transaction, &policy.tenant_id, &event).await?;
        }
        transaction.commit().await?;
        core.wake.delivery();
    }
    Ok(())
}
