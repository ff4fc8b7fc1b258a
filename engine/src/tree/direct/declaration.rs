//! Declarations that only TypeScript has.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;

impl Reader<'_> {
    /// A declaration that begins with a word that is a name elsewhere. Whether there was one.
    pub(super) fn typed_declaration(&mut self) -> Parsed<bool> {
        let (start, mark) = (self.token.start, self.items.len());
        let after = self.scan(self.token.end as usize);
        if after.newline {
            return Ok(false);
        }
        match self.token.kind {
            T::Type if after.kind.is_name() => {
                self.next();
                self.type_alias(mark, start)?;
            }
            T::Interface if after.kind.is_name() => {
                self.next();
                self.interface(mark, start)?;
            }
            T::Namespace if after.kind.is_name() => {
                self.next();
                self.module_body(mark, start, const { other("internal_module") })?;
                // The grammar takes it for an expression where a statement can end.
                let ended = if self.token.kind == T::Semicolon {
                    Some(self.semicolon(true)?)
                } else {
                    self.left_out(true).map(|end| {
                        self.last_end = end;
                        false
                    })
                };
                if let Some(semicolon) = ended {
                    self.close(mark, Kind::ExpressionStatement, start).flags =
                        Self::semicolon_flag(semicolon);
                }
            }
            T::Module if after.kind.is_name() || after.kind == T::String => {
                self.next();
                self.module_body(mark, start, const { other("module") })?;
            }
            T::Abstract if after.kind == T::Class => {
                self.next();
                self.next();
                self.rest_of_class(mark, start, 0)?;
            }
            T::Declare if after.kind.is_word() => {
                self.next();
                self.ambient_declaration()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn type_alias(&mut self, mark: usize, start: u32) -> Parsed {
        self.name_leaf(Kind::TypeName);
        if self.token.kind == T::Less {
            self.type_parameters()?;
        }
        self.expect(T::Assign)?;
        self.a_type()?;
        let semicolon = self.semicolon(false)?;
        let item = self.close(mark, Kind::Other, start);
        item.sub = const { other("type_alias_declaration") };
        item.flags = Self::semicolon_flag(semicolon);
        Ok(())
    }

    fn interface(&mut self, mark: usize, start: u32) -> Parsed {
        self.name_leaf(Kind::TypeName);
        if self.token.kind == T::Less {
            self.type_parameters()?;
        }
        if self.token.kind == T::Extends {
            let (own, inner) = (self.token.start, self.items.len());
            self.next();
            loop {
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                self.a_type()?;
                if !self.take(T::Comma) {
                    break;
                }
            }
            self.close_other(inner, const { other("extends_type_clause") }, own);
        }
        self.object_type(const { other("interface_body") })?;
        self.close_other(mark, const { other("interface_declaration") }, start);
        Ok(())
    }

    /// Name and body of a namespace or module.
    pub(super) fn module_body(&mut self, mark: usize, start: u32, sub: u8) -> Parsed {
        if self.token.kind == T::String {
            self.string(Kind::String);
        } else {
            self.nested_name()?;
        }
        if self.token.kind != T::OpenBrace {
            return Err(Unsure);
        }
        self.block(false)?;
        self.close_other(mark, sub, start);
        Ok(())
    }

    /// `enum E {…}`, the token being `enum`.
    pub(super) fn enumeration(&mut self, mark: usize, start: u32) -> Parsed {
        self.expect(T::Enum)?;
        if !self.token.kind.is_name() {
            return Err(Unsure);
        }
        self.name_leaf(Kind::Name);
        let (own, inner) = (self.token.start, self.items.len());
        self.expect(T::OpenBrace)?;
        while self.token.kind != T::CloseBrace {
            let (from, member) = (self.token.start, self.items.len());
            let is_string = self.token.kind == T::String;
            self.key()?;
            if is_string {
                self.change(|item| item.kind = Kind::String);
            }
            if self.take(T::Assign) {
                self.assignment()?;
                self.close_other(member, const { other("enum_assignment") }, from);
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBrace)?;
        self.close_other(inner, const { other("enum_body") }, own);
        self.close_other(mark, const { other("enum_declaration") }, start);
        Ok(())
    }

    /// What follows `declare`, which itself is no node.
    fn ambient_declaration(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::Global => {
                self.next();
                if self.token.kind != T::OpenBrace {
                    return Err(Unsure);
                }
                self.block(false)?;
            }
            T::Namespace => {
                self.next();
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                self.module_body(mark, start, const { other("internal_module") })?;
            }
            T::Module => {
                self.next();
                self.ambient_module(mark, start)?;
            }
            T::Var
            | T::Let
            | T::Const
            | T::Function
            | T::Class
            | T::Abstract
            | T::Enum
            | T::Type
            | T::Interface
            | T::Async => self.statement()?,
            _ => return Err(Unsure),
        }
        // One declaration may be several variables, each below the same level.
        let mut at = self.items.len();
        if at == mark {
            return Err(Unsure);
        }
        while at > mark {
            let Some(item) = self.items.get_mut(at - 1) else {
                return Err(Unsure);
            };
            item.levels += 1;
            at = at.saturating_sub(item.size as usize);
        }
        Ok(())
    }

    fn ambient_module(&mut self, mark: usize, start: u32) -> Parsed {
        if self.token.kind != T::String && !self.token.kind.is_name() {
            return Err(Unsure);
        }
        let is_string = self.token.kind == T::String;
        if is_string && self.scan(self.token.end as usize).kind != T::OpenBrace {
            self.string(Kind::String);
            self.close_other(mark, const { other("module") }, start);
            return Ok(());
        }
        self.module_body(mark, start, const { other("module") })
    }
}
