//! What a file exports: the functions that other files can call, by the names that lead to them.

use super::members::Root;
use super::{Calls, Foreign, Thing, unquoted};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, flags};

/// Deepest nesting of exported objects.
const DEEPEST: u32 = 2;
/// Most functions of one file.
const MOST_FUNCTIONS: usize = 2_000;

/// The exports of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exports {
    /// By the path that [`Foreign::path`] has for it.
    pub(crate) functions: Vec<(String, NodeId)>,
    /// What is another module's, under a name of this one.
    pub(crate) aliases: Vec<(String, Foreign)>,
    /// Modules of which everything is exported again.
    pub(crate) stars: Vec<String>,
}

impl Exports {
    /// The exports of the file that the calls are of.
    pub(crate) fn of(calls: &Calls<'_>) -> Self {
        let mut exports = Self::default();
        for id in calls.tree.children(0) {
            match calls.kind(id) {
                Kind::Export => exports.list(calls, id),
                Kind::ExportDefault => exports.expression(calls, "default", id + 1),
                _ if calls.tree.node(id).flags & flags::EXPORTED != 0 => {
                    exports.declaration(calls, id);
                }
                _ => {}
            }
        }
        if let Some(module) = calls.members().module {
            exports.expression(calls, "", module);
        }
        for (name, value) in calls.members().of(Root::Exports) {
            exports.expression(calls, &String::from_utf8_lossy(name), value);
        }
        // Stable: a method of the class itself stands before one that it inherits.
        exports.functions.sort_by(|a, b| a.0.cmp(&b.0));
        exports.functions.dedup_by(|a, b| a.0 == b.0);
        exports
    }

    fn declaration(&mut self, calls: &Calls<'_>, id: NodeId) {
        let before = calls.tree.node(id).start as usize;
        let before = calls.source.get(..before).unwrap_or_default();
        if before.trim_ascii_end().ends_with(b"default") {
            self.thing(calls, "default", calls.thing(id, 0), 0);
        }
        let name = id + 1;
        if calls.kind(name) == Kind::Definition {
            let text = String::from_utf8_lossy(calls.text(name)).into_owned();
            match calls.kind(id) {
                Kind::Variable => {
                    if let Some(value) = calls.tree.child(id, 2) {
                        self.expression(calls, &text, value);
                    }
                    if let Some(binding) = calls.binding(name) {
                        self.assigned(calls, &text, Root::Binding(binding), 0);
                    }
                }
                _ => self.thing(calls, &text, calls.thing(id, 0), 0),
            }
        }
    }

    /// `export {a, b as c} from 'm'`, `export * from 'm'`.
    fn list(&mut self, calls: &Calls<'_>, export: NodeId) {
        let inside = || export + 1..calls.tree.node(export).next;
        let module = calls
            .tree
            .children(export)
            .find_map(|id| match calls.module(id) {
                Some(Thing::Foreign(module)) => Some(module),
                _ => None,
            });
        let mut has_names = false;
        for specifier in inside() {
            let names: Vec<NodeId> = calls.tree.children(specifier).collect();
            let is_specifier = calls.kind(specifier) == Kind::Other
                && names.iter().all(|name| calls.kind(*name) == Kind::Name);
            let (Some(first), Some(last), true) = (names.first(), names.last(), is_specifier)
            else {
                continue;
            };
            has_names = true;
            let exported = String::from_utf8_lossy(calls.text(*last)).into_owned();
            let is_namespace = calls.text(specifier).starts_with(b"*");
            match &module {
                Some(module) if is_namespace => self.aliases.push((exported, module.clone())),
                Some(module) => {
                    let name = String::from_utf8_lossy(calls.text(*first));
                    self.aliases.push((exported, module.clone().member(&name)));
                }
                None => self.expression(calls, &exported, *first),
            }
        }
        if let (Some(module), false) = (module, has_names) {
            self.stars.push(module.module);
        }
    }

    fn expression(&mut self, calls: &Calls<'_>, name: &str, value: NodeId) {
        self.thing(calls, name, calls.thing(value, 0), 0);
        if calls.kind(value) == Kind::Name
            && let Some(binding) = calls.binding(value)
        {
            self.assigned(calls, name, Root::Binding(binding), 0);
        }
    }

    /// Adds what a name leads to.
    fn thing(&mut self, calls: &Calls<'_>, name: &str, thing: Option<Thing>, depth: u32) {
        let Some(thing) = thing.filter(|_| depth <= DEEPEST) else {
            return;
        };
        if self.functions.len() >= MOST_FUNCTIONS {
            return;
        }
        match thing {
            Thing::Function(id) => {
                self.functions.push((name.to_owned(), id));
                self.functions.push((join(name, "new"), id));
                self.of_definition(calls, name, id, depth);
            }
            Thing::Class(class) => {
                self.class(calls, name, class, false, depth);
                self.of_definition(calls, name, class, depth);
            }
            Thing::Instance(class) => self.class(calls, name, class, true, depth),
            Thing::Object(object) => {
                for member in calls.tree.children(object) {
                    let (key, value) = match calls.kind(member) {
                        Kind::Pair => (
                            unquoted(calls.text(member + 1)),
                            calls.tree.child(member, 1),
                        ),
                        Kind::Function => (calls.text(member + 1), Some(member)),
                        Kind::Name => (calls.text(member), Some(member)),
                        Kind::Spread => {
                            let inner = calls.thing(member + 1, 0);
                            match inner {
                                Some(Thing::Foreign(foreign)) if foreign.path.is_empty() => {
                                    self.stars.push(foreign.module);
                                }
                                inner => self.thing(calls, name, inner, depth + 1),
                            }
                            continue;
                        }
                        _ => continue,
                    };
                    let key = String::from_utf8_lossy(key);
                    let value = value.and_then(|value| calls.thing(value, 0));
                    self.thing(calls, &join(name, &key), value, depth + 1);
                }
            }
            Thing::Foreign(foreign) => self.aliases.push((name.to_owned(), foreign)),
            Thing::Exports => {}
        }
    }

    fn class(
        &mut self,
        calls: &Calls<'_>,
        name: &str,
        class: NodeId,
        is_instance: bool,
        depth: u32,
    ) {
        if let (Some(super::Function::Here(constructor)), false) =
            (calls.constructor(Thing::Class(class), 0), is_instance)
        {
            self.functions.push((join(name, "new"), constructor));
        }
        let Some(body) = calls.body(class) else {
            return;
        };
        for member in calls.tree.children(body) {
            let is_static = calls.tree.node(member).flags & flags::STATIC != 0;
            let text = String::from_utf8_lossy(calls.text(member + 1));
            let function = match calls.kind(member) {
                Kind::Function => Some(Thing::Function(member)),
                Kind::Field => calls
                    .tree
                    .child(member, 2)
                    .and_then(|value| calls.thing(value, 0)),
                _ => None,
            };
            let Some(Thing::Function(function)) = function else {
                continue;
            };
            let path = match (is_static, is_instance) {
                (false, true) | (true, false) => text.into_owned(),
                (false, false) => format!("#{text}"),
                (true, true) => continue,
            };
            self.functions.push((join(name, &path), function));
        }
        // What it inherits.
        let parent = calls
            .tree
            .child(class, 1)
            .and_then(|parent| calls.thing(parent, 0));
        let parent = match (parent, is_instance) {
            (Some(Thing::Class(parent)), true) => Some(Thing::Instance(parent)),
            (parent @ Some(Thing::Class(_)), false) => parent,
            _ => None,
        };
        self.thing(calls, name, parent, depth + 1);
    }

    /// What is assigned to members of a function or class.
    fn of_definition(&mut self, calls: &Calls<'_>, name: &str, id: NodeId, depth: u32) {
        if calls.kind(id + 1) == Kind::Definition
            && let Some(binding) = calls.binding(id + 1)
        {
            self.assigned(calls, name, Root::Binding(binding), depth);
        }
    }

    fn assigned(&mut self, calls: &Calls<'_>, name: &str, root: Root, depth: u32) {
        for (member, value) in calls.members().of(root) {
            let member = String::from_utf8_lossy(member);
            let path = match member.strip_prefix("prototype.") {
                Some(method) => format!("#{method}"),
                None => member.into_owned(),
            };
            self.thing(calls, &join(name, &path), calls.thing(value, 0), depth + 1);
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
