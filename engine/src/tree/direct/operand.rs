//! Operands: what stands between operators, and the calls and members that follow it.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;
use crate::tree::node::flags;
use crate::tree::vocabulary::Word;

impl Reader<'_> {
    /// One operand without what follows it.
    pub(super) fn operand(&mut self) -> Parsed {
        let start = self.token.start;
        match self.token.kind {
            T::Name => self.name_leaf(Kind::Name),
            T::String => self.string(Kind::String),
            T::Number => self.number(),
            T::This => self.plain_leaf(Kind::This, 0),
            T::OpenParenthesis => self.parentheses()?,
            T::Function => self.function_expression(start, 0)?,
            T::OpenBracket => self.array()?,
            T::OpenBrace => self.object()?,
            T::New => self.new_expression()?,
            T::Null => self.plain_leaf(Kind::Null, 0),
            T::True => self.plain_leaf(Kind::Boolean, 1),
            T::False => self.plain_leaf(Kind::Boolean, 0),
            T::Undefined => self.plain_leaf(Kind::Undefined, 0),
            T::Super => self.plain_leaf(Kind::Super, 0),
            T::Divide | T::DivideAssign => self.regex()?,
            T::Backtick => self.template()?,
            T::Class => self.class_expression()?,
            T::Import => self.import_expression()?,
            T::Less if self.markup => self.markup_expression()?,
            T::Async => {
                let function = self.scan(self.token.end as usize);
                if function.kind == T::Function {
                    if function.newline {
                        return Err(Unsure);
                    }
                    self.next();
                    self.function_expression(start, flags::ASYNC)?;
                } else {
                    self.name_leaf(Kind::Name);
                }
            }
            T::Let | T::Await => return Err(Unsure),
            kind if kind.is_name() => self.name_leaf(Kind::Name),
            _ => return Err(Unsure),
        }
        Ok(())
    }

    /// `(…)` that is known not to be parameters.
    pub(super) fn parentheses(&mut self) -> Parsed {
        let start = self.token.start;
        self.enter()?;
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        self.inner_expression()?;
        self.expect(T::CloseParenthesis)?;
        self.in_conditional = conditional;
        self.leave();
        self.add_level();
        self.parenthesised(start);
        Ok(())
    }

    /// Members, calls and such of what was read from `mark` on.
    pub(super) fn operand_tail(&mut self, start: u32, mark: usize) -> Parsed {
        loop {
            match self.token.kind {
                T::Dot => {
                    self.next();
                    self.member(start, mark, 0)?;
                }
                T::OpenParenthesis => self.call(start, mark)?,
                T::OpenBracket => self.index(start, mark, 0)?,
                T::OptionalDot => {
                    self.next();
                    match self.token.kind {
                        T::OpenParenthesis => self.call(start, mark)?,
                        T::OpenBracket => self.index(start, mark, flags::OPTIONAL)?,
                        T::Less if self.types => {
                            let name = self.name_of_last();
                            self.skipped_type_arguments()?;
                            self.arguments()?;
                            self.close(mark, Kind::Call, start).name = name;
                        }
                        T::Backtick => return Err(Unsure),
                        _ => self.member(start, mark, flags::OPTIONAL)?,
                    }
                }
                T::Backtick => {
                    let name = self.name_of_last();
                    self.template()?;
                    self.close(mark, Kind::TaggedTemplate, start).name = name;
                }
                T::Increment | T::Decrement if !self.token.newline => {
                    if self.token.comment {
                        return Err(Unsure);
                    }
                    self.updatable(start)?;
                    let sub = self.token.kind.number() | 0x80;
                    self.next();
                    self.close(mark, Kind::Update, start).sub = sub;
                    return Ok(());
                }
                T::Not if self.asserts_operand && !self.token.newline => {
                    self.next();
                    self.grammar_level(start);
                }
                T::Less | T::ShiftLeft if self.types => {
                    if !self.takes_types {
                        return Ok(());
                    }
                    if self.token.kind == T::ShiftLeft || !self.type_arguments_of_operand()? {
                        return Ok(());
                    }
                    if self.token.kind != T::OpenParenthesis {
                        self.grammar_level(start);
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// One member, call or index.
    pub(super) fn one_tail(&mut self, start: u32, mark: usize) -> Parsed {
        match self.token.kind {
            T::Dot => {
                self.next();
                self.member(start, mark, 0)
            }
            T::OpenParenthesis => self.call(start, mark),
            _ => self.index(start, mark, 0),
        }
    }

    /// The grammar has a level above the operand that has no node, and that the places of parentheses know of.
    pub(super) fn grammar_level(&mut self, start: u32) {
        self.add_level();
        if self.byte(start as usize) == b'(' {
            self.parenthesised(start);
        }
    }

    fn member(&mut self, start: u32, mark: usize, flags: u16) -> Parsed {
        if !self.token.kind.is_word() && self.token.kind != T::PrivateName {
            return Err(Unsure);
        }
        self.name_leaf(Kind::Property);
        let name = self.name_of_last();
        let item = self.close(mark, Kind::Member, start);
        item.name = name;
        item.flags = flags;
        Ok(())
    }

    fn index(&mut self, start: u32, mark: usize, flags: u16) -> Parsed {
        self.enter()?;
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        self.inner_expression()?;
        self.expect(T::CloseBracket)?;
        self.in_conditional = conditional;
        self.leave();
        self.close(mark, Kind::Index, start).flags = flags;
        Ok(())
    }

    fn call(&mut self, start: u32, mark: usize) -> Parsed {
        let name = self.name_of_last();
        self.arguments()?;
        self.close(mark, Kind::Call, start).name = name;
        Ok(())
    }

    /// `(…)` after what is called.
    pub(super) fn arguments(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        while self.token.kind != T::CloseParenthesis {
            match self.token.kind {
                // Arguments left out are no error to the grammar, but to everybody else.
                T::Comma => return Err(Unsure),
                T::Spread => self.spread()?,
                _ => self.assignment()?,
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseParenthesis)?;
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.leave();
        self.close(mark, Kind::Arguments, start);
        Ok(())
    }

    /// `...x`
    pub(super) fn spread(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.assignment()?;
        let name = self.name_of_last();
        self.close(mark, Kind::Spread, start).name = name;
        Ok(())
    }

    fn array(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        loop {
            match self.token.kind {
                T::CloseBracket => break,
                T::Comma => {}
                T::Spread => self.spread()?,
                _ => self.assignment()?,
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBracket)?;
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.leave();
        self.close(mark, Kind::Array, start);
        Ok(())
    }

    fn new_expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        self.next();
        if self.token.newline && self.types {
            // TypeScript's grammar has it for a name too.
            return Err(Unsure);
        }
        if self.take(T::Dot) {
            if self.slice(self.token.start as usize, self.token.end as usize) != b"target" {
                return Err(Unsure);
            }
            self.next();
            self.close_other(mark, const { other("meta_property") }, start);
            self.leave();
            return Ok(());
        }
        let (inner, inner_mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::New => self.new_expression()?,
            T::Import | T::Backtick | T::Less => return Err(Unsure),
            _ => self.operand()?,
        }
        loop {
            match self.token.kind {
                T::Dot => {
                    self.next();
                    self.member(inner, inner_mark, 0)?;
                }
                T::OpenBracket => self.index(inner, inner_mark, 0)?,
                T::OptionalDot | T::Backtick => return Err(Unsure),
                _ => break,
            }
        }
        let name = self.name_of_last();
        if self.types && self.token.kind == T::Less {
            self.skipped_type_arguments()?;
        }
        if self.token.kind == T::OpenParenthesis {
            self.arguments()?;
            // The lowering has them as a construct of the grammar.
            self.change(|item| {
                item.kind = Kind::Other;
                item.sub = const { other("arguments") };
            });
        } else {
            self.leaf(Kind::Arguments, start, start, Word::NONE);
        }
        self.leave();
        self.close(mark, Kind::New, start).name = name;
        Ok(())
    }

    /// `import(…)` and `import.meta`.
    fn import_expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let after = self.scan(self.token.end as usize);
        if after.kind == T::OpenParenthesis {
            self.name_leaf(Kind::Name);
            return Ok(());
        }
        self.next();
        self.expect(T::Dot)?;
        if self.slice(self.token.start as usize, self.token.end as usize) != b"meta" {
            return Err(Unsure);
        }
        self.next();
        self.close_other(mark, const { other("meta_property") }, start);
        Ok(())
    }
}
