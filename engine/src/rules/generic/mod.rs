//! `generic` mode: patterns over the words and signs of any text, where no grammar is at hand.
//!
//! The meaning is that of the reference's default engine for this mode. White space between tokens says nothing, but
//! indentation does: see [`document`](Document) for what a block is. `...` skips tokens up to
//! `generic_ellipsis_max_span` lines further, also into blocks, but never out of the block in which the match began;
//! at the end of a pattern it takes the rest of the block. `$X` is one word (ASCII letters, digits and `_`), `$...X`
//! what `...` skips, the blanks before it included. Where a pattern indents lines, they must be a block of the text.
//!
//! One difference: `generic_caseless` is honoured; the reference honours it in its second engine only.

mod document;
mod pattern;
mod search;

use std::ops::Range;

pub use self::document::{CommentStyle, Document};
use super::rule::RuleOptions;

/// A pattern of `generic` mode.
#[derive(Clone, Debug)]
pub struct GenericPattern {
    parsed: pattern::Parsed,
    most_lines: u32,
    caseless: bool,
    comments: CommentStyle,
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
        let comments = options
            .raw
            .get("generic_comment_style")
            .and_then(|style| style.as_str())
            .and_then(CommentStyle::named)
            .unwrap_or_default();
        Ok(Self {
            parsed: pattern::parse(text)?,
            most_lines: options.generic_ellipsis_max_span,
            caseless: options.generic_caseless,
            comments,
        })
    }

    /// The metavariables, with their `$`, each once.
    pub fn metavariables(&self) -> &[String] {
        &self.parsed.names
    }

    /// What is no part of a text for this pattern.
    pub fn comment_style(&self) -> CommentStyle {
        self.comments
    }

    /// Words that every match holds.
    pub fn required_literals(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.caseless {
            pattern::words(&self.parsed.parts, &mut words);
        }
        words
    }

    /// The matches in a text, in the order of their beginnings; they may overlap, but no two end at the same place.
    /// `budget` counts steps down; at 0 the search stops.
    pub fn find_all(&self, text: &str, budget: &mut u64) -> Vec<GenericMatch> {
        self.find_in(&Document::new(text, self.comments), budget)
    }

    /// As [`Self::find_all`], in a text that was cut up before, with this pattern's [`Self::comment_style`].
    pub fn find_in(&self, document: &Document<'_>, budget: &mut u64) -> Vec<GenericMatch> {
        search::Search::new(self, document, budget).run()
    }
}

#[cfg(test)]
mod tests;
