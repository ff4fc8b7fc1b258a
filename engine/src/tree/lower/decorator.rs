//! Decorators: they follow the slots of what they decorate, whichever side of it the grammar has them on.

use tree_sitter::TreeCursor;

use super::{Builder, Form};
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

impl<'t> Builder<'t, '_, '_> {
    /// Lowers the decorators among the children of what the cursor is on.
    pub(super) fn own_decorators(&mut self, id: NodeId) {
        self.each_child(|this, form| {
            if form == Form::Decorator {
                this.one(id);
            }
        });
        self.begin_at_decorators(id);
    }

    /// Lowers members of which some are decorators of the next.
    pub(super) fn decorated_list(&mut self, id: NodeId) {
        let mut decorators = Vec::new();
        self.each_child(|this, form| match form {
            Form::Token(_) | Form::Keyword(_) => {}
            Form::Decorator => decorators.push(this.cursor.clone()),
            _ => {
                let first = this.nodes.len();
                this.lower(id);
                this.decorate(first, &mut decorators);
            }
        });
    }

    /// Puts decorators, each given as a cursor on it, below the node that was lowered last, at `first`.
    pub(super) fn decorate(&mut self, first: usize, decorators: &mut Vec<TreeCursor<'t>>) {
        let id = first as NodeId;
        let can_be = self.get(id).is_some_and(|node| {
            matches!(node.kind, Kind::Class | Kind::Function | Kind::Field)
                && node.next as usize == self.nodes.len()
        });
        if decorators.is_empty() || !can_be {
            decorators.clear();
            return;
        }
        for decorator in decorators.drain(..) {
            let cursor = std::mem::replace(&mut self.cursor, decorator);
            self.one(id);
            self.cursor = cursor;
        }
        self.close(id);
        self.begin_at_decorators(id);
    }

    /// A decorated declaration begins at its first decorator.
    fn begin_at_decorators(&mut self, id: NodeId) {
        let first = self
            .nodes
            .iter()
            .skip(id as usize + 1)
            .filter(|node| node.parent == id && node.kind == Kind::Decorator)
            .map(|node| node.start)
            .min();
        if let Some(first) = first {
            self.update(id, |node| node.start = node.start.min(first));
        }
    }
}
