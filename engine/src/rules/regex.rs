//! Regular expressions of rules: PCRE's syntax on engines that cannot be made to hang.
//!
//! Semgrep compiles `pattern-regex`, `metavariable-regex` and `"=~/…/"` with PCRE2, multi-line, UTF-8, ASCII classes.
//! Here an expression is translated first (`translate`), then run by the `regex` crate in linear time. One
//! that looks around, refers back or is atomic runs on `fancy-regex`, but only where a linear over-approximation of it
//! matches, and with bounded backtracking.
//!
//! Known differences from PCRE2: where `fancy-regex` runs, `\b` is Unicode-aware; `^` also matches at the very
//! end of a text that ends in a line feed.

mod backtracking;
mod class;
mod guards;
mod linear;
mod literals;
mod translate;

pub use literals::RequiredLiteral;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use backtracking::Backtracking;
use guards::Guards;
use linear::Linear;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, meta};

/// Longest source text, in bytes.
const MAX_SOURCE: usize = 64 * 1024;
/// Attempts in one search.
const MAX_ATTEMPTS: u32 = 1_000_000;
/// Memory of a compiled expression, in bytes.
const SIZE_LIMIT: usize = 10 << 20;

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegexError {
    /// Not PCRE's syntax.
    #[error("malformed regular expression at byte {position}: {reason}")]
    Syntax {
        /// Byte in the source, from 0.
        position: usize,
        /// What is wrong there.
        reason: String,
    },
    /// PCRE knows it, this engine does not.
    #[error(
        "the regular expression uses {what} at byte {position}, which is not supported; rewrite it without"
    )]
    Unsupported {
        /// Byte in the source, from 0.
        position: usize,
        /// What is used.
        what: String,
    },
    /// Longer than any sensible rule.
    #[error(
        "the regular expression has {length} bytes, at most {MAX_SOURCE} are allowed; split the rule"
    )]
    TooLong {
        /// Bytes of the source.
        length: usize,
    },
    /// The engine refused the translated expression.
    #[error("the regular expression cannot be compiled: {reason}")]
    Engine {
        /// The engine's words.
        reason: String,
    },
}

/// A backtracking search took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression backtracks too much on this text")]
pub struct BudgetExceeded;

/// A match of a [`Regex`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexMatch {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Groups from `$1` on; `None` for one that took no part.
    pub groups: Vec<Option<Range<usize>>>,
}

/// A compiled regular expression. Cheap to clone.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    source: String,
    names: Vec<Option<String>>,
    /// Matches at least where the expression does; itself where that takes no looking around or back.
    relaxed: Linear,
    exactly: Exactly,
    literals: OnceLock<Option<Vec<RequiredLiteral>>>,
}

/// What tells a match from a match of the relaxed expression.
enum Exactly {
    /// They are the same.
    Relaxed,
    /// What must hold where it begins.
    Guarded(Guards),
    /// Nothing less than trying.
    Backtracking(Box<Backtracking>),
}

impl fmt::Debug for Regex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Regex({:?})", self.0.source)
    }
}

impl Regex {
    /// Compiles a PCRE expression.
    pub fn new(source: &str) -> Result<Self, RegexError> {
        if source.len() > MAX_SOURCE {
            return Err(RegexError::TooLong {
                length: source.len(),
            });
        }
        let translated = translate::translate(source)?;
        let relaxed = Linear::new(translated.relaxed)?;
        let exactly = if !translated.backtracks {
            Exactly::Relaxed
        } else if let Some(guards) = Guards::peel(&translated.exact) {
            Exactly::Guarded(guards)
        } else {
            Exactly::Backtracking(Box::new(Backtracking::new(translated.exact)?))
        };
        let names = match &exactly {
            Exactly::Relaxed => linear::names(relaxed.hir()),
            Exactly::Guarded(guards) => [guards.groups(), &linear::names(relaxed.hir())].concat(),
            Exactly::Backtracking(engine) => engine.names(),
        };
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            names,
            relaxed,
            exactly,
            literals: OnceLock::new(),
        })))
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether `text` holds a match.
    pub fn is_match(&self, text: &str) -> Result<bool, BudgetExceeded> {
        let relaxed = self.0.relaxed.get()?;
        match &self.0.exactly {
            Exactly::Relaxed => Ok(relaxed.is_match(text)),
            Exactly::Guarded(guards) => Ok(guarded_matches(relaxed, guards, text)
                .next()
                .transpose()?
                .is_some()),
            Exactly::Backtracking(engine) => {
                let mut found = false;
                engine.search(relaxed, text, &mut |_| {
                    found = true;
                    false
                })?;
                Ok(found)
            }
        }
    }

    /// Whether a match begins at the first byte of `text`.
    pub fn is_match_at_start(&self, text: &str) -> Result<bool, BudgetExceeded> {
        let guards = match &self.0.exactly {
            Exactly::Relaxed => None,
            Exactly::Guarded(guards) => Some(guards),
            Exactly::Backtracking(engine) => return engine.is_match_at_start(text),
        };
        let at_start = Input::new(text).anchored(Anchored::Yes).earliest(true);
        if !self.0.relaxed.get()?.is_match(at_start) {
            return Ok(false);
        }
        guards.map_or(Ok(true), |guards| guards.admit(text, 0))
    }

    /// The first `max` matches, left to right, without overlap.
    pub fn find_all(&self, text: &str, max: usize) -> Result<Vec<RegexMatch>, BudgetExceeded> {
        let mut found = Vec::new();
        if max == 0 {
            return Ok(found);
        }
        let relaxed = self.0.relaxed.get()?;
        match &self.0.exactly {
            Exactly::Relaxed if self.0.names.is_empty() => {
                found.extend(relaxed.find_iter(text).take(max).map(|hit| RegexMatch {
                    range: hit.range(),
                    groups: Vec::new(),
                }));
            }
            Exactly::Relaxed => {
                found.extend(
                    relaxed
                        .captures_iter(text)
                        .filter_map(|captures| from_captures(&captures, 0))
                        .take(max),
                );
            }
            Exactly::Guarded(guards) => {
                for hit in guarded_matches(relaxed, guards, text).take(max) {
                    found.push(hit?);
                }
            }
            Exactly::Backtracking(engine) => engine.search(relaxed, text, &mut |hit| {
                found.push(hit);
                found.len() < max
            })?,
        }
        Ok(found)
    }

    /// How many groups there are, the whole match not counted.
    pub fn group_count(&self) -> usize {
        self.0.names.len()
    }

    /// The names of the groups, from `$1` on.
    pub fn group_names(&self) -> &[Option<String>] {
        &self.0.names
    }

    /// Literals of at least three bytes, at least one of which occurs in any text with a match. `None` if no such set
    /// is known.
    pub fn required_literals(&self) -> Option<Vec<RequiredLiteral>> {
        self.0
            .literals
            .get_or_init(|| literals::required(self.0.relaxed.hir()))
            .clone()
    }

    /// All texts that can match from beginning to end, where the expression asks for that and they are few words.
    /// `from_start`: matches are only looked for where the text begins.
    pub fn whole_words(&self, from_start: bool) -> Option<Vec<RequiredLiteral>> {
        literals::whole(self.0.relaxed.hir(), from_start)
    }

    /// An expression that matches in any text of which a part matches this one: without looking around or back, and
    /// without minding where the part begins and ends. `None` where that would match nearly anything.
    pub fn within_text(&self) -> Option<regex::bytes::Regex> {
        let anywhere = literals::unanchored(self.0.relaxed.hir())?;
        regex::bytes::RegexBuilder::new(&anywhere.to_string())
            .size_limit(SIZE_LIMIT)
            .build()
            .ok()
    }
}

/// A match, after `absent` groups that take no part in it.
fn from_captures(captures: &Captures, absent: usize) -> Option<RegexMatch> {
    let groups = captures.iter().skip(1);
    Some(RegexMatch {
        range: captures.get_match()?.range(),
        groups: std::iter::repeat_n(None, absent)
            .chain(groups.map(|group| group.map(|span| span.start..span.end)))
            .collect(),
    })
}

/// Matches of `relaxed` that begin where `guards` let them.
fn guarded_matches<'m>(
    relaxed: &'m meta::Regex,
    guards: &'m Guards,
    text: &'m str,
) -> impl Iterator<Item = Result<RegexMatch, BudgetExceeded>> + 'm {
    let (mut from, mut last_end, mut attempts) = (0, None, MAX_ATTEMPTS);
    std::iter::from_fn(move || {
        while from <= text.len() {
            let candidate = relaxed.find(Input::new(text).range(from..))?;
            let start = candidate.start();
            let Some(left) = attempts.checked_sub(1) else {
                from = text.len() + 1;
                return Some(Err(BudgetExceeded));
            };
            attempts = left;
            // As with the `regex` crate, no empty match right after a match.
            let repeated = candidate.is_empty() && last_end == Some(start);
            match guards.admit(text, start) {
                Ok(true) if !repeated => {}
                Ok(_) => {
                    from = next_character(text, start);
                    continue;
                }
                Err(error) => {
                    from = text.len() + 1;
                    return Some(Err(error));
                }
            }
            let mut captures = relaxed.create_captures();
            relaxed.captures(Input::new(text).range(start..), &mut captures);
            let found = from_captures(&captures, guards.groups().len())?;
            last_end = Some(found.range.end);
            from = if found.range.is_empty() {
                next_character(text, start)
            } else {
                found.range.end
            };
            return Some(Ok(found));
        }
        None
    })
}

fn next_character(text: &str, position: usize) -> usize {
    let rest = text.get(position..).and_then(|rest| rest.chars().next());
    position + rest.map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests;
