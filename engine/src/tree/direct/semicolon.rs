//! Ends of statements, with and without a semicolon.
//!
//! The grammars' scanners decide where a semicolon may be left out, byte by byte, with comments treated in their own way:
//! a statement may or may not hold the comment after it. Ranges depend on that, so the same is done here.

use super::token::T;
use super::{Parsed, Reader};

/// What the white space and comments after a place say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    /// A slash that begins no comment.
    Reject,
    /// A comment without a line's end, and no other comment right behind it.
    NoNewline,
    Accept,
}

impl Reader<'_> {
    /// Ends a statement. Whether it has its `;`. `operator` tells whether `||` could follow, which is how the
    /// scanners tell expressions from other things.
    pub(super) fn semicolon(&mut self, operator: bool) -> Parsed<bool> {
        if !self.token.comment {
            match self.token.kind {
                T::Semicolon => {
                    self.next();
                    return Ok(true);
                }
                T::End => return Ok(false),
                T::CloseBrace if !self.types => return Ok(false),
                _ => {}
            }
        }
        if let Some(end) = self.left_out(operator) {
            self.last_end = end;
            return Ok(false);
        }
        self.expect(T::Semicolon)?;
        Ok(true)
    }

    /// After something that a semicolon may follow that nobody writes: it holds the comments before it.
    pub(super) fn optional_semicolon(&mut self, operator: bool) {
        if self.token.comment
            && let Some(end) = self.left_out(operator)
        {
            self.last_end = end;
        }
    }

    /// Where the semicolon after what was taken last is put, if the grammar puts one.
    pub(super) fn left_out(&self, operator: bool) -> Option<u32> {
        let mut at = self.last_end as usize;
        loop {
            let ends = if self.types {
                self.ends_typed(at, operator)
            } else {
                self.ends(at, operator)
            };
            if ends {
                return Some(at as u32);
            }
            // The comment is taken, and the scanner asked again.
            let next = self.after_space(at);
            if self.byte(next) != b'/' || next >= self.token.start as usize {
                return None;
            }
            at = self.comment(next)?.ok()?;
        }
    }

    fn ends(&self, mut at: usize, operator: bool) -> bool {
        loop {
            if self.byte(at) == 0 {
                return true;
            }
            if self.byte(at) == b'/' {
                let (result, after) = self.space(at, false);
                at = after;
                let byte = self.byte(at);
                match result {
                    Space::Reject => return false,
                    Space::Accept if !operator && byte != b',' && byte != b'=' => return true,
                    _ => {}
                }
            }
            match self.byte(at) {
                b'}' => return true,
                b'\n' => break,
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => at += 1,
                _ => return false,
            }
        }
        let (result, at) = self.space(at + 1, true);
        if result == Space::Reject {
            return false;
        }
        match self.byte(at) {
            b'`' | b',' | b':' | b';' | b'*' | b'%' | b'>' | b'<' | b'=' | b'[' | b'(' | b'?'
            | b'^' | b'|' | b'&' | b'/' => false,
            b'.' => self.byte(at + 1).is_ascii_digit(),
            _ => self.ends_before(at),
        }
    }

    fn ends_typed(&self, mut at: usize, operator: bool) -> bool {
        loop {
            match self.byte(at) {
                0 => return true,
                b'}' => {
                    return self.byte(self.after_space(at + 1)) != b':' || operator;
                }
                b'\n' => break,
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => at += 1,
                _ => return false,
            }
        }
        let (result, at) = self.space(at + 1, true);
        if result == Space::Reject {
            return false;
        }
        match self.byte(at) {
            b'`' | b',' | b'.' | b';' | b'*' | b'%' | b'>' | b'<' | b'=' | b'?' | b'^' | b'|'
            | b'&' | b'/' | b':' => false,
            b'(' | b'[' => !operator,
            _ => self.ends_before(at),
        }
    }

    /// The bytes on the next line that both scanners see alike.
    fn ends_before(&self, at: usize) -> bool {
        match self.byte(at) {
            b'+' => self.byte(at + 1) == b'+',
            b'-' => self.byte(at + 1) == b'-',
            b'!' => self.byte(at + 1) != b'=',
            b'i' if self.byte(at + 1) == b'n' => {
                if !self.byte(at + 2).is_ascii_alphabetic() {
                    return false;
                }
                !self.slice(at + 2, at + 10).starts_with(b"stanceof")
                    || self.byte(at + 10).is_ascii_alphabetic()
            }
            _ => true,
        }
    }

    fn space(&self, mut at: usize, consume: bool) -> (Space, usize) {
        let mut newline = false;
        loop {
            at = self.after_space(at);
            if self.byte(at) != b'/' {
                return (Space::Accept, at);
            }
            match self.byte(at + 1) {
                b'/' => {
                    let rest = self.source.get(at..).unwrap_or_default();
                    at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'*' => {
                    let Some(Ok(end)) = self.comment(at) else {
                        return (Space::Accept, self.source.len());
                    };
                    newline |= memchr::memchr(b'\n', self.slice(at, end)).is_some();
                    at = end;
                    if !self.types && self.byte(at) != b'/' && !consume {
                        let result = if newline {
                            Space::Accept
                        } else {
                            Space::NoNewline
                        };
                        return (result, at);
                    }
                }
                _ => return (Space::Reject, at + 1),
            }
        }
    }
}
