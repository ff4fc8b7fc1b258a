//! Holding a pattern against code.
//!
//! Matching is a search: `f(..., $X, ..., $X)` may bind `$X` in several ways, and a choice made early may fail late.
//! What is still to be matched is kept as a list of goals on the stack, linked from the next one on; when none is
//! left, a match is complete and is reported; then the search goes back and tries the next choice. Nothing is
//! allocated on the way, and a step budget bounds the whole.

mod chain;
mod deep;
mod equivalence;
mod kind;
mod list;
mod metavariable;
mod operation;
mod statements;
mod typed;

use std::rc::Rc;

pub(crate) use self::statements::is_done_later;
pub(crate) use self::typed::has_type;
use crate::matching::binding::{self, Binding};
use crate::matching::compiled::{CompiledRule, CompiledRules};
use crate::matching::names::Names;
use crate::matching::narrow::{Bound, Filter};
use crate::matching::values::Value;
use crate::pattern::{Pattern, Root};
use crate::rules::regex::Regex;
use crate::rules::rule::RuleOptions;
use crate::tree::kind::Kind;
use crate::tree::node::{Node, NodeId, Tree, flags};
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
    /// Expressions that what metavariables are bound to has to match for a match to count.
    pub(super) filters: &'a [Filter<'a>],
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
            filters: &[],
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

    #[inline]
    fn p(&self, id: NodeId) -> Node {
        *self.pattern.tree.node(id)
    }

    #[inline]
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
            if !Bound::admits(self.bound, number.index(), &value, self.code)
                || !Filter::all_admit_soon(self.filters, number.index(), &value, self.code.source)
            {
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
}
