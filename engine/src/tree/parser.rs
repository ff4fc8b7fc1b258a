//! Parsing: bytes to a lowered tree, within bounds.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState};

use super::direct;
use super::fault;
use super::lower::{self, Notes, Words};
use super::node::Tree;
use super::vocabulary::Vocabulary;
use crate::language::Dialect;

/// Why a file was not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It took too long.
    #[error("parsing took longer than {0:?}; the file was left out of the code analysis")]
    Timeout(Duration),
    /// The grammar does not fit the library; a defect of the build.
    #[error("the grammar could not be loaded")]
    Grammar,
}

/// A parser for one thread: keeps its tables and buffers from file to file.
pub struct Parser {
    parsers: [Option<tree_sitter::Parser>; 3],
    buffers: direct::Buffers,
    /// The fast front end is left aside.
    only_tree_sitter: bool,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser that has loaded no grammar yet.
    pub fn new() -> Self {
        Self {
            parsers: [None, None, None],
            buffers: direct::Buffers::default(),
            only_tree_sitter: false,
        }
    }

    /// A parser without the fast front end, to hold that one against.
    pub fn only_tree_sitter() -> Self {
        Self {
            only_tree_sitter: true,
            ..Self::new()
        }
    }

    /// Parses `source` into `tree`, whose allocation is reused: with the fast front end, and with tree-sitter where that
    /// one is unsure. JavaScript that does not parse is read as TypeScript with JSX, if that leaves less out: files named
    /// `.js` may hold types that a build step takes away, as Flow's.
    pub fn parse(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        vocabulary: &Vocabulary,
        limit: Duration,
        tree: &mut Tree,
    ) -> Result<Notes, ParseError> {
        if !self.only_tree_sitter && self.parse_directly(source, dialect, vocabulary, tree) {
            return Ok(Notes::default());
        }
        let start = Instant::now();
        let mut parsed = self.concrete(source, dialect, limit)?;
        let mut dialect = dialect;
        let left_out = left_out(&parsed);
        if left_out > 0 && dialect == Dialect::JavaScript {
            if !self.only_tree_sitter && self.parse_directly(source, Dialect::Tsx, vocabulary, tree)
            {
                return Ok(Notes::default());
            }
            let limit = limit.saturating_sub(start.elapsed());
            if let Ok(typed) = self.concrete(source, Dialect::Tsx, limit)
                && self::left_out(&typed) < left_out
            {
                (parsed, dialect) = (typed, Dialect::Tsx);
            }
        }
        let words = Words::Fixed(vocabulary);
        let root = parsed.root_node();
        Ok(lower::lower(root, source, dialect, words, tree))
    }

    /// Parses with the fast front end alone. Where it is unsure, `tree` is of no use.
    pub fn parse_directly(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        vocabulary: &Vocabulary,
        tree: &mut Tree,
    ) -> bool {
        direct::parse(source, dialect, vocabulary, &mut self.buffers, tree).is_ok()
    }

    /// Parses with tree-sitter and lowers what it found: what every other way is held against.
    pub fn parse_slowly(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        vocabulary: &Vocabulary,
        limit: Duration,
        tree: &mut Tree,
    ) -> Result<Notes, ParseError> {
        let parsed = self.concrete(source, dialect, limit)?;
        Ok(lower::lower(
            parsed.root_node(),
            source,
            dialect,
            Words::Fixed(vocabulary),
            tree,
        ))
    }

    /// Parses without lowering: what every analysis pays at least.
    pub fn concrete(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        limit: Duration,
    ) -> Result<tree_sitter::Tree, ParseError> {
        self.bounded(source, dialect, limit, false)
    }

    /// Parses text that is of use only if all of it parses; gives up early where it does not.
    pub(crate) fn faultless(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        limit: Duration,
    ) -> Option<tree_sitter::Tree> {
        let tree = self.bounded(source, dialect, limit, true).ok()?;
        (!tree.root_node().has_error()).then_some(tree)
    }

    fn bounded(
        &mut self,
        source: &[u8],
        dialect: Dialect,
        limit: Duration,
        faultless: bool,
    ) -> Result<tree_sitter::Tree, ParseError> {
        let slot = match dialect {
            Dialect::JavaScript => 0,
            Dialect::TypeScript => 1,
            Dialect::Tsx => 2,
        };
        let cell = self.parsers.get_mut(slot).ok_or(ParseError::Grammar)?;
        if cell.is_none() {
            let mut parser = tree_sitter::Parser::new();
            parser
                .set_language(&dialect.grammar())
                .map_err(|_| ParseError::Grammar)?;
            *cell = Some(parser);
        }
        let parser = cell.as_mut().ok_or(ParseError::Grammar)?;
        let start = Instant::now();
        let mut progress = |state: &ParseState| {
            if (faultless && state.has_error()) || start.elapsed() > limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _: tree_sitter::Point| source.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        tree.ok_or(ParseError::Timeout(limit))
    }
}

/// How many bytes of a file its grammar could not place; what it had to add counts as one.
fn left_out(parsed: &tree_sitter::Tree) -> usize {
    let mut bytes = 0;
    fault::each(parsed, |node| {
        bytes += node.byte_range().len().max(1);
        false
    });
    bytes
}
