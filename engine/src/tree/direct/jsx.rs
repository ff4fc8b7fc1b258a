//! JSX: elements, attributes, text.
//!
//! Text between tags is no token, so the scanner must not look past a tag's `>` before the parser has said what follows.

use super::token::{CLASS, T, Token, class};
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;
use crate::tree::node::flags;
use crate::tree::vocabulary::Word;

impl Reader<'_> {
    /// An element where an operand stands.
    pub(super) fn markup_expression(&mut self) -> Parsed {
        self.element()?;
        self.next();
        Ok(())
    }

    /// An element, up to its last `>`, which becomes the token and is not taken.
    fn element(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let no_in = std::mem::take(&mut self.no_in);
        let conditional = std::mem::take(&mut self.in_conditional);
        self.next();
        let mut name = Word::NONE;
        let named = self.byte(self.token.start as usize) != b'>';
        if named {
            let tag = self.token.start;
            self.tag_name()?;
            name = self.word_at(tag, self.last_end);
            self.leaf(Kind::TypeName, tag, self.last_end, name);
        } else {
            self.absent(start);
        }
        let attributes = self.items.len();
        let mut first = None;
        while !matches!(self.byte(self.token.start as usize), b'>' | b'/') {
            if !named {
                return Err(Unsure);
            }
            let own = self.token.start;
            self.attribute()?;
            first.get_or_insert((own, self.last_end));
        }
        let closes = self.token.kind == T::Divide;
        if closes && self.byte(self.token.end as usize) != b'>' {
            return Err(Unsure);
        }
        let end = self.token.start + 1 + u32::from(closes);
        let range = first.unwrap_or((start, end));
        self.close_at(attributes, Kind::JsxAttributes, range.0, range.1);
        self.stand_before(end);
        if closes {
            if !named {
                return Err(Unsure);
            }
            self.leaf(Kind::JsxChildren, end, end, Word::NONE);
        } else {
            self.children()?;
        }
        self.no_in = no_in;
        self.in_conditional = conditional;
        self.leave();
        let item = self.close(mark, Kind::Jsx, start);
        item.name = name;
        item.flags = if closes { flags::SELF_CLOSING } else { 0 };
        Ok(())
    }

    /// Everything up to `end` is taken; what follows is read as the caller wants it.
    fn stand_before(&mut self, end: u32) {
        self.last_end = end;
        self.token = Token {
            kind: T::Greater,
            newline: false,
            comment: false,
            start: end - 1,
            end,
        };
    }

    /// The name of a tag, of several parts a whole.
    fn tag_name(&mut self) -> Parsed {
        self.markup_name()?;
        match self.token.kind {
            T::Colon => {
                self.next();
                self.markup_name()
            }
            T::Dot => {
                while self.take(T::Dot) {
                    if !self.token.kind.is_name() {
                        return Err(Unsure);
                    }
                    self.next();
                }
                Ok(())
            }
            T::Less => Err(Unsure),
            _ => Ok(()),
        }
    }

    /// A name that may hold dashes.
    fn markup_name(&mut self) -> Parsed {
        let mut end = self.token.end as usize;
        if self.byte(end) == b'-' && self.token.kind.is_word() {
            if !self.slice(self.token.start as usize, end).is_ascii() {
                return Err(Unsure);
            }
            while self.byte(end) == b'-' || self.is(end, class::NAME) {
                end += 1;
            }
            if self.byte(end) >= 0x7f || self.byte(end) == b'\\' {
                return Err(Unsure);
            }
            self.token.end = end as u32;
        } else if !self.token.kind.is_name() {
            return Err(Unsure);
        }
        self.next();
        Ok(())
    }

    fn attribute(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        if self.token.kind == T::OpenBrace {
            self.next();
            if self.token.kind != T::Spread {
                return Err(Unsure);
            }
            self.spread()?;
            return self.expect(T::CloseBrace);
        }
        if self.token.kind.is_word() && self.byte(self.token.end as usize) != b'-' {
            self.next();
        } else {
            self.markup_name()?;
        }
        if self.take(T::Colon) {
            self.markup_name()?;
        }
        let name = self.word_at(start, self.last_end);
        self.leaf(Kind::Property, start, self.last_end, name);
        if self.take(T::Assign) {
            match self.byte(self.token.start as usize) {
                b'"' | b'\'' => self.markup_string()?,
                b'{' => {
                    self.next();
                    self.expression()?;
                    self.expect(T::CloseBrace)?;
                }
                b'<' => {
                    self.element()?;
                    self.next();
                }
                _ => return Err(Unsure),
            }
        } else {
            self.absent(start);
        }
        self.close(mark, Kind::JsxAttribute, start).name = name;
        Ok(())
    }

    /// A string of an attribute: no escapes, but entities, and it may span lines.
    fn markup_string(&mut self) -> Parsed {
        let start = self.token.start as usize;
        let quote = self.byte(start);
        let mut at = start + 1;
        loop {
            match self.byte(at) {
                byte if byte == quote => break,
                0 => return Err(Unsure),
                b'&' => {
                    at = match self.byte(at + 1) {
                        b'#' | b'a'..=b'z' | b'A'..=b'Z' => self.entity_end(at)?,
                        b' ' => at + 2,
                        _ => return Err(Unsure),
                    };
                }
                _ => at += 1,
            }
        }
        let word = self.content_word(start + 1, at);
        self.leaf(Kind::String, start as u32, at as u32 + 1, word);
        self.token.end = at as u32 + 1;
        self.next();
        Ok(())
    }

    /// Where the entity at `at` ends.
    fn entity_end(&self, at: usize) -> Parsed<usize> {
        let (first, most, is): (usize, usize, fn(&u8) -> bool) =
            match (self.byte(at + 1), self.byte(at + 2)) {
                (b'#', b'x' | b'X') => (at + 3, 6, u8::is_ascii_hexdigit),
                (b'#', _) => (at + 2, 5, u8::is_ascii_digit),
                _ => (at + 1, 30, u8::is_ascii_alphabetic),
            };
        let mut end = first;
        while is(&self.byte(end)) {
            end += 1;
        }
        if end == first || end - first > most || self.byte(end) != b';' {
            return Err(Unsure);
        }
        Ok(end + 1)
    }

    /// What stands between the tags, and the closing tag.
    fn children(&mut self) -> Parsed {
        let mark = self.items.len();
        let mut range = None;
        loop {
            let from = self.token.end as usize;
            let (at, is_text) = self.text_end(from);
            if is_text {
                range.get_or_insert((from as u32, at as u32));
                self.text(from, at);
            }
            match self.byte(at) {
                b'<' => {
                    self.token.start = at as u32;
                    self.token.end = at as u32 + 1;
                    if self.byte(self.after_space(at + 1)) == b'/' {
                        break;
                    }
                    self.element()?;
                    range.get_or_insert((at as u32, self.last_end));
                }
                b'{' => {
                    self.token.start = at as u32;
                    self.token.end = at as u32 + 1;
                    let inner = self.items.len();
                    self.next();
                    match self.token.kind {
                        T::CloseBrace => self.absent(at as u32),
                        T::Spread => self.spread()?,
                        _ => self.expression()?,
                    }
                    if self.token.kind != T::CloseBrace {
                        return Err(Unsure);
                    }
                    let end = self.token.end;
                    self.stand_before(end);
                    self.close(inner, Kind::JsxExpression, at as u32);
                    range.get_or_insert((at as u32, end));
                }
                b'&' => {
                    let end = self.entity_end(at)?;
                    range.get_or_insert((at as u32, end as u32));
                    self.text(at, end);
                    self.stand_before(end as u32);
                }
                _ => return Err(Unsure),
            }
        }
        let closing = self.token.start as usize;
        if self.byte(closing + 1) != b'/' {
            return Err(Unsure);
        }
        self.token.end = closing as u32 + 2;
        let inner = self.items.len();
        self.next();
        if self.byte(self.token.start as usize) != b'>' {
            self.tag_name()?;
        }
        if self.byte(self.token.start as usize) != b'>' || self.items.len() != inner {
            return Err(Unsure);
        }
        let end = self.token.start + 1;
        self.stand_before(end);
        let range = range.unwrap_or((end, end));
        self.close_at(mark, Kind::JsxChildren, range.0, range.1);
        Ok(())
    }

    /// Where text ends, and whether the grammar takes it for text: lines of white space only are none.
    fn text_end(&self, mut at: usize) -> (usize, bool) {
        let (mut is_text, mut after_newline) = (false, false);
        loop {
            let byte = self.byte(at);
            if matches!(byte, 0 | b'<' | b'>' | b'{' | b'}' | b'&') {
                return (at, is_text);
            }
            if byte == b'\n' {
                after_newline = true;
            } else {
                after_newline &= CLASS
                    .get(byte as usize)
                    .is_some_and(|bits| bits & class::SPACE != 0);
                is_text |= !after_newline;
            }
            at += 1;
        }
    }

    fn text(&mut self, start: usize, end: usize) {
        let text = self.slice(start, end);
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        let from = start + (text.len() - text.trim_ascii_start().len());
        let word = self.content_word(from, from + trimmed.len());
        self.leaf(Kind::JsxText, start as u32, end as u32, word);
    }
}
