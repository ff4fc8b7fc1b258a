//! For those who run the service: health, metrics, the OpenAPI document and a page to try it.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::Api;
use crate::metrics;

/// The page: it draws the OpenAPI document and asks nobody else for anything.
const EXPLORER: &str = include_str!("explorer.html");

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(show_metrics))
        .route("/api/openapi.json", get(document))
        .route("/api/explorer", get(explorer))
}

/// Whether the service can do its work. `ch` is the store of events, which is the database itself.
async fn health(State(api): State<Api>) -> impl IntoResponse {
    let answer = tokio::time::timeout(Duration::from_secs(3), api.core.store.ping()).await;
    let good = matches!(answer, Ok(Ok(())));
    let word = if good { "ok" } else { "down" };
    let status = if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": word, "db": word, "ch": word, "license": "company", "grace_h": 0,
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, Json(body))
}

async fn show_metrics(State(api): State<Api>) -> Response {
    if let Ok(depth) = api.core.queue_depth().await {
        for status in ["queued", "running"] {
            let jobs = depth
                .iter()
                .find(|(name, _)| name == status)
                .map_or(0, |(_, jobs)| *jobs);
            ::metrics::gauge!("cortex_queue_jobs", "status" => status).set(jobs as f64);
        }
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, metrics::render()).into_response()
}

async fn document(State(api): State<Api>) -> impl IntoResponse {
    let text = api.document.get().cloned().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text)
}

async fn explorer() -> impl IntoResponse {
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(EXPLORER))
}

/// Counts requests and their time by route, not by path: paths are endless.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().to_string();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    ::metrics::counter!("cortex_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status)
        .increment(1);
    ::metrics::histogram!("cortex_http_seconds", "method" => method, "route" => route)
        .record(begun.elapsed().as_secs_f64());
    response
}
