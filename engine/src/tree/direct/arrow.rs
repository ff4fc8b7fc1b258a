//! Arrow functions, and how they are told from parentheses and calls.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;
use crate::tree::node::flags;

impl Reader<'_> {
    /// What begins with `(`: a whole arrow function, or an expression in parentheses. Whether it was the former.
    pub(super) fn arrow_or_parentheses(&mut self) -> Parsed<bool> {
        let (start, mark) = (self.token.start, self.items.len());
        if self.looks_like_parameters() {
            self.arrow(start, mark, 0)?;
            return Ok(true);
        }
        let before = self.checkpoint();
        if !(self.types && self.looks_like_typed_parameters()) {
            if self.parentheses().is_ok() && self.token.kind != T::Arrow {
                if !self.types || self.token.kind != T::Colon || self.in_conditional {
                    return Ok(false);
                }
                // A return type, or something else's colon.
                self.go_back(&before)?;
                if self.parameters().is_ok() && self.arrow_after_parameters() {
                    self.arrow_rest(start, mark, 0)?;
                    return Ok(true);
                }
                self.go_back(&before)?;
                self.parentheses()?;
                return Ok(false);
            }
            self.go_back(&before)?;
        }
        self.arrow(start, mark, 0)?;
        Ok(true)
    }

    /// Whether `=>` follows the parameters, after a return type if there is one, which becomes part of the tree.
    pub(super) fn arrow_after_parameters(&mut self) -> bool {
        if self.types && self.token.kind == T::Colon {
            self.return_annotation().is_ok() && self.token.kind == T::Arrow
        } else {
            self.token.kind == T::Arrow
        }
    }

    /// What follows parameters and return type, the latter if it is there.
    pub(super) fn arrow_rest(&mut self, start: u32, mark: usize, bits: u16) -> Parsed {
        let typed = self.last().is_some_and(|item| {
            item.kind != Kind::Parameters || item.size as usize != self.items.len() - mark
        });
        self.arrow_body(start, mark, bits, typed)
    }

    /// Whether the parentheses at the token hold nothing or a first name or two that only parameters can be, as far as a short
    /// look tells.
    fn looks_like_parameters(&self) -> bool {
        let mut at = self.after_space(self.token.end as usize);
        loop {
            match self.byte(at) {
                b')' => return self.arrow_follows(at as u32 + 1),
                b'.' if self.byte(at + 1) == b'.' => return true,
                _ => {}
            }
            let name = at;
            while self.is(at, super::token::class::NAME) {
                at += 1;
            }
            if at == name {
                return false;
            }
            at = self.after_space(at);
            if self.byte(at) == b',' {
                at = self.after_space(at + 1);
            } else if self.byte(at) != b')' {
                return false;
            }
        }
    }

    /// An arrow function whose parameters begin at the token.
    fn arrow(&mut self, start: u32, mark: usize, bits: u16) -> Parsed {
        self.parameters()?;
        if !self.arrow_after_parameters() {
            return Err(Unsure);
        }
        self.arrow_rest(start, mark, bits)
    }

    /// `x => …`
    pub(super) fn arrow_of_name(&mut self, start: u32, mark: usize, is_async: bool) -> Parsed {
        let name = self.token;
        if matches!(name.kind, T::Undefined | T::Let | T::Await) {
            return Err(Unsure);
        }
        self.name_leaf(Kind::Definition);
        let word = self.name_of_last();
        self.absent(name.start);
        self.absent(name.start);
        self.close(mark, Kind::Parameter, name.start).name = word;
        self.close(mark, Kind::Parameters, name.start);
        let bits = if is_async { flags::ASYNC } else { 0 };
        self.arrow_body(start, mark, bits, false)
    }

    /// `=> …`
    fn arrow_body(&mut self, start: u32, mark: usize, bits: u16, typed: bool) -> Parsed {
        if self.token.newline {
            return Err(Unsure);
        }
        self.expect(T::Arrow)?;
        let body = self.token.start;
        if !typed {
            self.absent(body);
        }
        if self.token.kind == T::OpenBrace {
            self.body(true)?;
            if matches!(
                self.token.kind,
                T::OpenParenthesis
                    | T::OpenBracket
                    | T::Dot
                    | T::OptionalDot
                    | T::Backtick
                    | T::Question
            ) || self.token.kind.binding() > 0 && !(self.no_in && self.token.kind == T::In)
            {
                // The grammar goes on with the function as an operand, which the language does not.
                return Err(Unsure);
            }
        } else {
            let inner = self.items.len();
            self.assignment()?;
            self.close(inner, Kind::Return, body).flags = flags::IMPLICIT;
            self.close(inner, Kind::Block, body);
        }
        self.close(mark, Kind::Lambda, start).flags = bits;
        Ok(())
    }

    /// `async x => …` or `async (…) => …`, if that is what begins at the token.
    pub(super) fn async_arrow(&mut self) -> Parsed<bool> {
        let (start, mark) = (self.token.start, self.items.len());
        if self.arrow_follows(self.token.end) {
            // `async` is the parameter.
            self.arrow_of_name(start, mark, false)?;
            return Ok(true);
        }
        let after = self.scan(self.token.end as usize);
        if after.kind.is_name() && !after.newline && self.arrow_follows(after.end) {
            self.next();
            self.arrow_of_name(start, mark, true)?;
            return Ok(true);
        }
        let generic = self.types && after.kind == T::Less;
        if (after.kind == T::OpenParenthesis || generic) && !after.newline {
            let before = self.checkpoint();
            self.next();
            if self.skipped_type_parameters().is_ok()
                && self.parameters().is_ok()
                && self.arrow_after_parameters()
            {
                self.arrow_rest(start, mark, flags::ASYNC)?;
                return Ok(true);
            }
            self.go_back(&before)?;
        }
        Ok(false)
    }
}
