//! Statements, loops left out.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;
use crate::tree::node::flags;
use crate::tree::operator::known;

/// `sub` of a variable: the keywords' numbers.
const LET: u8 = known::VAR + 1;
const CONST: u8 = known::VAR + 2;

impl Reader<'_> {
    /// One statement: mostly one node, several for a declaration of several things, none for `;`.
    pub(super) fn statement(&mut self) -> Parsed {
        self.enter()?;
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::OpenBrace => self.block_statement()?,
            T::Semicolon => self.next(),
            T::Var => self.declaration(known::VAR)?,
            T::Const => {
                if self.types && self.scan(self.token.end as usize).kind == T::Enum {
                    self.next();
                    self.enumeration(mark, start)?;
                } else {
                    self.declaration(CONST)?;
                }
            }
            T::Let => self.let_declaration()?,
            T::Function => self.function_declaration(start, 0)?,
            T::If => self.if_statement()?,
            T::For => self.for_statement()?,
            T::While => {
                self.next();
                self.head()?;
                self.statement_as_one()?;
                self.close(mark, Kind::While, start);
            }
            T::Do => self.do_statement()?,
            T::Return => {
                self.next();
                let (ended, semicolon) = self.early_end(false);
                if ended {
                    self.absent(start);
                } else {
                    self.expression()?;
                }
                self.end_with_flag(mark, Kind::Return, start, semicolon, true)?;
            }
            T::Throw => {
                self.next();
                if self.token.newline {
                    return Err(Unsure);
                }
                self.expression()?;
                self.end_with_flag(mark, Kind::Throw, start, None, true)?;
            }
            T::Break => self.jump(Kind::Break)?,
            T::Continue => self.jump(Kind::Continue)?,
            T::Try => self.try_statement()?,
            T::Switch => self.switch_statement()?,
            T::Class | T::At => self.class_declaration()?,
            T::Import => self.import_statement()?,
            T::Export => self.export_statement()?,
            T::Debugger => {
                self.next();
                let semicolon = self.semicolon(false)?;
                let item = self.close(mark, Kind::Other, start);
                item.sub = const { other("debugger_statement") };
                item.flags = if semicolon { flags::SEMICOLON } else { 0 };
            }
            T::Enum if self.types => self.enumeration(mark, start)?,
            T::Type | T::Interface | T::Namespace | T::Module | T::Abstract | T::Declare
                if self.types =>
            {
                if !self.typed_declaration()? {
                    self.labelled_or_expression()?;
                }
            }
            T::With | T::Enum => return Err(Unsure),
            T::Async => {
                let after = self.scan(self.token.end as usize);
                if after.newline {
                    return Err(Unsure);
                }
                if after.kind == T::Function {
                    self.next();
                    self.function_declaration(start, flags::ASYNC)?;
                } else {
                    self.expression_statement()?;
                }
            }
            T::Using if self.types => self.labelled_or_expression()?,
            T::Using => {
                let after = self.scan(self.token.end as usize);
                if after.kind.is_word() || matches!(after.kind, T::OpenBracket | T::OpenBrace) {
                    return Err(Unsure);
                }
                self.expression_statement()?;
            }
            kind if kind.is_name() => self.labelled_or_expression()?,
            _ => self.expression_statement()?,
        }
        self.leave();
        Ok(())
    }

    /// A statement where one node is wanted.
    pub(super) fn statement_as_one(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.statement()?;
        self.make_one(mark, start);
        Ok(())
    }

    /// A statement that begins with a name.
    fn labelled_or_expression(&mut self) -> Parsed {
        if self.byte(self.after_space(self.token.end as usize)) != b':' {
            return self.expression_statement();
        }
        let (start, mark) = (self.token.start, self.items.len());
        self.name_leaf(Kind::Property);
        self.expect(T::Colon)?;
        self.statement_as_one()?;
        self.close(mark, Kind::Labeled, start);
        Ok(())
    }

    fn expression_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.expression()?;
        self.end_with_flag(mark, Kind::ExpressionStatement, start, None, true)
    }

    /// Ends a statement whose node remembers its `;`.
    fn end_with_flag(
        &mut self,
        mark: usize,
        kind: Kind,
        start: u32,
        semicolon: Option<bool>,
        operator: bool,
    ) -> Parsed {
        let semicolon = match semicolon {
            Some(semicolon) => semicolon,
            None => self.semicolon(operator)?,
        };
        self.close(mark, kind, start).flags = if semicolon { flags::SEMICOLON } else { 0 };
        Ok(())
    }

    /// Whether a statement that could go on ends right here, and then whether with a `;`.
    fn early_end(&mut self, operator: bool) -> (bool, Option<bool>) {
        let quick = !self.token.comment
            && !self.token.newline
            && !matches!(self.token.kind, T::Semicolon | T::CloseBrace | T::End);
        if quick {
            return (false, None);
        }
        if self.token.kind == T::Semicolon && !self.token.comment {
            self.next();
            return (true, Some(true));
        }
        if let Some(end) = self.left_out(operator) {
            self.last_end = end;
            return (true, Some(false));
        }
        if self.take(T::Semicolon) {
            return (true, Some(true));
        }
        (false, None)
    }

    /// `{…}` where a statement stands.
    fn block_statement(&mut self) -> Parsed {
        let empty = self.byte(self.after_space(self.token.end as usize)) == b'}';
        self.block(empty)
    }

    /// `{…}`. `operator` tells whether an operator could follow.
    pub(super) fn block(&mut self, operator: bool) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        self.statements_in_braces()?;
        self.leave();
        self.optional_semicolon(operator);
        self.close(mark, Kind::Block, start);
        Ok(())
    }

    pub(super) fn statements_in_braces(&mut self) -> Parsed {
        self.expect(T::OpenBrace)?;
        while !matches!(self.token.kind, T::CloseBrace | T::End) {
            self.statement()?;
        }
        self.expect(T::CloseBrace)
    }

    fn let_declaration(&mut self) -> Parsed {
        let after = self.scan(self.token.end as usize);
        let declares = after.kind.is_name() || matches!(after.kind, T::OpenBracket | T::OpenBrace);
        if !declares {
            return Err(Unsure);
        }
        // Where its line ends, the grammars take it for a name.
        if after.newline || after.comment {
            let (start, mark) = (self.token.start, self.items.len());
            if !after.kind.is_name() {
                return Err(Unsure);
            }
            self.name_leaf(Kind::Name);
            self.left_out(true).ok_or(Unsure)?;
            return self.end_with_flag(mark, Kind::ExpressionStatement, start, None, true);
        }
        self.declaration(LET)
    }

    /// `var a = 1, b` is two variables.
    pub(super) fn declaration(&mut self, keyword: u8) -> Parsed {
        let start = self.token.start;
        self.next();
        let initialised = self.declarators(start, keyword)?;
        self.semicolon(initialised)?;
        Ok(())
    }

    /// The variables after a keyword. Whether the last one has a value.
    pub(super) fn declarators(&mut self, start: u32, keyword: u8) -> Parsed<bool> {
        let mut first = true;
        loop {
            let (own, mark) = (self.token.start, self.items.len());
            if self.token.kind == T::Undefined {
                self.name_leaf(Kind::Definition);
            } else {
                self.binding()?;
            }
            let initialised = self.rest_of_declarator(mark, own)?;
            self.change(|item| {
                item.sub = keyword;
                if first {
                    item.start = start;
                } else {
                    item.flags = flags::LATER_DECLARATOR;
                }
            });
            first = false;
            if !self.take(T::Comma) {
                return Ok(initialised);
            }
        }
    }

    /// What follows the name of a variable.
    pub(super) fn rest_of_declarator(&mut self, mark: usize, start: u32) -> Parsed<bool> {
        let name = self.name_of_last();
        if self.types && self.token.kind == T::Not && !self.token.newline {
            self.next();
            if self.token.kind != T::Colon {
                return Err(Unsure);
            }
        }
        let initialised = self.type_and_value(start)?;
        self.close(mark, Kind::Variable, start).name = name;
        Ok(initialised)
    }

    /// The type and the value behind the name of a variable, parameter or field, a slot each; says whether there is a
    /// value. `start` is where the empty slots stand.
    pub(super) fn type_and_value(&mut self, start: u32) -> Parsed<bool> {
        let typed = self.types && self.token.kind == T::Colon;
        if typed {
            self.annotation()?;
        }
        let initialised = self.take(T::Assign);
        if initialised {
            if !typed {
                self.absent(self.token.start);
            }
            self.assignment()?;
        } else {
            if !typed {
                self.absent(start);
            }
            self.absent(start);
        }
        Ok(initialised)
    }

    pub(super) fn function_declaration(&mut self, start: u32, bits: u16) -> Parsed {
        let mark = self.items.len();
        self.next();
        let bits = self.generator(bits);
        if !self.token.kind.is_name() {
            return Err(Unsure);
        }
        self.name_leaf(Kind::Definition);
        let name = self.name_of_last();
        let mut semicolon = false;
        if self.types {
            if !self.rest_of_function_or_signature(start, true)? {
                semicolon = self.semicolon(false)?;
            }
        } else {
            self.rest_of_function(true)?;
        }
        let item = self.close(mark, Kind::Function, start);
        item.name = name;
        item.flags = bits | if semicolon { flags::SEMICOLON } else { 0 };
        Ok(())
    }

    /// `(…)` after `if`, `while`, `do` and `switch`.
    pub(super) fn head(&mut self) -> Parsed {
        self.expect(T::OpenParenthesis)?;
        self.expression()?;
        self.expect(T::CloseParenthesis)?;
        self.add_level();
        Ok(())
    }

    fn if_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.head()?;
        self.statement_as_one()?;
        if self.token.kind == T::Else {
            // What the lowering has to invent or to wrap, it gives the place of the whole clause.
            let (clause, inner) = (self.token.start, self.items.len());
            self.next();
            self.statement()?;
            self.make_one(inner, clause);
            self.add_level();
        } else {
            self.absent(start);
        }
        self.close(mark, Kind::If, start);
        Ok(())
    }

    fn jump(&mut self, kind: Kind) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        let (ended, semicolon) = self.early_end(false);
        if ended {
            self.absent(start);
        } else if self.token.kind.is_name() {
            self.name_leaf(Kind::Property);
        } else {
            return Err(Unsure);
        }
        self.end_with_flag(mark, kind, start, semicolon, false)
    }

    fn try_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.block(false)?;
        let mut handled = false;
        if self.token.kind == T::Catch {
            self.catch()?;
            handled = true;
        }
        if self.token.kind == T::Finally {
            if !handled {
                self.absent(self.token.start);
            }
            self.next();
            self.block(false)?;
            self.add_level();
        } else if handled {
            self.absent(start);
        } else {
            return Err(Unsure);
        }
        self.close(mark, Kind::Try, start);
        Ok(())
    }

    fn catch(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        if self.take(T::OpenParenthesis) {
            self.binding()?;
            if self.types && self.token.kind == T::Colon {
                let (items, parentheses) = (self.items.len(), self.parentheses.len());
                self.annotation()?;
                self.items.truncate(items);
                self.parentheses.truncate(parentheses);
            }
            self.expect(T::CloseParenthesis)?;
        } else {
            self.absent(self.token.start);
        }
        self.block(false)?;
        self.close(mark, Kind::Catch, start);
        Ok(())
    }

    fn switch_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.head()?;
        let (cases_start, cases) = (self.token.start, self.items.len());
        self.expect(T::OpenBrace)?;
        while self.token.kind != T::CloseBrace {
            self.case()?;
        }
        self.next();
        self.close(cases, Kind::Cases, cases_start);
        self.close(mark, Kind::Switch, start);
        Ok(())
    }

    fn case(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let tested = self.take(T::Case);
        if tested {
            self.expression()?;
        } else {
            self.expect(T::Default)?;
        }
        self.expect(T::Colon)?;
        let first = self.token.start;
        let ends = |kind| matches!(kind, T::Case | T::Default | T::CloseBrace | T::End);
        if ends(self.token.kind) {
            if !tested {
                self.absent(start);
            }
            let end = self.last_end;
            self.close_at(self.items.len(), Kind::Block, end, end);
        } else {
            if !tested {
                self.absent(first);
            }
            let block = self.items.len();
            while !ends(self.token.kind) {
                self.statement()?;
            }
            self.close(block, Kind::Block, first);
        }
        self.close(mark, Kind::Case, start);
        Ok(())
    }
}
