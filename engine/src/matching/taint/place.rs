//! Places in the code that the rule speaks of: sources, sinks, sanitizers, propagators.

use super::CompiledSink;
use super::beyond::Beyond;
use super::flow::{Flow, Range, within};
use super::places::Ranged;
use super::state::State;
use super::summary::ANY_LABEL;
use super::taints::{Origin, Taints};
use crate::rules::taint::SideEffect;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

impl Flow<'_> {
    /// The taint of the sources that a range is part of.
    pub(super) fn sources_at(&self, range: Range, there: &Taints) -> Taints {
        let mut taints = Taints::default();
        for (number, source) in self.sources.around(range) {
            let is_here = !source.spec.exact || range == source.range();
            let allowed =
                !source.spec.control
                    && source.spec.requires.as_ref().is_none_or(|requires| {
                        requires.holds(&|label| self.has_label(there, label))
                    });
            if is_here && allowed {
                let origin = Origin {
                    source: number,
                    label: source.spec.label,
                    is_supposed: false,
                };
                taints.add(origin, None);
            }
        }
        taints
    }

    pub(super) fn has_label(&self, taints: &Taints, label: &str) -> bool {
        let number = self.labels.iter().position(|known| known == label);
        number.is_some_and(|number| taints.has_label(number as u32))
    }

    /// Taints the variables that sources are by side effect. Says whether the expression itself is none.
    pub(super) fn by_side_effect(
        &self,
        id: NodeId,
        range: Range,
        own: &Taints,
        state: &mut State,
    ) -> bool {
        let mut only = false;
        for (origin, _) in own.iter() {
            let Some(source) = self.sources.get(origin.source) else {
                continue;
            };
            let matched = source.range() == range;
            if source.spec.by_side_effect != SideEffect::No
                && matched
                && let Some(path) = self.path(id)
            {
                let mut taints = Taints::default();
                taints.add(origin, None);
                state.add(&path, &taints);
                only |= source.spec.by_side_effect == SideEffect::Only;
            }
        }
        only
    }

    pub(super) fn is_sanitized(&self, id: NodeId, range: Range, state: &mut State) -> bool {
        if self.sanitizers.is_empty() {
            return false;
        }
        let mut sanitized = false;
        // `const f = (x) => {…}` as a sanitizer makes what `f` is harmless, not what it does when it is called.
        let followed = self.beyond.as_ref().and_then(Beyond::followed);
        let followed = followed.map(|function| self.range(function));
        for (_, sanitizer) in self.sanitizers.around(range) {
            if followed.is_some_and(|function| within(function, sanitizer.range)) {
                continue;
            }
            if sanitizer.range == range {
                sanitized = true;
                if sanitizer.by_side_effect
                    && let Some(path) = self.path(id)
                {
                    state.forget(&path);
                }
            } else if !sanitizer.exact {
                sanitized = true;
            }
        }
        sanitized
    }

    /// What propagators do around an expression.
    pub(super) fn propagate(
        &mut self,
        id: NodeId,
        range: Range,
        taints: &Taints,
        state: &mut State,
    ) {
        if taints.is_empty() {
            return;
        }
        let Some(propagators) = self.propagators.get(&range) else {
            return;
        };
        for propagator in propagators {
            let spec = propagator.spec;
            let has_label = |label: &str| self.has_label(taints, label);
            if !spec.requires.as_ref().is_none_or(|it| it.holds(&has_label)) {
                continue;
            }
            let carried = match spec.label {
                Some(label) => taints.labelled(label, spec.replaced.as_deref()),
                None => taints.clone(),
            };
            if spec.by_side_effect
                && let Some(node) = self.node_at(id, propagator.to, propagator.range)
            {
                if let Some(path) = self.path(node) {
                    state.add(&path, &carried.through(self.place(range)));
                }
            } else {
                self.carried
                    .entry(propagator.to)
                    .or_default()
                    .merge(&carried);
            }
        }
    }

    /// The expression at a range near `id`: within the propagator's match.
    pub(super) fn node_at(&self, id: NodeId, range: Range, whole: Range) -> Option<NodeId> {
        let tree = self.tree();
        let mut root = id;
        while self.range(root) != whole && tree.node(root).parent != root {
            let parent = tree.node(root).parent;
            if !within(self.range(parent), whole) {
                break;
            }
            root = parent;
        }
        (root..tree.node(root).next).find(|node| self.range(*node) == range)
    }

    pub(super) fn check_sinks(&mut self, id: NodeId, range: Range, taints: &Taints) {
        self.check_sinks_that(id, range, taints, &|_| true);
    }

    /// The sinks of which `counts` says that they count.
    pub(super) fn check_sinks_that(
        &mut self,
        id: NodeId,
        range: Range,
        taints: &Taints,
        counts: &dyn Fn(&CompiledSink) -> bool,
    ) {
        if taints.is_empty() {
            return;
        }
        let mut arrived = Vec::new();
        for (number, sink) in self.sinks.around(range) {
            let outer = sink.range();
            let is_here = range == outer
                || if sink.spec.exact {
                    self.is_argument_of(id, outer)
                } else {
                    self.is_outermost(id, outer)
                };
            if !is_here || !counts(sink.spec) || (sink.spec.at_exit && !self.is_at_exit(id)) {
                continue;
            }
            let has_label = |label: &str| self.has_label(taints, label);
            let holds = sink.spec.requires.holds(&has_label);
            for (origin, trace) in taints.iter() {
                // Of what comes in from a caller, the caller knows the label.
                if !holds && origin.label != ANY_LABEL {
                    continue;
                }
                if range == outer || !self.is_used_later(id, outer) {
                    arrived.push((number, origin, trace.clone()));
                }
            }
        }
        for (sink, origin, trace) in arrived {
            self.arrive(sink, origin, &trace);
        }
    }

    /// Whether no larger expression around a node lies in the range too.
    pub(super) fn is_outermost(&self, id: NodeId, range: Range) -> bool {
        let parent = self.tree().node(id).parent;
        let kind = self.kind(parent);
        kind.is_statement() || kind == Kind::Program || !within(self.range(parent), range)
    }

    /// Whether a node stands in a function that is made within a range, or is it: what the function is called with, or uses,
    /// later is not the sink's data.
    pub(super) fn is_used_later(&self, id: NodeId, range: Range) -> bool {
        let mut at = self.tree().node(id).parent;
        while within(self.range(at), range) {
            if matches!(self.kind(at), Kind::Lambda | Kind::Function) {
                return true;
            }
            let parent = self.tree().node(at).parent;
            if parent == at {
                break;
            }
            at = parent;
        }
        false
    }

    /// Whether a node is an argument of the call at a range.
    pub(super) fn is_argument_of(&self, id: NodeId, call: Range) -> bool {
        let parent = self.tree().node(id).parent;
        self.kind(parent) == Kind::Arguments && self.range(self.tree().node(parent).parent) == call
    }
}
