//! Annotated samples: code beside a rule that says where the rule must match and where it must not.
//!
//! `// ruleid: x` before a line demands a finding of `x` on it, `// ok: x` forbids one; `todoruleid` and `todook` mark
//! known gaps. As with the reference, a finding on a line without an annotation is wrong too.

use std::path::{Path, PathBuf};

/// What an annotation says of the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// `ruleid`: a finding.
    Finding,
    /// `ok`: none.
    None,
    /// `todoruleid`, `todook`: either.
    Either,
}

/// One annotation for one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expectation {
    /// The rule's id.
    pub rule: String,
    /// The line that it is about, from 1.
    pub line: u32,
    /// What must be there.
    pub verdict: Verdict,
}

/// How a rule did on a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rule and line of findings that are missing.
    pub missed: Vec<(String, u32)>,
    /// Rule and line of findings that should not be.
    pub unexpected: Vec<(String, u32)>,
    /// Lines that were as they should be.
    pub right: u32,
}

const WORDS: [(&str, Verdict); 6] = [
    ("todoruleid", Verdict::Either),
    ("todook", Verdict::Either),
    ("deepruleid", Verdict::Either),
    ("deepok", Verdict::Either),
    ("ruleid", Verdict::Finding),
    ("ok", Verdict::None),
];

/// Reads the annotations of a sample.
pub fn read(text: &str) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    let mut pending: Vec<(String, Verdict)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        match annotation(line) {
            Some((verdict, ids)) => {
                pending.extend(ids.into_iter().map(|id| (id, verdict)));
            }
            None => {
                for (rule, verdict) in pending.drain(..) {
                    expectations.push(Expectation {
                        rule,
                        line: number as u32 + 1,
                        verdict,
                    });
                }
            }
        }
    }
    expectations
}

/// The annotation that a line is: a comment that begins with one of the words and a colon.
fn annotation(line: &str) -> Option<(Verdict, Vec<String>)> {
    let line = line.trim_start();
    let inner = ["//", "#", "/*", "<!--", "{/*", "--", ";"]
        .iter()
        .find_map(|opening| line.strip_prefix(opening))?
        .trim_start();
    let (word, ids) = inner.split_once(':')?;
    let verdict = WORDS.iter().find(|(known, _)| word.trim() == *known)?.1;
    let ids = ids
        .split("*/")
        .next()
        .unwrap_or_default()
        .trim_end_matches("-->")
        .split(',')
        .filter_map(|id| id.split_whitespace().next())
        .map(|id| id.rsplit('.').next().unwrap_or(id).to_owned())
        .collect();
    Some((verdict, ids))
}

/// Holds findings (rule, first line) against a sample's annotations, for the rules under test.
pub fn compare(rules: &[String], expected: &[Expectation], findings: &[(String, u32)]) -> Outcome {
    let mut outcome = Outcome::default();
    for rule in rules {
        let short = rule.rsplit('.').next().unwrap_or(rule);
        let mut found: Vec<u32> = findings
            .iter()
            .filter(|(id, _)| id == rule)
            .map(|(_, line)| *line)
            .collect();
        found.sort_unstable();
        found.dedup();
        let of_rule = || {
            expected
                .iter()
                .filter(|expectation| expectation.rule == short)
        };
        for expectation in of_rule() {
            let there = found.contains(&expectation.line);
            match expectation.verdict {
                Verdict::Finding if there => outcome.right += 1,
                Verdict::Finding => outcome.missed.push((rule.clone(), expectation.line)),
                Verdict::None if !there => outcome.right += 1,
                Verdict::None | Verdict::Either => {}
            }
        }
        for line in found {
            let allowed = of_rule().any(|expectation| {
                expectation.line == line && expectation.verdict != Verdict::None
            });
            if !allowed {
                outcome.unexpected.push((rule.clone(), line));
            }
        }
    }
    outcome
}

/// The samples of a rule file: files beside it with its name and another ending, results of fixes left out.
pub fn files_of(rule_file: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(stem)) = (rule_file.parent(), rule_file.file_stem()) else {
        return Vec::new();
    };
    let stem = stem.to_string_lossy();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(rest) = name.strip_prefix(&*stem) else {
                return false;
            };
            let is_rule = matches!(rest, ".yaml" | ".yml" | ".json");
            rest.starts_with('.') && !is_rule && !rest.contains(".fixed.") && path.is_file()
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::{Expectation, Verdict, compare, read};

    #[test]
    fn annotations_speak_for_the_next_line_of_code() {
        let text = "// ruleid: a, b\n// ok: c\nf()\n  {/* ruleid: x.a */}\n<b/>\n# todoruleid:a\ng()\n// nothing: a\n";
        let line = |rule: &str, line, verdict| Expectation {
            rule: rule.into(),
            line,
            verdict,
        };
        assert_eq!(
            read(text),
            [
                line("a", 3, Verdict::Finding),
                line("b", 3, Verdict::Finding),
                line("c", 3, Verdict::None),
                line("a", 5, Verdict::Finding),
                line("a", 7, Verdict::Either),
            ]
        );
    }

    #[test]
    fn findings_must_be_where_they_are_expected_and_nowhere_else() {
        let expected = read("// ruleid: a\nf()\n// ok: a\ng()\nh()\n");
        let at = |line| ("a".to_owned(), line);
        let rules = ["a".to_owned()];
        assert_eq!(compare(&rules, &expected, &[at(2)]).right, 2);
        let outcome = compare(&rules, &expected, &[at(4), at(5)]);
        assert_eq!(outcome.missed, [at(2)]);
        assert_eq!(outcome.unexpected, [at(4), at(5)]);
    }
}
