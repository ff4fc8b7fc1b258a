//! Which function a call calls: through declarations, constants, classes, object literals and the imports of a file.
//!
//! Names are looked up, values are not computed: what is assigned more than once, chosen at run time or put together from
//! strings is unknown. Unknown is always a possible answer; a wrong function is not meant to be.

mod by_callee;
mod exports;
mod graph;
mod members;

use std::cell::OnceCell;
use std::sync::Arc;

pub(crate) use self::by_callee::ByCallee;
pub(crate) use self::exports::Exports;
pub(crate) use self::graph::{FILE, FileGraph, Named};
use self::members::{Members, Root};
use super::bindings::{BindingId, Bindings};
use super::names::required_module;
use crate::tree::kind::Kind;
use crate::tree::lower::{DEFAULT_IMPORT, NAMESPACE_IMPORT, REQUIRE_IMPORT};
use crate::tree::node::{NodeId, Tree, flags};

/// Longest chain of names, members and modules that is followed.
const LONGEST_CHAIN: u32 = 12;

/// Something that another module exports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Foreign {
    /// As the import names it.
    pub(crate) module: String,
    /// The names that lead to it, with dots between: `run`, `default.run`; a constructor is `Job.new`, a method of an
    /// instance `Job.#run`. Empty for the module itself.
    pub(crate) path: String,
    is_instance: bool,
}

impl Foreign {
    pub(crate) fn new(module: &[u8], path: &[u8]) -> Self {
        Self {
            module: String::from_utf8_lossy(module).into_owned(),
            path: String::from_utf8_lossy(path).into_owned(),
            is_instance: false,
        }
    }

    /// Whether its module is named by a path, as those of a project are.
    fn is_of_project(&self) -> bool {
        self.module.starts_with('.')
    }

    /// What a path leads to from here; empty for this itself.
    pub(crate) fn followed_by(&self, path: &str) -> Self {
        if path.is_empty() {
            self.clone()
        } else {
            self.clone().member(path)
        }
    }

    fn member(mut self, name: &str) -> Self {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        if self.is_instance {
            self.path.push('#');
        }
        self.path.push_str(name);
        self.is_instance = false;
        self
    }
}

/// What an expression is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Thing {
    /// A [`Kind::Function`] or [`Kind::Lambda`].
    Function(NodeId),
    Class(NodeId),
    /// What `new` makes of a class, or of a function.
    Instance(NodeId),
    /// An object literal.
    Object(NodeId),
    /// `module.exports` of the file itself.
    Exports,
    Foreign(Foreign),
}

/// A function that an expression is.
enum Function {
    Here(NodeId),
    Foreign(Foreign),
}

/// What a call calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// A function of the same file.
    Here(NodeId),
    /// One that a module exports that is named by a path, by its number in [`ByCallee::there`].
    There(u32),
    /// One of a package.
    Elsewhere,
}

/// The calls of one file.
pub(crate) struct Calls<'a> {
    tree: &'a Tree,
    source: &'a [u8],
    bindings: &'a Bindings,
    members: OnceCell<Members>,
    by_callee: OnceCell<Arc<ByCallee>>,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(tree: &'a Tree, source: &'a [u8], bindings: &'a Bindings) -> Self {
        Self {
            tree,
            source,
            bindings,
            members: OnceCell::new(),
            by_callee: OnceCell::new(),
        }
    }

    /// The same where it was found out before who calls what.
    pub(crate) fn known(
        tree: &'a Tree,
        source: &'a [u8],
        bindings: &'a Bindings,
        by_callee: Arc<ByCallee>,
    ) -> Self {
        Self {
            by_callee: OnceCell::from(by_callee),
            ..Self::new(tree, source, bindings)
        }
    }

    /// Every function that is called or handed on as an argument, as far as it is known and may be one of the project.
    pub(crate) fn by_callee(&self) -> &Arc<ByCallee> {
        self.by_callee.get_or_init(|| Arc::new(ByCallee::of(self)))
    }

    fn members(&self) -> &Members {
        let collect = || Members::collect(self.tree, self.source, self.bindings);
        self.members.get_or_init(collect)
    }

    /// Whether an expression is an argument, or in an object that is one.
    fn is_handed_on(&self, id: NodeId) -> bool {
        let mut parent = self.tree.node(id).parent;
        if self.kind(parent) == Kind::Pair {
            parent = self.tree.node(parent).parent;
        }
        if self.kind(parent) == Kind::Object {
            parent = self.tree.node(parent).parent;
        }
        self.kind(parent) == Kind::Arguments
    }

    /// The function that a [`Kind::Call`] or [`Kind::New`] runs, if it is known.
    pub(crate) fn callee(&self, call: NodeId) -> Option<Callee> {
        self.by_callee().of_call(call)
    }

    fn called(&self, call: NodeId) -> Option<Function> {
        let thing = self.thing(call + 1, 0)?;
        if self.kind(call) == Kind::New {
            self.constructor(thing, 0)
        } else {
            function(thing)
        }
    }

    /// The function that an expression is, such as a callback.
    pub(crate) fn function(&self, expression: NodeId) -> Option<Callee> {
        let function = self.function_at(expression)?;
        Some(self.by_callee().callee(&function))
    }

    fn function_at(&self, expression: NodeId) -> Option<Function> {
        self.thing(expression, 0).and_then(function)
    }

    fn constructor(&self, thing: Thing, depth: u32) -> Option<Function> {
        match thing {
            Thing::Function(id) => Some(Function::Here(id)),
            Thing::Class(class) => {
                let own = self.method(class, b"constructor", false);
                own.map(Function::Here).or_else(|| {
                    let parent = self.thing(self.tree.child(class, 1)?, depth + 1)?;
                    self.constructor(parent, depth + 1)
                })
            }
            Thing::Foreign(foreign) => Some(Function::Foreign(foreign.member("new"))),
            _ => None,
        }
    }

    fn kind(&self, id: NodeId) -> Kind {
        self.tree.node(id).kind
    }

    fn text(&self, id: NodeId) -> &'a [u8] {
        self.tree.text(id, self.source)
    }

    fn is_module_exports(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Name => self.text(id) == b"exports" && self.binding(id).is_none(),
            Kind::Member => {
                self.text(id + 1) == b"module"
                    && self.tree.child(id, 1).map(|name| self.text(name)) == Some(b"exports")
            }
            _ => false,
        }
    }

    /// The binding of a name that something declares.
    fn binding(&self, id: NodeId) -> Option<BindingId> {
        let binding = self.bindings.of(self.tree, self.source, id)?;
        let bound = self.bindings.bound(binding)?;
        bound.is_declared.then_some(binding)
    }

    fn thing(&self, id: NodeId, depth: u32) -> Option<Thing> {
        if depth > LONGEST_CHAIN {
            return None;
        }
        if self.is_module_exports(id) {
            return Some(Thing::Exports);
        }
        let deeper = depth + 1;
        match self.kind(id) {
            Kind::Function | Kind::Lambda => Some(Thing::Function(id)),
            Kind::Class => Some(Thing::Class(id)),
            Kind::Object => Some(Thing::Object(id)),
            Kind::Name | Kind::TypeName => self.bound(self.binding(id)?, deeper),
            Kind::This => self.this(id, deeper),
            Kind::Member => {
                let name = self.text(self.tree.child(id, 1)?);
                let is_assigned = matches!(self.kind(id + 1), Kind::Name)
                    .then(|| self.binding(id + 1))
                    .flatten()
                    .and_then(|binding| self.members().get(Root::Binding(binding), name));
                match is_assigned {
                    Some(value) => self.thing(value, deeper),
                    None => self.member(self.thing(id + 1, deeper)?, name, deeper),
                }
            }
            Kind::New => match self.thing(id + 1, deeper)? {
                Thing::Class(class) | Thing::Function(class) => Some(Thing::Instance(class)),
                Thing::Foreign(foreign) => Some(Thing::Foreign(Foreign {
                    is_instance: true,
                    ..foreign
                })),
                _ => None,
            },
            Kind::Call => {
                if let Some(module) = required_module(self.tree, self.source, id) {
                    return self.module(module);
                }
                // `f.bind(x)` is `f`, with fewer parameters where it is given some.
                let is_bind = self.kind(id + 1) == Kind::Member
                    && self.tree.child(id + 1, 1).map(|name| self.text(name)) == Some(b"bind")
                    && self.tree.children(self.tree.child(id, 1)?).count() < 2;
                is_bind.then(|| self.thing(id + 2, deeper)).flatten()
            }
            Kind::Assign if self.is_module_exports(id + 1) => Some(Thing::Exports),
            Kind::Assign => self.thing(self.tree.child(id, 1)?, deeper),
            Kind::Cast | Kind::Await => self.thing(id + 1, deeper),
            _ => None,
        }
    }

    fn module(&self, name: NodeId) -> Option<Thing> {
        if self.kind(name) != Kind::String {
            return None;
        }
        let text = self.text(name);
        let content = text.get(1..text.len().checked_sub(1)?)?;
        Some(Thing::Foreign(Foreign::new(content, b"")))
    }

    /// What a name holds that is written to once.
    fn bound(&self, binding: BindingId, depth: u32) -> Option<Thing> {
        let [write] = self.bindings.bound(binding)?.writes else {
            return None;
        };
        if let Some(value) = write.value {
            return self.thing(value, depth);
        }
        let definition = write.at;
        let parent = self.tree.node(definition).parent;
        match self.kind(parent) {
            Kind::Function if parent + 1 == definition => Some(Thing::Function(parent)),
            Kind::Class if parent + 1 == definition => Some(Thing::Class(parent)),
            Kind::Import => self.imported(parent),
            Kind::Parameter => self.typed(parent, depth),
            Kind::Pair | Kind::Object => self.taken(definition, depth),
            _ => None,
        }
    }

    fn imported(&self, import: NodeId) -> Option<Thing> {
        let Some(Thing::Foreign(module)) = self.module(import + 1) else {
            return None;
        };
        let name = self.tree.child(import, 1)?;
        Some(Thing::Foreign(match self.tree.node(name).sub {
            DEFAULT_IMPORT => module.member("default"),
            NAMESPACE_IMPORT | REQUIRE_IMPORT => module,
            _ => module.member(&String::from_utf8_lossy(self.text(name))),
        }))
    }

    /// A parameter of a type that is a class holds an instance of it.
    fn typed(&self, parameter: NodeId, depth: u32) -> Option<Thing> {
        let named = self.tree.child(parameter, 1)?;
        let named = (named..self.tree.node(named).next)
            .find(|id| matches!(self.kind(*id), Kind::TypeName | Kind::Name))?;
        match self.thing(named, depth)? {
            Thing::Class(class) => Some(Thing::Instance(class)),
            Thing::Foreign(foreign) => Some(Thing::Foreign(Foreign {
                is_instance: true,
                ..foreign
            })),
            _ => None,
        }
    }

    /// A name that is taken out of a value: `const {a: {b}} = value`.
    fn taken(&self, definition: NodeId, depth: u32) -> Option<Thing> {
        let mut keys = Vec::new();
        let mut at = definition;
        if self.kind(self.tree.node(at).parent) == Kind::Object {
            keys.push(self.text(at));
        }
        loop {
            let parent = self.tree.node(at).parent;
            match self.kind(parent) {
                Kind::Pair if parent + 1 != at => keys.push(self.text(parent + 1)),
                Kind::Object => {}
                Kind::Variable if parent + 1 == at => {
                    let mut thing = self.thing(self.tree.child(parent, 2)?, depth)?;
                    for key in keys.into_iter().rev() {
                        thing = self.member(thing, key, depth + 1)?;
                    }
                    return Some(thing);
                }
                _ => return None,
            }
            at = parent;
        }
    }

    /// What `this` is: the instance or object that the method around belongs to.
    fn this(&self, id: NodeId, depth: u32) -> Option<Thing> {
        let mut at = id;
        while at != 0 {
            let parent = self.tree.node(at).parent;
            match (self.kind(at), self.kind(parent)) {
                (Kind::Function | Kind::Field, Kind::ClassBody) => {
                    let class = self.tree.node(parent).parent;
                    let is_static = self.tree.node(at).flags & flags::STATIC != 0;
                    return Some(if is_static {
                        Thing::Class(class)
                    } else {
                        Thing::Instance(class)
                    });
                }
                (Kind::Function, Kind::Object) => return Some(Thing::Object(parent)),
                (Kind::Lambda, Kind::Pair) => {
                    return Some(Thing::Object(self.tree.node(parent).parent));
                }
                (Kind::Lambda, Kind::Assign) if self.kind(parent + 1) == Kind::Member => {
                    let object = parent + 2;
                    let is_prototype = self.kind(object) == Kind::Member
                        && self.tree.child(object, 1).map(|name| self.text(name))
                            == Some(b"prototype");
                    return if is_prototype {
                        match self.thing(object + 1, depth)? {
                            Thing::Class(class) | Thing::Function(class) => {
                                Some(Thing::Instance(class))
                            }
                            _ => None,
                        }
                    } else {
                        self.thing(object, depth)
                    };
                }
                (Kind::Function, _) => return None,
                _ => {}
            }
            at = parent;
        }
        None
    }

    fn member(&self, thing: Thing, name: &[u8], depth: u32) -> Option<Thing> {
        if depth > LONGEST_CHAIN {
            return None;
        }
        let deeper = depth + 1;
        match thing {
            Thing::Foreign(foreign) => Some(Thing::Foreign(
                foreign.member(&String::from_utf8_lossy(name)),
            )),
            Thing::Object(object) => self.property(object, name, deeper),
            Thing::Class(class) => {
                let own = self.method(class, name, true).map(Thing::Function);
                own.or_else(|| self.field(class, name, true, deeper))
                    .or_else(|| self.assigned(class, name, deeper))
            }
            Thing::Function(function) => self.assigned(function, name, deeper),
            Thing::Instance(class) => self.of_instance(class, name, deeper),
            Thing::Exports => {
                if let Some(value) = self.members().get(Root::Exports, name) {
                    return self.thing(value, deeper);
                }
                let whole = self.thing(self.members().module?, deeper)?;
                (whole != Thing::Exports)
                    .then(|| self.member(whole, name, deeper))
                    .flatten()
            }
        }
    }

    /// A member of an object literal.
    fn property(&self, object: NodeId, name: &[u8], depth: u32) -> Option<Thing> {
        for member in self.tree.children(object) {
            match self.kind(member) {
                Kind::Pair if unquoted(self.text(member + 1)) == name => {
                    return self.thing(self.tree.child(member, 1)?, depth);
                }
                Kind::Function if self.text(member + 1) == name => {
                    return Some(Thing::Function(member));
                }
                Kind::Name if self.text(member) == name => return self.thing(member, depth),
                Kind::Spread => {
                    let inner = self.thing(member + 1, depth);
                    let found = inner.and_then(|inner| self.member(inner, name, depth));
                    if let found @ Some(Thing::Function(_) | Thing::Class(_)) = found {
                        return found;
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn of_instance(&self, class: NodeId, name: &[u8], depth: u32) -> Option<Thing> {
        if let Some(method) = self.method(class, name, false) {
            return Some(Thing::Function(method));
        }
        let prototype = [b"prototype.", name].concat();
        self.field(class, name, false, depth)
            .or_else(|| {
                let value = self.members().get(Root::This(class), name)?;
                self.thing(value, depth)
            })
            .or_else(|| self.assigned(class, &prototype, depth))
            .or_else(|| self.injected(class, name, depth))
            .or_else(|| {
                if self.kind(class) != Kind::Class {
                    return None;
                }
                match self.thing(self.tree.child(class, 1)?, depth)? {
                    Thing::Class(parent) | Thing::Function(parent) => (depth < LONGEST_CHAIN)
                        .then(|| self.of_instance(parent, name, depth + 1))?,
                    Thing::Foreign(foreign) => {
                        let foreign = Foreign {
                            is_instance: true,
                            ..foreign
                        };
                        Some(Thing::Foreign(
                            foreign.member(&String::from_utf8_lossy(name)),
                        ))
                    }
                    _ => None,
                }
            })
    }

    /// What is assigned to a member of a class or function by its name.
    fn assigned(&self, of: NodeId, name: &[u8], depth: u32) -> Option<Thing> {
        if !matches!(self.kind(of + 1), Kind::Definition) {
            return None;
        }
        let binding = self.binding(of + 1)?;
        let value = self.members().get(Root::Binding(binding), name)?;
        self.thing(value, depth)
    }

    fn body(&self, class: NodeId) -> Option<NodeId> {
        let body = self.tree.child(class, 2)?;
        (self.kind(class) == Kind::Class && self.kind(body) == Kind::ClassBody).then_some(body)
    }

    fn method(&self, class: NodeId, name: &[u8], is_static: bool) -> Option<NodeId> {
        let body = self.body(class)?;
        self.tree.children(body).find(|member| {
            self.kind(*member) == Kind::Function
                && self.text(member + 1) == name
                && (self.tree.node(*member).flags & flags::STATIC != 0) == is_static
        })
    }

    fn field(&self, class: NodeId, name: &[u8], is_static: bool, depth: u32) -> Option<Thing> {
        let body = self.body(class)?;
        let field = self.tree.children(body).find(|member| {
            self.kind(*member) == Kind::Field
                && self.text(member + 1) == name
                && (self.tree.node(*member).flags & flags::STATIC != 0) == is_static
        })?;
        let value = self.tree.child(field, 2);
        let value = value.and_then(|value| self.thing(value, depth));
        value.or_else(|| self.typed(field, depth))
    }

    /// `constructor(private name: Type)` makes a field of a parameter.
    fn injected(&self, class: NodeId, name: &[u8], depth: u32) -> Option<Thing> {
        let constructor = self.method(class, b"constructor", false)?;
        let parameters = self.tree.child(constructor, 1)?;
        let parameter = self
            .tree
            .children(parameters)
            .find(|parameter| self.text(parameter + 1) == name)?;
        self.typed(parameter, depth)
    }
}

fn function(thing: Thing) -> Option<Function> {
    match thing {
        Thing::Function(id) => Some(Function::Here(id)),
        Thing::Foreign(foreign) => Some(Function::Foreign(foreign)),
        _ => None,
    }
}

/// The name that a key stands for.
fn unquoted(key: &[u8]) -> &[u8] {
    match key {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => key,
    }
}
