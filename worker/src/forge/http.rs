//! Requests to a forge, within bounds, and what its refusals mean.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ForgeError, ForgeKind, ForgeSettings, Project};

/// How long a forge may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read, in bytes.
const LARGEST: usize = 4 << 20;

/// The API of a forge.
pub(super) struct Api {
    settings: ForgeSettings,
    client: reqwest::Client,
}

impl Api {
    pub(super) fn new(settings: ForgeSettings, client: reqwest::Client) -> Self {
        Self { settings, client }
    }

    pub(super) fn project(&self) -> &Project {
        &self.settings.project
    }

    /// Asks `path`, which begins with a slash and may hold a query.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, ForgeError> {
        let base = self.settings.api_url.as_str().trim_end_matches('/');
        let token = self.settings.token.expose();
        let mut request = self
            .client
            .request(method, format!("{base}{path}"))
            .timeout(PATIENCE);
        request = match self.settings.kind {
            ForgeKind::Github => request
                .bearer_auth(token)
                .header("Accept", "application/vnd.github+json")
                .header("X-GitHub-Api-Version", "2022-11-28"),
            ForgeKind::Gitlab => request.header("PRIVATE-TOKEN", token),
            ForgeKind::Gitea => request.header("Authorization", format!("token {token}")),
        };
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let response = request
            .send()
            .await
            .map_err(|error| ForgeError::Unavailable(error.without_url().to_string()))?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let bytes = read(response).await?;
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|error| ForgeError::Malformed(error.to_string()));
        }
        Err(refusal(status, retry_after, &bytes))
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, ForgeError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| ForgeError::Unavailable(error.without_url().to_string()))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(ForgeError::Malformed(format!("more than {LARGEST} bytes")));
        }
    }
    Ok(bytes)
}

/// `Retry-After` in seconds, or GitHub's `X-RateLimit-Reset` where nothing remains.
fn retry_after(response: &Response) -> Option<Duration> {
    let number = |name: &str| -> Option<i64> {
        response
            .headers()
            .get(name)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    if let Some(seconds) = number("retry-after") {
        return u64::try_from(seconds).ok().map(Duration::from_secs);
    }
    if number("x-ratelimit-remaining") == Some(0) {
        let now = jiff::Timestamp::now().as_second();
        let wait = number("x-ratelimit-reset")?
            .saturating_sub(now)
            .clamp(1, 3_600);
        return u64::try_from(wait).ok().map(Duration::from_secs);
    }
    None
}

fn refusal(status: StatusCode, retry_after: Option<Duration>, bytes: &[u8]) -> ForgeError {
    let message = words(bytes);
    match status {
        StatusCode::UNAUTHORIZED => ForgeError::Unauthorized,
        StatusCode::FORBIDDEN => ForgeError::Forbidden {
            message,
            retry_after,
        },
        StatusCode::NOT_FOUND => ForgeError::NotFound,
        StatusCode::TOO_MANY_REQUESTS => ForgeError::RateLimited { retry_after },
        status if status.is_server_error() => {
            ForgeError::Unavailable(format!("it answers {}", status.as_u16()))
        }
        status if status.is_redirection() => ForgeError::Rejected(format!(
            "it redirects ({}); the repository may have moved",
            status.as_u16()
        )),
        _ => ForgeError::Rejected(message),
    }
}

/// What the forge says of a refusal: `message` and the messages of `errors`, short and on one line.
fn words(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let mut words = Vec::new();
    collect(&value, 0, &mut words);
    let text: String = words
        .join(": ")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect();
    if text.is_empty() {
        "it gives no reason".to_owned()
    } else {
        text
    }
}

fn collect(value: &Value, depth: usize, words: &mut Vec<String>) {
    match value {
        Value::String(text) => words.push(text.clone()),
        Value::Array(items) if depth < 4 => {
            items
                .iter()
                .take(5)
                .for_each(|it| collect(it, depth + 1, words));
        }
        Value::Object(map) if depth < 4 => {
            for name in ["message", "error", "errors"] {
                if let Some(inner) = map.get(name) {
                    collect(inner, depth + 1, words);
                }
            }
        }
        _ => {}
    }
}
