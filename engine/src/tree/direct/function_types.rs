//! Types of functions, what they return, and how they are told from types in parentheses.

use super::token::T;
use super::types::NO_CONDITIONAL;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;

impl Reader<'_> {
    pub(super) fn parentheses_or_function(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let before = self.checkpoint();
        if !self.looks_like_typed_parameters() {
            self.enter()?;
            self.next();
            let outer = std::mem::take(&mut self.type_context);
            let inner = self.a_type().is_ok() && self.take(T::CloseParenthesis);
            self.type_context = outer;
            if inner && self.token.kind == T::Arrow {
                // A function, or what an arrow function returns.
                self.go_back(&before)?;
                if self.function_type(false).is_ok() {
                    return Ok(());
                }
                self.go_back(&before)?;
                self.enter()?;
                self.next();
                self.type_in_brackets()?;
                self.expect(T::CloseParenthesis)?;
            }
            if inner {
                self.leave();
                self.add_level();
                self.parenthesised(start);
                return self.type_tail(start, mark);
            }
            self.go_back(&before)?;
        }
        self.function_type(false)
    }

    /// Whether the parentheses at the token begin as only those around parameters do.
    pub(super) fn looks_like_typed_parameters(&self) -> bool {
        let first = self.scan(self.token.end as usize);
        match first.kind {
            T::CloseParenthesis | T::Spread => true,
            kind if kind.is_name() || kind == T::This => {
                let second = self.scan(first.end as usize);
                match second.kind {
                    T::Colon => true,
                    T::Question => matches!(
                        self.byte(self.after_space(second.end as usize)),
                        b':' | b',' | b')'
                    ),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    pub(super) fn function_type(&mut self, constructs: bool) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.function_type_from(start, mark, constructs)
    }

    pub(super) fn function_type_from(
        &mut self,
        start: u32,
        mark: usize,
        constructs: bool,
    ) -> Parsed {
        self.enter()?;
        if constructs {
            self.expect(T::New)?;
        }
        if self.token.kind == T::Less {
            self.type_parameters()?;
        }
        self.parameters()?;
        self.expect(T::Arrow)?;
        let sub = if constructs {
            self.prefixed_type()?;
            const { other("constructor_type") }
        } else {
            let outer = self.type_context;
            self.type_context &= !NO_CONDITIONAL;
            self.returned_type()?;
            self.type_context = outer;
            const { other("function_type") }
        };
        self.leave();
        self.close_other(mark, sub, start);
        Ok(())
    }

    /// A type, or what a function says of its arguments: `x is T`, `asserts x`.
    fn returned_type(&mut self) -> Parsed {
        if self.token.kind == T::Asserts {
            let after = self.scan(self.token.end as usize);
            if (after.kind.is_name() || after.kind == T::This) && !after.newline {
                return self.asserts();
            }
        }
        if self.predicate_follows() {
            return self.predicate();
        }
        self.a_type()
    }

    fn predicate_follows(&self) -> bool {
        (self.token.kind.is_name() || self.token.kind == T::This) && {
            let after = self.scan(self.token.end as usize);
            after.kind == T::Is && !after.newline
        }
    }

    fn predicate(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.subject()?;
        self.expect(T::Is)?;
        self.a_type()?;
        self.close_other(mark, const { other("type_predicate") }, start);
        Ok(())
    }

    fn subject(&mut self) -> Parsed {
        match self.token.kind {
            T::This => self.plain_leaf(Kind::This, 0),
            kind if kind.is_name() => self.name_leaf(Kind::Name),
            _ => return Err(Unsure),
        }
        Ok(())
    }

    fn asserts(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        if self.predicate_follows() {
            self.predicate()?;
        } else {
            self.subject()?;
        }
        self.close_other(mark, const { other("asserts") }, start);
        Ok(())
    }

    /// `: T` after parameters.
    pub(super) fn return_annotation(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let outer = std::mem::take(&mut self.type_context);
        self.expect(T::Colon)?;
        let inner = self.items.len();
        self.returned_type()?;
        self.type_context = outer;
        let last = self.last().map(|item| (item.kind, item.sub, item.start));
        match last {
            Some((Kind::Other, sub, _))
                if sub == const { other("type_predicate") } && self.is_predicate(inner) =>
            {
                self.close_other(mark, const { other("type_predicate_annotation") }, start);
            }
            Some((Kind::Other, sub, _))
                if sub == const { other("asserts") } && self.is_predicate(inner) =>
            {
                self.close_other(mark, const { other("asserts_annotation") }, start);
            }
            _ => self.add_level(),
        }
        Ok(())
    }

    /// Whether what was written since `mark` begins with a subject: hashes of one byte may coincide.
    fn is_predicate(&self, mark: usize) -> bool {
        self.items
            .get(mark)
            .is_some_and(|item| matches!(item.kind, Kind::Name | Kind::This))
    }
}
