//! npm: names are case-sensitive (old packages have capitals), versions are `SemVer` as node-semver
//! orders them.

use std::borrow::Cow;

use super::{Ecosystem, VersionKey, semantic_version};

pub(super) struct Npm;

impl Ecosystem for Npm {
    fn name(&self) -> &'static str {
        "npm"
    }

    fn purl_type(&self) -> &'static str {
        "npm"
    }

    fn normalize<'a>(&self, name: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(name)
    }

    fn key(&self, version: &str) -> Option<VersionKey> {
        semantic_version::key(version)
    }

    fn preferred_ids(&self) -> &'static [&'static str] {
        &["GHSA-", "CVE-", "MAL-"]
    }
}
