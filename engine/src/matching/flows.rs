//! One file's part of the flow from file to file: which rules it may matter to, whom its functions call, and what they do.

use std::sync::Arc;
use std::time::Instant;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calls::{ByCallee, Calls, Exports, FileGraph, Foreign};
use super::compiled::{CompiledRule, CompiledRules, Parts};
use super::evaluate::Evaluation;
use super::file::{FileLimits, FileScanner, Known};
use super::index::KindIndex;
use super::matcher::Code;
use super::names::Names;
use super::search::Seen;
use super::taint::{self, EndPlaces, FileFlows, Matched, Project, Told};
use crate::language::Dialect;
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};

/// What a file told, and the flows that were found in it.
#[derive(Default)]
pub(crate) struct ModuleFlows {
    /// With the rule's place in the set, and its number among [`CompiledRules::taints`].
    pub(crate) of_rules: Vec<(u32, usize, FileFlows)>,
    /// Rules that gave up.
    pub(crate) incomplete: Vec<String>,
}

/// What there is to know of a file before any flow is followed.
#[derive(Debug, Default)]
pub(crate) struct ModuleGraph {
    pub(crate) calls: FileGraph,
    /// By the rule's number among [`CompiledRules::taints`].
    pub(crate) ends: Vec<(usize, PartEnds)>,
}

/// The parts of a file's graph that hold what flows of a rule are made of.
#[derive(Debug, Default)]
pub(crate) struct PartEnds {
    pub(crate) sources: Vec<u32>,
    pub(crate) sinks: Vec<u32>,
    /// Whether the file may hold what else keeps a function from doing what callers suppose of one that they do not know.
    pub(crate) others: bool,
}

/// One file among those that are looked at together.
#[derive(Clone, Copy)]
pub(crate) struct FileAt<'a> {
    pub(crate) path: &'a str,
    pub(crate) number: u32,
    pub(crate) parts: &'a RuleParts,
    pub(crate) source: &'a [u8],
}

impl FileAt<'_> {
    /// The parts of a rule that the file may hold, by the rule's number.
    fn parts_of(&self, rule: usize) -> Parts {
        Parts {
            source: self.parts.sources.contains(rule),
            sink: self.parts.sinks.contains(rule),
            sanitizer: self.parts.sanitizers.contains(rule),
        }
    }
}

/// The rules, by their numbers among [`CompiledRules::taints`], of which a file may hold parts of flows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartLists {
    sources: Vec<u32>,
    sinks: Vec<u32>,
    sanitizers: Vec<u32>,
}

impl PartLists {
    fn add(&mut self, rule: u32, parts: Parts) {
        for (list, is_there) in [
            (&mut self.sources, parts.source),
            (&mut self.sinks, parts.sink),
            (&mut self.sanitizers, parts.sanitizer),
        ] {
            if is_there {
                list.push(rule);
            }
        }
    }

    /// The same as bits, of so many rules.
    pub(crate) fn bits(&self, rules: usize) -> RuleParts {
        let mut bits = RuleParts::new(rules);
        let all = |list: &[u32]| -> Vec<usize> {
            let numbers = list.iter().map(|rule| *rule as usize);
            numbers.filter(|rule| *rule < rules).collect()
        };
        bits.sources.extend(all(&self.sources));
        bits.sinks.extend(all(&self.sinks));
        bits.sanitizers.extend(all(&self.sanitizers));
        bits
    }
}

/// The same, a bit for each rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleParts {
    pub(crate) sources: FixedBitSet,
    pub(crate) sinks: FixedBitSet,
    pub(crate) sanitizers: FixedBitSet,
}

impl RuleParts {
    /// None, of so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self {
            sources: FixedBitSet::with_capacity(rules),
            sinks: FixedBitSet::with_capacity(rules),
            sanitizers: FixedBitSet::with_capacity(rules),
        }
    }

    pub(crate) fn union_with(&mut self, other: &Self) {
        self.sources.union_with(&other.sources);
        self.sinks.union_with(&other.sinks);
        self.sanitizers.union_with(&other.sanitizers);
    }

    /// The rules of which there is any.
    pub(crate) fn any(&self) -> FixedBitSet {
        let mut any = self.sources.clone();
        any.union_with(&self.sinks);
        any.union_with(&self.sanitizers);
        any
    }
}

/// Looks up what a function of another file does for a rule. It has a number among those that a file calls of others.
pub(crate) type RuleLookup<'a> = dyn Fn(usize, (u32, &Foreign)) -> Option<Arc<Told>> + Sync + 'a;

/// The functions of a file that others ask about for a rule, with the numbers that they ask by.
pub(crate) type Asked<'a> = dyn Fn(usize) -> Vec<(u32, NodeId)> + Sync + 'a;

impl CompiledRules {
    /// How many [`Self::taints`] there are.
    pub(crate) fn taint_count(&self) -> usize {
        self.taints().count()
    }
}

impl FileScanner {
    /// The rules that the file may hold parts of flows of: by its literals, and where it was parsed by what its sinks match.
    /// Rules have few of these, and where there is none in reach nobody asks for sources. The tree must be that of the file.
    pub(super) fn parts(
        &mut self,
        rules: &CompiledRules,
        dialect: Option<Dialect>,
        path: &str,
        parsed: Option<(&[u8], &FileLimits, Instant)>,
    ) -> PartLists {
        let mut lists = PartLists::default();
        if dialect.is_none() {
            return lists;
        }
        for (number, (_, rule)) in (0..).zip(rules.taints()) {
            let (Some(mut parts), Some(taint)) = (rule.parts(&self.seen), &rule.taint) else {
                continue;
            };
            if !rule.is_for(dialect, path) {
                continue;
            }
            if let Some((source, limits, since)) = parsed
                && parts.sink
                && since.elapsed() < limits.matching
            {
                let code = Code::new(&self.tree, source, &self.names, rule, rules);
                let mut evaluation = Evaluation::new(code, &self.index, rule, limits.steps);
                evaluation.seen = Some(&self.seen);
                let matched = &mut self.matched;
                parts.sink = taint::has_sink(&mut evaluation, taint, matched, parts.source);
            }
            lists.add(number, parts);
        }
        lists
    }

    /// Takes up a file with what was kept of it; without that it is parsed. `None` where it does not parse in time.
    fn open(
        &mut self,
        rules: &CompiledRules,
        at: FileAt<'_>,
        kept: Option<Known>,
        limits: &FileLimits,
    ) -> Option<Dialect> {
        let dialect = Dialect::of(at.path, at.source)?;
        if let Some(known) = kept {
            self.tree = known.tree;
            self.names = known.names;
            self.matched = known.matched;
            self.callees = known.callees;
            self.seen.restore(&known.seen);
        } else {
            self.matched = taint::Matched::to_keep();
            self.callees = None;
            self.seen.find(rules.literals(Some(dialect)), at.source);
            let (vocabulary, tree) = (&rules.vocabulary, &mut self.tree);
            let parser = &mut self.parser;
            parser
                .parse(at.source, dialect, vocabulary, limits.parse, tree)
                .ok()?;
            self.names = Names::resolve(&mut self.tree, at.source, vocabulary);
        }
        self.index.build(&self.tree);
        Some(dialect)
    }

    /// Whom the functions of a file call, and which of them hold parts of the rules in `wanted`; `None` where it does not
    /// parse in time.
    pub(crate) fn graph(
        &mut self,
        rules: &CompiledRules,
        wanted: &FixedBitSet,
        at: FileAt<'_>,
        kept: Option<Known>,
        limits: &FileLimits,
    ) -> Option<ModuleGraph> {
        let dialect = self.open(rules, at, kept, limits)?;
        let bindings = self.names.bindings(&self.tree, at.source);
        let calls = Calls::new(&self.tree, at.source, bindings);
        let exports = Exports::of(&calls);
        self.callees = Some(Arc::clone(calls.by_callee()));
        let calls = FileGraph::new(&calls, exports);
        let start = Instant::now();
        let mut ends = Vec::new();
        for (number, (_, rule)) in rules.taints().enumerate() {
            let Some(taint) = &rule.taint else {
                continue;
            };
            let parts = at.parts_of(number);
            let is_any = parts.source || parts.sink || parts.sanitizer;
            if !is_any || !wanted.contains(number) || !rule.is_for(Some(dialect), at.path) {
                continue;
            }
            let places = if start.elapsed() < limits.matching {
                let code = Code::new(&self.tree, at.source, &self.names, rule, rules);
                let mut evaluation = Evaluation::new(code, &self.index, rule, limits.steps);
                evaluation.seen = Some(&self.seen);
                taint::end_places(&mut evaluation, taint, parts, &mut self.matched)
            } else {
                EndPlaces::anywhere()
            };
            let of_rule = PartEnds {
                sources: calls.parts_with(places.sources),
                sinks: calls.parts_with(places.sinks),
                others: parts.sanitizer,
            };
            ends.push((number, of_rule));
        }
        Some(ModuleGraph { calls, ends })
    }

    /// Follows the rules in `wanted` through a file, by so many `threads`; `None` where it does not parse in time. `asked`
    /// are for each rule the functions that others ask about.
    pub(crate) fn flows(
        &mut self,
        rules: &CompiledRules,
        (wanted, threads): (&FixedBitSet, usize),
        at: FileAt<'_>,
        kept: Option<Known>,
        limits: &FileLimits,
        others: Others<'_>,
    ) -> Option<ModuleFlows> {
        let dialect = self.open(rules, at, kept, limits)?;
        let all = rules.taints().enumerate();
        let all = all.filter(|(number, (_, rule))| {
            wanted.contains(*number) && rule.is_for(Some(dialect), at.path)
        });
        let all: Vec<(usize, &CompiledRule)> =
            all.map(|(number, (_, rule))| (number, rule)).collect();
        let following = Following {
            rules,
            tree: &self.tree,
            index: &self.index,
            callees: self.callees.as_ref(),
            at,
            limits,
            since: Instant::now(),
            others,
        };
        if threads < 2 || all.len() < 2 {
            return Some(following.run(&all, &self.names, &self.seen, &mut self.matched));
        }
        // Dealt out in turn: rules differ in cost, but not by their places.
        let parts = (0..threads.min(all.len())).map(|part| {
            let rules = all.iter().skip(part).step_by(threads).copied();
            let rules: Vec<(usize, &CompiledRule)> = rules.collect();
            let mut seen = Seen::default();
            seen.restore(self.seen.bits());
            (rules, self.names.share(), seen, self.matched.clone())
        });
        let parts: Vec<_> = parts.collect();
        let found: Vec<ModuleFlows> = parts
            .into_par_iter()
            .map(|(rules, names, seen, mut matched)| {
                following.run(&rules, &names, &seen, &mut matched)
            })
            .collect();
        let mut flows = ModuleFlows::default();
        for found in found {
            flows.of_rules.extend(found.of_rules);
            flows.incomplete.extend(found.incomplete);
        }
        Some(flows)
    }
}

/// What others have to say of the flows of a file: the functions that they ask about, and what they told of their own.
#[derive(Clone, Copy)]
pub(crate) struct Others<'a> {
    pub(crate) asked: &'a Asked<'a>,
    pub(crate) imports: &'a RuleLookup<'a>,
}

/// A file that is followed.
struct Following<'a> {
    rules: &'a CompiledRules,
    tree: &'a Tree,
    index: &'a KindIndex,
    callees: Option<&'a Arc<ByCallee>>,
    at: FileAt<'a>,
    limits: &'a FileLimits,
    since: Instant,
    others: Others<'a>,
}

impl Following<'_> {
    /// Follows some rules, with their numbers.
    fn run(
        &self,
        rules: &[(usize, &CompiledRule)],
        names: &Names,
        seen: &Seen,
        matched: &mut Matched,
    ) -> ModuleFlows {
        let (tree, source) = (self.tree, self.at.source);
        let bindings = names.bindings(tree, source);
        let calls = match self.callees {
            Some(callees) => Calls::known(tree, source, bindings, Arc::clone(callees)),
            None => Calls::new(tree, source, bindings),
        };
        let mut found = ModuleFlows::default();
        for (number, rule) in rules {
            let Some(taint) = &rule.taint else {
                continue;
            };
            if self.since.elapsed() > self.limits.matching {
                found.incomplete.push(rule.rule.id.clone());
                continue;
            }
            let code = Code::new(tree, source, names, rule, self.rules);
            let mut evaluation = Evaluation::new(code, self.index, rule, self.limits.steps);
            evaluation.seen = Some(seen);
            // The file may have changed since they were numbered.
            let is_function = |(_, id): &(u32, NodeId)| {
                let kind = (*id < tree.len()).then(|| tree.node(*id).kind);
                matches!(kind, Some(Kind::Function | Kind::Lambda))
            };
            let mut asked = (self.others.asked)(*number);
            asked.retain(is_function);
            let there = &calls.by_callee().there;
            let lookup = |foreign: u32| {
                let (known, _) = there.get(foreign as usize)?;
                (self.others.imports)(*number, (foreign, known))
            };
            let project = Project {
                file: self.at.number,
                parts: self.at.parts_of(*number),
                calls: &calls,
                asked: &asked,
                imports: &lookup,
            };
            let mut flows = taint::run_beyond(&mut evaluation, taint, project, matched);
            flows.is_complete = evaluation.fuel > 0;
            if !flows.is_complete {
                found.incomplete.push(rule.rule.id.clone());
            }
            found.of_rules.push((rule.place, *number, flows));
        }
        found
    }
}
