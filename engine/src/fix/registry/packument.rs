//! A registry's document on one package.
//!
//! Only what a lockfile needs is kept of each version: documents of popular packages have thousands of versions with
//! long texts. A version whose manifest is no object is passed over.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most versions of one package that are read; the largest real ones have some ten thousand.
const MOST_VERSIONS: usize = 50_000;

/// The parts of a manifest that are kept.
const KEPT: [&str; 21] = [
    "name",
    "version",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "bundleDependencies",
    "bundledDependencies",
    "acceptDependencies",
    "engines",
    "os",
    "cpu",
    "libc",
    "license",
    "funding",
    "bin",
    "deprecated",
    "hasInstallScript",
    "_hasShrinkwrap",
    "scripts",
    "dist",
];

/// The versions of a package.
#[derive(Clone, Debug, Default)]
pub struct Packument {
    /// Versions that have a name, such as `latest`.
    pub tags: BTreeMap<String, String>,
    /// Manifests by version, with the fields that a lockfile needs.
    pub versions: BTreeMap<String, Arc<Map<String, Value>>>,
}

impl Packument {
    /// Reads the registry's JSON, full or abbreviated.
    pub fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(bytes)?;
        Ok(Self {
            tags: document.tags.0,
            versions: document.versions.0,
        })
    }

    /// The hash of a version's archive, in the form of Subresource Integrity. Old packages have only a SHA-1 sum.
    pub fn integrity(manifest: &Map<String, Value>) -> Option<String> {
        let dist = manifest.get("dist")?;
        let text = |key: &str| {
            dist.get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty() && text.len() <= 1024)
        };
        if let Some(integrity) = text("integrity") {
            let is_plain = integrity.split(' ').all(|hash| {
                hash.split_once('-')
                    .is_some_and(|(kind, _)| kind.starts_with("sha"))
            });
            return is_plain.then(|| integrity.to_owned());
        }
        let sum = hex::decode(text("shasum")?).ok()?;
        Some(format!(
            "sha1-{}",
            base64::engine::general_purpose::STANDARD.encode(sum)
        ))
    }

    /// The address of a version's archive.
    pub fn archive(manifest: &Map<String, Value>) -> Option<&str> {
        manifest
            .get("dist")?
            .get("tarball")?
            .as_str()
            .filter(|address| address.starts_with("https://") || address.starts_with("http://"))
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Document {
    #[serde(rename = "dist-tags")]
    tags: Tags,
    versions: Versions,
}

#[derive(Default)]
struct Tags(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tags: Option<BTreeMap<String, Value>> = Deserialize::deserialize(deserializer)?;
        let texts = tags
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(tag, version)| {
                let version = version.as_str()?.to_owned();
                Some((tag, version))
            });
        Ok(Self(texts.collect()))
    }
}

#[derive(Default)]
struct Versions(BTreeMap<String, Arc<Map<String, Value>>>);

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Versions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of versions")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Versions, A::Error> {
                let mut versions = BTreeMap::new();
                while let Some((version, manifest)) = map.next_entry::<String, Manifest>()? {
                    if let Some(manifest) = manifest.0 {
                        versions.insert(version, Arc::new(manifest));
                    }
                    if versions.len() > MOST_VERSIONS {
                        return Err(serde::de::Error::custom(format!(
                            "more than {MOST_VERSIONS} versions"
                        )));
                    }
                }
                Ok(Versions(versions))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// A manifest, or nothing where another kind of value stands.
struct Manifest(Option<Map<String, Value>>);

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = Manifest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a manifest")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Manifest, A::Error> {
                let mut kept = Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    if KEPT.contains(&key.as_str()) {
                        kept.insert(key, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Manifest(Some(kept)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Manifest, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Manifest(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }

            fn visit_unit<E>(self) -> Result<Manifest, E> {
                Ok(Manifest(None))
            }
        }
        deserializer.deserialize_any(One)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Packument;

    #[test]
    fn hostile_documents() {
        let text = br#"{"dist-tags": {"latest": "1.0.0", "next": 7}, "readme": [[]], "versions": {
            "1.0.0": {"version": "1.0.0", "readme": "x", "dist": {"shasum": "00ff"}}, "2.0.0": null, "3.0.0": "x",
            "4.0.0": [1], "5.0.0": 1.5}}"#;
        let packument = Packument::from_json(text).unwrap();
        assert_eq!(packument.tags.len(), 1);
        assert_eq!(packument.versions.keys().collect::<Vec<_>>(), ["1.0.0"]);
        let manifest = &packument.versions["1.0.0"];
        assert!(!manifest.contains_key("readme"));
        assert_eq!(Packument::integrity(manifest).as_deref(), Some("sha1-AP8="));
        assert_eq!(Packument::archive(manifest), None);
        for broken in [
            &b"7"[..],
            b"{",
            br#"{"versions": []}"#,
            br#"{"dist-tags": []}"#,
        ] {
            assert!(Packument::from_json(broken).is_err());
        }
    }
}
