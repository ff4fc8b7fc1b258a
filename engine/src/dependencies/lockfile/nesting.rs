//! How Node.js finds a package: in the nearest `node_modules` at or above the one that asks.
//!
//! A tree of places. A place is a package where it is installed, or a folder of the project; the places below it are
//! what its `node_modules` holds. Places are numbers and a step down is one look-up, so that long paths cost no more
//! than their length once, and a search costs one look-up for each level.

use std::collections::HashMap;

use crate::dependencies::graph::Id;

/// A place in the tree.
pub(super) type Place = usize;

/// Levels that a search climbs. Installers keep trees flat; operating systems' limits on paths allow fewer.
const MAX_CLIMB: usize = 128;

#[derive(Clone, Copy, Debug)]
struct Spot {
    above: Place,
    package: Option<Id>,
}

/// The tree; place 0 is the project's root.
#[derive(Debug)]
pub(super) struct Nesting<'n> {
    spots: Vec<Spot>,
    below: HashMap<(Place, &'n str), Place>,
}

impl<'n> Nesting<'n> {
    /// The project's root folder.
    pub(super) const ROOT: Place = 0;

    pub(super) fn new() -> Self {
        Self {
            spots: vec![Spot {
                above: Self::ROOT,
                package: None,
            }],
            below: HashMap::new(),
        }
    }

    /// The place of `name` in the `node_modules` of `place`, made if it is not there yet.
    pub(super) fn enter(&mut self, place: Place, name: &'n str) -> Place {
        let spots = &mut self.spots;
        *self.below.entry((place, name)).or_insert_with(|| {
            spots.push(Spot {
                above: place,
                package: None,
            });
            spots.len() - 1
        })
    }

    /// A place that nothing leads down to: a folder of the project whose packages search on in `above`.
    pub(super) fn folder(&mut self, above: Place) -> Place {
        self.spots.push(Spot {
            above,
            package: None,
        });
        self.spots.len() - 1
    }

    /// Says that `package` is installed at `place`.
    pub(super) fn put(&mut self, place: Place, package: Id) {
        if let Some(spot) = self.spots.get_mut(place) {
            spot.package = Some(package);
        }
    }

    /// What is installed at `place`.
    pub(super) fn package(&self, place: Place) -> Option<Id> {
        self.spots.get(place)?.package
    }

    /// What `name` is for the code at `place`.
    pub(super) fn resolve(&self, place: Place, name: &str) -> Option<Id> {
        let mut at = place;
        for _ in 0..MAX_CLIMB {
            let found = self
                .below
                .get(&(at, name))
                .and_then(|below| self.package(*below));
            if found.is_some() || at == Self::ROOT {
                return found;
            }
            at = self.spots.get(at)?.above;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Nesting;

    #[test]
    fn the_nearest_wins() {
        let mut tree = Nesting::new();
        let a = tree.enter(Nesting::ROOT, "a");
        let b = tree.enter(Nesting::ROOT, "b");
        let inner = tree.enter(a, "b");
        for (place, package) in [(a, 10), (b, 20), (inner, 30)] {
            tree.put(place, package);
        }
        assert_eq!(tree.resolve(a, "b"), Some(30));
        assert_eq!(tree.resolve(inner, "b"), Some(30));
        assert_eq!(tree.resolve(b, "b"), Some(20));
        assert_eq!(tree.resolve(inner, "a"), Some(10));
        assert_eq!(tree.resolve(inner, "c"), None);
    }

    #[test]
    fn a_deep_chain_is_given_up() {
        let mut tree = Nesting::new();
        let mut place = tree.enter(Nesting::ROOT, "x");
        tree.put(place, 1);
        for _ in 0..100_000 {
            place = tree.enter(place, "y");
        }
        assert_eq!(tree.resolve(place, "x"), None);
    }
}
