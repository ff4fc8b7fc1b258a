//! Who asks: the tenant, the name that stands in histories, and what it may do.

use crate::error::ServiceError;
use crate::settings::RateLimits;

/// Scopes that a token may have: `admin` holds all of them.
pub const SCOPES: [&str; 19] = [
    "admin",
    "scans:read",
    "scans:write",
    "repositories:read",
    "repositories:write",
    "findings:read",
    "findings:write",
    "webhooks:read",
    "webhooks:write",
    "policies:read",
    "policies:write",
    "fixes:write",
    "tokens:read",
    "tokens:write",
    "alerts:read",
    "alerts:write",
    "cases:read",
    "cases:write",
    "agents:write",
];

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their tenant.
    pub tenant_id: String,
    /// `token:NAME`, `user:SUBJECT`, or `system`.
    pub actor: String,
    /// What they may do.
    pub scopes: Vec<String>,
    /// What their requests are counted under.
    pub counter: String,
    /// Limits of their own.
    pub rate_limits: Option<RateLimits>,
}

impl Caller {
    /// The service itself, acting for a tenant.
    pub fn system(tenant_id: &str) -> Self {
        Self {
            tenant_id: tenant_id.to_owned(),
            actor: "system".to_owned(),
            scopes: vec!["admin".to_owned()],
            counter: String::new(),
            rate_limits: None,
        }
    }

    /// Whether they may: `admin`, the scope itself, or for reading the right to write the same.
    pub fn may(&self, scope: &str) -> bool {
        let writing = scope
            .strip_suffix(":read")
            .map(|what| format!("{what}:write"));
        self.scopes
            .iter()
            .any(|own| own == "admin" || own == scope || Some(own) == writing.as_ref())
    }

    /// An error unless they may.
    pub fn needs(&self, scope: &str) -> Result<(), ServiceError> {
        if self.may(scope) {
            Ok(())
        } else {
            Err(ServiceError::Forbidden(scope.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_itself_and_writing_allows_reading() {
        let mut caller = Caller::system("t");
        caller.scopes = vec!["scans:write".to_owned()];
        assert!(caller.may("scans:write") && caller.may("scans:read"));
        assert!(!caller.may("findings:read") && caller.needs("admin").is_err());
        caller.scopes = vec!["scans:read".to_owned()];
        assert!(caller.may("scans:read") && !caller.may("scans:write"));
        caller.scopes = vec!["admin".to_owned()];
        assert!(caller.may("anything"));
    }
}
