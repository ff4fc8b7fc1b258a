//! Scanning one file: which rules it is a candidate for, parse if any needs a tree, match.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::binding::as_text;
use super::calls::ByCallee;
use super::compiled::{CompiledRule, CompiledRules};
use super::evaluate::{Evaluation, text_of};
use super::flows::PartLists;
use super::index::KindIndex;
use super::matcher::Code;
use super::names::Names;
use super::profile::{Profile, Sheet};
use super::ranges::Match;
use super::search::Seen;
use super::taint::{self, Flowed};
use crate::language::Dialect;
use crate::report::FileErrorKind;
use crate::rules::message;
use crate::tree::{Parser, Tree};

/// Bounds on the work for one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Longest time to parse.
    pub parse: Duration,
    /// Most steps of the matcher for one rule. A step takes some tens of nanoseconds.
    pub steps: u64,
    /// Longest time to match all rules.
    pub matching: Duration,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            parse: Duration::from_secs(5),
            steps: 20_000_000,
            matching: Duration::from_secs(10),
        }
    }
}

/// One match of a rule, in terms of the file's bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleMatch {
    /// First byte.
    pub start: u32,
    /// Just past the last byte.
    pub end: u32,
    /// Place of the rule in the rule set.
    pub rule: u32,
    /// The rule's message with its metavariables filled in.
    pub message: String,
    /// The rule's fix with its metavariables filled in.
    pub fix: Option<String>,
    /// Text of each metavariable, cut at [`LONGEST_TEXT`] bytes.
    pub metavariables: BTreeMap<String, String>,
    /// In taint mode the places, as ranges of bytes, that data goes through: the source first, the sink last.
    pub trace: Vec<(u32, u32)>,
}

/// Longest text of a metavariable that is kept, in bytes.
pub const LONGEST_TEXT: usize = 2_000;

/// What came of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcome {
    /// Sorted by place, then rule.
    pub matches: Vec<RuleMatch>,
    /// What went wrong, if anything did.
    pub problems: Vec<(FileErrorKind, String)>,
    /// Whether it had to be parsed.
    pub parsed: bool,
}

/// What is known of a file that was scanned, for when it is looked at again.
#[derive(Debug)]
pub(crate) struct Known {
    pub(super) tree: Tree,
    pub(super) names: Names,
    /// What was matched in it.
    pub(super) matched: taint::Matched,
    /// Whom it calls, once that was asked for.
    pub(super) callees: Option<Arc<ByCallee>>,
    /// Which literals it holds: a bit each.
    pub(super) seen: Box<[u64]>,
}

/// What one thread needs to scan files: parser and buffers, kept from file to file.
#[derive(Default)]
pub struct FileScanner {
    pub(super) parser: Parser,
    pub(super) tree: Tree,
    pub(super) index: KindIndex,
    pub(super) seen: Seen,
    /// Of the file that is looked at.
    pub(super) names: Names,
    /// Of the file that is looked at.
    pub(super) matched: taint::Matched,
    /// Of the file that is looked at, once that was asked for.
    pub(super) callees: Option<Arc<ByCallee>>,
    profile: Option<Arc<Profile>>,
}

impl FileScanner {
    /// A scanner with nothing loaded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A scanner that tells a profile what each file costs, and parses with this.
    pub(crate) fn with(parser: Parser, profile: Option<Arc<Profile>>) -> Self {
        Self {
            parser,
            profile,
            ..Self::default()
        }
    }

    /// How many rules the file could match, judging by the literals that it holds: the pass that spares most files
    /// from being parsed, alone.
    pub fn candidates(&mut self, rules: &CompiledRules, path: &str, source: &[u8]) -> usize {
        let dialect = Dialect::of(path, source);
        self.select(rules, dialect, path, source).len()
    }

    /// The rules that the file can match, by what stands in it.
    fn select<'r>(
        &mut self,
        rules: &'r CompiledRules,
        dialect: Option<Dialect>,
        path: &str,
        source: &[u8],
    ) -> Vec<(u32, &'r CompiledRule)> {
        self.seen.find(rules.literals(dialect), source);
        let may_match = |rule: &CompiledRule| {
            rule.is_for(dialect, path) && rule.need(dialect).may_hold_in(&self.seen, source)
        };
        let opened = rules.opened(dialect, &self.seen);
        let mut candidates: Vec<_> = opened.filter(|(_, rule)| may_match(rule)).collect();
        // Looking for expressions costs less than a tree, but as much as matching in one that is there anyway.
        let takes_tree = |rule: &CompiledRule| {
            dialect.is_some() && rule.uses_tree && !rule.need(dialect).has_expressions()
        };
        if !candidates.iter().any(|(_, rule)| takes_tree(rule)) {
            candidates.retain(|(_, rule)| rule.need(dialect).holds(&self.seen, source));
        }
        candidates
    }

    /// Matches all rules that are for `path` against `source`.
    pub fn scan(
        &mut self,
        rules: &CompiledRules,
        path: &str,
        source: &[u8],
        limits: &FileLimits,
    ) -> FileOutcome {
        self.scan_for(rules, path, source, limits, false).0
    }

    /// The memory that [`Self::last`] takes, in bytes, near enough; 0 where the file was not parsed.
    pub(crate) fn memory_of_last(&self) -> usize {
        if self.tree.is_empty() {
            return 0;
        }
        let callees = self.callees.as_ref().map_or(0, |callees| callees.memory());
        self.tree.memory() + self.names.memory() + self.matched.memory() + callees
    }

    /// What is known of the file that was looked at last, in no more memory than it needs.
    pub(crate) fn last(&mut self) -> Known {
        let tree = self.tree.clone();
        Known {
            tree,
            ..self.take_last()
        }
    }

    /// As [`Self::last`], without a copy.
    pub(crate) fn take_last(&mut self) -> Known {
        Known {
            tree: std::mem::take(&mut self.tree),
            names: std::mem::take(&mut self.names),
            matched: std::mem::take(&mut self.matched),
            callees: self.callees.take(),
            seen: self.seen.bits().into(),
        }
    }

    /// As [`Self::scan`], and if `outlined` looks for the parts of flows that lead to other functions and files.
    pub(crate) fn scan_for(
        &mut self,
        rules: &CompiledRules,
        path: &str,
        source: &[u8],
        limits: &FileLimits,
        outlined: bool,
    ) -> (FileOutcome, PartLists) {
        let mut outcome = FileOutcome::default();
        let dialect = Dialect::of(path, source);
        self.callees = None;
        self.matched = if outlined {
            taint::Matched::to_keep()
        } else {
            taint::Matched::default()
        };
        let candidates = self.select(rules, dialect, path, source);
        if candidates.is_empty() {
            if outlined {
                self.tree = Tree::default();
            }
            let parts = outlined.then(|| self.parts(rules, dialect, path, None));
            return (outcome, parts.unwrap_or_default());
        }
        let mut sheet = self.profile.is_some().then(Sheet::default);
        let mut have_tree = false;
        let start = Instant::now();
        if let Some(dialect) = dialect
            && candidates.iter().any(|(_, rule)| rule.uses_tree)
        {
            outcome.parsed = true;
            match self.parser.parse(
                source,
                dialect,
                &rules.vocabulary,
                limits.parse,
                &mut self.tree,
            ) {
                Ok(notes) => {
                    have_tree = true;
                    if let Some(at) = notes.syntax_error {
                        outcome.problems.push((
                            FileErrorKind::Syntax,
                            format!(
                                "line {} does not parse; the rest of the file was analysed",
                                line_of(source, at)
                            ),
                        ));
                    }
                    if let Some(at) = notes.too_deep {
                        outcome.problems.push((
                            FileErrorKind::ParseLimit,
                            format!(
                                "line {} nests deeper than {} levels; what lies deeper was not analysed",
                                line_of(source, at),
                                crate::tree::MAX_DEPTH
                            ),
                        ));
                    }
                    self.names = Names::resolve(&mut self.tree, source, &rules.vocabulary);
                    self.index.build(&self.tree);
                }
                Err(error) => {
                    outcome
                        .problems
                        .push((FileErrorKind::ParseLimit, error.to_string()));
                }
            }
        }
        if !have_tree {
            self.tree = Tree::default();
            self.names = Names::default();
            self.index.build(&self.tree);
        }
        if let Some(sheet) = &mut sheet {
            sheet.parsing = outcome.parsed.then(|| start.elapsed());
        }
        let start = Instant::now();
        for (number, rule) in candidates {
            if rule.uses_tree && !have_tree {
                continue;
            }
            if start.elapsed() > limits.matching {
                outcome.problems.push((
                    FileErrorKind::MatchLimit,
                    format!(
                        "matching took longer than {:?}; rules from {:?} on were not applied",
                        limits.matching, rule.rule.id
                    ),
                ));
                break;
            }
            let code = Code::new(&self.tree, source, &self.names, rule, rules);
            let begun = sheet.is_some().then(Instant::now);
            let mut evaluation = Evaluation::new(code, &self.index, rule, limits.steps);
            evaluation.seen = Some(&self.seen);
            let matches = if let Some(taint) = &rule.taint {
                taint::run(&mut evaluation, taint, &mut self.matched)
            } else {
                let whole = |found| Flowed {
                    found,
                    trace: Vec::new(),
                };
                evaluation.run().into_iter().map(whole).collect()
            };
            if evaluation.fuel == 0 {
                outcome.problems.push((
                    FileErrorKind::MatchLimit,
                    format!(
                        "rule {:?} gave up after {} steps; its findings here may be incomplete",
                        rule.rule.id, limits.steps
                    ),
                ));
            }
            if let (Some(sheet), Some(begun)) = (&mut sheet, begun) {
                let (id, found) = (rule.rule.id.clone(), matches.len() as u64);
                sheet
                    .rules
                    .push((id, begun.elapsed(), found, rule.uses_tree));
            }
            for mut found in matches {
                let inner = (found.found.start, found.found.end);
                include_parentheses(&self.tree, &mut found.found);
                outcome
                    .matches
                    .push(rule_match(number, rule, found, inner, source));
            }
        }
        let parsed = have_tree.then_some((source, limits, start));
        let parts = outlined.then(|| self.parts(rules, dialect, path, parsed));
        if let (Some(profile), Some(sheet)) = (&self.profile, sheet) {
            profile.add(path, source.len() as u64, sheet);
        }
        outcome.matches.sort_unstable();
        // The same message at the same place says nothing new.
        outcome.matches.dedup_by(|a, b| {
            (a.rule, a.start, a.end) == (b.rule, b.start, b.end) && a.message == b.message
        });
        (outcome, parts.unwrap_or_default())
    }
}

/// Widens what was matched and bound by the parentheses around it, as the reference does.
pub(super) fn include_parentheses(tree: &Tree, found: &mut Match) {
    (found.start, found.end) = tree.with_parentheses((found.start, found.end));
    for binding in found.bindings.iter_mut().flatten() {
        let is_leaf = |id| tree.node(id).next == id + 1;
        if binding.node(tree).is_some_and(|id| !is_leaf(id)) {
            (binding.start, binding.end) = tree.with_parentheses((binding.start, binding.end));
        }
    }
}

/// The texts that a match binds, by the metavariables' names.
pub(crate) fn texts(names: &[String], found: &Match, source: &[u8]) -> BTreeMap<String, String> {
    names
        .iter()
        .zip(&found.bindings)
        .filter(|(name, _)| *name != "$_")
        .filter_map(|(name, binding)| {
            let text = text_of(binding.as_ref()?, source);
            let mut length = text.len().min(LONGEST_TEXT);
            while !text.is_char_boundary(length) {
                length -= 1;
            }
            Some((name.clone(), text.get(..length)?.to_owned()))
        })
        .collect()
}

/// `inner` is the range without parentheses: what a fix replaces, so that they stay.
fn rule_match(
    number: u32,
    rule: &CompiledRule,
    flowed: Flowed,
    inner: (u32, u32),
    source: &[u8],
) -> RuleMatch {
    let Flowed { found, trace } = flowed;
    let metavariables = texts(&rule.metavariables, &found, source);
    let lookup = |name: &str| metavariables.get(name).cloned();
    let text = |start: u32, end: u32| {
        let bytes = source.get(start as usize..end as usize);
        as_text(bytes.unwrap_or_default())
    };
    let matched = text(inner.0, inner.1);
    let fix = match (&rule.rule.fix, &rule.rule.fix_regex) {
        (Some(fix), _) => Some(message::interpolate(fix, &lookup)),
        (None, Some(fix)) => message::apply_fix_regex(&matched, fix),
        (None, None) => None,
    };
    let fix = fix.map(|fix| {
        let (before, after) = (text(found.start, inner.0), text(inner.1, found.end));
        format!("{before}{fix}{after}")
    });
    RuleMatch {
        start: found.start,
        end: found.end,
        rule: number,
        message: message::interpolate(&rule.rule.message, &lookup),
        fix,
        metavariables,
        trace,
    }
}

fn line_of(source: &[u8], at: u32) -> usize {
    memchr::memchr_iter(b'\n', source.get(..at as usize).unwrap_or_default()).count() + 1
}
