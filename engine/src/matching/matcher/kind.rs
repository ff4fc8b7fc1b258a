//! Nodes of one kind: their own facts, then their children.

use super::{Goal, Matcher, Place, Report};
use crate::tree::kind::Kind;
use crate::tree::lower::DEFAULT_IMPORT;
use crate::tree::node::{NodeId, flags};
use crate::tree::operator::known;
use crate::tree::vocabulary::Word;

impl Matcher<'_> {
    /// Two nodes of one kind: their own facts, then their children.
    pub(super) fn same_kind(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (pattern, code) = (self.p(p), self.c(c));
        let asked = pattern.flags & flags::ASKED;
        if asked & code.flags != asked {
            return false;
        }
        let (p_children, c_children) = ((p + 1, pattern.next), (c + 1, code.next));
        match pattern.kind {
            // `import x from 'm'` against `import {default as x} from 'm'`.
            Kind::Property if pattern.sub == DEFAULT_IMPORT && self.is_named_default(c) => {
                self.solve(next, report)
            }
            Kind::Name
            | Kind::Definition
            | Kind::Property
            | Kind::TypeName
            | Kind::String
            | Kind::Number
            | Kind::TemplateText
            | Kind::JsxText => {
                (pattern.name == code.name && pattern.name != Word::NONE
                    || pattern.end == pattern.start)
                    && pattern.sub == code.sub
                    && self.solve(next, report)
            }
            Kind::Regex => {
                pattern.name == code.name
                    && (pattern.sub == 0 || pattern.sub == code.sub)
                    && self.solve(next, report)
            }
            Kind::Boolean => pattern.sub == code.sub && self.solve(next, report),
            Kind::Absent | Kind::Null | Kind::Undefined | Kind::This | Kind::Super => {
                self.solve(next, report)
            }
            Kind::Opaque => false,
            Kind::JsxAttributes
                if !self.options.xml_attrs_implicit_ellipsis && self.leaves_attributes(p, c) =>
            {
                false
            }
            Kind::Jsx
                if !self.options.xml_singleton_loose_matching
                    && pattern.flags & !code.flags & flags::SELF_CLOSING != 0 =>
            {
                false
            }
            Kind::Object | Kind::ClassBody | Kind::JsxAttributes | Kind::Cases => {
                let goal = Goal::Set {
                    pattern: p_children,
                    of: c,
                    used: None,
                    next,
                };
                self.solve(&goal, report)
            }
            Kind::JsxChildren => {
                if p_children.0 == p_children.1 {
                    return self.solve(next, report);
                }
                let goal = Goal::List {
                    pattern: p_children,
                    code: c_children,
                    more: true,
                    next,
                };
                self.solve(&goal, report)
            }
            Kind::Block | Kind::Program => {
                let goal = Goal::Statements {
                    pattern: p_children,
                    code: Place::List(c_children.0, c_children.1),
                    open: false,
                    next,
                };
                self.solve(&goal, report)
            }
            Kind::Other => {
                if pattern.sub != code.sub {
                    return false;
                }
                if p_children.0 == p_children.1 {
                    let same =
                        self.pattern.text(p).as_bytes() == self.code.tree.text(c, self.code.source);
                    return same && self.solve(next, report);
                }
                let goal = Goal::List {
                    pattern: p_children,
                    code: c_children,
                    more: false,
                    next,
                };
                self.solve(&goal, report)
            }
            kind if kind.is_list() => {
                let goal = Goal::List {
                    pattern: p_children,
                    code: c_children,
                    more: false,
                    next,
                };
                self.solve(&goal, report)
            }
            Kind::ExpressionStatement => {
                (self.options.implicit_deep_exprstmt
                    && self.implicitly_deep(p + 1, c + 1, next, report))
                    || self.node(p + 1, c + 1, true, next, report)
            }
            Kind::Binary => self.binary(p, c, next, report),
            Kind::Variable => {
                let same = pattern.sub == code.sub
                    || (pattern.sub == known::VAR && self.options.let_is_var);
                same && self.children(p, c, next, report)
            }
            Kind::Unary | Kind::Update | Kind::AugmentedAssign | Kind::ForEach => {
                pattern.sub == code.sub && self.children(p, c, next, report)
            }
            Kind::Member | Kind::Index => {
                // `a.b` is not `a?.b`, but `$X.b` is: `$X` may be `a?`.
                let optional =
                    code.flags & flags::OPTIONAL != 0 && pattern.flags & flags::OPTIONAL == 0;
                if optional
                    && !matches!(
                        self.p(p + 1).kind,
                        Kind::Metavariable | Kind::Ellipsis | Kind::Deep | Kind::MemberEllipsis
                    )
                {
                    return false;
                }
                if self.p(p + 1).kind == Kind::MemberEllipsis {
                    return self.member_after_ellipsis(p, c, next, report);
                }
                // The property first: it fails sooner than the object.
                let (p_object, c_object) = (p + 1, c + 1);
                let (p_last, c_last) = (self.p(p_object).next, self.c(c_object).next);
                let object = Goal::Node {
                    pattern: p_object,
                    code: c_object,
                    next,
                };
                self.node(p_last, c_last, false, &object, report)
            }
            _ => self.children(p, c, next, report),
        }
    }

    /// Whether a tag has other attributes than a pattern that lists them all.
    fn leaves_attributes(&self, p: NodeId, c: NodeId) -> bool {
        let listed = self.pattern.tree.children(p);
        let all = !listed.clone().any(|id| self.p(id).kind == Kind::Ellipsis);
        all && self.code.tree.children(c).count() != listed.count()
    }

    pub(super) fn children(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (pattern, code) = (self.p(p), self.c(c));
        let goal = Goal::Slots {
            kind: pattern.kind,
            slot: 0,
            pattern: (p + 1, pattern.next),
            code: (c + 1, code.next),
            next,
        };
        self.solve(&goal, report)
    }

    pub(super) fn slots(
        &mut self,
        kind: Kind,
        slot: usize,
        (p, p_end): (NodeId, NodeId),
        (c, c_end): (NodeId, NodeId),
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        if p >= p_end {
            // Decorators may follow the slots: the pattern asks for none.
            return self.solve(next, report);
        }
        let pattern = self.p(p);
        if pattern.kind == Kind::Decorator {
            return self.decorators((p, p_end), (c, c_end), next, report);
        }
        if c >= c_end {
            return false;
        }
        let code = self.c(c);
        let rest = Goal::Slots {
            kind,
            slot: slot + 1,
            pattern: (pattern.next, p_end),
            code: (code.next, c_end),
            next,
        };
        if pattern.kind == Kind::Absent {
            // What is taken apart without a type is not what has one.
            let apart = (kind, slot) == (Kind::Parameter, 1)
                && self.p(pattern.parent + 1).kind == Kind::Object;
            return (code.kind == Kind::Absent || (kind.absent_matches_any(slot) && !apart))
                && self.solve(&rest, report);
        }
        if code.kind == Kind::Absent && pattern.kind != Kind::Ellipsis {
            return false;
        }
        // `if (x) f()` is `if (x) { f() }`; of loops the reference does not say so.
        if matches!((kind, slot), (Kind::If, 1 | 2)) && pattern.kind != code.kind {
            let holds_one = pattern.next > p + 1 && self.p(p + 1).next == pattern.next;
            if pattern.kind == Kind::Block && holds_one {
                return self.node(p + 1, c, false, &rest, report);
            }
            if code.kind == Kind::Block && code.next > c + 1 && self.c(c + 1).next == code.next {
                return self.node(p, c + 1, false, &rest, report);
            }
        }
        self.node(p, c, false, &rest, report)
    }

    fn decorators(
        &mut self,
        (p, p_end): (NodeId, NodeId),
        (c, c_end): (NodeId, NodeId),
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        if p >= p_end {
            return self.solve(next, report);
        }
        let rest = Goal::Slots {
            kind: Kind::Decorator,
            slot: 0,
            pattern: (self.p(p).next, p_end),
            code: (c, c_end),
            next,
        };
        let mut at = c;
        while at < c_end {
            let code = self.c(at);
            if code.kind == Kind::Decorator && self.node(p, at, false, &rest, report) {
                return true;
            }
            at = code.next.max(at + 1);
        }
        false
    }
}
