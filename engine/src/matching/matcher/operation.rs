//! Operations, up to the order and the nesting of their operands.

use super::{Goal, Matcher, Report};
use crate::matching::binding::Binding;
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};
use crate::tree::operator::{self, known};

impl Matcher<'_> {
    pub(super) fn binary(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
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
    pub(super) fn operands(
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
}

/// The operands of nested operations of one associative operator, from left to right. The left side nests as deep
/// as the tree, so it is walked in a loop.
pub(super) fn flatten(tree: &Tree, id: NodeId, operator: u8, operands: &mut Vec<NodeId>) {
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
