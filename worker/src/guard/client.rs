//! HTTP clients that connect only where the guard lets them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Guard, GuardError};

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// What the service calls itself.
const USER_AGENT: &str = concat!("cortex/", env!("CARGO_PKG_VERSION"));

/// Resolves for a client. Literal addresses are not resolved: [`Guard::check_url`] has judged those.
#[derive(Clone)]
struct Guarded(Guard);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            // The client puts its own port in.
            let found = guard.resolve(name.as_str(), 0).await?;
            let addresses: Addrs =
                Box::new(found.into_iter().map(|it| SocketAddr::new(it.ip(), 0)));
            Ok(addresses)
        })
    }
}

impl Guard {
    /// A client for addresses that [`Self::check_url`] has let pass. It connects to the addresses that were judged,
    /// follows no redirect and uses no proxy.
    pub fn client(&self) -> Result<reqwest::Client, GuardError> {
        reqwest::Client::builder()
            .dns_resolver(Arc::new(Guarded(self.clone())))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECTING)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| GuardError::Client(error.to_string()))
    }
}
