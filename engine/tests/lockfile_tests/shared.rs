//! Real lockfiles of public projects: what is read from them against a plain count, npm's own, and the advisories found
//! against a plain evaluation of the raw records.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cortex_advisories::{Database, UpdateOptions, update};
use cortex_engine::dependencies::{Lockfile, PackageSource};
use serde_json::Value;

use super::common::{Project, try_parse};
use super::plain::is_vulnerable;

/// Name and version.
type Packages = BTreeSet<(String, String)>;

/// The folder with real data beside the repository, if it is there.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("CORTEX_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let there = folder.join("lockfiles").is_dir() && folder.join("osv/npm/all.zip").is_file();
    if !there {
        eprintln!(
            "skipped: no lockfiles and advisories in {} (set CORTEX_SHARED)",
            folder.display()
        );
    }
    there.then_some(folder)
}

/// A way to read a lockfile that has nothing in common with the crate's.
type Count = fn(&str) -> Packages;

const LOCKFILES: [(&str, &str, &str, Count); 7] = [
    ("nodegoat-npm", "package-lock.json", "npm", npm),
    ("npm-cli-npm", "package-lock.json", "npm", npm),
    ("quickwit-ui-yarn", "yarn.lock", "npm", yarn),
    ("ast-grep-napi-yarn", "yarn.lock", "npm", yarn),
    ("crates-web-pnpm", "pnpm-lock.yaml", "npm", pnpm),
    ("ast-grep-cargo", "Cargo.lock", "crates.io", cargo),
    ("sqlx-cargo", "Cargo.lock", "crates.io", cargo),
];

fn npm(text: &str) -> Packages {
    let lockfile: Value = serde_json::from_str(text).unwrap();
    let packages = lockfile["packages"].as_object().unwrap();
    // Addresses of registries are taken out of these files: one that is left is a folder, a repository or an archive.
    let is_package = |key: &str, entry: &Value| {
        key.contains("node_modules/") && entry["link"] != true && !entry["resolved"].is_string()
    };
    packages
        .iter()
        .filter(|(key, entry)| is_package(key, entry))
        .map(|(key, entry)| {
            let installed = key.rsplit("node_modules/").next().unwrap();
            let name = entry["name"].as_str().unwrap_or(installed);
            (
                name.to_owned(),
                entry["version"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn split(specifier: &str) -> (String, String) {
    let (name, version) = specifier.rsplit_once('@').unwrap();
    (name.to_owned(), version.to_owned())
}

fn yarn(text: &str) -> Packages {
    let mut found = Packages::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(key) = line
            .strip_suffix(':')
            .filter(|key| !key.starts_with([' ', '#']))
        {
            let first = key.split(", ").next().unwrap().trim_matches('"');
            let (installed, range) = first[1..].split_once('@').unwrap();
            let real = range.strip_prefix("npm:").map(|real| split(real).0);
            name = real.unwrap_or_else(|| format!("{}{installed}", &first[..1]));
        } else if let Some(version) = line.strip_prefix("  version ") {
            found.insert((name.clone(), version.trim_matches('"').to_owned()));
        }
    }
    found
}

fn pnpm(text: &str) -> Packages {
    let section = text.split("\npackages:\n").nth(1).unwrap();
    let section = section.split("\nsnapshots:\n").next().unwrap();
    section
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .map(|line| split(line.trim().trim_end_matches(':').trim_matches('\'')))
        .collect()
}

fn cargo(text: &str) -> Packages {
    let mut found = Packages::new();
    for entry in text.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let mut lines = entry
                .lines()
                .take_while(|line| !line.starts_with("[metadata"));
            let value = lines.find_map(|line| line.strip_prefix(&format!("{key} = ")));
            value.map(|value| value.trim_matches('"').to_owned())
        };
        if field("source").is_some_and(|source| source.starts_with("registry+")) {
            found.insert((field("name").unwrap(), field("version").unwrap()));
        }
    }
    found
}

fn read(folder: &Path, file: &str) -> (Lockfile, String) {
    let project = Project::read(folder);
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let lockfile = try_parse(file, text.as_bytes(), &project);
    (lockfile.unwrap_or_else(|error| panic!("{error}")), text)
}

fn registered(lockfile: &Lockfile) -> Packages {
    let packages = lockfile.packages.iter();
    packages
        .filter(|package| matches!(package.source, PackageSource::Registry))
        .map(|package| (package.name.clone(), package.version.clone()))
        .collect()
}

#[test]
fn packages_are_those_of_a_plain_count() {
    let Some(shared) = shared() else { return };
    for (name, file, _, count) in LOCKFILES {
        let (lockfile, text) = read(&shared.join("lockfiles").join(name), file);
        let (ours, plain) = (registered(&lockfile), count(&text));
        eprintln!("{name}: {} packages, plainly {}", ours.len(), plain.len());
        let missing: Vec<_> = plain.difference(&ours).collect();
        let extra: Vec<_> = ours.difference(&plain).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{name}: missing {missing:?}, extra {extra:?}"
        );
        assert!(ours.len() > 20, "{name}");
        let lines: Vec<&str> = text.lines().collect();
        for package in &lockfile.packages {
            let line = lines.get(package.line as usize - 1).unwrap_or(&"");
            let shown = package.alias.as_ref().unwrap_or(&package.name);
            let short = shown.rsplit('/').next().unwrap();
            let near = lines.get(package.line as usize).unwrap_or(&"");
            assert!(
                line.contains(short) || near.contains(short),
                "{name}: {shown} is not in {line:?}"
            );
        }
    }
}

#[test]
fn packages_are_those_that_npm_lists() {
    let Some(shared) = shared() else { return };
    if Command::new("npm").arg("--version").output().is_err() {
        eprintln!("skipped: there is no npm");
        return;
    }
    for name in ["nodegoat-npm", "npm-cli-npm"] {
        let (lockfile, text) = read(&shared.join("lockfiles").join(name), "package-lock.json");
        let folder = tempfile::tempdir().unwrap();
        // What the project's own manifest says stands in the lockfile too.
        let root = &serde_json::from_str::<Value>(&text).unwrap()["packages"][""];
        std::fs::write(folder.path().join("package.json"), root.to_string()).unwrap();
        std::fs::write(folder.path().join("package-lock.json"), &text).unwrap();
        let output = Command::new("npm")
            .args(["ls", "--all", "--package-lock-only", "--json", "--offline"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut theirs = Packages::new();
        collect(&listed, &mut theirs);
        let ours: Packages = lockfile
            .packages
            .iter()
            .map(|package| {
                let shown = package.alias.as_ref().unwrap_or(&package.name);
                (shown.clone(), package.version.clone())
            })
            .collect();
        eprintln!(
            "{name}: {} packages, npm lists {}",
            ours.len(),
            theirs.len()
        );
        let missing: Vec<_> = theirs.difference(&ours).collect();
        let extra: Vec<_> = ours.difference(&theirs).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{name}: missing {missing:?}, extra {extra:?}"
        );
    }
}

fn collect(node: &Value, into: &mut Packages) {
    let Some(dependencies) = node["dependencies"].as_object() else {
        return;
    };
    for (name, entry) in dependencies {
        if let Some(version) = entry["version"].as_str() {
            into.insert((name.clone(), version.to_owned()));
        }
        collect(entry, into);
    }
}

/// The records of an ecosystem by package, as they lie in the archive.
fn raw(archive: &Path, names: &BTreeSet<&str>) -> BTreeMap<String, Vec<Value>> {
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    for number in 0..zip.len() {
        let mut text = String::new();
        zip.by_index(number)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        let affected = record["affected"].as_array().cloned().unwrap_or_default();
        let affected: BTreeSet<&str> = affected
            .iter()
            .filter_map(|it| it["package"]["name"].as_str())
            .filter_map(|name| names.get(name).copied())
            .collect();
        for name in affected {
            records
                .entry(name.to_owned())
                .or_default()
                .push(record.clone());
        }
    }
    records
}

#[test]
fn advisories_are_those_of_a_plain_evaluation() {
    let Some(shared) = shared() else { return };
    let data = tempfile::tempdir().unwrap();
    let url = format!("file://{}", shared.join("osv").display());
    update(&UpdateOptions::new(url, data.path()), &mut |_| {}).unwrap();
    let database = Database::open(data.path()).unwrap();
    let lockfiles: Vec<_> = LOCKFILES
        .iter()
        .map(|(name, file, ecosystem, _)| {
            let (lockfile, _) = read(&shared.join("lockfiles").join(name), file);
            (*name, *ecosystem, registered(&lockfile))
        })
        .collect();
    let mut records = BTreeMap::new();
    for ecosystem in ["npm", "crates.io"] {
        let of_ecosystem = lockfiles.iter().filter(|(_, other, _)| *other == ecosystem);
        let names = of_ecosystem.flat_map(|(_, _, packages)| packages);
        let names: BTreeSet<&str> = names.map(|(name, _)| name.as_str()).collect();
        let archive = shared.join("osv").join(ecosystem).join("all.zip");
        records.insert(ecosystem, raw(&archive, &names));
    }
    for (lockfile, ecosystem, packages) in &lockfiles {
        let (mut found, mut vulnerable) = (0, 0);
        for (name, version) in packages {
            let matches = database.query(ecosystem, name, version).unwrap();
            let plain: BTreeSet<&str> = records[ecosystem]
                .get(name)
                .into_iter()
                .flatten()
                .filter(|record| is_vulnerable(record, ecosystem, name, version))
                .filter_map(|record| record["id"].as_str())
                .collect();
            // One match may stand for several records that name the same thing.
            let told = matches.iter().flat_map(|found| &found.records);
            let told: BTreeSet<&str> = told.map(String::as_str).collect();
            assert_eq!(told, plain, "{lockfile}: {name}@{version}");
            found += matches.len();
            vulnerable += usize::from(!matches.is_empty());
        }
        eprintln!("{lockfile}: {found} advisories of {vulnerable} packages");
    }
}
