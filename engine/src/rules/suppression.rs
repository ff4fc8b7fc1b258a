//! Comments that silence findings: `nosemgrep`, `nosem` and `cortex-ignore`, with or without rule ids, on the line of
//! the finding or alone on the line above. Which comment syntax they stand in does not matter.

use std::sync::OnceLock;

use regex::bytes::Regex;

/// The comments of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppressions {
    comments: Vec<Comment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comment {
    line: u32,
    /// Nothing but the comment stands on its line: it also speaks for the next one.
    alone: bool,
    /// Rule ids; none for all rules.
    rules: Vec<String>,
    used: bool,
}

/// What begins such a comment. As an expression, because its engine then searches for the first letters with vectors.
fn markers() -> Option<&'static Regex> {
    static MARKERS: OnceLock<Option<Regex>> = OnceLock::new();
    let markers = MARKERS.get_or_init(|| Regex::new("(?i-u)nosem(?:grep)?|cortex-ignore").ok());
    markers.as_ref()
}

impl Suppressions {
    /// Finds the comments of a file in one pass; most files have none.
    pub fn scan(text: &[u8]) -> Self {
        let Some(markers) = markers() else {
            return Self::default();
        };
        let mut comments: Vec<Comment> = Vec::new();
        let (mut line, mut counted) = (1, 0);
        for found in markers.find_iter(text) {
            let before = text.get(counted..found.start()).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', before).count() as u32;
            counted = found.start();
            let start = text
                .get(..found.start())
                .and_then(|before| memchr::memrchr(b'\n', before))
                .map_or(0, |at| at + 1);
            let lead = text.get(start..found.start()).unwrap_or_default();
            // The marker must stand in a comment, not in a word or a string.
            if !opens_comment(lead) || comments.last().is_some_and(|last| last.line == line) {
                continue;
            }
            let rest = text.get(found.end()..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let rest = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
            let Some(rules) = rule_ids(&rest) else {
                continue;
            };
            let alone = !lead.iter().any(u8::is_ascii_alphanumeric);
            comments.push(Comment {
                line,
                alone,
                rules,
                used: false,
            });
        }
        Self { comments }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.comments.is_empty()
    }

    /// Whether a finding of a rule that begins on `line` is silenced; the comment counts as used then.
    pub fn check(&mut self, rule: &str, line: u32) -> bool {
        for comment in &mut self.comments {
            let here = comment.line == line || (comment.alone && comment.line + 1 == line);
            let named =
                comment.rules.is_empty() || comment.rules.iter().any(|id| same_rule(id, rule));
            if here && named {
                comment.used = true;
                return true;
            }
        }
        false
    }

    /// Line and rule ids of the comments that silenced nothing.
    pub fn unused(&self) -> Vec<(u32, Vec<String>)> {
        self.comments
            .iter()
            .filter(|comment| !comment.used)
            .map(|comment| (comment.line, comment.rules.clone()))
            .collect()
    }
}

/// Whether the part of a line before the marker ends where a comment begins.
fn opens_comment(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii_end();
    [&b"//"[..], b"/*", b"#", b"<!--", b"--", b"*", b";", b"%"]
        .iter()
        .any(|opening| lead.ends_with(opening))
        // After other words of the same comment: `// why not; nosemgrep`.
        || memchr::memmem::find(lead, b"//").is_some()
        || memchr::memmem::find(lead, b"/*").is_some()
        || memchr::memmem::find(lead, b"<!--").is_some()
        || lead.iter().position(|byte| *byte == b'#').is_some()
}

/// The ids after a marker; `None` where the marker goes on as a word.
fn rule_ids(rest: &str) -> Option<Vec<String>> {
    if rest.starts_with(|character: char| character.is_alphanumeric() || character == '_') {
        return None;
    }
    let rest = rest.trim_start();
    let Some(ids) = rest.strip_prefix([':', '=']) else {
        return Some(Vec::new());
    };
    let mut rules = Vec::new();
    for part in ids.split(',') {
        let part = part.trim_start();
        let length = part
            .bytes()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/')
            })
            .count();
        // `-- reason`, `-->` and `*/` end the list.
        let id = part.get(..length).unwrap_or_default();
        let id = id
            .split("--")
            .next()
            .unwrap_or_default()
            .trim_end_matches(['-', '/', '.']);
        if !id.is_empty() {
            rules.push(id.to_owned());
        }
        if part
            .get(length..)
            .is_some_and(|after| !after.trim().is_empty())
        {
            break;
        }
    }
    Some(rules)
}

/// Ids are compared up to a prefix of folders, which some programs put before them.
fn same_rule(a: &str, b: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
    };
    ends(a, b) || ends(b, a)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Suppressions;

    fn silenced(text: &str, rule: &str, line: u32) -> bool {
        Suppressions::scan(text.as_bytes()).check(rule, line)
    }

    #[test]
    fn same_line_and_line_above() {
        assert!(silenced("f() // nosemgrep", "a", 1));
        assert!(silenced("// nosem\nf()", "a", 2));
        assert!(!silenced("g() // nosem\nf()", "a", 2));
        assert!(silenced("{/* NoSemgrep */}\n<a/>", "a", 2));
        assert!(silenced("# nosemgrep = a, b\nx", "b", 2));
        assert!(silenced(
            "<!-- cortex-ignore: a -- it is fine -->\nx",
            "a",
            2
        ));
    }

    #[test]
    fn ids() {
        assert!(silenced("f() // nosemgrep: x.y.a", "a", 1));
        assert!(silenced("f() // nosemgrep:a", "x.a", 1));
        assert!(!silenced("f() // nosemgrep: a", "b", 1));
        assert!(!silenced("f() // nosemgrep: xa", "a", 1));
        assert!(silenced(
            "f() // cortex-ignore: my-rule -- reason, b",
            "my-rule",
            1
        ));
        assert!(!silenced(
            "f() // cortex-ignore: my-rule -- reason, b",
            "b",
            1
        ));
        assert!(!silenced("nosemantics()", "a", 1));
        assert!(!silenced("let nosem = 1", "a", 1));
    }

    #[test]
    fn what_silenced_nothing_is_told() {
        let mut comments = Suppressions::scan(b"f() // nosem: a\ng() // nosem: b");
        assert!(comments.check("a", 1));
        assert_eq!(comments.unused(), [(2, vec!["b".to_owned()])]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(nosem|grep|cortex-ignore|//|:|,| |-|\n|a|é){0,20}") {
            let mut comments = Suppressions::scan(text.as_bytes());
            comments.check("a", 1);
        }
    }
}
