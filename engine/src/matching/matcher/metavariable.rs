//! Metavariables: what they may be bound to.

use super::{Goal, Matcher, Report};
use crate::matching::binding::{self, Binding};
use crate::matching::values::Value;
use crate::tree::kind::Kind;
use crate::tree::node::{Node, NodeId, flags};
use crate::tree::vocabulary::Word;

impl Matcher<'_> {
    pub(super) fn metavariable(
        &mut self,
        pattern: Node,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let code = self.c(c);
        if code.kind == Kind::Absent {
            return false;
        }
        // `/$X/` is for regular expressions only, and binds what stands between the slashes.
        if pattern.sub == Kind::Regex as u8 && pattern.flags & flags::IMPLICIT != 0 {
            let c = self
                .code
                .names
                .constant(self.code.tree, self.code.source, c)
                .unwrap_or(c);
            let code = self.c(c);
            if code.kind != Kind::Regex {
                return false;
            }
            let text = self.code.tree.text(c, self.code.source);
            let close = text.iter().rposition(|byte| *byte == b'/').unwrap_or(0) as u32;
            let value = Binding::of_text(code.start + 1, (code.start + close).max(code.start + 1));
            return self.bind(pattern.name, value, next, report);
        }
        if pattern.sub == Kind::ExpressionStatement as u8 {
            // `$X;` is a statement, or the expression of one.
            if code.kind == Kind::ExpressionStatement
                && pattern.flags & flags::SEMICOLON != 0
                && self.bind(
                    pattern.name,
                    Binding::of_node(self.code.tree, c + 1),
                    next,
                    report,
                )
            {
                return true;
            }
            return self.bind(
                pattern.name,
                Binding::of_node(self.code.tree, c),
                next,
                report,
            );
        }
        if code.kind == Kind::Spread && pattern.sub == Kind::Name as u8 {
            return false;
        }
        // A parameter without type or default is its name.
        if pattern.sub == Kind::Parameter as u8 {
            if code.kind != Kind::Parameter || code.flags & flags::REST != 0 {
                return false;
            }
            let value = if self.c(c + 1).kind == Kind::Definition {
                Binding::of_node(self.code.tree, c + 1)
            } else {
                Binding::of_node(self.code.tree, c)
            };
            return self.bind(pattern.name, value, next, report);
        }
        if pattern.sub == Kind::Field as u8 || pattern.sub == Kind::JsxAttribute as u8 {
            return self.bind(
                pattern.name,
                Binding::of_node(self.code.tree, c + 1),
                next,
                report,
            );
        }
        self.bind(
            pattern.name,
            Binding::of_node(self.code.tree, c),
            next,
            report,
        )
    }

    /// The constant that an expression certainly holds, as far as the rule wants it worked out.
    pub(super) fn value_at(&self, c: NodeId) -> Value {
        match self.c(c).kind {
            Kind::String | Kind::Number | Kind::Boolean | Kind::Regex => Value::Literal(c),
            _ if !self.options.constant_propagation => Value::Unknown,
            Kind::Name if !self.may_hold_constant(c) => Value::Unknown,
            Kind::Name | Kind::Cast | Kind::Binary | Kind::Template | Kind::Conditional => {
                self.code.names.value(self.code.tree, self.code.source, c)
            }
            _ => Value::Unknown,
        }
    }

    fn may_hold_constant(&self, name: NodeId) -> bool {
        let (tree, source) = (self.code.tree, self.code.source);
        self.code.names.may_hold_constant(tree, source, name)
    }

    /// Whether an expression is a constant string.
    pub(super) fn is_string(&self, c: NodeId) -> bool {
        match self.value_at(c) {
            Value::Literal(literal) => self.c(literal).kind == Kind::String,
            Value::Joined(_) | Value::SomeString => true,
            Value::Unknown | Value::Expression(_) => false,
        }
    }

    /// The string literal that a node is or holds, or begins with.
    pub(super) fn string_at(&self, c: NodeId) -> Option<NodeId> {
        match self.value_at(c) {
            Value::Literal(literal) | Value::Joined(literal) => {
                (self.c(literal).kind == Kind::String).then_some(literal)
            }
            Value::Unknown | Value::SomeString | Value::Expression(_) => None,
        }
    }

    /// Whether the expression of this number matches the string that a node is or holds, or the text of another.
    pub(super) fn regex_match(&self, number: Word, c: NodeId) -> bool {
        let Some(regex) = self.regexes.get(number.index() as usize) else {
            return false;
        };
        let text = match self.string_at(c) {
            Some(string) => {
                let node = self.c(string);
                Binding::of_text(node.start + 1, node.end.saturating_sub(1)).text(self.code.source)
            }
            None if self.c(c).kind.is_name() || self.c(c).kind == Kind::TemplateText => {
                self.code.tree.text(c, self.code.source)
            }
            None => return false,
        };
        regex.is_match(&binding::as_text(text)).unwrap_or(false)
    }
}
