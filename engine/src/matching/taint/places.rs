//! Ranges of the code, looked up by what lies in them: thousands of sources or sinks must not slow down each expression.

use super::flow::{Range, within};

/// What stands for a range of the code.
pub(crate) trait Ranged {
    /// Its bytes.
    fn range(&self) -> Range;
}

impl Ranged for Range {
    fn range(&self) -> Range {
        *self
    }
}

/// Ranges in the order of where they begin.
pub(crate) struct Places<T> {
    items: Vec<T>,
    /// For each the furthest end of it and those before it.
    furthest: Vec<u32>,
}

impl<T: Ranged> Places<T> {
    pub(crate) fn new(mut items: Vec<T>) -> Self {
        // Stable: of those that begin together the first that the rule names stays the first.
        items.sort_by_key(|item| item.range().0);
        let mut end = 0;
        let furthest = items.iter().map(|item| {
            end = item.range().1.max(end);
            end
        });
        let furthest = furthest.collect();
        Self { items, furthest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.items.get(number as usize)
    }

    /// Those that a range lies in, with their numbers.
    pub(super) fn around(&self, range: Range) -> impl Iterator<Item = (u32, &T)> {
        let begin = self.items.first().map(|first| first.range().0);
        let is_outside = begin.is_none_or(|begin| range.0 < begin)
            || self.furthest.last().is_none_or(|end| *end < range.1);
        let begun = if is_outside {
            0
        } else {
            self.items.partition_point(|item| item.range().0 <= range.0)
        };
        // Of those that begin before, the ones from the first on that may reach the end from.
        let before = self.furthest.get(..begun).unwrap_or_default();
        let first = before.partition_point(|furthest| *furthest < range.1);
        let candidates = self.items.get(first..begun).unwrap_or_default();
        candidates
            .iter()
            .zip(first as u32..)
            .filter(move |(item, _)| within(range, item.range()))
            .map(|(item, number)| (number, item))
    }

    /// Those that lie in a range, with their numbers.
    pub(super) fn inside(&self, range: Range) -> impl Iterator<Item = (u32, &T)> {
        let first = self.items.partition_point(|item| item.range().0 < range.0);
        let begun = self.items.partition_point(|item| item.range().0 < range.1);
        let candidates = self.items.get(first..begun).unwrap_or_default();
        candidates
            .iter()
            .zip(first as u32..)
            .filter(move |(item, _)| within(item.range(), range))
            .map(|(item, number)| (number, item))
    }

    /// Whether any has bytes in common with a range.
    pub(crate) fn overlap(&self, range: Range) -> bool {
        let begun = self.items.partition_point(|item| item.range().0 < range.1);
        let last = begun
            .checked_sub(1)
            .and_then(|last| self.furthest.get(last));
        last.is_some_and(|furthest| *furthest > range.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Places, Range};
    use crate::matching::taint::flow::within;

    fn ranges() -> impl Strategy<Value = Vec<Range>> {
        let range = (0_u32..40, 1_u32..20).prop_map(|(start, length)| (start, start + length));
        prop::collection::vec(range, 0..20)
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(mut all in ranges(), asked in ranges()) {
            let places = Places::new(all.clone());
            all.sort_by_key(|range| range.0);
            for range in asked {
                let found: Vec<Range> = places.around(range).map(|(_, found)| *found).collect();
                let expected: Vec<Range> =
                    all.iter().copied().filter(|outer| within(range, *outer)).collect();
                prop_assert_eq!(found, expected);
                let inside: Vec<Range> = places.inside(range).map(|(_, found)| *found).collect();
                let expected: Vec<Range> =
                    all.iter().copied().filter(|inner| within(*inner, range)).collect();
                prop_assert_eq!(inside, expected);
                let overlap = all.iter().any(|other| other.0 < range.1 && range.0 < other.1);
                prop_assert_eq!(places.overlap(range), overlap);
            }
        }
    }
}
