//! Applying the `fix` and `fix-regex` of rules to the files that they found something in.
//!
//! A file is fixed until its rules propose nothing new, so that a second run changes nothing. A fix after which a file
//! parses worse than before, and fixes that undo each other, are left out and named.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{FileFinding, FileOptions, scan_file};
use super::opened::Opened;
use super::{Assembly, Engine, ScanError, ScanRequest, Target, load_rules};
use crate::cancel::Cancel;
use crate::language::Dialect;
use crate::matching::{CompiledRules, FileLimits, FileScanner};
use crate::progress::Silent;
use crate::report::Report;
use crate::tree::{Parser, fault};

/// Most rounds of scanning and fixing one file.
const MOST_ROUNDS: u32 = 10;

/// A file with fixes applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedFile {
    /// Relative to the target.
    pub path: String,
    /// What the file held.
    pub before: Vec<u8>,
    /// What it should hold.
    pub after: Vec<u8>,
    /// How many fixes were applied.
    pub applied: usize,
    /// Rules whose fixes were left out, each with the reason.
    pub refused: Vec<String>,
}

impl Engine {
    /// Works out the fixed files of the one target of `request`, for the findings that `report` has. Writes nothing.
    pub fn autofix(
        &self,
        request: &ScanRequest,
        report: &Report,
    ) -> Result<Vec<FixedFile>, ScanError> {
        let chosen = load_rules(&request.rules)?;
        let mut fixed = Vec::new();
        for spec in &request.targets {
            let opened = Opened::new(spec, request, &Silent, &Cancel::default())?;
            let mut assembly = Assembly::new(None, request.now);
            let target = Target::prepare(&opened, &chosen, &mut assembly)?;
            let mut reader = opened.source.reader()?;
            let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for finding in report
                .findings
                .iter()
                .filter(|finding| finding.fix.is_some())
            {
                let rules = files.entry(&finding.location.path).or_default();
                rules.insert(&finding.rule_id);
            }
            for (path, rules) in files {
                if let Some(before) = reader.read_path(path, request.max_file_size) {
                    let options = FileOptions {
                        limits: &request.file_limits,
                        outlined: false,
                        minified: request.minified,
                    };
                    fixed.push(settle(&target.rules, path, before, options, &rules));
                }
            }
        }
        Ok(fixed)
    }
}

/// Fixes one file until nothing changes.
fn settle(
    rules: &CompiledRules,
    path: &str,
    before: Vec<u8>,
    options: FileOptions<'_>,
    wanted: &BTreeSet<&str>,
) -> FixedFile {
    let mut scanner = FileScanner::new();
    let mut fixed = FixedFile {
        path: path.to_owned(),
        after: before.clone(),
        before,
        ..FixedFile::default()
    };
    let mut broken: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MOST_ROUNDS {
        let found = scan_file(&mut scanner, rules, path, &fixed.after, options);
        let id = |finding: &FileFinding| {
            rules
                .rules()
                .nth(finding.rule as usize)
                .map(|rule| rule.id.clone())
                .unwrap_or_default()
        };
        let mut edits: Vec<(usize, usize, String, String)> = found
            .findings
            .iter()
            .filter_map(|finding| {
                let (start, end) = (finding.start.offset as usize, finding.end.offset as usize);
                let fix = finding.fix.clone()?;
                let rule = id(finding);
                let changes = fixed.after.get(start..end) != Some(fix.as_bytes());
                let is_wanted = wanted.contains(rule.as_str()) && !broken.contains(&rule);
                (changes && is_wanted).then_some((start, end, fix, rule))
            })
            .collect();
        edits.sort();
        // Of edits that overlap the first is applied; the next round sees what is left.
        let mut end = 0;
        edits.retain(|edit| {
            let apart = edit.0 >= end;
            if apart {
                end = edit.1;
            }
            apart
        });
        if edits.is_empty() {
            return fixed;
        }
        let errors = syntax_errors(path, &fixed.after);
        let all = apply(&fixed.after, &edits);
        if syntax_errors(path, &all) <= errors {
            fixed.applied += edits.len();
            fixed.after = all;
            continue;
        }
        for edit in edits.iter().rev() {
            let one = apply(&fixed.after, std::slice::from_ref(edit));
            if syntax_errors(path, &one) <= errors {
                fixed.applied += 1;
                fixed.after = one;
            } else if broken.insert(edit.3.clone()) {
                fixed
                    .refused
                    .push(format!("{}: the file would not parse with its fix", edit.3));
            }
        }
    }
    FixedFile {
        path: fixed.path,
        after: fixed.before.clone(),
        before: fixed.before,
        applied: 0,
        refused: vec![format!(
            "{}: fixes make way for each other without end",
            wanted.iter().copied().collect::<Vec<_>>().join(", ")
        )],
    }
}

fn apply(text: &[u8], edits: &[(usize, usize, String, String)]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    for (start, end, fix, _) in edits {
        result.extend_from_slice(text.get(at..*start).unwrap_or_default());
        result.extend_from_slice(fix.as_bytes());
        at = *end;
    }
    result.extend_from_slice(text.get(at..).unwrap_or_default());
    result
}

/// How many places of a file do not parse; none in files without a grammar.
fn syntax_errors(path: &str, source: &[u8]) -> usize {
    let Some(dialect) = Dialect::of(path, source) else {
        return 0;
    };
    let limit = FileLimits::default().parse;
    let Ok(tree) = Parser::new().concrete(source, dialect, limit) else {
        return usize::MAX;
    };
    let mut errors = 0;
    fault::each(&tree, |_| {
        errors += 1;
        true
    });
    errors
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    use super::{FileOptions, settle};
    use crate::matching::{CompiledRules, FileLimits};
    use crate::rules::parse;

    /// The text after the fixes of a rule `rule`, how many were applied, and how many rules were refused.
    fn fixed(body: &str, code: &str) -> (String, usize, usize) {
        let text = format!(
            "rules:\n- id: rule\n  message: m\n  severity: ERROR\n  languages: [javascript]\n{body}\n"
        );
        let parsed = parse(&text, Path::new("rule.yaml"));
        let rules: Vec<_> = parsed.rules.into_iter().map(Arc::new).collect();
        let (rules, errors) = CompiledRules::compile(&rules);
        assert!(errors.is_empty(), "{errors:?}");
        let wanted = BTreeSet::from(["rule"]);
        let options = FileOptions {
            limits: &FileLimits::default(),
            outlined: false,
            minified: false,
        };
        let first = settle(&rules, "a.js", code.into(), options, &wanted);
        let again = settle(&rules, "a.js", first.after.clone(), options, &wanted);
        assert_eq!(again.after, first.after, "a second run changes nothing");
        assert_eq!(again.applied, 0);
        (
            String::from_utf8(first.after).unwrap_or_default(),
            first.applied,
            first.refused.len(),
        )
    }

    #[test]
    fn every_finding_is_fixed() {
        let rule = "  pattern: f($X)\n  fix: g($X)";
        assert_eq!(
            fixed(rule, "f(1); f(f(2));\n// nosemgrep\nf(3)\n"),
            ("g(1); g(g(2));\n// nosemgrep\nf(3)\n".to_owned(), 3, 0)
        );
    }

    #[test]
    fn a_part_of_the_match_is_edited() {
        let rule = "  patterns:\n  - pattern: f(...)\n  - pattern-not: f(safe, ...)\n  fix-regex: {regex: '\\(', replacement: '(safe, ', count: 1}";
        assert_eq!(fixed(rule, "f(1)"), ("f(safe, 1)".to_owned(), 1, 0));
    }

    #[test]
    fn what_would_not_parse_or_not_end_is_refused() {
        let broken = "  pattern: f($X)\n  fix: g($X";
        assert_eq!(fixed(broken, "f(1)"), ("f(1)".to_owned(), 0, 1));
        let endless = "  pattern: f($X)\n  fix: f(f($X))";
        assert_eq!(fixed(endless, "f(1)"), ("f(1)".to_owned(), 0, 1));
    }
}
