//! Projects in memory, and ways to read lockfiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cortex_engine::dependencies::{
    Detected, Lockfile, LockfileError, Package, ProjectFiles, detect, parse,
};

/// Files of a project, by path.
#[derive(Default)]
pub(crate) struct Project {
    files: BTreeMap<String, Vec<u8>>,
    paths: Vec<String>,
}

impl Project {
    /// All files below a folder of the disk.
    pub(crate) fn read(root: &Path) -> Self {
        let mut project = Self::default();
        let mut pending = vec![root.to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    let name = path
                        .strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned();
                    project.files.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
        project.paths = project.files.keys().cloned().collect();
        project
    }
}

impl ProjectFiles for Project {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }

    fn paths(&self) -> &[String] {
        &self.paths
    }
}

/// The folder of fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lockfiles")
}

/// Parses by the name of the file.
pub(crate) fn try_parse(
    path: &str,
    bytes: &[u8],
    project: &Project,
) -> Result<Lockfile, LockfileError> {
    match detect(path) {
        Some(Detected::Supported(format)) => parse(format, path, bytes, project),
        _ => panic!("{path} is no lockfile that is read"),
    }
}

/// Parses text that is right.
pub(crate) fn parsed(path: &str, text: &str, project: &Project) -> Lockfile {
    try_parse(path, text.as_bytes(), project).unwrap_or_else(|error| panic!("{error}"))
}

/// A package by name and version.
pub(crate) fn find<'l>(lockfile: &'l Lockfile, name: &str, version: &str) -> &'l Package {
    lockfile
        .packages
        .iter()
        .find(|package| package.name == name && package.version == version)
        .unwrap_or_else(|| panic!("{}: no {name}@{version}", lockfile.kind))
}
