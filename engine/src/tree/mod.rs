//! The lowered tree: a small language-neutral syntax tree that rules are matched on.
//!
//! Code and patterns become the same tree, so a pattern matches what it looks like: patterns by tree-sitter and
//! `lower`, code mostly by `direct`, which is held against these. Parentheses, quotes, `export` and grammar-specific
//! wrappers are gone; a declaration of two variables is two nodes; every node keeps its bytes' range.

mod construct;
pub(crate) mod direct;
pub(crate) mod fault;
pub(crate) mod kind;
pub(crate) mod lower;
pub(crate) mod marks;
pub(crate) mod node;
pub(crate) mod operator;
mod parser;
pub(crate) mod vocabulary;

pub use kind::Kind;
pub use lower::{MAX_DEPTH, Notes};
pub use node::{Node, NodeId, Tree};
pub use parser::{ParseError, Parser};
pub use vocabulary::{GrowingVocabulary, Vocabulary, Word};
