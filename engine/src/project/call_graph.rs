//! The call graph of a project: which functions may call which, here and in other files, and which of them a rule needs.
//!
//! Flow is whole where it begins and ends in one file, as far as that and what it calls, directly or not, hold sources and
//! sinks. Only such files are followed throughout; of others no more than the functions that these call.

use std::ops::Range;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::Imports;
use crate::matching::{FILE, Foreign, ModuleGraph, Named, PartEnds};

/// Most modules in which one name is looked for.
const MOST_MODULES: usize = 50;

/// A part of a file's graph: the file's number, and the part's there.
pub(super) type PartOf = (usize, u32);

/// The call graph of a project. The parts of all files are numbered through.
pub(super) struct CallGraph {
    modules: Vec<ModuleGraph>,
    /// By file, the number of its first part.
    first: Vec<usize>,
    /// By part, the file that it is of.
    file_of: Vec<u32>,
    /// By part, those that it calls or contains in its file.
    here: Vec<Vec<u32>>,
    /// By part, those that it calls as another module's.
    there: Vec<Vec<u32>>,
    callers: Vec<Vec<u32>>,
    /// By file, what each of its calls of other modules may mean.
    found: Vec<Vec<Vec<PartOf>>>,
}

/// What of a project a rule needs to be followed through.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// The files.
    pub(super) files: FixedBitSet,
    /// The functions that other files ask about, as parts of the graph.
    asked: FixedBitSet,
}

impl CallGraph {
    /// Puts the graphs of files together; `imports` are by file.
    pub(super) fn new(modules: Vec<ModuleGraph>, imports: &[Imports]) -> Self {
        let mut graph = Self {
            first: Vec::with_capacity(modules.len()),
            file_of: Vec::new(),
            here: Vec::new(),
            there: Vec::new(),
            callers: Vec::new(),
            found: Vec::new(),
            modules,
        };
        for (module, file) in graph.modules.iter().zip(0..) {
            graph.first.push(graph.file_of.len());
            let parts = std::iter::repeat_n(file, module.calls.len());
            graph.file_of.extend(parts);
        }
        let parts = graph.file_of.len();
        (graph.here, graph.there) = (vec![Vec::new(); parts], vec![Vec::new(); parts]);
        graph.callers = vec![Vec::new(); parts];
        graph.found = (0..graph.modules.len())
            .into_par_iter()
            .map(|file| graph.resolve(file, imports))
            .collect();
        for file in 0..graph.modules.len() {
            graph.connect(file);
        }
        graph
    }

    /// What the calls of other modules in a file may mean.
    fn resolve(&self, file: usize, imports: &[Imports]) -> Vec<Vec<PartOf>> {
        let module = self.modules.get(file);
        let there = module.into_iter().flat_map(|module| &module.calls.there);
        let meanings = there.map(|(foreign, _)| {
            let mut search = Search {
                modules: &self.modules,
                imports,
                seen: Vec::new(),
                found: Vec::new(),
            };
            search.look(file, foreign);
            search.found
        });
        meanings.collect()
    }

    /// Adds the calls of a file.
    fn connect(&mut self, file: usize) {
        let (Some(module), Some(found)) = (self.modules.get(file), self.found.get(file)) else {
            return;
        };
        let part = |(file, part): PartOf| Some(self.first.get(file)? + part as usize);
        let here = module.calls.here.iter();
        let here = here.filter_map(|(from, to)| Some((part((file, *from))?, part((file, *to))?)));
        let there = module.calls.there.iter().zip(found);
        let there = there.flat_map(|((_, callers), callees)| {
            let pairs = callers
                .iter()
                .flat_map(|from| callees.iter().map(|to| (*from, *to)));
            pairs.filter_map(|(from, to)| Some((part((file, from))?, part(to)?)))
        });
        let (here, there): (Vec<_>, Vec<_>) = (here.collect(), there.collect());
        for (from, to) in &there {
            if let Some(callees) = self.there.get_mut(*from) {
                callees.push(*to as u32);
            }
        }
        for (from, to) in &here {
            if let Some(callees) = self.here.get_mut(*from) {
                callees.push(*to as u32);
            }
        }
        for (from, to) in here.into_iter().chain(there) {
            if let Some(callers) = self.callers.get_mut(to) {
                callers.push(from as u32);
            }
        }
    }

    /// What each of so many rules needs.
    pub(super) fn needed(&self, rules: usize) -> Vec<Needed> {
        let mut ends: Vec<Vec<(Range<usize>, &PartEnds)>> = vec![Vec::new(); rules];
        for (module, first) in self.modules.iter().zip(&self.first) {
            for (rule, of_rule) in &module.ends {
                if let Some(ends) = ends.get_mut(*rule) {
                    ends.push((*first..first + module.calls.len(), of_rule));
                }
            }
        }
        let needed = ends.par_iter().map(|ends| self.needed_for(ends));
        needed.collect()
    }

    /// What a rule needs that has these ends, each with the parts of its file.
    fn needed_for(&self, ends: &[(Range<usize>, &PartEnds)]) -> Needed {
        let holding = |list: fn(&PartEnds) -> &[u32]| {
            let parts = ends.iter();
            parts.flat_map(move |(parts, ends)| {
                list(ends).iter().map(|part| parts.start + *part as usize)
            })
        };
        let others = ends.iter().filter(|(_, ends)| ends.others);
        let beginning = self.leading_to(holding(|ends| &ends.sources));
        let ending = self.leading_to(holding(|ends| &ends.sinks));
        let mut worth = self.leading_to(others.flat_map(|(parts, _)| parts.clone()));
        worth.union_with(&beginning);
        worth.union_with(&ending);
        let mut needed = Needed {
            files: FixedBitSet::with_capacity(self.modules.len()),
            asked: FixedBitSet::with_capacity(self.file_of.len()),
        };
        let (mut pending, mut visited) = (Vec::new(), FixedBitSet::with_capacity(worth.len()));
        for (file, first) in self.first.iter().enumerate() {
            let whole = first + FILE as usize;
            if beginning.contains(whole) && ending.contains(whole) {
                needed.files.insert(file);
                visited.insert(whole);
                pending.push(whole);
            }
        }
        let callees = |list: &'_ [Vec<u32>], part: usize| -> Vec<usize> {
            let callees = list.get(part).into_iter().flatten();
            let callees = callees.map(|callee| *callee as usize);
            callees.filter(|callee| worth.contains(*callee)).collect()
        };
        while let Some(part) = pending.pop() {
            let there = callees(&self.there, part);
            needed.asked.extend(there.iter().copied());
            for callee in callees(&self.here, part).into_iter().chain(there) {
                if !visited.put(callee) {
                    pending.push(callee);
                }
            }
        }
        let files = needed
            .asked
            .ones()
            .filter_map(|part| self.file_of.get(part));
        needed.files.extend(files.map(|file| *file as usize));
        needed
    }

    /// The parts that hold or call, directly or not, any of these.
    fn leading_to(&self, parts: impl Iterator<Item = usize>) -> FixedBitSet {
        let mut leading = FixedBitSet::with_capacity(self.file_of.len());
        let mut pending: Vec<usize> = parts.collect();
        while let Some(part) = pending.pop() {
            if part < leading.len() && !leading.put(part) {
                let callers = self.callers.get(part).into_iter().flatten();
                pending.extend(callers.map(|caller| *caller as usize));
            }
        }
        leading
    }

    /// The functions of a file that a rule's flow asks about, with their parts.
    pub(super) fn asked(&self, needed: &Needed, file: usize) -> Vec<(u32, u32)> {
        let (Some(module), Some(first)) = (self.modules.get(file), self.first.get(file)) else {
            return Vec::new();
        };
        let parts = (0..module.calls.len() as u32).zip(*first..);
        let asked = parts.filter(|(_, number)| needed.asked.contains(*number));
        asked
            .filter_map(|(part, _)| Some((part, module.calls.function(part)?)))
            .collect()
    }

    /// What a call of another module in a file may mean, the likeliest first. What is called has a number in the file's
    /// graph; it stands for something else where the file has changed since.
    pub(super) fn callees(&self, file: usize, (at, foreign): (u32, &Foreign)) -> &[PartOf] {
        let at = at as usize;
        let known = self.modules.get(file);
        let known = known.and_then(|module| module.calls.there.get(at));
        let found = self.found.get(file).and_then(|found| found.get(at));
        match (known, found) {
            (Some((known, _)), Some(found)) if known == foreign => found,
            _ => &[],
        }
    }

    /// All that a file may call of other modules.
    pub(super) fn all_callees(&self, file: usize) -> impl Iterator<Item = PartOf> {
        let found = self.found.get(file).into_iter().flatten();
        found.flatten().copied()
    }

    /// By file, the others whose functions it asks about for any rule.
    pub(super) fn files_asked(&self, needed: &[Needed]) -> Vec<Vec<usize>> {
        let is_asked = |file: usize, callee: &PartOf| {
            let first = self.first.get(callee.0);
            let part = first.map(|first| first + callee.1 as usize);
            let mut rules = needed.iter().filter(|rule| rule.files.contains(file));
            part.is_some_and(|part| rules.any(|rule| rule.asked.contains(part)))
        };
        let of_file = |file: usize| {
            let callees = self.all_callees(file);
            let callees = callees.filter(|callee| is_asked(file, callee));
            let others = callees.map(|(target, _)| target);
            let mut others: Vec<usize> = others.filter(|target| *target != file).collect();
            others.sort_unstable();
            others.dedup();
            others
        };
        (0..self.found.len()).map(of_file).collect()
    }
}

/// Looks for what a name of another module means.
struct Search<'g> {
    modules: &'g [ModuleGraph],
    imports: &'g [Imports],
    /// Where it was looked for before: modules may export each other.
    seen: Vec<(usize, String)>,
    found: Vec<PartOf>,
}

impl Search<'_> {
    fn look(&mut self, file: usize, foreign: &Foreign) {
        let target = self
            .imports
            .get(file)
            .and_then(|of| of.get(&foreign.module));
        let Some(target) = target.copied() else {
            return;
        };
        let here = (target, foreign.path.clone());
        if self.seen.len() > MOST_MODULES || self.seen.contains(&here) {
            return;
        }
        self.seen.push(here);
        let Some(module) = self.modules.get(target) else {
            return;
        };
        for path in spellings(&foreign.path) {
            match module.calls.named(&path) {
                Named::Here(part) => {
                    self.found.push((target, part));
                    return;
                }
                Named::There(aliases) => {
                    for alias in aliases {
                        self.look(target, &alias);
                    }
                }
            }
        }
    }
}

/// The paths that may be meant: `require` of a module with a default export, and `import` of one without, give both.
fn spellings(path: &str) -> Vec<String> {
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
