//! What one file told the others, and the flows that end in it.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::matching::ModuleFlows;
use crate::matching::taint::{Crossing, Place, Told};

use super::call_graph::PartOf;

/// What others told of the functions that a file calls.
pub(super) type Heard = Vec<(PartOf, Arc<Told>)>;

/// A file that was followed.
#[derive(Default)]
pub(super) struct Module {
    /// What it heard, by rule.
    heard: FxHashMap<usize, Heard>,
    /// By rule, with the functions' parts in the file's graph.
    told: FxHashMap<usize, Vec<(u32, Arc<Told>)>>,
    /// The rules, by their numbers among those that cross functions, of which it has something to tell.
    news: FixedBitSet,
    /// When it was followed last; 0 for never.
    pub(super) followed: u64,
    /// When it last told something else than before, by the numbers of `news`.
    changed: FxHashMap<usize, u64>,
    pub(super) crossings: Vec<(u32, Crossing)>,
    pub(super) supposed: Vec<(u32, Place)>,
    /// Whether following it ended in a panic.
    pub(super) has_failed: bool,
    /// Rules that gave up.
    pub(super) incomplete: Vec<String>,
    /// Rules that did not.
    pub(super) complete: FxHashSet<u32>,
}

impl Module {
    /// A file that was not followed yet, or cannot be.
    pub(super) fn new(has_failed: bool) -> Self {
        Self {
            has_failed,
            ..Self::default()
        }
    }

    /// Takes in what came of following some rules through the file, in place of what came of it before.
    pub(super) fn add(
        &mut self,
        flows: ModuleFlows,
        heard: Vec<(usize, Heard)>,
        now: u64,
        rules: usize,
    ) {
        self.heard.extend(heard);
        self.followed = now;
        self.news.grow(rules);
        let incomplete = flows.incomplete.into_iter();
        let is_new = |rule: &String| !self.incomplete.contains(rule);
        let incomplete: Vec<String> = incomplete.filter(is_new).collect();
        self.incomplete.extend(incomplete);
        for (rule, taint, flows) in flows.of_rules {
            if flows.is_complete {
                self.complete.insert(rule);
            } else {
                self.complete.remove(&rule);
            }
            self.crossings.retain(|(other, _)| *other != rule);
            self.supposed.retain(|(other, _)| *other != rule);
            let supposed = flows.supposed.into_iter();
            self.supposed.extend(supposed.map(|place| (rule, place)));
            let before = self.told.remove(&taint).unwrap_or_default();
            if flows.told.iter().any(|(_, told)| told.is_news()) {
                self.news.insert(taint);
            }
            if before != flows.told {
                self.changed.insert(taint, now);
            }
            if !flows.told.is_empty() {
                self.told.insert(taint, flows.told);
            }
            let crossings = flows.crossings.into_iter();
            self.crossings
                .extend(crossings.map(|crossing| (rule, crossing)));
        }
    }

    /// The rules of which it has news that a file has not heard that was followed at this time.
    pub(super) fn news_since(&self, time: u64) -> impl Iterator<Item = usize> {
        self.news.ones().filter(move |taint| {
            let changed = self.changed.get(taint);
            changed.is_some_and(|changed| *changed >= time)
        })
    }

    /// What it heard of a rule when it was followed last.
    pub(super) fn heard(&self, rule: usize) -> Heard {
        self.heard.get(&rule).cloned().unwrap_or_default()
    }

    /// What it told of a function for a rule.
    pub(super) fn told(&self, part: u32, rule: usize) -> Option<Arc<Told>> {
        let of_rule = self.told.get(&rule)?;
        let (_, told) = of_rule.iter().find(|(number, _)| *number == part)?;
        Some(Arc::clone(told))
    }
}
