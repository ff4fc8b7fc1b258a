//! Words and signs of a text.

use std::ops::Range;

/// A word or a single sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes of the text.
    pub(super) range: Range<usize>,
    /// The line it stands on, from 1.
    pub(super) line: u32,
    /// A word: letters, digits and `_`.
    pub(super) word: bool,
    /// +1 for an opening bracket, -1 for a closing one.
    pub(super) bracket: i32,
}

/// Cuts a text into tokens.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    let mut line = 1;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                line += u32::from(first == '\n');
                at += first.len_utf8();
                continue;
            }
            let is_word = |character: char| character.is_alphanumeric() || character == '_';
            let word = is_word(first);
            let length = if word {
                rest.find(|character| !is_word(character))
                    .unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let range = at..at + length;
            at += length;
            let bracket = match first {
                '(' | '[' | '{' => 1,
                ')' | ']' | '}' => -1,
                _ => 0,
            };
            return Some(Token {
                range,
                line,
                word,
                bracket,
            });
        }
    })
}
