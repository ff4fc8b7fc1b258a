//! `Cargo.lock`, versions 1 to 4, through the crate `cargo-lock`.
//!
//! Packages without a source are the workspace's own; what they need is direct. What is only for development stands in
//! their `Cargo.toml`.

use std::collections::{BTreeSet, HashMap};

use super::{
    Lockfile, LockfileError, LockfileFormat, MOST_PACKAGES, ProjectFiles, folder, npm_source,
};
use crate::dependencies::graph::{Graph, Id};
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct CargoLock;

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
        if text.matches("[[package]]").count() > MOST_PACKAGES {
            return Err(LockfileError::new(
                path,
                None,
                "more packages than a lockfile has",
            ));
        }
        let parsed: cargo_lock::Lockfile = text.parse().map_err(|error: cargo_lock::Error| {
            LockfileError::new(path, None, error.to_string())
        })?;
        let lines = lines(text);
        let mut graph = Graph::default();
        let mut by_name: HashMap<&str, Vec<(&cargo_lock::Package, Id)>> = HashMap::new();
        for package in &parsed.packages {
            let source = match &package.source {
                None => PackageSource::Workspace(String::new()),
                Some(source) if source.is_git() => {
                    PackageSource::Git(npm_source::without_credentials(source.url().as_str()))
                }
                Some(source) if source.is_path() => {
                    PackageSource::File(source.url().path().to_owned())
                }
                Some(_) => PackageSource::Registry,
            };
            let version = package.version.to_string();
            let key = (package.name.as_str().to_owned(), version.clone());
            let line = lines.get(&key).copied().unwrap_or(1);
            let id = graph.add(package.name.as_str(), &version, source, line);
            by_name
                .entry(package.name.as_str())
                .or_default()
                .push((package, id));
        }
        let mut warnings = Vec::new();
        for (package, id) in parsed.packages.iter().zip(graph.ids()) {
            let member = package.source.is_none();
            let dev = if member {
                dev_only(path, package.name.as_str(), files)
            } else {
                None
            };
            if member {
                graph.direct(id, Scope::Prod);
                if dev.is_none() {
                    warnings.push(format!(
                        "{path}: the Cargo.toml of {} was not found, so its dependencies are all taken as needed to run",
                        package.name
                    ));
                }
            }
            for dependency in &package.dependencies {
                let candidates = by_name.get(dependency.name.as_str());
                let to = candidates.into_iter().flatten().find(|(other, _)| {
                    other.version == dependency.version
                        && (dependency.source.is_none()
                            || dependency.source == other.source
                            || candidates.is_some_and(|all| all.len() == 1))
                });
                let Some((_, to)) = to else { continue };
                let only_dev = dev
                    .as_ref()
                    .is_some_and(|names| names.contains(dependency.name.as_str()));
                if member {
                    graph.direct(*to, if only_dev { Scope::Dev } else { Scope::Prod });
                }
                // A member's development needs are not needs of those who use it.
                if !only_dev {
                    graph.edge(id, *to, Scope::Prod);
                }
            }
        }
        warnings.truncate(20);
        Ok(Lockfile {
            kind: format!("Cargo.lock v{}", u32::from(parsed.version)),
            ecosystem: self.ecosystem(),
            packages: graph.finish(self.ecosystem()),
            warnings,
        })
    }
}

/// The line of each package's entry, by name and version.
fn lines(text: &str) -> HashMap<(String, String), u32> {
    let mut found = HashMap::new();
    let mut start = 0;
    let mut name = None;
    for (number, line) in text.lines().enumerate() {
        if line.trim() == "[[package]]" {
            start = number as u32 + 1;
            name = None;
        } else if let Some(value) = line.strip_prefix("name = ") {
            name = Some(value.trim().trim_matches('"').to_owned());
        } else if let (Some(value), Some(name)) = (line.strip_prefix("version = "), name.take()) {
            let version = value.trim().trim_matches('"').to_owned();
            found.entry((name, version)).or_insert(start);
        }
    }
    found
}

/// Names that a member's `Cargo.toml` lists for development only; `None` where the file is not found.
fn dev_only(lockfile: &str, member: &str, files: &dyn ProjectFiles) -> Option<BTreeSet<String>> {
    let root = folder(lockfile);
    let mut candidates: Vec<&String> = files
        .paths()
        .iter()
        .filter(|path| {
            (path.as_str() == "Cargo.toml" || path.ends_with("/Cargo.toml"))
                && path.starts_with(root)
        })
        .collect();
    // A member mostly lives in a folder of its name.
    candidates.sort_by_key(|path| !path.ends_with(&format!("{member}/Cargo.toml")));
    for path in candidates {
        let Some(bytes) = files.read(path) else {
            continue;
        };
        let Ok(manifest) = toml::from_str::<toml::Table>(&String::from_utf8_lossy(&bytes)) else {
            continue;
        };
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"));
        if name.and_then(toml::Value::as_str) != Some(member) {
            continue;
        }
        let mut dev = BTreeSet::new();
        let mut other = BTreeSet::new();
        sections(&manifest, &mut dev, &mut other);
        for target in manifest
            .get("target")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(toml::Table::values)
        {
            if let Some(target) = target.as_table() {
                sections(target, &mut dev, &mut other);
            }
        }
        return Some(dev.difference(&other).cloned().collect());
    }
    None
}

fn sections(table: &toml::Table, dev: &mut BTreeSet<String>, other: &mut BTreeSet<String>) {
    for section in ["dev-dependencies", "dependencies", "build-dependencies"] {
        let names = if section == "dev-dependencies" {
            &mut *dev
        } else {
            &mut *other
        };
        for (name, value) in table
            .get(section)
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
        {
            // `package = "real"` renames.
            let real = value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(name);
            names.insert(real.to_owned());
        }
    }
}
