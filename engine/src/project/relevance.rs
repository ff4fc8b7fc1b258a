//! Which files matter to which rules, and in which order they are followed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use fixedbitset::FixedBitSet;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::matching::RuleParts;

/// One file, or several that import each other.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// In the order in which they are followed. Those of one step do not import each other.
    pub(super) steps: Vec<Vec<usize>>,
    /// How often.
    pub(super) rounds: u32,
}

impl Group {
    fn new(files: &[usize], imports: &[Vec<usize>]) -> Self {
        if let [file] = files {
            return Self {
                steps: vec![vec![*file]],
                rounds: 1,
            };
        }
        Self {
            steps: steps(files, imports),
            rounds: ROUNDS,
        }
    }
}

/// How often files are followed that import each other: what is told goes around a circle so often.
const ROUNDS: u32 = 2;

/// An order of files that import each other: imports first, but for those that close a circle.
fn steps(files: &[usize], imports: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let members: HashSet<usize> = files.iter().copied().collect();
    let below = |file: usize| {
        let targets = imports.get(file).map_or(&[][..], Vec::as_slice);
        targets
            .iter()
            .copied()
            .filter(|target| members.contains(target))
    };
    // Depth first, without recursion: an import of a file that is still open closes a circle and does not count.
    let mut depths: HashMap<usize, Option<usize>> = HashMap::new();
    let mut steps: Vec<Vec<usize>> = Vec::new();
    for start in files {
        let mut pending = vec![(*start, false)];
        while let Some((file, is_done)) = pending.pop() {
            if is_done {
                let known = below(file).filter_map(|target| *depths.get(&target)?);
                let depth = known.map(|depth| depth + 1).max().unwrap_or(0);
                depths.insert(file, Some(depth));
                if steps.len() <= depth {
                    steps.resize_with(depth + 1, Vec::new);
                }
                if let Some(step) = steps.get_mut(depth) {
                    step.push(file);
                }
            } else if let Entry::Vacant(entry) = depths.entry(file) {
                entry.insert(None);
                pending.push((file, true));
                pending.extend(below(file).map(|target| (target, false)));
            }
        }
    }
    steps
}

/// The relevant files of a project.
pub(super) struct Relevance {
    /// By file.
    wanted: Vec<FixedBitSet>,
    levels: Vec<Vec<Group>>,
}

impl Relevance {
    /// `imports` are the files that each file imports; `rules` is how many rules there are.
    pub(super) fn new(rules: usize, imports: &[Vec<usize>], parts: &[RuleParts]) -> Self {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        for _ in imports {
            graph.add_node(());
        }
        for (file, targets) in imports.iter().enumerate() {
            for target in targets {
                graph.update_edge(NodeIndex::new(file), NodeIndex::new(*target), ());
            }
        }
        // What is imported stands before what imports it.
        let groups: Vec<Vec<usize>> = kosaraju_scc(&graph)
            .into_iter()
            .map(|group| {
                let mut files: Vec<usize> = group.into_iter().map(NodeIndex::index).collect();
                files.sort_unstable();
                files
            })
            .collect();
        let mut group_of = vec![0; imports.len()];
        for (number, group) in groups.iter().enumerate() {
            for file in group {
                if let Some(of) = group_of.get_mut(*file) {
                    *of = number;
                }
            }
        }
        let targets = |group: &[usize], number: usize| -> Vec<usize> {
            let files = group.iter().filter_map(|file| imports.get(*file)).flatten();
            let mut targets: Vec<usize> = files
                .filter_map(|file| group_of.get(*file).copied())
                .filter(|target| *target != number)
                .collect();
            targets.sort_unstable();
            targets.dedup();
            targets
        };
        // What can be reached from each group, and how deep the imports below it are.
        let mut reached: Vec<RuleParts> = Vec::with_capacity(groups.len());
        let mut depths: Vec<usize> = Vec::with_capacity(groups.len());
        for (number, group) in groups.iter().enumerate() {
            let mut here = RuleParts::new(rules);
            for parts in group.iter().filter_map(|file| parts.get(*file)) {
                here.union_with(parts);
            }
            let mut depth = 0;
            for target in targets(group, number) {
                if let (Some(below), Some(other)) = (reached.get(target), depths.get(target)) {
                    here.union_with(below);
                    depth = depth.max(other + 1);
                }
            }
            reached.push(here);
            depths.push(depth);
        }
        // A rule matters where both can be reached, and from there on down where any part can.
        let mut wanted: Vec<FixedBitSet> = vec![FixedBitSet::with_capacity(rules); groups.len()];
        for (number, group) in groups.iter().enumerate().rev() {
            let (Some(parts), Some(own)) = (reached.get(number), wanted.get_mut(number)) else {
                continue;
            };
            let mut both = parts.sources.clone();
            both.intersect_with(&parts.sinks);
            own.union_with(&both);
            let own = own.clone();
            for target in targets(group, number) {
                let (Some(below), Some(theirs)) = (reached.get(target), wanted.get_mut(target))
                else {
                    continue;
                };
                let mut any = below.any();
                any.intersect_with(&own);
                theirs.union_with(&any);
            }
        }
        let mut levels: Vec<Vec<Group>> = Vec::new();
        for (number, files) in groups.into_iter().enumerate() {
            let is_wanted = wanted.get(number).is_some_and(|wanted| !wanted.is_clear());
            let Some(depth) = depths.get(number).copied().filter(|_| is_wanted) else {
                continue;
            };
            if levels.len() <= depth {
                levels.resize_with(depth + 1, Vec::new);
            }
            if let Some(level) = levels.get_mut(depth) {
                level.push(Group::new(&files, imports));
            }
        }
        let of_file = |group: &usize| wanted.get(*group).cloned().unwrap_or_default();
        Self {
            wanted: group_of.iter().map(of_file).collect(),
            levels,
        }
    }

    /// The rules that a file matters to.
    pub(super) fn of(&self, file: usize) -> &FixedBitSet {
        static NONE: FixedBitSet = FixedBitSet::new();
        self.wanted.get(file).unwrap_or(&NONE)
    }

    /// The groups, those first that others import; the groups of one level do not import each other.
    pub(super) fn levels(&self) -> &[Vec<Group>] {
        &self.levels
    }
}

#[cfg(test)]
mod tests {
    use fixedbitset::FixedBitSet;

    use super::Relevance;
    use crate::matching::RuleParts;

    fn bits(rules: &[usize]) -> FixedBitSet {
        let mut bits = FixedBitSet::with_capacity(2);
        bits.extend(rules.iter().copied());
        bits
    }

    #[test]
    fn files_between_source_and_sink_matter() {
        // 0 imports 1 and 2, 1 imports 3; 4 imports nothing. Rule 0: sources in 0, sinks in 3. Rule 1: sinks in 4 only.
        let imports = [vec![1, 2], vec![3], vec![], vec![], vec![]];
        let mut parts = vec![RuleParts::new(2); 5];
        parts[0].sources = bits(&[0, 1]);
        parts[3].sinks = bits(&[0]);
        parts[4].sinks = bits(&[1]);
        let relevance = Relevance::new(2, &imports, &parts);
        let wanted: Vec<bool> = (0..5).map(|file| relevance.of(file).contains(0)).collect();
        assert_eq!(wanted, [true, true, false, true, false]);
        assert!((0..5).all(|file| !relevance.of(file).contains(1)));
        let order: Vec<Vec<usize>> = relevance
            .levels()
            .iter()
            .map(|level| {
                level
                    .iter()
                    .flat_map(|group| group.steps.concat())
                    .collect()
            })
            .collect();
        assert_eq!(order, [vec![3], vec![1], vec![0]]);
    }

    #[test]
    fn files_that_import_each_other_are_one_group() {
        let imports = [vec![1], vec![0]];
        let mut parts = vec![RuleParts::new(2); 2];
        parts[0].sources = bits(&[0]);
        parts[1].sinks = bits(&[0]);
        let relevance = Relevance::new(1, &imports, &parts);
        let groups = relevance.levels().concat();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].rounds, 2);
        assert_eq!(groups[0].steps, [vec![1], vec![0]]);
    }
}
