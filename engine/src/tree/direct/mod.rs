//! The fast front end: from bytes to the lowered tree without a concrete tree in between.
//!
//! A scanner that makes tokens on demand and a parser by recursive descent write the nodes that tree-sitter and
//! `lower` would have written, node for node, many times faster. What they do not know for certain is [`Unsure`], and the caller
//! takes the other way: a syntax error, deep nesting, anything rare. So nothing here has to recover, and a construct that
//! is missing costs time, not findings.
//!
//! Time and stack are bounded whatever the bytes are: recursion is counted, and what is read twice (an arrow function
//! that looked like parentheses) is paid for from a budget in proportion to the file.

mod arrow;
mod binding;
mod class;
mod declaration;
mod expression;
mod function;
mod function_types;
mod generics;
mod items;
mod jsx;
mod lexer;
mod literal;
mod loops;
mod members;
mod module;
mod node;
mod operand;
mod semicolon;
mod statement;
#[cfg(test)]
mod tests;
mod token;
mod types;

use memchr::{memchr, memmem};

use self::items::{Item, Open};
use self::token::{T, Token};
use super::kind::Kind;
use super::node::Tree;
use super::vocabulary::Vocabulary;
use crate::language::Dialect;

/// Not known for certain: the caller asks tree-sitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsure;

type Parsed<T = ()> = Result<T, Unsure>;

/// How deep constructs may nest here. Below what the lowering allows, so that the stack stays small.
const MAX_NESTING: u32 = 200;

/// Buffers of the front end, kept from file to file.
#[derive(Default)]
pub(crate) struct Buffers {
    items: Vec<Item>,
    open: Vec<Open>,
}

/// Reads `source` into `tree`; if it is unsure, what the tree then holds is of no use.
pub(crate) fn parse(
    source: &[u8],
    dialect: Dialect,
    vocabulary: &Vocabulary,
    buffers: &mut Buffers,
    tree: &mut Tree,
) -> Result<(), Unsure> {
    let unreadable = source.len() >= u32::MAX as usize / 2
        || memchr(0, source).is_some()
        || std::str::from_utf8(source).is_err()
        // The ends of lines that only JavaScript knows.
        || memmem::find(source, b"\xe2\x80\xa8").is_some()
        || memmem::find(source, b"\xe2\x80\xa9").is_some();
    if unreadable {
        return Err(Unsure);
    }
    buffers.items.clear();
    tree.parentheses.clear();
    let mut reader = Reader {
        source,
        vocabulary,
        types: dialect != Dialect::JavaScript,
        markup: dialect != Dialect::TypeScript,
        items: std::mem::take(&mut buffers.items),
        parentheses: std::mem::take(&mut tree.parentheses),
        token: Token {
            kind: T::End,
            newline: false,
            comment: false,
            start: 0,
            end: 0,
        },
        last_end: 0,
        nesting: 0,
        uncovered: 0,
        no_in: false,
        in_conditional: false,
        type_context: 0,
        asserts_operand: false,
        takes_types: false,
        budget: source.len() + 10_000,
    };
    let outcome = reader.program();
    #[cfg(test)]
    FURTHEST.set(FURTHEST.get().max(reader.token.start as usize));
    buffers.items = reader.items;
    tree.parentheses = reader.parentheses;
    outcome?;
    items::emit(&buffers.items, &mut tree.nodes, &mut buffers.open)?;
    tree.parentheses.sort_by_key(|(inner, _)| *inner);
    Ok(())
}

#[cfg(test)]
thread_local! {
    static FURTHEST: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How far this thread's files since the last question were read, for tests that look for what is missing.
#[cfg(test)]
fn gave_up_at() -> usize {
    FURTHEST.replace(0)
}

/// What is read, how far, and what came of it.
struct Reader<'s> {
    source: &'s [u8],
    vocabulary: &'s Vocabulary,
    /// Whether the dialect has types.
    types: bool,
    /// Whether the dialect has JSX.
    markup: bool,
    items: Vec<Item>,
    parentheses: Vec<((u32, u32), (u32, u32))>,
    /// The token to take next.
    token: Token,
    /// Where what was taken last ends.
    last_end: u32,
    nesting: u32,
    /// How many `{a = 1}` were met in what looked like objects and have to turn out to be patterns.
    uncovered: u32,
    /// Whether `in` ends the expression: the head of a `for`.
    no_in: bool,
    /// Whether a `:` may belong to a conditional around the expression.
    in_conditional: bool,
    /// What is around the type that is being read; see `types`.
    type_context: u8,
    /// Whether a `!` after an operand belongs to that operand alone: the grammar has it bind more weakly than
    /// operators before the operand.
    asserts_operand: bool,
    /// The same for type arguments.
    takes_types: bool,
    /// How many bytes may be read again.
    budget: usize,
}

/// A place to go back to.
#[derive(Clone, Copy)]
struct Checkpoint {
    token: Token,
    last_end: u32,
    items: usize,
    parentheses: usize,
    nesting: u32,
    uncovered: u32,
    no_in: bool,
    in_conditional: bool,
    type_context: u8,
    asserts_operand: bool,
    takes_types: bool,
}

impl Reader<'_> {
    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            token: self.token,
            last_end: self.last_end,
            items: self.items.len(),
            parentheses: self.parentheses.len(),
            nesting: self.nesting,
            uncovered: self.uncovered,
            no_in: self.no_in,
            in_conditional: self.in_conditional,
            type_context: self.type_context,
            asserts_operand: self.asserts_operand,
            takes_types: self.takes_types,
        }
    }

    /// Forgets what was read since, and pays for it.
    fn go_back(&mut self, to: &Checkpoint) -> Parsed {
        #[cfg(test)]
        FURTHEST.set(FURTHEST.get().max(self.token.start as usize));
        let read = (self.token.end as usize).saturating_sub(to.token.start as usize);
        self.budget = self.budget.checked_sub(read + 8).ok_or(Unsure)?;
        self.token = to.token;
        self.last_end = to.last_end;
        self.items.truncate(to.items);
        self.parentheses.truncate(to.parentheses);
        self.nesting = to.nesting;
        self.uncovered = to.uncovered;
        self.no_in = to.no_in;
        self.in_conditional = to.in_conditional;
        self.type_context = to.type_context;
        self.asserts_operand = to.asserts_operand;
        self.takes_types = to.takes_types;
        Ok(())
    }

    /// Goes one level deeper; [`Self::leave`] comes back, but after a failure nobody needs to.
    #[inline]
    fn enter(&mut self) -> Parsed {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(Unsure);
        }
        Ok(())
    }

    #[inline]
    fn leave(&mut self) {
        self.nesting -= 1;
    }

    fn program(&mut self) -> Parsed {
        let mark = self.source.starts_with(b"\xef\xbb\xbf");
        let skipped = if mark {
            3
        } else if self.source.starts_with(b"#!") {
            memchr(b'\n', self.source).unwrap_or(self.source.len())
        } else {
            0
        };
        let start = if skipped > 0 && !mark {
            0
        } else {
            self.after_space(skipped)
        };
        self.token = self.scan(skipped);
        self.last_end = self.token.start;
        while self.token.kind != T::End {
            self.statement()?;
        }
        if self.uncovered > 0 {
            return Err(Unsure);
        }
        self.close(0, Kind::Program, start as u32);
        if let Some(root) = self.items.last_mut() {
            root.end = self.source.len() as u32;
        }
        Ok(())
    }
}
