//! Errors of this surface and of SCA: `{"error": {"code", "message", "details"}}`.

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::problem;
use crate::error::ServiceError;

/// An error.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    error: ErrorDetail,
}

/// What went wrong.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErrorDetail {
    /// In upper snake case, `INVALID_REQUEST` and the like.
    code: String,
    /// For people.
    message: String,
    /// Facts; `fields` for a request that is not valid.
    details: Value,
}

/// The errors that every operation may answer with.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "the variants document answers and are never made")]
pub(crate) enum Errors {
    /// The request is not valid.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// No credential, or one that does not hold.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// The credential lacks a scope.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// The request does not go with the state of things.
    #[response(status = 409)]
    Conflict(ErrorBody),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// The body is not JSON.
    #[response(status = 415)]
    MediaType(ErrorBody),
    /// Too many requests.
    #[response(status = 429)]
    RateLimited(ErrorBody),
}

/// The body of an error.
pub(crate) fn body(error: &ServiceError) -> Value {
    let (_, code) = problem::status_and_code(error);
    json!({"error": {
        "code": code,
        "message": problem::message(error),
        "details": problem::details(error),
    }})
}
