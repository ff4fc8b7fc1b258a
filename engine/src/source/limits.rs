//! Bounds on what a git server may cost us.

use std::time::Duration;

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
