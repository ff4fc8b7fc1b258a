//! Loops.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;
use crate::tree::node::flags;
use crate::tree::operator::known;

/// The number of `of` among the operators.
const OF: u8 = known::VAR - 1;

impl Reader<'_> {
    pub(super) fn do_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.statement_as_one()?;
        self.expect(T::While)?;
        self.head()?;
        let semicolon = if self.token.kind == T::Semicolon && !self.token.comment {
            self.next();
            true
        } else {
            match self.left_out(false) {
                Some(end) => {
                    self.last_end = end;
                    false
                }
                None => self.take(T::Semicolon),
            }
        };
        self.close(mark, Kind::DoWhile, start).flags = if semicolon { flags::SEMICOLON } else { 0 };
        Ok(())
    }

    pub(super) fn for_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        let awaits = self.take(T::Await);
        self.expect(T::OpenParenthesis)?;
        let first = self.token.start;
        let keyword = match self.token.kind {
            T::Var => Some(known::VAR),
            T::Const => Some(known::VAR + 2),
            T::Let => {
                let after = self.scan(self.token.end as usize);
                let declares =
                    after.kind.is_name() || matches!(after.kind, T::OpenBracket | T::OpenBrace);
                if !declares || after.kind == T::Of || after.newline || after.comment {
                    return Err(Unsure);
                }
                Some(known::VAR + 1)
            }
            T::Using | T::Await | T::Async => return Err(Unsure),
            T::Semicolon => {
                self.absent(first);
                self.next();
                return if awaits {
                    Err(Unsure)
                } else {
                    self.rest_of_for(mark, start)
                };
            }
            _ => None,
        };
        if let Some(keyword) = keyword {
            self.next();
            let (own, inner) = (self.token.start, self.items.len());
            if self.token.kind == T::Of {
                return Err(Unsure);
            }
            self.binding()?;
            if matches!(self.token.kind, T::Of | T::In) {
                return self.rest_of_for_each(mark, start);
            }
            self.no_in = true;
            self.rest_of_declarator(inner, own)?;
            self.change(|item| {
                item.sub = keyword;
                item.start = first;
            });
            while self.take(T::Comma) {
                let (own, later) = (self.token.start, self.items.len());
                self.binding()?;
                self.rest_of_declarator(later, own)?;
                self.change(|item| {
                    item.sub = keyword;
                    item.flags = flags::LATER_DECLARATOR;
                });
            }
            self.no_in = false;
            if self.token.kind != T::Semicolon {
                return Err(Unsure);
            }
            self.next();
            self.make_one(inner, first);
        } else {
            self.no_in = true;
            self.expression()?;
            self.no_in = false;
            if matches!(self.token.kind, T::Of | T::In) {
                match self.last() {
                    Some(item)
                        if item.start == first
                            && matches!(item.kind, Kind::Array | Kind::Object) =>
                    {
                        self.cover(self.items.len() - 1)?;
                    }
                    Some(item)
                        if item.start == first
                            && matches!(item.kind, Kind::Name | Kind::Member | Kind::Index) => {}
                    _ => return Err(Unsure),
                }
                return self.rest_of_for_each(mark, start);
            }
            self.expect(T::Semicolon)?;
        }
        if awaits {
            return Err(Unsure);
        }
        self.rest_of_for(mark, start)
    }

    /// Condition, update and body.
    fn rest_of_for(&mut self, mark: usize, start: u32) -> Parsed {
        let condition = self.token.start;
        if self.token.kind == T::Semicolon {
            self.absent(condition);
            self.next();
        } else {
            self.expression()?;
            self.expect(T::Semicolon)?;
        }
        let updates = self.token.kind != T::CloseParenthesis;
        if updates {
            self.expression()?;
        }
        self.expect(T::CloseParenthesis)?;
        if !updates {
            self.absent(self.token.start);
        }
        self.statement_as_one()?;
        self.close(mark, Kind::For, start);
        Ok(())
    }

    /// `of` or `in`, what is gone through, and the body.
    fn rest_of_for_each(&mut self, mark: usize, start: u32) -> Parsed {
        let operator = if self.token.kind == T::Of {
            OF
        } else {
            known::IN
        };
        self.next();
        self.expression()?;
        self.expect(T::CloseParenthesis)?;
        self.statement_as_one()?;
        self.close(mark, Kind::ForEach, start).sub = operator;
        Ok(())
    }
}
