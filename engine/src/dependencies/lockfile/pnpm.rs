//! `pnpm-lock.yaml`, versions 5 to 9.
//!
//! The key of a package is `/name/1.0.0_peers` in version 5, `/name@1.0.0(peers)` in version 6, and `name@1.0.0` in
//! version 9, which moves what a package needs to `snapshots`, one for each set of peers. A package that is there with
//! several sets of peers is one package. `importers` are the project (`.`) and the members of its workspace; without them
//! the document itself is the project's. Documented in pnpm's specification "lockfile".

use std::collections::{BTreeMap, HashMap, HashSet};

use super::yaml_events::{self, Entry, Value};
use super::{
    Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder, specifier,
};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::manifest::{join, package_json};
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct PnpmLock;

/// What a package needs.
const NEEDS: [(&str, Scope); 2] = [
    ("dependencies", Scope::Prod),
    ("optionalDependencies", Scope::Optional),
];

/// What an importer asks for. The last two are what pnpm itself runs with.
const ASKS: [(&str, Scope); 5] = [
    ("dependencies", Scope::Prod),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
    ("configDependencies", Scope::Dev),
    ("packageManagerDependencies", Scope::Dev),
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
        files: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError> {
        let documents = yaml_events::read(path, text)?;
        let mut graph = Graph::default();
        let mut version = None;
        for document in &documents {
            let Some(stated) = document.text_of("lockfileVersion") else {
                return Err(LockfileError::new(
                    path,
                    Some(1),
                    "`lockfileVersion` is expected, as pnpm writes it",
                ));
            };
            version = Some(stated);
            let major: u32 = stated
                .split('.')
                .next()
                .and_then(|major| major.parse().ok())
                .ok_or_else(|| {
                    LockfileError::new(
                        path,
                        Some(1),
                        format!("`lockfileVersion` {stated:?}: a number is expected"),
                    )
                })?;
            let packages =
                document.entries_of("packages").len() + document.entries_of("snapshots").len();
            if packages > 2 * MOST_PACKAGES {
                return Err(LockfileError::new(
                    path,
                    None,
                    format!("more than {MOST_PACKAGES} packages"),
                ));
            }
            Reading {
                old: major < 6,
                bare: major >= 9,
                document,
                folder: folder(path),
                files,
            }
            .add_to(&mut graph);
        }
        let Some(version) = version else {
            return Err(LockfileError::new(
                path,
                Some(1),
                "a document is expected; the file is empty",
            ));
        };
        Ok(Lockfile::new(
            &format!("pnpm-lock.yaml v{version}"),
            self.ecosystem(),
            graph,
            Vec::new(),
        ))
    }
}

/// One document on its way into the graph.
struct Reading<'r> {
    /// Version 5: a slash before the version, an underscore before the peers.
    old: bool,
    /// Version 9: no slash before the name.
    bare: bool,
    document: &'r Value<'r>,
    folder: &'r str,
    files: &'r dyn ProjectFiles,
}

impl Reading<'_> {
    fn add_to(&self, graph: &mut Graph) {
        let members = self.members(graph);
        let packages = self.document.entries_of("packages");
        let snapshots = self.document.entries_of("snapshots");
        let described: HashMap<&str, &Entry<'_>> = packages
            .iter()
            .map(|entry| (entry.key.as_ref(), entry))
            .collect();
        let mut by_key: HashMap<&str, Id> = HashMap::new();
        let mut needs: Vec<(Id, &Value<'_>)> = Vec::new();
        let mut with_snapshot: HashSet<&str> = HashSet::new();
        for snapshot in snapshots {
            let key = self.without_peers(&snapshot.key);
            let package = described.get(key).copied();
            let id = graph.add(self.node(package.unwrap_or(snapshot), &members));
            with_snapshot.insert(key);
            by_key.insert(bare_key(&snapshot.key), id);
            needs.push((id, &snapshot.value));
        }
        for package in packages
            .iter()
            .filter(|package| !with_snapshot.contains(package.key.as_ref()))
        {
            let id = graph.add(self.node(package, &members));
            by_key.insert(bare_key(&package.key), id);
            needs.push((id, &package.value));
        }
        for (from, value) in needs {
            for (section, scope) in NEEDS {
                for need in value.entries_of(section) {
                    let to = need
                        .value
                        .text()
                        .and_then(|reference| self.find(&by_key, &need.key, reference));
                    if let Some(to) = to {
                        graph.edge(from, to, scope);
                    }
                }
            }
        }
        let importers = self.document.entries_of("importers");
        if importers.is_empty() {
            self.ask(graph, &by_key, &members, "", self.document);
        }
        for importer in importers {
            self.ask(graph, &by_key, &members, &importer.key, &importer.value);
        }
    }

    /// The members of the workspace, by their folders. The lockfile names them only where another asks for them.
    fn members(&self, graph: &mut Graph) -> HashMap<String, Id> {
        let importers = self.document.entries_of("importers");
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for importer in importers {
            for (section, _) in ASKS {
                for ask in importer.value.entries_of(section) {
                    if let Some(target) =
                        reference(&ask.value).and_then(|text| text.strip_prefix("link:"))
                    {
                        names
                            .entry(relative(&importer.key, target))
                            .or_insert(&ask.key);
                    }
                }
            }
        }
        let mut members = HashMap::new();
        for importer in importers.iter().filter(|importer| importer.key != ".") {
            let folder = relative("", &importer.key);
            let manifest =
                package_json::read(&join(self.folder, &folder), self.files).unwrap_or_default();
            let name = Some(manifest.name.as_str())
                .filter(|name| !name.is_empty())
                .or_else(|| names.get(&folder).copied())
                .or_else(|| folder.rsplit('/').next())
                .unwrap_or_default();
            let source = PackageSource::Workspace(folder.clone());
            let id = graph.add(Node::new(name, &manifest.version, source, importer.line));
            graph.direct(id, Scope::Prod);
            members.insert(folder, id);
        }
        members
    }

    /// What the project or a member of its workspace asks for.
    fn ask(
        &self,
        graph: &mut Graph,
        by_key: &HashMap<&str, Id>,
        members: &HashMap<String, Id>,
        importer: &str,
        value: &Value<'_>,
    ) {
        for (section, scope) in ASKS {
            for ask in value.entries_of(section) {
                let Some(reference) = reference(&ask.value) else {
                    continue;
                };
                let to = match reference.strip_prefix("link:") {
                    Some(target) => {
                        let folder = relative(importer, target);
                        // A folder outside of the workspace has no other entry than this.
                        Some(members.get(&folder).copied().unwrap_or_else(|| {
                            graph.add(Node::new(
                                &ask.key,
                                "",
                                PackageSource::File(folder),
                                ask.line,
                            ))
                        }))
                    }
                    None => self.find(by_key, &ask.key, reference),
                };
                if let Some(to) = to {
                    if let Some(node) = graph
                        .node_mut(to)
                        .filter(|node| node.name != ask.key && node.alias.is_none())
                    {
                        let is_member = matches!(node.source, PackageSource::Workspace(_));
                        node.alias = (!is_member).then(|| ask.key.as_ref().to_owned());
                    }
                    graph.direct(to, scope);
                }
            }
        }
    }

    /// The package that a need leads to. A reference is a version with peers, or the whole key of another package.
    fn find(&self, by_key: &HashMap<&str, Id>, name: &str, reference: &str) -> Option<Id> {
        let is_key = if self.bare {
            // `a@1.0.0(p@1.0.0)` is a key; `1.0.0(p@1.0.0)` and `https://user@host` are not.
            let at = reference
                .get(1..)
                .and_then(|rest| rest.find('@'))
                .map(|at| at + 1);
            at.is_some_and(|at| reference.find(['(', ':']).is_none_or(|other| at < other))
        } else {
            let version = reference.split('(').next().unwrap_or_default();
            version.contains('/') || version.starts_with("file:")
        };
        let joint = if self.old { '/' } else { '@' };
        let built = (!is_key).then(|| format!("{name}{joint}{reference}"));
        by_key
            .get(built.as_deref().unwrap_or(bare_key(reference)))
            .copied()
    }

    fn without_peers<'k>(&self, key: &'k str) -> &'k str {
        if self.old {
            key
        } else {
            key.get(..peers_start(key)).unwrap_or(key)
        }
    }

    fn node(&self, entry: &Entry<'_>, members: &HashMap<String, Id>) -> Node {
        let value = &entry.value;
        let (name, exact) = self.identity(&entry.key);
        let name = value.text_of("name").unwrap_or(name);
        let resolution = value.get("resolution");
        let at = |key: &str| resolution.and_then(|resolution| resolution.text_of(key));
        let commit = at("commit")
            .map(|commit| format!("#{commit}"))
            .unwrap_or_default();
        let is_version = semver::Version::parse(exact).is_ok();
        let source = if let Some(repository) = at("repo") {
            PackageSource::Git(specifier::git_address(&format!("{repository}{commit}")))
        } else if let Some(folder) = at("directory") {
            let folder = relative("", folder);
            if members.contains_key(&folder) {
                PackageSource::Workspace(folder)
            } else {
                PackageSource::File(folder)
            }
        } else if is_version {
            PackageSource::Registry
        } else {
            let address = at("tarball").or(Some(exact).filter(|exact| !exact.is_empty()));
            address
                .and_then(specifier::source)
                .unwrap_or(PackageSource::Registry)
        };
        let version = match (value.text_of("version"), &source) {
            (Some(version), _) => version,
            (None, _) if is_version => exact,
            (None, PackageSource::Git(address)) => specifier::commit(address).unwrap_or_default(),
            (None, _) => "",
        };
        let mut node = Node::new(name, version, source.clone(), entry.line);
        node.stated = match (value.flag("dev"), value.flag("optional")) {
            (true, _) => Some(Scope::Dev),
            (_, true) => Some(Scope::Optional),
            _ => None,
        };
        node
    }

    /// Name, and version or address, of a key.
    fn identity<'k>(&self, key: &'k str) -> (&'k str, &'k str) {
        let plain = without_host(key);
        if self.old {
            // A semantic version has no underscore.
            return match plain.rsplit_once('/') {
                Some((name, version)) => (name, version.split('_').next().unwrap_or(version)),
                None => (plain, ""),
            };
        }
        let plain = plain.get(..peers_start(plain)).unwrap_or(plain);
        specifier::split(plain).unwrap_or((plain, ""))
    }
}

/// A reference is text, or the text below `version`.
fn reference<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.text().or_else(|| value.text_of("version"))
}

/// A key without the slash at its beginning.
fn bare_key(key: &str) -> &str {
    key.strip_prefix('/').unwrap_or(key)
}

/// A key without its beginning: a slash, or the host of another registry and a slash.
fn without_host(key: &str) -> &str {
    if let Some(plain) = key.strip_prefix('/') {
        return plain;
    }
    match key.split_once('/') {
        Some((host, rest)) if host.contains('.') && !host.contains(['@', ':']) => rest,
        _ => key,
    }
}

/// Where the peers of a key begin: the parentheses at its end. A path may have others before.
fn peers_start(key: &str) -> usize {
    let mut depth = 0_u32;
    let mut start = key.len();
    for (at, byte) in key.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    start = at;
                }
            }
            _ if depth == 0 => break,
            _ => {}
        }
    }
    start
}

/// The folder at `path` as seen from the folder `base`, without `.` and, as far as there are folders, `..`.
fn relative(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{peers_start, relative, without_host};

    #[test]
    fn keys() {
        for (key, name) in [
            ("a@1.0.0(p@1.0.0(q@2.0.0))(r@3.0.0)", "a@1.0.0"),
            ("a@file:x(y)/z(p@1)", "a@file:x(y)/z"),
            ("a@1.0.0", "a@1.0.0"),
            ("a@1.0.0)", "a@1.0.0)"),
        ] {
            assert_eq!(key.get(..peers_start(key)), Some(name));
        }
        assert_eq!(without_host("registry.example/@s/a/1.0.0"), "@s/a/1.0.0");
        assert_eq!(without_host("/@s/a/1.0.0"), "@s/a/1.0.0");
        assert_eq!(without_host("@s/a@1.0.0"), "@s/a@1.0.0");
    }

    #[test]
    fn folders() {
        assert_eq!(relative("packages/a", "../b"), "packages/b");
        assert_eq!(relative(".", "packages/b"), "packages/b");
        assert_eq!(relative("a", "../../c"), "../c");
    }
}
