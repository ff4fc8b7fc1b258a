//! Which sources a rule cannot do without: those of a label that some sink asks for. `A and not B` finds nothing where
//! there is no source of `A`, whatever there is of `B`.

use super::CompiledTaint;
use crate::rules::taint::Requires;

/// Marks the sources of which a file must have one.
pub(crate) fn mark(taint: &mut CompiledTaint) {
    let mut asked = Vec::new();
    for sink in &taint.sinks {
        asked_for(&sink.requires, true, &mut asked);
    }
    let is_asked = |label: u32| {
        let label = taint.labels.get(label as usize);
        label.is_some_and(|label| asked.contains(&label.as_str()))
    };
    // What holds without any label, or gets it on the way, asks for none in particular.
    let holds_without = |sink: &super::CompiledSink| sink.requires.holds(&|_| false);
    let any = taint.sinks.iter().any(holds_without)
        || (taint.propagators.iter()).any(|it| it.label.is_some_and(is_asked));
    let marks: Vec<bool> = (taint.sources.iter())
        .map(|source| any || is_asked(source.label))
        .collect();
    for (source, is_asked) in taint.sources.iter_mut().zip(marks) {
        source.is_asked = is_asked;
    }
}

/// The labels that a condition asks to be there.
pub(super) fn asked_for<'r>(requires: &'r Requires, holds: bool, asked: &mut Vec<&'r str>) {
    match requires {
        Requires::Label(label) if holds => asked.push(label),
        Requires::Label(_) => {}
        Requires::Not(inner) => asked_for(inner, !holds, asked),
        Requires::And(parts) | Requires::Or(parts) => {
            for part in parts {
                asked_for(part, holds, asked);
            }
        }
    }
}
