//! Credentials of a request: `Authorization: Bearer …`, or `X-API-Key: …`.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Api;
use crate::error::ServiceError;
use crate::services::callers::Caller;
use crate::services::tokens;

/// The credential of a request, if it has one.
fn credential(headers: &HeaderMap) -> Result<Option<&str>, ServiceError> {
    const WRONG: ServiceError = ServiceError::Unauthorized(
        "send the API key as Authorization: Bearer csk_… or X-API-Key: csk_…",
    );
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().map_err(|_| WRONG)?;
        let (scheme, rest) = text.split_once(' ').ok_or(WRONG)?;
        if !scheme.eq_ignore_ascii_case("bearer") || rest.trim().is_empty() {
            return Err(WRONG);
        }
        return Ok(Some(rest.trim()));
    }
    match headers.get("x-api-key") {
        Some(value) => Ok(Some(value.to_str().map_err(|_| WRONG)?.trim())),
        None => Ok(None),
    }
}

/// Who asks; `None` without a credential.
pub(super) async fn caller(api: &Api, headers: &HeaderMap) -> Result<Option<Caller>, ServiceError> {
    match credential(headers)? {
        Some(credential) => tokens::authenticate(&api.core, credential).await.map(Some),
        None => Ok(None),
    }
}

/// Lets a request pass whose caller is known and within their limits. Without a caller it is counted under its address,
/// so that keys cannot be tried at will.
pub(super) async fn required(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let found = caller(&api, request.headers()).await;
    let known = found.as_ref().ok().and_then(Option::as_ref);
    let counter = match known {
        Some(caller) => caller.counter.clone(),
        None => address(&request),
    };
    let limits = known.and_then(|caller| caller.rate_limits.as_ref());
    let usage = match api.limiter.count(&api.core, &counter, limits).await {
        Ok(usage) => usage,
        Err(error) => return error.into_response(),
    };
    let mut response = if let Some(wait) = usage.wait() {
        ServiceError::RateLimited(wait).into_response()
    } else {
        match found {
            Ok(Some(caller)) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Ok(None) => ServiceError::Unauthorized(
                "send an API key: Authorization: Bearer csk_… or X-API-Key: csk_…",
            )
            .into_response(),
            Err(error) => error.into_response(),
        }
    };
    usage.write(response.headers_mut());
    response
}

fn address(request: &Request) -> String {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(
            || "address:".to_owned(),
            |ConnectInfo(address)| format!("address:{}", address.ip()),
        )
}
