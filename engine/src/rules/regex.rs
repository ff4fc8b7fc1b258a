//! Regular expressions of rules.
//!
//! Rules are written for PCRE2 with its multi-line flag. What the `regex` crate can do runs in linear time; look-around
//! and back-references run in `fancy-regex` with a bounded number of steps. A little of PCRE's own spelling is
//! translated on the way.

use std::ops::Range;

use regex_syntax::hir::literal::Extractor;

/// Most steps of the backtracking engine for one search.
const BACKTRACK_LIMIT: usize = 1_000_000;
/// Largest compiled program of the linear engine, in bytes.
const SIZE_LIMIT: usize = 16 << 20;
/// Shortest literal that is worth looking for.
const SHORTEST_LITERAL: usize = 3;

/// Not a regular expression that either engine reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RegexError {
    message: String,
}

/// A search was given up: the expression backtracks too much on this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression takes too many steps on this text")]
pub struct BudgetExceeded;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Regex {
    engine: Engine,
    literals: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
enum Engine {
    Linear {
        anywhere: regex::Regex,
        at_start: regex::Regex,
    },
    Backtracking {
        anywhere: Box<fancy_regex::Regex>,
        at_start: Box<fancy_regex::Regex>,
    },
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexMatch {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Bytes of each group, from the first.
    pub groups: Vec<Option<Range<usize>>>,
}

impl Regex {
    /// Compiles an expression.
    pub fn new(source: &str) -> Result<Self, RegexError> {
        let source = translate(source);
        let linear = |source: &str| {
            regex::RegexBuilder::new(source)
                .multi_line(true)
                .size_limit(SIZE_LIMIT)
                .build()
        };
        let anchored = format!("\\A(?:{source}\n)");
        let anchored = if source.contains("(?x)") {
            anchored
        } else {
            format!("\\A(?:{source})")
        };
        if let (Ok(anywhere), Ok(at_start)) = (linear(&source), linear(&anchored)) {
            let literals = literals(&source);
            return Ok(Self {
                engine: Engine::Linear { anywhere, at_start },
                literals,
            });
        }
        let backtracking = |source: &str| {
            fancy_regex::RegexBuilder::new(source)
                .multi_line(true)
                .backtrack_limit(BACKTRACK_LIMIT)
                .build()
                .map(Box::new)
                .map_err(|error| RegexError {
                    message: error.to_string(),
                })
        };
        let anywhere = backtracking(&source)?;
        let at_start = backtracking(&anchored)?;
        Ok(Self {
            engine: Engine::Backtracking { anywhere, at_start },
            literals: None,
        })
    }

    /// Whether it matches somewhere in `text`.
    pub fn is_match(&self, text: &str) -> Result<bool, BudgetExceeded> {
        match &self.engine {
            Engine::Linear { anywhere, .. } => Ok(anywhere.is_match(text)),
            Engine::Backtracking { anywhere, .. } => {
                anywhere.is_match(text).map_err(|_| BudgetExceeded)
            }
        }
    }

    /// Whether it matches from the first byte of `text`, as `metavariable-regex` asks.
    pub fn is_match_at_start(&self, text: &str) -> Result<bool, BudgetExceeded> {
        match &self.engine {
            Engine::Linear { at_start, .. } => Ok(at_start.is_match(text)),
            Engine::Backtracking { at_start, .. } => {
                at_start.is_match(text).map_err(|_| BudgetExceeded)
            }
        }
    }

    /// Its matches from left to right, `most` at most; empty ones are left out.
    pub fn find_all(&self, text: &str, most: usize) -> Result<Vec<RegexMatch>, BudgetExceeded> {
        let mut found = Vec::new();
        match &self.engine {
            Engine::Linear { anywhere, .. } => {
                // Groups cost: most expressions are asked for none of their matches.
                if !anywhere.is_match(text) {
                    return Ok(found);
                }
                for captures in anywhere.captures_iter(text).take(most) {
                    let mut groups = captures
                        .iter()
                        .map(|group| group.map(|group| group.range()));
                    if let Some(Some(range)) = groups.next() {
                        found.push(RegexMatch {
                            range,
                            groups: groups.collect(),
                        });
                    }
                }
            }
            Engine::Backtracking { anywhere, .. } => {
                for captures in anywhere.captures_iter(text).take(most) {
                    let captures = captures.map_err(|_| BudgetExceeded)?;
                    let mut groups = captures
                        .iter()
                        .map(|group| group.map(|group| group.range()));
                    if let Some(Some(range)) = groups.next() {
                        found.push(RegexMatch {
                            range,
                            groups: groups.collect(),
                        });
                    }
                }
            }
        }
        found.retain(|found| !found.range.is_empty());
        Ok(found)
    }

    /// How many groups it has.
    pub fn group_count(&self) -> usize {
        match &self.engine {
            Engine::Linear { anywhere, .. } => anywhere.captures_len() - 1,
            Engine::Backtracking { anywhere, .. } => anywhere.captures_len() - 1,
        }
    }

    /// Literals of which every match holds at least one; `None` where none are known.
    pub fn required_literals(&self) -> Option<Vec<String>> {
        self.literals.clone()
    }
}

/// Rewrites what PCRE spells otherwise.
fn translate(source: &str) -> String {
    let mut output = String::with_capacity(source.len() + 8);
    let mut characters = source.chars().peekable();
    let mut class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('Z') => output.push_str("(?:\\n?\\z)"),
                Some('h') => output.push_str(if class { "\\t " } else { "[\\t ]" }),
                Some('R') if !class => output.push_str("(?:\\r\\n|\\n|\\r)"),
                Some('e') => output.push_str("\\x1b"),
                Some(other) if needs_no_escape(other) => output.push(other),
                Some(other) => {
                    output.push('\\');
                    output.push(other);
                }
                None => output.push_str("\\\\"),
            },
            '[' if class && characters.peek() != Some(&':') => output.push_str("\\["),
            '[' => {
                output.push('[');
                if class {
                    // `[:alpha:]`: copied up to its end.
                    for inner in characters.by_ref() {
                        output.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                } else {
                    class = true;
                    if characters.peek() == Some(&'^') {
                        characters.next();
                        output.push('^');
                    }
                    // A bracket that stands first is itself.
                    if characters.peek() == Some(&']') {
                        characters.next();
                        output.push_str("\\]");
                    }
                }
            }
            ']' => {
                class = false;
                output.push(']');
            }
            // `&&`, `--` and `~~` are set operations to the `regex` crate, text to PCRE.
            '&' | '~' if class => {
                output.push('\\');
                output.push(character);
            }
            '-' if class && characters.peek() == Some(&'-') => output.push_str("\\-"),
            '{' if !class => {
                let rest: String = characters.clone().take_while(|c| *c != '}').collect();
                let counts = !rest.is_empty()
                    && rest.chars().all(|c| c.is_ascii_digit() || c == ',')
                    && !rest.starts_with(',')
                    && characters.clone().nth(rest.chars().count()) == Some('}');
                output.push_str(if counts { "{" } else { "\\{" });
            }
            other => output.push(other),
        }
    }
    output
}

/// Characters that PCRE lets one escape for nothing and the `regex` crate does not.
fn needs_no_escape(character: char) -> bool {
    matches!(
        character,
        '/' | '"' | '\'' | ':' | '=' | '@' | '!' | ',' | ';' | '%' | '`' | '_' | '<' | '>'
    )
}

/// Literals of which every match holds one, by the parser of the `regex` crate: the prefixes, if they say enough.
fn literals(source: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new()
        .multi_line(true)
        .build()
        .parse(source)
        .ok()?;
    best_literals(&hir)
}

/// The most telling set of literals of a part of an expression: of a sequence, that of its best part.
fn best_literals(hir: &regex_syntax::hir::Hir) -> Option<Vec<String>> {
    use regex_syntax::hir::HirKind;
    let own = || {
        let mut extractor = Extractor::new();
        extractor.limit_class(4).limit_total(64);
        let sequence = extractor.extract(hir);
        let literals = sequence.literals()?;
        let texts: Vec<String> = literals
            .iter()
            .map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok())
            .collect::<Option<_>>()?;
        let enough = !texts.is_empty() && texts.iter().all(|text| text.len() >= SHORTEST_LITERAL);
        enough.then_some(texts)
    };
    match hir.kind() {
        HirKind::Concat(parts) => {
            let score = |texts: &Vec<String>| texts.iter().map(String::len).min().unwrap_or(0);
            let best = parts.iter().filter_map(best_literals).max_by_key(score);
            match (own(), best) {
                (Some(own), Some(best)) => Some(if score(&best) > score(&own) {
                    best
                } else {
                    own
                }),
                (own, best) => own.or(best),
            }
        }
        HirKind::Capture(capture) => best_literals(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best_literals(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(best_literals(branch)?);
            }
            (all.len() <= 64).then_some(all)
        }
        HirKind::Literal(_) => own(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::Regex;

    #[test]
    fn spellings_of_pcre() {
        for (source, text) in [
            (r#"\"a\/b\""#, "x \"a/b\""),
            ("{x", "{x"),
            ("a{2,3}", "caa"),
            ("[a[b]", "["),
            ("[]x]", "]"),
            (r"^b$", "a\nb\nc"),
            (r"(?<!x)y", "zy"),
            (r"(a)\1", "aa"),
            (r"[\w--]", "-"),
            (r"[[:alpha:]]+", "abc"),
        ] {
            assert!(
                Regex::new(source).unwrap().is_match(text).unwrap(),
                "{source}"
            );
        }
        assert!(!Regex::new("^b").unwrap().is_match_at_start("a\nb").unwrap());
        assert!(Regex::new("a|b").unwrap().is_match_at_start("b").unwrap());
    }

    #[test]
    fn catastrophes_are_bounded() {
        let linear = Regex::new("(a+)+$").unwrap();
        assert!(
            !linear
                .is_match(&format!("{}!", "a".repeat(50_000)))
                .unwrap()
        );
        let backtracking = Regex::new(r"(?=x)?(a+)+(?=b)\1c").unwrap();
        let _ = backtracking.is_match(&"a".repeat(5_000));
    }

    #[test]
    fn literals_are_found() {
        let literals = |source: &str| Regex::new(source).unwrap().required_literals();
        assert_eq!(literals("AKIA[0-9A-Z]{16}"), Some(vec!["AKIA".to_owned()]));
        assert_eq!(
            literals("[a-z]+_secret_[0-9]"),
            Some(vec!["_secret_".to_owned()])
        );
        assert_eq!(literals("(?i)secret"), None);
        assert_eq!(literals("abc|x"), None);
        assert_eq!(
            literals("(?:abc|xyz)+"),
            Some(vec!["abc".to_owned(), "xyz".to_owned()])
        );
    }

    proptest! {
        #[test]
        fn every_match_holds_a_literal(text in "[abx]{0,12}") {
            for source in ["(abx|xab)[ab]", "a+bxa?", "x(aab|bba)x*"] {
                let regex = Regex::new(source).unwrap();
                if regex.is_match(&text).unwrap()
                    && let Some(literals) = regex.required_literals()
                {
                    prop_assert!(literals.iter().any(|literal| text.contains(literal.as_str())));
                }
            }
        }

        #[test]
        fn never_panics(source in "\\PC{0,40}", text in "\\PC{0,40}") {
            if let Ok(regex) = Regex::new(&source) {
                let _ = regex.find_all(&text, 10);
            }
        }
    }
}
