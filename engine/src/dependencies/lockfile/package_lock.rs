//! `package-lock.json` and `npm-shrinkwrap.json`, versions 2 and 3; version 1 is in [`super::package_lock_v1`].
//!
//! Documented at npm's "package-lock.json" page. `packages` maps places to packages: `""` is the project,
//! `node_modules/a` an installed package, `packages/a` a folder of the project, to which an entry with `link` in some
//! `node_modules` leads. What the project asks for stands in the entry `""`, so no manifest is needed. Surprising: the
//! file has `dependencies` in version 2 as well, for old versions of npm, and they are to be passed over.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::nesting::{Nesting, Place};
use super::package_lock_v1::{self, Nested};
use super::{Lockfile, LockfileError, LockfileFormat, ProjectFiles, specifier};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::json::{self, Entries, Lines, Maybe, Number};
use crate::dependencies::manifest::package_json::{Members, Record};
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct PackageLock;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Document<'t> {
    lockfile_version: Number,
    #[serde(borrow)]
    packages: Option<Maybe<Entries<'t, Maybe<Record<'t>>>>>,
    #[serde(borrow)]
    dependencies: Option<Maybe<Entries<'t, Maybe<Nested<'t>>>>>,
}

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
        let Maybe(Some(document)) = json::read::<Maybe<Document<'_>>>(path, text)? else {
            return Err(LockfileError::new(
                path,
                Some(1),
                "a JSON object is expected",
            ));
        };
        let version = document.lockfile_version.0;
        let mut warnings = Vec::new();
        let old = version == Some(1) || document.packages.is_none();
        let graph = match (document.packages, document.dependencies) {
            (Some(Maybe(Some(packages))), _) if !old => installed(&packages, text, &mut warnings),
            (_, Some(Maybe(Some(dependencies)))) if old => {
                package_lock_v1::nested(path, &dependencies, text, files, &mut warnings)
            }
            // npm 6 leaves `dependencies` out for a project that has none.
            (_, None) if old && version.is_some() => Graph::default(),
            _ => {
                return Err(LockfileError::new(
                    path,
                    Some(1),
                    "`lockfileVersion` with an object `packages` or `dependencies` is expected, as npm writes them",
                ));
            }
        };
        let name = if path.ends_with("npm-shrinkwrap.json") {
            "npm-shrinkwrap.json"
        } else {
            self.name()
        };
        Ok(Lockfile::new(
            &format!("{name} v{}", version.unwrap_or(1)),
            self.ecosystem(),
            graph,
            warnings,
        ))
    }
}

/// Where a key of `packages` stands.
enum Spot<'k> {
    /// Installed in a `node_modules` as this name.
    Installed(Place, &'k str),
    /// A folder of the project; empty for the project itself.
    Folder(&'k str),
}

/// The places of all keys.
struct Places<'k> {
    tree: Nesting<'k>,
    folders: HashMap<&'k str, Place>,
}

impl<'k> Places<'k> {
    /// Folders are known before what is installed below them.
    fn new<'t: 'k>(keys: &'k [(Cow<'t, str>, Maybe<Record<'t>>)]) -> Self {
        let mut places = Self {
            tree: Nesting::new(),
            folders: HashMap::from([("", Nesting::ROOT)]),
        };
        let mut folders: Vec<&str> = keys.iter().map(|(key, _)| top(key).0).collect();
        // A folder is made after those above it, which are shorter.
        folders.sort_by_key(|folder| folder.len());
        for folder in folders {
            if !places.folders.contains_key(folder) {
                let above = places.above(folder);
                let place = places.tree.folder(above);
                places.folders.insert(folder, place);
            }
        }
        places
    }

    /// The place of the nearest known folder above a folder.
    fn above(&self, folder: &str) -> Place {
        let mut at = folder;
        // Deeper folders than this are not looked for; their packages search on in the root.
        for _ in 0..64 {
            let Some((above, _)) = at.rsplit_once('/') else {
                break;
            };
            if let Some(place) = self.folders.get(above) {
                return *place;
            }
            at = above;
        }
        Nesting::ROOT
    }

    fn spot(&mut self, key: &'k str) -> Spot<'k> {
        let (folder, rest) = top(key);
        let Some(rest) = rest else {
            return Spot::Folder(folder);
        };
        let mut place = self.folders.get(folder).copied().unwrap_or(Nesting::ROOT);
        let mut installed = rest;
        for name in rest.split("/node_modules/") {
            installed = name;
            place = self.tree.enter(place, name);
        }
        Spot::Installed(place, installed)
    }
}

/// The folder of the project at the beginning of a key, and what is below its `node_modules`.
fn top(key: &str) -> (&str, Option<&str>) {
    if let Some(rest) = key.strip_prefix("node_modules/") {
        return ("", Some(rest));
    }
    match key.split_once("/node_modules/") {
        Some((folder, rest)) => (folder, Some(rest)),
        None => (key, None),
    }
}

fn installed<'t>(
    packages: &Entries<'t, Maybe<Record<'t>>>,
    text: &'t str,
    warnings: &mut Vec<String>,
) -> Graph {
    let mut graph = Graph::default();
    let mut lines = Lines::new(text);
    let mut places = Places::new(&packages.0);
    let root = packages
        .0
        .iter()
        .find(|(key, _)| key.is_empty())
        .and_then(|(_, root)| root.0.as_ref());
    let members = Members::new(
        root.into_iter()
            .flat_map(|root| root.workspaces.0.iter().map(AsRef::as_ref)),
    );

    // Who asks at which place, and the package that it is; the project itself is none.
    let mut askers: Vec<(Place, Option<Id>, &Record<'_>, bool)> = Vec::new();
    let mut links = Vec::new();
    let mut by_folder: HashMap<&str, Id> = HashMap::new();
    let mut skipped = 0_usize;
    for (key, entry) in &packages.0 {
        let line = lines.of(key);
        let Some(entry) = &entry.0 else {
            skipped += 1;
            continue;
        };
        match places.spot(key) {
            Spot::Folder("") => askers.push((Nesting::ROOT, None, entry, true)),
            Spot::Folder(folder) => {
                let is_member = members.contains(folder);
                let place = places.folders.get(folder).copied().unwrap_or(Nesting::ROOT);
                let source = if is_member {
                    PackageSource::Workspace(folder.to_owned())
                } else {
                    PackageSource::File(folder.to_owned())
                };
                let base = folder.rsplit('/').next().unwrap_or(folder);
                let name = entry.name.get().unwrap_or(base);
                let id = graph.add(Node::new(name, entry.version.or_empty(), source, line));
                if is_member {
                    graph.direct(id, Scope::Prod);
                }
                by_folder.insert(folder, id);
                askers.push((place, Some(id), entry, is_member));
            }
            Spot::Installed(place, name) if entry.link.0 => links.push((place, name, entry, line)),
            Spot::Installed(place, installed) => {
                let name = entry.name.get().unwrap_or(installed);
                let version = entry.version.or_empty();
                let source = specifier::package_source(None, entry.resolved.get(), name, version);
                let mut node = Node::new(name, version, source, line).installed_as(installed);
                node.stated = stated(entry.dev.0, entry.optional.0 || entry.dev_optional.0);
                let id = graph.add(node);
                places.tree.put(place, id);
                askers.push((place, Some(id), entry, false));
            }
        }
    }
    for (place, installed, entry, line) in links {
        let target = entry.resolved.or_empty();
        let id = by_folder.get(target).copied().unwrap_or_else(|| {
            let source = PackageSource::File(target.to_owned());
            graph.add(Node::new(installed, entry.version.or_empty(), source, line))
        });
        places.tree.put(place, id);
    }
    if skipped > 0 {
        warnings.push(format!(
            "{skipped} entries of `packages` are no objects and were passed over"
        ));
    }

    let mut askings = Askings::default();
    for (place, asker, entry, is_project) in askers {
        // Development dependencies of a package are only installed where the package is a folder of the project.
        let is_folder = asker.and_then(|id| graph.node(id)).is_none_or(|node| {
            matches!(
                node.source,
                PackageSource::Workspace(_) | PackageSource::File(_)
            )
        });
        for (name, asked, scope) in entry.needs(is_folder) {
            let Some(to) = places.tree.resolve(place, name) else {
                continue;
            };
            askings.note(to, asked);
            match asker {
                Some(from) if !is_project => graph.edge(from, to, scope),
                _ => graph.direct(to, scope),
            }
        }
    }
    askings.decide(&mut graph);
    graph
}

/// How packages are asked for. What is asked for by an archive's address alone comes from no registry, and what is asked
/// for by a range does, whatever the shape of the address it was fetched from.
#[derive(Default)]
struct Askings {
    by_range: HashSet<Id>,
    by_address: BTreeMap<Id, String>,
}

impl Askings {
    fn note(&mut self, id: Id, asked: &str) {
        match specifier::source(asked) {
            None => {
                self.by_range.insert(id);
            }
            Some(PackageSource::Url(address)) => {
                self.by_address.insert(id, address);
            }
            Some(_) => {}
        }
    }

    fn decide(self, graph: &mut Graph) {
        for id in 0..graph.len() {
            let Some(node) = graph.node_mut(id) else {
                continue;
            };
            let by_range = self.by_range.contains(&id);
            match (&node.source, self.by_address.get(&id)) {
                (PackageSource::Url(_), _) if by_range => node.source = PackageSource::Registry,
                (PackageSource::Registry, Some(address)) if !by_range => {
                    node.source = PackageSource::Url(address.clone());
                }
                _ => {}
            }
        }
    }
}

/// What an entry's own flags say.
pub(super) fn stated(dev: bool, optional: bool) -> Option<Scope> {
    match (dev, optional) {
        (_, true) => Some(Scope::Optional),
        (true, false) => Some(Scope::Dev),
        (false, false) => None,
    }
}
