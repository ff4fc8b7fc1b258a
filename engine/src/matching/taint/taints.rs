//! What a value is tainted with: the sources its data may come from, each with one way.

use std::rc::Rc;

use super::summary::Place;
use super::trace::{Trace, longer};

/// A source, and the label that its data has by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// Number among the matches of sources.
    pub(super) source: u32,
    /// Number of the label.
    pub(super) label: u32,
    /// Whether it is only supposed to be there, as within one function everything is that was given to an unknown one. Such
    /// data does not leave the function.
    pub(super) is_supposed: bool,
}

/// Where data may come from, and one way for each; in the order of the origins. Copies share what they hold until one of
/// them changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Taints(Option<Rc<Vec<(Origin, Trace)>>>);

impl Taints {
    fn items(&self) -> &[(Origin, Trace)] {
        self.0.as_ref().map_or(&[], |items| items.as_slice())
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(theirs)) => Rc::ptr_eq(own, theirs),
            _ => false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    pub(super) fn add(&mut self, origin: Origin, trace: Trace) {
        if self.0.is_none() {
            self.0 = Some(Rc::new(vec![(origin, trace)]));
            return;
        }
        if let Err(at) = self
            .items()
            .binary_search_by_key(&origin, |(known, _)| *known)
        {
            Rc::make_mut(self.0.get_or_insert_default()).insert(at, (origin, trace));
        }
    }

    #[inline]
    pub(super) fn merge(&mut self, other: &Self) {
        // Most hold nothing.
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            self.clone_from(other);
        } else {
            self.merge_all(other);
        }
    }

    fn merge_all(&mut self, other: &Self) {
        if self.covers(other) {
            return;
        }
        let (own, theirs) = (self.items(), other.items());
        let mut all = Vec::with_capacity(own.len() + theirs.len());
        let mut theirs = theirs.iter().peekable();
        for item in own {
            while let Some(their) = theirs.next_if(|their| their.0 < item.0) {
                all.push(their.clone());
            }
            theirs.next_if(|their| their.0 == item.0);
            all.push(item.clone());
        }
        all.extend(theirs.cloned());
        self.0 = Some(Rc::new(all));
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.merge(other);
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Origin, &Trace)> {
        self.items().iter().map(|(origin, trace)| (*origin, trace))
    }

    pub(super) fn has(&self, origin: Origin) -> bool {
        let found = self
            .items()
            .binary_search_by_key(&origin, |(known, _)| *known);
        found.is_ok()
    }

    pub(super) fn has_label(&self, label: u32) -> bool {
        self.items().iter().any(|(origin, _)| origin.label == label)
    }

    /// The same data, of which it is only supposed that it is there.
    pub(super) fn supposed(&self) -> Self {
        let is_supposed = true;
        let items = self.items().iter().map(|(origin, trace)| {
            let supposed = Origin {
                is_supposed,
                ..*origin
            };
            (supposed, trace.clone())
        });
        let mut items: Vec<_> = items.collect();
        // The same origin, with and without, stands side by side.
        items.dedup_by_key(|(origin, _)| *origin);
        Self((!items.is_empty()).then(|| Rc::new(items)))
    }

    /// The same data, without what is only supposed to be there.
    pub(super) fn certain(&self) -> Self {
        if self.items().iter().all(|(origin, _)| !origin.is_supposed) {
            return self.clone();
        }
        let certain = self
            .items()
            .iter()
            .filter(|(origin, _)| !origin.is_supposed);
        Self(Some(Rc::new(certain.cloned().collect())))
    }

    /// The same data with another label, in place of any or of these.
    pub(super) fn labelled(&self, label: u32, replaced: Option<&[u32]>) -> Self {
        let mut labelled = Self::default();
        for (origin, trace) in self.iter() {
            let is_replaced = replaced.is_none_or(|labels| labels.contains(&origin.label));
            let label = if is_replaced { label } else { origin.label };
            labelled.add(Origin { label, ..origin }, trace.clone());
        }
        labelled
    }

    /// The same data, gone through a place.
    pub(super) fn through(&self, place: Place) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let step = |(origin, trace): &(Origin, Trace)| (*origin, longer(trace, place));
        Self(Some(Rc::new(self.items().iter().map(step).collect())))
    }

    /// Whether all origins of `other` are among these.
    pub(super) fn covers(&self, other: &Self) -> bool {
        if self.is_same(other) {
            return true;
        }
        let mut own = self.items().iter();
        let mut theirs = other.items().iter();
        theirs.all(|(origin, _)| {
            own.find(|(known, _)| known >= origin)
                .is_some_and(|(known, _)| known == origin)
        })
    }
}
