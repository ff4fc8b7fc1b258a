//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! Versions 2 and 3 list packages by where they are installed; a dependency is found as Node.js finds it, in the
//! nearest `node_modules` above. Version 1 nests them and leaves to `package.json` what is direct.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, Value};

use super::json::{self, Lines};
use super::npm_source;
use super::{Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::manifest;
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct PackageLock;

impl LockfileFormat for PackageLock {
    fn name(&self) -> &'static str {
        "package-lock.json"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["package-lock.json", "npm-shrinkwrap.json"]
    }

    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn parse(
        &self,
        path: &str,
        text: &str,
        files: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError> {
        let root = json::parse(path, text)?;
        let lines = Lines::new(text);
        let version = root
            .get_number("lockfileVersion")
            .map_or("1", |number| number.value);
        let mut lockfile = Lockfile {
            kind: format!("package-lock.json v{version}"),
            ecosystem: self.ecosystem(),
            ..Lockfile::default()
        };
        let graph = match (root.get_object("packages"), root.get_object("dependencies")) {
            (Some(packages), _) => installed(packages, &lines),
            (None, Some(dependencies)) => {
                nested(path, dependencies, &lines, files, &mut lockfile.warnings)
            }
            (None, None)
                if root.get("packages").is_none() && root.get("dependencies").is_none() =>
            {
                if root.get("lockfileVersion").is_none() {
                    return Err(LockfileError::new(
                        path,
                        Some(1),
                        "no `packages`, `dependencies` or `lockfileVersion`; npm writes them",
                    ));
                }
                Graph::default()
            }
            _ => return Err(LockfileError::new(path, Some(1), "`packages` is an object")),
        };
        if graph.ids().len() > MOST_PACKAGES {
            return Err(LockfileError::new(
                path,
                None,
                format!("more than {MOST_PACKAGES} packages"),
            ));
        }
        lockfile.packages = graph.finish(self.ecosystem());
        Ok(lockfile)
    }
}

/// Versions 2 and 3.
fn installed(packages: &Object<'_>, lines: &Lines) -> Graph {
    let mut graph = Graph::default();
    let mut by_place: HashMap<&str, Id> = HashMap::new();
    let mut targets: HashMap<&str, &Object<'_>> = HashMap::new();
    let mut entries = Vec::new();
    for (place, value, offset) in json::entries(packages) {
        let Value::Object(entry) = value else {
            continue;
        };
        entries.push((place, entry));
        targets.insert(place, entry);
        if !place.contains("node_modules/") {
            continue;
        }
        let installed = place.rsplit("node_modules/").next().unwrap_or(place);
        let link = json::flag(entry, "link");
        let resolved = json::string(entry, "resolved");
        // A link's own entry says where it leads; name and version stand there.
        let target = if link {
            resolved.and_then(|to| find(packages, to))
        } else {
            Some(entry)
        };
        let name = target
            .and_then(|entry| json::string(entry, "name"))
            .unwrap_or(installed);
        let version = target
            .and_then(|entry| json::string(entry, "version"))
            .unwrap_or_default();
        let source = if link {
            PackageSource::Workspace(resolved.unwrap_or_default().to_owned())
        } else {
            resolved
                .and_then(npm_source::of)
                .unwrap_or(PackageSource::Registry)
        };
        let id = graph.add(name, version, source, lines.of(offset));
        if let Some(node) = graph.node_mut(id) {
            node.alias = Some(installed.to_owned());
            node.stated = stated(entry);
        }
        by_place.insert(place, id);
    }
    for (place, entry) in entries {
        let linked = place.contains("node_modules/") && json::flag(entry, "link");
        if linked {
            continue;
        }
        let own = by_place.get(place).copied();
        // A workspace member is reached through the link to it; what it names is direct all the same.
        let is_project = own.is_none();
        for (section, scope) in [
            ("dependencies", Scope::Prod),
            ("peerDependencies", Scope::Prod),
            ("optionalDependencies", Scope::Optional),
            ("devDependencies", Scope::Dev),
        ] {
            if !is_project && section == "devDependencies" {
                continue;
            }
            for (name, _) in json::strings(entry, section) {
                let Some(to) = resolve(place, name, &by_place) else {
                    continue;
                };
                if is_project {
                    graph.direct(to, scope);
                }
                if let Some(own) = own {
                    graph.edge(own, to, scope);
                }
            }
        }
        if place.is_empty() {
            continue;
        }
        if is_project {
            // Edges from the link to what the member needs, so that ways lead through it.
            let links: Vec<Id> = by_place
                .iter()
                .filter(|(link, _)| {
                    targets.get(*link).is_some_and(|entry| {
                        json::flag(entry, "link") && json::string(entry, "resolved") == Some(place)
                    })
                })
                .map(|(_, id)| *id)
                .collect();
            for link in links {
                graph.direct(link, Scope::Prod);
            }
        }
    }
    graph
}

fn find<'o, 't>(packages: &'o Object<'t>, place: &str) -> Option<&'o Object<'t>> {
    packages.get_object(place)
}

/// What the entry's own flags say.
fn stated(entry: &Object<'_>) -> Option<Scope> {
    if json::flag(entry, "dev") {
        Some(Scope::Dev)
    } else if json::flag(entry, "optional") || json::flag(entry, "devOptional") {
        Some(Scope::Optional)
    } else {
        None
    }
}

/// Where `name` is found from `place`: in the nearest `node_modules` at or above it.
fn resolve(place: &str, name: &str, by_place: &HashMap<&str, Id>) -> Option<Id> {
    let mut at = place;
    loop {
        let candidate = if at.is_empty() {
            format!("node_modules/{name}")
        } else {
            format!("{at}/node_modules/{name}")
        };
        if let Some(id) = by_place.get(candidate.as_str()) {
            return Some(*id);
        }
        if at.is_empty() {
            return None;
        }
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
        // `node_modules` itself holds no `node_modules`.
        at = at.strip_suffix("/node_modules").unwrap_or(at);
        if at == "node_modules" {
            at = "";
        }
    }
}

struct Pending<'o, 't> {
    entry: &'o Object<'t>,
    id: Id,
    /// Names visible from here, the nearest last.
    scope: usize,
}

/// Version 1.
fn nested(
    path: &str,
    dependencies: &Object<'_>,
    lines: &Lines,
    files: &dyn ProjectFiles,
    warnings: &mut Vec<String>,
) -> Graph {
    let mut graph = Graph::default();
    // Each level of nesting is a scope: its own names, and the scope around it.
    let mut scopes: Vec<(HashMap<String, Id>, Option<usize>)> = vec![(HashMap::new(), None)];
    let mut open = vec![(dependencies, 0_usize)];
    let mut pending: Vec<Pending<'_, '_>> = Vec::new();
    while let Some((level, scope)) = open.pop() {
        for (name, value, offset) in json::entries(level) {
            let Value::Object(entry) = value else {
                continue;
            };
            let version = json::string(entry, "version").unwrap_or_default();
            let resolved = json::string(entry, "resolved");
            let (real, exact) = npm_source::aliased(version).unwrap_or((name, version));
            let source = npm_source::of(exact)
                .or_else(|| resolved.and_then(npm_source::of))
                .unwrap_or(PackageSource::Registry);
            let id = graph.add(real, exact, source, lines.of(offset));
            if let Some(node) = graph.node_mut(id) {
                node.alias = Some(name.to_owned());
                node.stated = stated(entry);
            }
            if let Some((names, _)) = scopes.get_mut(scope) {
                names.insert(name.to_owned(), id);
            }
            let inner = match entry.get_object("dependencies") {
                Some(below) => {
                    scopes.push((HashMap::new(), Some(scope)));
                    open.push((below, scopes.len() - 1));
                    scopes.len() - 1
                }
                None => scope,
            };
            pending.push(Pending {
                entry,
                id,
                scope: inner,
            });
        }
    }
    let lookup = |name: &str, mut scope: usize| loop {
        let (names, above) = scopes.get(scope)?;
        if let Some(id) = names.get(name) {
            return Some(*id);
        }
        scope = (*above)?;
    };
    for Pending { entry, id, scope } in pending {
        for (name, _) in json::strings(entry, "requires") {
            if let Some(to) = lookup(name, scope) {
                graph.edge(id, to, Scope::Prod);
            }
        }
    }
    let manifests = manifest::of_project(folder(path), files);
    if manifests.is_empty() {
        warnings.push(format!(
            "{path}: there is no package.json beside it, so packages that no other needs are taken as direct"
        ));
        graph.guess_direct();
    }
    for manifest in manifests {
        for (name, (_, scope)) in manifest.dependencies {
            if let Some(id) = lookup(&name, 0) {
                graph.direct(id, scope);
            }
        }
    }
    graph
}
