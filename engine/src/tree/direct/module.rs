//! Imports and exports.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;
use crate::tree::lower::{DEFAULT_IMPORT, NAMESPACE_IMPORT, REQUIRE_IMPORT};
use crate::tree::node::flags;
use crate::tree::vocabulary::Word;

/// A name that an import takes: what it is called there and here, each with its place.
#[derive(Clone, Copy)]
struct Taken {
    imported: (u32, u32),
    local: (u32, u32),
    /// How it is taken; 0 by its name.
    sub: u8,
}

impl Reader<'_> {
    pub(super) fn import_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let after = self.scan(self.token.end as usize);
        if matches!(after.kind, T::OpenParenthesis | T::Dot) {
            return self.import_as_expression(mark, start);
        }
        self.next();
        let mut taken = Vec::new();
        if self.types {
            if self.token.kind == T::Type {
                let after = self.scan(self.token.end as usize);
                if matches!(after.kind, T::OpenBrace | T::Times)
                    || (after.kind.is_name()
                        && (after.kind != T::From || self.scan(after.end as usize).kind == T::From))
                {
                    self.next();
                }
            }
            if self.token.kind.is_name() && self.scan(self.token.end as usize).kind == T::Assign {
                return self.import_equals(mark, start);
            }
        }
        if self.token.kind != T::String {
            self.import_clause(&mut taken)?;
            self.expect(T::From)?;
        }
        if self.token.kind != T::String {
            return Err(Unsure);
        }
        let (from, to) = (self.token.start, self.token.end);
        let source = self.content_word(from as usize + 1, to as usize - 1);
        self.next();
        if self.token.kind == T::With && !self.token.newline {
            // `with {type: "json"}` says nothing that a rule asks for.
            self.next();
            if self.token.kind != T::OpenBrace {
                return Err(Unsure);
            }
            self.object()?;
            self.items.truncate(mark);
        }
        self.semicolon(false)?;
        if taken.is_empty() {
            self.leaf(Kind::String, from, to, source);
            self.absent(start);
            self.absent(start);
            self.close(mark, Kind::Import, start).name = source;
        }
        for name in taken {
            let inner = self.items.len();
            self.leaf(Kind::String, from, to, source);
            if name.sub == 0 {
                let word = self.word_at(name.imported.0, name.imported.1);
                self.leaf(Kind::Property, name.imported.0, name.imported.1, word);
            } else {
                let at = name.local.0;
                self.leaf(Kind::Property, at, at, Word::NONE);
                self.change(|item| item.sub = name.sub);
            }
            let word = self.word_at(name.local.0, name.local.1);
            self.leaf(Kind::Definition, name.local.0, name.local.1, word);
            self.close(inner, Kind::Import, start).name = source;
        }
        Ok(())
    }

    /// `import a = require('m')` and `import a = B.c`.
    fn import_equals(&mut self, mark: usize, start: u32) -> Parsed {
        let local = (self.token.start, self.token.end);
        self.name_leaf(Kind::Name);
        self.expect(T::Assign)?;
        let is_require = self.slice(self.token.start as usize, self.token.end as usize)
            == b"require"
            && self.byte(self.after_space(self.token.end as usize)) == b'(';
        if !is_require {
            if !self.token.kind.is_name() {
                return Err(Unsure);
            }
            self.nested_name()?;
            let semicolon = self.semicolon(false)?;
            let item = self.close(mark, Kind::Other, start);
            item.sub = const { other("import_alias") };
            item.flags = Self::semicolon_flag(semicolon);
            return Ok(());
        }
        self.items.truncate(mark);
        self.next();
        self.expect(T::OpenParenthesis)?;
        if self.token.kind != T::String {
            return Err(Unsure);
        }
        self.string(Kind::String);
        let source = self.name_of_last();
        self.expect(T::CloseParenthesis)?;
        self.semicolon(false)?;
        self.leaf(Kind::Property, local.0, local.0, Word::NONE);
        self.change(|item| item.sub = REQUIRE_IMPORT);
        let word = self.word_at(local.0, local.1);
        self.leaf(Kind::Definition, local.0, local.1, word);
        self.close(mark, Kind::Import, start).name = source;
        Ok(())
    }

    fn import_as_expression(&mut self, mark: usize, start: u32) -> Parsed {
        self.expression()?;
        let semicolon = self.semicolon(true)?;
        self.close(mark, Kind::ExpressionStatement, start).flags =
            if semicolon { flags::SEMICOLON } else { 0 };
        Ok(())
    }

    fn import_clause(&mut self, taken: &mut Vec<Taken>) -> Parsed {
        if self.token.kind.is_name() {
            taken.push(self.taken_whole(DEFAULT_IMPORT));
            if !self.take(T::Comma) {
                return Ok(());
            }
        }
        if self.take(T::Times) {
            self.expect(T::As)?;
            if !self.token.kind.is_name() {
                return Err(Unsure);
            }
            taken.push(self.taken_whole(NAMESPACE_IMPORT));
            return Ok(());
        }
        self.expect(T::OpenBrace)?;
        while self.token.kind != T::CloseBrace {
            if self.types && self.token.kind == T::Type && self.modifies_specifier() {
                self.next();
            }
            let first = self.token;
            if !(first.kind.is_name() || matches!(first.kind, T::String | T::Default)) {
                return Err(Unsure);
            }
            self.next();
            let imported = (first.start, first.end);
            let mut local = imported;
            if self.take(T::As) {
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                local = (self.token.start, self.token.end);
                self.next();
            } else if !first.kind.is_name() {
                return Err(Unsure);
            }
            taken.push(Taken {
                imported,
                local,
                sub: 0,
            });
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBrace)
    }

    /// Whether `type` stands before a name that is imported or exported and is not that name.
    fn modifies_specifier(&self) -> bool {
        let after = self.scan(self.token.end as usize);
        after.kind == T::Default || (after.kind.is_name() && after.kind != T::As)
    }

    fn taken_whole(&mut self, sub: u8) -> Taken {
        let place = (self.token.start, self.token.end);
        self.next();
        Taken {
            imported: place,
            local: place,
            sub,
        }
    }

    pub(super) fn export_statement(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        match self.token.kind {
            T::Times => {
                let (own, inner) = (self.token.start, self.items.len());
                self.next();
                let mut bits = flags::GENERATOR;
                if self.take(T::As) {
                    bits = 0;
                    self.module_name()?;
                    let item = self.close(inner, Kind::Other, own);
                    item.sub = const { other("namespace_export") };
                    item.flags = flags::GENERATOR;
                }
                self.expect(T::From)?;
                if self.token.kind != T::String {
                    return Err(Unsure);
                }
                self.string(Kind::String);
                self.end_export(mark, start, bits)
            }
            T::OpenBrace => {
                self.export_clause()?;
                self.exported_from()?;
                self.end_export(mark, start, 0)
            }
            T::Default => self.export_default(mark, start),
            T::Var | T::Const | T::Let | T::Function | T::Class | T::Async | T::At => {
                self.exported_declaration(mark)
            }
            _ if self.types => self.typed_export(mark, start),
            _ => Err(Unsure),
        }
    }

    fn typed_export(&mut self, mark: usize, start: u32) -> Parsed {
        let after = self.scan(self.token.end as usize);
        match self.token.kind {
            T::Type if after.kind == T::OpenBrace => {
                self.next();
                self.export_clause()?;
                self.exported_from()?;
                self.end_export(mark, start, 0)
            }
            T::Assign => {
                self.next();
                self.assignment()?;
                let semicolon = self.semicolon(true)?;
                self.close(mark, Kind::Export, start).flags = Self::semicolon_flag(semicolon);
                Ok(())
            }
            T::As if after.kind == T::Namespace => {
                self.next();
                self.next();
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                self.name_leaf(Kind::Name);
                self.end_export(mark, start, 0)
            }
            T::Namespace => {
                let own = self.token.start;
                self.next();
                if !self.token.kind.is_name() {
                    return Err(Unsure);
                }
                self.module_body(mark, own, const { other("internal_module") })?;
                self.exported(mark)
            }
            T::Type | T::Interface | T::Enum | T::Abstract | T::Declare | T::Module => {
                self.exported_declaration(mark)
            }
            T::Import => {
                self.statement()?;
                if self.last().is_none_or(|item| item.kind != Kind::Other) {
                    return Err(Unsure);
                }
                self.exported(mark)
            }
            _ => Err(Unsure),
        }
    }

    fn exported_declaration(&mut self, mark: usize) -> Parsed {
        self.statement()?;
        self.exported(mark)
    }

    /// Marks the statements since `mark` as exported.
    fn exported(&mut self, mark: usize) -> Parsed {
        let mut at = self.items.len();
        while at > mark {
            let Some(item) = self.items.get_mut(at - 1) else {
                return Err(Unsure);
            };
            if item.kind == Kind::ExpressionStatement {
                return Err(Unsure);
            }
            item.flags |= flags::EXPORTED;
            item.levels += 1;
            at = at.saturating_sub(item.size as usize);
        }
        Ok(())
    }

    fn end_export(&mut self, mark: usize, start: u32, bits: u16) -> Parsed {
        let semicolon = self.semicolon(false)?;
        self.close(mark, Kind::Export, start).flags =
            bits | if semicolon { flags::SEMICOLON } else { 0 };
        Ok(())
    }

    /// A name as modules call their exports: any name, a string, `default`, which is no node.
    fn module_name(&mut self) -> Parsed {
        match self.token.kind {
            T::String => self.string(Kind::String),
            T::Default if self.types => self.name_leaf(Kind::Name),
            T::Default => self.next(),
            kind if kind.is_name() => self.name_leaf(Kind::Name),
            _ => return Err(Unsure),
        }
        Ok(())
    }

    /// The module that the names of an export come from, if they do.
    fn exported_from(&mut self) -> Parsed {
        if self.take(T::From) {
            if self.token.kind != T::String {
                return Err(Unsure);
            }
            self.string(Kind::String);
        }
        Ok(())
    }

    fn export_clause(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        while self.token.kind != T::CloseBrace {
            let (own, inner) = (self.token.start, self.items.len());
            if self.types && self.token.kind == T::Type && self.modifies_specifier() {
                self.next();
            }
            self.module_name()?;
            if self.take(T::As) {
                self.module_name()?;
            }
            self.close_other(inner, const { other("export_specifier") }, own);
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBrace)?;
        self.close_other(mark, const { other("export_clause") }, start);
        Ok(())
    }

    fn export_default(&mut self, mark: usize, start: u32) -> Parsed {
        self.next();
        let named = match self.token.kind {
            T::Function | T::Class => {
                let after = self.scan(self.token.end as usize);
                let after = if after.kind == T::Times {
                    self.scan(after.end as usize)
                } else {
                    after
                };
                after.kind.is_name()
            }
            T::Async => {
                let function = self.scan(self.token.end as usize);
                let name = self.scan(function.end as usize);
                let name = if name.kind == T::Times {
                    self.scan(name.end as usize)
                } else {
                    name
                };
                function.kind == T::Function && name.kind.is_name()
            }
            T::At => true,
            T::Interface | T::Abstract | T::Enum if self.types => true,
            T::Let | T::Var | T::Const => return Err(Unsure),
            _ => false,
        };
        if named {
            return self.exported_declaration(mark);
        }
        self.assignment()?;
        let end = self.last_end;
        self.semicolon(true)?;
        self.close_at(mark, Kind::ExportDefault, start, end);
        self.add_level();
        Ok(())
    }
}
