//! The call graph of one file: its functions, whom each of them calls here and in other files, and what others can call.
//!
//! Made before any flow is followed, so it says what may be called, not what is. The parts of a file are numbered: [`FILE`] is
//! all of it, [`VARIABLES`] what its variables are declared with, which every function sees, and its functions follow.

use super::{Calls, Exports, Foreign};
use crate::matching::taint::Places;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// The part that is the whole file.
pub(crate) const FILE: u32 = 0;
/// The part that is the variables outside of functions.
const VARIABLES: u32 = 1;
/// The number of the first function.
const FIRST_FUNCTION: u32 = 2;

/// A range of bytes.
type Range = (u32, u32);

/// The call graph of one file.
#[derive(Debug, Default)]
pub(crate) struct FileGraph {
    /// Those that are called or exported, in the order of the tree.
    functions: Vec<(NodeId, Range)>,
    /// What variables outside of functions are declared with, but for the functions therein.
    variables: Vec<Range>,
    /// Which part calls or contains which.
    pub(crate) here: Vec<(u32, u32)>,
    /// What is called in other files, and by which parts; sorted.
    pub(crate) there: Vec<(Foreign, Vec<u32>)>,
    /// The functions that others can call, by the path that leads to them; sorted.
    exported: Vec<(String, u32)>,
    /// What is another module's, under a name of this one.
    aliases: Vec<(String, Foreign)>,
    /// Modules of which everything is exported again.
    stars: Vec<String>,
}

impl FileGraph {
    /// The graph of a file with these calls and exports.
    pub(crate) fn new(calls: &Calls<'_>, exports: Exports) -> Self {
        let mut graph = Self {
            functions: functions(calls, &exports),
            variables: variables(calls),
            aliases: exports.aliases,
            stars: exports.stars,
            ..Self::default()
        };
        let exported = exports.functions.into_iter();
        let exported = exported.filter_map(|(path, id)| Some((path, graph.part(id)?)));
        graph.exported = exported.collect();
        graph.here.push((FILE, VARIABLES));
        for (number, (id, _)) in (FIRST_FUNCTION..).zip(graph.functions.clone()) {
            let around = graph.around(calls, calls.tree.node(id).parent);
            graph.here.push((around, number));
            graph.here.push((number, VARIABLES));
        }
        let by_callee = calls.by_callee();
        for (callee, places) in &by_callee.here {
            if let Some(callee) = graph.part(*callee) {
                for at in places {
                    let caller = graph.around(calls, *at);
                    graph.here.push((caller, callee));
                }
            }
        }
        for (callee, places) in &by_callee.there {
            let callers = places.iter().map(|at| graph.around(calls, *at));
            let mut callers: Vec<u32> = callers.collect();
            callers.sort_unstable();
            callers.dedup();
            graph.there.push((callee.clone(), callers));
        }
        graph.here.sort_unstable();
        graph.here.dedup();
        graph
    }

    /// How many parts it has.
    pub(crate) fn len(&self) -> usize {
        self.functions.len() + FIRST_FUNCTION as usize
    }

    /// The function with this number.
    pub(crate) fn function(&self, number: u32) -> Option<NodeId> {
        let at = number.checked_sub(FIRST_FUNCTION)?;
        self.functions.get(at as usize).map(|(id, _)| *id)
    }

    /// The parts that have bytes in common with any of these ranges.
    pub(crate) fn parts_with(&self, ranges: Vec<Range>) -> Vec<u32> {
        if ranges.is_empty() {
            return Vec::new();
        }
        let places = Places::new(ranges);
        let mut parts = vec![FILE];
        if self.variables.iter().any(|range| places.overlap(*range)) {
            parts.push(VARIABLES);
        }
        let functions = self.functions.iter().zip(FIRST_FUNCTION..);
        let with = functions.filter(|((_, range), _)| places.overlap(*range));
        parts.extend(with.map(|(_, number)| number));
        parts
    }

    /// The number of a function that is known to be called or exported.
    fn part(&self, id: NodeId) -> Option<u32> {
        let at = self
            .functions
            .binary_search_by_key(&id, |(function, _)| *function);
        Some(FIRST_FUNCTION + at.ok()? as u32)
    }

    /// The innermost part that a node stands in.
    fn around(&self, calls: &Calls<'_>, mut id: NodeId) -> u32 {
        let mut is_within = false;
        loop {
            let parent = calls.tree.node(id).parent;
            match calls.kind(id) {
                Kind::Function | Kind::Lambda => {
                    is_within = true;
                    if let Some(part) = self.part(id) {
                        return part;
                    }
                }
                Kind::Variable if parent == 0 && !is_within => return VARIABLES,
                _ => {}
            }
            if id == 0 {
                return FILE;
            }
            id = parent;
        }
    }

    /// What a path may lead to: one of the file's own functions, or these of other modules.
    pub(crate) fn named(&self, path: &str) -> Named {
        let at = self
            .exported
            .binary_search_by(|(known, _)| known.as_str().cmp(path));
        if let Some((_, part)) = at.ok().and_then(|at| self.exported.get(at)) {
            return Named::Here(*part);
        }
        let mut found = Vec::new();
        for (name, foreign) in &self.aliases {
            let rest = match path.strip_prefix(name.as_str()) {
                Some("") => "",
                Some(rest) if name.is_empty() => rest,
                Some(rest) => match rest.strip_prefix('.') {
                    Some(rest) => rest,
                    None => continue,
                },
                None => continue,
            };
            found.push(foreign.followed_by(rest));
        }
        // Everything but the default is exported again.
        if path != "default" && !path.starts_with("default.") {
            let stars = self.stars.iter();
            found.extend(stars.map(|module| Foreign::new(module.as_bytes(), path.as_bytes())));
        }
        Named::There(found)
    }
}

/// What a path may lead to.
pub(crate) enum Named {
    /// A function of the file itself.
    Here(u32),
    /// One of these of other modules.
    There(Vec<Foreign>),
}

/// The functions that are called or exported.
fn functions(calls: &Calls<'_>, exports: &Exports) -> Vec<(NodeId, Range)> {
    let called = calls.by_callee().here.iter().map(|(id, _)| *id);
    let mut ids: Vec<NodeId> = called
        .chain(exports.functions.iter().map(|(_, id)| *id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let range = |id: NodeId| (calls.tree.node(id).start, calls.tree.node(id).end);
    ids.into_iter().map(|id| (id, range(id))).collect()
}

/// What variables outside of functions are declared with, but for the functions therein.
fn variables(calls: &Calls<'_>) -> Vec<Range> {
    let tree = calls.tree;
    let mut variables = Vec::new();
    for statement in tree.children(0) {
        let node = tree.node(statement);
        if node.kind != Kind::Variable {
            continue;
        }
        let (mut from, mut id) = (node.start, statement);
        while id < node.next {
            let inner = tree.node(id);
            if matches!(inner.kind, Kind::Function | Kind::Lambda) {
                variables.push((from, inner.start));
                from = inner.end;
                id = inner.next;
            } else {
                id += 1;
            }
        }
        variables.push((from, node.end));
    }
    variables.retain(|range| range.0 < range.1);
    variables
}
