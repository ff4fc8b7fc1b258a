//! Typed metavariables, and the types of expressions as far as a file tells them.

use super::{Code, Matcher};
use crate::matching::binding;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

impl Matcher<'_> {
    /// Whether a cast of the pattern stands for `($X: T)`.
    pub(super) fn is_typed(&self, p: NodeId) -> bool {
        self.p(p + 1).kind == Kind::Metavariable
            && self
                .pattern
                .text(self.p(p + 1).next)
                .starts_with(crate::tree::marks::TYPED)
    }

    pub(super) fn typed_name(&self, p: NodeId) -> String {
        self.pattern
            .text(self.p(p + 1).next)
            .trim_start_matches(crate::tree::marks::TYPED)
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim()
            .to_owned()
    }

    /// Whether an expression is known to have a type: by its literal, by `new`, or by the annotation where the file
    /// declares the name.
    pub(crate) fn has_type(&self, c: NodeId, wanted: &str) -> bool {
        has_type(self.code, c, wanted)
    }
}

/// See [`Matcher::has_type`].
pub(crate) fn has_type(code: Code<'_>, c: NodeId, wanted: &str) -> bool {
    let node = code.tree.node(c);
    let says = |id: NodeId| {
        let text = binding::as_text(code.tree.text(id, code.source));
        let text = text.trim_start_matches(':').trim();
        text == wanted
            || text
                .split('<')
                .next()
                .is_some_and(|name| name.trim() == wanted)
    };
    match node.kind {
        Kind::String | Kind::Template => wanted == "string",
        Kind::Number => wanted == "number" || wanted == "int" || wanted == "float",
        Kind::Boolean => wanted == "boolean" || wanted == "bool",
        Kind::Regex => wanted == "RegExp",
        Kind::New => says(c + 1),
        Kind::Cast => code.tree.child(c, 1).is_some_and(says),
        Kind::Name | Kind::Definition => {
            let binding = code.names.binding(code.tree, code.source, c);
            let bindings = code.names.bindings(code.tree, code.source);
            let writes = binding
                .and_then(|binding| bindings.bound(binding))
                .map_or(&[][..], |bound| bound.writes);
            writes.iter().any(|write| {
                let at = code.tree.node(write.at);
                let declaration = match at.kind {
                    Kind::Definition if at.parent + 1 == write.at => at.parent,
                    _ => write.at,
                };
                let slot = |number| code.tree.child(declaration, number);
                match code.tree.node(declaration).kind {
                    Kind::Parameter => slot(1).is_some_and(says),
                    Kind::Variable => {
                        slot(1).is_some_and(says)
                            || slot(2).is_some_and(|value| {
                                code.tree.node(value).kind != Kind::Name
                                    && has_type(code, value, wanted)
                            })
                    }
                    _ => false,
                }
            })
        }
        _ => false,
    }
}
