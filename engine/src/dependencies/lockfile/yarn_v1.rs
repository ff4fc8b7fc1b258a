//! `yarn.lock`: version 1 here, the later ones ("Berry") in [`super::yarn_berry`]; the content tells which.
//!
//! Version 1 is a format of its own that looks like YAML: a block for each resolved package, headed by the descriptors
//! that lead to it. What the project asks for stands in `package.json` only. Surprising: with `resolutions` a dependency's
//! own range has no block, the one of the resolution has.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::{
    Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder, specifier,
    yarn_berry,
};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::manifest::package_json::{self, Manifest};
use crate::dependencies::package::Scope;

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
        let manifests = package_json::project(folder(path), files);
        let graph = resolve(&blocks, &manifests, &mut warnings);
        Ok(Lockfile::new(
            "yarn.lock v1",
            self.ecosystem(),
            graph,
            warnings,
        ))
    }
}

/// What leads to a resolved package, and what that needs.
#[derive(Debug, Default)]
struct Block<'t> {
    line: u32,
    descriptors: Vec<Cow<'t, str>>,
    version: Cow<'t, str>,
    resolved: Option<Cow<'t, str>>,
    needs: Vec<(Cow<'t, str>, Cow<'t, str>, Scope)>,
}

fn blocks<'t>(path: &str, text: &'t str) -> Result<Vec<Block<'t>>, LockfileError> {
    let mut blocks: Vec<Block<'t>> = Vec::new();
    let mut section = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let fail = |message: &str| LockfileError::new(path, Some(number), message);
        if indent == 0 {
            if ["<<<<<<<", "=======", ">>>>>>>"]
                .iter()
                .any(|marker| trimmed.starts_with(marker))
            {
                return Err(fail(
                    "a merge conflict stands here; solve it and run `yarn install`",
                ));
            }
            let descriptors = head(trimmed).ok_or_else(|| {
                fail("descriptors and a colon are expected, such as `name@range:`")
            })?;
            if blocks.len() >= MOST_PACKAGES {
                return Err(fail(&format!("more than {MOST_PACKAGES} packages")));
            }
            blocks.push(Block {
                line: number,
                descriptors,
                ..Block::default()
            });
            section = None;
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            return Err(fail(
                "a line without indentation is expected before this one: a package's descriptors",
            ));
        };
        if indent <= 2 {
            section = match trimmed {
                "dependencies:" => Some(Scope::Prod),
                "optionalDependencies:" => Some(Scope::Optional),
                _ => None,
            };
            match pair(trimmed) {
                Some((key, value)) if key == "version" => block.version = value,
                Some((key, value)) if key == "resolved" => block.resolved = Some(value),
                _ => {}
            }
        } else if let (Some(scope), Some((name, range))) = (section, pair(trimmed)) {
            block.needs.push((name, range, scope));
        }
    }
    Ok(blocks)
}

/// `a@1, "@s/b@2 || 3":`
fn head(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut rest = line.strip_suffix(':')?;
    let mut words = Vec::new();
    loop {
        let (found, after) = word(rest, &[','])?;
        words.push(found);
        match after.trim_start().strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None => return after.trim().is_empty().then_some(words),
        }
    }
}

/// `key value`, either of them in quotes or not.
fn pair(line: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let (key, rest) = word(line, &[' ', '\t'])?;
    let (value, _) = word(rest.trim_start(), &[])?;
    Some((key, value))
}

/// A word, in quotes as JSON has them or bare up to one of `ends`, and what follows it.
fn word<'t>(text: &'t str, ends: &[char]) -> Option<(Cow<'t, str>, &'t str)> {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find(ends).unwrap_or(text.len());
        let (bare, rest) = text.split_at(end);
        return (!bare.is_empty()).then_some((Cow::Borrowed(bare), rest));
    };
    let mut at = 0;
    loop {
        at += inner.get(at..)?.find(['"', '\\'])?;
        if inner.get(at..)?.starts_with('"') {
            break;
        }
        // The character after a backslash may be of several bytes.
        at += 1 + inner.get(at + 1..)?.chars().next()?.len_utf8();
    }
    let (quoted, rest) = text.split_at(at + 2);
    let plain = inner.get(..at)?;
    if plain.contains('\\') {
        Some((Cow::Owned(serde_json::from_str(quoted).ok()?), rest))
    } else {
        Some((Cow::Borrowed(plain), rest))
    }
}

/// Packages by the descriptors that lead to them.
#[derive(Default)]
pub(super) struct Descriptors<'t> {
    by_descriptor: HashMap<(&'t str, &'t str), Id>,
    /// By name alone: the package, and whether it is the only one.
    by_name: HashMap<&'t str, (Id, bool)>,
    resolutions: BTreeMap<String, String>,
}

impl<'t> Descriptors<'t> {
    /// `resolutions` are those of the project's manifest.
    pub(super) fn new(manifests: &[Manifest]) -> Self {
        let resolutions = manifests
            .first()
            .map(|manifest| manifest.resolutions.clone());
        Self {
            resolutions: resolutions.unwrap_or_default(),
            ..Self::default()
        }
    }

    pub(super) fn insert(&mut self, name: &'t str, range: &'t str, id: Id) {
        self.by_descriptor.insert((name, range), id);
        self.by_name
            .entry(name)
            .and_modify(|(known, only)| *only &= *known == id)
            .or_insert((id, true));
    }

    /// The package that `name@range` leads to; where that stands nowhere, the one of a resolution, or the only one of
    /// that name.
    pub(super) fn find(&self, name: &str, range: &str) -> Option<Id> {
        self.exactly(name, range)
            .or_else(|| self.exactly(name, self.resolutions.get(name)?))
            .or_else(|| {
                self.by_name
                    .get(name)
                    .filter(|(_, only)| *only)
                    .map(|(id, _)| *id)
            })
    }

    /// Berry leaves the protocol `npm:` out of ranges, or not, by its version.
    fn exactly(&self, name: &str, range: &str) -> Option<Id> {
        let get = |range: &str| self.by_descriptor.get(&(name, range)).copied();
        get(range)
            .or_else(|| get(range.strip_prefix("npm:")?))
            .or_else(|| get(&format!("npm:{range}")))
    }
}

/// The names that a block's package is installed under, with the descriptors of each.
pub(super) fn by_name<'d>(
    descriptors: impl Iterator<Item = &'d str>,
) -> BTreeMap<&'d str, Vec<&'d str>> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for descriptor in descriptors {
        let (name, range) = specifier::split(descriptor).unwrap_or((descriptor, ""));
        names.entry(name).or_default().push(range);
    }
    names
}

fn resolve(blocks: &[Block<'_>], manifests: &[Manifest], warnings: &mut Vec<String>) -> Graph {
    let mut graph = Graph::default();
    let mut descriptors = Descriptors::new(manifests);
    let mut needs: Vec<(Id, &Block<'_>)> = Vec::new();
    for block in blocks {
        for (installed, ranges) in by_name(block.descriptors.iter().map(AsRef::as_ref)) {
            let range = ranges.first().copied().unwrap_or_default();
            let name = specifier::alias(range).map_or(installed, |(real, _)| real);
            let resolved = block.resolved.as_deref();
            let source = specifier::package_source(Some(range), resolved, name, &block.version);
            let node = Node::new(name, &block.version, source, block.line).installed_as(installed);
            let id = graph.add(node);
            for range in ranges {
                descriptors.insert(installed, range, id);
            }
            needs.push((id, block));
        }
    }
    for (from, block) in needs {
        for (name, range, scope) in &block.needs {
            if let Some(to) = descriptors.find(name, range) {
                graph.edge(from, to, *scope);
            }
        }
    }
    if manifests.is_empty() {
        warnings.push(
            "there is no package.json beside it that says which packages are direct and which are for development only; \
             those that no other package needs are taken as direct, and all as needed to run"
                .to_owned(),
        );
        graph.guess_direct();
    }
    for manifest in manifests {
        for (name, range, scope) in &manifest.needs {
            if let Some(to) = descriptors.find(name, range) {
                graph.direct(to, *scope);
            }
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::{head, pair};

    #[test]
    fn words() {
        assert_eq!(
            head("a@1, \"@s/b@2 || >=3, <4\", c@*:"),
            Some(vec!["a@1".into(), "@s/b@2 || >=3, <4".into(), "c@*".into()])
        );
        assert_eq!(head("\"a\\\"b@1\":"), Some(vec!["a\"b@1".into()]));
        for broken in ["a@1", ":", "\"a@1:", "\"a\" b:", "\"a\\:", ",:"] {
            assert_eq!(head(broken), None, "{broken}");
        }
        assert_eq!(
            pair("\"@s/a\" \"^1 || ^2\""),
            Some(("@s/a".into(), "^1 || ^2".into()))
        );
        assert_eq!(
            pair("integrity sha512-a=="),
            Some(("integrity".into(), "sha512-a==".into()))
        );
        assert_eq!(pair("dependencies:"), None);
    }
}
