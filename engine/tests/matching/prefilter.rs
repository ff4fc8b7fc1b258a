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

/// Every way of naming what a module holds, alone in its file.
#[test]
fn hides_no_way_of_importing() {
    let rules = "rules:\n\
        - {id: by-name, languages: [ts], severity: INFO, message: m, pattern: child_process.exec(...)}\n\
        - id: by-method\n  languages: [ts]\n  severity: INFO\n  message: m\n  patterns:\n  \
        - pattern: child_process.$METHOD(...)\n  \
        - metavariable-regex: {metavariable: $METHOD, regex: ^(exec|fork)$}\n";
    let parsed = rules::parse(rules, Path::new("rules.yaml"));
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let rules: Vec<_> = parsed.rules.into_iter().map(Into::into).collect();
    let compiled = CompiledRules::compile(&rules).0;
    let every = CompiledRules::compile(&rules).0.without_prefilter();
    let mut scanner = FileScanner::new();
    let mut count = |rules: &CompiledRules, text: &str| {
        let limits = FileLimits::default();
        let found = scanner.scan(rules, "a.ts", text.as_bytes(), &limits);
        found.matches.len()
    };
    for text in [
        "child_process.exec(a)",
        "f(...child_process.exec(a))",
        "f(a.b, child_process.exec(a))",
        "// two.\nchild_process.exec(a)",
        "child_process . exec (a)",
        "child_process\n  // why\n  .exec(a)",
        "child_process!.exec(a)",
        "(child_process as any).exec(a)",
        "child_process.\u{a0}exec(a)",
        "child_process\u{a0}.exec(a)",
        "const child_process = require('child_process');\nchild_process /* why */ .exec(a)",
        "const run = require('child_process');\nrun.exec(a)",
        "const run = require ( /* why */ `child_process` ), b = 1;\nrun.exec(a)",
        "const {exec} = require('child_process');\nexec(a)",
        "const {exec: run} = require('child_process');\nrun(a)",
        "const {'exec': run} = require('child_process');\nrun(a)",
        "const {exec = b} = require('child_process');\nexec(a)",
        "const run = require('child_process').exec;\nrun(a)",
        "const run = require('child_process')\n  .exec\nrun(a)",
        "const run = require('child_process')?.exec;\nrun(a)",
        "const run = require('child_process')!.exec;\nrun(a)",
        "const run = require('child_process') // two words\n  .exec;\nrun(a)",
        "const run = require('child_process')./* why */exec;\nrun(a)",
        "const run = require('./lib/child_process.js').exec;\nrun(a)",
        "let a, // (why)\n  run = require('child_process');\nrun.exec(a)",
        "const run: A | B = require('child_process');\nrun.exec(a)",
        "if (a) (child_process).exec(a)",
        "// run it\n(child_process as any).exec(a)",
        "b(); // run it\n(child_process).exec(a)",
        "child_process // (why)\n  .exec(a)",
        "class A extends (child_process as any).exec(a) {}",
        "const run: A.B = require('child_process');\nrun.exec(a)",
        "const run: typeof import('a').b = require('child_process');\nrun.exec(a)",
        "const run // those; lazily\n  = require('child_process');\nrun.exec(a)",
        "(child_process: any).exec(a)",
        "const b = a;\n( // why\n child_process as any).exec(a)",
        "const run = (require('child_process'));\nrun.exec(a)",
        "// of two.\nvar run = require('child_process');\nrun.exec(a)",
        "import run, * as child_process from 'child_process';\nrun.exec(a)",
        "import run from './it\\'s/child_process';\nrun.exec(a)",
        "import {exec} from // why\r'child_process';\nexec(a)",
        "(child_process<string>).exec(a)",
        "import run from 'child_process';\nrun.exec(a)",
        "import * as run from 'child_process';\nrun.exec(a)",
        "import run = require('child_process');\nrun.exec(a)",
        "import {exec} from 'child_process';\nexec(a)",
        "import {fork, exec as run} from 'child_process';\nrun(a)",
        "import {exec} from // why\n  'child_process';\nexec(a)",
    ] {
        let matches = count(&every, text);
        assert!(matches > 0, "{text}");
        assert_eq!(count(&compiled, text), matches, "{text}");
    }
    for text in [
        "window.location = a",
        "// of any\n(window: any).location = a",
    ] {
        let assigned = compiled_rule("window.location = $X");
        assert_eq!(count(&assigned, text), 1, "{text}");
    }
    assert_eq!(count(&compiled_rule("fs?.read(...)"), "fs?.read(a)"), 1);
}

/// A rule with this pattern, with the prefilter.
fn compiled_rule(pattern: &str) -> CompiledRules {
    let text = format!(
        "rules: [{{id: a, languages: [ts], severity: INFO, message: m, pattern: {pattern}}}]"
    );
    let rules = rules::parse(&text, Path::new("rules.yaml")).rules;
    let rules: Vec<_> = rules.into_iter().map(Into::into).collect();
    CompiledRules::compile(&rules).0
}
