//! What a conjunction knows of its matches before a term is evaluated, so that most of the term's places need no look:
//! a match of the term has to nest with one that is there, and to bind what that one binds.

use rustc_hash::FxHashSet;

use super::binding::{Binding, as_text, unquoted};
use super::compiled::Compiled;
use super::index::KindIndex;
use super::matcher::Code;
use super::ranges::{Match, Origin, Unchecked};
use crate::rules::regex::Regex;
use crate::tree::node::{NodeId, Tree};

/// Of more matches it is not held what they bind.
const MOST_TOLD_APART: usize = 256;

/// How many times as many places the first term of a conjunction must have for another to be evaluated before it.
const MUCH: usize = 4;

/// What a match must be to count: where it lies, and what its metavariables are bound to.
#[derive(Clone, Debug)]
pub(super) struct Narrowing<'s> {
    place: Place,
    /// What metavariables are bound to in all that is there.
    bound: Vec<Bound<'s>>,
}

/// Where a match must lie.
#[derive(Clone, Debug)]
enum Place {
    /// Around one of these ranges; sorted, of those that begin together only the shortest.
    Around(Vec<(u32, u32)>),
    /// Beside none of these ranges, but in one or around it; sorted, merged where they overlap.
    Touching(Vec<(u32, u32)>),
}

/// The texts that a metavariable, by its number, is bound to.
#[derive(Clone, Debug)]
pub(super) struct Bound<'s> {
    metavariable: u32,
    texts: FxHashSet<&'s [u8]>,
}

/// An expression that what a metavariable, by its number, is bound to has to match from its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter<'r> {
    pub(super) metavariable: u32,
    pub(super) regex: &'r Regex,
}

/// Longer texts are not held against an expression before the rest of a pattern has matched.
const LONGEST_SOON: u32 = 64;

impl Filter<'_> {
    /// Whether a value is held against expressions as soon as it is bound: what is short costs less than the rest of a
    /// match.
    fn is_tried_soon(value: &Binding) -> bool {
        value.end.saturating_sub(value.start) <= LONGEST_SOON
    }

    fn admits(&self, value: &Binding, source: &[u8]) -> bool {
        // A search that is given up is decided, and told, when the condition is evaluated.
        let found = self.regex.is_match_at_start(&as_text(value.text(source)));
        found.unwrap_or(true)
    }

    /// Whether a value that a metavariable is to be bound to passes all `filters` on it that are tried so soon.
    pub(super) fn all_admit_soon(
        filters: &[Self],
        metavariable: u32,
        value: &Binding,
        source: &[u8],
    ) -> bool {
        filters.iter().all(|filter| {
            filter.metavariable != metavariable
                || !Self::is_tried_soon(value)
                || filter.admits(value, source)
        })
    }

    /// Whether what is bound passes all `filters` that were not tried when it was.
    pub(super) fn all_admit(filters: &[Self], bindings: &[Option<Binding>], source: &[u8]) -> bool {
        filters.iter().all(|filter| {
            let value = bindings.get(filter.metavariable as usize);
            value
                .and_then(Option::as_ref)
                .is_none_or(|value| Self::is_tried_soon(value) || filter.admits(value, source))
        })
    }
}

impl<'s> Narrowing<'s> {
    /// What matches of `term` must be where the conjunction has found `found` so far. A `pattern-inside` counts only
    /// around one of them.
    pub(super) fn of(
        term: &Compiled,
        found: &[Match],
        code: Code<'s>,
        unchecked: &Unchecked,
    ) -> Self {
        if term.is_inside() && found.iter().all(|found| found.origin != Origin::Inside) {
            Self::around(found, code, unchecked)
        } else {
            Self::touching(found, code, unchecked)
        }
    }

    /// Around one of `found`.
    pub(super) fn around(found: &[Match], code: Code<'s>, unchecked: &Unchecked) -> Self {
        Self {
            place: Place::around(found),
            bound: bound(found, code, unchecked),
        }
    }

    /// Where it has something in common with one of `found`.
    pub(super) fn touching(found: &[Match], code: Code<'s>, unchecked: &Unchecked) -> Self {
        Self {
            place: Place::touching(found),
            bound: bound(found, code, unchecked),
        }
    }

    /// Whether a match that reaches over `range` at most may count.
    pub(super) fn admits(&self, range: (u32, u32)) -> bool {
        self.place.admits(range)
    }

    /// What metavariables have to be bound to.
    pub(super) fn bound(&self) -> &[Bound<'s>] {
        &self.bound
    }
}

impl Bound<'_> {
    /// Whether a metavariable may be bound to a value. Only names are told apart: what is equal to a name reads the same.
    pub(super) fn admits(
        all: &[Bound<'_>],
        metavariable: u32,
        value: &Binding,
        code: Code<'_>,
    ) -> bool {
        let Some(bound) = all.iter().find(|bound| bound.metavariable == metavariable) else {
            return true;
        };
        let node = value.node(code.tree).map(|id| (id, code.tree.node(id)));
        let is_name = node.is_some_and(|(id, node)| node.kind.is_name() && node.next == id + 1);
        !is_name || bound.texts.contains(unquoted(value.text(code.source)))
    }
}

/// What the metavariables that all of `found` bind are bound to.
fn bound<'s>(found: &[Match], code: Code<'s>, unchecked: &Unchecked) -> Vec<Bound<'s>> {
    let Some(first) = found.first().filter(|_| found.len() <= MOST_TOLD_APART) else {
        return Vec::new();
    };
    let checked = (0..first.bindings.len())
        .filter(|number| !unchecked.get(*number).copied().unwrap_or(false));
    let of = |number: usize| {
        let texts: Option<FxHashSet<&[u8]>> = found
            .iter()
            .map(|found| {
                let value = found.bindings.get(number)?.as_ref()?;
                Some(unquoted(value.text(code.source)))
            })
            .collect();
        Some(Bound {
            metavariable: number as u32,
            texts: texts?,
        })
    };
    checked.filter_map(of).collect()
}

impl Place {
    fn around(found: &[Match]) -> Self {
        let mut ranges = sorted(found);
        ranges.dedup_by_key(|(start, _)| *start);
        Self::Around(ranges)
    }

    fn touching(found: &[Match]) -> Self {
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

    fn admits(&self, range: (u32, u32)) -> bool {
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
pub(super) fn places(
    formula: &Compiled,
    index: &KindIndex,
    within: (NodeId, NodeId),
) -> Option<usize> {
    match formula {
        Compiled::Pattern(_, start, _) => Some(start.places(index, within)),
        Compiled::Any(branches) => branches
            .iter()
            .map(|branch| places(branch, index, within))
            .try_fold(0, |sum: usize, places| Some(sum.saturating_add(places?))),
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

    use super::Place;
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
                Place::around(&matches(&found)),
                Place::touching(&matches(&found)),
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
