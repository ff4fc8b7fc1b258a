//! Flow from file to file: which files can matter to which rules, in which order they tell each other what their
//! functions do, and the findings that come of it.
//!
//! A file's imports are read from its bytes ([`specifiers`]). A rule needs a file with a source and one with a sink, and
//! a file that reaches both through imports; of all other files it sees nothing ([`relevance`]). The files that matter are
//! followed with those first that others import, twice where imports go in circles, and what their exported functions do is
//! kept. Trees are kept from the scan as far as a bound allows ([`trees`]), texts never.

mod module;
mod relevance;
mod specifiers;
mod trees;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use self::module::{Heard, Lookup, Module};
use self::relevance::Relevance;
use self::specifiers::Paths;
pub(crate) use self::trees::Trees;
use crate::matching::taint::{Crossing, Place, Told};
use crate::matching::{
    CompiledRules, FileAt, FileLimits, FileScanner, Foreign, PartLists, RuleParts,
};

/// The files that a file imports, by what it calls them.
type Imports = FxHashMap<String, usize>;

/// Most modules in which one name is looked for.
const MOST_MODULES: usize = 50;

/// The flows of a project.
#[derive(Debug, Default)]
pub(crate) struct ProjectFlows {
    /// With the number of the rule; in the order of rules, sinks and sources.
    pub(crate) crossings: Vec<(u32, Crossing)>,
    /// Files whose rules gave up, by number, with the rule's id.
    pub(crate) incomplete: Vec<(usize, String)>,
    /// Sinks that data may get to within their function, by rule: nothing speaks against what was found there.
    pub(crate) supposed: FxHashSet<(u32, Place)>,
    /// Files that the analysis failed on.
    pub(crate) failed: Vec<usize>,
    /// Files and rules that were followed to the end: of these every flow is known.
    pub(crate) followed: FxHashSet<(usize, u32)>,
}

/// Reads the files of a project, on one thread.
pub(crate) trait Files {
    /// The bytes of the file with this number; `None` where it cannot be read or is not to be looked at.
    fn read(&mut self, file: usize) -> Option<&[u8]>;
}

/// What is known of a file before the files are looked at together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outline {
    /// The names of the modules that it imports.
    imports: Vec<String>,
    parts: PartLists,
}

impl Outline {
    /// Whether the file holds a part of a flow.
    pub(crate) fn has_parts(&self) -> bool {
        self.parts != PartLists::default()
    }

    pub(crate) fn new(source: &[u8], parts: PartLists) -> Self {
        Self {
            imports: specifiers::of(source),
            parts,
        }
    }
}

/// The files of a project, by number.
struct Project<'p> {
    rules: &'p CompiledRules,
    /// The places of its rules that cross functions.
    places: Vec<u32>,
    limits: &'p FileLimits,
    trees: &'p Trees,
    paths: &'p [&'p str],
    /// By file: the files that it imports, by what it calls them.
    imports: Vec<Imports>,
    /// The files that others import: nobody else hears what they tell.
    imported: FixedBitSet,
    /// By file; what it told so far.
    modules: Vec<RwLock<Module>>,
    /// Counts the steps.
    time: AtomicU64,
}

/// Follows data through the files at `paths`, of which the outlines are known and some of the trees. `open` gives each thread a reader.
pub(crate) fn flows<F: Files>(
    rules: &CompiledRules,
    limits: &FileLimits,
    paths: &[&str],
    outlines: Vec<Outline>,
    trees: &Trees,
    open: impl Fn() -> Option<F> + Sync,
) -> ProjectFlows {
    let count = rules.taint_count();
    let mut flows = ProjectFlows::default();
    if count == 0 {
        return flows;
    }
    let by_path = Paths::new(paths);
    let (names, parts): (Vec<Vec<String>>, Vec<RuleParts>) = outlines
        .into_iter()
        .map(|outline| (outline.imports, outline.parts.bits(count)))
        .unzip();
    let imports: Vec<Imports> = names
        .into_par_iter()
        .enumerate()
        .map(|(file, names)| {
            let resolve = |name: String| Some((by_path.resolve(file, &name)?, name));
            let imports = names.into_iter().filter_map(resolve);
            imports.map(|(target, name)| (name, target)).collect()
        })
        .collect();
    let targets: Vec<Vec<usize>> = imports.iter().map(targets).collect();
    let relevance = Relevance::new(count, &targets, &parts);
    let mut imported = FixedBitSet::with_capacity(paths.len());
    imported.extend(targets.into_iter().flatten());
    let project = Project {
        rules,
        places: rules.taints().map(|(place, _)| place).collect(),
        limits,
        trees,
        paths,
        imports,
        imported,
        time: AtomicU64::new(0),
        modules: paths.iter().map(|_| RwLock::default()).collect(),
    };
    for level in relevance.levels() {
        let rounds = level.iter().map(|group| group.rounds).max().unwrap_or(0);
        for round in 1..=rounds {
            let steps = level.iter().map(|group| group.steps.len()).max();
            for step in 0..steps.unwrap_or(0) {
                let files: Vec<usize> = level
                    .iter()
                    .filter(|group| round <= group.rounds)
                    .filter_map(|group| group.steps.get(step))
                    .flatten()
                    .copied()
                    .collect();
                project.time.fetch_add(1, Ordering::Relaxed);
                files.par_iter().with_max_len(1).for_each_init(
                    || (open(), FileScanner::new()),
                    |(files, scanner), file| {
                        if let Some(files) = files {
                            let wanted = relevance.of(*file);
                            project.follow(*file, wanted, &parts, files, scanner);
                        }
                    },
                );
            }
        }
    }
    for (file, module) in project.modules.into_iter().enumerate() {
        let module = module.into_inner().unwrap_or_else(PoisonError::into_inner);
        flows.crossings.extend(module.crossings);
        flows.supposed.extend(module.supposed);
        flows.failed.extend(module.has_failed.then_some(file));
        let followed = module.complete.into_iter();
        flows.followed.extend(followed.map(|rule| (file, rule)));
        let incomplete = module.incomplete.into_iter();
        flows.incomplete.extend(incomplete.map(|rule| (file, rule)));
    }
    let key = |(rule, crossing): &(u32, Crossing)| {
        (
            *rule,
            crossing.sink.place,
            crossing.source.place,
            crossing.steps.len(),
        )
    };
    flows.crossings.sort_by_key(key);
    flows
}

impl Project<'_> {
    /// Follows the rules through a file that it matters to, with what the files that it imports told.
    fn follow<F: Files>(
        &self,
        file: usize,
        wanted: &FixedBitSet,
        parts: &[RuleParts],
        files: &mut F,
        scanner: &mut FileScanner,
    ) {
        let now = self.time.load(Ordering::Relaxed);
        let (Some(path), Some(module), Some(imports)) = (
            self.paths.get(file),
            self.modules.get(file),
            self.imports.get(file),
        ) else {
            return;
        };
        let last = read(module).followed;
        // What imports told that it did not hear of yet.
        let mut active = FixedBitSet::with_capacity(wanted.len());
        for import in targets(imports) {
            if let Some(module) = self.modules.get(import) {
                active.extend(read(module).news_since(last));
            }
        }
        let Some(parts) = parts.get(file) else {
            return;
        };
        if last == 0 {
            active.union_with(&parts.any());
        }
        active.intersect_with(wanted);
        if last > 0 {
            let module = read(module);
            let heard = |taint: usize| self.heard(file, self.rule_at(taint), &module.calls);
            let same: Vec<usize> = active
                .ones()
                .filter(|taint| heard(*taint) == module.heard(self.rule_at(*taint)))
                .collect();
            drop(module);
            for taint in same {
                active.set(taint, false);
            }
        }
        if active.is_clear() {
            return;
        }
        let Some(source) = files.read(file) else {
            return;
        };
        let lookup = |rule: u32, foreign: &Foreign| self.lookup(file, rule, foreign);
        let kept = self.trees.get(path);
        let at = FileAt {
            path,
            number: file as u32,
            parts,
            kept: kept.as_deref(),
            is_imported: self.imported.contains(file),
        };
        let flows = catch_unwind(AssertUnwindSafe(|| {
            scanner.flows(self.rules, &active, at, source, self.limits, &lookup)
        }));
        let flows = match flows {
            Ok(Some(flows)) => flows,
            Ok(None) => return,
            Err(_) => {
                // What the panic left behind is not to be trusted.
                *scanner = FileScanner::new();
                let mut module = module.write().unwrap_or_else(PoisonError::into_inner);
                module.has_failed = true;
                return;
            }
        };
        let mut theirs = FixedBitSet::with_capacity(wanted.len());
        for import in targets(imports) {
            if let Some(other) = self.modules.get(import) {
                theirs.union_with(&read(other).news);
            }
        }
        let heard: Vec<(u32, Heard)> = active
            .ones()
            .map(|taint| self.rule_at(taint))
            .map(|rule| (rule, self.heard(file, rule, &flows.calls)))
            .collect();
        let mut module = module.write().unwrap_or_else(PoisonError::into_inner);
        module.add(flows, heard, now, wanted.len());
        // What it exports of others is theirs.
        if module.exports_others() {
            module.news.union_with(&theirs);
        }
    }

    /// The place in the rule set of a rule by its number among those that cross functions.
    fn rule_at(&self, taint: usize) -> u32 {
        self.places.get(taint).copied().unwrap_or(u32::MAX)
    }

    /// What others told of the functions that a file calls.
    fn heard(&self, file: usize, rule: u32, calls: &[Foreign]) -> Heard {
        let told = calls.iter().enumerate();
        told.filter_map(|(number, foreign)| Some((number, self.lookup(file, rule, foreign)?)))
            .filter(|(_, told)| told.is_news())
            .collect()
    }

    /// What a function that a file imports does for a rule.
    fn lookup(&self, file: usize, rule: u32, foreign: &Foreign) -> Option<Arc<Told>> {
        self.find(file, rule, foreign, &mut Vec::new())
    }

    /// `seen` is where it was looked for before: modules may export each other.
    fn find(
        &self,
        file: usize,
        rule: u32,
        foreign: &Foreign,
        seen: &mut Vec<(usize, String)>,
    ) -> Option<Arc<Told>> {
        let target = *self.imports.get(file)?.get(&foreign.module)?;
        if !read(self.modules.get(target)?).may_tell(rule) {
            return None;
        }
        let here = (target, foreign.path.clone());
        if seen.len() > MOST_MODULES || seen.contains(&here) {
            return None;
        }
        seen.push(here);
        for path in module::spellings(&foreign.path) {
            // No lock is held on the way to other modules.
            let found = read(self.modules.get(target)?).function(&path, rule);
            let aliases = match found {
                Lookup::Told(told) => return Some(told),
                Lookup::Nothing => return None,
                Lookup::Elsewhere(aliases) => aliases,
            };
            for alias in aliases {
                if let Some(known) = self.find(target, rule, &alias, seen) {
                    return Some(known);
                }
            }
        }
        None
    }
}

/// The files that a file imports, each once.
fn targets(imports: &Imports) -> Vec<usize> {
    let mut targets: Vec<usize> = imports.values().copied().collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn read(module: &RwLock<Module>) -> std::sync::RwLockReadGuard<'_, Module> {
    module.read().unwrap_or_else(PoisonError::into_inner)
}

/// The places of a set of flows, by file.
pub(crate) fn places(crossings: &[(u32, Crossing)]) -> BTreeMap<usize, Vec<Place>> {
    let mut by_file: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
    for (_, crossing) in crossings {
        let ends = [crossing.source.place, crossing.sink.place];
        for place in ends.into_iter().chain(crossing.steps.iter().copied()) {
            by_file.entry(place.file as usize).or_default().push(place);
        }
    }
    by_file
}
