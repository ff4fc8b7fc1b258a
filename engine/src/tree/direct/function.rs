//! Functions and methods: what stands after their names.

use super::token::T;
use super::{Parsed, Reader};
use crate::tree::kind::Kind;
use crate::tree::node::flags;

impl Reader<'_> {
    /// A function as a value; its name is no part of the tree. The token is `function`.
    pub(super) fn function_expression(&mut self, start: u32, bits: u16) -> Parsed {
        let mark = self.items.len();
        self.next();
        let bits = self.generator(bits);
        if self.token.kind.is_name() {
            self.next();
        }
        self.rest_of_function(true)?;
        self.close(mark, Kind::Lambda, start).flags = bits;
        Ok(())
    }

    /// Takes the `*` of a generator.
    pub(super) fn generator(&mut self, bits: u16) -> u16 {
        if self.take(T::Times) {
            bits | flags::GENERATOR
        } else {
            bits
        }
    }

    /// What follows a method's name, of which everything since `mark` is part.
    pub(super) fn method(&mut self, start: u32, mark: usize, bits: u16) -> Parsed {
        let name = self.name_of_last();
        self.rest_of_function(false)?;
        let item = self.close(mark, Kind::Function, start);
        item.name = name;
        item.flags = bits;
        Ok(())
    }

    /// Parameters, return type and body.
    pub(super) fn rest_of_function(&mut self, operator: bool) -> Parsed {
        self.skipped_type_parameters()?;
        self.parameters()?;
        self.return_type_or_none()?;
        self.body(operator)
    }

    /// What a function with a body returns; the empty slot stands where the body does.
    pub(super) fn return_type_or_none(&mut self) -> Parsed {
        if self.types && self.token.kind == T::Colon {
            self.return_annotation()
        } else {
            self.absent(self.token.start);
            Ok(())
        }
    }

    /// As [`Self::rest_of_function`], where a signature without a body may stand instead; then `None`, and a semicolon
    /// may follow.
    pub(super) fn rest_of_function_or_signature(
        &mut self,
        start: u32,
        operator: bool,
    ) -> Parsed<bool> {
        self.skipped_type_parameters()?;
        self.parameters()?;
        let returns = self.token.kind == T::Colon;
        if returns {
            self.return_annotation()?;
        }
        if self.token.kind == T::OpenBrace {
            if !returns {
                self.absent(self.token.start);
            }
            self.body(operator)?;
            return Ok(true);
        }
        if !returns {
            self.absent(start);
        }
        self.absent(start);
        Ok(false)
    }

    /// A block as the body of a function.
    pub(super) fn body(&mut self, operator: bool) -> Parsed {
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.block(operator)?;
        self.no_in = no_in;
        self.in_conditional = conditional;
        Ok(())
    }

    /// `(…)` with what is bound.
    pub(super) fn parameters(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        let types = std::mem::take(&mut self.type_context);
        self.expect(T::OpenParenthesis)?;
        while self.token.kind != T::CloseParenthesis {
            if self.types {
                self.typed_parameter()?;
            } else {
                self.parameter()?;
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseParenthesis)?;
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.type_context = types;
        self.leave();
        self.close(mark, Kind::Parameters, start);
        Ok(())
    }

    /// A parameter as TypeScript has it: modifiers, which are no part of the tree, a type, a value.
    fn typed_parameter(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        if self.token.kind == T::At {
            let parentheses = self.parentheses.len();
            self.decorators()?;
            self.items.truncate(mark);
            self.parentheses.truncate(parentheses);
        }
        while matches!(
            self.token.kind,
            T::Public | T::Private | T::Protected | T::Readonly | T::Override
        ) {
            let after = self.scan(self.token.end as usize).kind;
            if !after.is_name() && !matches!(after, T::OpenBrace | T::OpenBracket) {
                break;
            }
            self.next();
        }
        let rest = self.take(T::Spread);
        match self.token.kind {
            T::This => self.plain_leaf(Kind::This, 0),
            T::Undefined => self.plain_leaf(Kind::Undefined, 0),
            _ => self.binding()?,
        }
        let name = self.name_of_last();
        self.take(T::Question);
        self.type_and_value(start)?;
        let item = self.close(mark, Kind::Parameter, start);
        item.name = name;
        item.flags = if rest { flags::REST } else { 0 };
        Ok(())
    }

    fn parameter(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let rest = self.take(T::Spread);
        if self.token.kind == T::Undefined {
            self.plain_leaf(Kind::Undefined, 0);
        } else {
            self.binding()?;
        }
        let name = self.name_of_last();
        self.absent(start);
        if !rest && self.take(T::Assign) {
            self.assignment()?;
        } else {
            self.absent(start);
        }
        let item = self.close(mark, Kind::Parameter, start);
        item.name = name;
        item.flags = if rest { flags::REST } else { 0 };
        Ok(())
    }
}
