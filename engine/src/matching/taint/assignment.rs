//! Assignments, declarations and parameters: which variables get which taint.

use std::borrow::Cow;

use super::flow::{Flow, fresh};
use super::names::NAMES;
use super::state::{Path, State};
use super::taints::Taints;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// Names that are no variables to the reference, whatever binds them: modules are often written as functions whose
/// parameter is `require`.
const NO_VARIABLES: [&[u8]; 4] = [b"require", b"arguments", b"define", b"eval"];

/// Stands in a path for the field that an element is whose name is not known; no field is named so.
const ANY_ELEMENT: &[u8] = b".[]";

impl<'a> Flow<'a> {
    /// `target = value`, also where the target takes the value apart.
    pub(super) fn assign(
        &mut self,
        target: NodeId,
        value: NodeId,
        taints: &Taints,
        state: &mut State,
    ) {
        let mut from = self.path(value);
        let mut fields = match self.kind(value) {
            Kind::Object => self.fields(value, state),
            _ => Vec::new(),
        };
        // A call may have made an object of which the fields are known.
        let mut whole = None;
        if let Some((taints, made)) = self.made(value) {
            (whole, fields) = (Some(taints), made);
        }
        let copied = from.as_ref().map(|from| state.fields_of(from));
        let own = self.sources_at(self.range(target), taints);
        let is_literal =
            whole.is_some() || self.kind(value) == Kind::Object && self.range_has_no_source(value);
        if let Some(path) = self.path(target) {
            let through = self.place(self.range(target));
            let names = self.fewer_names(value, &fields, taints);
            if is_literal {
                // A field that the literal does not name may be any of them.
                let whole = whole.unwrap_or_else(|| taints.clone());
                state.set(&path, whole.and(&own).through(through));
                for (field, taints) in fields {
                    state.set(&[&path[..], b".", &field].concat(), taints.through(through));
                }
            } else {
                state.set(&path, taints.through(through).and(&own));
                for (field, taints) in copied.into_iter().flatten() {
                    state.set(&[&path[..], b".", &field].concat(), taints);
                }
            }
            // `a.b = x` may make a source of `a`.
            if self.kind(target) == Kind::Member {
                self.sources_along(target + 1, state);
            }
            if let Some(names) = names {
                state.set(&[&path[..], NAMES].concat(), names);
            }
            let taints = self.look(state, &path);
            self.check_sinks(target, self.range(target), &taints);
        } else {
            let mut taints = taints.clone();
            if let Some(whole) = whole {
                // A name that no variable has, for what is taken apart.
                let path = &b"\0made"[..];
                state.set(path, whole.clone());
                for (field, taints) in fields {
                    state.set(&[path, b".", &field].concat(), taints);
                }
                (taints, from) = (whole, Some(Cow::Borrowed(path)));
            }
            self.bind(target, &taints.and(&own), from, state);
        }
    }

    /// What the call that a value is made: what it holds beside its fields, and in these.
    fn made(&mut self, value: NodeId) -> Option<(Taints, Vec<(Path, Taints)>)> {
        let mut call = value;
        while matches!(self.kind(call), Kind::Await | Kind::Cast) {
            call += 1;
        }
        let made = &mut self.beyond.as_mut()?.made;
        let (of, ..) = made.as_ref()?;
        if *of != call {
            return None;
        }
        let (_, whole, fields) = made.take()?;
        Some((whole, fields))
    }

    pub(super) fn range_has_no_source(&self, id: NodeId) -> bool {
        let range = self.range(id);
        self.sources.around(range).next().is_none()
    }

    /// The fields of an object literal whose names are known.
    pub(super) fn fields(&mut self, object: NodeId, state: &mut State) -> Vec<(Path, Taints)> {
        let mut fields = Vec::new();
        for member in self.tree().children(object) {
            match self.kind(member) {
                Kind::Pair => {
                    let (key, value) = (member + 1, self.tree().child(member, 1));
                    if let Some(value) = value {
                        let taints = self.expression(value, state);
                        let name = self.text(key).trim_ascii();
                        let name = name
                            .strip_prefix(b"'")
                            .or_else(|| name.strip_prefix(b"\""))
                            .map_or(name, |inner| inner.get(..inner.len() - 1).unwrap_or(inner));
                        fields.push((name.to_vec(), taints));
                    }
                }
                Kind::Name => {
                    fields.push((
                        self.text(member).to_vec(),
                        self.look(state, self.text(member)),
                    ));
                }
                // Of what is spread here no field is known by name.
                Kind::Spread => {
                    let taints = self.expression(member, state);
                    fields.push((b"...".to_vec(), taints));
                }
                _ => {}
            }
        }
        fields
    }

    /// Binds names to a value, or to its parts; `from` is the variable that the value is.
    pub(super) fn bind(
        &mut self,
        target: NodeId,
        taints: &Taints,
        from: Option<Cow<'_, [u8]>>,
        state: &mut State,
    ) {
        let own = self.sources_at(self.range(target), taints);
        let taints = &taints.clone().and(&own);
        if let Some(path) = self.path(target) {
            let through = self.place(self.range(target));
            state.set(&path, taints.through(through));
            return;
        }
        match self.kind(target) {
            Kind::Object => {
                for member in self.tree().children(target) {
                    // `{a}` and `{a = 1}` take out the field that they name.
                    let name = match self.kind(member) {
                        Kind::Default => member + 1,
                        _ => member,
                    };
                    if self.kind(name) == Kind::Definition || self.kind(name) == Kind::Name {
                        self.bind_field(name, member, taints, from.as_deref(), state);
                    } else {
                        self.bind(member, taints, from.clone(), state);
                    }
                }
            }
            Kind::Array => {
                for member in self.tree().children(target) {
                    self.bind(member, taints, from.clone(), state);
                }
            }
            Kind::Pair => {
                if let Some(value) = self.tree().child(target, 1) {
                    self.bind_field(target + 1, value, taints, from.as_deref(), state);
                }
            }
            Kind::Default => {
                let other = self.tree().child(target, 1);
                let other = other.map(|other| self.expression(other, state));
                self.bind(
                    target + 1,
                    &taints.clone().and(&other.unwrap_or_default()),
                    from,
                    state,
                );
            }
            Kind::Spread | Kind::Parameter => self.bind(target + 1, taints, None, state),
            Kind::Index | Kind::Member => {
                self.expression(target, state);
                let through = taints.through(self.place(self.range(target)));
                self.write_element(target, &through, state);
                self.check_sinks(target, self.range(target), taints);
            }
            _ => {}
        }
    }

    /// Binds names to the field `key` of a value.
    fn bind_field(
        &mut self,
        key: NodeId,
        target: NodeId,
        taints: &Taints,
        from: Option<&[u8]>,
        state: &mut State,
    ) {
        let Some(from) = from else {
            self.bind(target, taints, None, state);
            return;
        };
        let field = [from, b".", self.text(key)].concat();
        let known = self.look(state, from);
        let fresh = fresh(taints, Some(&known));
        let taints = self.look(state, &field).and(&fresh);
        self.bind(target, &taints, Some(Cow::Owned(field)), state);
    }

    /// The name of a variable.
    pub(super) fn variable(&self, id: NodeId) -> Option<&'a [u8]> {
        let name = self.text(id);
        (!NO_VARIABLES.contains(&name)).then_some(name)
    }

    /// What a write to `a[i]` taints: an element of `a`, any of them, but no field that has a name. Where calls are followed,
    /// all of `a`.
    pub(super) fn element(&self, target: NodeId) -> Option<Cow<'a, [u8]>> {
        let mut at = target;
        let mut nested = 0;
        while matches!(self.kind(at), Kind::Index | Kind::Cast) {
            nested += usize::from(self.kind(at) == Kind::Index);
            at += 1;
        }
        let mut path = self.path(at)?;
        if self.beyond.is_none() {
            for _ in 0..nested {
                path.to_mut().extend_from_slice(ANY_ELEMENT);
            }
        }
        Some(path)
    }

    /// The variable or field that an expression is.
    pub(super) fn path(&self, id: NodeId) -> Option<Cow<'a, [u8]>> {
        match self.kind(id) {
            Kind::Name | Kind::This | Kind::Definition => Some(Cow::Borrowed(self.variable(id)?)),
            Kind::Member => {
                let property = self.text(self.tree().child(id, 1)?);
                let object = self.path(id + 1)?;
                let length = object.len() + b".".len() + property.len();
                // Most often it stands there just so.
                let written = self.text(id);
                if let (Cow::Borrowed(_), true) = (&object, written.len() == length) {
                    return Some(Cow::Borrowed(written));
                }
                let mut path = object.into_owned();
                path.push(b'.');
                path.extend_from_slice(property);
                Some(Cow::Owned(path))
            }
            Kind::Cast => self.path(id + 1),
            _ => None,
        }
    }
}
