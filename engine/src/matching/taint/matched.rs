//! What the ends of flows match in one file. Rules of one family are often written with the same sources, and a file that
//! was scanned is looked at again where flow is followed from file to file: no formula is matched twice.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::CompiledSink;
use crate::matching::compiled::Compiled;
use crate::matching::evaluate::Evaluation;
use crate::matching::ranges::Match;
use crate::rules::likeness::likeness;
use crate::rules::rule::Formula;

/// The matches of sources, sanitizers and sinks in one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matched {
    /// Of sources and sanitizers, by the likeness of the formulas.
    shared: FxHashMap<u64, Shared>,
    /// Where they are kept.
    sinks: Option<OfSinks>,
}

/// By the place of the rule in its set and that of the sink in the rule.
type OfSinks = FxHashMap<(u32, usize), Arc<[Match]>>;

/// Matches that several rules have, with the metavariables of one of them.
#[derive(Clone, Debug)]
struct Shared {
    matches: Arc<[Match]>,
    metavariables: Arc<[String]>,
}

impl Matched {
    /// For a file that is looked at more than once.
    pub(crate) fn to_keep() -> Self {
        Self {
            shared: FxHashMap::default(),
            sinks: Some(OfSinks::default()),
        }
    }

    /// What a formula matches that rules share, in terms of the rule that is evaluated. `of` is what it was compiled
    /// from, `key` its likeness once that was asked for.
    pub(super) fn shared<'a>(
        &mut self,
        evaluation: &mut Evaluation<'a>,
        formula: &'a Compiled,
        (of, key): (&Formula, &OnceLock<u64>),
    ) -> Arc<[Match]> {
        let rule = evaluation.rule;
        let key = *key.get_or_init(|| likeness(of, &rule.rule));
        if let Some(known) = self.shared.get(&key) {
            return known.of(&rule.metavariables);
        }
        let matches: Arc<[Match]> = evaluation.matches(formula).into();
        // Where the steps ran out, there may be more.
        if evaluation.fuel > 0 {
            let shared = Shared {
                matches: Arc::clone(&matches),
                metavariables: Arc::clone(&rule.metavariables),
            };
            self.shared.insert(key, shared);
        }
        matches
    }

    /// What the sink with this number in the rule matches.
    pub(super) fn sink<'a>(
        &mut self,
        evaluation: &mut Evaluation<'a>,
        number: usize,
        sink: &'a CompiledSink,
    ) -> Arc<[Match]> {
        let key = (evaluation.rule.place, number);
        let known = self.sinks.as_ref().and_then(|sinks| sinks.get(&key));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let matches: Arc<[Match]> = evaluation.matches(&sink.formula).into();
        if let Some(sinks) = &mut self.sinks
            && evaluation.fuel > 0
        {
            sinks.insert(key, Arc::clone(&matches));
        }
        matches
    }

    /// The memory that it takes, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        let shared = self.shared.values().map(|shared| &shared.matches);
        let all = shared.chain(self.sinks.iter().flat_map(OfSinks::values));
        all.map(|matches| {
            let bindings = matches.iter().map(|found| size_of_val(&*found.bindings));
            size_of_val(&**matches) + bindings.sum::<usize>()
        })
        .sum()
    }
}

impl Shared {
    /// The same in terms of a rule with other metavariables.
    fn of(&self, metavariables: &Arc<[String]>) -> Arc<[Match]> {
        if self.matches.is_empty() || self.metavariables == *metavariables {
            return Arc::clone(&self.matches);
        }
        let own = self.metavariables.iter();
        let theirs: Vec<Option<usize>> = own
            .map(|name| metavariables.iter().position(|other| other == name))
            .collect();
        let renamed = self.matches.iter().map(|found| {
            let mut bindings = vec![None; metavariables.len()];
            for (binding, to) in found.bindings.iter().zip(&theirs) {
                if let Some(place) = to.and_then(|to| bindings.get_mut(to)) {
                    *place = *binding;
                }
            }
            Match {
                bindings: bindings.into(),
                ..*found
            }
        });
        renamed.collect()
    }
}
