//! The HTTP API: one folder a surface, with its routes, its views and its error shape. Surfaces hold no logic: they read a
//! request, call a service, and write a view.
//!
//! A request passes, from outside in: request id, log, panic guard, time limit, compression; then the surface's error
//! shape, its caller and rate limit, `Idempotency-Key`; then the handler.
//!
//! Adding a surface: a folder with `routes()` and an error `body`, and its line in [`router`].

mod credentials;
mod extract;
mod idempotency;
mod operations;
mod problem;
mod rate_limit;
mod sca;
mod scans;
mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Request, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use self::server::serve;
use crate::error::ServiceError;
use crate::services::Core;

/// How long a request may take: a fix pull request waits for its job.
const PATIENCE: Duration = Duration::from_secs(150);

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Api {
    core: Arc<Core>,
    limiter: Arc<rate_limit::Limiter>,
    document: Arc<std::sync::OnceLock<String>>,
}

/// The general part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Cortex", description = "Finds what is unsafe in a source repository, says how bad it is, and mends it."),
    modifiers(&Security),
    // The errors of every operation refer to these.
    components(schemas(scans::error::ErrorBody, scans::error::ErrorDetail)),
    security(("api_key" = []), ("bearer" = [])),
    tags(
        (name = "scans", description = "Scans and webhooks"),
        (name = "sca", description = "Repositories, vulnerabilities, triage, deadlines, the CI gate, fixes"),
    )
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme,
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "api_key",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))),
        );
    }
}

/// A surface: its routes behind its caller, limits and error shape.
fn surface(
    api: &Api,
    closed: OpenApiRouter<Api>,
    open: OpenApiRouter<Api>,
    error: fn(&ServiceError) -> serde_json::Value,
) -> OpenApiRouter<Api> {
    closed
        .fallback(async || ServiceError::not_found("the path was"))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(api.clone(), credentials::required))
                .layer(from_fn_with_state(api.clone(), idempotency::heed)),
        )
        .merge(open)
        .layer(DefaultBodyLimit::max(extract::LARGEST_BODY))
        .layer(map_response(move |response: Response| async move {
            problem::shape(response, error)
        }))
}

/// All of it.
pub fn router(core: Arc<Core>) -> Router {
    let api = Api {
        core,
        limiter: Arc::default(),
        document: Arc::default(),
    };
    let none = OpenApiRouter::new;
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest(
            "/v1",
            surface(&api, scans::routes(), none(), scans::error::body),
        )
        .nest(
            "/api/sca",
            surface(&api, sca::routes(), sca::open_routes(), scans::error::body),
        )
        .split_for_parts();
    // Set once, right here.
    let _ = api.document.set(document.to_json().unwrap_or_default());
    let id = HeaderName::from_static("x-request-id");
    let span = |request: &Request<_>| {
        let id = request
            .headers()
            .get("x-request-id")
            .and_then(|id| id.to_str().ok())
            .unwrap_or_default();
        tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
    };
    router
        .merge(operations::routes())
        .fallback(async || ServiceError::not_found("the path was"))
        .layer(map_response(move |response: Response| async move {
            problem::shape(response, scans::error::body)
        }))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(id.clone(), MakeRequestUuid))
                .layer(PropagateRequestIdLayer::new(id))
                .layer(axum::middleware::from_fn(operations::measure))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::REQUEST_TIMEOUT,
                    PATIENCE,
                ))
                .layer(CompressionLayer::new()),
        )
        .with_state(api)
}

/// A defect of a handler: an answer all the same, and a line in the log.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    use axum::response::IntoResponse as _;
    let response = ServiceError::Internal("a handler panicked".to_owned()).into_response();
    problem::shape(response, scans::error::body)
}
