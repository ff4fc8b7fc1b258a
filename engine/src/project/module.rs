//! What one file told the others, and the flows that end in it.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::matching::taint::{Crossing, Place, Told};
use crate::matching::{Foreign, ModuleFlows};

/// What others told of the functions that a file calls, by their numbers among these.
pub(super) type Heard = Vec<(usize, Arc<Told>)>;

/// A file that was followed.
#[derive(Default)]
pub(super) struct Module {
    /// Exported functions by their path.
    functions: FxHashMap<String, usize>,
    aliases: Vec<(String, Foreign)>,
    stars: Vec<String>,
    /// What it calls of others.
    pub(super) calls: Vec<Foreign>,
    /// What it heard of these, by rule.
    heard: FxHashMap<u32, Heard>,
    /// By rule, with the functions' numbers.
    told: FxHashMap<u32, Vec<(usize, Arc<Told>)>>,
    /// The rules, by their numbers among those that cross functions, of which it has something to tell.
    pub(super) news: FixedBitSet,
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
    /// Takes in what came of following some rules through the file, in place of what came of it before.
    pub(super) fn add(
        &mut self,
        flows: ModuleFlows,
        heard: Vec<(u32, Heard)>,
        now: u64,
        rules: usize,
    ) {
        self.calls = flows.calls;
        self.heard
            .extend(heard.into_iter().filter(|(_, heard)| !heard.is_empty()));
        self.followed = now;
        self.news.grow(rules);
        self.aliases = flows.exports.aliases;
        self.stars = flows.exports.stars;
        let incomplete = flows.incomplete.into_iter();
        let is_new = |rule: &String| !self.incomplete.contains(rule);
        let incomplete: Vec<String> = incomplete.filter(is_new).collect();
        self.incomplete.extend(incomplete);
        let functions = flows.exports.functions.into_iter().zip(0..);
        self.functions = functions
            .map(|((path, _), number)| (path, number))
            .collect();
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
            let before = self.told.remove(&rule).unwrap_or_default();
            if flows.told.iter().any(|(_, told)| told.is_news()) {
                self.news.insert(taint);
            }
            if before != flows.told {
                self.changed.insert(taint, now);
            }
            if !flows.told.is_empty() {
                self.told.insert(rule, flows.told);
            }
            let crossings = flows.crossings.into_iter();
            self.crossings
                .extend(crossings.map(|crossing| (rule, crossing)));
        }
    }

    /// The rules of which it has news that a file has not heard that was followed at this time.
    pub(super) fn news_since(&self, time: u64) -> impl Iterator<Item = usize> {
        self.news.ones().filter(move |taint| {
            // What is told of others has no time of its own.
            let changed = self.changed.get(taint);
            changed.is_none_or(|changed| *changed >= time)
        })
    }

    /// What it heard of a rule when it was followed last.
    pub(super) fn heard(&self, rule: u32) -> Heard {
        self.heard.get(&rule).cloned().unwrap_or_default()
    }

    /// Whether it exports what other files define.
    pub(super) fn exports_others(&self) -> bool {
        !self.aliases.is_empty() || !self.stars.is_empty()
    }

    /// Whether it told anything of a rule, or exports what others may have told of.
    pub(super) fn may_tell(&self, rule: u32) -> bool {
        self.told.contains_key(&rule) || self.exports_others()
    }

    /// What an exported function told of a rule.
    pub(super) fn function(&self, path: &str, rule: u32) -> Lookup {
        let Some(function) = self.functions.get(path) else {
            return Lookup::Elsewhere(self.aliases(path));
        };
        let of_rule = self.told.get(&rule).map_or(&[][..], Vec::as_slice);
        let told = of_rule.iter().find(|(number, _)| number == function);
        told.map_or(Lookup::Nothing, |(_, told)| Lookup::Told(Arc::clone(told)))
    }

    /// What a path may be in other modules.
    fn aliases(&self, path: &str) -> Vec<Foreign> {
        let mut found = Vec::new();
        for (name, foreign) in &self.aliases {
            let rest = match path.strip_prefix(name.as_str()) {
                Some("") => "",
                Some(rest) if name.is_empty() => rest,
                Some(rest) => match rest.strip_prefix('.') {
                    Some(rest) => rest,
                    None => continue,
                },
                None => continue,
            };
            found.push(foreign.followed_by(rest));
        }
        // Everything but the default is exported again.
        if path != "default" && !path.starts_with("default.") {
            let stars = self.stars.iter();
            found.extend(stars.map(|module| Foreign::new(module.as_bytes(), path.as_bytes())));
        }
        found
    }
}

/// What became of looking for a function in a module.
pub(super) enum Lookup {
    Told(Arc<Told>),
    /// It is there and has nothing to tell.
    Nothing,
    /// It may be one of these in other modules.
    Elsewhere(Vec<Foreign>),
}

/// The paths that may be meant: `require` of a module with a default export, and `import` of one without, give both.
pub(super) fn spellings(path: &str) -> Vec<String> {
    let mut spellings = vec![path.to_owned()];
    if let Some(rest) = path.strip_prefix("default.") {
        spellings.push(rest.to_owned());
    } else if path == "default" {
        spellings.push(String::new());
    } else if path.is_empty() {
        spellings.push("default".to_owned());
    } else {
        spellings.push(format!("default.{path}"));
    }
    spellings
}
