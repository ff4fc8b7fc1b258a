//! Nodes while a file is read: in post-order, each with the size of its subtree.
//!
//! A construct such as `a.b` gets its parent after its first child; in post-order that costs nothing, and the children
//! of a node are what was written since it began. [`Items::emit`] turns it into the tree's pre-order in one pass from the end.

use super::{Parsed, Unsure};
use crate::tree::MAX_DEPTH;
use crate::tree::kind::Kind;
use crate::tree::node::Node;
use crate::tree::vocabulary::Word;

/// A node without its place in the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) name: Word,
    /// How many nodes its subtree has, itself counted.
    pub(super) size: u32,
    pub(super) kind: Kind,
    pub(super) sub: u8,
    pub(super) flags: u16,
    /// Levels of the grammar's tree between this node and its parent that have no node: parentheses and such.
    pub(super) levels: u16,
}

/// A node whose children are being written.
#[derive(Clone, Copy)]
pub(super) struct Open {
    id: u32,
    /// Before which node the next child ends; children are written from the last to the first.
    end: u32,
    depth: u32,
}

/// Writes `items` into `nodes` in pre-order. Unsure where something nests so deep that the lowering would stop.
pub(super) fn emit(items: &[Item], nodes: &mut Vec<Node>, stack: &mut Vec<Open>) -> Parsed {
    nodes.clear();
    nodes.resize(items.len(), Node::NOTHING);
    stack.clear();
    let mut open = Open {
        id: u32::MAX,
        end: items.len() as u32,
        depth: 0,
    };
    for item in items.iter().rev() {
        while open.end == open.id.wrapping_add(1) {
            open = stack.pop().ok_or(Unsure)?;
        }
        let next = open.end;
        let id = next.checked_sub(item.size).ok_or(Unsure)?;
        let depth = open.depth + u32::from(item.levels);
        if depth >= MAX_DEPTH {
            return Err(Unsure);
        }
        let node = nodes.get_mut(id as usize).ok_or(Unsure)?;
        *node = Node {
            start: item.start,
            end: item.end,
            next,
            parent: if open.id == u32::MAX { 0 } else { open.id },
            name: item.name,
            kind: item.kind,
            sub: item.sub,
            flags: item.flags,
        };
        open.end = id;
        if item.size > 1 {
            stack.push(open);
            open = Open {
                id,
                end: next,
                depth: depth + 1,
            };
        }
    }
    Ok(())
}
