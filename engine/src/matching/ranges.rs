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
    for x in xs {
        for y in ys {
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

/// Takes out of `xs` what `negative` forbids.
pub(crate) fn subtract(
    code: Code<'_>,
    unchecked: &Unchecked,
    xs: &mut Vec<Match>,
    negative: &[Match],
) {
    xs.retain(|x| {
        !negative.iter().any(|y| {
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
