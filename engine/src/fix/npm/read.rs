//! A project as it is: `package.json` of itself and of the folders that its lockfile names, and the tree of the lockfile.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use globset::{Glob, GlobMatcher};
use serde_json::{Map, Value};

use super::json_text::Layout;
use super::overrides::Overrides;
use super::package::Package;
use super::tree::{Id, Tree, folder_edges, join};
use crate::dependencies::ProjectFiles;
use crate::fix::registry::npmrc::NpmConfig;

/// Why a project cannot be fixed; a sentence for people.
pub(crate) type Unfit = String;

/// A project with a lockfile.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Where it is, empty for the root.
    pub(crate) folder: String,
    /// The lockfile's path.
    pub(crate) lockfile: String,
    pub(crate) lock: Map<String, Value>,
    pub(crate) lock_text: String,
    pub(crate) version: u64,
    /// The texts of `package.json` files, by their folder within the project.
    pub(crate) manifests: BTreeMap<String, String>,
    ignores_peers: bool,
}

impl Project {
    pub(crate) fn read(files: &dyn ProjectFiles, lockfile: &str) -> Result<Self, Unfit> {
        let folder = lockfile
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned();
        let text = |path: &str| files.read(path).map(String::from_utf8);
        let lock_text = text(lockfile)
            .ok_or("it cannot be read")?
            .map_err(|_| "it is not UTF-8 text")?;
        let lock = object(&lock_text).ok_or("it is not a JSON object")?;
        let version = lock
            .get("lockfileVersion")
            .and_then(Value::as_u64)
            .unwrap_or(1);
        if version < 2 {
            return Err(format!(
                "lockfileVersion {version} does not hold what packages need; `npm install` of npm 7 or later brings it to version 3"
            ));
        }
        if version > 3 {
            return Err(format!("lockfileVersion {version} is not known"));
        }
        let packages = lock
            .get("packages")
            .and_then(Value::as_object)
            .ok_or("it has no `packages`")?;
        let mut manifests = BTreeMap::new();
        for location in packages.keys().filter(|location| is_folder(location)) {
            let path = join(&folder, &format!("{location}/package.json"));
            let Some(text) = text(&path) else {
                if location.is_empty() {
                    return Err("there is no package.json beside it".to_owned());
                }
                continue;
            };
            let text = text.map_err(|_| format!("{path} is not UTF-8 text"))?;
            object(&text).ok_or_else(|| format!("{path} is not a JSON object"))?;
            manifests.insert(location.clone(), text);
        }
        if !manifests.contains_key("") {
            return Err("it has no entry of the project itself".to_owned());
        }
        let npmrc = text(&join(&folder, ".npmrc"))
            .and_then(Result::ok)
            .unwrap_or_default();
        let settings = NpmConfig::from_text(&npmrc, |_| None);
        let is_set = |key: &str| settings.get(key).is_some_and(|value| value != "false");
        // Such trees are laid out in another way.
        for key in [
            "install-links",
            "prefer-dedupe",
            "legacy-bundling",
            "global-style",
        ] {
            if is_set(key) {
                return Err(format!("`{key}` in .npmrc is not supported"));
            }
        }
        if is_set("install-strategy") && settings.get("install-strategy") != Some("hoisted") {
            return Err("`install-strategy` in .npmrc is not supported".to_owned());
        }
        Ok(Self {
            folder,
            ignores_peers: is_set("legacy-peer-deps"),
            lockfile: lockfile.to_owned(),
            version,
            lock: lock.clone(),
            lock_text,
            manifests,
        })
    }

    /// The path of a folder's `package.json`.
    pub(crate) fn manifest_path(&self, folder: &str) -> String {
        join(&self.folder, &format!("{folder}/package.json"))
    }

    /// How the lockfile is laid out: npm takes that from `package.json`.
    pub(crate) fn layout(&self) -> Layout {
        Layout::of(self.manifests.get("").map_or("", String::as_str))
    }

    /// The tree of the lockfile, with what `manifests` ask for.
    pub(crate) fn tree(&self, manifests: &BTreeMap<String, String>) -> Result<Tree, Unfit> {
        let packages = self
            .lock
            .get("packages")
            .and_then(Value::as_object)
            .ok_or("it has no `packages`")?;
        Reading {
            packages,
            manifests,
            tree: Tree::new(self.ignores_peers),
            ids: HashMap::new(),
        }
        .read()
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// Whether a location is a folder of the project, not of some `node_modules`.
fn is_folder(location: &str) -> bool {
    location.split('/').all(|part| part != "node_modules")
}

struct Reading<'p> {
    packages: &'p Map<String, Value>,
    manifests: &'p BTreeMap<String, String>,
    tree: Tree,
    ids: HashMap<&'p str, Id>,
}

impl<'p> Reading<'p> {
    fn read(mut self) -> Result<Tree, Unfit> {
        let manifest = self
            .manifests
            .get("")
            .and_then(|text| object(text))
            .ok_or("package.json is not a JSON object")?;
        self.project(&manifest);
        let mut folders: Vec<&'p str> = Vec::new();
        let mut installed: Vec<&'p str> = Vec::new();
        for location in self.packages.keys().filter(|location| !location.is_empty()) {
            if is_folder(location) {
                folders.push(location);
            } else {
                installed.push(location);
            }
        }
        // Those above before those below.
        folders.sort_unstable();
        installed.sort_unstable_by_key(|location| {
            (location.matches("node_modules/").count(), *location)
        });
        for location in folders {
            self.folder(location);
        }
        for location in &installed {
            if !self.is_link(location) {
                self.package(location)?;
            }
        }
        for location in installed {
            if self.is_link(location) {
                self.link(location)?;
            }
        }
        if let Some(Value::Object(overrides)) = manifest.get("overrides") {
            let project = Rc::clone(&self.tree.node(Tree::PROJECT).package);
            self.tree.overrides = Overrides::read(overrides, &project);
        }
        self.tree.refresh_rules();
        Ok(self.tree)
    }

    fn entry(&self, location: &str) -> Option<&'p Map<String, Value>> {
        self.packages.get(location).and_then(Value::as_object)
    }

    fn is_link(&self, location: &str) -> bool {
        self.entry(location)
            .and_then(|entry| entry.get("link"))
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    fn project(&mut self, manifest: &Map<String, Value>) {
        let package = Package::from_manifest(manifest);
        let patterns = patterns(manifest);
        let members: Vec<(String, String)> = self
            .packages
            .iter()
            .filter_map(|(location, entry)| {
                let name = location.strip_prefix("node_modules/")?;
                let folder = entry
                    .get("link")?
                    .as_bool()?
                    .then(|| entry.get("resolved")?.as_str())??;
                (is_name(name) && is_member(&patterns, folder))
                    .then(|| (name.to_owned(), folder.to_owned()))
            })
            .collect();
        let edges = folder_edges(&package, &members);
        let id = self.tree.add("", Rc::new(package), edges);
        self.ids.insert("", id);
    }

    fn folder(&mut self, location: &'p str) {
        let manifest = self.manifests.get(location).and_then(|text| object(text));
        let package = match (&manifest, self.entry(location)) {
            (Some(manifest), _) => Package::from_manifest(manifest),
            (None, Some(entry)) => Package::from_entry(entry, name_of_folder(location)),
            (None, None) => return,
        };
        let edges = folder_edges(&package, &[]);
        let id = self
            .tree
            .add(name_of_folder(location), Rc::new(package), edges);
        self.tree.node_mut(id).path = location.to_owned();
        // The closest folder above it, unless it is outside.
        let above = (!location.starts_with("../")).then(|| {
            location
                .rmatch_indices('/')
                .find_map(|(end, _)| self.ids.get(location.get(..end)?))
                .copied()
                .unwrap_or(Tree::PROJECT)
        });
        self.tree.attach_folder(id, above);
        self.ids.insert(location, id);
    }

    /// The parent of a location in some `node_modules`, and the name it is installed under.
    fn place(&self, location: &'p str) -> Result<(Id, &'p str), Unfit> {
        let broken = || format!("its entry {location:?} has no place; `npm install` mends it");
        let at = location.rfind("node_modules/").ok_or_else(broken)?;
        let (above, name) = location.split_at(at);
        let name = name.strip_prefix("node_modules/").ok_or_else(broken)?;
        let parent = self
            .ids
            .get(above.trim_end_matches('/'))
            .filter(|_| is_name(name))
            .ok_or_else(broken)?;
        Ok((*parent, name))
    }

    fn package(&mut self, location: &'p str) -> Result<(), Unfit> {
        let entry = self
            .entry(location)
            .ok_or_else(|| format!("its entry {location:?} is no object"))?;
        let (parent, name) = self.place(location)?;
        let package = Package::from_entry(entry, name);
        let edges = package.needs.clone();
        let id = self.tree.add(name, Rc::new(package), edges);
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let node = self.tree.node_mut(id);
        node.resolved = text("resolved");
        node.integrity = text("integrity");
        self.tree.attach(id, parent);
        self.ids.insert(location, id);
        Ok(())
    }

    fn link(&mut self, location: &'p str) -> Result<(), Unfit> {
        let (parent, name) = self.place(location)?;
        let target = self
            .entry(location)
            .and_then(|entry| entry.get("resolved")?.as_str())
            .and_then(|folder| self.ids.get(folder))
            .copied()
            .filter(|target| *target != Tree::PROJECT && self.tree.is_top(*target))
            .ok_or_else(|| {
                format!("its entry {location:?} is a link to a folder that has no entry; `npm install` mends it")
            })?;
        let package = Rc::clone(&self.tree.node(target).package);
        let id = self.tree.add(name, package, Vec::new());
        self.tree.node_mut(id).target = Some(target);
        self.tree.attach(id, parent);
        self.ids.insert(location, id);
        Ok(())
    }
}

/// `name` or `@scope/name`.
fn is_name(name: &str) -> bool {
    let parts = name.split('/').count();
    !name.is_empty() && parts == if name.starts_with('@') { 2 } else { 1 }
}

/// The name that a folder gives what is in it: its own, with a scope's before it.
pub(crate) fn name_of_folder(path: &str) -> &str {
    let mut slashes = path.rmatch_indices('/').map(|(at, _)| at);
    let Some(last) = slashes.next() else {
        return path;
    };
    let scope = slashes.next().map_or(0, |at| at + 1);
    match path.get(scope..) {
        Some(both) if both.starts_with('@') => both,
        _ => path.get(last + 1..).unwrap_or(path),
    }
}

/// The patterns of `workspaces`, those with `!` marked.
fn patterns(manifest: &Map<String, Value>) -> Vec<(bool, GlobMatcher)> {
    let list = match manifest.get("workspaces") {
        Some(Value::Array(list)) => Some(list),
        Some(Value::Object(map)) => map.get("packages").and_then(Value::as_array),
        _ => None,
    };
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|pattern| {
            let (not, pattern) = match pattern.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            let glob = globset::GlobBuilder::new(&join("", pattern))
                .literal_separator(true)
                .build()
                .or_else(|_| Glob::new(&globset::escape(pattern)))
                .ok()?;
            Some((not, glob.compile_matcher()))
        })
        .collect()
}

/// The last pattern that matches decides.
fn is_member(patterns: &[(bool, GlobMatcher)], folder: &str) -> bool {
    patterns
        .iter()
        .rfind(|(_, glob)| glob.is_match(folder))
        .is_some_and(|(not, _)| !not)
}

#[cfg(test)]
mod tests {
    use super::{is_folder, name_of_folder};

    #[test]
    fn names_of_folders() {
        assert_eq!(name_of_folder("packages/a"), "a");
        assert_eq!(name_of_folder("packages/@s/a"), "@s/a");
        assert_eq!(name_of_folder("@s/a"), "@s/a");
        assert_eq!(name_of_folder("a"), "a");
        assert!(is_folder("packages/a") && is_folder("") && !is_folder("a/node_modules/b"));
    }
}
