//! What a grammar could not place in a text, and what it had to add to it.

use tree_sitter::{Node, Tree};

/// Calls `visit` with each fault of a parsed text, in order; if it says so, with those inside too.
pub(crate) fn each(parsed: &Tree, mut visit: impl FnMut(Node<'_>) -> bool) {
    let mut cursor = parsed.walk();
    loop {
        let node = cursor.node();
        let is_fault = node.is_error() || node.is_missing();
        let goes_on = !is_fault || visit(node);
        if goes_on && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
