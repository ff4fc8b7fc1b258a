//! The way of data: the places that it went through, and what it went through inside of calls there.

use std::rc::Rc;

use super::summary::Place;

/// A place that data went through.
#[derive(Debug)]
pub(super) struct Step {
    place: Place,
    /// What it went through inside the function that is called there.
    inside: Trace,
    before: Trace,
    length: u32,
}

/// The way of data so far, last place first.
pub(super) type Trace = Option<Rc<Step>>;

/// Longer ways are not told any further.
const LONGEST_TRACE: u32 = 30;
/// The same with what lies inside of calls.
const MOST_PLACES: usize = 30;

/// A way that goes on to a place.
pub(super) fn longer(trace: &Trace, place: Place) -> Trace {
    through_call(trace, place, None)
}

/// A way that goes on through a call at a place, and what is inside.
pub(super) fn through_call(trace: &Trace, place: Place, inside: Trace) -> Trace {
    let length = trace.as_ref().map_or(0, |step| step.length);
    if length >= LONGEST_TRACE {
        return trace.clone();
    }
    Some(Rc::new(Step {
        place,
        inside,
        before: trace.clone(),
        length: length + 1,
    }))
}

/// The places of a way, first to last; of a very long one the last of them.
pub(super) fn places(trace: &Trace) -> Vec<Place> {
    let mut places = Vec::new();
    backwards(trace, &mut places);
    places.reverse();
    places
}

fn backwards(trace: &Trace, places: &mut Vec<Place>) {
    let mut at = trace.as_ref();
    while let Some(step) = at
        && places.len() < MOST_PLACES
    {
        backwards(&step.inside, places);
        places.push(step.place);
        at = step.before.as_ref();
    }
}
