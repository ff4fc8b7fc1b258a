//! Lists of arguments, elements, parameters, and sets of properties.

use super::{Goal, Matcher, Report, Used};
use crate::matching::binding::Binding;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;
use crate::tree::vocabulary::Word;

impl Matcher<'_> {
    pub(super) fn list(
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

    pub(super) fn set(
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
}
