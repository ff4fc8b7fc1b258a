//! Strings, numbers, regular expressions, templates, objects.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::regex_flags;
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::node::flags;

impl Reader<'_> {
    /// The string that the token is.
    pub(super) fn string(&mut self, kind: Kind) {
        let (start, end) = (self.token.start, self.token.end);
        let word = self.content_word(start as usize + 1, end as usize - 1);
        self.leaf(kind, start, end, word);
        self.next();
    }

    /// The number that the token is.
    pub(super) fn number(&mut self) {
        let (start, end) = (self.token.start, self.token.end);
        let text = self.slice(start as usize, end as usize);
        let word = self.vocabulary.get(&marks::canonical_number(text));
        self.leaf(Kind::Number, start, end, word);
        self.next();
    }

    /// The regular expression that begins at the token, a slash.
    pub(super) fn regex(&mut self) -> Parsed {
        let start = self.token.start;
        let (end, body) = self.regex_end()?;
        let bits = regex_flags(self.slice(body + 1, end));
        let word = self.content_word(start as usize + 1, body);
        self.leaf(Kind::Regex, start, end as u32, word);
        self.change(|item| item.sub = bits);
        self.token.end = end as u32;
        self.next();
        Ok(())
    }

    /// The template that begins at the token.
    pub(super) fn template(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let mut at = start as usize + 1;
        let mut end = self.template_text_end(at)?;
        if self.byte(end) == b'`' {
            let word = self.content_word(at, end);
            self.leaf(Kind::String, start, end as u32 + 1, word);
            self.change(|item| item.flags = flags::TEMPLATE);
            self.token.end = end as u32 + 1;
            self.next();
            return Ok(());
        }
        self.enter()?;
        let conditional = std::mem::take(&mut self.in_conditional);
        loop {
            if end > at {
                let word = self.content_word(at, end);
                self.leaf(Kind::TemplateText, at as u32, end as u32, word);
            }
            if self.byte(end) == b'`' {
                break;
            }
            self.token.end = end as u32 + 2;
            self.next();
            self.inner_expression()?;
            self.add_level();
            if self.token.kind != T::CloseBrace {
                return Err(Unsure);
            }
            at = self.token.end as usize;
            end = self.template_text_end(at)?;
        }
        self.in_conditional = conditional;
        self.leave();
        self.token.end = end as u32 + 1;
        self.next();
        self.close(mark, Kind::Template, start);
        Ok(())
    }

    /// The object that begins at the token. What only a pattern may hold is counted, and has to turn out to be in one.
    pub(super) fn object(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        loop {
            match self.token.kind {
                T::CloseBrace => break,
                T::Comma => return Err(Unsure),
                T::Spread => self.spread()?,
                _ => self.property()?,
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBrace)?;
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.leave();
        self.close(mark, Kind::Object, start);
        Ok(())
    }

    fn property(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let first = self.token;
        if matches!(first.kind, T::Name | T::String) || !first.kind.is_word() {
            if !matches!(first.kind, T::Times) {
                self.key()?;
                return self.after_key(start, mark, first.kind.is_name());
            }
        } else if !matches!(first.kind, T::Async | T::Get | T::Set) {
            self.key()?;
            return self.after_key(start, mark, first.kind.is_name());
        }
        // `get`, `set`, `async`, `*`: a word before the name, or the name itself.
        let second = self.scan(first.end as usize);
        if first.kind != T::Times
            && matches!(
                second.kind,
                T::Comma
                    | T::Colon
                    | T::OpenParenthesis
                    | T::CloseBrace
                    | T::Assign
                    | T::Less
                    | T::Question
            )
        {
            self.key()?;
            return self.after_key(start, mark, true);
        }
        if second.newline {
            return Err(Unsure);
        }
        let mut bits = Self::modifier(first.kind);
        self.next();
        if first.kind == T::Async && self.take(T::Times) {
            bits |= flags::GENERATOR;
        }
        self.key()?;
        self.method(start, mark, bits)
    }

    /// The flag of a word before a method's name.
    pub(super) fn modifier(kind: T) -> u16 {
        match kind {
            T::Async => flags::ASYNC,
            T::Get => flags::GETTER,
            T::Set => flags::SETTER,
            T::Times => flags::GENERATOR,
            T::Static => flags::STATIC,
            _ => 0,
        }
    }

    fn after_key(&mut self, start: u32, mark: usize, is_name: bool) -> Parsed {
        match self.token.kind {
            T::Colon => {
                let name = self.name_of_last();
                self.next();
                self.assignment()?;
                self.close(mark, Kind::Pair, start).name = name;
                Ok(())
            }
            T::OpenParenthesis => self.method(start, mark, 0),
            T::Less if self.types => self.method(start, mark, 0),
            T::Question if self.types => {
                let name = self.name_of_last();
                self.next();
                self.rest_of_function(false)?;
                self.close(mark, Kind::Function, start).name = name;
                Ok(())
            }
            T::Comma | T::CloseBrace if is_name => {
                let end = self.last_end;
                let name = self.name_of_last();
                self.leaf(Kind::Name, start, end, name);
                self.close_at(mark, Kind::Pair, start, end).name = name;
                Ok(())
            }
            T::Assign if is_name => {
                // `{a = 1}` is `{a: a = 1}`.
                self.uncovered += 1;
                let end = self.last_end;
                let name = self.name_of_last();
                let inner = self.items.len();
                self.leaf(Kind::Name, start, end, name);
                self.next();
                self.assignment()?;
                self.close_at(inner, Kind::Default, start, end);
                self.close(mark, Kind::Pair, start).name = name;
                Ok(())
            }
            _ => Err(Unsure),
        }
    }

    /// The key of an object, class or destructuring.
    pub(super) fn key(&mut self) -> Parsed {
        match self.token.kind {
            T::String => self.string(Kind::Property),
            T::Number => self.number(),
            T::PrivateName => self.name_leaf(Kind::Property),
            T::OpenBracket => {
                self.enter()?;
                self.next();
                self.inner_assignment()?;
                self.expect(T::CloseBracket)?;
                self.leave();
                self.add_level();
            }
            kind if kind.is_word() => self.name_leaf(Kind::Property),
            _ => return Err(Unsure),
        }
        Ok(())
    }
}
