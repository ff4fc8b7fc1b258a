//! `yarn.lock` of Yarn 2 and later: YAML, a mapping from descriptors to resolutions, workspace members among them.
//!
//! A descriptor is `name@protocol:range`. A member's entry lists what it needs but not for what; its `package.json`
//! tells that.

use std::collections::HashMap;

use super::{Lockfile, LockfileError, MOST_PACKAGES, ProjectFiles, folder, npm_source};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::manifest::Manifest;
use crate::dependencies::package::{PackageSource, Scope};
use crate::yaml::{self, Value};

struct Entry<'v> {
    id: Option<Id>,
    workspace: Option<String>,
    value: &'v Value,
}

pub(super) fn parse(
    path: &str,
    text: &str,
    files: &dyn ProjectFiles,
) -> Result<Lockfile, LockfileError> {
    let document = yaml::parse(text)
        .map_err(|error| LockfileError::new(path, Some(error.place.line), error.message))?;
    let Some(blocks) = document
        .as_mapping()
        .filter(|blocks| blocks.len() <= MOST_PACKAGES)
    else {
        return Err(LockfileError::new(
            path,
            Some(1),
            "a mapping of packages is expected",
        ));
    };
    let version = document
        .get("__metadata")
        .and_then(|metadata| metadata.get("version"))
        .and_then(Value::as_str)
        .unwrap_or("?");
    let mut graph = Graph::default();
    let mut by_descriptor: HashMap<String, Id> = HashMap::new();
    let mut entries = Vec::new();
    for (key, value) in blocks {
        let head = key.as_str().unwrap_or_default();
        if head == "__metadata" {
            continue;
        }
        let Some(resolution) = value.get("resolution").and_then(Value::as_str) else {
            return Err(LockfileError::new(
                path,
                Some(key.place.line),
                format!("{head:?} has no `resolution`"),
            ));
        };
        let version = value
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let (name, reference) =
            npm_source::split_descriptor(resolution).unwrap_or((resolution, ""));
        let workspace = reference.strip_prefix("workspace:").map(str::to_owned);
        let installed = head
            .split(", ")
            .next()
            .and_then(npm_source::split_descriptor)
            .map_or(name, |(name, _)| name);
        // The project itself is not one of its packages.
        let id = (workspace.as_deref() != Some(".")).then(|| {
            let source = match &workspace {
                Some(folder) => PackageSource::Workspace(folder.clone()),
                None => source(reference),
            };
            let id = graph.add(name, version, source, key.place.line);
            if let Some(node) = graph.node_mut(id) {
                node.alias = Some(installed.to_owned());
            }
            for descriptor in head.split(", ") {
                by_descriptor.insert(descriptor.trim().to_owned(), id);
            }
            id
        });
        entries.push(Entry {
            id,
            workspace,
            value,
        });
    }
    for entry in &entries {
        let manifest = entry.workspace.as_deref().and_then(|member| {
            let parts = [folder(path), member];
            let at: Vec<&str> = parts
                .into_iter()
                .filter(|part| !part.is_empty() && *part != ".")
                .collect();
            let at = if at.is_empty() {
                "package.json".to_owned()
            } else {
                format!("{}/package.json", at.join("/"))
            };
            files.read(&at).as_deref().and_then(Manifest::parse)
        });
        let needs = entry
            .value
            .get("dependencies")
            .and_then(Value::as_mapping)
            .unwrap_or_default();
        for (name, range) in needs {
            let (Some(name), Some(range)) = (name.as_str(), range.as_str()) else {
                continue;
            };
            let Some(to) = find(&by_descriptor, name, range) else {
                continue;
            };
            let optional = entry
                .value
                .get("dependenciesMeta")
                .and_then(|meta| meta.get(name))
                .and_then(|meta| meta.get("optional"))
                .and_then(Value::as_bool)
                .unwrap_or(false);
            let mut scope = if optional {
                Scope::Optional
            } else {
                Scope::Prod
            };
            if entry.workspace.is_some() {
                if let Some((_, said)) = manifest
                    .as_ref()
                    .and_then(|manifest| manifest.dependencies.get(name))
                {
                    scope = *said;
                }
                graph.direct(to, scope);
            }
            if let Some(from) = entry.id {
                graph.edge(from, to, scope);
            }
        }
        if let (Some(_), Some(id)) = (&entry.workspace, entry.id) {
            graph.direct(id, Scope::Prod);
        }
    }
    Ok(Lockfile {
        kind: format!("yarn.lock (berry, version {version})"),
        ecosystem: "npm",
        packages: graph.finish("npm"),
        warnings: Vec::new(),
    })
}

/// Where a resolution's reference leads. A patched package is the registry's with a patch on it.
fn source(reference: &str) -> PackageSource {
    if reference.starts_with("npm:") || reference.starts_with("patch:") {
        return PackageSource::Registry;
    }
    npm_source::of(reference).unwrap_or(PackageSource::Registry)
}

/// A dependency's range is written without its protocol in some versions.
fn find(by_descriptor: &HashMap<String, Id>, name: &str, range: &str) -> Option<Id> {
    by_descriptor
        .get(&format!("{name}@{range}"))
        .or_else(|| by_descriptor.get(&format!("{name}@npm:{range}")))
        .copied()
}
