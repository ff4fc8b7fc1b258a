//! crates.io: versions are `SemVer`. Two crates cannot differ only in case or in `-` against `_`, so
//! such spellings are one package here.

use std::borrow::Cow;

use super::{Ecosystem, VersionKey, semantic_version};

pub(super) struct CratesIo;

impl Ecosystem for CratesIo {
    fn name(&self) -> &'static str {
        "crates.io"
    }

    fn purl_type(&self) -> &'static str {
        "cargo"
    }

    fn normalize<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if name.bytes().any(|b| b.is_ascii_uppercase() || b == b'_') {
            Cow::Owned(name.to_ascii_lowercase().replace('_', "-"))
        } else {
            Cow::Borrowed(name)
        }
    }

    fn key(&self, version: &str) -> Option<VersionKey> {
        semantic_version::key(version)
    }

    /// The ids of the ecosystem's own database lead, as in cargo's own tools.
    fn preferred_ids(&self) -> &'static [&'static str] {
        &["RUSTSEC-", "GHSA-", "CVE-"]
    }
}
