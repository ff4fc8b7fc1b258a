//! Sources that are any parameter of any function.
//!
//! Such a rule says that nothing is known of the callers. Where callers are followed this is no longer so, and what a
//! caller hands on is within its own function a source of the rule already: these rules have nothing to gain between
//! functions.

use super::CompiledTaint;
use super::asked::asked_for;
use crate::matching::compiled::Compiled;
use crate::pattern::{Pattern, Root};
use crate::tree::kind::Kind;

/// Whether all data of a rule comes from parameters, whatever the function.
pub(crate) fn is_within_functions(taint: &CompiledTaint) -> bool {
    let mut asked = Vec::new();
    for sink in &taint.sinks {
        asked_for(&sink.requires, true, &mut asked);
    }
    // Others only stand against what comes from these, or come from them.
    let mut first = taint.sources.iter().filter(|source| {
        let label = taint.labels.get(source.label as usize);
        source.requires.is_none() && label.is_some_and(|label| asked.contains(&label.as_str()))
    });
    first.all(|source| is_any_parameter(&source.formula))
}

fn is_any_parameter(source: &Compiled) -> bool {
    match source {
        Compiled::Any(branches) => branches.iter().all(is_any_parameter),
        Compiled::All { terms, focus, .. } => {
            let focused = focus.iter().find_map(|names| names.first().copied());
            let held = focused.or_else(|| terms.iter().find_map(metavariable));
            held.is_some_and(|held| terms.iter().any(|term| binds_any_parameter(term, held)))
        }
        _ => false,
    }
}

/// The metavariable that a pattern is.
fn metavariable(term: &Compiled) -> Option<u32> {
    let Compiled::Pattern(pattern, ..) = term else {
        return None;
    };
    let Root::Node(root) = pattern.root else {
        return None;
    };
    let node = pattern.tree.node(root);
    (node.kind == Kind::Metavariable).then(|| node.name.index())
}

fn binds_any_parameter(term: &Compiled, held: u32) -> bool {
    match term {
        Compiled::Pattern(pattern, ..) => has_any_parameter(pattern, held),
        Compiled::Inside(inner) => binds_any_parameter(inner, held),
        Compiled::Any(branches) => branches.iter().all(|term| binds_any_parameter(term, held)),
        Compiled::All { terms, .. } => terms.iter().any(|term| binds_any_parameter(term, held)),
        _ => false,
    }
}

/// Whether a pattern has the metavariable among parameters that may be any: `function ... (..., $X, ...) {...}`.
fn has_any_parameter(pattern: &Pattern, held: u32) -> bool {
    let tree = &pattern.tree;
    tree.iter().any(|(id, node)| {
        if node.kind != Kind::Metavariable || node.name.index() != held {
            return false;
        }
        let mut at = id;
        while at != 0 && tree.node(at).kind != Kind::Parameters {
            at = tree.node(at).parent;
            if matches!(tree.node(at).kind, Kind::Block | Kind::Arguments) {
                return false;
            }
        }
        let inside = at..tree.node(at).next;
        at != 0
            && inside
                .into_iter()
                .any(|id| tree.node(id).kind == Kind::Ellipsis)
    })
}
