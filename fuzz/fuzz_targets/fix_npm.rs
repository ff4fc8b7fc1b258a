//! Fixes for npm: a manifest, a lockfile and the registry's documents, all of them a stranger's.

#![no_main]

use std::sync::Arc;

use cortex_advisories::Database;
use cortex_engine::dependencies::ProjectFiles;
use cortex_engine::fix::{self, FixOptions, Packument, Registry, RegistryError};

struct Files(Vec<(String, Vec<u8>)>, Vec<String>);

impl ProjectFiles for Files {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (_, bytes) = self.0.iter().find(|(name, _)| name == path)?;
        Some(bytes.clone())
    }

    fn paths(&self) -> &[String] {
        &self.1
    }
}

/// One document for every name.
struct One(Option<Arc<Packument>>);

impl Registry for One {
    fn packument(&self, name: &str) -> Result<Arc<Packument>, RegistryError> {
        self.0.clone().ok_or_else(|| RegistryError::NoSuchPackage {
            name: name.to_owned(),
        })
    }
}

// `package.json`, `package-lock.json`, a document and `.npmrc`, with a byte 255 between them.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut parts = data.split(|byte| *byte == 255).map(<[u8]>::to_vec);
    let names = ["package.json", "package-lock.json", "registry", ".npmrc"];
    let mut files: Vec<(String, Vec<u8>)> = names
        .iter()
        .map(|name| ((*name).to_owned(), parts.next().unwrap_or_default()))
        .collect();
    let (_, document) = files.remove(2);
    let registry = One(Packument::from_json(&document).ok().map(Arc::new));
    let paths = files.iter().map(|(name, _)| name.clone()).collect();
    let files = Files(files, paths);
    let options = FixOptions {
        allow_major: data.len().is_multiple_of(2),
        most_packages: 50,
    };
    if let Ok(plan) = fix::plan(&files, &Database::sample(), &registry, &options) {
        assert!(plan.after <= plan.before);
        assert_eq!(plan.upgrades.is_empty(), plan.after == plan.before);
    }
});
