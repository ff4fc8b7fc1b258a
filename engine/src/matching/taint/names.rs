//! The names of an object's fields, where calls are followed. They are data of their own: what an object came in with is in
//! its names as in its values, but what one of its fields or elements was given is in the values only. So `Object.keys` and
//! `for … in` of a table that holds tainted texts give harmless names.

use super::flow::{Flow, fresh};
use super::state::{Path, State};
use super::taints::Taints;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;
use crate::tree::operator;

/// A field that no object has, for the names of all the others.
pub(super) const NAMES: &[u8] = b".\0names";

/// Functions of `Object` and `Reflect` that give names.
const FUNCTIONS: &[&[u8]] = &[b"keys", b"getOwnPropertyNames", b"ownKeys"];

impl Flow<'_> {
    /// Whether a call gives the names of its argument.
    pub(super) fn gives_names(&self, call: NodeId) -> bool {
        self.beyond.is_some()
            && self.is_method(call, FUNCTIONS)
            && matches!(self.text(call + 2), b"Object" | b"Reflect")
    }

    /// Whether a loop walks the names of an object.
    pub(super) fn walks_names(&self, each: NodeId) -> bool {
        self.beyond.is_some() && operator::text(self.tree().node(each).sub) == "in"
    }

    /// What the names of an object hold; `taints` is what the object does.
    pub(super) fn names(&mut self, object: NodeId, taints: &Taints, state: &mut State) -> Taints {
        if taints.is_empty() {
            return Taints::default();
        }
        if let Some(path) = self.path(object) {
            let fresh = fresh(taints, Some(&self.look(state, &path)));
            return self.look(state, &[&path[..], NAMES].concat()).and(&fresh);
        }
        if self.kind(object) == Kind::Object && self.range_has_no_source(object) {
            let fields = self.fields(object, state);
            return names_of_literal(&fields, taints);
        }
        self.returned_names(object)
            .unwrap_or_else(|| taints.clone())
    }

    /// What the names of a call's result hold, where that is known to be less than all of it.
    fn returned_names(&mut self, value: NodeId) -> Option<Taints> {
        let mut call = value;
        while matches!(self.kind(call), Kind::Await | Kind::Cast) {
            call += 1;
        }
        let named = &mut self.beyond.as_mut()?.named;
        let (of, _) = named.as_ref()?;
        if *of != call {
            return None;
        }
        Some(named.take()?.1)
    }

    /// What the names of a value hold that is no variable or field, where that is known to be less than `taints`, all that
    /// it holds. `fields` are those of a literal.
    pub(super) fn fewer_names(
        &mut self,
        value: NodeId,
        fields: &[(Path, Taints)],
        taints: &Taints,
    ) -> Option<Taints> {
        if self.beyond.is_none() || taints.is_empty() {
            return None;
        }
        let names = if self.kind(value) == Kind::Object {
            self.range_has_no_source(value)
                .then(|| names_of_literal(fields, taints))
        } else {
            self.returned_names(value)
        };
        names.filter(|names| names.iter().count() < taints.iter().count())
    }

    /// `a[i] = x` taints what `a` holds, and its names with `i` at most.
    pub(super) fn write_element(&mut self, target: NodeId, taints: &Taints, state: &mut State) {
        let Some(path) = self.element(target) else {
            return;
        };
        if self.beyond.is_none() {
            state.add(&path, taints);
            return;
        }
        let mut at = target;
        while self.kind(at) == Kind::Cast {
            at += 1;
        }
        let is_own = self.kind(at) == Kind::Index && self.path(at + 1).is_some();
        let index = self.tree().child(at, 1).filter(|_| is_own);
        let all = [&path[..], NAMES].concat();
        let mut names = self.look(state, &all);
        if let Some(index) = index {
            names.merge(&self.expression(index, state));
        }
        state.add(&path, taints);
        state.set(&all, names);
    }
}

/// What the names of an object literal hold: what it holds beside the values of its fields.
pub(super) fn names_of_literal(fields: &[(Path, Taints)], taints: &Taints) -> Taints {
    let mut known = Taints::default();
    for (name, taints) in fields {
        // What is spread brings names along.
        if name != b"..." {
            known.merge(taints);
        }
    }
    fresh(taints, Some(&known))
}
