//! `package-lock.json` version 1 (npm 5 and 6): packages nested as they are installed.
//!
//! The file does not say what the project itself asks for: that stands in `package.json` and in those of its workspaces.
//! A version is a specifier: `1.0.0`, `npm:b@1.0.0` for an alias, an address for git, archives and folders.

use std::collections::HashMap;

use serde::Deserialize;

use super::nesting::{Nesting, Place};
use super::package_lock::stated;
use super::{ProjectFiles, folder, specifier};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::json::{Entries, Flag, Lines, Maybe, Needs, Text};
use crate::dependencies::manifest::{join, package_json};
use crate::dependencies::package::{PackageSource, Scope};

/// A package, with what is installed in its own `node_modules`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Nested<'t> {
    #[serde(borrow)]
    version: Text<'t>,
    #[serde(borrow)]
    resolved: Text<'t>,
    dev: Flag,
    optional: Flag,
    #[serde(borrow)]
    requires: Needs<'t>,
    #[serde(borrow)]
    dependencies: Entries<'t, Maybe<Nested<'t>>>,
}

pub(super) fn nested<'t>(
    path: &str,
    dependencies: &Entries<'t, Maybe<Nested<'t>>>,
    text: &'t str,
    files: &dyn ProjectFiles,
    warnings: &mut Vec<String>,
) -> Graph {
    let mut graph = Graph::default();
    let mut lines = Lines::new(text);
    let mut tree = Nesting::new();
    let mut found: Vec<(Place, Id, &Nested<'_>)> = Vec::new();
    // Depth first, so that keys come in the order of the text.
    let mut open = vec![(Nesting::ROOT, dependencies.0.iter())];
    while let Some((above, entries)) = open.last_mut() {
        let Some((installed, entry)) = entries.next() else {
            open.pop();
            continue;
        };
        let Maybe(Some(entry)) = entry else { continue };
        let place = tree.enter(*above, installed);
        let id = graph.add(node(installed, entry, lines.of(installed)));
        tree.put(place, id);
        found.push((place, id, entry));
        open.push((place, entry.dependencies.0.iter()));
    }
    let manifests = package_json::project(folder(path), files);
    // Members of the workspace by their folder, with the place they are installed at.
    let mut members: HashMap<String, Place> = manifests
        .iter()
        .skip(1)
        .map(|manifest| (manifest.folder.clone(), Nesting::ROOT))
        .collect();
    for (place, id, entry) in found {
        if let Some(node) = graph.node_mut(id)
            && let PackageSource::File(to) = &node.source
            && let Some(member) = members.get_mut(&join(folder(path), to))
        {
            // What it needs, and for what, stands in its manifest.
            *member = place;
            node.source = PackageSource::Workspace(to.clone());
            graph.direct(id, Scope::Prod);
            continue;
        }
        for (name, _) in &entry.requires.0 {
            if let Some(to) = tree.resolve(place, name) {
                // `requires` does not tell which needs are optional; a package that is only needed so does.
                let optional = graph.node(to).and_then(|node| node.stated) == Some(Scope::Optional);
                let scope = if optional {
                    Scope::Optional
                } else {
                    Scope::Prod
                };
                graph.edge(id, to, scope);
            }
        }
    }
    if manifests.is_empty() {
        warnings.push(
            "there is no package.json beside it that says which packages are direct; those that no other package needs \
             are taken as direct"
                .to_owned(),
        );
        graph.guess_direct();
    }
    for manifest in manifests {
        let place = members.get(&manifest.folder).copied();
        for (name, _, scope) in manifest.needs {
            if let Some(to) = tree.resolve(place.unwrap_or(Nesting::ROOT), &name) {
                graph.direct(to, scope);
            }
        }
    }
    graph
}

fn node(installed: &str, entry: &Nested<'_>, line: u32) -> Node {
    let written = entry.version.or_empty();
    let (name, exact) = specifier::alias(written).unwrap_or((installed, written));
    let source = specifier::source(exact);
    let version = match &source {
        Some(PackageSource::Git(address)) => {
            specifier::commit(address).unwrap_or_default().to_owned()
        }
        Some(_) => String::new(),
        None => exact.to_owned(),
    };
    let source = source
        .unwrap_or_else(|| specifier::package_source(None, entry.resolved.get(), name, &version));
    let mut node = Node::new(name, &version, source, line).installed_as(installed);
    node.stated = stated(entry.dev.0, entry.optional.0);
    node
}
