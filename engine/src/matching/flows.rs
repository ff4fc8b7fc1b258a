//! One file's part of the flow from file to file: which rules it may matter to, and what its functions do.

use std::sync::Arc;
use std::time::Instant;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::calls::{Calls, Exports, Foreign};
use super::compiled::{CompiledRules, Parts};
use super::evaluate::Evaluation;
use super::file::{FileLimits, FileScanner, Known};
use super::matcher::Code;
use super::names::Names;
use super::taint::{self, Ends, FileFlows, Project, Told};
use crate::language::Dialect;

/// What a file told, and the flows that were found in it.
pub(crate) struct ModuleFlows {
    pub(crate) exports: Exports,
    /// With the rule's place in the set, and its number among [`CompiledRules::taints`].
    pub(crate) of_rules: Vec<(u32, usize, FileFlows)>,
    /// Rules that gave up.
    pub(crate) incomplete: Vec<String>,
    /// What the file calls of others.
    pub(crate) calls: Vec<Foreign>,
}

/// One file among those that are looked at together.
#[derive(Clone, Copy)]
pub(crate) struct FileAt<'a> {
    pub(crate) path: &'a str,
    pub(crate) number: u32,
    pub(crate) parts: &'a RuleParts,
    /// What is known of it, if that was kept.
    pub(crate) kept: Option<&'a Known>,
    /// Whether what it tells can be heard.
    pub(crate) is_imported: bool,
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

/// A file that was parsed: its text, its names, the bounds, since when it is looked at, and of the rules that were tried, by
/// their places in the set, which ends of flows there are.
pub(super) type Parsed<'a> = (
    &'a [u8],
    &'a Names,
    &'a FileLimits,
    Instant,
    &'a FxHashMap<u32, Ends>,
);

/// Looks up what a function of another file does for a rule.
pub(crate) type RuleLookup<'a> = dyn Fn(u32, &Foreign) -> Option<Arc<Told>> + 'a;

impl CompiledRules {
    /// How many [`Self::taints`] there are.
    pub(crate) fn taint_count(&self) -> usize {
        self.taints().count()
    }
}

impl FileScanner {
    /// The rules that a file holds parts of flows of: by its literals, and where it was parsed by what matches. The tree
    /// must be that of the file then.
    pub(super) fn parts(
        &mut self,
        rules: &CompiledRules,
        dialect: Option<Dialect>,
        path: &str,
        parsed: Option<Parsed<'_>>,
    ) -> PartLists {
        let mut lists = PartLists::default();
        for (number, (place, rule)) in (0..).zip(rules.taints()) {
            let (Some(mut parts), Some(taint)) = (rule.parts(&self.seen), &rule.taint) else {
                continue;
            };
            if dialect.is_none() || !rule.is_for(dialect, path) {
                continue;
            }
            if let Some((source, names, limits, start, known)) = parsed
                && start.elapsed() < limits.matching
            {
                let code = Code::new(&self.tree, source, names, rule, rules);
                let mut evaluation = Evaluation::new(code, &self.index, rule, limits.steps);
                evaluation.seen = Some(&self.seen);
                let known = known.get(&place);
                parts.source = parts.source
                    && known.and_then(|ends| ends.source).unwrap_or_else(|| {
                        taint::has_source(&mut evaluation, taint, &mut self.matched)
                    });
                parts.sink = parts.sink
                    && known.and_then(|ends| ends.sink).unwrap_or_else(|| {
                        let matched = &mut self.matched;
                        taint::has_sink(&mut evaluation, taint, matched, parts.source)
                    });
            }
            lists.add(number, parts);
        }
        lists
    }

    /// Follows the rules in `wanted` through a file; `None` where it does not parse in time.
    pub(crate) fn flows(
        &mut self,
        rules: &CompiledRules,
        wanted: &FixedBitSet,
        at: FileAt<'_>,
        source: &[u8],
        limits: &FileLimits,
        imports: &RuleLookup<'_>,
    ) -> Option<ModuleFlows> {
        let path = at.path;
        let dialect = Dialect::of(path, source)?;
        if let Some(known) = at.kept {
            self.tree.clone_from(&known.tree);
            self.matched.clone_from(&known.matched);
            self.seen.restore(&known.seen);
        } else {
            self.matched = taint::Matched::to_keep();
            let tree = &mut self.tree;
            self.parser
                .parse(source, dialect, &rules.vocabulary, limits.parse, tree)
                .ok()?;
        }
        let names = Names::resolve(&mut self.tree, source, &rules.vocabulary);
        self.index.build(&self.tree);
        let bindings = names.bindings(&self.tree, source);
        let calls = Calls::new(&self.tree, source, bindings);
        let exports = Exports::of(&calls);
        let start = Instant::now();
        let (mut of_rules, mut incomplete) = (Vec::new(), Vec::new());
        for (number, (place, rule)) in rules.taints().enumerate() {
            let Some(taint) = &rule.taint else {
                continue;
            };
            if !wanted.contains(number) || !rule.is_for(Some(dialect), path) {
                continue;
            }
            if start.elapsed() > limits.matching {
                incomplete.push(rule.rule.id.clone());
                continue;
            }
            let code = Code::new(&self.tree, source, &names, rule, rules);
            let mut evaluation = Evaluation::new(code, &self.index, rule, limits.steps);
            evaluation.seen = at.kept.is_some().then_some(&self.seen);
            let lookup = |foreign: &Foreign| imports(place, foreign);
            let project = Project {
                file: at.number,
                parts: Parts {
                    source: at.parts.sources.contains(number),
                    sink: at.parts.sinks.contains(number),
                    sanitizer: at.parts.sanitizers.contains(number),
                },
                calls: &calls,
                exports: &exports,
                is_imported: at.is_imported,
                imports: &lookup,
            };
            let mut flows = taint::run_beyond(&mut evaluation, taint, project, &mut self.matched);
            flows.is_complete = evaluation.fuel > 0;
            if !flows.is_complete {
                incomplete.push(rule.rule.id.clone());
            }
            of_rules.push((place, number, flows));
        }
        let there = calls.by_callee().there.iter();
        let foreign = there.map(|(foreign, _)| foreign.clone()).collect();
        Some(ModuleFlows {
            exports,
            of_rules,
            incomplete,
            calls: foreign,
        })
    }
}
