//! `Cargo.lock`, versions 1 to 4.
//!
//! The text is cut at its table headers and each `[[package]]` is read for itself: that bounds memory, gives every package
//! its line, and keeps reading linear (the crate `cargo-lock` looks for each dependency among all packages, which a
//! stranger's file of a million packages would turn into hours; its types are used for names and sources, and a test
//! holds the two against each other). A dependency is `name`, `name version` or `name version (source)`, as much as is
//! needed to tell it from others. Packages without a source are folders: members of the workspace and path dependencies.
//! What they need for development only stands in their `Cargo.toml`.

use std::collections::HashMap;
use std::str::FromStr;

use cargo_lock::SourceId;
use serde::Deserialize;

use super::{
    Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder, specifier,
};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::manifest::cargo_toml::{self, Manifest};
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct CargoLock;

/// The newest version of the format that is known.
const NEWEST: u32 = 4;

#[derive(Debug, Deserialize)]
struct Block {
    name: String,
    version: String,
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    /// What takes the package's place, by the old `[replace]` of a manifest.
    replace: Option<String>,
    #[serde(skip)]
    line: u32,
}

#[derive(Debug, Default, Deserialize)]
struct Head {
    version: Option<u32>,
}

impl LockfileFormat for CargoLock {
    fn name(&self) -> &'static str {
        "Cargo.lock"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["Cargo.lock"]
    }

    fn ecosystem(&self) -> &'static str {
        "crates.io"
    }

    fn parse(
        &self,
        path: &str,
        text: &str,
        files: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError> {
        let (version, blocks) = blocks(path, text)?;
        let mut warnings = Vec::new();
        if version > NEWEST {
            warnings.push(format!("version {version} of the format is newer than what is known ({NEWEST}); it is read as that"));
        }
        let graph = resolve(path, &blocks, files, &mut warnings)?;
        Ok(Lockfile::new(
            &format!("Cargo.lock v{version}"),
            self.ecosystem(),
            graph,
            warnings,
        ))
    }
}

/// The version of the format and the packages.
fn blocks(path: &str, text: &str) -> Result<(u32, Vec<Block>), LockfileError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut version = None;
    let mut checksums_apart = false;
    for section in Sections::new(text) {
        match section.header.trim_end() {
            "" => version = read::<Head>(path, &section)?.version,
            // The oldest files have the package at the workspace's root apart from the others.
            "[[package]]" | "[root]" => {
                if blocks.len() >= MOST_PACKAGES {
                    let message = format!("more than {MOST_PACKAGES} packages");
                    return Err(LockfileError::new(path, Some(section.line), message));
                }
                let mut block: Block = read(path, &section)?;
                block.line = section.line;
                blocks.push(block);
            }
            "[metadata]" => checksums_apart = true,
            // What no package uses, and what other programs keep here.
            _ => {}
        }
    }
    if blocks.is_empty() && version.is_none() {
        return Err(LockfileError::new(
            path,
            Some(1),
            "`version` or a `[[package]]` is expected, as Cargo writes them",
        ));
    }
    Ok((
        version.unwrap_or(if checksums_apart { 1 } else { 2 }),
        blocks,
    ))
}

fn read<T: for<'de> Deserialize<'de>>(
    path: &str,
    section: &Section<'_>,
) -> Result<T, LockfileError> {
    toml::from_str(section.body).map_err(|error| {
        let before = error
            .span()
            .and_then(|span| section.body.get(..span.start))
            .unwrap_or_default();
        let line = section.body_line + memchr::memchr_iter(b'\n', before.as_bytes()).count() as u32;
        LockfileError::new(
            path,
            Some(line),
            format!("not the TOML that Cargo writes: {}", error.message()),
        )
    })
}

/// A table: its header, and what follows up to the next one.
struct Section<'t> {
    header: &'t str,
    line: u32,
    body: &'t str,
    body_line: u32,
}

/// The tables of a text, the keys before the first one with an empty header.
struct Sections<'t> {
    rest: Option<&'t str>,
    line: u32,
}

impl<'t> Sections<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            rest: Some(text),
            line: 1,
        }
    }
}

impl<'t> Iterator for Sections<'t> {
    type Item = Section<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest?;
        let line = self.line;
        let (header, body, body_line) = match text.strip_prefix('[') {
            Some(_) => {
                let (header, body) = text.split_once('\n').unwrap_or((text, ""));
                (header, body, line + 1)
            }
            None => ("", text, line),
        };
        let end = if body.starts_with('[') {
            Some(0)
        } else {
            memchr::memmem::find(body.as_bytes(), b"\n[").map(|at| at + 1)
        };
        self.rest = end.and_then(|end| body.get(end..));
        let body = end.and_then(|end| body.get(..end)).unwrap_or(body);
        self.line = body_line + memchr::memchr_iter(b'\n', body.as_bytes()).count() as u32;
        Some(Section {
            header,
            line,
            body,
            body_line,
        })
    }
}

/// Packages by as much as a dependency says of them.
#[derive(Default)]
struct ByReference<'b> {
    name: HashMap<&'b str, Id>,
    version: HashMap<(&'b str, &'b str), Id>,
    source: HashMap<(&'b str, &'b str, &'b str), Id>,
}

impl<'b> ByReference<'b> {
    fn insert(&mut self, block: &'b Block, id: Id) {
        let (name, version) = (block.name.as_str(), block.version.as_str());
        self.name.entry(name).or_insert(id);
        self.version.entry((name, version)).or_insert(id);
        let source = without_commit(block.source.as_deref().unwrap_or_default());
        self.source.entry((name, version, source)).or_insert(id);
    }

    fn find(&self, dependency: &str) -> Option<Id> {
        let mut words = dependency.split_ascii_whitespace();
        let name = words.next()?;
        let Some(version) = words.next() else {
            return self.name.get(name).copied();
        };
        let source = words
            .next()
            .and_then(|source| source.strip_prefix('(')?.strip_suffix(')'));
        source
            .and_then(|source| self.source.get(&(name, version, without_commit(source))))
            .or_else(|| self.version.get(&(name, version)))
            .copied()
    }
}

/// A dependency names the branch or tag of a repository, a package its commit as well.
fn without_commit(source: &str) -> &str {
    source.split('#').next().unwrap_or_default()
}

fn resolve(
    path: &str,
    blocks: &[Block],
    files: &dyn ProjectFiles,
    warnings: &mut Vec<String>,
) -> Result<Graph, LockfileError> {
    let manifests = cargo_toml::project(folder(path), files);
    let mut by_identity: HashMap<(&str, Option<&str>), &Manifest> = HashMap::new();
    for manifest in &manifests {
        by_identity
            .entry((&manifest.name, manifest.version.as_deref()))
            .or_insert(manifest);
    }
    // A member may inherit its version from the workspace.
    let of = |block: &Block| {
        let inherited = || by_identity.get(&(block.name.as_str(), None));
        by_identity
            .get(&(block.name.as_str(), Some(block.version.as_str())))
            .or_else(inherited)
            .copied()
    };
    let mut graph = Graph::default();
    let mut index = ByReference::default();
    let mut members: Vec<(Id, &Block, Option<&Manifest>)> = Vec::new();
    for block in blocks {
        let manifest = block.source.is_none().then(|| of(block)).flatten();
        let source = match &block.source {
            None => PackageSource::Workspace(
                manifest
                    .map(|manifest| manifest.folder.clone())
                    .unwrap_or_default(),
            ),
            Some(source) => package_source(path, block, source)?,
        };
        let id = graph.add(Node::new(&block.name, &block.version, source, block.line));
        index.insert(block, id);
        if block.source.is_none() {
            members.push((id, block, manifest));
        }
    }
    for (id, block) in blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.source.is_some())
    {
        for dependency in block.dependencies.iter().chain(&block.replace) {
            if let Some(to) = index.find(dependency) {
                graph.edge(id, to, Scope::Prod);
            }
        }
    }
    let mut without_manifest = Vec::new();
    for (id, block, manifest) in &members {
        graph.direct(*id, Scope::Prod);
        if manifest.is_none() {
            without_manifest.push(block.name.as_str());
        }
        for dependency in &block.dependencies {
            let Some(to) = index.find(dependency) else {
                continue;
            };
            let scope = match (manifest, graph.node(to)) {
                (Some(manifest), Some(node)) => manifest.scope(&node.name, &node.version),
                _ => Scope::Prod,
            };
            graph.direct(to, scope);
        }
    }
    if !without_manifest.is_empty() {
        let named = without_manifest
            .iter()
            .take(5)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        warnings.push(format!(
            "the Cargo.toml of {} folders ({named}{}) was not found; what they need for development only is taken as needed \
             to run",
            without_manifest.len(),
            if without_manifest.len() > 5 { ", …" } else { "" },
        ));
    }
    // The project itself is none of its packages: the one beside the lockfile or, without manifests, the only one.
    let project = members.iter().find(|(_, _, manifest)| match manifest {
        Some(manifest) => manifest.folder.is_empty(),
        None => members.len() == 1,
    });
    if let Some((id, _, _)) = project {
        graph.leave_out(*id);
    }
    Ok(graph)
}

fn package_source(path: &str, block: &Block, source: &str) -> Result<PackageSource, LockfileError> {
    let id = SourceId::from_str(source).map_err(|error| {
        let message = format!("the source of {}: {error}", block.name);
        LockfileError::new(path, Some(block.line), message)
    })?;
    Ok(if id.is_git() {
        let commit = id
            .precise()
            .map(|commit| format!("#{commit}"))
            .unwrap_or_default();
        PackageSource::Git(specifier::git_address(&format!("{}{commit}", id.url())))
    } else if id.is_path() {
        PackageSource::File(id.url().path().to_owned())
    } else {
        PackageSource::Registry
    })
}

#[cfg(test)]
mod tests {
    use super::Sections;

    #[test]
    fn sections_have_their_lines() {
        let text = "# head\nversion = 3\n\n[[package]]\nname = \"a\"\ndependencies = [\n \"b\",\n]\n[[package]]\n[metadata]";
        let found: Vec<_> = Sections::new(text)
            .map(|section| (section.header, section.line, section.body_line))
            .collect();
        assert_eq!(
            found,
            [
                ("", 1, 1),
                ("[[package]]", 4, 5),
                ("[[package]]", 9, 10),
                ("[metadata]", 10, 11)
            ]
        );
        assert_eq!(Sections::new("").count(), 1);
        assert_eq!(
            Sections::new("[a]\r\nb = 1")
                .map(|section| section.body)
                .collect::<String>(),
            "b = 1"
        );
    }
}
