//! Webhooks and their deliveries.
//!
//! An event becomes one delivery for each webhook that wants it, in the transaction that brought the event about; the
//! pair of webhook and event is unique, so an event is announced once however often its cause was tried. Deliveries are
//! sent by a loop of their own: a slow receiver never holds up a scan.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt as _;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _,
    FromQueryResult as _, IntoActiveModel as _, NotSet, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

use super::callers::Caller;
use super::page::{Page, PageQuery, place};
use super::{Core, audit};
use crate::error::{FieldError, ServiceError};
use crate::guard::UrlKind;
use crate::id;
use crate::store::entity::{attempt, delivery, webhook};
use crate::store::{Store, Transaction};
use crate::time::{self, DAY, MINUTE, Millis};
use crate::webhooks::{ChannelType, Event, EventKind, Outgoing, schedule, send, signature};

/// What a webhook's secret is sealed for.
const SECRET: &str = "webhook-secret";
/// What its address is sealed for: those of chat programs are secrets themselves.
const ADDRESS: &str = "webhook-url";
/// How long the secret before the present one signs as well.
const ROTATION: Millis = DAY;
/// How long a delivery is being sent before another process may take it over.
const SENDING: Millis = MINUTE;
/// Deliveries that are sent at a time.
const AT_A_TIME: usize = 16;
/// Most webhooks of a tenant.
const MOST: usize = 100;

/// Status of a delivery.
pub mod status {
    /// Waits for its time.
    pub const PENDING: &str = "pending";
    /// The receiver took it.
    pub const DELIVERED: &str = "delivered";
    /// Given up.
    pub const FAILED: &str = "failed";
}

/// A webhook to be made or changed; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct WebhookInput {
    /// For people.
    pub name: Option<String>,
    /// Shape of the payload.
    pub channel: Option<ChannelType>,
    /// Where to.
    pub url: Option<String>,
    /// What is sent.
    pub events: Option<BTreeSet<EventKind>>,
    /// What it is signed with. In a change it takes the place of the present one, which signs for another day.
    pub secret: Option<String>,
    /// Whether anything is sent.
    pub active: Option<bool>,
}

fn check(core: &Core, input: &WebhookInput) -> Result<(), ServiceError> {
    let mut wrong = Vec::new();
    if let Some(name) = &input.name
        && (name.trim().is_empty() || name.chars().count() > 200 || name.contains('\0'))
    {
        wrong.push(FieldError::new("name", "1 to 200 characters"));
    }
    if let Some(url) = &input.url {
        if url.len() > 2_000 {
            wrong.push(FieldError::new("url", "at most 2,000 bytes"));
        } else if let Err(error) = core.guard.check_url(url, UrlKind::Webhook) {
            wrong.push(FieldError::new("url", error.to_string()));
        }
    }
    if input.events.as_ref().is_some_and(BTreeSet::is_empty) {
        wrong.push(FieldError::new("events", "at least one event"));
    }
    if input
        .secret
        .as_ref()
        .is_some_and(|secret| secret.is_empty() || secret.len() > 1_000)
    {
        wrong.push(FieldError::new("secret", "1 to 1,000 bytes"));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(wrong))
    }
}

/// Makes a webhook.
pub async fn create(
    core: &Core,
    caller: &Caller,
    input: WebhookInput,
) -> Result<webhook::Model, ServiceError> {
    caller.needs("webhooks:write")?;
    let Some(url) = input.url.clone() else {
        return Err(ServiceError::invalid("url", "an https address"));
    };
    check(core, &input)?;
    let secret = input
        .secret
        .as_deref()
        .map(|secret| seal(core, SECRET, secret))
        .transpose()?;
    let url = seal(core, ADDRESS, &url)?;
    let now = time::now();
    let channel = input.channel.unwrap_or(ChannelType::Generic);
    let transaction = core.store.write().await?;
    let others = of_tenant(&transaction, &caller.tenant_id).await?.len();
    if others >= MOST {
        return Err(ServiceError::Conflict(format!(
            "a tenant has at most {MOST} webhooks"
        )));
    }
    let row = webhook::ActiveModel {
        id: Set(id::fresh("wh")),
        tenant_id: Set(caller.tenant_id.clone()),
        name: Set(input.name.unwrap_or_else(|| "webhook".to_owned())),
        channel: Set(channel.as_str().to_owned()),
        url: Set(url),
        events: Set(json!(input.events.unwrap_or_default())),
        secret: Set(secret),
        previous_secret: Set(None),
        previous_until: Set(None),
        active: Set(input.active.unwrap_or(true)),
        created_at: Set(now),
        updated_at: Set(now),
    }
    .insert(transaction.db())
    .await?;
    audit::note(
        &transaction,
        caller,
        "webhook.create",
        &row.id,
        json!({"name": row.name}),
    )
    .await?;
    transaction.commit().await?;
    opened(core, row)
}

fn seal(core: &Core, purpose: &str, text: &str) -> Result<String, ServiceError> {
    core.sealer
        .seal(purpose, text)
        .map_err(|error| ServiceError::Internal(error.to_string()))
}

/// A row with its address in clear.
fn opened(core: &Core, mut row: webhook::Model) -> Result<webhook::Model, ServiceError> {
    row.url = core
        .sealer
        .open(ADDRESS, &row.url)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(row)
}

async fn of_tenant(
    transaction: &Transaction,
    tenant_id: &str,
) -> Result<Vec<webhook::Model>, DbErr> {
    webhook::Entity::find()
        .filter(webhook::Column::TenantId.eq(tenant_id))
        .order_by_asc(webhook::Column::Id)
        .all(transaction.db())
        .await
}

/// The webhooks of the caller's tenant, oldest first.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<webhook::Model>, ServiceError> {
    caller.needs("webhooks:read")?;
    let rows = webhook::Entity::find()
        .filter(webhook::Column::TenantId.eq(&caller.tenant_id))
        .order_by_asc(webhook::Column::Id)
        .all(core.store.db())
        .await?;
    rows.into_iter().map(|row| opened(core, row)).collect()
}

/// A webhook of the caller's tenant.
pub async fn get(
    core: &Core,
    caller: &Caller,
    webhook_id: &str,
) -> Result<webhook::Model, ServiceError> {
    caller.needs("webhooks:read")?;
    let row = webhook::Entity::find_by_id(webhook_id.to_owned())
        .filter(webhook::Column::TenantId.eq(&caller.tenant_id))
        .one(core.store.db())
        .await?
        .ok_or_else(|| ServiceError::not_found("webhook"))?;
    opened(core, row)
}

/// Changes a webhook.
pub async fn update(
    core: &Core,
    caller: &Caller,
    webhook_id: &str,
    input: WebhookInput,
) -> Result<webhook::Model, ServiceError> {
    caller.needs("webhooks:write")?;
    let found = get(core, caller, webhook_id).await?;
    check(core, &input)?;
    let now = time::now();
    let mut row = found.clone().into_active_model();
    if let Some(name) = input.name {
        row.name = Set(name);
    }
    if let Some(channel) = input.channel {
        row.channel = Set(channel.as_str().to_owned());
    }
    if let Some(url) = input.url {
        row.url = Set(seal(core, ADDRESS, &url)?);
    }
    if let Some(events) = input.events {
        row.events = Set(json!(events));
    }
    if let Some(active) = input.active {
        row.active = Set(active);
    }
    if let Some(secret) = input.secret {
        row.secret = Set(Some(seal(core, SECRET, &secret)?));
        if found.secret.is_some() {
            row.previous_secret = Set(found.secret);
            row.previous_until = Set(Some(now + ROTATION));
        }
    }
    row.updated_at = Set(now);
    let transaction = core.store.write().await?;
    let row = row.update(transaction.db()).await?;
    audit::note(
        &transaction,
        caller,
        "webhook.update",
        webhook_id,
        json!({}),
    )
    .await?;
    transaction.commit().await?;
    opened(core, row)
}

/// Removes a webhook and its deliveries.
pub async fn delete(core: &Core, caller: &Caller, webhook_id: &str) -> Result<(), ServiceError> {
    caller.needs("webhooks:write")?;
    get(core, caller, webhook_id).await?;
    let transaction = core.store.write().await?;
    transaction
        .db()
        .execute_raw(core.store.statement(
            "DELETE FROM delivery_attempts WHERE delivery_id IN \
             (SELECT id FROM deliveries WHERE webhook_id = $1)",
            [webhook_id.into()],
        ))
        .await?;
    delivery::Entity::delete_many()
        .filter(delivery::Column::WebhookId.eq(webhook_id))
        .exec(transaction.db())
        .await?;
    webhook::Entity::delete_by_id(webhook_id.to_owned())
        .exec(transaction.db())
        .await?;
    audit::note(
        &transaction,
        caller,
        "webhook.delete",
        webhook_id,
        json!({}),
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// The events that a webhook wants.
pub fn events(row: &webhook::Model) -> BTreeSet<EventKind> {
    serde_json::from_value(row.events.clone()).unwrap_or_default()
}

/// The shape of a webhook's payloads.
pub fn channel(row: &webhook::Model) -> ChannelType {
    row.channel.parse().unwrap_or(ChannelType::Generic)
}

/// Announces an event to the tenant's webhooks that want it. [`crate::queue::Wake::delivery`] after the commit.
pub async fn emit(transaction: &Transaction, tenant_id: &str, event: &Event) -> Result<(), DbErr> {
    for hook in of_tenant(transaction, tenant_id).await? {
        if hook.active && events(&hook).contains(&event.kind) {
            queue(transaction, &hook, event).await?;
        }
    }
    Ok(())
}

async fn queue(
    transaction: &Transaction,
    hook: &webhook::Model,
    event: &Event,
) -> Result<String, DbErr> {
    let now = time::now();
    let row = delivery::ActiveModel {
        id: Set(id::fresh("msg")),
        tenant_id: Set(hook.tenant_id.clone()),
        webhook_id: Set(hook.id.clone()),
        event_id: Set(event.id.clone()),
        event: Set(event.kind.to_string()),
        body: Set(channel(hook).body(event).to_string()),
        status: Set(status::PENDING.to_owned()),
        attempts: Set(0),
        created_at: Set(now),
        next_at: Set(now),
        lease: Set(None),
        finished_at: Set(None),
    };
    let id = row.id.clone().unwrap();
    delivery::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([delivery::Column::WebhookId, delivery::Column::EventId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(transaction.db())
        .await?;
    Ok(id)
}

/// Sends a test payload, whatever events the webhook wants. Returns the delivery.
pub async fn test(core: &Core, caller: &Caller, webhook_id: &str) -> Result<String, ServiceError> {
    caller.needs("webhooks:write")?;
    let hook = get(core, caller, webhook_id).await?;
    let event = Event {
        id: id::fresh("evt"),
        kind: EventKind::WebhookTest,
        at: time::timestamp(time::now()),
        data: json!({"message": "A test from Cortex: this webhook works.", "webhook": hook.name}),
    };
    let transaction = core.store.write().await?;
    let delivery = queue(&transaction, &hook, &event).await?;
    transaction.commit().await?;
    core.wake.delivery();
    Ok(delivery)
}

/// Sends a delivery anew, as a delivery of its own.
pub async fn redeliver(
    core: &Core,
    caller: &Caller,
    webhook_id: &str,
    delivery_id: &str,
) -> Result<delivery::Model, ServiceError> {
    caller.needs("webhooks:write")?;
    get(core, caller, webhook_id).await?;
    let found = delivery::Entity::find_by_id(delivery_id.to_owned())
        .filter(delivery::Column::WebhookId.eq(webhook_id))
        .one(core.store.db())
        .await?
        .ok_or_else(|| ServiceError::not_found("delivery"))?;
    let now = time::now();
    let transaction = core.store.write().await?;
    let row = delivery::ActiveModel {
        id: Set(id::fresh("msg")),
        event_id: Set(format!("{}#{}", found.event_id, id::fresh("again"))),
        status: Set(status::PENDING.to_owned()),
        attempts: Set(0),
        created_at: Set(now),
        next_at: Set(now),
        lease: Set(None),
        finished_at: Set(None),
        tenant_id: Set(found.tenant_id),
        webhook_id: Set(found.webhook_id),
        event: Set(found.event),
        body: Set(found.body),
    }
    .insert(transaction.db())
    .await?;
    transaction.commit().await?;
    core.wake.delivery();
    Ok(row)
}

/// A delivery with its attempts, oldest first.
#[derive(Clone, Debug)]
pub struct DeliveryHistory {
    /// The delivery.
    pub delivery: delivery::Model,
    /// Its attempts.
    pub attempts: Vec<attempt::Model>,
}

/// The deliveries of a webhook, newest first.
pub async fn deliveries(
    core: &Core,
    caller: &Caller,
    webhook_id: &str,
    page: &PageQuery,
) -> Result<Page<DeliveryHistory>, ServiceError> {
    get(core, caller, webhook_id).await?;
    let limit = page.limit()?;
    let mut query = delivery::Entity::find()
        .filter(delivery::Column::WebhookId.eq(webhook_id))
        .order_by_desc(delivery::Column::Id)
        .limit(limit + 1);
    if let Some((_, id)) = page.after()? {
        query = query.filter(delivery::Column::Id.lt(id));
    }
    let rows = query.all(core.store.db()).await?;
    let ids = rows.iter().map(|row| row.id.clone());
    let attempts = attempt::Entity::find()
        .filter(attempt::Column::DeliveryId.is_in(ids))
        .order_by_asc(attempt::Column::Id)
        .all(core.store.db())
        .await?;
    let histories = rows
        .into_iter()
        .map(|delivery| DeliveryHistory {
            attempts: attempts
                .iter()
                .filter(|attempt| attempt.delivery_id == delivery.id)
                .cloned()
                .collect(),
            delivery,
        })
        .collect();
    Ok(Page::new(histories, limit, |history: &DeliveryHistory| {
        place(0, &history.delivery.id)
    }))
}

/// Claims deliveries that are due.
async fn claim(store: &Store) -> Result<Vec<delivery::Model>, DbErr> {
    let now = time::now();
    let skip = if store.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE deliveries SET lease = $1, next_at = $2 WHERE id IN \
           (SELECT id FROM deliveries WHERE status = 'pending' AND next_at <= $3 \
            ORDER BY next_at, id LIMIT {AT_A_TIME} {skip}) RETURNING *"
    );
    let transaction = store.write().await?;
    let rows = transaction
        .db()
        .query_all_raw(store.statement(
            &sql,
            [
                id::fresh("lease").into(),
                (now + SENDING).into(),
                now.into(),
            ],
        ))
        .await?;
    let claimed = rows
        .iter()
        .map(|row| delivery::Model::from_query_result(row, ""))
        .collect::<Result<Vec<_>, _>>()?;
    transaction.commit().await?;
    Ok(claimed)
}

/// Sends what is due, all of it. Returns how many attempts were made.
pub async fn deliver_due(core: &Core, client: &reqwest::Client) -> Result<usize, DbErr> {
    let mut made = 0;
    loop {
        let claimed = claim(&core.store).await?;
        if claimed.is_empty() {
            return Ok(made);
        }
        made += claimed.len();
        futures::stream::iter(claimed)
            .for_each_concurrent(AT_A_TIME, async |delivery| {
                if let Err(error) = deliver(core, client, &delivery).await {
                    // It is taken up again when the time for sending has passed.
                    tracing::warn!(delivery = %delivery.id, %error, "a delivery could not be noted");
                }
            })
            .await;
    }
}

async fn deliver(
    core: &Core,
    client: &reqwest::Client,
    row: &delivery::Model,
) -> Result<(), ServiceError> {
    let Some(hook) = webhook::Entity::find_by_id(row.webhook_id.clone())
        .one(core.store.db())
        .await?
    else {
        return Ok(());
    };
    let now = time::now();
    let sent = match outgoing(core, &hook, row, now) {
        Ok(outgoing) => send::send(client, outgoing).await,
        Err(reason) => send::Sent::refused(reason),
    };
    let delivered = sent.is_success();
    let random = rand::random::<f64>();
    let next = if delivered || sent.status == Some(410) {
        None
    } else {
        schedule::next(
            u32::try_from(row.attempts + 1).unwrap_or(u32::MAX),
            time::timestamp(row.created_at),
            time::timestamp(now),
            sent.retry_after,
            random,
        )
    };
    metrics::counter!("cortex_webhook_attempts_total", "outcome" => if delivered { "delivered" } else { "failed" })
        .increment(1);
    let transaction = core.store.write().await?;
    let outcome = match (delivered, next) {
        (true, _) => status::DELIVERED,
        (false, Some(_)) => status::PENDING,
        (false, None) => status::FAILED,
    };
    let mut update = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(outcome))
        .col_expr(delivery::Column::Attempts, Expr::value(row.attempts + 1))
        .filter(delivery::Column::Id.eq(&row.id))
        .filter(delivery::Column::Lease.eq(row.lease.clone()));
    match next {
        Some(at) => {
            update = update.col_expr(delivery::Column::NextAt, Expr::value(at.as_millisecond()));
        }
        None => update = update.col_expr(delivery::Column::FinishedAt, Expr::value(time::now())),
    }
    if update.exec(transaction.db()).await?.rows_affected == 1 {
        attempt::ActiveModel {
            id: NotSet,
            delivery_id: Set(row.id.clone()),
            at: Set(now),
            status: Set(sent.status.map(i32::from)),
            duration_ms: Set(i64::try_from(sent.duration.as_millis()).unwrap_or(i64::MAX)),
            answer: Set(sent.answer),
            error: Set(sent.error),
        }
        .insert(transaction.db())
        .await?;
        if sent.status == Some(410) {
            webhook::Entity::update_many()
                .col_expr(webhook::Column::Active, Expr::value(false))
                .filter(webhook::Column::Id.eq(&hook.id))
                .exec(transaction.db())
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

fn outgoing(
    core: &Core,
    hook: &webhook::Model,
    row: &delivery::Model,
    now: Millis,
) -> Result<Outgoing, String> {
    let open = |sealed: &Option<String>| {
        sealed
            .as_deref()
            .map(|sealed| core.sealer.open(SECRET, sealed))
            .transpose()
            .map_err(|error| error.to_string())
    };
    let address = core
        .sealer
        .open(ADDRESS, &hook.url)
        .map_err(|error| error.to_string())?;
    // Judged again: what is exempt may have changed since it was registered.
    let url = core
        .guard
        .check_url(&address, UrlKind::Webhook)
        .map_err(|error| error.to_string())?;
    let previous = match hook.previous_until {
        Some(until) if until > now => open(&hook.previous_secret)?,
        _ => None,
    };
    let secrets: Vec<String> = open(&hook.secret)?.into_iter().chain(previous).collect();
    let case = row.event.starts_with("case.");
    let headers = signature::headers(
        &secrets,
        &row.id,
        now / time::SECOND,
        row.body.as_bytes(),
        case,
    );
    Ok(Outgoing {
        url,
        headers,
        body: row.body.clone().into_bytes(),
    })
}

/// When the next delivery is due.
async fn next_due(store: &Store) -> Result<Option<Millis>, DbErr> {
    let row = store
        .db()
        .query_one_raw(store.statement(
            "SELECT MIN(next_at) AS due FROM deliveries WHERE status = 'pending'",
            [],
        ))
        .await?;
    row.map_or(Ok(None), |row| row.try_get::<Option<i64>>("", "due"))
}

/// Sends deliveries for as long as it is polled.
pub async fn run(core: std::sync::Arc<Core>) {
    let client = match core.guard.client() {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "webhooks cannot be sent");
            return;
        }
    };
    loop {
        let due = match deliver_due(&core, &client).await {
            Ok(_) => next_due(&core.store).await,
            Err(error) => Err(error),
        };
        let nap = match due {
            Ok(due) => crate::queue::nap(due, time::now()),
            Err(error) => {
                tracing::warn!(%error, "deliveries cannot be read");
                Duration::from_secs(2)
            }
        };
        core.wake.wait_delivery(nap).await;
    }
}
