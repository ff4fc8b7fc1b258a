//! `package.json` files beside a lockfile: what the project itself asks for.

use std::collections::BTreeMap;

use globset::GlobBuilder;
use serde_json::Value;

use super::ProjectFiles;
use super::package::Scope;

/// What one `package.json` asks for: name of the dependency, its range, its scope.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub(super) dependencies: BTreeMap<String, (String, Scope)>,
    workspaces: Vec<String>,
}

impl Manifest {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let mut manifest = Self::default();
        manifest.read(&value);
        let workspaces = value
            .get("workspaces")
            .map(|workspaces| workspaces.get("packages").unwrap_or(workspaces));
        manifest.workspaces = workspaces
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|glob| glob.as_str().map(str::to_owned))
            .collect();
        Some(manifest)
    }

    /// Adds the dependency sections of a mapping that has them under npm's names. The strongest scope counts.
    pub(super) fn read(&mut self, value: &Value) {
        for (section, scope) in [
            ("devDependencies", Scope::Dev),
            ("peerDependencies", Scope::Prod),
            ("dependencies", Scope::Prod),
            // npm takes an entry here out of `dependencies`.
            ("optionalDependencies", Scope::Optional),
        ] {
            for (name, range) in value
                .get(section)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let Some(range) = range.as_str() else {
                    continue;
                };
                self.dependencies
                    .insert(name.clone(), (range.to_owned(), scope));
            }
        }
    }
}

/// The manifests of the project whose lockfile is in `folder`, and of its workspace's members. Empty where the
/// project's own cannot be read.
pub(super) fn of_project(folder: &str, files: &dyn ProjectFiles) -> Vec<Manifest> {
    let at = |name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let Some(root) = files
        .read(&at("package.json"))
        .as_deref()
        .and_then(Manifest::parse)
    else {
        return Vec::new();
    };
    let globs: Vec<_> = root
        .workspaces
        .iter()
        .filter_map(|glob| {
            let glob = glob.trim_start_matches("./").trim_end_matches('/');
            GlobBuilder::new(&at(glob))
                .literal_separator(true)
                .build()
                .ok()
        })
        .map(|glob| glob.compile_matcher())
        .collect();
    let mut manifests = vec![root];
    if !globs.is_empty() {
        for path in files.paths() {
            let Some(member) = path.strip_suffix("/package.json") else {
                continue;
            };
            if globs.iter().any(|glob| glob.is_match(member))
                && let Some(manifest) = files.read(path).as_deref().and_then(Manifest::parse)
            {
                manifests.push(manifest);
            }
        }
    }
    manifests
}
