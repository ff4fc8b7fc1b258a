//! The guard: which addresses the service may connect to on a stranger's behalf.
//!
//! Clone addresses, webhooks and forges are named by users, and by servers that redirect. None of them may lead into the
//! network that the service stands in. An address is judged as text first (scheme, spelling, literal IPs), and its name
//! is resolved once, where the connection is made: what is connected to is the address that was judged, so a name that
//! changes its answer in between gains nothing.

mod address;
mod allow;
mod client;
mod proxy;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

pub use self::address::is_public;
pub use self::allow::AllowHosts;
pub use self::proxy::{CloneTarget, GuardProxy};

/// How long a name may take to resolve.
const RESOLVING: Duration = Duration::from_secs(5);

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlKind {
    /// A receiver of events: http or https.
    Webhook,
    /// A repository: https, ssh, git, or `user@host:path`; http on exempt hosts.
    Git,
    /// The API of a forge: https; http on exempt hosts.
    Forge,
}

/// An address that is not connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// It is no address.
    #[error("not an address: {0}")]
    Malformed(String),
    /// Its scheme is not one of those.
    #[error("the scheme must be {0}")]
    Scheme(&'static str),
    /// It holds a password.
    #[error("an address must not hold credentials")]
    Credentials,
    /// It leads into a private network.
    #[error("{0} is not a public address; the operator can exempt a host with CORTEX_ALLOW_HOSTS")]
    Private(String),
    /// Its name has no address.
    #[error("{0} cannot be resolved")]
    Unresolved(String),
    /// A client for it could not be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}

/// How names are resolved: the system's way, or a test's.
pub trait Resolver: Send + Sync + std::fmt::Debug {
    /// The addresses of a name.
    fn resolve(
        &self,
        host: String,
    ) -> futures::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        host: String,
    ) -> futures::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Judges addresses. Clones judge alike.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<AllowHosts>,
    resolver: Arc<dyn Resolver>,
}

impl Guard {
    /// With the hosts that the operator exempts.
    pub fn new(allowed: AllowHosts) -> Self {
        Self::with_resolver(allowed, Arc::new(SystemResolver))
    }

    /// With another way to resolve names.
    pub fn with_resolver(allowed: AllowHosts, resolver: Arc<dyn Resolver>) -> Self {
        Self {
            allowed: Arc::new(allowed),
            resolver,
        }
    }

    /// Judges an address as text. Names are not resolved here: that is done where the connection is made.
    pub fn check_url(&self, text: &str, kind: UrlKind) -> Result<Url, GuardError> {
        let malformed = |reason: &str| GuardError::Malformed(reason.to_owned());
        if text.is_empty() || text.starts_with('-') {
            return Err(malformed("it is empty, or an option"));
        }
        // Encoded line ends would reach credential helpers and headers.
        let lower = text.to_ascii_lowercase();
        let hidden = ["%00", "%0a", "%0d"];
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
            || hidden.iter().any(|code| lower.contains(code))
        {
            return Err(malformed(
                "it holds spaces, backslashes or control characters",
            ));
        }
        let url = if kind == UrlKind::Git && !text.contains("://") {
            scp(text).ok_or_else(|| malformed("neither scheme://host/path nor user@host:path"))?
        } else {
            Url::parse(text).map_err(|error| GuardError::Malformed(error.to_string()))?
        };
        let host = url.host().map(|host| host.to_owned());
        let Some(host) = host.filter(|host| host.to_string() != "") else {
            return Err(malformed("it names no host"));
        };
        let port = url.port_or_known_default();
        let exempt = self.allowed.allows(&host.to_string(), port);
        let (schemes, words): (&[&str], _) = match (kind, exempt) {
            (UrlKind::Webhook, _) => (&["https", "http"], "https or http"),
            (UrlKind::Git, true) => (&["https", "ssh", "git", "http"], "https, ssh, git or http"),
            (UrlKind::Git, false) => (&["https", "ssh", "git"], "https, ssh or git"),
            (UrlKind::Forge, true) => (&["https", "http"], "https or http"),
            (UrlKind::Forge, false) => (&["https"], "https"),
        };
        if !schemes.contains(&url.scheme()) {
            return Err(GuardError::Scheme(words));
        }
        let user_is_place = kind == UrlKind::Git && url.scheme() == "ssh";
        if url.password().is_some() || !user_is_place && !url.username().is_empty() {
            return Err(GuardError::Credentials);
        }
        if !exempt {
            self.judge_host(&host)?;
        }
        Ok(url)
    }

    /// Refuses literal private addresses and names that always mean this machine.
    #[allow(clippy::unused_self, reason = "reads as a question to the guard")]
    fn judge_host(&self, host: &Host) -> Result<(), GuardError> {
        let literal = match host {
            // The hosts of ssh:// and git:// are not parsed further by the URL standard.
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                if name == "localhost" || name.ends_with(".localhost") || name.is_empty() {
                    return Err(GuardError::Private(name));
                }
                match Host::parse(&name) {
                    Ok(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
                    Ok(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
                    Ok(Host::Domain(_)) => None,
                    Err(error) => return Err(GuardError::Malformed(error.to_string())),
                }
            }
            Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
        };
        match literal {
            Some(ip) if !is_public(ip) => Err(GuardError::Private(ip.to_string())),
            _ => Ok(()),
        }
    }

    /// The addresses to connect to for a host: all of them public, or the host exempt. One private answer among several
    /// refuses them all.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, GuardError> {
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .trim_end_matches('.')
            .to_owned();
        let exempt = self.allowed.allows(&bare, Some(port));
        let addresses = if let Ok(literal) = bare.parse::<IpAddr>() {
            vec![literal]
        } else {
            let parsed =
                Host::parse(&bare).map_err(|error| GuardError::Malformed(error.to_string()))?;
            if !exempt {
                self.judge_host(&parsed)?;
            }
            match parsed {
                Host::Ipv4(ip) => vec![IpAddr::V4(ip)],
                Host::Ipv6(ip) => vec![IpAddr::V6(ip)],
                Host::Domain(name) => tokio::time::timeout(RESOLVING, self.resolver.resolve(name))
                    .await
                    .ok()
                    .and_then(Result::ok)
                    .ok_or_else(|| GuardError::Unresolved(bare.clone()))?,
            }
        };
        if addresses.is_empty() {
            return Err(GuardError::Unresolved(bare));
        }
        if !exempt && addresses.iter().any(|address| !is_public(*address)) {
            return Err(GuardError::Private(bare));
        }
        Ok(addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }
}

/// `user@host:path` as `ssh://user@host/path`.
fn scp(text: &str) -> Option<Url> {
    let (place, path) = text.split_once(':')?;
    let (user, host) = place.split_once('@')?;
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    };
    if !plain(user) || !plain(host) || path.is_empty() || path.starts_with([':', '-']) {
        return None;
    }
    Url::parse(&format!(
        "ssh://{user}@{host}/{}",
        path.trim_start_matches('/')
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    fn guard(allowed: &str) -> Guard {
        Guard::new(allowed.parse().unwrap())
    }

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        for text in [
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://2130706433/x",
            "https://0x7f000001/x",
            "https://0177.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://[::ffff:7f00:1]/x",
            "https://localhost/x",
            "https://LOCALHOST./x",
            "https://a.localhost/x",
            "https://169.254.169.254/latest",
            "https://10.0.0.1/x",
            "https://[fe80::1]/x",
            "https://0/x",
            "https://127.0.0.1./x",
            "https://１２７.0.0.1/x",
        ] {
            let private =
                |kind| matches!(guard("").check_url(text, kind), Err(GuardError::Private(_)));
            assert!(
                private(UrlKind::Webhook) && private(UrlKind::Git) && private(UrlKind::Forge),
                "{text}"
            );
        }
        for text in [
            "ssh://git@127.0.0.1/x",
            "git://2130706433/x",
            "git@localhost:x/y",
            "git://[::1]/x",
            "ssh://git@0x7f.1/x",
        ] {
            assert!(guard("").check_url(text, UrlKind::Git).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_schemes_of_each_kind_pass() {
        let ok = |text: &str, kind| guard("forge.test").check_url(text, kind).is_ok();
        assert!(ok("https://example.org/a/b.git", UrlKind::Git));
        assert!(ok("ssh://git@example.org/a/b", UrlKind::Git));
        assert!(ok("git@example.org:a/b.git", UrlKind::Git));
        assert!(ok("git://example.org/a", UrlKind::Git));
        assert!(
            !ok("http://example.org/a", UrlKind::Git) && ok("http://forge.test/a", UrlKind::Git)
        );
        assert!(
            !ok("http://example.org/a", UrlKind::Forge)
                && ok("http://forge.test/a", UrlKind::Forge)
        );
        assert!(ok("http://example.org/a", UrlKind::Webhook));
        for text in [
            "/etc",
            "file:///etc",
            "--upload-pack=touch x",
            "ext::sh -c id",
            "",
            "ftp://example.org/a",
            "https://",
            "https://u:p@example.org/a",
            "https://u@example.org/a",
            "https://example.org/%0aHost:x",
            "https://example.org\\@127.0.0.1/",
            "-oProxyCommand=x@h:y",
            "javascript:alert(1)",
        ] {
            for kind in [UrlKind::Git, UrlKind::Webhook, UrlKind::Forge] {
                assert!(guard("").check_url(text, kind).is_err(), "{text} {kind:?}");
            }
        }
    }

    #[derive(Debug)]
    struct Rebinding(AtomicUsize);

    impl Resolver for Rebinding {
        fn resolve(
            &self,
            host: String,
        ) -> futures::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
            let call = self.0.fetch_add(1, Ordering::Relaxed);
            let answer = match host.as_str() {
                "inside.test" => vec!["127.0.0.1"],
                "mixed.test" => vec!["8.8.8.8", "10.0.0.1"],
                _ if call == 0 => vec!["8.8.8.8"],
                _ => vec!["127.0.0.1"],
            };
            Box::pin(async move {
                Ok(answer
                    .into_iter()
                    .map(|text| text.parse().unwrap())
                    .collect())
            })
        }
    }

    #[tokio::test]
    async fn names_are_judged_by_all_their_addresses_each_time() {
        let guard = Guard::with_resolver(
            "exempt.test".parse().unwrap(),
            Arc::new(Rebinding(AtomicUsize::new(0))),
        );
        let first = guard.resolve("rebinding.test", 443).await.unwrap();
        assert_eq!(first, ["8.8.8.8:443".parse::<SocketAddr>().unwrap()]);
        for host in [
            "rebinding.test",
            "inside.test",
            "mixed.test",
            "127.0.0.1",
            "[::1]",
            "0x7f.1",
        ] {
            assert!(
                matches!(guard.resolve(host, 443).await, Err(GuardError::Private(_))),
                "{host}"
            );
        }
        assert!(guard.resolve("exempt.test", 80).await.is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,60}", host in "[0-9a-fx.:\\[\\]]{1,20}") {
            for kind in [UrlKind::Git, UrlKind::Webhook, UrlKind::Forge] {
                let _ = guard("").check_url(&text, kind);
                if let Ok(url) = guard("").check_url(&format!("https://{host}/"), kind)
                    && let Some(Host::Ipv4(ip)) = url.host()
                {
                    prop_assert!(is_public(IpAddr::V4(ip)));
                }
            }
        }
    }
}
