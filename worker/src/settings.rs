//! Settings of the service. The front end fills them from flags, environment and `cortex.toml`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

/// Settings of the service; `Serialize` and `Debug` hide what is secret.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// Address to listen on, `host:port`.
    pub listen: String,
    /// SQLite file, advisory index, artifacts.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`; SQLite in the data folder if absent. May hold a password.
    pub database_url: Option<Secret>,
    /// `file://…` or `s3://…` for reports; the data folder if absent.
    pub artifacts_url: Option<String>,
    /// OSV bucket.
    pub osv_url: Option<String>,
    /// Scores of EPSS.
    pub epss_url: Option<String>,
    /// Catalogue of known exploited vulnerabilities.
    pub kev_url: Option<String>,
    /// Hosts exempt from the guard, comma-separated.
    pub allow_hosts: String,
    /// First token, created when the database is empty.
    pub bootstrap_token: Option<Secret>,
    /// Its tenant.
    pub bootstrap_tenant: Option<String>,
    /// Requests per token.
    pub rate_limits: RateLimits,
    /// HS256 secret of JWT bearers; none: they are refused.
    pub jwt_secret: Option<Secret>,
    /// Key that secrets are sealed with; a file in the data folder if absent.
    pub secret_key: Option<Secret>,
    /// Where users reach the service, for links.
    pub public_url: Option<String>,
    /// Jobs at a time in this process; 0 for none.
    pub workers: usize,
    /// Threads of one scan.
    pub scan_threads: usize,
    /// How often advisories are brought up to date; `None` for never.
    pub update_interval: Option<Duration>,
}

impl Settings {
    /// The defaults, with data in `data_dir`.
    pub fn new(data_dir: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data_dir,
            database_url: None,
            artifacts_url: None,
            osv_url: None,
            epss_url: None,
            kev_url: None,
            allow_hosts: String::new(),
            bootstrap_token: None,
            bootstrap_tenant: None,
            rate_limits: RateLimits::default(),
            jwt_secret: None,
            secret_key: None,
            public_url: None,
            workers: cores.div_ceil(2),
            scan_threads: 2.min(cores),
            update_interval: Some(Duration::from_hours(1)),
        }
    }
}

/// One limit: so many requests in a window of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    pub seconds: u32,
}

/// The limits of a token; a request counts against each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits(Vec<RateLimit>);

/// Names of windows and their seconds; those that are written come first.
const WINDOWS: [(&str, u32); 8] = [
    ("s", 1),
    ("min", 60),
    ("h", 3_600),
    ("day", 86_400),
    ("sec", 1),
    ("m", 60),
    ("hour", 3_600),
    ("d", 86_400),
];

impl RateLimits {
    /// The limits, shortest window first.
    pub fn limits(&self) -> &[RateLimit] {
        &self.0
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        let limit = |requests, seconds| RateLimit { requests, seconds };
        Self(vec![
            limit(100, 60),
            limit(1_000, 3_600),
            limit(10_000, 86_400),
        ])
    }
}

impl FromStr for RateLimits {
    type Err = String;

    /// `100/min,1000/h,10000/day`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let limit = part.split_once('/').and_then(|(requests, window)| {
                let seconds = WINDOWS
                    .iter()
                    .find(|(name, _)| *name == window.trim())
                    .map(|(_, seconds)| *seconds)?;
                let requests = requests.trim().parse().ok().filter(|n| *n > 0)?;
                Some(RateLimit { requests, seconds })
            });
            limits.push(limit.ok_or_else(|| {
                format!("{part}: a limit is written as 100/min; windows are s, min, h and day")
            })?);
        }
        if limits.is_empty() {
            return Err("no limit is given; write 100/min,1000/h,10000/day".to_owned());
        }
        limits.sort_by_key(|limit: &RateLimit| limit.seconds);
        Ok(Self(limits))
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, limit) in self.0.iter().enumerate() {
            let name = WINDOWS
                .iter()
                .find(|(_, seconds)| *seconds == limit.seconds)
                .map_or("s", |(name, _)| name);
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{}/{name}", limit.requests)?;
        }
        Ok(())
    }
}

impl Serialize for RateLimits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn limits_are_read_and_written() {
        let limits: RateLimits = "10000/day, 100/min,1000/h".parse().unwrap();
        assert_eq!(limits, RateLimits::default());
        assert_eq!(limits.to_string(), "100/min,1000/h,10000/day");
        assert_eq!(limits.to_string().parse::<RateLimits>().unwrap(), limits);
        for wrong in ["", "x", "5", "0/min", "5/fortnight", "-1/min"] {
            assert!(wrong.parse::<RateLimits>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut settings = Settings::new("data".into());
        settings.jwt_secret = Some(Secret::new("hunter2"));
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(
            !serde_json::to_string(&settings)
                .unwrap()
                .contains("hunter2")
        );
    }
}
