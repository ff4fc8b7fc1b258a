//! What a conjunction knows of its matches before a term is evaluated, so that most of the term's places need no look:
//! a match of the term has to nest with one that is there.

use super::compiled::Compiled;
use super::index::KindIndex;
use super::ranges::{Match, Origin};
use crate::tree::node::{NodeId, Tree};

/// How many times as many places the first term of a conjunction must have for another to be evaluated before it.
const MUCH: usize = 4;

/// Where a match must lie to count.
#[derive(Clone, Debug)]
pub(super) enum Narrowing {
    /// Around one of these ranges; sorted, of those that begin together only the shortest.
    Around(Vec<(u32, u32)>),
    /// Beside none of these ranges, but in one or around it; sorted, merged where they overlap.
    Touching(Vec<(u32, u32)>),
}

impl Narrowing {
    /// What matches of `term` must do where the conjunction has found `found` so far. A `pattern-inside` counts only
    /// around one of them.
    pub(super) fn of(term: &Compiled, found: &[Match]) -> Self {
        if term.is_inside() && found.iter().all(|found| found.origin != Origin::Inside) {
            Self::around(found)
        } else {
            Self::touching(found)
        }
    }

    /// Around one of `found`.
    pub(super) fn around(found: &[Match]) -> Self {
        let mut ranges = sorted(found);
        ranges.dedup_by_key(|(start, _)| *start);
        Self::Around(ranges)
    }

    /// Where it has something in common with one of `found`.
    pub(super) fn touching(found: &[Match]) -> Self {
        let mut ranges = sorted(found);
        ranges.dedup_by(|next, kept| {
            let overlap = next.0 <= kept.1;
            if overlap {
                kept.1 = kept.1.max(next.1);
            }
            overlap
        });
        Self::Touching(ranges)
    }

    /// Whether a match that reaches over `range` at most may count.
    pub(super) fn admits(&self, range: (u32, u32)) -> bool {
        match self {
            Self::Around(ranges) => {
                let from = ranges.partition_point(|(start, _)| *start < range.0);
                ranges
                    .iter()
                    .skip(from)
                    .take_while(|(start, _)| *start <= range.1)
                    .any(|(_, end)| *end <= range.1)
            }
            Self::Touching(ranges) => {
                let first = ranges.partition_point(|(_, end)| *end < range.0);
                ranges
                    .get(first)
                    .is_some_and(|(start, _)| *start <= range.1)
            }
        }
    }
}

fn sorted(found: &[Match]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = found.iter().map(|found| (found.start, found.end)).collect();
    ranges.sort_unstable();
    ranges
}

/// The bytes that a match which begins at a node can reach: the node, or the rest of its list.
pub(super) fn reach(tree: &Tree, id: NodeId, end: NodeId) -> (u32, u32) {
    let node = tree.node(id);
    let last = if end > node.next {
        tree.node(node.parent).end
    } else {
        node.end
    };
    (node.start, last)
}

/// The term that is better evaluated before the first of a conjunction, which has many more places to look at.
pub(super) fn fewest_places(
    terms: &[Compiled],
    index: &KindIndex,
    within: (NodeId, NodeId),
) -> Option<usize> {
    let (first, rest) = terms.split_first()?;
    let first = places(first, index, within)?;
    let rest = rest.iter().zip(1..);
    let counted = rest.filter_map(|(term, number)| Some((places(term, index, within)?, number)));
    let (fewest, number) = counted.min()?;
    (fewest.saturating_mul(MUCH) < first).then_some(number)
}

/// About how many places a formula is tried at; `None` where it is no matter of places in a tree.
fn places(formula: &Compiled, index: &KindIndex, within: (NodeId, NodeId)) -> Option<usize> {
    match formula {
        Compiled::Pattern(_, start) => Some(start.places(index, within)),
        Compiled::Any(branches) => branches
            .iter()
            .map(|branch| places(branch, index, within))
            .sum(),
        Compiled::Inside(inner) => places(inner, index, within),
        Compiled::All { terms, .. } => {
            let terms = terms.iter().map(|term| places(term, index, within));
            terms.min().flatten()
        }
        Compiled::Regex(..) | Compiled::Generic(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Narrowing;
    use crate::matching::ranges::{Match, Origin};

    fn ranges() -> impl Strategy<Value = Vec<(u32, u32)>> {
        let range = (0_u32..40, 1_u32..15).prop_map(|(start, length)| (start, start + length));
        prop::collection::vec(range, 1..12)
    }

    fn matches(ranges: &[(u32, u32)]) -> Vec<Match> {
        let found = ranges.iter().map(|(start, end)| Match {
            start: *start,
            end: *end,
            origin: Origin::Pattern,
            bindings: [].into(),
        });
        found.collect()
    }

    proptest! {
        #[test]
        fn admits_what_a_plain_search_admits(found in ranges(), asked in ranges()) {
            let (around, touching) = (
                Narrowing::around(&matches(&found)),
                Narrowing::touching(&matches(&found)),
            );
            for range in asked {
                let holds = |inner: &(u32, u32)| range.0 <= inner.0 && inner.1 <= range.1;
                prop_assert_eq!(around.admits(range), found.iter().any(holds));
                let touches = |other: &(u32, u32)| other.0 <= range.1 && range.0 <= other.1;
                prop_assert_eq!(touching.admits(range), found.iter().any(touches));
            }
        }
    }
}
