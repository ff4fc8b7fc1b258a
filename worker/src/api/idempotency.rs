//! `Idempotency-Key`: a POST that is sent again gets the answer of the first, and does nothing.
//!
//! The key is claimed before the request is handled and its answer kept for a day. The same key with another request is
//! a conflict, and so is one whose first request is still being handled. Answers of the server's own failures are not
//! kept: such a request may be tried again with its key.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set,
    sea_query::{Expr, OnConflict},
};
use sha2::{Digest as _, Sha256};

use super::Api;
use super::extract::{LARGEST_BODY, SLOWEST_BODY};
use crate::error::ServiceError;
use crate::services::callers::Caller;
use crate::store::Store;
use crate::store::entity::idempotency;
use crate::time::{self, DAY};

/// Longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// The layer.
pub(super) async fn heed(State(api): State<Api>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").cloned();
    match (key, request.extensions().get::<Caller>().cloned()) {
        (Some(key), Some(caller)) if request.method() == Method::POST => {
            match once(&api, &caller, &key, request, next).await {
                Ok(response) => response,
                Err(error) => error.into_response(),
            }
        }
        _ => next.run(request).await,
    }
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

async fn once(
    api: &Api,
    caller: &Caller,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, ServiceError> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(ServiceError::invalid("Idempotency-Key", "1 to 255 bytes"));
    }
    let (parts, body) = request.into_parts();
    let read = axum::body::to_bytes(body, LARGEST_BODY);
    let bytes = tokio::time::timeout(SLOWEST_BODY, read)
        .await
        .map_err(|_| ServiceError::SlowBody(SLOWEST_BODY))?
        .map_err(|_| ServiceError::TooLarge(LARGEST_BODY))?;
    let id = hash(&[
        caller.tenant_id.as_bytes(),
        caller.actor.as_bytes(),
        key.as_bytes(),
    ]);
    let meant = hash(&[
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        &bytes,
    ]);
    let store = &api.core.store;
    if let Some(answer) = claim(store, &id, &meant).await? {
        return Ok(answer);
    }
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    let (parts, body) = response.into_parts();
    let answer = axum::body::to_bytes(body, 4 * LARGEST_BODY).await;
    match answer {
        Ok(answer) if parts.status.is_success() => {
            keep(
                store,
                &id,
                parts.status,
                parts.headers.get(header::CONTENT_TYPE),
                &answer,
            )
            .await?;
            Ok(Response::from_parts(parts, Body::from(answer)))
        }
        answer => {
            // What did nothing may be tried again with the same key.
            forget(store, &id).await?;
            Ok(Response::from_parts(
                parts,
                Body::from(answer.unwrap_or_default()),
            ))
        }
    }
}

/// Claims a key. `Some`: it was used before, and this is the answer.
async fn claim(store: &Store, id: &str, meant: &str) -> Result<Option<Response>, ServiceError> {
    let now = time::now();
    let transaction = store.write().await?;
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lt(now - DAY))
        .exec(transaction.db())
        .await?;
    let row = idempotency::ActiveModel {
        id: Set(id.to_owned()),
        request: Set(meant.to_owned()),
        status: Set(None),
        content_type: Set(None),
        body: Set(None),
        created_at: Set(now),
    };
    let inserted = idempotency::Entity::insert(row)
        .on_conflict(
            OnConflict::column(idempotency::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(transaction.db())
        .await?;
    let found = idempotency::Entity::find_by_id(id.to_owned())
        .one(transaction.db())
        .await?;
    transaction.commit().await?;
    let Some(found) = found.filter(|_| inserted == 0) else {
        return Ok(None);
    };
    if found.request != meant {
        return Err(ServiceError::Conflict(
            "the Idempotency-Key was used for another request".to_owned(),
        ));
    }
    let Some(status) = found.status else {
        return Err(ServiceError::Conflict(
            "the first request with this Idempotency-Key is still being handled".to_owned(),
        ));
    };
    let status = u16::try_from(status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let mut response = (status, found.body.unwrap_or_default()).into_response();
    if let Some(mime) = found.content_type
        && let Ok(value) = HeaderValue::from_str(&mime)
    {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
        .headers_mut()
        .insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(Some(response))
}

async fn keep(
    store: &Store,
    id: &str,
    status: StatusCode,
    mime: Option<&HeaderValue>,
    body: &Bytes,
) -> Result<(), ServiceError> {
    let mime = mime.and_then(|mime| mime.to_str().ok()).map(str::to_owned);
    let transaction = store.write().await?;
    idempotency::Entity::update_many()
        .col_expr(
            idempotency::Column::Status,
            Expr::value(i32::from(status.as_u16())),
        )
        .col_expr(idempotency::Column::ContentType, Expr::value(mime))
        .col_expr(
            idempotency::Column::Body,
            Expr::value(String::from_utf8_lossy(body).into_owned()),
        )
        .filter(idempotency::Column::Id.eq(id))
        .exec(transaction.db())
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn forget(store: &Store, id: &str) -> Result<(), ServiceError> {
    let transaction = store.write().await?;
    idempotency::Entity::delete_by_id(id.to_owned())
        .exec(transaction.db())
        .await?;
    transaction.commit().await?;
    Ok(())
}
