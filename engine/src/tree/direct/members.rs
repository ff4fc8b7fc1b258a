//! Members of object types and interfaces.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;
use crate::tree::node::flags;

impl Reader<'_> {
    /// `{…}` as a type; `sub` tells an object type from the body of an interface.
    pub(super) fn object_type(&mut self, sub: u8) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        if self.byte(self.token.end as usize) == b'|' {
            return Err(Unsure);
        }
        self.enter()?;
        let outer = std::mem::take(&mut self.type_context);
        self.expect(T::OpenBrace)?;
        let mut bits = 0;
        while self.token.kind != T::CloseBrace {
            self.signature()?;
            if self.take(T::Semicolon) {
                bits = flags::SEMICOLON;
                continue;
            }
            if self.take(T::Comma) {
                continue;
            }
            if self.token.kind != T::CloseBrace && self.left_out(false).is_none() {
                return Err(Unsure);
            }
        }
        self.next();
        self.type_context = outer;
        self.leave();
        let item = self.close(mark, Kind::Other, start);
        item.sub = sub;
        item.flags = bits;
        Ok(())
    }

    fn signature(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::OpenParenthesis | T::Less => {
                self.signature_parts()?;
                self.close_other(mark, const { other("call_signature") }, start);
                return Ok(());
            }
            T::New if !self.ends_signature_name() => {
                self.next();
                return self.construct_signature(mark, start);
            }
            T::New
                if matches!(
                    self.scan(self.token.end as usize).kind,
                    T::OpenParenthesis | T::Less
                ) =>
            {
                self.next();
                return self.construct_signature(mark, start);
            }
            T::OpenBracket if self.is_index_signature() => return self.index_signature(),
            T::Minus | T::Plus => return self.index_signature(),
            _ => {}
        }
        let mut bits = 0;
        if self.token.kind == T::Readonly && !self.ends_signature_name() {
            let after = self.scan(self.token.end as usize);
            if after.kind == T::OpenBracket {
                let at = self.checkpoint();
                self.next();
                let is_index = self.is_index_signature();
                self.go_back(&at)?;
                if is_index {
                    return self.index_signature();
                }
            }
            self.next();
        }
        if matches!(self.token.kind, T::Get | T::Set) && !self.ends_signature_name() {
            bits |= Self::modifier(self.token.kind);
            self.next();
        }
        let is_string = self.token.kind == T::String;
        self.key()?;
        self.take(T::Question);
        if matches!(self.token.kind, T::OpenParenthesis | T::Less) {
            let name = self.name_of_last();
            self.skipped_type_parameters()?;
            self.parameters()?;
            if self.token.kind == T::Colon {
                self.return_annotation()?;
            } else {
                self.absent(start);
            }
            self.absent(start);
            let item = self.close(mark, Kind::Function, start);
            item.name = name;
            item.flags = bits;
            return Ok(());
        }
        if bits != 0 {
            return Err(Unsure);
        }
        if is_string {
            self.change(|item| item.kind = Kind::String);
        }
        if self.token.kind == T::Colon {
            self.annotation()?;
        }
        self.close_other(mark, const { other("property_signature") }, start);
        Ok(())
    }

    fn construct_signature(&mut self, mark: usize, start: u32) -> Parsed {
        self.signature_parts_with(true)?;
        self.close_other(mark, const { other("construct_signature") }, start);
        Ok(())
    }

    fn signature_parts(&mut self) -> Parsed {
        self.signature_parts_with(false)
    }

    /// Type parameters, parameters and what is returned, all of them part of the tree.
    fn signature_parts_with(&mut self, plain: bool) -> Parsed {
        if self.token.kind == T::Less {
            self.type_parameters()?;
        }
        self.parameters()?;
        if self.token.kind == T::Colon {
            if plain {
                self.annotation()?;
            } else {
                self.return_annotation()?;
            }
        }
        Ok(())
    }

    /// Whether the word that the token is names a member and does not modify one.
    fn ends_signature_name(&self) -> bool {
        matches!(
            self.scan(self.token.end as usize).kind,
            T::OpenParenthesis
                | T::Semicolon
                | T::CloseBrace
                | T::Comma
                | T::Colon
                | T::Question
                | T::Less
        )
    }

    /// Whether `[` begins `[key: T]` or `[K in T]` and not a computed name.
    pub(super) fn is_index_signature(&self) -> bool {
        let name = self.scan(self.token.end as usize);
        name.kind.is_name() && matches!(self.scan(name.end as usize).kind, T::Colon | T::In)
    }

    /// `[key: T]: U` and `[K in T as U]?: V`, with what stands before.
    pub(super) fn index_signature(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        if matches!(self.token.kind, T::Minus | T::Plus) {
            self.next();
            if self.token.kind != T::Readonly {
                return Err(Unsure);
            }
        }
        self.take(T::Readonly);
        self.expect(T::OpenBracket)?;
        if !self.is_index_name() {
            return Err(Unsure);
        }
        let (own, inner) = (self.token.start, self.items.len());
        let mapped = self.scan(self.token.end as usize).kind == T::In;
        if mapped {
            if self.token.kind != T::Name {
                return Err(Unsure);
            }
            self.name_leaf(Kind::TypeName);
            self.expect(T::In)?;
            self.a_type()?;
            if self.take(T::As) {
                self.a_type()?;
            }
            self.close_other(inner, const { other("mapped_type_clause") }, own);
        } else {
            self.name_leaf(Kind::Name);
            self.expect(T::Colon)?;
            self.a_type()?;
        }
        self.expect(T::CloseBracket)?;
        let (from, annotation) = (self.token.start, self.items.len());
        match self.token.kind {
            T::Colon => self.annotation()?,
            T::Question | T::Minus | T::Plus => {
                let sub = match self.token.kind {
                    T::Minus => const { other("omitting_type_annotation") },
                    T::Plus => const { other("adding_type_annotation") },
                    _ => const { other("opting_type_annotation") },
                };
                // The grammar has these as one token.
                let at = from as usize + usize::from(self.token.kind != T::Question);
                if self.slice(at, at + 2) != b"?:" {
                    return Err(Unsure);
                }
                self.token.end = at as u32 + 2;
                self.next();
                self.a_type()?;
                self.close_other(annotation, sub, from);
            }
            _ => return Err(Unsure),
        }
        self.close_other(mark, const { other("index_signature") }, start);
        Ok(())
    }

    fn is_index_name(&self) -> bool {
        self.token.kind.is_name()
            && matches!(self.scan(self.token.end as usize).kind, T::Colon | T::In)
    }

    /// `A.B` as the name of a module, the one name that is a construct of its own.
    pub(super) fn nested_name(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.name_leaf(Kind::Name);
        let mut nested = false;
        while self.take(T::Dot) {
            if !self.token.kind.is_name() {
                return Err(Unsure);
            }
            if nested {
                // What was a whole is now the object of a member.
                let name = self
                    .items
                    .get(self.items.len().wrapping_sub(2))
                    .map(|item| item.name);
                self.change(|item| {
                    item.kind = Kind::Member;
                    item.sub = 0;
                    item.name = name.unwrap_or(item.name);
                });
            }
            self.name_leaf(Kind::Property);
            self.close_other(mark, const { other("nested_identifier") }, start);
            nested = true;
        }
        Ok(())
    }

    /// The flag of a statement that has its `;`.
    pub(super) fn semicolon_flag(semicolon: bool) -> u16 {
        if semicolon { flags::SEMICOLON } else { 0 }
    }
}
