//! `dev`, `optional`, `devOptional`, `peer` and `extraneous` of every package, as npm works them out.
//!
//! Every flag is assumed and taken away along the needs: a package is `dev` if all ways to it lead through a
//! `devDependencies`, and so on. `devOptional` is what is needed for development and by something optional: it goes if
//! either is left out alone, not otherwise. What nothing leads to stays `extraneous` and is taken out of the tree.

use std::collections::BTreeSet;

use super::package::Kind;
use super::tree::{Flags, Id, Tree};

/// Works out all flags and takes out what nobody needs.
pub(crate) fn settle(tree: &mut Tree) {
    for id in tree.inventory() {
        tree.node_mut(id).flags = Flags::ALL;
    }
    tree.node_mut(Tree::PROJECT).flags = Flags::default();
    let mut seen = BTreeSet::new();
    let mut queue = vec![Tree::PROJECT];
    while let Some(id) = queue.pop() {
        seen.insert(id);
        let flags = tree.node(id).flags;
        if !flags.extraneous {
            // What is installed below stays, so the packages above do as well.
            let above: Vec<Id> = tree.ancestry(id).skip(1).collect();
            for above in above {
                if !tree.node(above).flags.extraneous {
                    break;
                }
                tree.node_mut(above).flags.extraneous = false;
            }
        }
        if let Some(target) = tree.node(id).target {
            let to = &mut tree.node_mut(target).flags;
            let before = *to;
            to.dev &= flags.dev;
            to.optional &= flags.optional;
            to.dev_optional &= flags.dev_optional;
            to.peer &= flags.peer;
            to.extraneous &= flags.extraneous;
            if before != *to || !seen.contains(&target) {
                queue.push(target);
            }
            continue;
        }
        for edge in tree.edges(id) {
            let kind = tree.need(edge).kind;
            let Some(to) = tree.to(edge) else { continue };
            let (peer, optional, dev) = (kind.is_peer(), kind.is_optional(), kind == Kind::Dev);
            let target = &mut tree.node_mut(to).flags;
            let before = *target;
            if !(flags.extraneous || (peer && optional)) {
                target.extraneous = false;
            }
            if !(flags.dev || dev) {
                target.dev = false;
            }
            if !(flags.optional || optional) {
                target.optional = false;
            }
            if !(flags.dev_optional || flags.dev || flags.optional || dev || optional) {
                target.dev_optional = false;
            }
            if !(flags.peer || peer) {
                target.peer = false;
            }
            if before != *target {
                queue.push(to);
            }
        }
    }
    for id in seen {
        let flags = &mut tree.node_mut(id).flags;
        if flags.dev || flags.optional {
            flags.dev_optional = false;
        }
    }
    for id in tree.inventory() {
        // Folders of the project stay, whoever needs them.
        if tree.in_project(id) && tree.node(id).flags.extraneous && !tree.is_top(id) {
            tree.detach(id);
        }
    }
}
