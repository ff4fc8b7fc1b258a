//! `<... ...>`, and expressions that are looked for in the parts of a statement.

use std::rc::Rc;

use super::{Goal, Matcher, Report, statements::is_done_later};
use crate::tree::kind::Kind;
use crate::tree::node::{Node, NodeId};

impl Matcher<'_> {
    /// Any expression in the subtree at `c`.
    pub(super) fn deep(
        &mut self,
        p: NodeId,
        c: NodeId,
        next: &Goal<'_>,
        report: &mut Report<'_>,
    ) -> bool {
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
    pub(super) fn deep_statement(
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
    pub(super) fn implicitly_deep(
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
}
