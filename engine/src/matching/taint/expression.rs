//! Expressions: the taint of their values.

use super::flow::{Flow, Given};
use super::state::State;
use super::taints::Taints;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;
use crate::tree::operator;

impl Flow<'_> {
    /// The taint of an expression. What it does to variables is in `state` afterwards.
    pub(super) fn expression(&mut self, id: NodeId, state: &mut State) -> Taints {
        if self.fuel == 0 {
            return Taints::default();
        }
        self.fuel -= 1;
        if self.is_harmless(id, state) {
            return Taints::default();
        }
        let range = self.range(id);
        let mut taints = self.value(id, state);
        if self.beyond.is_some() && !taints.is_empty() && self.is_scalar(id) {
            taints = taints.supposed();
        }
        if !self.carried.is_empty()
            && let Some(carried) = self.carried.remove(&range)
        {
            taints.merge(&carried);
        }
        let own = self.sources_at(range, &taints);
        let only = self.by_side_effect(id, range, &own, state);
        if !only {
            taints.merge(&own);
        }
        if self.is_sanitized(id, range, state) {
            return Taints::default();
        }
        self.propagate(id, range, &taints, state);
        self.pass_control(id, range, state);
        let control = self.control(state);
        if control.is_empty() {
            self.check_sinks(id, range, &taints);
        } else {
            self.check_sinks(id, range, &control.and(&taints));
        }
        taints
    }

    /// The taint that comes from the parts of an expression.
    pub(super) fn value(&mut self, id: NodeId, state: &mut State) -> Taints {
        match self.kind(id) {
            Kind::Name | Kind::This | Kind::Definition => match self.variable(id) {
                Some(name) => self.look(state, name),
                None => Taints::default(),
            },
            Kind::Member => {
                // What a field holds, whatever other fields of its object do.
                if let Some(path) = self.path(id) {
                    let object = self.sources_along(id + 1, state);
                    return self.look(state, &path).and(&object);
                }
                let object = self.expression(id + 1, state);
                if let Some(beyond) = &mut self.beyond {
                    beyond.object = Some((id + 1, object.clone()));
                }
                object
            }
            Kind::Index => {
                let object = self.expression(id + 1, state);
                let index = self.tree().child(id, 1);
                let index = index.map(|index| self.expression(index, state));
                match index {
                    Some(index) if !self.options.safe_indexes => object.and(&index),
                    _ => object,
                }
            }
            Kind::Call | Kind::New => self.call(id, state),
            Kind::Await if self.beyond.is_some() => {
                let taints = self.expression(id + 1, state);
                self.awaited(id + 1, taints)
            }
            Kind::Assign => {
                let Some(value) = self.tree().child(id, 1) else {
                    return Taints::default();
                };
                let taints = self.expression(value, state);
                let target = self.sources_at(self.range(id + 1), &taints);
                self.assign(id + 1, value, &taints, state);
                taints.and(&target)
            }
            Kind::Variable => {
                let value = self.optional(self.tree().child(id, 2));
                if let Some(value) = value {
                    let taints = self.expression(value, state);
                    self.assign(id + 1, value, &taints, state);
                } else {
                    let own = self.sources_at(self.range(id + 1), &Taints::default());
                    self.bind(id + 1, &own, None, state);
                }
                Taints::default()
            }
            Kind::AugmentedAssign => {
                let old = self.expression(id + 1, state);
                let value = self.tree().child(id, 1);
                let new = value.map(|value| self.expression(value, state));
                let taints = old.and(&new.unwrap_or_default());
                let through = self.place(self.range(id + 1));
                if let Some(path) = self.path(id + 1) {
                    state.set(&path, taints.through(through));
                } else {
                    self.write_element(id + 1, &taints.through(through), state);
                }
                taints
            }
            Kind::Lambda => {
                self.lambda(id, state, &Given::Nothing);
                Taints::default()
            }
            // Followed on its own.
            Kind::Function | Kind::Class => Taints::default(),
            Kind::Conditional => {
                let parts: Vec<NodeId> = self.tree().children(id).collect();
                let [condition, then, other] = parts.as_slice() else {
                    return Taints::default();
                };
                self.expression(*condition, state);
                let mut left = state.clone();
                let taints = self.expression(*then, &mut left);
                let others = self.expression(*other, state);
                state.join(&left);
                taints.and(&others)
            }
            Kind::Binary => {
                let all = self.parts(id, state);
                let is_safe = self.options.only_assignments
                    || self.options.safe_comparisons
                        && operator::is_comparison(self.tree().node(id).sub);
                if is_safe { Taints::default() } else { all }
            }
            Kind::Sequence => {
                let mut last = Taints::default();
                for part in self.tree().children(id) {
                    last = self.expression(part, state);
                }
                last
            }
            Kind::Pair => {
                let value = self.tree().child(id, 1);
                value.map_or_else(Taints::default, |value| self.expression(value, state))
            }
            kind if kind.is_statement() && kind != Kind::ExpressionStatement => {
                self.parts(id, state);
                Taints::default()
            }
            _ => self.parts(id, state),
        }
    }

    /// The sources that a variable is, or an object that it is a field of.
    pub(super) fn sources_along(&mut self, id: NodeId, state: &mut State) -> Taints {
        let range = self.range(id);
        let own = self.sources_at(range, &Taints::default());
        let only = self.by_side_effect(id, range, &own, state);
        let mut taints = if only { Taints::default() } else { own };
        if matches!(self.kind(id), Kind::Member | Kind::Cast) {
            let object = self.sources_along(id + 1, state);
            taints.merge(&object);
        }
        if self.is_sanitized(id, range, state) {
            return Taints::default();
        }
        taints
    }

    /// All parts of an expression together.
    pub(super) fn parts(&mut self, id: NodeId, state: &mut State) -> Taints {
        let mut all = Taints::default();
        for part in self.tree().children(id) {
            if !matches!(
                self.kind(part),
                Kind::Property | Kind::TypeName | Kind::TemplateText | Kind::Absent
            ) {
                let taints = self.expression(part, state);
                all.merge(&taints);
            }
        }
        all
    }
}
