//! `bun.lock`: JSON with comments and trailing commas. A package is an array: `name@version`, registry, what it needs,
//! integrity; its key is the way it is nested, `parent/name`.

use std::collections::HashMap;

use jsonc_parser::ast::{Array, Object, Value};

use super::json::{self, Lines};
use super::{Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, npm_source};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct BunLock;

impl LockfileFormat for BunLock {
    fn name(&self) -> &'static str {
        "bun.lock"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["bun.lock"]
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
        let root = json::parse(path, text)?;
        let lines = Lines::new(text);
        let Some(packages) = root.get_object("packages") else {
            return Err(LockfileError::new(path, Some(1), "there is no `packages`"));
        };
        if packages.properties.len() > MOST_PACKAGES {
            return Err(LockfileError::new(
                path,
                None,
                "more packages than a lockfile has",
            ));
        }
        let mut graph = Graph::default();
        let mut by_key: HashMap<&str, Id> = HashMap::new();
        let mut needs: Vec<(&str, Id, &Object<'_>)> = Vec::new();
        for (key, value, offset) in json::entries(packages) {
            let Value::Array(parts) = value else { continue };
            let Some(Value::StringLit(descriptor)) = parts.elements.first() else {
                continue;
            };
            let (name, version) =
                npm_source::split_descriptor(&descriptor.value).unwrap_or((&descriptor.value, ""));
            let source = npm_source::of(version).unwrap_or(PackageSource::Registry);
            let id = graph.add(name, version, source, lines.of(offset));
            if let Some(node) = graph.node_mut(id) {
                node.alias = Some(last_name(key).to_owned());
            }
            by_key.insert(key, id);
            if let Some(info) = info(parts) {
                needs.push((key, id, info));
            }
        }
        for (key, from, info) in needs {
            for (section, scope) in [
                ("dependencies", Scope::Prod),
                ("optionalDependencies", Scope::Optional),
                ("peerDependencies", Scope::Prod),
            ] {
                for (name, _) in json::strings(info, section) {
                    if let Some(to) = resolve(&by_key, key, name) {
                        graph.edge(from, to, scope);
                    }
                }
            }
        }
        for (_, member, _) in root
            .get_object("workspaces")
            .into_iter()
            .flat_map(json::entries)
        {
            let Value::Object(member) = member else {
                continue;
            };
            let own = json::string(member, "name").unwrap_or_default();
            for (section, scope) in [
                ("devDependencies", Scope::Dev),
                ("optionalDependencies", Scope::Optional),
                ("peerDependencies", Scope::Prod),
                ("dependencies", Scope::Prod),
            ] {
                for (name, _) in json::strings(member, section) {
                    if let Some(to) = resolve(&by_key, own, name) {
                        graph.direct(to, scope);
                    }
                }
            }
        }
        let version = root
            .get_number("lockfileVersion")
            .map_or("?", |number| number.value);
        Ok(Lockfile {
            kind: format!("bun.lock v{version}"),
            ecosystem: self.ecosystem(),
            packages: graph.finish(self.ecosystem()),
            warnings: Vec::new(),
        })
    }
}

/// The object among a package's parts.
fn info<'a, 't>(parts: &'a Array<'t>) -> Option<&'a Object<'t>> {
    parts.elements.iter().find_map(|part| match part {
        Value::Object(object) => Some(object),
        _ => None,
    })
}

/// The last name of a key, its scope included.
fn last_name(key: &str) -> &str {
    let Some((before, name)) = key.rsplit_once('/') else {
        return key;
    };
    match before.rfind('@') {
        Some(at) if !before.get(at..).is_some_and(|scope| scope.contains('/')) => {
            key.get(at..).unwrap_or(name)
        }
        _ => name,
    }
}

/// The package that `name` is, seen from the package at `key`: nested below it, or below one of those above.
fn resolve(by_key: &HashMap<&str, Id>, key: &str, name: &str) -> Option<Id> {
    let mut at = key;
    loop {
        if !at.is_empty()
            && let Some(id) = by_key.get(format!("{at}/{name}").as_str())
        {
            return Some(*id);
        }
        if at.is_empty() {
            return by_key.get(name).copied();
        }
        let last = last_name(at);
        at = at
            .get(..at.len() - last.len())
            .unwrap_or_default()
            .trim_end_matches('/');
    }
}
