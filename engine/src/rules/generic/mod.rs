//! `generic` mode: patterns over the words and signs of any text, where no grammar is at hand.
//!
//! A pattern and a text are both cut into words and single signs; white space only separates. `...` skips up to a
//! number of lines, `$X` is any word, `$...X` any words on one line. Brackets stay balanced: a `...` does not leave the
//! bracket that it began in.

mod token;

use std::ops::Range;

use self::token::{Token, tokens};
use super::rule::RuleOptions;
use crate::tree::marks::is_metavariable;

/// A pattern of `generic` mode.
#[derive(Clone, Debug)]
pub struct GenericPattern {
    parts: Vec<Part>,
    most_lines: u32,
    caseless: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Ellipsis,
    Metavariable(String),
    MetavariableEllipsis(String),
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericMatch {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Metavariables, with their `$`, and the bytes they stand for.
    pub bindings: Vec<(String, Range<usize>)>,
}

impl GenericPattern {
    /// Reads a pattern; the error says what is wrong.
    pub fn parse(text: &str, options: &RuleOptions) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("...") {
                parts.push(Part::Ellipsis);
                rest = after;
                continue;
            }
            if let Some(after) = rest.strip_prefix("$...") {
                let length = name_length(after);
                let (name, after) = after.split_at(length);
                parts.push(Part::MetavariableEllipsis(format!("$...{name}")));
                rest = after;
                continue;
            }
            if let Some(after) = rest.strip_prefix('$') {
                let length = name_length(after);
                let (name, after_name) = after.split_at(length);
                let name = format!("${name}");
                if is_metavariable(&name) {
                    parts.push(Part::Metavariable(name));
                    rest = after_name;
                    continue;
                }
            }
            let Some(token) = tokens(rest).next() else {
                break;
            };
            parts.push(Part::Text(
                rest.get(token.range.clone()).unwrap_or_default().to_owned(),
            ));
            rest = rest.get(token.range.end..).unwrap_or_default();
        }
        // A leading or trailing `...` adds nothing to what must be there.
        if !parts.iter().any(|part| *part != Part::Ellipsis) {
            return Err(
                "the pattern matches everything; a word or sign is expected in it".to_owned(),
            );
        }
        if parts.first() == Some(&Part::Ellipsis) {
            parts.remove(0);
        }
        Ok(Self {
            parts,
            most_lines: options.generic_ellipsis_max_span,
            caseless: options.generic_caseless,
        })
    }

    /// Words that every match holds.
    pub fn required_literals(&self) -> Vec<String> {
        if self.caseless {
            return Vec::new();
        }
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) if text.len() > 1 => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    /// The matches from left to right, the shortest from each beginning, none inside another. `budget` counts steps
    /// down.
    pub fn find_all(&self, text: &str, budget: &mut u64) -> Vec<GenericMatch> {
        let tokens: Vec<Token> = tokens(text).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() && *budget > 0 {
            let mut search = Search {
                pattern: self,
                text,
                tokens: &tokens,
                budget,
                bindings: Vec::new(),
            };
            match search.run(0, at, 0) {
                Some(end) if end > at => {
                    let range = tokens.get(at).map_or(0, |token| token.range.start)
                        ..tokens.get(end - 1).map_or(0, |token| token.range.end);
                    found.push(GenericMatch {
                        range,
                        bindings: search.bindings,
                    });
                    at = end;
                }
                _ => at += 1,
            }
        }
        found
    }
}

fn name_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        .count()
}

struct Search<'s> {
    pattern: &'s GenericPattern,
    text: &'s str,
    tokens: &'s [Token],
    budget: &'s mut u64,
    bindings: Vec<(String, Range<usize>)>,
}

impl Search<'_> {
    /// Matches the parts from `part` on at token `at`; the token just past the match. The depth is that of the
    /// pattern.
    fn run(&mut self, part: usize, at: usize, depth: u32) -> Option<usize> {
        *self.budget = self.budget.checked_sub(1)?;
        let Some(current) = self.pattern.parts.get(part) else {
            return Some(at);
        };
        match current {
            Part::Text(wanted) => {
                let token = self.tokens.get(at)?;
                let text = self.text.get(token.range.clone())?;
                let same = if self.pattern.caseless {
                    text.eq_ignore_ascii_case(wanted)
                } else {
                    text == wanted
                };
                if same {
                    self.run(part + 1, at + 1, depth + 1)
                } else {
                    None
                }
            }
            Part::Metavariable(name) => {
                let token = self.tokens.get(at)?;
                if !token.word {
                    return None;
                }
                self.bind(name, token.range.clone(), part, at + 1, depth)
            }
            Part::Ellipsis => {
                let first_line = at
                    .checked_sub(1)
                    .and_then(|last| self.tokens.get(last))
                    .map_or(1, |t| t.line);
                let mut next = at;
                let mut open = 0_i32;
                loop {
                    if open == 0
                        && let Some(end) = self.run(part + 1, next, depth + 1)
                    {
                        return Some(end);
                    }
                    let token = self.tokens.get(next)?;
                    if token.line > first_line + self.pattern.most_lines {
                        return None;
                    }
                    open += token.bracket;
                    if open < 0 {
                        return None;
                    }
                    next += 1;
                }
            }
            Part::MetavariableEllipsis(name) => {
                let line = self.tokens.get(at).map(|token| token.line);
                let mut next = at;
                loop {
                    let range = if next > at {
                        self.tokens.get(at)?.range.start..self.tokens.get(next - 1)?.range.end
                    } else {
                        let start = self
                            .tokens
                            .get(at)
                            .map_or(self.text.len(), |t| t.range.start);
                        start..start
                    };
                    if let Some(end) = self.bind(name, range, part, next, depth) {
                        return Some(end);
                    }
                    if self.tokens.get(next).map(|token| token.line) != line {
                        return None;
                    }
                    line?;
                    next += 1;
                }
            }
        }
    }

    fn bind(
        &mut self,
        name: &str,
        range: Range<usize>,
        part: usize,
        next: usize,
        depth: u32,
    ) -> Option<usize> {
        if let Some((_, bound)) = self
            .bindings
            .iter()
            .find(|(known, _)| known == name && name != "$_")
        {
            let same = self.text.get(bound.clone()) == self.text.get(range);
            return if same {
                self.run(part + 1, next, depth + 1)
            } else {
                None
            };
        }
        let before = self.bindings.len();
        self.bindings.push((name.to_owned(), range));
        let end = self.run(part + 1, next, depth + 1);
        if end.is_none() {
            self.bindings.truncate(before);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::GenericPattern;
    use crate::rules::rule::RuleOptions;

    fn check(pattern: &str, text: &str, expected: &[&str]) {
        let pattern = GenericPattern::parse(pattern, &RuleOptions::default()).unwrap();
        let found = pattern.find_all(text, &mut 1_000_000);
        let found: Vec<&str> = found
            .iter()
            .map(|found| &text[found.range.clone()])
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_and_holes() {
        check(
            "<%- $X %>",
            "a <%- name %> <%= other %> <%-x%>",
            &["<%- name %>", "<%-x%>"],
        );
        check("{{{ ... }}}", "{{{ a b }}} {{ c }}", &["{{{ a b }}}"]);
        check("a ... z", &format!("a {} z", "\n".repeat(11)), &[]);
        check("a ... z", "a\n(b)\nz", &["a\n(b)\nz"]);
        check("( ... x", "(a (x) x", &["(a (x) x"]);
        check("$X = $X", "a = b, c = c", &["c = c"]);
        check("set $...ARGS ;", "set a b ;\nset c\n;", &["set a b ;"]);
    }

    #[test]
    fn a_pattern_must_ask_for_something() {
        assert!(GenericPattern::parse("...", &RuleOptions::default()).is_err());
        assert!(GenericPattern::parse("", &RuleOptions::default()).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "[a$X. ({é]{1,20}", text in "[aX ({)}\né]{0,60}") {
            if let Ok(pattern) = GenericPattern::parse(&pattern, &RuleOptions::default()) {
                pattern.find_all(&text, &mut 10_000);
            }
        }
    }
}
