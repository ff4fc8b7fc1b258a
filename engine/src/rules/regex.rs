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
mod linear;
mod literals;
mod translate;

pub use literals::RequiredLiteral;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use backtracking::Backtracking;
use linear::Linear;

/// Longest source text, in bytes.
const MAX_SOURCE: usize = 64 * 1024;
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
    /// Present where the relaxed expression is not enough.
    backtracking: Option<Backtracking>,
    literals: OnceLock<Option<Vec<RequiredLiteral>>>,
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
        let backtracking = translated
            .backtracks
            .then(|| Backtracking::new(translated.exact))
            .transpose()?;
        let names = match &backtracking {
            Some(engine) => engine.names(),
            None => relaxed.names(),
        };
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            names,
            relaxed,
            backtracking,
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
        match &self.0.backtracking {
            None => Ok(relaxed.is_match(text)),
            Some(engine) => {
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
        match &self.0.backtracking {
            // The leftmost match begins at 0 exactly if some match does.
            None => {
                let found = self.0.relaxed.get()?.find(text);
                Ok(found.is_some_and(|found| found.start() == 0))
            }
            Some(engine) => engine.is_match_at_start(text),
        }
    }

    /// The first `max` matches, left to right, without overlap.
    pub fn find_all(&self, text: &str, max: usize) -> Result<Vec<RegexMatch>, BudgetExceeded> {
        let mut found = Vec::new();
        if max == 0 {
            return Ok(found);
        }
        let relaxed = self.0.relaxed.get()?;
        match &self.0.backtracking {
            None if self.0.names.is_empty() => {
                found.extend(relaxed.find_iter(text).take(max).map(|hit| RegexMatch {
                    range: hit.range(),
                    groups: Vec::new(),
                }));
            }
            None => {
                found.extend(relaxed.captures_iter(text).take(max).map(|captures| {
                    RegexMatch {
                        range: captures.get_match().range(),
                        groups: captures
                            .iter()
                            .skip(1)
                            .map(|group| group.map(|hit| hit.range()))
                            .collect(),
                    }
                }));
            }
            Some(engine) => engine.search(relaxed, text, &mut |hit| {
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

#[cfg(test)]
mod tests;
