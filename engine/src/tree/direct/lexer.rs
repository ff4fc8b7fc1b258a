//! Tokens on demand, and what the grammar reads in its own way: regular expressions, text of templates.

use memchr::{memchr, memmem};

use super::token::{CLASS, Packed, T, Token, class, word};
use super::{Parsed, Reader, Unsure};

impl Reader<'_> {
    /// The byte at a place; 0 past the end, which no file that is read here holds.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn is(&self, at: usize, bits: u8) -> bool {
        CLASS
            .get(self.byte(at) as usize)
            .is_some_and(|known| known & bits != 0)
    }

    /// How many bytes from `at` on are of a class.
    #[inline]
    fn run(&self, at: usize, bits: u8) -> usize {
        let rest = self.source.get(at..).unwrap_or_default();
        let is = |byte: &u8| {
            CLASS
                .get(*byte as usize)
                .is_some_and(|known| known & bits != 0)
        };
        rest.iter().position(|byte| !is(byte)).unwrap_or(rest.len())
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.source.get(start..end).unwrap_or_default()
    }

    /// Goes on to the next token.
    #[inline]
    pub(super) fn next(&mut self) {
        self.last_end = self.token.end;
        self.token = self.scan(self.token.end as usize);
    }

    /// Takes the token if it is of this kind.
    #[inline]
    pub(super) fn take(&mut self, kind: T) -> bool {
        let is = self.token.kind == kind;
        if is {
            self.next();
        }
        is
    }

    /// Takes the token, which has to be of this kind.
    #[inline]
    pub(super) fn expect(&mut self, kind: T) -> Parsed {
        if self.take(kind) { Ok(()) } else { Err(Unsure) }
    }

    /// The token from `from` on.
    #[inline]
    pub(super) fn scan(&self, from: usize) -> Token {
        self.scan_packed(from).unpack()
    }

    fn scan_packed(&self, from: usize) -> Packed {
        let mut at = from;
        let mut flags = 0;
        loop {
            match self.byte(at) {
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => at += 1,
                b'\n' => {
                    flags |= Packed::NEWLINE;
                    at += 1;
                    at += self.run(at, class::SPACE);
                }
                b'/' => match self.comment(at) {
                    Some(Ok(end)) => {
                        if memchr(b'\n', self.slice(at, end)).is_some() {
                            flags |= Packed::NEWLINE;
                        }
                        flags |= Packed::COMMENT;
                        at = end;
                    }
                    Some(Err(Unsure)) => return Packed::new(T::Bad, flags, at, at),
                    None => break,
                },
                _ => break,
            }
        }
        let (kind, end) = self.token_at(at);
        Packed::new(kind, flags, at, end)
    }

    /// Where the comment at `at` ends, if there is one.
    pub(super) fn comment(&self, at: usize) -> Option<Parsed<usize>> {
        let rest = self.source.get(at + 2..).unwrap_or_default();
        match self.byte(at + 1) {
            b'/' => {
                let length = memchr(b'\n', rest).unwrap_or(rest.len());
                let text = rest.get(..length).unwrap_or_default();
                match memchr(b'\r', text) {
                    None => Some(Ok(at + 2 + length)),
                    // The comment ends before the line's end of two bytes; a lone one is not worth the trouble.
                    Some(place) if place + 1 == length => Some(Ok(at + 2 + place)),
                    Some(_) => Some(Err(Unsure)),
                }
            }
            b'*' => Some(
                memmem::find(rest, b"*/")
                    .map(|length| at + 2 + length + 2)
                    .ok_or(Unsure),
            ),
            _ => None,
        }
    }

    /// Kind and end of the token at `at`.
    fn token_at(&self, at: usize) -> (T, usize) {
        let first = self.byte(at);
        let second = || self.byte(at + 1);
        let third = || self.byte(at + 2);
        let (kind, length) = match first {
            b'a'..=b'z' => {
                let end = self.name_end(at + 1);
                if end == usize::MAX {
                    return (T::Bad, at);
                }
                return (word(self.slice(at, end)), end);
            }
            b'A'..=b'Z' | b'_' | b'$' | 0x80.. => {
                let end = self.name_end(at);
                if end == usize::MAX {
                    return (T::Bad, at);
                }
                return (T::Name, end);
            }
            b'0'..=b'9' => return self.scan_number(at),
            b'"' | b'\'' => return self.scan_string(at),
            b'(' => (T::OpenParenthesis, 1),
            b')' => (T::CloseParenthesis, 1),
            b'[' => (T::OpenBracket, 1),
            b']' => (T::CloseBracket, 1),
            b'{' => (T::OpenBrace, 1),
            b'}' => (T::CloseBrace, 1),
            b',' => (T::Comma, 1),
            b';' => (T::Semicolon, 1),
            b':' => (T::Colon, 1),
            b'~' => (T::Complement, 1),
            b'@' => (T::At, 1),
            b'`' => (T::Backtick, 1),
            b'.' => match (second(), third()) {
                (b'0'..=b'9', _) => return self.scan_number(at),
                (b'.', b'.') => (T::Spread, 3),
                _ => (T::Dot, 1),
            },
            b'?' => match (second(), third()) {
                (b'?', b'=') => (T::NullishAssign, 3),
                (b'?', _) => (T::Nullish, 2),
                (b'.', b'0'..=b'9') => (T::Question, 1),
                (b'.', _) => (T::OptionalDot, 2),
                _ => (T::Question, 1),
            },
            b'=' => match (second(), third()) {
                (b'=', b'=') => (T::Same, 3),
                (b'=', _) => (T::Equal, 2),
                (b'>', _) => (T::Arrow, 2),
                _ => (T::Assign, 1),
            },
            b'!' => match (second(), third()) {
                (b'=', b'=') => (T::NotSame, 3),
                (b'=', _) => (T::NotEqual, 2),
                _ => (T::Not, 1),
            },
            b'+' => match second() {
                b'+' => (T::Increment, 2),
                b'=' => (T::PlusAssign, 2),
                _ => (T::Plus, 1),
            },
            b'-' => match second() {
                b'-' => (T::Decrement, 2),
                b'=' => (T::MinusAssign, 2),
                _ => (T::Minus, 1),
            },
            b'*' => match (second(), third()) {
                (b'*', b'=') => (T::PowerAssign, 3),
                (b'*', _) => (T::Power, 2),
                (b'=', _) => (T::TimesAssign, 2),
                _ => (T::Times, 1),
            },
            b'/' => match second() {
                b'=' => (T::DivideAssign, 2),
                _ => (T::Divide, 1),
            },
            b'%' => match second() {
                b'=' => (T::RemainderAssign, 2),
                _ => (T::Remainder, 1),
            },
            b'&' => match (second(), third()) {
                (b'&', b'=') => (T::LogicalAndAssign, 3),
                (b'&', _) => (T::And, 2),
                (b'=', _) => (T::AndAssign, 2),
                _ => (T::BitAnd, 1),
            },
            b'|' => match (second(), third()) {
                (b'|', b'=') => (T::LogicalOrAssign, 3),
                (b'|', _) => (T::Or, 2),
                (b'=', _) => (T::OrAssign, 2),
                _ => (T::BitOr, 1),
            },
            b'^' => match second() {
                b'=' => (T::XorAssign, 2),
                _ => (T::BitXor, 1),
            },
            b'<' => match (second(), third()) {
                (b'<', b'=') => (T::ShiftLeftAssign, 3),
                (b'<', _) => (T::ShiftLeft, 2),
                (b'=', _) => (T::LessEqual, 2),
                (b'!', b'-') if self.byte(at + 3) == b'-' => (T::Bad, 0),
                _ => (T::Less, 1),
            },
            b'>' => match (second(), third()) {
                (b'>', b'>') if self.byte(at + 3) == b'=' => (T::ShiftRightUnsignedAssign, 4),
                (b'>', b'>') => (T::ShiftRightUnsigned, 3),
                (b'>', b'=') => (T::ShiftRightAssign, 3),
                (b'>', _) => (T::ShiftRight, 2),
                (b'=', _) => (T::GreaterEqual, 2),
                _ => (T::Greater, 1),
            },
            b'#' if self.is(at + 1, class::NAME_START) => {
                let end = self.name_end(at + 1);
                if end == usize::MAX {
                    (T::Bad, 0)
                } else {
                    (T::PrivateName, end - at)
                }
            }
            0 if at >= self.source.len() => (T::End, 0),
            _ => (T::Bad, 0),
        };
        (kind, at + length)
    }

    /// Where the name that goes on at `at` ends; the largest number where that is not known.
    #[inline]
    fn name_end(&self, mut at: usize) -> usize {
        at += self.run(at, class::NAME);
        match self.byte(at) {
            0x80.. => self.foreign_name_end(at),
            b'\\' | 0x7f => usize::MAX,
            _ => at,
        }
    }

    #[cold]
    fn foreign_name_end(&self, mut at: usize) -> usize {
        loop {
            if self.is(at, class::NAME) {
                at += 1;
                continue;
            }
            match self.byte(at) {
                0x80.. => {}
                b'\\' | 0x7f => return usize::MAX,
                _ => return at,
            }
            let text = self.slice(at, (at + 4).min(self.source.len()));
            let character = text
                .utf8_chunks()
                .next()
                .and_then(|it| it.valid().chars().next());
            match character {
                Some('\u{80}'..='\u{a0}' | '\u{200b}' | '\u{2060}' | '\u{feff}') | None => {
                    return usize::MAX;
                }
                Some(it) if it.is_whitespace() => return usize::MAX,
                Some(it) => at += it.len_utf8(),
            }
        }
    }

    fn scan_number(&self, start: usize) -> (T, usize) {
        let bad = (T::Bad, start);
        let mut at = start;
        let digits = |mut at: usize, is: fn(&u8) -> bool| {
            let first = at;
            loop {
                let separates = || self.byte(at) == b'_' && at > first && is(&self.byte(at + 1));
                if is(&self.byte(at)) || separates() {
                    at += 1;
                } else {
                    return at;
                }
            }
        };
        let based: Option<fn(&u8) -> bool> = match (self.byte(at), self.byte(at + 1)) {
            (b'0', b'x' | b'X') => Some(u8::is_ascii_hexdigit),
            (b'0', b'o' | b'O') => Some(|byte| (b'0'..=b'7').contains(byte)),
            (b'0', b'b' | b'B') => Some(|byte| matches!(byte, b'0' | b'1')),
            // Octal numbers of old.
            (b'0', b'0'..=b'9' | b'_') => return bad,
            _ => None,
        };
        if let Some(is) = based {
            at += 2;
            let end = digits(at, is);
            if end == at {
                return bad;
            }
            at = end;
            if self.byte(at) == b'n' {
                at += 1;
            }
        } else {
            at = digits(at, u8::is_ascii_digit);
            if self.byte(at) == b'n' && self.byte(start) != b'.' {
                at += 1;
            } else {
                if self.byte(at) == b'.' {
                    at = digits(at + 1, u8::is_ascii_digit);
                }
                if matches!(self.byte(at), b'e' | b'E') {
                    at += 1;
                    if matches!(self.byte(at), b'+' | b'-') {
                        at += 1;
                    }
                    let end = digits(at, u8::is_ascii_digit);
                    if end == at {
                        return bad;
                    }
                    at = end;
                }
            }
        }
        if self.is(at, class::NAME) || self.byte(at) >= 0x7f || self.byte(at) == b'\\' {
            return bad;
        }
        (T::Number, at)
    }

    fn scan_string(&self, start: usize) -> (T, usize) {
        let bad = (T::Bad, start);
        let quote = self.byte(start);
        let mut at = start + 1;
        loop {
            let byte = self.byte(at);
            if byte == quote {
                return (T::String, at + 1);
            }
            match byte {
                b'\\' => match self.escape_end(at) {
                    Ok(end) => at = end,
                    Err(Unsure) => return bad,
                },
                b'\n' | b'\r' => return bad,
                0 if at >= self.source.len() => return bad,
                _ => at += 1,
            }
        }
    }

    /// Where the escape at `at` ends.
    fn escape_end(&self, at: usize) -> Parsed<usize> {
        let hexadecimal = |from: usize, count: usize| {
            let digits = self.source.get(from..from + count).ok_or(Unsure)?;
            if digits.iter().all(u8::is_ascii_hexdigit) {
                Ok(from + count)
            } else {
                Err(Unsure)
            }
        };
        match self.byte(at + 1) {
            b'x' => hexadecimal(at + 2, 2),
            b'u' if self.byte(at + 2) == b'{' => {
                let mut end = at + 3;
                while self.byte(end).is_ascii_hexdigit() {
                    end += 1;
                }
                if end > at + 3 && self.byte(end) == b'}' {
                    Ok(end + 1)
                } else {
                    Err(Unsure)
                }
            }
            b'u' => hexadecimal(at + 2, 4),
            b'\r' if self.byte(at + 2) == b'\n' => Ok(at + 3),
            b'\r' => Err(Unsure),
            0 if at + 1 >= self.source.len() => Err(Unsure),
            // The rest of a character of several bytes is text.
            _ => Ok(at + 2),
        }
    }

    /// Reads the regular expression that begins at the token; its end and that of its body.
    pub(super) fn regex_end(&self) -> Parsed<(usize, usize)> {
        let mut at = self.token.start as usize + 1;
        let mut in_class = false;
        loop {
            match self.byte(at) {
                b'\n' | b'\r' => return Err(Unsure),
                0 if at >= self.source.len() => return Err(Unsure),
                b'\\' => {
                    if matches!(self.byte(at + 1), b'\n' | b'\r') || at + 1 >= self.source.len() {
                        return Err(Unsure);
                    }
                    at += 2;
                    continue;
                }
                b'[' if !in_class => in_class = true,
                b']' if in_class => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
            at += 1;
        }
        let body = at;
        at += 1;
        while self.is(at, class::SMALL) {
            at += 1;
        }
        if self.is(at, class::NAME) || self.byte(at) >= 0x7f || self.byte(at) == b'\\' {
            return Err(Unsure);
        }
        Ok((at, body))
    }

    /// Where text of a template ends that begins at `at`: at a substitution's `$`, or at the closing backtick.
    pub(super) fn template_text_end(&self, mut at: usize) -> Parsed<usize> {
        loop {
            match self.byte(at) {
                b'`' => return Ok(at),
                b'$' if self.byte(at + 1) == b'{' => return Ok(at),
                b'\\' => at = self.escape_end(at)?,
                0 if at >= self.source.len() => return Err(Unsure),
                _ => at += 1,
            }
        }
    }

    /// Whether `=>` follows at `at`, with nothing but white space before it.
    pub(super) fn arrow_follows(&self, at: u32) -> bool {
        let at = self.after_space(at as usize);
        self.byte(at) == b'=' && self.byte(at + 1) == b'>'
    }

    /// The first byte from `at` on that is no white space.
    pub(super) fn after_space(&self, at: usize) -> usize {
        at + self.run(at, class::SPACE)
    }
}
