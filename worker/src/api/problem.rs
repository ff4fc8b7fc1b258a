//! From a [`ServiceError`] to an answer. The status and headers are the same on every surface; the body is the surface's.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::ServiceError;

/// Travels with a response until the surface's layer has written its body.
#[derive(Clone, Debug)]
struct Problem(Arc<ServiceError>);

/// The status and the code, in upper snake case, of an error.
pub(super) fn status_and_code(error: &ServiceError) -> (StatusCode, &'static str) {
    match error {
        ServiceError::Invalid(_) => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
        ServiceError::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
        ServiceError::Forbidden(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
        ServiceError::NotFound(_) => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        ServiceError::Conflict(_) => (StatusCode::CONFLICT, "CONFLICT"),
        ServiceError::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
        ServiceError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
        ServiceError::UnsupportedMediaType => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
        }
        ServiceError::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED"),
        ServiceError::Upstream { .. } => (StatusCode::BAD_GATEWAY, "UPSTREAM_ERROR"),
        ServiceError::SlowBody(_) => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
        ServiceError::Timeout(_) => (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT"),
        ServiceError::Database(_) if error.is_transient() => {
            (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE")
        }
        ServiceError::Database(_) | ServiceError::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
        }
    }
}

/// What a user is told. Of a defect or the database nothing: that is for the log.
pub(super) fn message(error: &ServiceError) -> String {
    match error {
        ServiceError::Database(_) if error.is_transient() => {
            "the database cannot be reached; try again".to_owned()
        }
        ServiceError::Database(_) | ServiceError::Internal(_) => "internal error".to_owned(),
        other => other.to_string(),
    }
}

/// Facts on an error: the fields that are wrong.
pub(super) fn details(error: &ServiceError) -> serde_json::Value {
    match error {
        ServiceError::Invalid(fields) => serde_json::json!({ "fields": fields }),
        ServiceError::Forbidden(scope) => serde_json::json!({ "scope": scope }),
        _ => serde_json::json!({}),
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let (status, _) = status_and_code(&self);
        if status.is_server_error() {
            tracing::error!(error = %self, "a request failed");
        }
        let mut response = status.into_response();
        let headers = response.headers_mut();
        let retry = match &self {
            Self::RateLimited(after) => Some(after.as_secs().max(1)),
            Self::Upstream { retry_after, .. } => retry_after.map(|after| after.as_secs().max(1)),
            Self::Database(_) if self.is_transient() => Some(2),
            _ => None,
        };
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthorized(_)) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Problem(Arc::new(self)));
        response
    }
}

/// Writes the body of an error in a surface's shape; other responses pass. What axum itself refuses becomes an error of
/// the same shape.
pub(super) fn shape(response: Response, body: fn(&ServiceError) -> serde_json::Value) -> Response {
    let problem = response.extensions().get::<Problem>().cloned();
    let status = response.status();
    let error = match problem {
        Some(Problem(error)) => error,
        None if status == StatusCode::METHOD_NOT_ALLOWED => {
            Arc::new(ServiceError::MethodNotAllowed)
        }
        None if status == StatusCode::REQUEST_TIMEOUT => Arc::new(ServiceError::Timeout(
            "the request took too long".to_owned(),
        )),
        None => return response,
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Response::from_parts(parts, axum::body::Body::from(body(&error).to_string()))
}
