//! Classes and their members.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;
use crate::tree::node::flags;
use crate::tree::vocabulary::Word;

impl Reader<'_> {
    pub(super) fn class_declaration(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let decorators = self.decorators()?;
        let exported = decorators > 0 && self.take(T::Export);
        if exported {
            self.take(T::Default);
        }
        let is_abstract = self.types && self.take(T::Abstract);
        self.expect(T::Class)?;
        if !self.token.kind.is_name() {
            return Err(Unsure);
        }
        self.rest_of_class(mark, start, decorators)?;
        if !is_abstract {
            self.optional_semicolon(true);
        }
        let end = self.last_end;
        self.change(|item| item.end = end);
        if exported {
            self.add_level();
            self.change(|item| item.flags |= flags::EXPORTED);
        }
        Ok(())
    }

    pub(super) fn class_expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.rest_of_class(mark, start, 0)
    }

    /// What follows the keyword; of what was written since `mark`, `decorators` nodes are decorators, which go last.
    pub(super) fn rest_of_class(&mut self, mark: usize, start: u32, decorators: usize) -> Parsed {
        self.enter()?;
        let mut name = Word::NONE;
        let named = self.token.kind.is_name() && !(self.types && self.token.kind == T::Implements);
        if named {
            self.name_leaf(Kind::Definition);
            name = self.name_of_last();
        }
        self.skipped_type_parameters()?;
        if self.types && matches!(self.token.kind, T::Extends | T::Implements) {
            if !named {
                self.absent(self.token.start);
            }
            self.heritage()?;
        } else if self.token.kind == T::Extends {
            if !named {
                self.absent(self.token.start);
            }
            self.next();
            self.left_hand_side()?;
        } else {
            if !named {
                self.absent(self.token.start);
            }
            self.absent(self.token.start);
        }
        self.class_body()?;
        self.decorators_last(mark, decorators);
        self.leave();
        self.close(mark, Kind::Class, start).name = name;
        Ok(())
    }

    /// `extends A<B> implements C, D`, of which the tree has the first thing that is extended.
    fn heritage(&mut self) -> Parsed {
        let start = self.token.start;
        if self.take(T::Extends) {
            self.heir()?;
            if self.token.kind == T::Less {
                self.skipped_type_arguments()?;
            }
            if self.token.kind == T::Comma {
                return Err(Unsure);
            }
        } else {
            self.absent(start);
        }
        if self.take(T::Implements) {
            let (items, parentheses) = (self.items.len(), self.parentheses.len());
            loop {
                self.a_type()?;
                if !self.take(T::Comma) {
                    break;
                }
            }
            self.items.truncate(items);
            self.parentheses.truncate(parentheses);
        }
        Ok(())
    }

    /// What a class extends, up to type arguments that may be its own.
    fn heir(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.operand()?;
        loop {
            if self.token.kind == T::Less {
                let before = self.checkpoint();
                self.skipped_type_arguments()?;
                let called = self.token.kind == T::OpenParenthesis;
                if !called {
                    return self.go_back(&before);
                }
            }
            match self.token.kind {
                T::Dot | T::OpenParenthesis | T::OpenBracket => self.one_tail(start, mark)?,
                _ => return Ok(()),
            }
        }
    }

    /// Moves the first nodes since `mark` behind the others.
    pub(super) fn decorators_last(&mut self, mark: usize, decorators: usize) {
        if decorators > 0
            && let Some(nodes) = self.items.get_mut(mark..)
            && decorators <= nodes.len()
        {
            nodes.rotate_left(decorators);
        }
    }

    /// `@x` as often as there are any. How many nodes they are.
    pub(super) fn decorators(&mut self) -> Parsed<usize> {
        let before = self.items.len();
        while self.token.kind == T::At {
            let (start, mark) = (self.token.start, self.items.len());
            self.next();
            let (own, inner) = (self.token.start, self.items.len());
            if !self.token.kind.is_name() {
                return Err(Unsure);
            }
            self.name_leaf(Kind::Name);
            while self.token.kind == T::Dot {
                self.next();
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                self.name_leaf(Kind::Property);
                let name = self.name_of_last();
                self.close(inner, Kind::Member, own).name = name;
            }
            let mut name = self.name_of_last();
            if self.types && self.token.kind == T::Less {
                self.skipped_type_arguments()?;
                if self.token.kind != T::OpenParenthesis {
                    return Err(Unsure);
                }
            }
            if self.token.kind == T::OpenParenthesis {
                self.arguments()?;
                self.close(inner, Kind::Call, own).name = name;
                name = Word::NONE;
            }
            self.close(mark, Kind::Decorator, start).name = name;
        }
        Ok(self.items.len() - before)
    }

    fn class_body(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.expect(T::OpenBrace)?;
        while self.token.kind != T::CloseBrace {
            if self.take(T::Semicolon) {
                continue;
            }
            if self.types {
                self.typed_member()?;
            } else {
                self.class_member()?;
            }
        }
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.next();
        self.close(mark, Kind::ClassBody, start);
        Ok(())
    }

    fn class_member(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let decorators = self.decorators()?;
        let mut bits = 0;
        if self.token.kind == T::Static && !self.ends_member_name() {
            let after = self.scan(self.token.end as usize);
            if after.newline {
                return Err(Unsure);
            }
            if after.kind == T::OpenBrace {
                if decorators > 0 {
                    return Err(Unsure);
                }
                self.next();
                self.enter()?;
                self.statements_in_braces()?;
                self.leave();
                self.optional_semicolon(false);
                self.close(mark, Kind::Block, start);
                return Ok(());
            }
            self.next();
            bits |= flags::STATIC;
        }
        if self.token.kind == T::Async && !self.ends_member_name() {
            if self.scan(self.token.end as usize).newline {
                return Err(Unsure);
            }
            self.next();
            bits |= flags::ASYNC;
        }
        if matches!(self.token.kind, T::Get | T::Set) && !self.ends_member_name() {
            if self.scan(self.token.end as usize).newline {
                return Err(Unsure);
            }
            bits |= Self::modifier(self.token.kind);
            self.next();
        } else if self.take(T::Times) {
            bits |= flags::GENERATOR;
        }
        self.key()?;
        if self.token.kind == T::OpenParenthesis {
            let name = self.name_of_last();
            self.rest_of_function(false)?;
            self.decorators_last(mark, decorators);
            let item = self.close(mark, Kind::Function, start);
            item.name = name;
            item.flags = bits;
            return Ok(());
        }
        if bits & !flags::STATIC != 0 {
            return Err(Unsure);
        }
        let name = self.name_of_last();
        let initialised = self.take(T::Assign);
        if initialised {
            self.absent(self.token.start);
            self.assignment()?;
        } else {
            self.absent(start);
            self.absent(start);
        }
        let end = self.last_end;
        self.decorators_last(mark, decorators);
        let item = self.close_at(mark, Kind::Field, start, end);
        item.name = name;
        item.flags = bits;
        self.semicolon(initialised)?;
        Ok(())
    }

    /// A member as TypeScript has it.
    fn typed_member(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let decorators = self.decorators()?;
        let own = self.token.start;
        let mut bits = 0;
        loop {
            match self.token.kind {
                T::Public
                | T::Private
                | T::Protected
                | T::Static
                | T::Override
                | T::Readonly
                | T::Abstract
                | T::Declare
                | T::Accessor
                | T::Async
                | T::Get
                | T::Set
                    if !self.ends_member_name() =>
                {
                    let after = self.scan(self.token.end as usize);
                    if after.newline {
                        return Err(Unsure);
                    }
                    if after.kind == T::OpenBrace {
                        if self.token.kind != T::Static || decorators > 0 {
                            return Err(Unsure);
                        }
                        self.next();
                        self.enter()?;
                        self.statements_in_braces()?;
                        self.leave();
                        self.optional_semicolon(false);
                        self.close(mark, Kind::Block, start);
                        return Ok(());
                    }
                    bits |= Self::modifier(self.token.kind);
                    self.next();
                }
                T::Times => {
                    bits |= flags::GENERATOR;
                    self.next();
                    break;
                }
                _ => break,
            }
        }
        if self.token.kind == T::OpenBracket && self.is_index_signature() {
            if own != self.token.start || decorators > 0 {
                return Err(Unsure);
            }
            self.index_signature()?;
            return self.end_of_member();
        }
        self.key()?;
        let name = self.name_of_last();
        if matches!(self.token.kind, T::Question | T::Not) {
            self.next();
        }
        if matches!(self.token.kind, T::OpenParenthesis | T::Less) {
            let has_body = self.rest_of_function_or_signature(own, false)?;
            self.decorators_last(mark, decorators);
            let item = self.close(mark, Kind::Function, start);
            item.name = name;
            item.flags = bits;
            if has_body {
                return Ok(());
            }
            if decorators > 0 {
                return Err(Unsure);
            }
            return self.end_of_member();
        }
        if bits & !flags::STATIC != 0 {
            return Err(Unsure);
        }
        let initialised = self.type_and_value(start)?;
        let end = self.last_end;
        self.decorators_last(mark, decorators);
        let item = self.close_at(mark, Kind::Field, start, end);
        item.name = name;
        item.flags = bits;
        if self.take(T::Comma) {
            return Ok(());
        }
        self.semicolon(initialised)?;
        Ok(())
    }

    fn end_of_member(&mut self) -> Parsed {
        if !self.take(T::Comma) {
            self.semicolon(false)?;
        }
        Ok(())
    }

    /// Whether the word that the token is stands for itself: a member's name, no modifier.
    pub(super) fn ends_member_name(&self) -> bool {
        let after = self.scan(self.token.end as usize);
        matches!(
            after.kind,
            T::OpenParenthesis
                | T::Assign
                | T::Semicolon
                | T::CloseBrace
                | T::Comma
                | T::Colon
                | T::Question
                | T::Less
        ) || (after.kind == T::Not && self.types)
    }
}
