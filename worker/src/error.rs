//! What can go wrong with a request, without a word on how a surface shows it.

use std::time::Duration;

use sea_orm::DbErr;
use serde::Serialize;

/// One thing wrong with a field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field, `config.depth` and the like; empty for the whole body.
    pub field: String,
    /// What was expected.
    pub message: String,
}

impl FieldError {
    /// What is wrong with `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a request has no answer. Each surface writes it in its own shape.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The request is not what the reference says.
    #[error("{}", describe(.0))]
    Invalid(Vec<FieldError>),
    /// No credential, or one that does not hold.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The credential lacks a scope.
    #[error("the token lacks the scope {0}")]
    Forbidden(String),
    /// There is no such thing, or it is another tenant's.
    #[error("{0} not found")]
    NotFound(String),
    /// The request does not go with the state of things.
    #[error("{0}")]
    Conflict(String),
    /// The way is right and the method is not.
    #[error("the method is not allowed here")]
    MethodNotAllowed,
    /// The body is too large.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The body has another type than JSON.
    #[error("the body must be JSON: send Content-Type: application/json")]
    UnsupportedMediaType,
    /// Too many requests.
    #[error("too many requests; try again in {} s", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// Someone else's server did not do its part.
    #[error("{message}")]
    Upstream {
        /// What failed and what to do.
        message: String,
        /// When to ask again, where that is known.
        retry_after: Option<Duration>,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {} s", .0.as_secs())]
    SlowBody(Duration),
    /// It takes longer than the request may.
    #[error("{0}")]
    Timeout(String),
    /// The database cannot be reached or refuses.
    #[error("the database: {0}")]
    Database(#[from] DbErr),
    /// A defect, or a full disk.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// One field that is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// Something that is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound(what.into())
    }

    /// Whether the same request may succeed later without anyone mending anything here.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Database(
                DbErr::Conn(_) | DbErr::ConnectionAcquire(_) | DbErr::Exec(_) | DbErr::Query(_)
            ) | Self::RateLimited(_)
                | Self::Upstream { .. }
                | Self::Timeout(_)
        )
    }
}

fn describe(errors: &[FieldError]) -> String {
    let parts: Vec<String> = errors
        .iter()
        .map(|error| {
            if error.field.is_empty() {
                error.message.clone()
            } else {
                format!("{}: {}", error.field, error.message)
            }
        })
        .collect();
    parts.join("; ")
}
