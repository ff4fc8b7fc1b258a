//! Chains of members: `a. ... .b`, and chains of a pattern that an import is a name for.

use super::{Goal, Matcher, Report};
use crate::matching::binding::Binding;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;
use crate::tree::vocabulary::Word;

impl Matcher<'_> {
    /// `a. ...` against `a`, `a.b`, `a.b()` and so on.
    pub(super) fn member_ellipsis(
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
    pub(super) fn member_after_ellipsis(
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
    pub(super) fn path(
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
}
