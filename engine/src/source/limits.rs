//! Bounds on what a git server may cost us, and how it is reached.

use std::time::Duration;

use super::Credentials;

/// How a repository is cloned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloneOptions {
    /// Bounds.
    pub limits: CloneLimits,
    /// What may be shown to the server.
    pub credentials: Credentials,
    /// Address of the HTTP proxy to use, which may hold its password; `None` for what git's own configuration and the
    /// environment say.
    pub proxy: Option<String>,
}

/// Bounds of a clone. Each has an error of its own in [`super::CloneFailure`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneLimits {
    /// From the first byte sent to the last object stored.
    pub time: Duration,
    /// Without a sign of life of the server.
    pub stall: Duration,
    /// Received over the network.
    pub bytes: u64,
    /// Git objects.
    pub objects: u64,
}

impl Default for CloneLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_mins(10),
            // git's own servers send a keep-alive every 5 s while they think.
            stall: Duration::from_secs(8),
            bytes: 2 << 30,
            objects: 2_000_000,
        }
    }
}
