//! Package ecosystems: what a package is called and how its versions are ordered.
//!
//! An ecosystem is one file here and one entry of [`ALL`]. It answers with a [`VersionKey`]: bytes whose
//! plain byte order is the package manager's version order. The index stores such keys, so matching
//! compares bytes and never parses the versions of an advisory again.

mod crates_io;
mod npm;
mod semantic_version;

use std::borrow::Cow;

use crate::osv::RangeKind;

/// Every ecosystem whose versions can be ordered.
pub const ALL: [&dyn Ecosystem; 2] = [&npm::Npm, &crates_io::CratesIo];

/// The rules of one package ecosystem.
pub trait Ecosystem: Send + Sync {
    /// The name in OSV records and in addresses of an OSV bucket.
    fn name(&self) -> &'static str;

    /// The type in package URLs (`pkg:TYPE/…`).
    fn purl_type(&self) -> &'static str;

    /// The form of a name under which it is looked up, where several spellings mean one package.
    fn normalize<'a>(&self, name: &'a str) -> Cow<'a, str>;

    /// The key of a version, or none if the ecosystem could not order it.
    fn key(&self, version: &str) -> Option<VersionKey>;

    /// Whether [`key`](Self::key) gives the order that ranges of this kind ask for.
    fn orders(&self, kind: &RangeKind) -> bool {
        matches!(kind, RangeKind::Semver | RangeKind::Ecosystem)
    }

    /// The name of the package that a package URL with these parts means.
    fn purl_name(&self, namespace: Option<&str>, name: &str) -> String {
        match namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        }
    }

    /// Prefixes of advisory ids, the one that users of the ecosystem know best first. When several
    /// databases describe one vulnerability, the finding goes by the id that comes first here.
    fn preferred_ids(&self) -> &'static [&'static str];
}

/// The ecosystem with this OSV name.
///
/// ```
/// let npm = cortex_advisories::ecosystem::by_name("npm").unwrap();
/// assert!(npm.key("1.10.0") > npm.key("1.9.0"));
/// ```
pub fn by_name(name: &str) -> Option<&'static dyn Ecosystem> {
    ALL.into_iter().find(|ecosystem| ecosystem.name() == name)
}

/// The ecosystem with this package URL type.
pub fn by_purl_type(purl_type: &str) -> Option<&'static dyn Ecosystem> {
    ALL.into_iter()
        .find(|ecosystem| ecosystem.purl_type().eq_ignore_ascii_case(purl_type))
}

/// The position of an advisory id in the order of preference; see [`Ecosystem::preferred_ids`].
pub(crate) fn id_rank(ecosystem: &dyn Ecosystem, id: &str) -> usize {
    let prefixes = ecosystem.preferred_ids();
    prefixes
        .iter()
        .position(|prefix| id.starts_with(prefix))
        .unwrap_or(prefixes.len())
}

/// A version as bytes: comparing keys of one ecosystem compares the versions.
///
/// Versions that the ecosystem holds to be equal have equal keys (`1.0.0+a` and `1.0.0+b`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionKey(Vec<u8>);

impl VersionKey {
    /// The key before that of every version: OSV's `introduced: "0"`.
    pub const FIRST: Self = Self(Vec::new());

    /// The bytes, never empty but for [`FIRST`](Self::FIRST).
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a package URL means, in the words of OSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinates {
    /// OSV name of the ecosystem.
    pub ecosystem: &'static str,
    /// Name of the package.
    pub name: String,
    /// Version, if the URL has one.
    pub version: Option<String>,
}

impl Coordinates {
    /// Reads a package URL. None if it is malformed or of an ecosystem that is not in [`ALL`].
    ///
    /// ```
    /// use cortex_advisories::ecosystem::Coordinates;
    /// let it = Coordinates::from_purl("pkg:npm/%40babel/core@7.0.0").unwrap();
    /// assert_eq!((it.ecosystem, it.name.as_str()), ("npm", "@babel/core"));
    /// ```
    pub fn from_purl(purl: &str) -> Option<Self> {
        let purl: packageurl::PackageUrl<'_> = purl.parse().ok()?;
        let ecosystem = by_purl_type(purl.ty())?;
        Some(Self {
            ecosystem: ecosystem.name(),
            name: ecosystem.purl_name(purl.namespace(), purl.name()),
            version: purl.version().map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    #[test]
    fn the_registry_is_consistent() {
        for ecosystem in ALL {
            let name = ecosystem.name();
            assert_eq!(by_name(name).unwrap().name(), name, "names are unique");
            assert_eq!(
                by_purl_type(ecosystem.purl_type()).unwrap().name(),
                name,
                "purl types are unique"
            );
            assert!(!ecosystem.preferred_ids().is_empty());
            assert!(ecosystem.key("1.2.3").unwrap() > VersionKey::FIRST);
            assert_eq!(ecosystem.key(""), None);
            let normal = ecosystem.normalize("Some_Name-x").into_owned();
            assert_eq!(ecosystem.normalize(&normal), normal, "idempotent");
            let at = Coordinates::from_purl(&format!("pkg:{}/a@1.0.0", ecosystem.purl_type()));
            assert_eq!(at.unwrap().ecosystem, name);
        }
        assert!(by_name("NPM").is_none() && by_name("").is_none());
    }

    #[test]
    fn package_urls_that_mean_nothing_are_none() {
        for purl in ["", "npm/a", "pkg:npm", "pkg:deb/debian/curl@1"] {
            assert_eq!(Coordinates::from_purl(purl), None, "{purl}");
        }
    }
}
