//! How long matching takes, with the index and without, and how long building the index takes.
//!
//! `cargo bench -p cortex-advisories`. Needs the real data beside the repository (or `CORTEX_SHARED`); the
//! packages are those of the lockfiles there, filled up with packages that advisories name.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops where it cannot go on"
)]

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cortex_advisories::matching::{Verdict, evaluate_record};
use cortex_advisories::osv::Record;
use cortex_advisories::{Database, UpdateOptions, ecosystem, update};
use divan::{Bencher, black_box};

const PACKAGES: usize = 2_000;

struct Fixture {
    shared: PathBuf,
    data: tempfile::TempDir,
    packages: Vec<(&'static str, String, String)>,
}

static FIXTURE: LazyLock<Option<Fixture>> = LazyLock::new(|| {
    let shared = std::env::var_os("CORTEX_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let shared = shared.canonicalize().ok()?;
    let data = tempfile::tempdir().unwrap();
    update(&options(&shared, data.path()), &mut |_| {}).ok()?;
    let packages = packages(&shared);
    Some(Fixture {
        shared,
        data,
        packages,
    })
});

fn main() {
    let Some(fixture) = FIXTURE.as_ref() else {
        println!("skipped: no OSV data beside the repository (set CORTEX_SHARED)");
        return;
    };
    let database = Database::open(fixture.data.path()).unwrap();
    let (mut affected, mut matches) = (0, 0);
    for (ecosystem, name, version) in &fixture.packages {
        let found = database.query(ecosystem, name, version).unwrap();
        affected += usize::from(!found.is_empty());
        matches += found.len();
    }
    println!(
        "{} packages, {affected} affected, {matches} matches; index of {} bytes",
        fixture.packages.len(),
        fixture
            .data
            .path()
            .join("advisories.index")
            .metadata()
            .unwrap()
            .len()
    );
    divan::main();
}

fn options(shared: &Path, data: &Path) -> UpdateOptions {
    let mut options = UpdateOptions::new(format!("file://{}", shared.join("osv").display()), data);
    options.full = true;
    options
}

/// Names and versions from real lockfiles (read roughly: this is no parser), then from advisories.
fn packages(shared: &Path) -> Vec<(&'static str, String, String)> {
    let mut packages = BTreeSet::new();
    for entry in std::fs::read_dir(shared.join("lockfiles"))
        .into_iter()
        .flatten()
    {
        let dir = entry.unwrap().path();
        if let Ok(text) = std::fs::read_to_string(dir.join("package-lock.json"))
            && let Ok(lock) = serde_json::from_str::<serde_json::Value>(&text)
        {
            let listed = lock["packages"].as_object().into_iter().flatten();
            for (path, package) in listed {
                if let Some((_, name)) = path.rsplit_once("node_modules/")
                    && let Some(version) = package["version"].as_str()
                {
                    packages.insert(("npm", name.to_owned(), version.to_owned()));
                }
            }
        }
        if let Ok(text) = std::fs::read_to_string(dir.join("Cargo.lock")) {
            let value = |line: &str| line.split('"').nth(1).map(str::to_owned);
            let lines: Vec<&str> = text.lines().collect();
            for pair in lines.windows(2) {
                if pair[0].starts_with("name = ")
                    && pair[1].starts_with("version = ")
                    && let (Some(name), Some(version)) = (value(pair[0]), value(pair[1]))
                {
                    packages.insert(("crates.io", name, version));
                }
            }
        }
    }
    let mut packages: Vec<_> = packages.into_iter().take(PACKAGES).collect();
    for record in load(shared, "npm") {
        for package in record.affected.iter().filter_map(|it| it.package.as_ref()) {
            if packages.len() < PACKAGES && package.ecosystem == "npm" {
                packages.push(("npm", package.name.clone(), "1.0.0".to_owned()));
            }
        }
    }
    packages
}

fn load(shared: &Path, ecosystem: &str) -> Vec<Record> {
    let bytes = std::fs::read(shared.join("osv").join(ecosystem).join("all.zip")).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|number| {
            let mut text = Vec::new();
            zip.by_index(number)
                .unwrap()
                .read_to_end(&mut text)
                .unwrap();
            Record::from_json(&text).unwrap()
        })
        .collect()
}

#[divan::bench]
fn open_the_index(bencher: Bencher<'_, '_>) {
    let fixture = FIXTURE.as_ref().unwrap();
    bencher.bench(|| Database::open(fixture.data.path()).unwrap());
}

#[divan::bench]
fn open_and_match_2000_packages(bencher: Bencher<'_, '_>) {
    let fixture = FIXTURE.as_ref().unwrap();
    bencher.bench(|| {
        let database = Database::open(fixture.data.path()).unwrap();
        for (ecosystem, name, version) in &fixture.packages {
            black_box(database.query(ecosystem, name, version).unwrap());
        }
    });
}

/// Without an index: unpack and parse the archives, then hold every package against the records of its
/// name.
#[divan::bench(sample_count = 5)]
fn load_the_archives_and_match_2000_packages(bencher: Bencher<'_, '_>) {
    let fixture = FIXTURE.as_ref().unwrap();
    bencher.bench(|| {
        let mut by_name = std::collections::HashMap::<_, Vec<usize>>::new();
        let mut records = Vec::new();
        for it in ecosystem::ALL {
            for record in load(&fixture.shared, it.name()) {
                for package in record.affected.iter().filter_map(|it| it.package.as_ref()) {
                    by_name
                        .entry((package.ecosystem.clone(), package.name.clone()))
                        .or_default()
                        .push(records.len());
                }
                records.push(record);
            }
        }
        for (ecosystem, name, version) in &fixture.packages {
            let rules = ecosystem::by_name(ecosystem).unwrap();
            let key = ((*ecosystem).to_owned(), name.clone());
            for number in by_name.get(&key).into_iter().flatten() {
                let verdict = evaluate_record(&records[*number], rules, name, version);
                black_box(verdict == Verdict::Affected);
            }
        }
    });
}

#[divan::bench(sample_count = 5)]
fn rebuild_from_the_archives(bencher: Bencher<'_, '_>) {
    let fixture = FIXTURE.as_ref().unwrap();
    let data = tempfile::tempdir().unwrap();
    let options = options(&fixture.shared, data.path());
    bencher.bench(|| update(&options, &mut |_| {}).unwrap());
}
