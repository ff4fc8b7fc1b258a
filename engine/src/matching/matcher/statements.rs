//! Statements that follow each other, with whatever `...` skips between them.

use super::{Goal, Matcher, Place, Report};
use crate::matching::binding::Binding;
use crate::pattern::Root;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

impl Matcher<'_> {
    /// Statements of a pattern against statements of the code. `open` says that more code may follow what matched.
    pub(super) fn statements(
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
}

/// Whether what is in a node of this kind is done when a function is called, and no part of the expression that makes it.
pub(crate) fn is_done_later(kind: Kind) -> bool {
    matches!(kind, Kind::Lambda | Kind::Function | Kind::Class)
}
