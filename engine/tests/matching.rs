//! Rules against code, through the public interface. A line of code that a finding must begin on ends in `// match`;
//! no other line may have one. Each case stands beside its near miss. The marks are the verdict of Semgrep 1.182,
//! except where a case says that it differs and why.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the names and texts are those of the tests"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use cortex_engine::matching::{CompiledRules, FileLimits, FileOutcome, FileScanner};
use cortex_engine::rules::parse;

#[path = "matching/hostile.rs"]
mod hostile;
#[path = "matching/language.rs"]
mod language;
#[path = "matching/operators.rs"]
mod operators;
#[path = "matching/prefilter.rs"]
mod prefilter;
#[path = "matching/properties.rs"]
mod properties;
#[path = "matching/renaming.rs"]
mod renaming;
#[path = "matching/syntax.rs"]
mod syntax;
#[path = "matching/taint.rs"]
mod taint;
#[path = "matching/values.rs"]
mod values;

/// A name, the operators of a rule as YAML, and code with marks.
type Case = (&'static str, &'static str, &'static str);

/// Compiles one rule for the language of `path`.
fn compile(path: &str, body: &str) -> Result<CompiledRules, String> {
    let language = if path.ends_with(".ts") || path.ends_with(".tsx") {
        "typescript"
    } else {
        "javascript"
    };
    let body = body.trim_matches('\n').replace('\n', "\n  ");
    let message = if body.contains("message:") {
        ""
    } else {
        "  message: found\n"
    };
    let languages = if body.contains("languages:") {
        String::new()
    } else {
        format!("  languages: [{language}]\n")
    };
    let text = format!("rules:\n- id: rule\n{message}  severity: ERROR\n{languages}  {body}\n");
    let parsed = parse(&text, Path::new("rule.yaml"));
    if !parsed.errors.is_empty() || !parsed.issues.is_empty() {
        return Err(format!("{:?} {:?}", parsed.errors, parsed.issues));
    }
    let rules: Vec<_> = parsed.rules.into_iter().map(Arc::new).collect();
    let (compiled, errors) = CompiledRules::compile(&rules);
    match errors.first() {
        Some(error) => Err(error.to_string()),
        None => Ok(compiled),
    }
}

/// Scans `code` with one rule.
fn scan(path: &str, body: &str, code: &str) -> FileOutcome {
    let rules = compile(path, body).unwrap_or_else(|error| panic!("{body}\n{error}"));
    let (code, limits) = (code.as_bytes(), FileLimits::default());
    let outcome = FileScanner::new().scan(&rules, path, code, &limits);
    // What the bytes of the file are thought to rule out does not match.
    let all = FileScanner::new().scan(&rules.without_prefilter(), path, code, &limits);
    assert_eq!(outcome.matches, all.matches, "{body}");
    outcome
}

/// The lines, from 1, that findings begin on.
fn lines(outcome: &FileOutcome, code: &str) -> BTreeSet<usize> {
    outcome
        .matches
        .iter()
        .map(|found| code[..found.start as usize].matches('\n').count() + 1)
        .collect()
}

/// Holds every case against its marks, and names all that differ.
fn check(path: &str, cases: &[Case]) {
    let mut wrong = String::new();
    for (name, body, code) in cases {
        let code = code.trim_matches('\n');
        let expected: BTreeSet<usize> = code
            .lines()
            .enumerate()
            .filter(|(_, line)| line.ends_with("// match"))
            .map(|(number, _)| number + 1)
            .collect();
        let outcome = match compile(path, body) {
            Ok(rules) => {
                FileScanner::new().scan(&rules, path, code.as_bytes(), &FileLimits::default())
            }
            Err(error) => {
                wrong.push_str(&format!("{name}: {error}\n"));
                continue;
            }
        };
        let found = lines(&outcome, code);
        if found != expected || !outcome.problems.is_empty() {
            wrong.push_str(&format!(
                "{name}: expected {expected:?}, found {found:?} {:?}\n",
                outcome.problems
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
