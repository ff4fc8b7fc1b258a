//! Which files can matter to which rules, judging by what each file holds and what it imports.

use fixedbitset::FixedBitSet;

use super::order;
use crate::matching::RuleParts;

/// By file, the rules that it can matter to: those of which a source and a sink can be reached from it through imports,
/// or from a file that it can be reached from in turn. `rules` is how many there are; `imports` are the files that each
/// file imports.
pub(super) fn relevance(
    rules: usize,
    imports: &[Vec<usize>],
    parts: &[RuleParts],
) -> Vec<FixedBitSet> {
    let groups = order::groups(imports);
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
    // What can be reached from each group.
    let mut reached: Vec<RuleParts> = Vec::with_capacity(groups.len());
    for (number, group) in groups.iter().enumerate() {
        let mut here = RuleParts::new(rules);
        for parts in group.iter().filter_map(|file| parts.get(*file)) {
            here.union_with(parts);
        }
        for target in targets(group, number) {
            if let Some(below) = reached.get(target) {
                here.union_with(below);
            }
        }
        reached.push(here);
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
            let (Some(below), Some(theirs)) = (reached.get(target), wanted.get_mut(target)) else {
                continue;
            };
            let mut any = below.any();
            any.intersect_with(&own);
            theirs.union_with(&any);
        }
    }
    let of_file = |group: &usize| wanted.get(*group).cloned().unwrap_or_default();
    group_of.iter().map(of_file).collect()
}

#[cfg(test)]
mod tests {
    use fixedbitset::FixedBitSet;

    use super::relevance;
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
        let relevance = relevance(2, &imports, &parts);
        let wanted: Vec<bool> = (0..5).map(|file| relevance[file].contains(0)).collect();
        assert_eq!(wanted, [true, true, false, true, false]);
        assert!((0..5).all(|file| !relevance[file].contains(1)));
    }
}
