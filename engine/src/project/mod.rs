//! Flow from file to file: which files can matter to which rules, in which order they tell each other what their
//! functions do, and the findings that come of it.
//!
//! A file's imports are read from its bytes ([`specifiers`]). A rule needs a file with a source and one with a sink, and
//! a file that reaches both through imports; of all other files it sees nothing ([`relevance`]). Of those that are left it is
//! found out who calls whom, and with that which functions flow can need at all ([`call_graph`]). Then the files are
//! followed, those first that others call, twice where calls go in circles ([`order`], [`schedule`]), and what functions do
//! that others ask about is kept ([`module`]). Files are kept from the scan as far as a bound allows ([`trees`]).

mod call_graph;
mod module;
mod order;
mod relevance;
mod schedule;
mod specifiers;
mod trees;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use self::call_graph::{CallGraph, Needed};
use self::module::{Heard, Module};
use self::relevance::relevance;
use self::schedule::{Schedule, Turn};
use self::specifiers::Paths;
pub(crate) use self::trees::Trees;
use crate::matching::taint::{Crossing, Place};
use crate::matching::{
    CompiledRules, FileAt, FileLimits, FileScanner, Foreign, Known, ModuleGraph, Others, PartLists,
    RuleParts,
};

/// The files that a file imports, by what it calls them.
type Imports = FxHashMap<String, usize>;

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
    limits: &'p FileLimits,
    trees: &'p Trees,
    paths: &'p [&'p str],
    /// By file.
    parts: &'p [RuleParts],
}

/// The same with what there is to follow.
struct Following<'p> {
    project: Project<'p>,
    graph: CallGraph,
    /// By the rule's number among those that cross functions.
    needed: Vec<Needed>,
    /// By file; what it told so far.
    modules: Vec<RwLock<Module>>,
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
    let wanted = relevance(count, &targets, &parts);
    let project = Project {
        rules,
        limits,
        trees,
        paths,
        parts: &parts,
    };
    let graphs: Vec<Option<ModuleGraph>> = wanted
        .par_iter()
        .enumerate()
        .with_max_len(1)
        .map_init(
            || (open(), FileScanner::new()),
            |(files, scanner), (file, wanted)| {
                let nothing = Some(ModuleGraph::default());
                let files = files.as_mut().filter(|_| !wanted.is_clear());
                files.map_or(nothing, |files| project.graph(file, wanted, files, scanner))
            },
        )
        .collect();
    let modules: Vec<RwLock<Module>> = (graphs.iter())
        .map(|graph| RwLock::new(Module::new(graph.is_none())))
        .collect();
    let graphs = graphs.into_iter().map(Option::unwrap_or_default);
    let graph = CallGraph::new(graphs.collect(), &imports);
    let following = Following {
        needed: graph.needed(count),
        project,
        graph,
        modules,
    };
    let is_needed = |file| {
        following
            .needed
            .iter()
            .any(|rule| rule.files.contains(file))
    };
    let calls = following.graph.files_asked(&following.needed);
    let levels = order::levels(&calls, is_needed);
    Schedule::new(&levels, &calls, is_needed).run(
        || (open(), FileScanner::new()),
        |(files, scanner), turn, threads| {
            if let Some(files) = files {
                let called = calls.get(turn.file).map_or(&[][..], Vec::as_slice);
                following.follow((turn, threads), called, files, scanner);
            }
        },
    );
    for (file, module) in following.modules.into_iter().enumerate() {
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
    /// Takes up a file to do something with it. `None` where that fails.
    fn with<F: Files, R>(
        &self,
        file: usize,
        files: &mut F,
        scanner: &mut FileScanner,
        run: impl FnOnce(&mut FileScanner, FileAt<'_>, Option<Known>) -> Option<R>,
    ) -> Result<Option<R>, Failed> {
        let (Some(path), Some(parts)) = (self.paths.get(file), self.parts.get(file)) else {
            return Ok(None);
        };
        let (known, kept) = match self.trees.take(path) {
            Some(kept) => (Some(kept.known), Some(kept.source)),
            None => (None, None),
        };
        let Some(source) = kept.as_deref().or_else(|| files.read(file)) else {
            return Ok(None);
        };
        let at = FileAt {
            path,
            number: file as u32,
            parts,
            source,
        };
        let done = catch_unwind(AssertUnwindSafe(|| run(scanner, at, known)));
        let Ok(done) = done else {
            // What the panic left behind is not to be trusted.
            *scanner = FileScanner::new();
            return Err(Failed);
        };
        // A scanner that did not take the file up still holds another.
        if let (Some(source), true) = (kept, done.is_some()) {
            self.trees.put_back(path, source, scanner);
        }
        Ok(done)
    }

    /// Whom a file calls; `None` where the analysis fails.
    fn graph<F: Files>(
        &self,
        file: usize,
        wanted: &FixedBitSet,
        files: &mut F,
        scanner: &mut FileScanner,
    ) -> Option<ModuleGraph> {
        let (rules, limits) = (self.rules, self.limits);
        let graph = self.with(file, files, scanner, |scanner, at, kept| {
            scanner.graph(rules, wanted, at, kept, limits)
        });
        graph.ok().map(Option::unwrap_or_default)
    }
}

/// The analysis of a file ended in a panic.
struct Failed;

impl Following<'_> {
    /// Follows the rules through a file that need it, by so many threads, with what was told of the files that it calls.
    fn follow<F: Files>(
        &self,
        (turn, threads): (Turn, usize),
        called: &[usize],
        files: &mut F,
        scanner: &mut FileScanner,
    ) {
        let Turn { file, time } = turn;
        let Some(module) = self.modules.get(file) else {
            return;
        };
        if read(module).has_failed {
            return;
        }
        let last = read(module).followed;
        let needed = self.needed.iter().enumerate();
        let needed = needed.filter(|(_, needed)| needed.files.contains(file));
        let mut active = FixedBitSet::with_capacity(self.needed.len());
        active.extend(needed.map(|(rule, _)| rule));
        if last > 0 {
            // What it did not hear of yet.
            let mut news = FixedBitSet::with_capacity(active.len());
            for module in called.iter().filter_map(|file| self.modules.get(*file)) {
                news.extend(read(module).news_since(last));
            }
            active.intersect_with(&news);
            let module = read(module);
            let same = active.ones();
            let same = same.filter(|rule| self.heard(file, *rule) == module.heard(*rule));
            let same: Vec<usize> = same.collect();
            for rule in same {
                active.set(rule, false);
            }
        }
        if active.is_clear() {
            return;
        }
        let (rules, limits) = (self.project.rules, self.project.limits);
        let asked = |rule: usize| {
            let needed = self.needed.get(rule);
            needed.map_or_else(Vec::new, |needed| self.graph.asked(needed, file))
        };
        let lookup = |rule: usize, foreign: (u32, &Foreign)| {
            let callees = self.graph.callees(file, foreign).iter();
            callees
                .copied()
                .find_map(|(file, part)| read(self.modules.get(file)?).told(part, rule))
        };
        let flows = self
            .project
            .with(file, files, scanner, |scanner, at, kept| {
                let others = Others {
                    asked: &asked,
                    imports: &lookup,
                };
                scanner.flows(rules, (&active, threads), at, kept, limits, others)
            });
        let heard = active.ones().map(|rule| (rule, self.heard(file, rule)));
        let heard: Vec<(usize, Heard)> = heard.collect();
        let mut module = module.write().unwrap_or_else(PoisonError::into_inner);
        match flows {
            Ok(Some(flows)) => module.add(flows, heard, time, self.needed.len()),
            Ok(None) => {}
            Err(Failed) => module.has_failed = true,
        }
    }

    /// What others told of the functions that a file calls.
    fn heard(&self, file: usize, rule: usize) -> Heard {
        let told = self.graph.all_callees(file).filter_map(|callee| {
            let told = read(self.modules.get(callee.0)?).told(callee.1, rule)?;
            Some((callee, told))
        });
        told.filter(|(_, told)| told.is_news()).collect()
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
