//! `package.json`: dependencies, workspaces, resolutions.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;

use super::join;
use crate::dependencies::ProjectFiles;
use crate::dependencies::json::{Entries, Flag, Maybe, Needs, Text, Texts};
use crate::dependencies::package::Scope;

/// What a `package.json` says, or what a lockfile repeats of it. The keys that only lockfiles have come last.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::dependencies) struct Record<'t> {
    #[serde(borrow)]
    pub(in crate::dependencies) name: Text<'t>,
    #[serde(borrow)]
    pub(in crate::dependencies) version: Text<'t>,
    #[serde(borrow)]
    pub(in crate::dependencies) workspaces: Texts<'t>,
    #[serde(borrow)]
    dependencies: Needs<'t>,
    #[serde(borrow)]
    dev_dependencies: Needs<'t>,
    #[serde(borrow)]
    optional_dependencies: Needs<'t>,
    #[serde(borrow)]
    peer_dependencies: Needs<'t>,
    #[serde(borrow)]
    peer_dependencies_meta: Entries<'t, Maybe<PeerMeta>>,
    #[serde(borrow)]
    resolutions: Needs<'t>,
    /// Bun: the names of optional peers.
    #[serde(borrow)]
    optional_peers: Texts<'t>,
    /// npm: the address of the archive, or the folder that a link leads to.
    #[serde(borrow)]
    pub(in crate::dependencies) resolved: Text<'t>,
    /// npm: a link to a folder.
    pub(in crate::dependencies) link: Flag,
    /// npm: only needed for development.
    pub(in crate::dependencies) dev: Flag,
    /// npm: only needed by what is optional.
    pub(in crate::dependencies) optional: Flag,
    /// npm: needed for development and by what is optional.
    pub(in crate::dependencies) dev_optional: Flag,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct PeerMeta {
    optional: Flag,
}

impl Record<'_> {
    /// Every dependency once: name, specifier, scope. A name in `optionalDependencies` is optional though
    /// `dependencies` has it too, as npm holds it; otherwise the stronger claim counts. An optional peer is optional.
    pub(in crate::dependencies) fn needs(&self, with_dev: bool) -> Vec<(&str, &str, Scope)> {
        let optional_peers: BTreeSet<&str> = self
            .peer_dependencies_meta
            .0
            .iter()
            .filter(|(_, meta)| meta.0.is_some_and(|meta| meta.optional.0))
            .map(|(name, _)| name.as_ref())
            .chain(self.optional_peers.0.iter().map(AsRef::as_ref))
            .collect();
        let mut seen = BTreeSet::new();
        let mut needs = Vec::new();
        let sections = [
            (&self.optional_dependencies, Scope::Optional, false),
            (&self.dependencies, Scope::Prod, false),
            (&self.peer_dependencies, Scope::Prod, true),
            (&self.dev_dependencies, Scope::Dev, false),
        ];
        for (section, scope, is_peer) in sections {
            for (name, specifier) in &section.0 {
                let optional_peer = is_peer && optional_peers.contains(name.as_ref());
                // A peer that is optional may be a development dependency all the same.
                let dev_too = optional_peer && with_dev;
                if (scope == Scope::Dev && !with_dev) || (!dev_too && !seen.insert(name.as_ref())) {
                    continue;
                }
                let scope = if optional_peer {
                    Scope::Optional
                } else {
                    scope
                };
                needs.push((name.as_ref(), specifier.or_empty(), scope));
            }
        }
        needs
    }
}

/// One `package.json`.
#[derive(Clone, Debug, Default)]
pub(in crate::dependencies) struct Manifest {
    /// Its folder, relative to the scanned root.
    pub(in crate::dependencies) folder: String,
    /// The package's name; empty where it has none.
    pub(in crate::dependencies) name: String,
    /// Its version; empty where it has none.
    pub(in crate::dependencies) version: String,
    /// Name, specifier and scope of each dependency, `devDependencies` included.
    pub(in crate::dependencies) needs: Vec<(String, String, Scope)>,
    /// `resolutions` of Yarn: the package's name and what it is resolved as.
    pub(in crate::dependencies) resolutions: BTreeMap<String, String>,
    workspaces: Vec<String>,
}

impl Manifest {
    fn parse(folder: &str, bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw = serde_json::from_str::<Maybe<Record<'_>>>(text).ok()?.0?;
        Some(Self {
            folder: folder.to_owned(),
            name: raw.name.or_empty().to_owned(),
            version: raw.version.or_empty().to_owned(),
            needs: raw
                .needs(true)
                .into_iter()
                .map(|(name, specifier, scope)| (name.to_owned(), specifier.to_owned(), scope))
                .collect(),
            resolutions: raw
                .resolutions
                .0
                .iter()
                .map(|(pattern, specifier)| {
                    (
                        resolved_name(pattern).to_owned(),
                        specifier.or_empty().to_owned(),
                    )
                })
                .collect(),
            workspaces: raw
                .workspaces
                .0
                .iter()
                .map(|glob| glob.clone().into_owned())
                .collect(),
        })
    }

    /// The scope of a dependency by its name.
    pub(in crate::dependencies) fn scope(&self, name: &str) -> Option<Scope> {
        self.needs
            .iter()
            .filter(|need| need.0 == name)
            .map(|need| need.2)
            .max()
    }
}

/// The package that a pattern of `resolutions` is about: `**/a`, `b/a`, `@s/b/**/a`, `a@npm:^1`.
fn resolved_name(pattern: &str) -> &str {
    let start = match pattern.rsplit_once('/') {
        Some((before, _)) => {
            let scope = before.rfind('/').map_or(0, |at| at + 1);
            if before
                .get(scope..)
                .is_some_and(|part| part.starts_with('@'))
            {
                scope
            } else {
                before.len() + 1
            }
        }
        None => 0,
    };
    let name = pattern.get(start..).unwrap_or(pattern);
    let skip = usize::from(name.starts_with('@'));
    let end = name
        .get(skip..)
        .and_then(|rest| rest.find('@'))
        .map_or(name.len(), |at| at + skip);
    name.get(..end).unwrap_or(name)
}

/// The manifest in a folder.
pub(in crate::dependencies) fn read(folder: &str, files: &dyn ProjectFiles) -> Option<Manifest> {
    Manifest::parse(folder, &files.read(&join(folder, "package.json"))?)
}

/// Folders that patterns of `workspaces` name, relative to the folder of the manifest that has them.
pub(in crate::dependencies) struct Members {
    wanted: Vec<GlobMatcher>,
    unwanted: Vec<GlobMatcher>,
}

impl Members {
    pub(in crate::dependencies) fn new<'g>(patterns: impl Iterator<Item = &'g str>) -> Self {
        let mut members = Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
        };
        for pattern in patterns {
            let (list, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (&mut members.unwanted, pattern),
                None => (&mut members.wanted, pattern),
            };
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            // A pattern that is no glob names nothing, as with npm.
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            list.extend(glob.ok().map(|glob| glob.compile_matcher()));
        }
        members
    }

    pub(in crate::dependencies) fn contains(&self, folder: &str) -> bool {
        self.wanted.iter().any(|glob| glob.is_match(folder))
            && !self.unwanted.iter().any(|glob| glob.is_match(folder))
    }
}

/// The manifests of the project in `folder` and of its workspace's members, the project's first. Empty where its own
/// cannot be read.
pub(in crate::dependencies) fn project(folder: &str, files: &dyn ProjectFiles) -> Vec<Manifest> {
    let Some(root) = read(folder, files) else {
        return Vec::new();
    };
    let members = Members::new(root.workspaces.iter().map(String::as_str));
    let mut manifests = vec![root];
    if !members.wanted.is_empty() {
        for path in files.paths() {
            let below = path
                .strip_suffix("/package.json")
                .filter(|member| !member.contains("node_modules"));
            let relative = below.and_then(|member| match folder {
                "" => Some(member),
                folder => member.strip_prefix(folder)?.strip_prefix('/'),
            });
            if relative.is_some_and(|relative| members.contains(relative)) {
                manifests.extend(below.and_then(|member| read(member, files)));
            }
        }
    }
    manifests
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::{Manifest, Members, Scope, resolved_name};

    #[test]
    fn sections_and_precedence() {
        let text = br#"{"name": "r", "private": true, "workspaces": {"packages": ["a/*"]},
            "dependencies": {"a": "^1", "b": "^1", "n": 1}, "optionalDependencies": {"b": "^1"},
            "devDependencies": {"a": "^2", "c": "^1", "p": "^3"}, "peerDependencies": {"p": "*", "q": "*"},
            "peerDependenciesMeta": {"p": {"optional": true}}, "resolutions": {"x/**/y": "2.0.0"}}"#;
        let manifest = Manifest::parse("", text).unwrap();
        for (name, scope) in [
            ("a", Scope::Prod),
            ("b", Scope::Optional),
            ("c", Scope::Dev),
            ("q", Scope::Prod),
        ] {
            assert_eq!(manifest.scope(name), Some(scope), "{name}");
        }
        let p: Vec<_> = manifest
            .needs
            .iter()
            .filter(|need| need.0 == "p")
            .map(|need| need.2)
            .collect();
        assert_eq!(p, [Scope::Optional, Scope::Dev]);
        assert_eq!(
            manifest.resolutions.get("y").map(String::as_str),
            Some("2.0.0")
        );
        assert!(Manifest::parse("", b"[1]").is_none());
    }

    #[test]
    fn patterns() {
        for (pattern, name) in [
            ("a", "a"),
            ("**/a", "a"),
            ("b/**/@s/a", "@s/a"),
            ("@s/a", "@s/a"),
            ("@s/b/a", "a"),
            ("@s/a@npm:^1", "@s/a"),
        ] {
            assert_eq!(resolved_name(pattern), name, "{pattern}");
        }
        let members = Members::new(["./packages/*", "!packages/old", "apps/**", "["].into_iter());
        assert!(members.contains("packages/a") && members.contains("apps/x/y"));
        assert!(!members.contains("packages/a/b") && !members.contains("packages/old"));
    }
}
