//! Which value a name holds where it stands: the literal or expression that was last written to it on every way there.
//!
//! This is reaching definitions, asked for one name at a time: from the name up and back through what runs before it.
//! Most names are never asked about, so nothing is worked out for a file as a whole. Where several writes reach the
//! name, equal literals are one, different strings are some string, and everything else is unknown. A name of an outer
//! function, or one that nothing declares, holds its only write.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::binding;
use super::bindings::{Bindings, Bound, Write, function_around};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};
use crate::tree::operator::{self, known};

/// What an expression is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing is known.
    Unknown,
    /// This literal: a string, number, boolean or regular expression.
    Literal(NodeId),
    /// A string that is put together of constants, the first of them this literal.
    Joined(NodeId),
    /// A constant string; which one depends on the way.
    SomeString,
    /// What this expression gives.
    Expression(NodeId),
}

impl Value {
    fn is_string(self, tree: &Tree) -> bool {
        match self {
            Self::Literal(id) => tree.node(id).kind == Kind::String,
            Self::Joined(_) | Self::SomeString => true,
            Self::Unknown | Self::Expression(_) => false,
        }
    }
}

/// Most writes that are told apart on the ways to one name.
const MOST_WRITES: usize = 8;
/// Most nodes looked at for the names of one file; what is asked later is not known.
const MOST_STEPS: u32 = 10_000_000;
/// Longest text that is put together of constants.
const LONGEST_TEXT: usize = 20_000;
/// Longest chain of names that hold each other.
const LONGEST_CHAIN: u32 = 12;

/// Whether an expression of this kind can be more to [`Values::of`] than an expression.
pub(super) fn may_be_constant(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String
            | Kind::Number
            | Kind::Boolean
            | Kind::Regex
            | Kind::Cast
            | Kind::Name
            | Kind::Binary
            | Kind::AugmentedAssign
            | Kind::Template
            | Kind::Conditional
    )
}

/// The values that were asked for in a file.
#[derive(Debug, Default)]
pub(crate) struct Values {
    known: RefCell<FxHashMap<NodeId, Value>>,
    /// Nodes looked at so far.
    steps: Cell<u32>,
}

impl Values {
    /// The memory that they take, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        self.known.borrow().capacity() * size_of::<(NodeId, Value)>()
    }

    /// What an expression is known to hold.
    pub(crate) fn of(&self, bindings: &Bindings, tree: &Tree, source: &[u8], id: NodeId) -> Value {
        let search = Search {
            values: self,
            bindings,
            tree,
            source,
        };
        search.expression(id, 0)
    }

    /// The text of a string that is put together of constants, as its parts are written.
    pub(crate) fn text(
        &self,
        bindings: &Bindings,
        tree: &Tree,
        source: &[u8],
        id: NodeId,
    ) -> Option<Vec<u8>> {
        let search = Search {
            values: self,
            bindings,
            tree,
            source,
        };
        let mut text = Vec::new();
        search.text(id, 0, &mut text).then_some(text)
    }
}

#[derive(Clone, Copy)]
struct Search<'a> {
    values: &'a Values,
    bindings: &'a Bindings,
    tree: &'a Tree,
    source: &'a [u8],
}

impl Search<'_> {
    fn expression(self, id: NodeId, depth: u32) -> Value {
        if depth > LONGEST_CHAIN {
            return Value::Unknown;
        }
        let node = self.tree.node(id);
        match node.kind {
            Kind::String | Kind::Number | Kind::Boolean | Kind::Regex => Value::Literal(id),
            Kind::Cast => self.expression(id + 1, depth + 1),
            Kind::Name => self.name(id, depth),
            Kind::Binary | Kind::AugmentedAssign
                if matches!(node.sub, known::PLUS | known::PLUS_ASSIGN) =>
            {
                self.sum(id, depth)
            }
            // A template of constants is a string too.
            Kind::Template => {
                let mut first = None;
                for part in self.tree.children(id) {
                    if self.tree.node(part).kind == Kind::TemplateText {
                        continue;
                    }
                    match self.expression(part, depth + 1) {
                        Value::Literal(part) => first = first.or(Some(part)),
                        Value::Joined(_) | Value::SomeString => {}
                        Value::Unknown | Value::Expression(_) => return Value::Unknown,
                    }
                }
                match first {
                    Some(first) if self.tree.node(first).kind == Kind::String => {
                        Value::Joined(first)
                    }
                    _ => Value::SomeString,
                }
            }
            Kind::Conditional => {
                let mut children = self.tree.children(id).skip(1);
                let (Some(then), Some(other)) = (children.next(), children.next()) else {
                    return Value::Unknown;
                };
                let (then, other) = (
                    self.expression(then, depth + 1),
                    self.expression(other, depth + 1),
                );
                self.either(then, other)
            }
            _ => Value::Unknown,
        }
    }

    /// A sum of any length, from its innermost on the left.
    fn sum(self, id: NodeId, depth: u32) -> Value {
        let mut rights = vec![self.tree.node(id + 1).next];
        let mut left = id + 1;
        while (self.tree.node(left).kind, self.tree.node(left).sub) == (Kind::Binary, known::PLUS) {
            left += 1;
            rights.push(self.tree.node(left).next);
        }
        let mut sum = self.expression(left, depth + 1);
        for right in rights.into_iter().rev() {
            if !sum.is_string(self.tree) {
                return Value::Unknown;
            }
            let is_string = self.expression(right, depth + 1).is_string(self.tree);
            sum = match (sum, is_string) {
                (Value::Literal(first) | Value::Joined(first), true) => Value::Joined(first),
                (_, true) => Value::SomeString,
                _ => return Value::Unknown,
            };
        }
        sum
    }

    /// Adds the text of a constant; says whether it is known.
    fn text(self, id: NodeId, depth: u32, text: &mut Vec<u8>) -> bool {
        let steps = self.values.steps.get();
        if depth > LONGEST_CHAIN || text.len() > LONGEST_TEXT || steps >= MOST_STEPS {
            return false;
        }
        self.values.steps.set(steps + 1);
        let node = self.tree.node(id);
        match node.kind {
            Kind::String => {
                text.extend_from_slice(binding::unquoted(self.tree.text(id, self.source)));
                true
            }
            Kind::Number | Kind::TemplateText => {
                text.extend_from_slice(self.tree.text(id, self.source));
                true
            }
            Kind::Cast => self.text(id + 1, depth + 1, text),
            Kind::Template => {
                let mut parts = self.tree.children(id);
                parts.all(|part| self.text(part, depth + 1, text))
            }
            Kind::Name => match self.written(id) {
                Written::One(Write {
                    value: Some(value), ..
                }) => self.text(value, depth + 1, text),
                _ => false,
            },
            Kind::Binary | Kind::AugmentedAssign
                if matches!(node.sub, known::PLUS | known::PLUS_ASSIGN) =>
            {
                let mut rights = Vec::new();
                let mut left = id;
                loop {
                    rights.push(self.tree.node(left + 1).next);
                    left += 1;
                    let node = self.tree.node(left);
                    if (node.kind, node.sub) != (Kind::Binary, known::PLUS) {
                        break;
                    }
                }
                let mut parts = std::iter::once(left).chain(rights.into_iter().rev());
                parts.all(|part| self.text(part, depth + 1, text))
            }
            _ => false,
        }
    }

    /// What holds one value or the other.
    fn either(self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Literal(x), Value::Literal(y)) if self.is_same(x, y) => a,
            _ if a.is_string(self.tree) && b.is_string(self.tree) => Value::SomeString,
            _ => Value::Unknown,
        }
    }

    fn is_same(self, a: NodeId, b: NodeId) -> bool {
        let (x, y) = (self.tree.node(a), self.tree.node(b));
        x.kind == y.kind && binding::equal_text(self.tree, self.source, a, b)
    }

    fn name(self, id: NodeId, depth: u32) -> Value {
        if let Some(known) = self.values.known.borrow().get(&id) {
            return *known;
        }
        let value = match self.written(id) {
            Written::Nothing | Written::Several => Value::Unknown,
            Written::One(write) => match write.value {
                Some(value) => match self.expression(value, depth + 1) {
                    Value::Unknown => Value::Expression(value),
                    known => known,
                },
                None => Value::Unknown,
            },
            Written::Some(writes) => {
                let mut values = writes.iter().map(|write| {
                    write
                        .value
                        .map_or(Value::Unknown, |value| self.expression(value, depth + 1))
                });
                let first = values.next().unwrap_or(Value::Unknown);
                values.fold(first, |a, b| self.either(a, b))
            }
        };
        self.values.known.borrow_mut().insert(id, value);
        value
    }

    /// The writes that reach a name.
    fn written(self, id: NodeId) -> Written {
        let Some(bound) = self
            .bindings
            .of(self.tree, self.source, id)
            .and_then(|binding| self.bindings.bound(binding))
        else {
            return Written::Nothing;
        };
        let here = function_around(self.tree, id);
        let steps = &self.values.steps;
        if bound.is_declared && bound.owner == here {
            if bound.writer != Some(here) {
                return Written::Several;
            }
        } else if bound.is_declared || !self.is_written_in(bound, here) {
            return self.only(bound);
        }
        let mut ways = Ways {
            tree: self.tree,
            bound,
            reached: Vec::new(),
            steps,
        };
        ways.up(id, here);
        if ways.is_given_up() {
            return Written::Several;
        }
        match ways.reached.as_slice() {
            [] => Written::Nothing,
            [one] => Written::One(*one),
            _ => Written::Some(ways.reached),
        }
    }

    fn is_written_in(self, bound: Bound<'_>, function: NodeId) -> bool {
        if bound.writer.is_some() {
            return bound.writer == Some(function);
        }
        let steps = self.values.steps.get();
        self.values
            .steps
            .set(steps.saturating_add(bound.writes.len() as u32));
        bound.writes.iter().any(|write| write.function == function)
    }

    /// The only write of a binding, if it is certain to be done before any function is called.
    fn only(self, bound: Bound<'_>) -> Written {
        let [write] = bound.writes else {
            return Written::Several;
        };
        let node = self.tree.node(write.at);
        let certain = node.kind == Kind::Variable
            || (node.kind == Kind::Assign
                && self.tree.node(node.parent).kind == Kind::ExpressionStatement
                && self.tree.node(self.tree.node(node.parent).parent).kind == Kind::Program);
        if certain {
            Written::One(*write)
        } else {
            Written::Several
        }
    }
}

/// The writes that reach a name.
enum Written {
    Nothing,
    One(Write),
    Some(Vec<Write>),
    /// Too many, or in places that are not followed.
    Several,
}

/// The ways to a name, walked back from it.
struct Ways<'a> {
    tree: &'a Tree,
    bound: Bound<'a>,
    reached: Vec<Write>,
    steps: &'a Cell<u32>,
}

impl Ways<'_> {
    /// From a node up to the start of its function. Stops where a write is certain to have been done.
    fn up(&mut self, from: NodeId, function: NodeId) {
        let mut at = from;
        while at != function {
            let parent = self.tree.node(at).parent;
            if parent == at || !self.before(parent, at) {
                return;
            }
            at = parent;
        }
    }

    /// Whether there is too much to tell apart.
    fn is_given_up(&self) -> bool {
        self.steps.get() >= MOST_STEPS || self.reached.len() > MOST_WRITES
    }

    /// What is done under `parent` before `at`, from the last to the first; whether a way leads through it without a
    /// write.
    fn before(&mut self, parent: NodeId, at: NodeId) -> bool {
        let node = *self.tree.node(parent);
        match node.kind {
            Kind::If | Kind::Conditional => at == parent + 1 || self.end(parent + 1),
            Kind::Cases => true,
            // An exception may come from anywhere in the block.
            Kind::Try => {
                self.some(parent, parent + 1, at);
                true
            }
            Kind::While | Kind::For | Kind::ForEach | Kind::DoWhile | Kind::Lambda => {
                let passes = self.sequence(parent, at);
                self.some(parent, at, node.next);
                passes
            }
            _ => self.sequence(parent, at),
        }
    }

    /// What the children of `parent` before `to` do, one after the other. Only those with a write are looked at.
    fn sequence(&mut self, parent: NodeId, to: NodeId) -> bool {
        let mut to = to;
        loop {
            let end = self.bound.writes.partition_point(|write| write.at < to);
            let last = end
                .checked_sub(1)
                .and_then(|last| self.bound.writes.get(last));
            let Some(last) = last.filter(|write| write.at > parent) else {
                return true;
            };
            let child = self.child_around(parent, last.at);
            if self.is_given_up() || !self.end(child) {
                return false;
            }
            to = child;
        }
    }

    /// What the children of `parent` from `from` up to `to` may do, each by itself.
    fn some(&mut self, parent: NodeId, from: NodeId, to: NodeId) {
        let mut from = from;
        while !self.is_given_up() {
            let first = self.bound.writes.partition_point(|write| write.at < from);
            let Some(write) = self.bound.writes.get(first).filter(|write| write.at < to) else {
                return;
            };
            let child = self.child_around(parent, write.at);
            self.end(child);
            from = self.tree.node(child).next.max(from + 1);
        }
    }

    /// The child of `parent` that a node below it lies in.
    fn child_around(&self, parent: NodeId, node: NodeId) -> NodeId {
        let mut at = node;
        loop {
            let above = self.tree.node(at).parent;
            if above <= parent || above >= at {
                return at;
            }
            at = above;
        }
    }

    /// The writes that reach the end of a node; whether a way leads through it without a write.
    fn end(&mut self, id: NodeId) -> bool {
        if self.is_given_up() {
            return false;
        }
        self.steps.set(self.steps.get() + 1);
        let node = self.tree.node(id);
        let first = self.bound.writes.partition_point(|write| write.at < id);
        let write = match self.bound.writes.get(first) {
            Some(write) if write.at < node.next => *write,
            _ => return true,
        };
        if write.at == id {
            if !self.reached.contains(&write) {
                self.reached.push(write);
            }
            return false;
        }
        // No node writes nothing.
        let child = |n: usize| self.tree.child(id, n).unwrap_or(NodeId::MAX);
        match node.kind {
            Kind::Function => true,
            Kind::If | Kind::Conditional => {
                let (then, other) = (child(1), child(2));
                let then = self.end(then);
                let other = self.end(other);
                (then || other) && self.end(id + 1)
            }
            Kind::Binary if operator::is_logical(node.sub) => {
                self.end(child(1));
                self.end(id + 1)
            }
            Kind::While | Kind::For | Kind::ForEach => {
                let body = self.tree.children(id).last().unwrap_or(NodeId::MAX);
                self.end(body);
                self.sequence(id, body)
            }
            Kind::Lambda => {
                self.sequence(id, node.next);
                true
            }
            Kind::Switch => {
                let mut passes = true;
                for case in self.tree.children(child(1)) {
                    let through = self.end(case);
                    // With a default, one of the cases is taken.
                    if self.tree.node(case + 1).kind == Kind::Absent {
                        passes = through;
                    }
                }
                passes && self.end(id + 1)
            }
            Kind::Try => {
                let (catch, last) = (child(1), child(2));
                self.end(last) && {
                    self.end(catch);
                    self.end(id + 1)
                }
            }
            Kind::Block if self.leaves(id) => false,
            _ => self.sequence(id, node.next),
        }
    }

    /// Whether what stands behind a block never runs after it.
    fn leaves(&self, id: NodeId) -> bool {
        let mut statements = 0;
        let leaves = self.tree.children(id).any(|child| {
            statements += 1;
            matches!(self.tree.node(child).kind, Kind::Return | Kind::Throw)
        });
        self.steps.set(self.steps.get().saturating_add(statements));
        leaves
    }
}
