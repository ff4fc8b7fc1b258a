//! Rate limits: fixed windows, counted per token.
//!
//! On SQLite one process has all requests, and counts in memory. On PostgreSQL processes share the counters: a request
//! costs one statement for all its windows.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use sea_orm::ConnectionTrait as _;
use tokio::sync::Mutex;

use crate::error::ServiceError;
use crate::services::Core;
use crate::settings::RateLimits;
use crate::time::{self, SECOND};

/// Counters that are kept in memory before those that ran out are dropped.
const MOST: usize = 100_000;

/// Counts requests.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    windows: Mutex<HashMap<(String, u32), (i64, i64)>>,
}

/// One window of a caller after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    limit: i64,
    seconds: i64,
    used: i64,
    /// Seconds since 1970.
    resets_at: i64,
}

/// All windows of a caller after a request was counted.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    windows: Vec<Window>,
    now: i64,
}

impl Limiter {
    /// Counts a request under `counter`, against `own` limits or the general ones.
    pub(super) async fn count(
        &self,
        core: &Core,
        counter: &str,
        own: Option<&RateLimits>,
    ) -> Result<Usage, ServiceError> {
        let limits = own.unwrap_or(&core.settings.rate_limits).limits();
        let now = time::now() / SECOND;
        let start = |seconds: u32| now - now.rem_euclid(i64::from(seconds));
        let used: Vec<i64> = if core.store.is_postgres() {
            let values: Vec<String> = (0..limits.len())
                .map(|index| format!("(${}, ${}, 1)", 2 * index + 1, 2 * index + 2))
                .collect();
            let sql = format!(
                "INSERT INTO rate_counters (id, started_at, count) VALUES {} \
                 ON CONFLICT (id) DO UPDATE SET \
                   count = CASE WHEN rate_counters.started_at = excluded.started_at \
                     THEN rate_counters.count + 1 ELSE 1 END, \
                   started_at = excluded.started_at RETURNING id, count",
                values.join(", ")
            );
            let id = |seconds: u32| format!("{counter} {seconds}");
            let parameters = limits
                .iter()
                .flat_map(|limit| [id(limit.seconds).into(), start(limit.seconds).into()]);
            let rows = core
                .store
                .db()
                .query_all_raw(core.store.statement(&sql, parameters))
                .await?;
            let counts: HashMap<String, i64> = rows
                .iter()
                .map(|row| Ok((row.try_get("", "id")?, row.try_get("", "count")?)))
                .collect::<Result<_, sea_orm::DbErr>>()?;
            limits
                .iter()
                .map(|limit| counts.get(&id(limit.seconds)).copied().unwrap_or(1))
                .collect()
        } else {
            let mut windows = self.windows.lock().await;
            if windows.len() > MOST {
                windows.retain(|(_, seconds), (began, _)| *began + i64::from(*seconds) > now);
            }
            limits
                .iter()
                .map(|limit| {
                    let began = start(limit.seconds);
                    let window = windows
                        .entry((counter.to_owned(), limit.seconds))
                        .or_insert((began, 0));
                    if window.0 != began {
                        *window = (began, 0);
                    }
                    window.1 += 1;
                    window.1
                })
                .collect()
        };
        let windows = limits
            .iter()
            .zip(used)
            .map(|(limit, used)| Window {
                limit: i64::from(limit.requests),
                seconds: i64::from(limit.seconds),
                used,
                resets_at: start(limit.seconds) + i64::from(limit.seconds),
            })
            .collect();
        Ok(Usage { windows, now })
    }
}

impl Usage {
    /// How long to wait, if a limit is passed.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.windows
            .iter()
            .filter(|window| window.used > window.limit)
            .map(|window| (window.resets_at - self.now).max(1).unsigned_abs())
            .max()
            .map(Duration::from_secs)
    }

    /// `X-RateLimit-*` of the window with the fewest requests left, and the fields of the IETF's draft
    /// (`draft-ietf-httpapi-ratelimit-headers`) of all of them.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let left = |window: &Window| (window.limit - window.used).max(0);
        let Some(tightest) = self.windows.iter().min_by_key(|window| left(window)) else {
            return;
        };
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("x-ratelimit-limit", tightest.limit.to_string());
        put("x-ratelimit-remaining", left(tightest).to_string());
        put("x-ratelimit-reset", tightest.resets_at.to_string());
        let list = |part: &dyn Fn(&Window) -> String| {
            let parts: Vec<String> = self.windows.iter().map(part).collect();
            parts.join(", ")
        };
        put(
            "ratelimit-policy",
            list(&|it| format!("\"{}s\";q={};w={}", it.seconds, it.limit, it.seconds)),
        );
        put(
            "ratelimit",
            list(&|it| {
                format!(
                    "\"{}s\";r={};t={}",
                    it.seconds,
                    left(it),
                    it.resets_at - self.now
                )
            }),
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_tightest_window_is_told_and_the_longest_waited_for() {
        let window = |limit, seconds, used| Window {
            limit,
            seconds,
            used,
            resets_at: 100 + seconds,
        };
        let mut usage = Usage {
            windows: vec![window(100, 60, 5), window(1_000, 3_600, 990)],
            now: 100,
        };
        assert_eq!(usage.wait(), None);
        let mut headers = HeaderMap::new();
        usage.write(&mut headers);
        assert_eq!(headers["x-ratelimit-limit"], "1000");
        assert_eq!(headers["x-ratelimit-remaining"], "10");
        assert_eq!(headers["x-ratelimit-reset"], "3700");
        assert_eq!(
            headers["ratelimit"],
            "\"60s\";r=95;t=60, \"3600s\";r=10;t=3600"
        );
        usage.windows = vec![window(5, 60, 6), window(5, 3_600, 6)];
        assert_eq!(usage.wait(), Some(Duration::from_hours(1)));
    }
}
