//! The registry that npm's configuration names, over HTTP.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION};

use super::npmrc::NpmConfig;
use super::{Packument, Registry, RegistryError};

/// Requests at the same time.
const AT_ONCE: usize = 8;
/// Tries of a request that fails for a reason that may pass.
const TRIES: u32 = 3;

/// How much is asked of a registry at most.
#[derive(Clone, Copy, Debug)]
pub struct RegistryLimits {
    /// For one request.
    pub request: Duration,
    /// For all together.
    pub total: Duration,
    /// Bytes of one document, unpacked.
    pub document: u64,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            request: Duration::from_mins(1),
            total: Duration::from_mins(10),
            // The largest of today's public documents have some 30 MB.
            document: 200 << 20,
        }
    }
}

/// Asks the registry that npm's own configuration names, and keeps the answers.
#[derive(Debug)]
pub struct NpmRegistry {
    config: NpmConfig,
    client: Client,
    limits: RegistryLimits,
    until: Instant,
    known: Mutex<HashMap<String, Result<Arc<Packument>, RegistryError>>>,
}

impl NpmRegistry {
    /// With the configuration of the user that runs this program. Where that names no registry, npm itself is asked for
    /// its default, if it is installed.
    pub fn from_environment() -> Result<Self, RegistryError> {
        let mut config = NpmConfig::from_environment()?;
        if config.registry("").is_none()
            && let Some(default) = default_of_npm()
        {
            config.set_default_registry(&default);
        }
        Self::new(config, RegistryLimits::default())
    }

    /// With a configuration.
    pub fn new(config: NpmConfig, limits: RegistryLimits) -> Result<Self, RegistryError> {
        let client = Client::builder()
            .user_agent(concat!("cortex/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(15))
            .timeout(limits.request)
            .build()
            .map_err(|error| RegistryError::Configuration {
                path: "the HTTP client".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            config,
            client,
            limits,
            until: Instant::now() + limits.total,
            known: Mutex::default(),
        })
    }

    fn known(&self, name: &str) -> Option<Result<Arc<Packument>, RegistryError>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).cloned()
    }

    fn ask(&self, name: &str) -> Result<Arc<Packument>, RegistryError> {
        let failed = |reason: String| RegistryError::Answer {
            name: name.to_owned(),
            reason,
        };
        if !is_name(name) {
            return Err(RegistryError::Name {
                name: name.to_owned(),
            });
        }
        let base = self
            .config
            .registry(name)
            .ok_or(RegistryError::NotConfigured)??;
        let address = base
            .join(&name.replace('/', "%2f"))
            .map_err(|error| failed(error.to_string()))?;
        let mut last = String::new();
        for attempt in 0..TRIES {
            if Instant::now() > self.until {
                return Err(failed("the time for all questions is up".to_owned()));
            }
            if attempt > 0 {
                std::thread::sleep(Duration::from_millis(250) * 4_u32.pow(attempt - 1));
            }
            let mut request = self
                .client
                .get(address.clone())
                .header(ACCEPT, "application/json");
            if let Some(value) = self.config.authorization(&base) {
                request = request.header(AUTHORIZATION, value);
            }
            // An error of the client names the address, which may hold credentials.
            let answer = match request.send() {
                Ok(answer) => answer,
                Err(error) => {
                    last = error.without_url().to_string();
                    continue;
                }
            };
            let status = answer.status();
            match status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => {
                    return Err(RegistryError::NoSuchPackage {
                        name: name.to_owned(),
                    });
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(RegistryError::Denied {
                        name: name.to_owned(),
                        status: status.as_u16(),
                    });
                }
                other => {
                    last = format!("the registry answered {}", other.as_u16());
                    if other.is_server_error() || other == StatusCode::TOO_MANY_REQUESTS {
                        continue;
                    }
                    break;
                }
            }
            let mut bytes = Vec::new();
            match answer
                .take(self.limits.document + 1)
                .read_to_end(&mut bytes)
            {
                Ok(_) if bytes.len() as u64 > self.limits.document => {
                    return Err(failed(format!("more than {} bytes", self.limits.document)));
                }
                Ok(_) => {}
                Err(error) => {
                    last = error.to_string();
                    continue;
                }
            }
            return Packument::from_json(&bytes)
                .map(Arc::new)
                .map_err(|error| failed(format!("not a package's document: {error}")));
        }
        Err(failed(last))
    }
}

impl Registry for NpmRegistry {
    fn packument(&self, name: &str) -> Result<Arc<Packument>, RegistryError> {
        if let Some(known) = self.known(name) {
            return known;
        }
        let answer = self.ask(name);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), answer.clone());
        answer
    }

    fn prefetch(&self, names: &[String]) {
        let names: Vec<&String> = names
            .iter()
            .filter(|name| self.known(name).is_none())
            .collect();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(names.len()) {
                scope.spawn(|| {
                    while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let _ = self.packument(name);
                    }
                });
            }
        });
    }

    fn omits_resolved(&self) -> bool {
        self.config.omits_resolved()
    }
}

/// A name that a registry can have: what would change the path of the request is none.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.~!'()*".contains(c))
    };
    name.len() <= 214
        && match name.strip_prefix('@') {
            Some(rest) => rest
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(name),
        }
}

/// What npm takes where nothing is configured. Asked away from any project, whose files would have a say otherwise.
fn default_of_npm() -> Option<String> {
    let output = std::process::Command::new("npm")
        .args(["config", "get", "registry", "--no-workspaces"])
        .current_dir(std::env::temp_dir())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let address = text.trim();
    (output.status.success() && address.starts_with("http")).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names() {
        for name in ["a", "@s/a", "JSONStream", "lodash.merge", "a~b"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", "..", "@s", "@s/", "a/b", "../a", "a?b", "a#b", "a%2fb", "@s/../x", "a b", ".x",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
