//! Searching a document for a pattern.
//!
//! From each token a match is tried: the shortest wins, and of matches that end at the same place the one that begins
//! last. `...` skips tokens that lie at most so many lines below the last token that matched. A match does not leave
//! the block it begins in, but may go into blocks within it.

use std::ops::Range;

use super::document::{Block, Document, Kind, Token};
use super::pattern::{Part, match_nothing};
use super::{GenericMatch, GenericPattern};

/// An ellipsis that is being matched.
#[derive(Clone, Debug)]
struct Skip {
    /// The last line that it may reach.
    most_line: u32,
    /// Bytes skipped so far.
    bytes: Range<u32>,
    name: Option<usize>,
}

/// Tokens from which what follows an ellipsis is known not to match, whatever was before it.
#[derive(Clone, Copy, Debug, Default)]
struct Hopeless {
    from: usize,
    to: usize,
    /// The end of the block that the match had to stay in.
    limit: usize,
}

/// How far a match has come.
#[derive(Clone, Copy)]
struct Reached {
    /// The next token.
    at: usize,
    /// The block whose tokens are being gone through.
    block: u32,
    /// Line and last byte of the last token that matched.
    line: u32,
    byte: u32,
}

pub(super) struct Search<'s, 't> {
    pattern: &'s GenericPattern,
    document: &'s Document<'t>,
    budget: &'s mut u64,
    /// Bytes that each name of the pattern stands for.
    bound: Vec<Option<Range<u32>>>,
    /// By how many parts follow. Empty where matching depends on what is bound or on blocks of the pattern.
    hopeless: Vec<Hopeless>,
}

impl<'s, 't> Search<'s, 't> {
    pub(super) fn new(
        pattern: &'s GenericPattern,
        document: &'s Document<'t>,
        budget: &'s mut u64,
    ) -> Self {
        let parts = &pattern.parsed.parts;
        let plain =
            !pattern.parsed.repeats && !parts.iter().any(|part| matches!(part, Part::Block(_)));
        Self {
            pattern,
            document,
            budget,
            bound: vec![None; pattern.parsed.names.len()],
            hopeless: if plain {
                vec![Hopeless::default(); parts.len() + 1]
            } else {
                Vec::new()
            },
        }
    }

    /// All matches, in the order of their beginnings.
    pub(super) fn run(mut self) -> Vec<GenericMatch> {
        let parts = &self.pattern.parsed.parts;
        let only_block_starts = matches!(parts.first(), Some(Part::Ellipsis(_)));
        let mut found: Vec<GenericMatch> = Vec::new();
        for at in 0..self.document.tokens.len() {
            let Some(token) = self.document.tokens.get(at).copied() else {
                break;
            };
            let block = self.block(token.block);
            if only_block_starts && block.start as usize != at {
                continue;
            }
            if *self.budget == 0 {
                break;
            }
            self.bound.fill(None);
            let reached = Reached {
                at,
                block: token.block,
                line: token.line,
                byte: token.start,
            };
            let end = self.parts(parts, reached, None, block.end as usize, true);
            if let Some(end) = end {
                let bindings = self
                    .pattern
                    .parsed
                    .names
                    .iter()
                    .zip(&self.bound)
                    .filter_map(|(name, range)| {
                        let range = range.clone()?;
                        Some((name.clone(), range.start as usize..range.end as usize))
                    })
                    .collect();
                found.push(GenericMatch {
                    range: token.start as usize..end.byte.max(token.start) as usize,
                    bindings,
                });
            }
        }
        last_of_each_end(found)
    }

    fn block(&self, number: u32) -> Block {
        self.document
            .blocks
            .get(number as usize)
            .copied()
            .unwrap_or(Block { start: 0, end: 0 })
    }

    /// Matches the parts from where a match has come to. `limit` is the end of the block that it must stay in;
    /// `outermost` is false for the parts of a block, which must match up to that block's end. Recurses at ellipses
    /// and blocks only, which the pattern's parser bounds.
    fn parts(
        &mut self,
        mut parts: &'s [Part],
        mut reached: Reached,
        mut skip: Option<Skip>,
        limit: usize,
        outermost: bool,
    ) -> Option<Reached> {
        loop {
            *self.budget = self.budget.checked_sub(1)?;
            let Some((part, rest)) = parts.split_first() else {
                return self.finish(reached, skip, outermost);
            };
            match part {
                Part::Ellipsis(name) => {
                    let span = self.pattern.most_lines;
                    skip = Some(match skip {
                        None => Skip {
                            most_line: reached.line.saturating_add(span),
                            bytes: reached.byte..reached.byte,
                            name: *name,
                        },
                        Some(skip) => Skip {
                            most_line: skip.most_line.saturating_add(span),
                            ..skip
                        },
                    });
                    parts = rest;
                }
                Part::Block(inner) => {
                    let end = self.block(reached.block).end as usize;
                    if reached.at >= end {
                        let nothing = match_nothing(inner) && match_nothing(rest);
                        return (nothing && self.bind_skipped(skip.as_ref())).then_some(reached);
                    }
                    let token = *self.document.tokens.get(reached.at)?;
                    if token.block != reached.block {
                        if !self.bind_skipped(skip.as_ref()) {
                            return None;
                        }
                        let within = self.block(token.block).end as usize;
                        let start = Reached {
                            block: token.block,
                            ..reached
                        };
                        let last = self.parts(inner, start, None, within, false)?;
                        reached = Reached {
                            at: within,
                            block: reached.block,
                            ..last
                        };
                        skip = None;
                        parts = rest;
                    } else if let Some(skip) = &mut skip
                        && token.line <= skip.most_line
                    {
                        skip.bytes.end = token.end;
                        reached.at += 1;
                    } else {
                        if !self.bind_skipped(skip.as_ref()) || !match_nothing(inner) {
                            return None;
                        }
                        skip = None;
                        parts = rest;
                    }
                }
                Part::Text(_) | Part::Metavariable(_) => {
                    if let Some(skip) = skip.take() {
                        return self.after_ellipsis(parts, reached, skip, limit, outermost);
                    }
                    if reached.at >= limit {
                        return None;
                    }
                    let token = *self.document.tokens.get(reached.at)?;
                    if !self.token(part, &token) {
                        return None;
                    }
                    reached = past(reached.at, &token);
                    parts = rest;
                }
            }
        }
    }

    /// Matches parts that begin with a word or sign, which an ellipsis stands before.
    fn after_ellipsis(
        &mut self,
        parts: &'s [Part],
        mut reached: Reached,
        mut skip: Skip,
        limit: usize,
        outermost: bool,
    ) -> Option<Reached> {
        let (part, rest) = parts.split_first()?;
        let from = reached.at;
        while reached.at < limit {
            *self.budget = self.budget.checked_sub(1)?;
            if let Some(known) = self.hopeless.get(parts.len())
                && limit <= known.limit
                && (known.from..known.to).contains(&reached.at)
            {
                let last = *self.document.tokens.get(known.to - 1)?;
                reached.at = known.to;
                reached.block = last.block;
                skip.bytes.end = skip.bytes.end.max(last.end);
                continue;
            }
            let token = *self.document.tokens.get(reached.at)?;
            if token.line > skip.most_line {
                break;
            }
            let before = self.bound.clone();
            if self.bind_skipped(Some(&skip)) && self.token(part, &token) {
                let found = self.parts(rest, past(reached.at, &token), None, limit, outermost);
                if found.is_some() {
                    return found;
                }
            }
            self.bound = before;
            skip.bytes.end = token.end;
            reached.at += 1;
            reached.block = token.block;
        }
        if *self.budget > 0
            && let Some(known) = self.hopeless.get_mut(parts.len())
        {
            // Together with what was known if the two touch, else in its place.
            if known.limit == limit && (known.from..=known.to).contains(&from) {
                known.to = known.to.max(reached.at);
            } else {
                *known = Hopeless {
                    from,
                    to: reached.at,
                    limit,
                };
            }
        }
        None
    }

    /// The end of the parts is reached: an open ellipsis takes what is left of the block, as far as its lines go.
    fn finish(
        &mut self,
        mut reached: Reached,
        skip: Option<Skip>,
        outermost: bool,
    ) -> Option<Reached> {
        let end = self.block(reached.block).end as usize;
        let Some(mut skip) = skip else {
            return (outermost || reached.at >= end).then_some(reached);
        };
        if let Some(left) = self.document.tokens.get(reached.at..end) {
            // Lines only grow.
            let taken = left.partition_point(|token| token.line <= skip.most_line);
            if let Some(last) = left.get(..taken).and_then(<[Token]>::last) {
                reached = past(reached.at + taken - 1, last);
                skip.bytes.end = last.end;
            }
        }
        self.bind_skipped(Some(&skip)).then_some(reached)
    }

    /// Whether a word or sign of the pattern is the token; binds a metavariable.
    fn token(&mut self, part: &Part, token: &Token) -> bool {
        match part {
            Part::Text(wanted) => {
                let text = self.document.token_text(token);
                if self.pattern.caseless {
                    text.eq_ignore_ascii_case(wanted)
                } else {
                    text == wanted
                }
            }
            Part::Metavariable(name) => {
                token.kind == Kind::Word && self.bind(*name, token.start..token.end)
            }
            Part::Ellipsis(_) | Part::Block(_) => false,
        }
    }

    fn bind_skipped(&mut self, skip: Option<&Skip>) -> bool {
        match skip {
            Some(Skip {
                name: Some(name),
                bytes,
                ..
            }) => self.bind(*name, bytes.clone()),
            _ => true,
        }
    }

    fn bind(&mut self, name: usize, range: Range<u32>) -> bool {
        let text = |range: &Range<u32>| {
            self.document
                .text
                .get(range.start as usize..range.end as usize)
        };
        match self.bound.get_mut(name) {
            Some(Some(bound)) => text(bound) == text(&range),
            Some(slot) => {
                *slot = Some(range);
                true
            }
            None => false,
        }
    }
}

fn past(at: usize, token: &Token) -> Reached {
    Reached {
        at: at + 1,
        block: token.block,
        line: token.line,
        byte: token.end,
    }
}

/// Keeps, of matches that end at one place, the one that begins last.
fn last_of_each_end(found: Vec<GenericMatch>) -> Vec<GenericMatch> {
    let mut ends = rustc_hash::FxHashMap::default();
    for (number, one) in found.iter().enumerate() {
        ends.insert(one.range.end, number);
    }
    found
        .into_iter()
        .enumerate()
        .filter(|(number, one)| ends.get(&one.range.end) == Some(number))
        .map(|(_, one)| one)
        .collect()
}
