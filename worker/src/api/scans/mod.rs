//! Surface `scans`, under `/v1`: scans and webhooks.

pub(super) mod error;
pub(super) mod views;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::error::Errors;
use self::views::{ScanBody, ScanList, ScanView, WebhookBody, WebhookList, WebhookView};
use super::Api;
use super::extract::{Body, Path, Query};
use crate::error::ServiceError;
use crate::services::callers::Caller;
use crate::services::page::PageQuery;
use crate::services::scans::{self, ScanFilter};
use crate::services::webhooks;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create_scan, list_scans))
        .routes(routes!(get_scan))
        .routes(routes!(cancel_scan))
        .routes(routes!(create_webhook, list_webhooks))
        .routes(routes!(delete_webhook))
}

/// Queues a scan.
#[utoipa::path(post, path = "/scans", tag = "scans", request_body = ScanBody,
    responses((status = 201, body = ScanView), Errors))]
async fn create_scan(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<ScanBody>,
) -> Result<(StatusCode, Json<ScanView>), ServiceError> {
    let scan = scans::create(&api.core, &caller, body.into()).await?;
    Ok((StatusCode::CREATED, Json(ScanView::new(scan, None))))
}

/// Scans, newest first.
#[utoipa::path(get, path = "/scans", tag = "scans", params(ScanFilter, PageQuery),
    responses((status = 200, body = ScanList), Errors))]
async fn list_scans(
    State(api): State<Api>,
    caller: Caller,
    Query(filter): Query<ScanFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<ScanList>, ServiceError> {
    let page = scans::list(&api.core, &caller, &filter, &page).await?;
    Ok(Json(ScanList {
        scans: page
            .items
            .into_iter()
            .map(|scan| ScanView::new(scan, None))
            .collect(),
        next_cursor: page.next,
    }))
}

/// A scan, with its results where it is completed.
#[utoipa::path(get, path = "/scans/{scan_id}", tag = "scans", params(("scan_id" = String, Path)),
    responses((status = 200, body = ScanView), Errors))]
async fn get_scan(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ScanView>, ServiceError> {
    let scan = scans::get(&api.core, &caller, &id).await?;
    let results = scans::results(&api.core, &scan).await?;
    Ok(Json(ScanView::new(scan, results)))
}

/// Calls a scan off.
#[utoipa::path(post, path = "/scans/{scan_id}/cancel", tag = "scans", params(("scan_id" = String, Path)),
    responses((status = 200, body = ScanView), Errors))]
async fn cancel_scan(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ScanView>, ServiceError> {
    let scan = scans::cancel(&api.core, &caller, &id).await?;
    Ok(Json(ScanView::new(scan, None)))
}

/// Registers a webhook.
#[utoipa::path(post, path = "/webhooks", tag = "scans", request_body = WebhookBody,
    responses((status = 201, body = WebhookView), Errors))]
async fn create_webhook(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<WebhookBody>,
) -> Result<(StatusCode, Json<WebhookView>), ServiceError> {
    let row = webhooks::create(&api.core, &caller, body.input()?).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// The webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "scans", responses((status = 200, body = WebhookList), Errors))]
async fn list_webhooks(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<WebhookList>, ServiceError> {
    let rows = webhooks::list(&api.core, &caller).await?;
    Ok(Json(WebhookList {
        webhooks: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Removes a webhook.
#[utoipa::path(delete, path = "/webhooks/{webhook_id}", tag = "scans", params(("webhook_id" = String, Path)),
    responses((status = 204), Errors))]
async fn delete_webhook(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ServiceError> {
    webhooks::delete(&api.core, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
