//! A tree as `package-lock.json`, versions 2 and 3.
//!
//! Every entry is made from the tree, also where nothing was changed, so that the file is one that npm would write from
//! what it says itself. Version 2 repeats the tree in the form of version 1 (`dependencies`) for npm 6.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::collation;
use super::json_text;
use super::read::{Project, name_of_folder};
use super::tree::{EdgeId, Id, Tree};

/// The text of the lockfile.
pub(crate) fn lockfile(tree: &Tree, project: &Project, omit_resolved: bool) -> String {
    let writing = Writing {
        tree,
        project,
        omit_resolved,
    };
    let mut lock = project.lock.clone();
    let root = &tree.node(Tree::PROJECT).package;
    if let Some(name) = &root.name {
        lock.insert("name".to_owned(), json!(name));
    }
    if let Some(version) = &root.version {
        lock.insert("version".to_owned(), json!(version));
    }
    lock.insert("requires".to_owned(), json!(true));
    lock.insert("packages".to_owned(), Value::Object(writing.packages()));
    lock.shift_remove("dependencies");
    if project.version == 2 {
        let children = writing.children(Tree::PROJECT, &mut vec![Tree::PROJECT]);
        if !children.is_empty() {
            lock.insert("dependencies".to_owned(), Value::Object(children));
        }
    }
    json_text::write(&Value::Object(lock), &project.layout())
}

struct Writing<'a> {
    tree: &'a Tree,
    project: &'a Project,
    omit_resolved: bool,
}

impl Writing<'_> {
    fn packages(&self) -> Map<String, Value> {
        let mut packages = Map::new();
        packages.insert(String::new(), Value::Object(self.entry(Tree::PROJECT)));
        for id in self.tree.inventory() {
            let node = self.tree.node(id);
            let is_stale = node.flags.extraneous
                && self.tree.is_top(id)
                && node.above.is_none_or(|above| above == Tree::PROJECT);
            if !is_stale {
                packages.insert(self.tree.location(id), Value::Object(self.entry(id)));
            }
        }
        packages
    }

    fn entry(&self, id: Id) -> Map<String, Value> {
        let node = self.tree.node(id);
        let mut entry = Map::new();
        if let Some(target) = node.target {
            entry.insert("resolved".to_owned(), json!(self.tree.node(target).path));
            entry.insert("link".to_owned(), json!(true));
            return entry;
        }
        for (key, value) in &node.package.fields {
            if key != "devDependencies" || self.tree.is_top(id) {
                entry.insert(key.clone(), value.clone());
            }
        }
        if let Some(name) = &node.package.name {
            let is_told_by_place = if self.tree.is_top(id) {
                name_of_folder(&node.path) == name
            } else {
                node.name == *name
            };
            if id == Tree::PROJECT || !is_told_by_place {
                entry.insert("name".to_owned(), json!(name));
            }
        }
        if let Some(integrity) = &node.integrity {
            entry.insert("integrity".to_owned(), json!(integrity));
        }
        for (key, holds) in [
            ("inBundle", self.tree.bundler(id).is_some()),
            ("hasShrinkwrap", node.has_shrinkwrap),
            ("hasInstallScript", node.package.has_install_script),
        ] {
            if holds {
                entry.insert(key.to_owned(), json!(true));
            }
        }
        if let Some(resolved) = self.resolved(id) {
            entry.insert("resolved".to_owned(), json!(resolved));
        }
        if id != Tree::PROJECT {
            self.flags(id, &mut entry);
        }
        entry
    }

    fn resolved(&self, id: Id) -> Option<&str> {
        let resolved = self.tree.node(id).resolved.as_deref()?;
        (!(self.omit_resolved && self.is_of_registry(id))).then_some(resolved)
    }

    /// Whether everybody who needs it asks the registry for it.
    fn is_of_registry(&self, id: Id) -> bool {
        let edges = self.tree.edges_in(id);
        !edges.is_empty()
            && edges
                .into_iter()
                .all(|edge| self.tree.specifier(edge).is_registry())
    }

    fn flags(&self, id: Id, entry: &mut Map<String, Value>) {
        let flags = self.tree.node(id).flags;
        if flags.extraneous {
            entry.insert("extraneous".to_owned(), json!(true));
            return;
        }
        for (key, holds) in [
            ("peer", flags.peer),
            ("dev", flags.dev),
            ("optional", flags.optional),
            (
                "devOptional",
                flags.dev_optional && !flags.dev && !flags.optional,
            ),
        ] {
            if holds {
                entry.insert(key.to_owned(), json!(true));
            }
        }
    }

    /// The packages in a `node_modules` in the form of version 1. `path` leads from the project to here: a link to what
    /// is above would have no end.
    fn children(&self, of: Id, path: &mut Vec<Id>) -> Map<String, Value> {
        let mut children = Map::new();
        for (name, child) in &self.tree.node(of).children {
            let real = self.tree.node(*child).target.unwrap_or(*child);
            if !path.contains(&real) {
                children.insert(name.clone(), Value::Object(self.legacy(*child, real, path)));
            }
        }
        children
    }

    fn legacy(&self, id: Id, real: Id, path: &mut Vec<Id>) -> Map<String, Value> {
        let tree = self.tree;
        let node = tree.node(id);
        let mut entry = Map::new();
        let edge = self.first_asking(id);
        let is_registry = edge.map_or_else(
            || {
                node.resolved
                    .as_deref()
                    .is_none_or(|text| text.starts_with("http"))
            },
            |edge| tree.specifier(edge).is_registry(),
        );
        if node.target.is_some() {
            entry.insert(
                "version".to_owned(),
                json!(format!("file:{}", tree.node(real).path)),
            );
        } else if is_registry {
            let version = node.package.version.clone().unwrap_or_default();
            let version = match &node.package.name {
                Some(name) if *name != node.name => format!("npm:{name}@{version}"),
                _ => version,
            };
            entry.insert("version".to_owned(), json!(version));
        } else if let Some(old) = self.old_legacy(id) {
            // What comes from elsewhere than the registry is never changed here.
            for key in ["version", "from"] {
                if let Some(value) = old.get(key) {
                    entry.insert(key.to_owned(), value.clone());
                }
            }
        }
        if tree.in_dependency_bundle(id) {
            entry.insert("bundled".to_owned(), json!(true));
        }
        if let Some(resolved) = node
            .resolved
            .as_deref()
            .filter(|_| is_registry && !self.omit_resolved)
        {
            entry.insert("resolved".to_owned(), json!(resolved));
        }
        if let Some(integrity) = &node.integrity {
            entry.insert("integrity".to_owned(), json!(integrity));
        }
        if node.target.is_none() {
            self.flags(id, &mut entry);
        } else if node.flags.extraneous {
            entry.insert("extraneous".to_owned(), json!(true));
        }
        let edges: Vec<EdgeId> = tree.edges(real).collect();
        if !edges.is_empty() {
            let requires: Map<String, Value> = edges
                .into_iter()
                .filter(|edge| !tree.need(*edge).kind.is_peer())
                .map(|edge| {
                    (
                        tree.need(edge).name.clone(),
                        json!(tree.specifier_text(edge)),
                    )
                })
                .collect();
            entry.insert("requires".to_owned(), Value::Object(requires));
        }
        path.push(real);
        let children = self.children(real, path);
        path.pop();
        if !children.is_empty() {
            entry.insert("dependencies".to_owned(), Value::Object(children));
        }
        entry
    }

    /// Of those who need a package, the one with the fewest `node_modules` in its place, then the first by its name.
    fn first_asking(&self, id: Id) -> Option<EdgeId> {
        let tree = self.tree;
        let key = |edge: &EdgeId| {
            let location = tree.location(edge.from);
            let last = location.rsplit("node_modules").next().unwrap_or_default();
            (location.matches("node_modules").count(), last.to_owned())
        };
        tree.edges_in(id)
            .into_iter()
            .filter(|edge| tree.is_valid(*edge))
            .min_by(|a, b| {
                let (a, b) = (key(a), key(b));
                a.0.cmp(&b.0).then_with(|| collation::compare(&a.1, &b.1))
            })
    }

    /// The entry that the lockfile has in the form of version 1.
    fn old_legacy(&self, id: Id) -> Option<&Map<String, Value>> {
        let mut names = Vec::new();
        let mut at = id;
        let mut seen = BTreeSet::new();
        while at != Tree::PROJECT && seen.insert(at) {
            names.push(self.tree.node(at).name.as_str());
            at = self.tree.node(at).parent?;
        }
        let mut entry = &self.project.lock;
        for name in names.into_iter().rev() {
            entry = entry.get("dependencies")?.get(name)?.as_object()?;
        }
        Some(entry)
    }
}
