//! A package's metadata as a lockfile keeps it, from a lockfile's entry, a `package.json`, or the registry's manifest.
//!
//! npm tidies manifests before it writes them down, and an entry is exact only if the same is done here: a text in
//! `bin` becomes an object, one in `funding` an object with `url`, a license object its `type`, and what is in
//! `optionalDependencies` is taken out of `dependencies`. Empty values are left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::specifier::Specifier;

/// The fields of a manifest that a lockfile repeats.
const KEPT: [&str; 16] = [
    "version",
    "dependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "optionalDependencies",
    "bundleDependencies",
    "acceptDependencies",
    "funding",
    "engines",
    "os",
    "cpu",
    "libc",
    "license",
    "bin",
    "deprecated",
    "workspaces",
];

/// Why one package needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Prod,
    Dev,
    Optional,
    Peer,
    PeerOptional,
    Workspace,
}

impl Kind {
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::Peer | Self::PeerOptional)
    }

    /// Whether it is one that a project has for itself, not as somebody's peer.
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Self::Prod | Self::Dev | Self::Optional)
    }

    pub(crate) fn is_optional(self) -> bool {
        matches!(self, Self::Optional | Self::PeerOptional)
    }
}

/// One need of a package.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) name: String,
    /// As written.
    pub(crate) text: String,
    pub(crate) specifier: Specifier,
    /// A second specifier that satisfies it as well (`acceptDependencies`).
    pub(crate) accept: Option<Specifier>,
    pub(crate) kind: Kind,
}

/// The metadata of a package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    /// What of it a lockfile holds.
    pub(crate) fields: Map<String, Value>,
    pub(crate) needs: Vec<Need>,
    /// Needs that only a project or a member of its workspace has.
    pub(crate) dev_needs: Vec<Need>,
    /// Names of packages that come with its archive.
    pub(crate) bundled: BTreeSet<String>,
    pub(crate) has_install_script: bool,
    pub(crate) has_shrinkwrap: bool,
}

impl Package {
    /// From an entry of a lockfile. `name` is that of the place where it is installed.
    pub(crate) fn from_entry(entry: &Map<String, Value>, name: &str) -> Self {
        let mut package = Self::from_manifest(entry);
        package.name.get_or_insert_with(|| name.to_owned());
        package
    }

    /// From a `package.json`, a registry's manifest, or an entry with a name of its own.
    pub(crate) fn from_manifest(manifest: &Map<String, Value>) -> Self {
        let mut manifest = manifest.clone();
        tidy(&mut manifest);
        let text = |key: &str| {
            manifest
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let mut fields = Map::new();
        for key in KEPT {
            if let Some(value) = manifest.get(key).and_then(|value| kept(key, value)) {
                fields.insert(key.to_owned(), value);
            }
        }
        if let Some(dev) = manifest
            .get("devDependencies")
            .filter(|dev| !matches!(dev, Value::Null | Value::Bool(false)))
        {
            fields.insert("devDependencies".to_owned(), dev.clone());
        }
        let script = manifest
            .get("scripts")
            .and_then(Value::as_object)
            .is_some_and(|scripts| {
                ["install", "preinstall", "postinstall"]
                    .iter()
                    .any(|name| scripts.get(*name).is_some_and(truthy))
            });
        let bundled = manifest
            .get("bundleDependencies")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        Self {
            name: text("name"),
            version: text("version"),
            needs: needs(&manifest),
            dev_needs: section(&manifest, "devDependencies", Kind::Dev),
            bundled,
            has_install_script: script || manifest.get("hasInstallScript").is_some_and(truthy),
            has_shrinkwrap: manifest.get("hasShrinkwrap").is_some_and(truthy)
                || manifest.get("_hasShrinkwrap").is_some_and(truthy),
            fields,
        }
    }
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    }
}

/// A field as a lockfile has it; none where it is left out.
fn kept(key: &str, value: &Value) -> Option<Value> {
    if !truthy(value) {
        return None;
    }
    if key == "license"
        && let Some(kind) = value.get("type").filter(|kind| truthy(kind))
    {
        return Some(kind.clone());
    }
    let is_empty = match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    (!is_empty).then(|| value.clone())
}

/// What npm does to every manifest that it reads.
fn tidy(manifest: &mut Map<String, Value>) {
    if let Some(bundled) = manifest.remove("bundledDependencies") {
        manifest.entry("bundleDependencies").or_insert(bundled);
    }
    let bundle = match manifest.get("bundleDependencies") {
        Some(Value::Bool(true)) => Some(keys(manifest.get("dependencies"))),
        Some(Value::Object(map)) => Some(keys(Some(&Value::Object(map.clone())))),
        Some(Value::Array(_)) | None => None,
        Some(_) => Some(Vec::new()),
    };
    if let Some(bundle) = bundle {
        manifest.insert("bundleDependencies".to_owned(), Value::Array(bundle));
    }
    let optional: Vec<String> = manifest
        .get("optionalDependencies")
        .and_then(Value::as_object)
        .map(|optional| optional.keys().cloned().collect())
        .unwrap_or_default();
    if !optional.is_empty()
        && let Some(Value::Object(dependencies)) = manifest.get_mut("dependencies")
    {
        for name in &optional {
            dependencies.shift_remove(name);
        }
        if dependencies.is_empty() {
            manifest.shift_remove("dependencies");
        }
    }
    if let Some(funding) = manifest.get_mut("funding") {
        tidy_funding(funding);
    }
    let name = manifest
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match manifest
        .shift_remove("bin")
        .and_then(|bin| tidy_bin(&name, &bin))
    {
        Some(bin) => manifest.insert("bin".to_owned(), Value::Object(bin)),
        None => None,
    };
}

fn keys(value: Option<&Value>) -> Vec<Value> {
    value
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().map(Value::String).collect())
        .unwrap_or_default()
}

fn tidy_funding(funding: &mut Value) {
    match funding {
        Value::String(url) => {
            let url = std::mem::take(url);
            *funding = serde_json::json!({ "url": url });
        }
        Value::Array(list) => {
            for one in list {
                if let Value::String(url) = one {
                    let url = std::mem::take(url);
                    *one = serde_json::json!({ "url": url });
                }
            }
        }
        _ => {}
    }
}

fn tidy_bin(name: &str, bin: &Value) -> Option<Map<String, Value>> {
    let given: Map<String, Value> = match bin {
        Value::String(path) if !path.is_empty() && !name.is_empty() => {
            Map::from_iter([(name.to_owned(), Value::String(path.clone()))])
        }
        Value::Array(paths) => paths
            .iter()
            .filter_map(Value::as_str)
            .map(|path| {
                let base = path.rsplit('/').next().unwrap_or(path);
                (base.to_owned(), Value::String(path.to_owned()))
            })
            .collect(),
        Value::Object(map) => map.clone(),
        _ => return None,
    };
    let mut tidied = Map::new();
    for (key, path) in given {
        let Some(path) = path.as_str() else { continue };
        let key = inside(&key);
        let base = key.rsplit('/').next().unwrap_or_default();
        let path = inside(path);
        if !base.is_empty() && !path.is_empty() {
            tidied.insert(base.to_owned(), Value::String(path));
        }
    }
    (!tidied.is_empty()).then_some(tidied)
}

/// A path without the parts that lead out of its package.
fn inside(path: &str) -> String {
    let path = path.replace(['\\', ':'], "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut inside = parts.join("/");
    // A trailing slash is kept, as path functions of Node.js keep it.
    if path.ends_with('/') && !inside.is_empty() {
        inside.push('/');
    }
    inside
}

/// The needs of an installed package, in the order in which npm reads them: a later one of a name takes the place of an
/// earlier one.
fn needs(manifest: &Map<String, Value>) -> Vec<Need> {
    let optional_peer = |name: &str| {
        manifest
            .get("peerDependenciesMeta")
            .and_then(|meta| meta.get(name)?.get("optional"))
            .is_some_and(truthy)
    };
    let (optional_peers, peers): (Vec<_>, Vec<_>) =
        section(manifest, "peerDependencies", Kind::Peer)
            .into_iter()
            .partition(|need| optional_peer(&need.name));
    let mut needs = peers;
    let later = optional_peers
        .into_iter()
        .map(|need| Need {
            kind: Kind::PeerOptional,
            ..need
        })
        .chain(section(manifest, "dependencies", Kind::Prod))
        .chain(section(manifest, "optionalDependencies", Kind::Optional));
    for need in later {
        add_need(&mut needs, need);
    }
    needs
}

/// Adds a need, in place of one of the same name.
pub(crate) fn add_need(needs: &mut Vec<Need>, need: Need) {
    needs.retain(|other| other.name != need.name);
    needs.push(need);
}

fn section(manifest: &Map<String, Value>, key: &str, kind: Kind) -> Vec<Need> {
    let accept = manifest.get("acceptDependencies");
    manifest
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, text)| {
            let text = text.as_str()?;
            Some(Need {
                name: name.clone(),
                text: text.to_owned(),
                specifier: Specifier::parse(text),
                accept: accept
                    .and_then(|accept| accept.get(name)?.as_str())
                    .map(Specifier::parse),
                kind,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::{Value, json};

    use super::{Kind, Package};

    fn package(manifest: &Value) -> Package {
        Package::from_manifest(manifest.as_object().unwrap())
    }

    #[test]
    fn tidied() {
        let package = package(&json!({
            "name": "@s/a", "version": "1.0.0", "bin": "./cli.js", "funding": ["https://a.example", {"url": "b"}],
            "license": {"type": "MIT", "url": "x"}, "engines": {}, "os": [], "deprecated": "",
            "dependencies": {"b": "1", "c": "2"}, "optionalDependencies": {"c": "^2"},
            "peerDependencies": {"d": "1", "e": "1"}, "peerDependenciesMeta": {"e": {"optional": true}},
            "scripts": {"postinstall": "x"}, "keywords": ["k"],
        }));
        assert_eq!(
            Value::Object(package.fields),
            json!({
                "version": "1.0.0",
                "dependencies": {"b": "1"},
                "peerDependencies": {"d": "1", "e": "1"},
                "peerDependenciesMeta": {"e": {"optional": true}},
                "optionalDependencies": {"c": "^2"},
                "funding": [{"url": "https://a.example"}, {"url": "b"}],
                "license": "MIT",
                "bin": {"a": "cli.js"},
            })
        );
        assert!(package.has_install_script);
        let kinds: Vec<_> = package
            .needs
            .iter()
            .map(|need| (need.name.as_str(), need.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("d", Kind::Peer),
                ("e", Kind::PeerOptional),
                ("b", Kind::Prod),
                ("c", Kind::Optional)
            ]
        );
    }

    #[test]
    fn hostile_values_are_passed_over() {
        let package = package(&json!({
            "name": 7, "version": {}, "bin": {"../../x": "../../../etc/passwd", "y": 1}, "dependencies": ["a"],
            "peerDependencies": {"a": 1}, "peerDependenciesMeta": null, "bundledDependencies": true,
        }));
        assert!(package.name.is_none() && package.needs.is_empty());
        assert_eq!(package.fields["bin"], json!({"x": "etc/passwd"}));
    }
}
