//! `yarn.lock`: version 1 here, the later ones ("Berry") in [`super::yarn_berry`]; the content tells which.
//!
//! Version 1 is a format of its own: a block per resolved package, headed by the descriptors that lead to it. What the
//! project itself asks for stands in `package.json` only.

use std::collections::HashMap;

use super::{
    Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder, npm_source,
    yarn_berry,
};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::manifest;
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct YarnLock;

impl LockfileFormat for YarnLock {
    fn name(&self) -> &'static str {
        "yarn.lock"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["yarn.lock"]
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
        if text.lines().any(|line| line.starts_with("__metadata:")) {
            return yarn_berry::parse(path, text, files);
        }
        let blocks = blocks(path, text)?;
        let mut warnings = Vec::new();
        let packages = resolve(path, &blocks, files, &mut warnings).finish("npm");
        Ok(Lockfile {
            kind: "yarn.lock v1".to_owned(),
            ecosystem: "npm",
            packages,
            warnings,
        })
    }
}

#[derive(Debug, Default)]
struct Block {
    line: u32,
    descriptors: Vec<String>,
    version: String,
    resolved: Option<String>,
    needs: Vec<(String, String, Scope)>,
}

fn blocks(path: &str, text: &str) -> Result<Vec<Block>, LockfileError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut section = None;
    for (number, line) in text.lines().enumerate() {
        let number = number as u32 + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let fail = |message: &str| LockfileError::new(path, Some(number), message);
        if indent == 0 {
            let Some(head) = trimmed.strip_suffix(':') else {
                return Err(fail("descriptors such as `name@range:` are expected"));
            };
            let descriptors = head
                .split(", ")
                .map(|part| part.trim().trim_matches('"').to_owned())
                .collect();
            blocks.push(Block {
                line: number,
                descriptors,
                ..Block::default()
            });
            if blocks.len() > MOST_PACKAGES {
                return Err(fail("more packages than a lockfile has"));
            }
            section = None;
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            return Err(fail("an indented line before the first package"));
        };
        if indent <= 2 {
            section = match trimmed {
                "dependencies:" => Some(Scope::Prod),
                "optionalDependencies:" => Some(Scope::Optional),
                _ => None,
            };
            if let Some((key, value)) = word(trimmed) {
                match key {
                    "version" => value.clone_into(&mut block.version),
                    "resolved" => block.resolved = Some(value.to_owned()),
                    _ => {}
                }
            }
        } else if let (Some(scope), Some((name, range))) = (section, word(trimmed)) {
            block.needs.push((name.to_owned(), range.to_owned(), scope));
        }
    }
    Ok(blocks)
}

/// `key value` or `"key" "value"`.
fn word(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match line.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => line.split_once(' ')?,
    };
    Some((key, value.trim().trim_matches('"')))
}

fn resolve(
    path: &str,
    blocks: &[Block],
    files: &dyn ProjectFiles,
    warnings: &mut Vec<String>,
) -> Graph {
    let mut graph = Graph::default();
    let mut by_descriptor: HashMap<&str, Id> = HashMap::new();
    for block in blocks {
        let first = block.descriptors.first().map_or("", String::as_str);
        let (name, range) = npm_source::split_descriptor(first).unwrap_or((first, ""));
        let real = npm_source::aliased(range).map_or(name, |(real, _)| real);
        let source = npm_source::of(range)
            .or_else(|| block.resolved.as_deref().and_then(npm_source::of))
            .unwrap_or(PackageSource::Registry);
        let id = graph.add(real, &block.version, source, block.line);
        if let Some(node) = graph.node_mut(id) {
            node.alias = Some(name.to_owned());
        }
        for descriptor in &block.descriptors {
            by_descriptor.insert(descriptor, id);
        }
    }
    for (block, id) in blocks.iter().zip(graph.ids()) {
        for (name, range, scope) in &block.needs {
            if let Some(to) = by_descriptor.get(format!("{name}@{range}").as_str()) {
                graph.edge(id, *to, *scope);
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
        for (name, (range, scope)) in manifest.dependencies {
            if let Some(id) = by_descriptor.get(format!("{name}@{range}").as_str()) {
                graph.direct(*id, scope);
            }
        }
    }
    graph
}
