//! Evaluating a rule's formula on a file: each pattern's matches, combined.

mod condition;

use std::borrow::Cow;

use crate::matching::binding::{Binding, as_text};
use crate::matching::compiled::{Compiled, CompiledCondition, CompiledRule, number_of};
use crate::matching::index::KindIndex;
use crate::matching::matcher::{Code, Matcher};
use crate::matching::narrow::{Filter, Narrowing, fewest_places, places, reach};
use crate::matching::ranges::{Match, Origin, intersect, sort_unique, subtract};
use crate::matching::search::Seen;
use crate::tree::Parser;
use crate::tree::node::NodeId;

/// Most matches of one pattern in one file; more are a sign of a pattern that matches everything.
const MOST_MATCHES: usize = 50_000;

/// Where to look: all of a file, or what a metavariable is bound to.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    nodes: (NodeId, NodeId),
    bytes: (u32, u32),
}

/// One rule on one file.
pub(crate) struct Evaluation<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) index: &'a KindIndex,
    pub(crate) rule: &'a CompiledRule,
    /// What the file holds, where that is known.
    pub(crate) seen: Option<&'a Seen>,
    /// Steps left; at 0 the rule gives up on the file.
    pub(crate) fuel: u64,
    /// `metavariable-regex` conditions of the conjunctions around: what fails one now would fail it in the end.
    filters: Vec<Filter<'a>>,
    /// Where the matches of the term that is evaluated must lie to count.
    narrowing: Option<Narrowing<'a>>,
    /// For texts that are read as code.
    parser: Parser,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(
        code: Code<'a>,
        index: &'a KindIndex,
        rule: &'a CompiledRule,
        fuel: u64,
    ) -> Self {
        Self {
            code,
            index,
            rule,
            seen: None,
            fuel,
            filters: Vec::new(),
            narrowing: None,
            parser: Parser::new(),
        }
    }

    /// The whole file.
    pub(crate) fn whole(&self) -> Scope {
        Scope {
            nodes: (0, self.code.tree.len()),
            bytes: (0, self.code.source.len() as u32),
        }
    }

    /// Whether a range is a literal, which holds what it says and nothing else.
    pub(crate) fn is_literal(&self, range: (u32, u32)) -> bool {
        let text = self.code.source.get(range.0 as usize..range.1 as usize);
        match text.unwrap_or_default() {
            [quote @ (b'"' | b'\''), inner @ .., last] => {
                quote == last && !inner.contains(quote) && !inner.contains(&b'\\')
            }
            text => !text.is_empty() && text.iter().all(u8::is_ascii_digit),
        }
    }

    fn nothing_bound(&self) -> Box<[Option<Binding>]> {
        vec![None; self.rule.metavariables.len()].into()
    }

    /// The matches of the rule in the file.
    pub(crate) fn run(&mut self) -> Vec<Match> {
        let rule = self.rule;
        self.matches(&rule.formula)
    }

    /// The matches of one of the rule's formulas in the file.
    pub(crate) fn matches(&mut self, formula: &'a Compiled) -> Vec<Match> {
        let bound = self.nothing_bound();
        let mut matches = self.formula(formula, self.whole(), &bound, false, None);
        sort_unique(&mut matches);
        matches
    }

    /// `context` is the range to start from where a conjunction has no positive term, inside a
    /// `metavariable-pattern`.
    fn formula(
        &mut self,
        formula: &'a Compiled,
        scope: Scope,
        bound: &[Option<Binding>],
        inside: bool,
        context: Option<&Match>,
    ) -> Vec<Match> {
        if self.fuel == 0 {
            return Vec::new();
        }
        match formula {
            Compiled::Pattern(pattern, start, _) => {
                let mut matches = Vec::new();
                if !self.may_match(formula, scope) {
                    return matches;
                }
                let mut matcher = Matcher::new(
                    self.code,
                    pattern,
                    &self.rule.regexes,
                    &self.rule.rule.options,
                    bound.to_vec(),
                    self.fuel,
                );
                matcher.inside = inside;
                matcher.bound = self.narrowing.as_ref().map_or(&[], Narrowing::bound);
                matcher.filters = &self.filters;
                let code = self.code;
                let (tree, source) = (code.tree, code.source);
                let (filters, narrowing) = (&self.filters, self.narrowing.as_ref());
                let last = start.last(tree, self.index, scope.nodes, |pattern, code| {
                    matcher.matches_alone(pattern, code)
                });
                let Some(last) = last else {
                    self.fuel = matcher.fuel;
                    return matches;
                };
                let admits = narrowing.map(|it| |range| it.admits(range));
                start.each(tree, self.index, scope.nodes, last, admits, |id, end| {
                    if narrowing.is_some_and(|it| !it.admits(reach(tree, id, end)))
                        || !start.glance.admits(code, filters, id)
                    {
                        return;
                    }
                    let mut report = |(start, end): (u32, u32), bindings: &[Option<Binding>]| {
                        if !Filter::all_admit(filters, bindings, source) {
                            return false;
                        }
                        matches.push(Match {
                            start,
                            end,
                            origin: Origin::Pattern,
                            bindings: bindings.into(),
                        });
                        matches.len() >= MOST_MATCHES
                    };
                    matcher.at(id, end, &mut report);
                });
                self.fuel = matcher.fuel;
                sort_unique(&mut matches);
                matches
            }
            Compiled::Regex(regex, groups) => {
                let bytes = self
                    .code
                    .source
                    .get(scope.bytes.0 as usize..scope.bytes.1 as usize)
                    .unwrap_or_default();
                let Some(text) = utf8(bytes) else {
                    return Vec::new();
                };
                let Ok(found) = regex.find_all(text, MOST_MATCHES) else {
                    self.fuel = 0;
                    return Vec::new();
                };
                found
                    .into_iter()
                    .map(|found| {
                        let mut bindings: Box<[Option<Binding>]> = bound.into();
                        for (number, group) in groups.iter().zip(&found.groups) {
                            if let (Some(slot), Some(group)) =
                                (bindings.get_mut(*number as usize), group)
                            {
                                *slot = Some(Binding::of_text(
                                    scope.bytes.0 + group.start as u32,
                                    scope.bytes.0 + group.end as u32,
                                ));
                            }
                        }
                        Match {
                            start: scope.bytes.0 + found.range.start as u32,
                            end: scope.bytes.0 + found.range.end as u32,
                            origin: Origin::Regex,
                            bindings,
                        }
                    })
                    .collect()
            }
            Compiled::Generic(pattern) => {
                let bytes = self
                    .code
                    .source
                    .get(scope.bytes.0 as usize..scope.bytes.1 as usize)
                    .unwrap_or_default();
                let Some(text) = utf8(bytes) else {
                    return Vec::new();
                };
                let found = pattern.find_all(text, &mut self.fuel);
                found
                    .into_iter()
                    .map(|found| {
                        let mut bindings: Box<[Option<Binding>]> = bound.into();
                        for (name, range) in &found.bindings {
                            if let Some(slot) = number_of(self.rule, name)
                                .and_then(|number| bindings.get_mut(number))
                            {
                                *slot = Some(Binding::of_text(
                                    scope.bytes.0 + range.start as u32,
                                    scope.bytes.0 + range.end as u32,
                                ));
                            }
                        }
                        Match {
                            start: scope.bytes.0 + found.range.start as u32,
                            end: scope.bytes.0 + found.range.end as u32,
                            origin: Origin::Pattern,
                            bindings,
                        }
                    })
                    .collect()
            }
            Compiled::Any(branches) => {
                let mut matches = Vec::new();
                for branch in branches {
                    matches.extend(self.formula(branch, scope, bound, inside, context));
                }
                sort_unique(&mut matches);
                matches
            }
            Compiled::Inside(inner) => {
                let mut matches = self.formula(inner, scope, bound, true, context);
                for found in &mut matches {
                    found.origin = Origin::Inside;
                }
                matches
            }
            Compiled::All {
                terms,
                negative,
                conditions,
                focus,
            } => {
                let narrowing = self.narrowing.take();
                if !terms.iter().all(|term| self.may_match(term, scope)) {
                    self.narrowing = narrowing;
                    return Vec::new();
                }
                let outer = self.filters.len();
                self.filters
                    .extend(conditions.iter().filter_map(|condition| match condition {
                        CompiledCondition::Regex {
                            metavariable,
                            regex,
                            constants: false,
                        } => Some(Filter {
                            metavariable: *metavariable,
                            regex,
                        }),
                        _ => None,
                    }));
                let mut matches = self
                    .positive(terms, scope, bound, inside, context, narrowing.as_ref())
                    .unwrap_or_default();
                for term in negative {
                    if matches.is_empty() {
                        break;
                    }
                    self.narrowing =
                        Some(Narrowing::around(&matches, self.code, &self.rule.unchecked));
                    let forbidden = self.formula(term, scope, bound, false, context);
                    self.narrowing = None;
                    subtract(self.code, &self.rule.unchecked, &mut matches, &forbidden);
                }
                self.filters.truncate(outer);
                for condition in conditions {
                    let mut kept = Vec::with_capacity(matches.len());
                    for found in matches {
                        self.condition(condition, found, &mut kept);
                    }
                    matches = kept;
                }
                for names in focus {
                    matches = focused(&matches, names);
                }
                self.narrowing = narrowing;
                sort_unique(&mut matches);
                matches
            }
        }
    }

    /// Whether a formula can match, judging by what the file holds and by where its patterns can begin.
    pub(crate) fn may_match(&self, formula: &Compiled, scope: Scope) -> bool {
        match formula {
            Compiled::Pattern(_, start, need) => {
                let need = self.rule.part_needs.get(*need);
                let holds = self.seen.zip(need);
                holds.is_none_or(|(seen, need)| need.may_hold(seen))
                    && start.has_place(self.index, scope.nodes)
            }
            Compiled::Inside(inner) => self.may_match(inner, scope),
            Compiled::Any(branches) => branches.iter().any(|branch| self.may_match(branch, scope)),
            Compiled::All { terms, .. } => terms.iter().all(|term| self.may_match(term, scope)),
            Compiled::Regex(..) | Compiled::Generic(_) => true,
        }
    }

    /// About how many nodes have to be looked at for the matches of some formulas.
    pub(crate) fn places<'f>(&self, formulas: impl Iterator<Item = &'f Compiled>) -> usize {
        let nodes = self.whole().nodes;
        formulas
            .filter(|formula| self.may_match(formula, self.whole()))
            .map(|formula| places(formula, self.index, nodes).unwrap_or(usize::MAX))
            .fold(0, usize::saturating_add)
    }

    /// The positive terms of a conjunction, combined; `None` where nothing is left. Terms are evaluated only while
    /// there is something to narrow.
    fn positive(
        &mut self,
        terms: &'a [Compiled],
        scope: Scope,
        bound: &[Option<Binding>],
        inside: bool,
        context: Option<&Match>,
        narrowing: Option<&Narrowing<'a>>,
    ) -> Option<Vec<Match>> {
        // The term with the fewest places goes first: most often it has no match, and where it has, the others' matches
        // have to touch them.
        let mut early = None;
        if let Some(number) = fewest_places(terms, self.index, scope.nodes)
            && let Some(term) = terms.get(number)
        {
            self.narrowing = narrowing.cloned();
            let found = self.formula(term, scope, bound, inside, context);
            self.narrowing = None;
            if found.is_empty() {
                return None;
            }
            early = Some((number, found));
        }
        let mut matches: Option<Vec<Match>> = None;
        for (number, term) in terms.iter().enumerate() {
            let found = match &mut early {
                Some((known, found)) if *known == number => std::mem::take(found),
                _ => {
                    self.narrowing = match (&matches, &early) {
                        (Some(found), _) => {
                            Some(Narrowing::of(term, found, self.code, &self.rule.unchecked))
                        }
                        (None, Some((_, found))) => {
                            Some(Narrowing::touching(found, self.code, &self.rule.unchecked))
                        }
                        // The matches of its terms hold that of the conjunction.
                        (None, None) => narrowing.cloned(),
                    };
                    let found = self.formula(term, scope, bound, inside, context);
                    self.narrowing = None;
                    found
                }
            };
            let combined = match matches {
                None => found,
                Some(matches) => intersect(
                    self.code,
                    &self.rule.unchecked,
                    &matches,
                    &found,
                    &mut self.fuel,
                ),
            };
            if combined.is_empty() {
                return None;
            }
            matches = Some(combined);
        }
        matches.or_else(|| context.map(|context| vec![context.clone()]))
    }
}

/// The ranges of the named metavariables, as far as they lie within their match.
fn focused(matches: &[Match], names: &[u32]) -> Vec<Match> {
    let mut result = Vec::new();
    for found in matches {
        for name in names {
            let Some(value) = found.bindings.get(*name as usize).copied().flatten() else {
                continue;
            };
            if found.start <= value.start && value.end <= found.end {
                result.push(Match {
                    start: value.start,
                    end: value.end,
                    ..found.clone()
                });
            }
        }
    }
    result
}

/// Text of a file, up to its first byte that is not UTF-8.
fn utf8(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|valid| std::str::from_utf8(valid).ok()),
    }
}

/// The text of a binding, as messages show it.
pub(crate) fn text_of<'s>(binding: &Binding, source: &'s [u8]) -> Cow<'s, str> {
    as_text(binding.text(source))
}
