//! Holding a pattern against code.
//!
//! Matching is a search: `f(..., $X, ..., $X)` may bind `$X` in several ways, and a choice made early may fail late.
//! What is still to be matched is kept as a list of goals on the stack, linked from the next one on; when none is
//! left, a match is complete and is reported; then the search goes back and tries the next choice. Nothing is
//! allocated on the way, and a step budget bounds the whole.

use std::rc::Rc;

use super::binding::{self, Binding};
use super::compiled::{CompiledRule, CompiledRules};
use super::names::{self, Names};
use super::narrow::Bound;
use super::values::Value;
use crate::pattern::{Pattern, Root};
use crate::rules::regex::Regex;
use crate::rules::rule::RuleOptions;
use crate::tree::kind::Kind;
use crate::tree::lower::DEFAULT_IMPORT;
use crate::tree::node::{Node, NodeId, Tree, flags};
use crate::tree::operator::{self, known};
use crate::tree::vocabulary::{Vocabulary, Word};

/// The code that patterns are held against.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) source: &'a [u8],
    pub(crate) names: &'a Names,
    /// Whether names are the same only if they refer to one binding.
    pub(crate) strict_names: bool,
    /// The words of all patterns.
    pub(crate) vocabulary: &'a Vocabulary,
}

impl<'a> Code<'a> {
    /// A file as a rule of a set sees it.
    pub(crate) fn new(
        tree: &'a Tree,
        source: &'a [u8],
        names: &'a Names,
        rule: &CompiledRule,
        rules: &'a CompiledRules,
    ) -> Self {
        Self {
            tree,
            source,
            names,
            strict_names: rule.rule.options.unify_ids_strictly,
            vocabulary: &rules.vocabulary,
        }
    }
}

/// Reports one complete match; returns whether the search may stop.
pub(crate) type Report<'a> = dyn FnMut((u32, u32), &[Option<Binding>]) -> bool + 'a;

/// One pattern held against one piece of code.
pub(crate) struct Matcher<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) pattern: &'a Pattern,
    pub(crate) regexes: &'a [Regex],
    pub(crate) options: &'a RuleOptions,
    /// By the metavariable's number in the rule.
    pub(crate) bindings: Vec<Option<Binding>>,
    /// Steps that may still be taken.
    pub(crate) fuel: u64,
    /// The bytes matched so far, for patterns of several statements.
    span: Option<(u32, u32)>,
    /// Whether the pattern only has to contain others: the longest match of a trailing `...` is enough.
    pub(crate) inside: bool,
    /// What metavariables have to be bound to for a match to count.
    pub(super) bound: &'a [Bound<'a>],
    /// How many names were replaced by what they hold on the way here.
    replaced: u32,
    /// Where the parts of the pattern match that are looked for at any depth and bind nothing.
    found_deep: Vec<(NodeId, Rc<[NodeId]>)>,
}

/// Longest chain of names that are replaced by what they hold.
const MOST_REPLACED: u32 = 8;

/// What is still to be matched.
pub(super) enum Goal<'g> {
    /// Nothing: the match is complete.
    Done,
    /// One node.
    Node {
        pattern: NodeId,
        code: NodeId,
        next: &'g Goal<'g>,
    },
    /// The remaining slots of two nodes of one kind.
    Slots {
        kind: Kind,
        slot: usize,
        pattern: (NodeId, NodeId),
        code: (NodeId, NodeId),
        next: &'g Goal<'g>,
    },
    /// The remaining elements of two lists, in order.
    List {
        pattern: (NodeId, NodeId),
        code: (NodeId, NodeId),
        more: bool,
        next: &'g Goal<'g>,
    },
    /// The remaining members of a pattern's set, each any unused one of `of`.
    Set {
        pattern: (NodeId, NodeId),
        of: NodeId,
        used: Option<&'g Used<'g>>,
        next: &'g Goal<'g>,
    },
    /// The remaining statements of a pattern.
    Statements {
        pattern: (NodeId, NodeId),
        code: Place,
        open: bool,
        next: &'g Goal<'g>,
    },
    /// The remaining operands of an associative operation.
    Operands {
        pattern: &'g [NodeId],
        code: &'g [NodeId],
        next: &'g Goal<'g>,
    },
    /// A member chain of the pattern against an import path, from the end.
    Path {
        pattern: NodeId,
        name: NodeId,
        left: usize,
        next: &'g Goal<'g>,
    },
}

/// Where the statements that may match next stand.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In one list: from a node to the list's end.
    List(NodeId, NodeId),
    /// At any depth below the last of the three nodes: every statement from a node on, in the order of the source.
    Deep(NodeId, NodeId, NodeId),
}

/// Members of a set that are taken, as a list on the stack.
pub(super) struct Used<'g> {
    id: NodeId,
    rest: Option<&'g Used<'g>>,
}

impl Used<'_> {
    fn contains(&self, id: NodeId) -> bool {
        let mut used = Some(self);
        while let Some(entry) = used {
            if entry.id == id {
                return true;
            }
            used = entry.rest;
        }
        false
    }
}

impl<'a> Matcher<'a> {
    pub(crate) fn new(
        code: Code<'a>,
        pattern: &'a Pattern,
        regexes: &'a [Regex],
        options: &'a RuleOptions,
        bindings: Vec<Option<Binding>>,
        fuel: u64,
    ) -> Self {
        Self {
            code,
            pattern,
            regexes,
            options,
            bindings,
            fuel,
            span: None,
            inside: false,
            bound: &[],
            replaced: 0,
            found_deep: Vec::new(),
        }
    }

    /// Reports every way in which the pattern matches with its root at `id`: a node, or the first of several
    /// statements.
    pub(crate) fn at(&mut self, id: NodeId, end: NodeId, report: &mut Report<'_>) -> bool {
        match self.pattern.root {
            Root::Node(root) => {
                let node = self.code.tree.node(id);
                // `$X = y` reports a declaration from its name on, not from its keyword.
                let start = if node.kind == Kind::Variable
                    && self.pattern.tree.node(root).kind == Kind::Assign
                {
                    self.code.tree.node(id + 1).start
                } else {
                    node.start
                };
                self.span = Some((start, node.end));
                self.node(root, id, true, &Goal::Done, report)
            }
            Root::Statements(list) => {
                let pattern = (list + 1, self.pattern.tree.node(list).next);
                self.span = None;
                let goal = Goal::Statements {
                    pattern,
                    code: Place::List(id, end),
                    open: true,
                    next: &Goal::Done,
                };
                self.solve(&goal, report)
            }
        }
    }

    /// Whether a part of the pattern matches at a node, whatever becomes of the rest.
    pub(crate) fn matches_alone(&mut self, pattern: NodeId, code: NodeId) -> bool {
        self.node(pattern, code, true, &Goal::Done, &mut |_, _| true)
    }

    fn p(&self, id: NodeId) -> Node {
        *self.pattern.tree.node(id)
    }

    fn c(&self, id: NodeId) -> Node {
        *self.code.tree.node(id)
    }

    pub(super) fn solve(&mut self, goal: &Goal<'_>, report: &mut Report<'_>) -> bool {
        if self.fuel == 0 {
            return true;
        }
        self.fuel -= 1;
        match *goal {
            Goal::Done => report(self.span.unwrap_or_default(), &self.bindings),
            Goal::Node {
                pattern,
                code,
                next,
            } => self.node(pattern, code, false, next, report),
            Goal::Slots {
                kind,
                slot,
                pattern,
                code,
                next,
            } => self.slots(kind, slot, pattern, code, next, report),
            Goal::List {
                pattern,
                code,
                more,
                next,
            } => self.list(pattern, code, more, next, report),
            Goal::Set {
                pattern,
                of,
                used,
                next,
            } => self.set(pattern, of, used, next, report),
            Goal::Statements {
                pattern,
                code,
                open,
                next,
            } => self.statements(pattern, code, open, next, report),
            Goal::Operands {
                pattern,
                code,
                next,
            } => self.operands(pattern, code, next, report),
            Goal::Path {
                pattern,
                name,
                left,
                next,
            } => self.path(pattern, name, left, next, report),
        }
    }

    /// Binds a metavariable, or checks that it is bound to the same code, and goes on.
    fn bind(
        &mut self,
        number: Word,
        value: Binding,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let at = number.index() as usize;
        if let Some(bound) = self.bindings.get(at).copied().flatten() {
            binding::equal(self.code, &bound, &value) && self.solve(next, report)
        } else {
            if !Bound::admits(self.bound, number.index(), &value, self.code) {
                return false;
            }
            if let Some(slot) = self.bindings.get_mut(at) {
                *slot = Some(value);
            }
            let stop = self.solve(next, report);
            if let Some(slot) = self.bindings.get_mut(at) {
                *slot = None;
            }
            stop
        }
    }

    fn node(
        &mut self,
        p: NodeId,
        c: NodeId,
        root: bool,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (pattern, code) = (self.p(p), self.c(c));
        // A cast says nothing about the value, except where it is what the pattern is about.
        if code.kind == Kind::Cast
            && !root
            && pattern.kind != Kind::Cast
            && !matches!(pattern.kind, Kind::Ellipsis | Kind::Metavariable)
            && self.node(p, c + 1, false, next, report)
        {
            return true;
        }
        // In its template a text is no substitution, and with a tag a template is none.
        if (code.kind == Kind::TemplateText && !root)
            && matches!(pattern.kind, Kind::Metavariable | Kind::RegexMatch)
        {
            return false;
        }
        if root && self.is_tagged(c) && Self::asks_for_template(pattern) {
            return false;
        }
        match pattern.kind {
            Kind::Ellipsis => return self.solve(next, report),
            Kind::Metavariable => return self.metavariable(pattern, c, next, report),
            Kind::MetavariableEllipsis => {
                if code.kind == Kind::Absent {
                    return false;
                }
                let value = Binding::of_node(self.code.tree, c);
                return self.bind(pattern.name, value, next, report);
            }
            Kind::Deep => return self.deep(p + 1, c, next, report),
            Kind::AnyString => {
                // Written as a template, it asks for one.
                let fits = if pattern.flags & flags::TEMPLATE != 0 {
                    code.kind == Kind::Template || code.flags & flags::TEMPLATE != 0
                } else {
                    (root && code.kind == Kind::TemplateText) || self.is_string(c)
                };
                return fits && self.solve(next, report);
            }
            Kind::StringMetavariable if code.kind == Kind::TemplateText => {
                let value = Binding::of_text(code.start, code.end);
                return self.bind(pattern.name, value, next, report);
            }
            Kind::StringMetavariable => {
                let Some(string) = self.string_at(c) else {
                    return false;
                };
                let node = self.c(string);
                let (start, end) = (node.start + 1, node.end.saturating_sub(1));
                let value = match self.value_at(c) {
                    Value::Joined(_) => Binding::of_joined(start, end, c),
                    _ => Binding::of_text(start, end),
                };
                return self.bind(pattern.name, value, next, report);
            }
            Kind::RegexMatch => {
                return self.regex_match(pattern.name, c) && self.solve(next, report);
            }
            Kind::AnyRegex => {
                let is_regex = matches!(self.value_at(c), Value::Literal(id) if self.c(id).kind == Kind::Regex);
                return is_regex && self.solve(next, report);
            }
            Kind::MemberEllipsis => return self.member_ellipsis(p + 1, c, next, report),
            Kind::Cast if self.is_typed(p) => {
                return self.has_type(c, &self.typed_name(p))
                    && self.node(p + 1, c, root, next, report);
            }
            _ => {}
        }
        if code.kind == Kind::Name
            && !root
            && self.options.symbolic_propagation
            && self.replaced(p, c, next, report)
        {
            return true;
        }
        if pattern.kind == code.kind && !(pattern.kind == Kind::For && self.is_any_loop(p)) {
            if self.same_kind(p, c, next, report) {
                return true;
            }
            if !(pattern.kind == Kind::Name && code.flags & flags::RESOLVED != 0) {
                return false;
            }
        }
        self.equivalent(p, c, root, next, report)
    }

    /// Whether a pattern is written as a template.
    fn asks_for_template(pattern: Node) -> bool {
        pattern.kind == Kind::Template || pattern.flags & flags::TEMPLATE != 0
    }

    /// Whether a node is the template of a tag.
    fn is_tagged(&self, c: NodeId) -> bool {
        let code = self.c(c);
        matches!(code.kind, Kind::Template | Kind::String)
            && self.c(code.parent).kind == Kind::TaggedTemplate
    }

    /// The expression that a name holds, in its place.
    fn replaced(&mut self, p: NodeId, c: NodeId, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
        if self.replaced >= MOST_REPLACED {
            return false;
        }
        let value = self.code.names.value(self.code.tree, self.code.source, c);
        let Value::Expression(value) = value else {
            return false;
        };
        self.replaced += 1;
        let stop = self.node(p, value, false, next, report);
        self.replaced -= 1;
        stop
    }

    /// Two nodes of one kind: their own facts, then their children.
    fn same_kind(
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

    fn children(&mut self, p: NodeId, c: NodeId, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
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

    fn slots(
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

    /// Equivalences between nodes of different kinds.
    fn equivalent(
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
    fn is_named_default(&self, c: NodeId) -> bool {
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
    fn is_any_loop(&self, p: NodeId) -> bool {
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

    fn metavariable(
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

    /// Any expression in the subtree at `c`.
    fn deep(&mut self, p: NodeId, c: NodeId, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
        if self.binds_nothing(p) {
            return self.deep_anywhere(p, c) && self.solve(next, report);
        }
        let end = self.c(c).next;
        let mut id = c;
        while id < end {
            let node = self.c(id);
            if self.fits_deep(p, &node)
                && self.may_start(p, &node)
                && self.node(p, id, id != c, next, report)
            {
                return true;
            }
            if self.fuel == 0 {
                return true;
            }
            id = if is_done_later(node.kind) {
                node.next
            } else {
                id + 1
            };
        }
        false
    }

    fn fits_deep(&self, p: NodeId, node: &Node) -> bool {
        node.kind.is_expression() || (node.kind == Kind::Variable && self.p(p).kind == Kind::Assign)
    }

    /// Whether a part of the pattern has no metavariables: it matches at a node, or does not, whatever else does.
    fn binds_nothing(&self, p: NodeId) -> bool {
        let end = self.p(p).next;
        !(p..end).any(|id| {
            matches!(
                self.p(id).kind,
                Kind::Metavariable
                    | Kind::MetavariableEllipsis
                    | Kind::StringMetavariable
                    | Kind::TypedMetavariable
            )
        })
    }

    /// Whether a part of the pattern that binds nothing matches in what is at `c`. Where it does in the file is found
    /// out once: calls within calls would look through the innermost again and again.
    fn deep_anywhere(&mut self, p: NodeId, c: NodeId) -> bool {
        if self.may_start(p, &self.c(c))
            && self.fits_deep(p, &self.c(c))
            && self.node(p, c, false, &Goal::Done, &mut |_, _| true)
        {
            return true;
        }
        let found = self.all_found(p);
        let end = self.c(c).next;
        let from = found.partition_point(|id| *id <= c);
        let mut below = found.iter().skip(from).take_while(|id| **id < end);
        below.any(|id| !self.is_within_function(*id, c))
    }

    /// The nodes of the file that a part of the pattern matches which binds nothing.
    fn all_found(&mut self, p: NodeId) -> Rc<[NodeId]> {
        if let Some((_, found)) = self.found_deep.iter().find(|(part, _)| *part == p) {
            return Rc::clone(found);
        }
        let mut found = Vec::new();
        for id in 0..self.code.tree.len() {
            let node = self.c(id);
            let may_be = self.fits_deep(p, &node) && self.may_start(p, &node);
            if may_be && self.matches_alone(p, id) {
                found.push(id);
            }
        }
        let found: Rc<[NodeId]> = found.into();
        self.found_deep.push((p, Rc::clone(&found)));
        found
    }

    /// Whether there is a function around a node, up to the node `top`.
    fn is_within_function(&self, id: NodeId, top: NodeId) -> bool {
        let mut at = id;
        while at > top {
            at = self.c(at).parent;
            if is_done_later(self.c(at).kind) {
                return true;
            }
        }
        false
    }

    /// Any expression of the statement at `c`, but not of the statements in it.
    fn deep_statement(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let end = self.c(c).next;
        let mut id = c + 1;
        while id < end {
            let node = self.c(id);
            if node.kind.is_statement() {
                id = node.next;
                continue;
            }
            if node.kind.is_expression() && self.node(p, id, true, next, report) {
                return true;
            }
            id += 1;
        }
        false
    }

    /// The expressions of a statement that a pattern written as a statement looks into, as the reference has them: what is
    /// assigned, called, passed, awaited, computed with; not what is tested, made with `new`, or one of a sequence.
    fn implicitly_deep(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let code = self.c(c);
        let mut parts = [NodeId::MAX; 2];
        match code.kind {
            Kind::Assign | Kind::AugmentedAssign => parts[0] = self.c(c + 1).next,
            Kind::Call => parts = [c + 1, self.c(c + 1).next],
            Kind::Cast
            | Kind::Await
            | Kind::Yield
            | Kind::Member
            | Kind::Unary
            | Kind::Update
            | Kind::Spread => parts[0] = c + 1,
            Kind::Binary => parts = [c + 1, self.c(c + 1).next],
            Kind::TaggedTemplate => parts[0] = self.c(c + 1).next,
            Kind::Arguments | Kind::Array | Kind::Object | Kind::Template => {
                let mut id = c + 1;
                while id < code.next {
                    if self.whole_and_parts(p, id, next, report) {
                        return true;
                    }
                    id = self.c(id).next.max(id + 1);
                }
            }
            Kind::Pair => parts[0] = self.c(c + 1).next,
            _ => {}
        }
        for part in parts {
            if part != NodeId::MAX && self.whole_and_parts(p, part, next, report) {
                return true;
            }
        }
        false
    }

    fn whole_and_parts(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        if self.fuel == 0 {
            return true;
        }
        self.fuel -= 1;
        (self.c(c).kind.is_expression() && self.node(p, c, true, next, report))
            || self.implicitly_deep(p, c, next, report)
    }

    /// Whether a node of the code can be where pattern node `p` begins to match.
    fn may_start(&self, p: NodeId, code: &Node) -> bool {
        let pattern = self.p(p);
        match pattern.kind {
            Kind::Call | Kind::New | Kind::Member | Kind::Assign if code.kind == pattern.kind => {
                code.name.admits(pattern.name)
            }
            _ => true,
        }
    }

    /// What an expression certainly holds, as far as the rule wants it worked out.
    fn value_at(&self, c: NodeId) -> Value {
        match self.c(c).kind {
            Kind::String | Kind::Number | Kind::Boolean | Kind::Regex => Value::Literal(c),
            _ if !self.options.constant_propagation => Value::Unknown,
            Kind::Name | Kind::Cast | Kind::Binary | Kind::Template | Kind::Conditional => {
                self.code.names.value(self.code.tree, self.code.source, c)
            }
            _ => Value::Unknown,
        }
    }

    /// Whether an expression is a constant string.
    fn is_string(&self, c: NodeId) -> bool {
        match self.value_at(c) {
            Value::Literal(literal) => self.c(literal).kind == Kind::String,
            Value::Joined(_) | Value::SomeString => true,
            Value::Unknown | Value::Expression(_) => false,
        }
    }

    /// The string literal that a node is or holds, or begins with.
    fn string_at(&self, c: NodeId) -> Option<NodeId> {
        match self.value_at(c) {
            Value::Literal(literal) | Value::Joined(literal) => {
                (self.c(literal).kind == Kind::String).then_some(literal)
            }
            Value::Unknown | Value::SomeString | Value::Expression(_) => None,
        }
    }

    fn regex_match(&self, number: Word, c: NodeId) -> bool {
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

    /// `a. ...` against `a`, `a.b`, `a.b()` and so on.
    fn member_ellipsis(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let mut at = c;
        loop {
            if self.fuel == 0 || self.node(p, at, false, next, report) {
                return true;
            }
            self.fuel = self.fuel.saturating_sub(1);
            at = match self.c(at).kind {
                Kind::Member => at + 1,
                Kind::Call if self.c(at + 1).kind == Kind::Member => at + 2,
                _ => return false,
            };
        }
    }

    /// `a. ... .b` against `a.b`, `a.c().b` and so on.
    fn member_after_ellipsis(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (p_property, c_property) = (self.p(p + 1).next, self.c(c + 1).next);
        let chain = Goal::Node {
            pattern: p + 1,
            code: c + 1,
            next,
        };
        self.node(p_property, c_property, false, &chain, report)
    }

    /// A name or member chain of the pattern against the path of an imported name: `a.b.c` ends in its last `left`
    /// segments.
    fn path(
        &mut self,
        p: NodeId,
        name: NodeId,
        left: usize,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let Some(last) = left.checked_sub(1) else {
            return false;
        };
        let Some(segment) = self
            .code
            .names
            .path(self.code.tree, self.code.source, name)
            .and_then(|path| path.get(last))
            .copied()
        else {
            return false;
        };
        let pattern = self.p(p);
        if pattern.kind == Kind::MemberEllipsis {
            // `a. ...` is the beginning of the path, however long.
            return (1..=left).any(|left| self.path(p + 1, name, left, next, report));
        }
        let leaf = match pattern.kind {
            Kind::Member => self.p(p + 1).next,
            _ => p,
        };
        let rest = Goal::Path {
            pattern: p + 1,
            name,
            left: last,
            next,
        };
        let next: &Goal<'_> = if pattern.kind == Kind::Member {
            &rest
        } else {
            next
        };
        let leaf = self.p(leaf);
        match leaf.kind {
            Kind::Name | Kind::Property => {
                // A pattern that names an entity alone matches it whatever its module.
                leaf.name == segment.word
                    && leaf.name != Word::NONE
                    && (pattern.kind == Kind::Member || last == 0)
                    && self.solve(next, report)
            }
            Kind::Metavariable if pattern.kind == Kind::Member || last == 0 => self.bind(
                leaf.name,
                Binding::of_text(segment.start, segment.end),
                next,
                report,
            ),
            _ => false,
        }
    }

    fn binary(&mut self, p: NodeId, c: NodeId, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
        let (pattern, code) = (self.p(p), self.c(c));
        if pattern.sub != code.sub {
            return false;
        }
        let (p_left, c_left) = (p + 1, c + 1);
        let (p_right, c_right) = (self.p(p_left).next, self.c(c_left).next);
        // `a + ...` also matches deeper on the left: `a + b + c` is `(a + b) + c`.
        if self.p(p_right).kind == Kind::Ellipsis {
            let deeper = self.c(c_left);
            return self.node(p_left, c_left, false, next, report)
                || (deeper.kind == Kind::Binary
                    && deeper.sub == code.sub
                    && self.binary(p, c_left, next, report));
        }
        if self.options.ac_matching && operator::is_associative(pattern.sub) {
            let (mut ps, mut cs) = (Vec::new(), Vec::new());
            flatten(&self.pattern.tree, p, pattern.sub, &mut ps);
            flatten(self.code.tree, c, pattern.sub, &mut cs);
            if cs.len() > 2 || ps.len() > 2 {
                return self.operands(&ps, &cs, next, report);
            }
        }
        let goal = Goal::Node {
            pattern: p_right,
            code: c_right,
            next,
        };
        if self.node(p_left, c_left, false, &goal, report) {
            return true;
        }
        let symmetric = match pattern.sub {
            known::AND | known::OR => self.options.commutative_boolop,
            known::EQUAL | known::NOT_EQUAL | known::SAME | known::NOT_SAME => {
                self.options.symmetric_eq
            }
            known::BIT_AND | known::BIT_OR | known::BIT_XOR => true,
            _ => false,
        };
        if !symmetric {
            return false;
        }
        let goal = Goal::Node {
            pattern: p_right,
            code: c_left,
            next,
        };
        self.node(p_left, c_right, false, &goal, report)
    }

    /// Operands of `a + b + c`: in order, a metavariable or `...` taking one or more of them.
    fn operands(
        &mut self,
        ps: &[NodeId],
        cs: &[NodeId],
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let Some((&p, p_rest)) = ps.split_first() else {
            return cs.is_empty() && self.solve(next, report);
        };
        let pattern = self.p(p);
        if matches!(pattern.kind, Kind::Metavariable | Kind::Ellipsis) {
            let least = usize::from(pattern.kind == Kind::Metavariable);
            // The longest first: `$A + $B` binds `$A` to all but the last operand, as the tree has it.
            for take in (least..=cs.len().saturating_sub(p_rest.len())).rev() {
                let (taken, left) = cs.split_at(take);
                let rest = Goal::Operands {
                    pattern: p_rest,
                    code: left,
                    next,
                };
                let stop = match (pattern.kind, taken) {
                    (Kind::Metavariable, [only]) => {
                        self.metavariable(pattern, *only, &rest, report)
                    }
                    (Kind::Metavariable, [first, .., last]) => {
                        let value = Binding::of_text(self.c(*first).start, self.c(*last).end);
                        self.bind(pattern.name, value, &rest, report)
                    }
                    _ => self.solve(&rest, report),
                };
                if stop {
                    return true;
                }
            }
            return false;
        }
        let Some((&c, c_rest)) = cs.split_first() else {
            return false;
        };
        let rest = Goal::Operands {
            pattern: p_rest,
            code: c_rest,
            next,
        };
        self.node(p, c, false, &rest, report)
    }

    fn list(
        &mut self,
        (p, p_end): (NodeId, NodeId),
        (c, c_end): (NodeId, NodeId),
        more: bool,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        if p >= p_end {
            return (more || c >= c_end) && self.solve(next, report);
        }
        let pattern = self.p(p);
        let p_rest = (pattern.next, p_end);
        match pattern.kind {
            Kind::Ellipsis => {
                if p_rest.0 >= p_end {
                    return self.solve(next, report);
                }
                let mut at = c;
                loop {
                    let rest = Goal::List {
                        pattern: p_rest,
                        code: (at, c_end),
                        more,
                        next,
                    };
                    if self.solve(&rest, report) {
                        return true;
                    }
                    if at >= c_end {
                        return false;
                    }
                    at = self.c(at).next.max(at + 1);
                }
            }
            Kind::MetavariableEllipsis => {
                let mut at = c;
                loop {
                    let rest = Goal::List {
                        pattern: p_rest,
                        code: (at, c_end),
                        more,
                        next,
                    };
                    let empty_at = self.c(c.saturating_sub(1)).end;
                    let value = Binding::of_list(self.code.tree, c, at, empty_at);
                    if self.bind(pattern.name, value, &rest, report) {
                        return true;
                    }
                    if at >= c_end {
                        return false;
                    }
                    at = self.c(at).next.max(at + 1);
                }
            }
            _ => {
                if c >= c_end {
                    return false;
                }
                let rest = Goal::List {
                    pattern: p_rest,
                    code: (self.c(c).next, c_end),
                    more,
                    next,
                };
                self.node(p, c, false, &rest, report)
            }
        }
    }

    fn set(
        &mut self,
        (p, p_end): (NodeId, NodeId),
        of: NodeId,
        used: Option<&Used<'_>>,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        if p >= p_end {
            return self.solve(next, report);
        }
        let pattern = self.p(p);
        if pattern.kind == Kind::Ellipsis {
            let rest = Goal::Set {
                pattern: (pattern.next, p_end),
                of,
                used,
                next,
            };
            return self.solve(&rest, report);
        }
        let end = self.c(of).next;
        if pattern.kind == Kind::MetavariableEllipsis {
            // Stands for whatever the rest of the pattern leaves: bound as the whole run of members.
            let rest = Goal::Set {
                pattern: (pattern.next, p_end),
                of,
                used,
                next,
            };
            let value = Binding::of_list(self.code.tree, of + 1, end, self.c(of).end);
            return self.bind(pattern.name, value, &rest, report);
        }
        let mut at = of + 1;
        while at < end {
            let code = self.c(at);
            let taken = used.is_some_and(|used| used.contains(at));
            let named = pattern.name == Word::NONE
                || !matches!(pattern.kind, Kind::Pair | Kind::Field | Kind::JsxAttribute)
                || code.name.admits(pattern.name);
            if !taken && named {
                let used = Used { id: at, rest: used };
                let rest = Goal::Set {
                    pattern: (pattern.next, p_end),
                    of,
                    used: Some(&used),
                    next,
                };
                if self.node(p, at, false, &rest, report) {
                    return true;
                }
            }
            if self.fuel == 0 {
                return true;
            }
            at = code.next.max(at + 1);
        }
        false
    }

    /// Statements of a pattern against statements of the code. `open` says that more code may follow what matched.
    fn statements(
        &mut self,
        (p, p_end): (NodeId, NodeId),
        place: Place,
        open: bool,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (c, c_end) = match place {
            Place::List(c, end) | Place::Deep(c, end, _) => (c, end),
        };
        if p >= p_end {
            return (open || c >= c_end) && self.solve(next, report);
        }
        let pattern = self.p(p);
        let p_rest = (pattern.next, p_end);
        match pattern.kind {
            Kind::Ellipsis => {
                if p_rest.0 >= p_end {
                    // Trailing `...`: the whole rest, or for a pattern that reports ranges, each length of it.
                    return self.trailing(place, next, report);
                }
                let before = self.span;
                if before.is_none() && c < c_end {
                    // What a leading `...` skips belongs to the match.
                    let start = self.c(c).start;
                    self.span = Some((start, start));
                }
                let stop = self.skipping(p_rest, place, next, report);
                self.span = before;
                stop
            }
            Kind::MetavariableEllipsis => {
                let mut at = c;
                loop {
                    let rest = Goal::Statements {
                        pattern: p_rest,
                        code: Place::List(at, c_end),
                        open: false,
                        next,
                    };
                    let value =
                        Binding::of_list(self.code.tree, c, at, self.c(c.saturating_sub(1)).end);
                    let stop = self.spanning(
                        value,
                        |this, report| this.bind(pattern.name, value, &rest, report),
                        report,
                    );
                    if stop {
                        return true;
                    }
                    if at >= c_end {
                        return false;
                    }
                    at = self.c(at).next.max(at + 1);
                }
            }
            _ => {
                if c >= c_end {
                    return false;
                }
                let code = self.c(c);
                let after = match place {
                    Place::List(_, end) => Place::List(code.next, end),
                    Place::Deep(_, end, below) => {
                        Place::Deep(self.next_statement(c + 1, end, below), end, below)
                    }
                };
                let rest = Goal::Statements {
                    pattern: p_rest,
                    code: after,
                    open: open || matches!(place, Place::Deep(..)),
                    next,
                };
                let value = Binding::of_node(self.code.tree, c);
                self.spanning(
                    value,
                    |this, report| this.node(p, c, false, &rest, report),
                    report,
                )
            }
        }
    }

    /// Runs `step` with the matched span widened by `value`.
    fn spanning(
        &mut self,
        value: Binding,
        step: impl FnOnce(&mut Self, &mut Report<'_>) -> bool,
        report: &mut Report<'_>,
    ) -> bool {
        let before = self.span;
        if matches!(self.pattern.root, Root::Statements(_)) {
            self.span = Some(match before {
                None => (value.start, value.end),
                Some((start, end)) => (start.min(value.start), end.max(value.end)),
            });
        }
        let stop = step(self, report);
        self.span = before;
        stop
    }

    fn trailing(&mut self, place: Place, next: &Goal<'_>, report: &mut Report<'_>) -> bool {
        let (c, c_end) = match place {
            Place::List(c, end) | Place::Deep(c, end, _) => (c, end),
        };
        let value = Binding::of_list(self.code.tree, c, c_end, 0);
        if c >= c_end {
            return self.solve(next, report);
        }
        self.spanning(value, |this, report| this.solve(next, report), report)
    }

    /// `...` and then more: the rest of the pattern matches further down the list, or at any depth below it.
    fn skipping(
        &mut self,
        p_rest: (NodeId, NodeId),
        place: Place,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let (c, c_end) = match place {
            Place::List(c, end) | Place::Deep(c, end, _) => (c, end),
        };
        let mut at = c;
        let mut nested = false;
        loop {
            let here = match place {
                Place::List(..) => Place::List(at, c_end),
                Place::Deep(.., below) => Place::Deep(at, c_end, below),
            };
            let rest = Goal::Statements {
                pattern: p_rest,
                code: here,
                open: true,
                next,
            };
            if self.solve(&rest, report) {
                return true;
            }
            if at >= c_end || self.fuel == 0 {
                break;
            }
            let following = self.c(at).next.max(at + 1);
            nested |= matches!(place, Place::List(..))
                && self.next_statement(at + 1, following, self.c(at).parent) < following;
            at = match place {
                Place::List(..) => following,
                Place::Deep(.., below) => self.next_statement(at + 1, c_end, below),
            };
        }
        if !nested {
            return false;
        }
        let below = self.c(c).parent;
        let deep = Place::Deep(self.next_statement(c, c_end, below), c_end, below);
        self.skipping(p_rest, deep, next, report)
    }

    /// The first statement below a node from `from` on, in the order of the source; `end` where there is none. To the reference the
    /// statements of a function are none here if it is a property of an object, or a method of a class that is an expression.
    fn next_statement(&self, from: NodeId, end: NodeId, below: NodeId) -> NodeId {
        (from..end)
            .find(|id| {
                let kind = self.c(*id).kind;
                kind.is_statement() && kind != Kind::Block && !self.is_apart(*id, below)
            })
            .unwrap_or(end)
    }

    /// Whether below a node the function that a statement is in, or is, is a property, or the class that it is in an
    /// expression.
    fn is_apart(&self, statement: NodeId, below: NodeId) -> bool {
        let mut at = statement;
        while at > below {
            let node = self.code.tree.node(at);
            let around = self.code.tree.node(node.parent).kind;
            match node.kind {
                Kind::Lambda => return around == Kind::Pair,
                Kind::Function if around != Kind::ClassBody => return around == Kind::Object,
                Kind::Class => return around.is_expression() || around == Kind::Variable,
                _ => at = node.parent,
            }
        }
        false
    }

    /// Whether a cast of the pattern stands for `($X: T)`.
    fn is_typed(&self, p: NodeId) -> bool {
        self.p(p + 1).kind == Kind::Metavariable
            && self
                .pattern
                .text(self.p(p + 1).next)
                .starts_with(crate::tree::marks::TYPED)
    }

    fn typed_name(&self, p: NodeId) -> String {
        self.pattern
            .text(self.p(p + 1).next)
            .trim_start_matches(crate::tree::marks::TYPED)
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim()
            .to_owned()
    }

    /// Whether an expression is known to have a type: by its literal, by `new`, or by the annotation where the file
    /// declares the name.
    pub(crate) fn has_type(&self, c: NodeId, wanted: &str) -> bool {
        has_type(self.code, c, wanted)
    }
}

/// Whether what is in a node of this kind is done when a function is called, and no part of the expression that makes it.
fn is_done_later(kind: Kind) -> bool {
    matches!(kind, Kind::Lambda | Kind::Function | Kind::Class)
}

/// See [`Matcher::has_type`].
pub(crate) fn has_type(code: Code<'_>, c: NodeId, wanted: &str) -> bool {
    let node = code.tree.node(c);
    let says = |id: NodeId| {
        let text = binding::as_text(code.tree.text(id, code.source));
        let text = text.trim_start_matches(':').trim();
        text == wanted
            || text
                .split('<')
                .next()
                .is_some_and(|name| name.trim() == wanted)
    };
    match node.kind {
        Kind::String | Kind::Template => wanted == "string",
        Kind::Number => wanted == "number" || wanted == "int" || wanted == "float",
        Kind::Boolean => wanted == "boolean" || wanted == "bool",
        Kind::Regex => wanted == "RegExp",
        Kind::New => says(c + 1),
        Kind::Cast => code.tree.child(c, 1).is_some_and(says),
        Kind::Name | Kind::Definition => {
            let binding = code.names.binding(code.tree, code.source, c);
            let bindings = code.names.bindings(code.tree, code.source);
            let writes = binding
                .and_then(|binding| bindings.bound(binding))
                .map_or(&[][..], |bound| &bound.writes);
            writes.iter().any(|write| {
                let at = code.tree.node(write.at);
                let declaration = match at.kind {
                    Kind::Definition if at.parent + 1 == write.at => at.parent,
                    _ => write.at,
                };
                let slot = |number| code.tree.child(declaration, number);
                match code.tree.node(declaration).kind {
                    Kind::Parameter => slot(1).is_some_and(says),
                    Kind::Variable => {
                        slot(1).is_some_and(says)
                            || slot(2).is_some_and(|value| {
                                code.tree.node(value).kind != Kind::Name
                                    && has_type(code, value, wanted)
                            })
                    }
                    _ => false,
                }
            })
        }
        _ => false,
    }
}

/// The operands of nested operations of one associative operator, from left to right. The left side nests as deep
/// as the tree, so it is walked in a loop.
fn flatten(tree: &Tree, id: NodeId, operator: u8, operands: &mut Vec<NodeId>) {
    let mut pending = vec![id];
    while let Some(id) = pending.pop() {
        let node = tree.node(id);
        if node.kind == Kind::Binary && node.sub == operator {
            let left = id + 1;
            pending.push(tree.node(left).next);
            pending.push(left);
        } else {
            operands.push(id);
        }
    }
}
