//! `pnpm-lock.yaml`, versions 5 to 9.
//!
//! The key of a package is `/name/1.0.0_peers` in version 5, `/name@1.0.0(peers)` in version 6, and `name@1.0.0` in
//! version 9, which moves what a package needs to `snapshots`, one for each set of peers. A package that is there with
//! several sets of peers is one package.

use std::collections::HashMap;

use super::{Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, npm_source};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::package::{PackageSource, Scope};
use crate::yaml::{self, Value};

pub(super) struct PnpmLock;

const SECTIONS: [(&str, Scope); 3] = [
    ("dependencies", Scope::Prod),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
];

impl LockfileFormat for PnpmLock {
    fn name(&self) -> &'static str {
        "pnpm-lock.yaml"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn parse(
        &self,
        path: &str,
        text: &str,
        _: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError> {
        let document = yaml::parse(text)
            .map_err(|error| LockfileError::new(path, Some(error.place.line), error.message))?;
        let Some(version) = document.get("lockfileVersion").and_then(Value::as_str) else {
            return Err(LockfileError::new(
                path,
                Some(1),
                "there is no `lockfileVersion`",
            ));
        };
        let mut graph = Graph::default();
        let mut by_key: HashMap<String, Id> = HashMap::new();
        let packages = mapping(&document, "packages");
        let snapshots = mapping(&document, "snapshots");
        if packages.len() > MOST_PACKAGES {
            return Err(LockfileError::new(
                path,
                None,
                "more packages than a lockfile has",
            ));
        }
        let mut keys: Vec<(&str, Option<Id>, &Value)> = Vec::new();
        for (key, value) in packages {
            let Some(text) = key.as_str() else { continue };
            let id = package(&mut graph, &mut by_key, text, value, key.place.line);
            keys.push((text, Some(id), value));
        }
        for (key, value) in snapshots {
            let Some(text) = key.as_str() else { continue };
            let id = by_key.get(&normal(text)).copied();
            keys.push((text, id, value));
        }
        for (_, id, value) in &keys {
            let Some(from) = id else { continue };
            for (section, scope) in [SECTIONS[0], SECTIONS[1]] {
                for (name, reference) in mapping(value, section) {
                    if let (Some(name), Some(reference)) = (name.as_str(), reference.as_str())
                        && let Some(to) = find(&by_key, name, reference)
                    {
                        graph.edge(*from, to, scope);
                    }
                }
            }
        }
        let importers = mapping(&document, "importers");
        if importers.is_empty() {
            importer(&mut graph, &by_key, &document);
        }
        for (_, value) in importers {
            importer(&mut graph, &by_key, value);
        }
        Ok(Lockfile {
            kind: format!("pnpm-lock.yaml v{version}"),
            ecosystem: self.ecosystem(),
            packages: graph.finish(self.ecosystem()),
            warnings: Vec::new(),
        })
    }
}

fn mapping<'v>(value: &'v Value, key: &str) -> &'v [(Value, Value)] {
    value
        .get(key)
        .and_then(Value::as_mapping)
        .unwrap_or_default()
}

/// What the project or a member of its workspace names. A reference is text, or below `version`.
fn importer(graph: &mut Graph, by_key: &HashMap<String, Id>, value: &Value) {
    for (section, scope) in SECTIONS {
        for (name, reference) in mapping(value, section) {
            let reference = reference
                .as_str()
                .or_else(|| reference.get("version").and_then(Value::as_str));
            if let (Some(name), Some(reference)) = (name.as_str(), reference)
                && let Some(to) = find(by_key, name, reference)
            {
                graph.direct(to, scope);
            }
        }
    }
}

/// A key without peers and without the leading slash: `name@version`.
fn normal(key: &str) -> String {
    let key = key.strip_prefix('/').unwrap_or(key);
    let key = key.split('(').next().unwrap_or(key);
    let key = key.strip_prefix("registry/").unwrap_or(key);
    let skip = usize::from(key.starts_with('@'));
    if key.get(skip..).is_some_and(|rest| rest.contains('@')) {
        return key.to_owned();
    }
    // Version 5: the version is what follows the last slash, up to the peers' underscore.
    match key.rsplit_once('/') {
        Some((name, version)) => {
            let version = version.split('_').next().unwrap_or(version);
            format!("{name}@{version}")
        }
        None => key.to_owned(),
    }
}

fn package(
    graph: &mut Graph,
    by_key: &mut HashMap<String, Id>,
    key: &str,
    value: &Value,
    line: u32,
) -> Id {
    let normal = normal(key);
    if let Some(known) = by_key.get(&normal) {
        return *known;
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let resolution = value.get("resolution");
    let at = |name: &str| {
        resolution
            .and_then(|resolution| resolution.get(name))
            .and_then(Value::as_str)
    };
    // The version a lockfile gives outweighs what the key says: a key may hold an address.
    let (name, version) = npm_source::split_descriptor(&normal).unwrap_or((normal.as_str(), ""));
    let source = if let Some(repo) = at("repo") {
        PackageSource::Git(npm_source::without_credentials(repo))
    } else if let Some(folder) = at("directory") {
        PackageSource::File(folder.to_owned())
    } else if let Some(address) = at("tarball") {
        npm_source::of(address).unwrap_or(PackageSource::Registry)
    } else {
        npm_source::of(version).unwrap_or(PackageSource::Registry)
    };
    let version = text("version").unwrap_or(version);
    let id = graph.add(text("name").unwrap_or(name), version, source, line);
    if let Some(node) = graph.node_mut(id) {
        node.stated = match (
            value.get("dev").and_then(Value::as_bool),
            value.get("optional").and_then(Value::as_bool),
        ) {
            (Some(true), _) => Some(Scope::Dev),
            (_, Some(true)) => Some(Scope::Optional),
            _ => None,
        };
    }
    by_key.insert(normal.clone(), id);
    id
}

/// The package that a reference leads to: a version, or a whole key for an alias.
fn find(by_key: &HashMap<String, Id>, name: &str, reference: &str) -> Option<Id> {
    if reference.starts_with("link:") {
        return None;
    }
    let plain = reference.split('(').next().unwrap_or(reference);
    let without_peers = plain.split('_').next().unwrap_or(plain);
    [
        format!("{name}@{plain}"),
        format!("{name}@{without_peers}"),
        normal(reference),
    ]
    .iter()
    .find_map(|key| by_key.get(key).copied())
}
