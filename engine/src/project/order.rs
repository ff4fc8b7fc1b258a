//! In which order files are followed: those first that others call.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// One file, or several that call each other.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// In the order in which they are followed. Those of one step do not call each other.
    pub(super) steps: Vec<Vec<usize>>,
    /// How often.
    pub(super) rounds: u32,
}

impl Group {
    fn new(files: &[usize], calls: &[Vec<usize>]) -> Self {
        if let [file] = files {
            return Self {
                steps: vec![vec![*file]],
                rounds: 1,
            };
        }
        Self {
            steps: steps(files, calls),
            rounds: ROUNDS,
        }
    }
}

/// How often files are followed that call each other: what is told goes around a circle so often.
const ROUNDS: u32 = 2;

/// An order of files that call each other: what is called first, but for those that close a circle.
fn steps(files: &[usize], calls: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let members: HashSet<usize> = files.iter().copied().collect();
    let below = |file: usize| {
        let targets = calls.get(file).map_or(&[][..], Vec::as_slice);
        targets
            .iter()
            .copied()
            .filter(|target| members.contains(target))
    };
    // Depth first, without recursion: a call of a file that is still open closes a circle and does not count.
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

/// Files in groups that call each other, those first that others call.
pub(super) fn groups(calls: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in calls {
        graph.add_node(());
    }
    for (file, targets) in calls.iter().enumerate() {
        for target in targets {
            graph.update_edge(NodeIndex::new(file), NodeIndex::new(*target), ());
        }
    }
    let groups = kosaraju_scc(&graph).into_iter();
    groups
        .map(|group| {
            let mut files: Vec<usize> = group.into_iter().map(NodeIndex::index).collect();
            files.sort_unstable();
            files
        })
        .collect()
}

/// The groups that hold any of the wanted files, those first that others call; the groups of one level do not call each other.
pub(super) fn levels(calls: &[Vec<usize>], is_wanted: impl Fn(usize) -> bool) -> Vec<Vec<Group>> {
    let mut levels: Vec<Vec<Group>> = Vec::new();
    let mut depths: Vec<usize> = vec![0; calls.len()];
    for files in groups(calls) {
        let targets = files.iter().filter_map(|file| calls.get(*file)).flatten();
        let below = targets
            .filter(|target| files.binary_search(target).is_err())
            .filter_map(|target| depths.get(*target));
        let depth = below.map(|depth| depth + 1).max().unwrap_or(0);
        for file in &files {
            if let Some(of) = depths.get_mut(*file) {
                *of = depth;
            }
        }
        if !files.iter().any(|file| is_wanted(*file)) {
            continue;
        }
        if levels.len() <= depth {
            levels.resize_with(depth + 1, Vec::new);
        }
        if let Some(level) = levels.get_mut(depth) {
            level.push(Group::new(&files, calls));
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::levels;

    #[test]
    fn what_is_called_goes_first() {
        // 0 calls 1 and 2, 1 calls 3; 4 calls nothing and is not wanted.
        let calls = [vec![1, 2], vec![3], vec![], vec![], vec![]];
        let levels = levels(&calls, |file| file != 4);
        let files = levels.iter().map(|level| {
            let mut files: Vec<usize> = level
                .iter()
                .flat_map(|group| group.steps.concat())
                .collect();
            files.sort_unstable();
            files
        });
        assert_eq!(files.collect::<Vec<_>>(), [vec![2, 3], vec![1], vec![0]]);
    }

    #[test]
    fn files_that_call_each_other_are_one_group() {
        let groups = levels(&[vec![1], vec![0]], |_| true).concat();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].rounds, 2);
        assert_eq!(groups[0].steps, [vec![1], vec![0]]);
    }
}
