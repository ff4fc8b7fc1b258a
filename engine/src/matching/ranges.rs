//! Matches as ranges with bindings, and how a formula combines them.
//!
//! The rules are the reference's: of two matches that nest, the inner one is kept with the bindings of both; a match
//! of `pattern-inside` never survives as the inner one; `pattern-not` removes equal ranges, `pattern-not-inside`
//! what lies within, `pattern-not-regex` what nests either way.

use super::binding::{self, Binding};
use super::matcher::Code;

/// Where a match came from, which decides how it combines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    Pattern,
    Regex,
    Inside,
}

/// A matched range with what its metavariables are bound to, by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Match {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) origin: Origin,
    pub(crate) bindings: Box<[Option<Binding>]>,
}

/// Metavariables that regular expressions bind by number: they are never held against each other.
pub(crate) type Unchecked = [bool];

impl Match {
    fn lies_in(&self, other: &Self) -> bool {
        other.start <= self.start && self.end <= other.end
    }

    pub(crate) fn agrees_with(&self, other: &Self, code: Code<'_>, unchecked: &Unchecked) -> bool {
        self.bindings
            .iter()
            .zip(&other.bindings)
            .enumerate()
            .all(|(number, pair)| match pair {
                (Some(a), Some(b)) => {
                    unchecked.get(number).copied().unwrap_or(false) || binding::equal(code, a, b)
                }
                _ => true,
            })
    }

    pub(crate) fn with_bindings_of(&self, other: &Self) -> Self {
        let bindings = self
            .bindings
            .iter()
            .zip(&other.bindings)
            .map(|(own, others)| own.or(*others))
            .collect();
        Self {
            bindings,
            ..self.clone()
        }
    }
}

/// Combines two sets: every pair that nests, as its inner match.
pub(crate) fn intersect(
    code: Code<'_>,
    unchecked: &Unchecked,
    xs: &[Match],
    ys: &[Match],
    fuel: &mut u64,
) -> Vec<Match> {
    let mut result = Vec::new();
    let fits = |inner: &Match, outer: &Match| {
        inner.lies_in(outer) && (inner.origin != Origin::Inside || outer.origin == Origin::Inside)
    };
    let ys = ByStart::new(ys);
    for x in xs {
        for y in ys.that_may_nest_with(x) {
            if *fuel == 0 {
                return result;
            }
            *fuel -= 1;
            let (x_in_y, y_in_x) = (fits(x, y), fits(y, x));
            if !(x_in_y || y_in_x) || !x.agrees_with(y, code, unchecked) {
                continue;
            }
            if x_in_y {
                result.push(x.with_bindings_of(y));
            }
            if y_in_x {
                result.push(y.with_bindings_of(x));
            }
        }
    }
    sort_unique(&mut result);
    result
}

/// Matches in the order of where they begin, to find those that nest with another without looking at all.
struct ByStart<'m> {
    matches: Vec<&'m Match>,
    /// For each the nearest one before it that ends later; its own place where there is none.
    longer: Vec<usize>,
}

impl<'m> ByStart<'m> {
    fn new(matches: &'m [Match]) -> Self {
        let mut matches: Vec<&Match> = matches.iter().collect();
        matches.sort_by_key(|found| found.start);
        let mut longer: Vec<usize> = Vec::with_capacity(matches.len());
        let mut open: Vec<(usize, u32)> = Vec::new();
        for (at, found) in matches.iter().enumerate() {
            while open.pop_if(|(_, end)| *end <= found.end).is_some() {}
            longer.push(open.last().map_or(at, |(before, _)| *before));
            open.push((at, found.end));
        }
        Self { matches, longer }
    }

    /// All that lie in `x` or around it, and some that do not.
    fn that_may_nest_with(&self, x: &Match) -> impl Iterator<Item = &'m Match> {
        let (start, end) = (x.start, x.end);
        let first = self.matches.partition_point(|y| y.start < start);
        let from_here = self.matches.iter().skip(first).copied();
        let within = from_here.take_while(move |y| y.start <= end);
        let mut before = first.checked_sub(1);
        let around = std::iter::from_fn(move || {
            loop {
                let at = before?;
                let y = *self.matches.get(at)?;
                if y.end >= end {
                    before = at.checked_sub(1);
                    return Some(y);
                }
                // None between ends late enough.
                before = self.longer.get(at).copied().filter(|longer| *longer < at);
            }
        });
        within.chain(around)
    }
}

/// Takes out of `xs` what `negative` forbids.
pub(crate) fn subtract(
    code: Code<'_>,
    unchecked: &Unchecked,
    xs: &mut Vec<Match>,
    negative: &[Match],
) {
    let negative = ByStart::new(negative);
    xs.retain(|x| {
        !negative.that_may_nest_with(x).any(|y| {
            let placed = match y.origin {
                Origin::Inside => x.lies_in(y),
                Origin::Regex => x.lies_in(y) || y.lies_in(x),
                Origin::Pattern => x.lies_in(y) && y.lies_in(x),
            };
            placed && x.agrees_with(y, code, unchecked)
        })
    });
}

/// Puts matches in the order of the source, each once.
pub(crate) fn sort_unique(matches: &mut Vec<Match>) {
    matches.sort_unstable();
    matches.dedup();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ByStart, Match, Origin};

    fn matches() -> impl Strategy<Value = Vec<Match>> {
        let found = (0_u32..30, 0_u32..15).prop_map(|(start, length)| Match {
            start,
            end: start + length,
            origin: Origin::Pattern,
            bindings: [].into(),
        });
        prop::collection::vec(found, 0..20)
    }

    proptest! {
        #[test]
        fn finds_all_that_nest(xs in matches(), ys in matches()) {
            let sorted = ByStart::new(&ys);
            for x in &xs {
                let nests = |y: &&Match| x.lies_in(y) || y.lies_in(x);
                let mut found: Vec<&Match> = sorted.that_may_nest_with(x).filter(nests).collect();
                let mut expected: Vec<&Match> = ys.iter().filter(nests).collect();
                found.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
