//! Values that carry no text: numbers and truth values, whatever they are computed of.
//!
//! Between functions such values are taken for harmless. Within one function the rules' reference carries taint through
//! them, unless a rule says otherwise, and so does Cortex there.

use super::flow::Flow;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;
use crate::tree::operator;

const PROPERTIES: &[&[u8]] = &[b"length", b"size", b"byteLength"];
const FUNCTIONS: &[&[u8]] = &[
    b"Number",
    b"parseInt",
    b"parseFloat",
    b"Boolean",
    b"isNaN",
    b"isFinite",
];
const METHODS: &[&[u8]] = &[
    b"includes",
    b"startsWith",
    b"endsWith",
    b"has",
    b"hasOwnProperty",
    b"test",
    b"indexOf",
    b"lastIndexOf",
    b"findIndex",
    b"some",
    b"every",
    b"charCodeAt",
    b"localeCompare",
    b"isArray",
    b"isInteger",
    b"parseInt",
    b"parseFloat",
    b"getTime",
];
const NUMBERS: &[&str] = &["-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"];
const OF_ONE: &[&str] = &["!", "-", "+", "~", "typeof", "void", "delete"];

impl Flow<'_> {
    pub(super) fn is_scalar(&self, id: NodeId) -> bool {
        let operator = self.tree().node(id).sub;
        let is_one = |of: &[&str]| of.contains(&operator::text(operator));
        match self.kind(id) {
            Kind::Update => true,
            Kind::Unary => is_one(OF_ONE),
            Kind::Binary => operator::is_comparison(operator) || is_one(NUMBERS),
            Kind::Member => self.is_named(self.tree().child(id, 1), PROPERTIES),
            Kind::Call if self.kind(id + 1) == Kind::Name => FUNCTIONS.contains(&self.text(id + 1)),
            Kind::Call if self.kind(id + 1) == Kind::Member => {
                self.text(id + 2) == b"Math" || self.is_named(self.tree().child(id + 1, 1), METHODS)
            }
            _ => false,
        }
    }

    fn is_named(&self, id: Option<NodeId>, names: &[&[u8]]) -> bool {
        id.is_some_and(|id| names.contains(&self.text(id)))
    }
}
