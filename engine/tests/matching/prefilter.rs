//! The prefilter hides no match: all built-in rules on all files of some folders, with it and without.
//! `CORTEX_BENCH_RULES` and `CORTEX_BENCH_CORPUS` name a folder of more rules and one of more files.

use std::path::{Path, PathBuf};

use cortex_engine::matching::{CompiledRules, FileLimits, FileScanner};
use cortex_engine::rules;
use rayon::prelude::*;

/// The samples of the rules, the fixtures, and the folder that `CORTEX_BENCH_CORPUS` names.
fn folders() -> Vec<PathBuf> {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![engine.join("rules"), engine.join("../fixtures")];
    folders.extend(std::env::var_os("CORTEX_BENCH_CORPUS").map(PathBuf::from));
    folders
}

fn files(folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let (mut found, mut pending) = (Vec::new(), folders);
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                pending.push(entry.path());
            } else if kind.is_file() && entry.metadata().unwrap().len() <= 1 << 20 {
                found.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn hides_no_match() {
    let mut rules = rules::built_in().unwrap().rules;
    if let Some(more) = std::env::var_os("CORTEX_BENCH_RULES") {
        rules.extend(rules::load(&[more.into()]).unwrap().rules);
    }
    let (compiled, _) = CompiledRules::compile(&rules);
    let every = CompiledRules::compile(&rules).0.without_prefilter();
    let limits = FileLimits::default();
    let files = files(folders());
    let matches: usize = files
        .par_iter()
        .map_init(FileScanner::new, |scanner, file| {
            let bytes = std::fs::read(file).unwrap();
            let path = file.to_string_lossy();
            let found = scanner.scan(&compiled, &path, &bytes, &limits).matches;
            let all = scanner.scan(&every, &path, &bytes, &limits).matches;
            assert_eq!(found, all, "{path}");
            all.len()
        })
        .sum();
    assert!(
        files.len() > 200 && matches > 300,
        "{matches} in {}",
        files.len()
    );
}
