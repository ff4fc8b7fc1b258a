//! Code that is written in another way and says the same.

use super::{Goal, Matcher, Report};
use crate::matching::names::{self};
use crate::matching::values::Value;
use crate::tree::kind::Kind;
use crate::tree::lower::DEFAULT_IMPORT;
use crate::tree::node::NodeId;
use crate::tree::operator::{self};
use crate::tree::vocabulary::Word;

impl Matcher<'_> {
    /// Equivalences between nodes of different kinds.
    pub(super) fn equivalent(
        &mut self,
        p: NodeId,
        c: NodeId,
        root: bool,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (pattern, code) = (self.p(p), self.c(c));
        match (pattern.kind, code.kind) {
            // A name in whatever role, once the pattern's structure has led here.
            (a, b) if a.is_name() && b.is_name() && !root && a != b => {
                pattern.name == code.name && pattern.name != Word::NONE && self.solve(next, report)
            }
            // A name that a pattern takes out of a value is written like one that is read.
            (Kind::Name, Kind::Definition) if root && self.is_taken_out(c) => {
                pattern.name == code.name && pattern.name != Word::NONE && self.solve(next, report)
            }
            (Kind::Import, Kind::Variable) => self.required(p, c, next, report),
            // `for (...)` is any loop that `for` begins.
            (Kind::For, Kind::For | Kind::ForEach) if self.is_any_loop(p) => {
                let (Some(p_body), Some(c_body)) = (
                    self.pattern.tree.children(p).last(),
                    self.code.tree.children(c).last(),
                ) else {
                    return false;
                };
                let goal = Goal::Slots {
                    kind: Kind::For,
                    slot: 3,
                    pattern: (p_body, self.p(p_body).next),
                    code: (c_body, self.c(c_body).next),
                    next,
                };
                self.solve(&goal, report)
            }
            (Kind::Assign, Kind::Variable) if self.options.vardef_assign => {
                let (target, value) = (c + 1, self.third_child(c));
                let Some(value) = value.filter(|value| self.c(*value).kind != Kind::Absent) else {
                    return false;
                };
                let (p_target, p_value) = (p + 1, self.p(p + 1).next);
                let goal = Goal::Node {
                    pattern: p_value,
                    code: value,
                    next,
                };
                self.node(p_target, target, false, &goal, report)
            }
            // `a += b` assigns to `a`.
            (Kind::Assign, Kind::AugmentedAssign) => {
                let p_value = self.p(p + 1).next;
                // Its value is `a + b`, which holds `a` as well; that of `a ??= b` is taken to be `b`.
                let whole = self.p(p_value).kind == Kind::Deep
                    && !operator::is_logical_assignment(code.sub);
                let value = if whole { c } else { self.c(c + 1).next };
                let goal = Goal::Node {
                    pattern: p_value,
                    code: value,
                    next,
                };
                self.node(p + 1, c + 1, false, &goal, report)
            }
            (Kind::ExpressionStatement, Kind::Variable) if self.options.vardef_assign => {
                let inner = self.p(p + 1).kind;
                if inner == Kind::Assign && self.equivalent(p + 1, c, false, next, report) {
                    return true;
                }
                match self
                    .third_child(c)
                    .filter(|value| self.c(*value).kind != Kind::Absent)
                {
                    Some(value) => self.deep(p + 1, value, next, report),
                    None => false,
                }
            }
            (Kind::ExpressionStatement, Kind::Return) if self.c(c + 1).kind != Kind::Absent => {
                self.deep(p + 1, c + 1, next, report)
            }
            (Kind::ExpressionStatement, _)
                if self.p(p + 1).kind == Kind::Deep && code.kind.is_statement() =>
            {
                self.deep_statement(p + 2, c, next, report)
            }
            // `{f: function () {}}` is `{f() {}}`, either way round; so is the field `f = () => {}` of a class.
            (Kind::Function, Kind::Pair | Kind::Field) if self.options.arrow_is_function => {
                self.function_and_pair(p, c, false, next, report)
            }
            (Kind::Pair, Kind::Function) if self.options.arrow_is_function => {
                self.function_and_pair(c, p, true, next, report)
            }
            // `function ... () {}` has any name, or none.
            (Kind::Function, Kind::Lambda) if self.p(p + 1).kind == Kind::Ellipsis => {
                let rest = Goal::Slots {
                    kind: Kind::Lambda,
                    slot: 0,
                    pattern: (self.p(p + 1).next, pattern.next),
                    code: (c + 1, code.next),
                    next,
                };
                self.solve(&rest, report)
            }
            (Kind::String, Kind::TemplateText) => {
                root && pattern.name == code.name
                    && pattern.name != Word::NONE
                    && self.solve(next, report)
            }
            (Kind::String | Kind::Number | Kind::Boolean | Kind::Regex, _) => {
                match self.value_at(c) {
                    // Strings joined by `+` are some string; which one is not worked out.
                    Value::Literal(literal)
                        if matches!(code.kind, Kind::Name | Kind::Cast)
                            && self.c(literal).kind == pattern.kind =>
                    {
                        self.same_kind(p, literal, next, report)
                    }
                    _ => false,
                }
            }
            (Kind::Name | Kind::Member, Kind::Name) => {
                let length = self
                    .code
                    .names
                    .path(self.code.tree, self.code.source, c)
                    .map_or(0, <[_]>::len);
                length > 0 && self.path(p, c, length, next, report)
            }
            _ => false,
        }
    }

    /// Whether a name is bound by a destructuring pattern: `{a}`, `{b: a}`, `[a]`.
    fn is_taken_out(&self, c: NodeId) -> bool {
        let parent = self.c(c).parent;
        match self.c(parent).kind {
            Kind::Object | Kind::Array => true,
            Kind::Pair => parent + 1 != c,
            _ => false,
        }
    }

    /// Whether a name is `default`.
    pub(super) fn is_named_default(&self, c: NodeId) -> bool {
        self.code.tree.text(c, self.code.source) == b"default"
    }

    /// `import 'm'` against `const x = require('m')`, `import x from 'm'` against `const {default: x} = require('m')`,
    /// `import {a} from 'm'` against `const {a} = require('m')`.
    fn required(&mut self, p: NodeId, c: NodeId, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
        let (tree, source) = (self.code.tree, self.code.source);
        let module = self
            .third_child(c)
            .and_then(|value| names::required_module(tree, source, value));
        let Some(module) = module else {
            return false;
        };
        let (p_module, p_imported) = (p + 1, self.p(p + 1).next);
        let p_local = self.p(p_imported).next;
        if self.p(p_imported).kind == Kind::Absent {
            return self.node(p_module, module, false, next, report);
        }
        let target = c + 1;
        let is_default = self.p(p_imported).sub == DEFAULT_IMPORT;
        if (self.p(p_imported).sub != 0 && !is_default) || self.c(target).kind != Kind::Object {
            return false;
        }
        let mut at = target + 1;
        while at < self.c(target).next {
            let member = self.c(at);
            let (imported, local) = match member.kind {
                Kind::Definition => (at, at),
                Kind::Pair => (at + 1, self.c(at + 1).next),
                _ => (0, 0),
            };
            if local != 0 && (!is_default || self.is_named_default(imported)) {
                let local = Goal::Node {
                    pattern: p_local,
                    code: local,
                    next,
                };
                let both = Goal::Node {
                    pattern: p_imported,
                    code: imported,
                    next: &local,
                };
                let rest = if is_default { &local } else { &both };
                if self.node(p_module, module, false, rest, report) {
                    return true;
                }
            }
            at = member.next.max(at + 1);
        }
        false
    }

    /// Whether a loop of the pattern is `for (...)`.
    pub(super) fn is_any_loop(&self, p: NodeId) -> bool {
        self.p(p + 1).kind == Kind::Ellipsis
            && self
                .pattern
                .tree
                .children(p)
                .skip(1)
                .take(2)
                .all(|slot| self.p(slot).kind == Kind::Absent)
    }

    fn third_child(&self, c: NodeId) -> Option<NodeId> {
        self.code.tree.child(c, 2)
    }

    /// A method and a property or field that holds a function: name against key, then parameters, return type and body.
    /// `turned` says that the pattern is the pair.
    fn function_and_pair(
        &mut self,
        function: NodeId,
        pair: NodeId,
        turned: bool,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (of_function, of_pair) = if turned {
            (self.code.tree, &self.pattern.tree)
        } else {
            (&self.pattern.tree, self.code.tree)
        };
        let key = pair + 1;
        let slot = if of_pair.node(pair).kind == Kind::Field {
            2
        } else {
            1
        };
        let lambda = of_pair.child(pair, slot);
        let Some(lambda) = lambda.filter(|value| of_pair.node(*value).kind == Kind::Lambda) else {
            return false;
        };
        let name = function + 1;
        let rest_of_function = (of_function.node(name).next, of_function.node(function).next);
        let rest_of_lambda = (lambda + 1, of_pair.node(lambda).next);
        let (p_rest, c_rest, p_name, c_name) = if turned {
            (rest_of_lambda, rest_of_function, key, name)
        } else {
            (rest_of_function, rest_of_lambda, name, key)
        };
        let rest = Goal::Slots {
            kind: Kind::Lambda,
            slot: 0,
            pattern: p_rest,
            code: c_rest,
            next,
        };
        self.node(p_name, c_name, false, &rest, report)
    }
}
