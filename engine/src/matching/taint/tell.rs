//! Summaries for other files, and from them.

use std::rc::Rc;
use std::sync::Arc;

use super::flow::Flow;
use super::summary::{
    Entry, FIRST_ENTRY, Imported, Place, Reach, SinkFacts, Summary, Told, ToldOrigin, ToldTaint,
};
use super::taints::{Origin, Taints};
use super::trace::{Trace, longer, places};

impl Flow<'_> {
    /// A summary in terms that other files understand.
    pub(super) fn tell(&self, summary: &Summary) -> Told {
        let reaches = summary.reaches.iter().filter_map(|reach| {
            Some((
                self.sink_facts(reach.sink)?,
                self.told(reach.input, &reach.trace)?,
            ))
        });
        let fields = summary.fields.as_ref().map(|fields| {
            let fields = fields.iter();
            fields
                .map(|(field, taints)| (field.clone(), self.tell_taints(taints)))
                .collect()
        });
        let invokes = summary.invokes.iter().map(|(input, arguments)| {
            let arguments = arguments.iter().map(|taints| self.tell_taints(taints));
            (input.clone(), arguments.collect())
        });
        let effects = summary.effects.iter();
        Told {
            rest: summary.rest,
            returns: self.tell_taints(&summary.returns),
            fields,
            names: summary.names.as_ref().map(|names| self.tell_taints(names)),
            reaches: reaches.collect(),
            effects: effects
                .map(|(input, taints)| (input.clone(), self.tell_taints(taints)))
                .collect(),
            invokes: invokes.collect(),
        }
    }

    fn tell_taints(&self, taints: &Taints) -> Vec<ToldTaint> {
        let told = taints
            .iter()
            .map(|(origin, trace)| self.told(origin, trace));
        told.flatten().collect()
    }

    fn told(&self, origin: Origin, trace: &Trace) -> Option<ToldTaint> {
        if origin.is_supposed {
            return None;
        }
        let input = self.beyond.as_ref()?.input(origin.source);
        let told = match input {
            Some(input) => ToldOrigin::Input(input),
            None => ToldOrigin::Source(self.source_facts(origin.source)?),
        };
        Some(ToldTaint {
            origin: told,
            label: origin.label,
            steps: places(trace),
        })
    }

    /// What a function of another file does, if that is known.
    pub(super) fn imported(&mut self, foreign: u32) -> Option<Rc<Summary>> {
        if !self.is_told_of(foreign) {
            return None;
        }
        let known = self.beyond.as_ref()?.told.get(&foreign)?.as_ref()?;
        if let Some(heard) = &known.heard {
            return Some(Rc::clone(heard));
        }
        let told = Arc::clone(&known.told);
        let heard = Rc::new(self.heard(&told));
        let known = self.beyond.as_mut()?.told.get_mut(&foreign)?.as_mut()?;
        known.heard = Some(Rc::clone(&heard));
        Some(heard)
    }

    /// Whether another file told what a function does.
    pub(super) fn is_told_of(&mut self, foreign: u32) -> bool {
        let Some(beyond) = &mut self.beyond else {
            return false;
        };
        if let Some(known) = beyond.told.get(&foreign) {
            return known.is_some();
        }
        let told = (beyond.imports)(foreign);
        let is_told = told.is_some();
        let told = told.map(|told| Imported { told, heard: None });
        beyond.told.insert(foreign, told);
        is_told
    }

    fn heard(&mut self, told: &Told) -> Summary {
        let mut summary = Summary {
            rest: told.rest,
            returns: self.hear(&told.returns),
            names: told.names.as_ref().map(|names| self.hear(names)),
            ..Summary::default()
        };
        summary.fields = told.fields.as_ref().map(|fields| {
            let fields = fields.iter();
            fields
                .map(|(field, taints)| (field.clone(), self.hear(taints)))
                .collect()
        });
        for (sink, taint) in &told.reaches {
            let (Some(sink), Some((input, trace))) =
                (self.sink_number(sink), self.heard_taint(taint))
            else {
                continue;
            };
            summary.reaches.push(Reach { sink, input, trace });
        }
        let effects = told.effects.iter();
        summary.effects = effects
            .map(|(input, taints)| (input.clone(), self.hear(taints)))
            .collect();
        let invokes = told.invokes.iter().map(|(input, arguments)| {
            let arguments = arguments.iter().map(|taints| self.hear(taints));
            (input.clone(), arguments.collect())
        });
        summary.invokes = invokes.collect();
        summary
    }

    fn hear(&self, told: &[ToldTaint]) -> Taints {
        let mut taints = Taints::default();
        for (origin, trace) in told.iter().filter_map(|taint| self.heard_taint(taint)) {
            taints.add(origin, trace);
        }
        taints
    }

    fn heard_taint(&self, told: &ToldTaint) -> Option<(Origin, Trace)> {
        let beyond = self.beyond.as_ref()?;
        let source = beyond.number(match &told.origin {
            ToldOrigin::Input(input) => Entry::Input(input.clone()),
            ToldOrigin::Source(facts) => Entry::Source(Arc::clone(facts)),
        });
        let trace = told
            .steps
            .iter()
            .fold(None, |trace, place: &Place| longer(&trace, *place));
        let label = told.label;
        let origin = Origin {
            source,
            label,
            is_supposed: false,
        };
        Some((origin, trace))
    }

    fn sink_number(&mut self, sink: &Arc<SinkFacts>) -> Option<u32> {
        let sinks = &mut self.beyond.as_mut()?.sinks;
        let known = sinks.iter().position(|known| Arc::ptr_eq(known, sink));
        let at = known.unwrap_or_else(|| {
            sinks.push(Arc::clone(sink));
            sinks.len() - 1
        });
        Some(FIRST_ENTRY + at as u32)
    }
}
