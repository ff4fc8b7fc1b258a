//! Type parameters and type arguments, and how the latter are told from comparisons.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;

impl Reader<'_> {
    /// Takes one `>`, of which the token may hold several.
    pub(super) fn close_angle(&mut self) -> Parsed {
        if self.byte(self.token.start as usize) != b'>' {
            return Err(Unsure);
        }
        self.last_end = self.token.start + 1;
        self.token = self.scan(self.last_end as usize);
        Ok(())
    }

    /// `<A, B>`
    pub(super) fn type_arguments(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let outer = std::mem::take(&mut self.type_context);
        self.expect(T::Less)?;
        loop {
            self.a_type()?;
            if !self.take(T::Comma) || self.byte(self.token.start as usize) == b'>' {
                break;
            }
        }
        self.close_angle()?;
        self.type_context = outer;
        self.leave();
        self.close_other(mark, const { other("type_arguments") }, start);
        Ok(())
    }

    /// Type arguments that are no part of the tree.
    pub(super) fn skipped_type_arguments(&mut self) -> Parsed {
        let (items, parentheses) = (self.items.len(), self.parentheses.len());
        self.type_arguments()?;
        self.items.truncate(items);
        self.parentheses.truncate(parentheses);
        Ok(())
    }

    /// `<T extends U = V>`
    pub(super) fn type_parameters(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let outer = std::mem::take(&mut self.type_context);
        self.expect(T::Less)?;
        loop {
            let (own, inner) = (self.token.start, self.items.len());
            self.take(T::Const);
            if !matches!(self.token.kind, T::Name) {
                return Err(Unsure);
            }
            self.name_leaf(Kind::TypeName);
            if self.token.kind == T::Extends {
                let (from, limit) = (self.token.start, self.items.len());
                self.next();
                self.a_type()?;
                self.close_other(limit, const { other("constraint") }, from);
            }
            if self.token.kind == T::Assign {
                let (from, value) = (self.token.start, self.items.len());
                self.next();
                self.a_type()?;
                self.close_other(value, const { other("default_type") }, from);
            }
            self.close_other(inner, const { other("type_parameter") }, own);
            if !self.take(T::Comma) || self.byte(self.token.start as usize) == b'>' {
                break;
            }
        }
        self.close_angle()?;
        self.type_context = outer;
        self.leave();
        self.close_other(mark, const { other("type_parameters") }, start);
        Ok(())
    }

    /// Type parameters that are no part of the tree, if there are any.
    pub(super) fn skipped_type_parameters(&mut self) -> Parsed {
        if self.types && self.token.kind == T::Less {
            let (items, parentheses) = (self.items.len(), self.parentheses.len());
            self.type_parameters()?;
            self.items.truncate(items);
            self.parentheses.truncate(parentheses);
        }
        Ok(())
    }

    /// Type arguments after an operand, if that is what `<` begins. Whether they were taken.
    pub(super) fn type_arguments_of_operand(&mut self) -> Parsed<bool> {
        let before = self.checkpoint();
        if self.skipped_type_arguments().is_ok() {
            let fits = matches!(
                self.token.kind,
                T::OpenParenthesis
                    | T::CloseParenthesis
                    | T::CloseBracket
                    | T::Comma
                    | T::Semicolon
            );
            if fits {
                return Ok(true);
            }
            // A shift has its second `>` right behind the first; anything else is not worth the trouble.
            if self.byte(self.last_end as usize) != b'>' {
                return Err(Unsure);
            }
        } else if matches!(self.token.kind, T::Or | T::And) && self.angle_closes_soon() {
            // The grammar sees two operators of types in one of expressions, if that makes a call of it.
            return Err(Unsure);
        }
        self.go_back(&before)?;
        Ok(false)
    }

    /// Whether `>` and an opening parenthesis follow among the next tokens.
    fn angle_closes_soon(&self) -> bool {
        const LOOK_AHEAD: usize = 40;
        let mut token = self.token;
        for _ in 0..LOOK_AHEAD {
            match token.kind {
                T::Semicolon
                | T::OpenBrace
                | T::CloseBrace
                | T::CloseParenthesis
                | T::End
                | T::Bad => return false,
                T::Greater | T::ShiftRight | T::ShiftRightUnsigned => {
                    return self.byte(self.after_space(token.end as usize)) == b'(';
                }
                _ => token = self.scan(token.end as usize),
            }
        }
        false
    }

    /// What begins with `<` where an expression begins: an arrow function, or else a type that is asserted, or JSX. Whether it was
    /// an arrow function.
    pub(super) fn generic_arrow(&mut self) -> Parsed<bool> {
        let (start, mark) = (self.token.start, self.items.len());
        let before = self.checkpoint();
        if self.skipped_type_parameters().is_ok() && self.token.kind == T::OpenParenthesis {
            let text = self.slice(start as usize, self.last_end as usize);
            let certain = !self.markup
                || memchr::memchr(b',', text).is_some()
                || memchr::memmem::find(text, b" extends ").is_some();
            if certain && self.parameters().is_ok() && self.arrow_after_parameters() {
                self.arrow_rest(start, mark, 0)?;
                return Ok(true);
            }
        }
        self.go_back(&before)?;
        Ok(false)
    }

    /// `<T>x`
    pub(super) fn type_assertion(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        self.type_arguments()?;
        let types = self.items.len() - mark;
        let outer = self.weaken();
        self.unary()?;
        (self.asserts_operand, self.takes_types) = outer;
        self.leave();
        self.decorators_last(mark, types);
        self.close(mark, Kind::Cast, start);
        Ok(())
    }
}
