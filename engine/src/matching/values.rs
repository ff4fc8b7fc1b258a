//! Which value a name holds where it stands: the literal or expression that was last written to it on every way there.
//!
//! This is reaching definitions, asked for one name at a time: from the name up and back through what runs before it.
//! Most names are never asked about, so nothing is worked out for a file as a whole. Where several writes reach the
//! name, equal literals are one, different strings are some string, and everything else is unknown. A name of an outer
//! function, or one that nothing declares, holds its only write.

use std::cell::RefCell;

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
/// Most nodes looked at for one name.
const MOST_STEPS: u32 = 20_000;
/// Longest chain of names that hold each other.
const LONGEST_CHAIN: u32 = 12;

/// The values that were asked for in a file.
#[derive(Debug, Default)]
pub(crate) struct Values {
    known: RefCell<FxHashMap<NodeId, Value>>,
}

impl Values {
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
                let left = self.expression(id + 1, depth + 1);
                if !left.is_string(self.tree) {
                    return Value::Unknown;
                }
                let right = self.expression(self.tree.node(id + 1).next, depth + 1);
                match (left, right.is_string(self.tree)) {
                    (Value::Literal(first) | Value::Joined(first), true) => Value::Joined(first),
                    (_, true) => Value::SomeString,
                    _ => Value::Unknown,
                }
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
        let is_here = |write: &Write| function_around(self.tree, write.at) == here;
        if bound.is_declared && bound.owner == here {
            if !bound.writes.iter().all(is_here) {
                return Written::Several;
            }
        } else if bound.is_declared || !bound.writes.iter().any(is_here) {
            return self.only(bound);
        }
        let mut ways = Ways {
            tree: self.tree,
            bound,
            reached: Vec::new(),
            steps: MOST_STEPS,
        };
        ways.up(id, here);
        if ways.steps == 0 || ways.reached.len() > MOST_WRITES {
            return Written::Several;
        }
        match ways.reached.as_slice() {
            [] => Written::Nothing,
            [one] => Written::One(*one),
            _ => Written::Some(ways.reached),
        }
    }

    /// The only write of a binding, if it is certain to be done before any function is called.
    fn only(self, bound: &Bound) -> Written {
        let [write] = bound.writes.as_slice() else {
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
    bound: &'a Bound,
    reached: Vec<Write>,
    steps: u32,
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

    /// What is done under `parent` before `at`, from the last to the first; whether a way leads through it without a
    /// write.
    fn before(&mut self, parent: NodeId, at: NodeId) -> bool {
        let children: Vec<NodeId> = self.tree.children(parent).collect();
        let place = children.iter().position(|child| *child == at).unwrap_or(0);
        let (earlier, rest) = children.split_at(place);
        match self.tree.node(parent).kind {
            Kind::If | Kind::Conditional => earlier.is_empty() || self.end(children.first()),
            Kind::Cases => true,
            // An exception may come from anywhere in the block.
            Kind::Try => {
                for child in earlier {
                    self.end(Some(child));
                }
                true
            }
            Kind::While | Kind::For | Kind::ForEach | Kind::DoWhile | Kind::Lambda => {
                let passes = self.sequence(earlier);
                for child in rest {
                    self.end(Some(child));
                }
                passes
            }
            _ => self.sequence(earlier),
        }
    }

    /// What is done in nodes that run one after the other.
    fn sequence(&mut self, nodes: &[NodeId]) -> bool {
        nodes.iter().rev().all(|node| self.end(Some(node)))
    }

    /// The writes that reach the end of a node; whether a way leads through it without a write.
    fn end(&mut self, node: Option<&NodeId>) -> bool {
        let Some(&id) = node else {
            return true;
        };
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return false;
        }
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
        let children: Vec<NodeId> = self.tree.children(id).collect();
        match (node.kind, children.as_slice()) {
            (Kind::Function, _) => true,
            (Kind::If | Kind::Conditional, [condition, then, other]) => {
                let then = self.end(Some(then));
                let other = self.end(Some(other));
                (then || other) && self.end(Some(condition))
            }
            (Kind::Binary, [left, right]) if operator::is_logical(node.sub) => {
                self.end(Some(right));
                self.end(Some(left))
            }
            (Kind::DoWhile, _) => self.sequence(&children),
            (Kind::While | Kind::For | Kind::ForEach, [head @ .., body]) => {
                self.end(Some(body));
                self.sequence(head)
            }
            (Kind::Lambda, _) => {
                self.sequence(&children);
                true
            }
            (Kind::Switch, [value, cases]) => {
                let mut passes = true;
                for case in self.tree.children(*cases) {
                    let through = self.end(Some(&case));
                    // With a default, one of the cases is taken.
                    if self.tree.node(case + 1).kind == Kind::Absent {
                        passes = through;
                    }
                }
                passes && self.end(Some(value))
            }
            (Kind::Try, [block, catch, last]) => {
                self.end(Some(last)) && {
                    self.end(Some(catch));
                    self.end(Some(block))
                }
            }
            (Kind::Block, _) if children.iter().any(|child| self.leaves(*child)) => false,
            _ => self.sequence(&children),
        }
    }

    /// Whether nothing after a statement runs.
    fn leaves(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).kind, Kind::Return | Kind::Throw)
    }
}
