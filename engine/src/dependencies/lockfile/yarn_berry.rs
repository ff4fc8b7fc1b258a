//! `yarn.lock` of Yarn 2 and later: YAML, a mapping from descriptors to resolutions, workspace members among them.
//!
//! A descriptor is `name@protocol:range`, a resolution `name@protocol:exact`; several descriptors of one resolution share
//! an entry. A patched package (`patch:`) is the package it patches, so advisories on that still count. A member's entry
//! lists what it needs but not for what: its `package.json` tells that.

use super::yaml_events::{self, Value};
use super::yarn_v1::{Descriptors, by_name};
use super::{Lockfile, LockfileError, MOST_PACKAGES, ProjectFiles, folder, specifier};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::manifest::{join, package_json};
use crate::dependencies::package::{PackageSource, Scope};

/// Patches of patches that are followed.
const MOST_PATCHES: usize = 8;

pub(super) fn parse(
    path: &str,
    text: &str,
    files: &dyn ProjectFiles,
) -> Result<Lockfile, LockfileError> {
    let documents = yaml_events::read(path, text)?;
    let [Value::Mapping(blocks)] = documents.as_slice() else {
        return Err(LockfileError::new(
            path,
            Some(1),
            "one mapping from descriptors to packages is expected",
        ));
    };
    if blocks.len() > MOST_PACKAGES {
        return Err(LockfileError::new(
            path,
            None,
            format!("more than {MOST_PACKAGES} packages"),
        ));
    }
    let mut version = "?";
    let mut graph = Graph::default();
    let root: Vec<_> = package_json::read(folder(path), files)
        .into_iter()
        .collect();
    let mut descriptors = Descriptors::new(&root);
    // Who asks: the nodes of an entry, and the folder of a workspace's member.
    let mut askers: Vec<(Vec<Id>, Option<String>, &Value<'_>)> = Vec::new();
    for block in blocks {
        if block.key == "__metadata" {
            version = block.value.text_of("version").unwrap_or(version);
            continue;
        }
        let Some(resolution) = block.value.text_of("resolution") else {
            let message = format!("the entry {:?} has no `resolution`", block.key);
            return Err(LockfileError::new(path, Some(block.line), message));
        };
        let (name, reference) = specifier::split(resolution).unwrap_or((resolution, ""));
        let exact = block.value.text_of("version").unwrap_or_default();
        let source = source(reference);
        let member = match &source {
            PackageSource::Workspace(folder) => Some(folder.clone()),
            _ => None,
        };
        let mut nodes = Vec::new();
        // The project itself is none of its packages.
        if member.as_deref() != Some(".") {
            for (installed, ranges) in by_name(block.key.split(", ").map(str::trim)) {
                let node =
                    Node::new(name, exact, source.clone(), block.line).installed_as(installed);
                let id = graph.add(node);
                for range in ranges {
                    descriptors.insert(installed, range, id);
                }
                nodes.push(id);
            }
        }
        askers.push((nodes, member, &block.value));
    }

    let mut without_manifest = 0_usize;
    for (nodes, member, value) in askers {
        let manifest = member
            .as_deref()
            .and_then(|member| package_json::read(&join(folder(path), member), files));
        if member.is_some() {
            without_manifest += usize::from(manifest.is_none());
            for id in &nodes {
                graph.direct(*id, Scope::Prod);
            }
        }
        for need in value
            .entries_of("dependencies")
            .iter()
            .chain(value.entries_of("optionalDependencies"))
        {
            let Some(to) = need
                .value
                .text()
                .and_then(|range| descriptors.find(&need.key, range))
            else {
                continue;
            };
            let is_optional = value
                .get("dependenciesMeta")
                .and_then(|meta| meta.get(&need.key))
                .is_some_and(|meta| meta.flag("optional"));
            let scope = if is_optional {
                Scope::Optional
            } else {
                Scope::Prod
            };
            if member.is_some() {
                let stated = manifest
                    .as_ref()
                    .and_then(|manifest| manifest.scope(&need.key));
                graph.direct(to, stated.unwrap_or(scope));
            } else {
                for from in &nodes {
                    graph.edge(*from, to, scope);
                }
            }
        }
    }
    let mut warnings = Vec::new();
    if without_manifest > 0 {
        warnings.push(format!(
            "the package.json of {without_manifest} members of the workspace was not found; what they need for development \
             only is taken as needed to run"
        ));
    }
    Ok(Lockfile::new(
        &format!("yarn.lock (berry, version {version})"),
        "npm",
        graph,
        warnings,
    ))
}

/// Where the reference of a resolution leads.
fn source(reference: &str) -> PackageSource {
    let mut reference = reference.to_owned();
    for _ in 0..MOST_PATCHES {
        let Some(patched) = reference.strip_prefix("patch:") else {
            break;
        };
        let base = patched.split('#').next().unwrap_or_default();
        let Some((_, inner)) = specifier::split(base) else {
            break;
        };
        reference = percent_decoded(inner);
    }
    specifier::source(&reference).unwrap_or(PackageSource::Registry)
}

/// Yarn encodes these in what a patch is of.
fn percent_decoded(text: &str) -> String {
    [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%40", "@"),
        ("%23", "#"),
        ("%25", "%"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (code, plain)| {
        text.replace(code, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::{PackageSource, source};

    #[test]
    fn patches_are_what_they_patch() {
        for plain in [
            "npm:4.9.5",
            "npm:4.9.5::__archiveUrl=https%3A%2F%2Fregistry.example%2Fx.tgz",
            "patch:typescript@npm%3A4.9.5#~builtin<compat/typescript>::version=4.9.5&hash=a",
            "patch:a@patch%3Aa@npm%253A1.0.0%23one#two",
        ] {
            assert_eq!(source(plain), PackageSource::Registry, "{plain}");
        }
        let git = PackageSource::Git("https://forge.example/u/r.git#commit=abc".to_owned());
        assert_eq!(source("https://forge.example/u/r.git#commit=abc"), git);
        assert_eq!(
            source("file:./x.tgz#./x.tgz::hash=a&locator=r%40workspace%3A."),
            PackageSource::File("./x.tgz".to_owned())
        );
        assert_eq!(
            source("workspace:packages/a"),
            PackageSource::Workspace("packages/a".to_owned())
        );
    }
}
