//! Sending one delivery, within bounds.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use url::Url;

use super::signature::Headers;

/// How long a receiver has, from the connection to the end of what is kept of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are kept; no more are read.
const KEPT: usize = 1_024;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where to: judged by the guard.
    pub url: Url,
    /// Beside the content type.
    pub headers: Headers,
    /// JSON.
    pub body: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// From the first byte sent to the end.
    pub duration: Duration,
    /// The first KB of the answer, without control characters.
    pub answer: String,
    /// Why there was no answer; never with the address, which may hold a secret.
    pub error: Option<String>,
    /// How long the receiver wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Sent {
    /// Not sent, for a reason.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self {
            status: None,
            duration: Duration::ZERO,
            answer: String::new(),
            error: Some(reason.into()),
            retry_after: None,
        }
    }

    /// Whether the receiver took it: 2xx. A redirect is not followed, and no success.
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Sends it. `client` follows no redirects: [`crate::guard::Guard::client`].
pub async fn send(client: &reqwest::Client, outgoing: Outgoing) -> Sent {
    let begun = Instant::now();
    let mut request = client
        .post(outgoing.url)
        .header(CONTENT_TYPE, "application/json")
        .body(outgoing.body)
        .timeout(PATIENCE);
    for (name, value) in outgoing.headers {
        request = request.header(name, value);
    }
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            let mut sent = Sent::refused(reason(error));
            sent.duration = begun.elapsed();
            return sent;
        }
    };
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| wait(value, jiff::Timestamp::now()));
    let mut answer = Vec::new();
    while answer.len() < KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
            // The status stands, whatever becomes of the rest.
            Ok(None) | Err(_) => break,
        }
    }
    answer.truncate(KEPT);
    let clean = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    Sent {
        status: Some(response.status().as_u16()),
        duration: begun.elapsed(),
        answer: String::from_utf8_lossy(&answer)
            .chars()
            .map(clean)
            .collect(),
        error: None,
        retry_after,
    }
}

/// The causes of an error, without the address.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text.chars().take(300).collect()
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
fn wait(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let seconds = u64::try_from(date.as_second() - now.as_second()).ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::guard::Guard;

    /// Answers one connection with `bytes`, over and over if `endless`.
    async fn answered(bytes: &'static [u8], endless: bool) -> Sent {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4_096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(bytes).await;
            while endless && stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
        });
        let guard = Guard::new("127.0.0.1".parse().unwrap());
        let outgoing = Outgoing {
            url: format!("http://{address}/secret-path").parse().unwrap(),
            headers: vec![("webhook-id", "msg_1".to_owned())],
            body: b"{}".to_vec(),
        };
        send(&guard.client().unwrap(), outgoing).await
    }

    #[tokio::test]
    async fn answers_are_kept_to_their_first_kilobyte() {
        let sent = answered(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok\x1b[3",
            false,
        )
        .await;
        assert!(sent.is_success() && sent.answer == "ok [3", "{sent:?}");
        let sent = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n", true).await;
        assert!(sent.is_success() && sent.answer.len() == 1_024);
    }

    #[tokio::test]
    async fn a_redirect_is_no_success_and_not_followed() {
        let sent = answered(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            false,
        )
        .await;
        assert_eq!((sent.status, sent.is_success()), (Some(302), false));
        let sent = answered(
            b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            false,
        )
        .await;
        assert_eq!(sent.retry_after, Some(Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn a_closed_connection_is_an_error_without_the_address() {
        let sent = answered(b"", false).await;
        let error = sent.error.unwrap();
        assert!(
            sent.status.is_none() && !error.contains("secret-path"),
            "{error}"
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(wait("120", now), Some(Duration::from_mins(2)));
        assert_eq!(
            wait("Thu, 01 Jan 2026 00:01:00 GMT", now),
            Some(Duration::from_mins(1))
        );
        assert_eq!(wait("Wed, 31 Dec 2025 00:01:00 GMT", now), None);
        assert_eq!(wait("soon", now), None);
    }
}
