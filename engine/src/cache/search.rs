//! Search among records that are sorted by keys that are hashes, and so lie evenly: the place of one can be guessed.

use std::cmp::Ordering;
use std::ops::Range;

/// Steps of a search that guess the place by the key. Hashes are found in fewer; for others halving is better.
const GUESSES: usize = 8;

/// Where the records with a key are among `count` that are sorted by key. `key` gives that of a record; the run is empty
/// where it does not, or no record has the key.
pub(super) fn run(count: usize, wanted: u64, key: impl Fn(usize) -> Option<u64>) -> Range<usize> {
    find(count, wanted, &key).map_or(0..0, |(found, within)| {
        // The runs are short, so their ends are looked for from where one was found.
        let start = edge(found - within.start, |back| {
            key(found - back).is_some_and(|it| it == wanted)
        });
        let end = edge(within.end - found - 1, |ahead| {
            key(found + ahead).is_some_and(|it| it == wanted)
        });
        found - start..found + end + 1
    })
}

/// A record with the key, and a range that holds all that have it.
fn find(
    count: usize,
    wanted: u64,
    key: impl Fn(usize) -> Option<u64>,
) -> Option<(usize, Range<usize>)> {
    let (mut low, mut high) = (0, count);
    let (mut below, mut above) = (0_u64, u64::MAX);
    for step in 0.. {
        if low >= high {
            break;
        }
        let middle = if step < GUESSES {
            // In 32 bits, of which a table has no more records.
            let part = wanted.saturating_sub(below) >> 32;
            let whole = (above.saturating_sub(below) >> 32) + 1;
            let share = part.saturating_mul((high - low) as u64) / whole;
            low + usize::try_from(share).ok()?.min(high - low - 1)
        } else {
            low.midpoint(high)
        };
        let found = key(middle)?;
        match found.cmp(&wanted) {
            Ordering::Less => (low, below) = (middle + 1, found),
            Ordering::Greater => (high, above) = (middle, found),
            Ordering::Equal => return Some((middle, low..high)),
        }
    }
    None
}

/// The largest distance of at most `most` up to which `holds` does; it does at 0.
fn edge(most: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut inside, mut step) = (0, 1);
    while step <= most && holds(step) {
        inside = step;
        step = step.saturating_mul(2);
    }
    let mut outside = step.min(most + 1);
    while inside + 1 < outside {
        let middle = inside.midpoint(outside);
        if holds(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Keys that lie evenly, or do not, each once or often.
        #[test]
        fn a_run_is_all_that_have_the_key(
            mut keys in prop::collection::vec(prop_oneof![any::<u64>(), 0..9_u64, (0..9_u64).prop_map(|n| u64::MAX - n)], 0..300),
            other in any::<u64>(),
        ) {
            keys.sort_unstable();
            for wanted in keys.iter().copied().chain([other, 0, u64::MAX]) {
                let run = run(keys.len(), wanted, |at| keys.get(at).copied());
                let start = keys.partition_point(|key| *key < wanted);
                let end = keys.partition_point(|key| *key <= wanted);
                prop_assert!(run == (start..end) || (run.is_empty() && start == end));
            }
        }
    }
}
