//! Who is called where in a file, found out once for all rules.

use std::collections::BTreeMap;

use super::{Callee, Calls, Foreign, Function};
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// The functions that a file calls or hands on, each with the nodes where it does.
#[derive(Debug, Default)]
pub(crate) struct ByCallee {
    /// Its own; in the order of the tree.
    pub(crate) here: Vec<(NodeId, Vec<NodeId>)>,
    /// Those of modules that are named by a path; sorted.
    pub(crate) there: Vec<(Foreign, Vec<NodeId>)>,
    /// By call, in the order of the tree, those of which it is known what they call.
    callees: Vec<(NodeId, Callee)>,
}

impl ByCallee {
    pub(super) fn of(calls: &Calls<'_>) -> Self {
        let mut here: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        let mut there: BTreeMap<Foreign, Vec<NodeId>> = BTreeMap::new();
        let mut called = Vec::new();
        for (id, node) in calls.tree.iter() {
            let (function, handed_on) = match node.kind {
                // `f.bind(x)` may be handed on too.
                Kind::Call if calls.is_handed_on(id) => (calls.called(id), calls.function_at(id)),
                Kind::Call | Kind::New => (calls.called(id), None),
                Kind::Name | Kind::Member if calls.is_handed_on(id) => {
                    (None, calls.function_at(id))
                }
                _ => continue,
            };
            for function in function.iter().chain(&handed_on) {
                match function {
                    Function::Here(function) => here.entry(*function).or_default().push(id),
                    Function::Foreign(foreign) if foreign.is_of_project() => {
                        match there.get_mut(foreign) {
                            Some(places) => places.push(id),
                            None => {
                                there.insert(foreign.clone(), vec![id]);
                            }
                        }
                    }
                    Function::Foreign(_) => {}
                }
            }
            called.extend(function.map(|function| (id, function)));
        }
        let mut by_callee = Self {
            here: here.into_iter().collect(),
            there: there.into_iter().collect(),
            callees: Vec::new(),
        };
        let callees = called.iter();
        let callees = callees.map(|(call, function)| (*call, by_callee.callee(function)));
        by_callee.callees = callees.collect();
        by_callee
    }

    /// What a call calls, if that is known.
    pub(super) fn of_call(&self, call: NodeId) -> Option<Callee> {
        let at = self.callees.binary_search_by_key(&call, |(id, _)| *id);
        self.callees.get(at.ok()?).map(|(_, callee)| *callee)
    }

    /// A function in terms of this.
    pub(super) fn callee(&self, function: &Function) -> Callee {
        let foreign = match function {
            Function::Here(function) => return Callee::Here(*function),
            Function::Foreign(foreign) => foreign,
        };
        let at = self.there.binary_search_by(|(known, _)| known.cmp(foreign));
        at.map_or(Callee::Elsewhere, |at| Callee::There(at as u32))
    }

    /// The memory that it takes, in bytes, near enough.
    pub(crate) fn memory(&self) -> usize {
        let here = self.here.iter().map(|(_, places)| size_of_val(&**places));
        let there = self.there.iter().map(|(foreign, places)| {
            foreign.module.len() + foreign.path.len() + size_of_val(&**places)
        });
        size_of_val(&*self.here)
            + size_of_val(&*self.there)
            + size_of_val(&*self.callees)
            + here.chain(there).sum::<usize>()
    }
}
