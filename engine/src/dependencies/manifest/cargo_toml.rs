//! `Cargo.toml` of a workspace's members: what they need, and what of it is for development only.
//!
//! Optional dependencies count as needed, since features that a lockfile does not tell may turn them on; build
//! dependencies do too, since what they do goes into what is built.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::dependencies::ProjectFiles;
use crate::dependencies::package::Scope;

/// Most manifests that are read for one lockfile.
const MOST_MANIFESTS: usize = 20_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    package: Option<RawPackage>,
    workspace: Option<RawWorkspace>,
    #[serde(flatten)]
    tables: Tables,
    target: BTreeMap<String, Tables>,
}

#[derive(Debug, Deserialize)]
struct RawPackage {
    name: String,
    version: Option<Inherited<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawWorkspace {
    dependencies: BTreeMap<String, Dependency>,
}

/// A value, or `{ workspace = true }`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Inherited<T> {
    Own(T),
    Workspace(IgnoredAny),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tables {
    dependencies: BTreeMap<String, Dependency>,
    #[serde(rename = "dev-dependencies", alias = "dev_dependencies")]
    dev: BTreeMap<String, Dependency>,
    #[serde(rename = "build-dependencies", alias = "build_dependencies")]
    build: BTreeMap<String, Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Dependency {
    Version(String),
    Table {
        #[serde(default)]
        version: Option<String>,
        #[serde(default)]
        package: Option<String>,
        #[serde(default)]
        workspace: bool,
    },
    Other(IgnoredAny),
}

/// A requirement of a member.
#[derive(Clone, Debug)]
struct Need {
    version: Option<VersionReq>,
    scope: Scope,
}

impl Need {
    fn is_met_by(&self, version: Option<&Version>) -> bool {
        match (&self.version, version) {
            (Some(wanted), Some(version)) => wanted.matches(version),
            _ => true,
        }
    }
}

/// One `Cargo.toml` with a package.
#[derive(Clone, Debug)]
pub(in crate::dependencies) struct Manifest {
    /// The package's name.
    pub(in crate::dependencies) name: String,
    /// Its folder, relative to the lockfile's; empty for that one itself.
    pub(in crate::dependencies) folder: String,
    /// Its version, where the manifest itself says it.
    pub(in crate::dependencies) version: Option<String>,
    /// What it needs, by real name.
    needs: BTreeMap<String, Vec<Need>>,
}

impl Manifest {
    /// What the member needs a package for. What the manifest does not tell is taken as needed.
    pub(in crate::dependencies) fn scope(&self, name: &str, version: &str) -> Scope {
        let version = Version::parse(version).ok();
        let needs = self.needs.get(name).map(Vec::as_slice).unwrap_or_default();
        let met = needs.iter().filter(|need| need.is_met_by(version.as_ref()));
        met.map(|need| need.scope).max().unwrap_or(Scope::Prod)
    }

    fn new(folder: &str, raw: Raw, inherited: &BTreeMap<String, Dependency>) -> Option<Self> {
        let package = raw.package?;
        let mut needs: BTreeMap<String, Vec<Need>> = BTreeMap::new();
        for tables in std::iter::once(raw.tables).chain(raw.target.into_values()) {
            for (table, scope) in [
                (tables.dependencies, Scope::Prod),
                (tables.build, Scope::Prod),
                (tables.dev, Scope::Dev),
            ] {
                for (key, dependency) in table {
                    let (name, version) = requirement(key, dependency, inherited);
                    let version = version.and_then(|version| VersionReq::parse(&version).ok());
                    needs.entry(name).or_default().push(Need { version, scope });
                }
            }
        }
        let version = match package.version {
            Some(Inherited::Own(version)) => Some(version),
            _ => None,
        };
        Some(Self {
            name: package.name,
            folder: folder.to_owned(),
            version,
            needs,
        })
    }
}

/// The real name of a dependency and the version it asks for.
fn requirement(
    key: String,
    dependency: Dependency,
    inherited: &BTreeMap<String, Dependency>,
) -> (String, Option<String>) {
    let dependency = match dependency {
        Dependency::Table {
            workspace: true, ..
        } => inherited.get(&key).cloned(),
        own => Some(own),
    };
    match dependency {
        Some(Dependency::Version(version)) => (key, Some(version)),
        Some(Dependency::Table {
            version, package, ..
        }) => (package.unwrap_or(key), version),
        Some(Dependency::Other(_)) | None => (key, None),
    }
}

/// The manifests in and below the folder of a lockfile, those nearest to it first. Members of a workspace elsewhere and
/// folders outside are not found.
pub(in crate::dependencies) fn project(folder: &str, files: &dyn ProjectFiles) -> Vec<Manifest> {
    let mut found: Vec<(&str, &String)> = files
        .paths()
        .iter()
        .filter_map(|path| {
            let below = match folder {
                "" => path.as_str(),
                folder => path.strip_prefix(folder)?.strip_prefix('/')?,
            };
            let member = below.strip_suffix("Cargo.toml")?;
            (member.is_empty() || member.ends_with('/'))
                .then_some((member.trim_end_matches('/'), path))
        })
        .collect();
    found.sort_by_key(|(member, _)| (member.matches('/').count(), *member));
    found.truncate(MOST_MANIFESTS);
    let mut inherited = BTreeMap::new();
    let mut manifests = Vec::new();
    for (member, path) in found {
        let Some(bytes) = files.read(path) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            continue;
        };
        let Ok(mut raw) = toml::from_str::<Raw>(text) else {
            continue;
        };
        if member.is_empty() {
            inherited = raw
                .workspace
                .take()
                .map(|workspace| workspace.dependencies)
                .unwrap_or_default();
        }
        manifests.extend(Manifest::new(member, raw, &inherited));
    }
    manifests
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::{Manifest, Raw, Scope};

    #[test]
    fn scopes() {
        let workspace: Raw = toml::from_str(
            "[workspace.dependencies]\nlog-new = { package = \"log\", version = \"0.4\" }\n",
        )
        .unwrap();
        let raw: Raw = toml::from_str(
            r#"
            [package]
            name = "m"
            version.workspace = true
            [dependencies]
            rand = "0.8"
            odd = 1
            [dev-dependencies]
            old-rand = { package = "rand", version = "0.7" }
            log-new.workspace = true
            both = "1"
            [target.'cfg(unix)'.dev-dependencies]
            nix = { path = "../nix" }
            [build-dependencies]
            cc = "1"
            [target.x86_64-pc-windows-msvc.dependencies]
            both = "1"
            "#,
        )
        .unwrap();
        let manifest = Manifest::new("m", raw, &workspace.workspace.unwrap().dependencies).unwrap();
        for (name, version, scope) in [
            ("rand", "0.8.5", Scope::Prod),
            ("rand", "0.7.3", Scope::Dev),
            ("log", "0.4.22", Scope::Dev),
            ("nix", "0.1.0", Scope::Dev),
            ("cc", "1.0.0", Scope::Prod),
            ("both", "1.0.0", Scope::Prod),
            ("unknown", "1.0.0", Scope::Prod),
            ("odd", "1.0.0", Scope::Prod),
        ] {
            assert_eq!(manifest.scope(name, version), scope, "{name}");
        }
        assert_eq!(manifest.version, None);
    }
}
