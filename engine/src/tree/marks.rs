//! The holes of patterns, and how literals are compared.
//!
//! A pattern is made to parse as code by writing plain names for what the language has no syntax for (see
//! [`crate::pattern`]); this is the list of those names, and what the lowering finds of metavariables on its way.

use std::borrow::Cow;

use super::kind::Kind;

/// Stands for `...`.
pub(crate) const ELLIPSIS: &str = "cortex__ellipsis";
/// Before the name in `$...NAME`.
pub(crate) const REST: &str = "cortex__rest_";
/// Called for `<... x ...>`.
pub(crate) const DEEP: &str = "cortex__deep";
/// The type in `($X: T)`, written as `($X as cortex__typed<T>)`.
pub(crate) const TYPED: &str = "cortex__typed";

/// A hole of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    /// `...`
    Ellipsis,
    /// `$X`, by its number.
    Metavariable(u32),
    /// `$...X`, by its number.
    MetavariableEllipsis(u32),
}

/// What the lowering collects of a pattern's holes.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Names with their `$`, in the order they were met. `$_` is never the same twice: each has an entry.
    pub metavariables: Vec<String>,
    /// Sources of the regular expressions in `"=~/…/"`.
    pub regexes: Vec<String>,
}

impl Marks {
    /// The hole that a name is.
    pub fn hole(&mut self, text: &[u8]) -> Option<Hole> {
        let text = std::str::from_utf8(text).ok()?;
        if text == ELLIPSIS || text == "..." {
            return Some(Hole::Ellipsis);
        }
        if let Some(name) = text
            .strip_prefix(REST)
            .or_else(|| text.strip_prefix("$..."))
        {
            return Some(Hole::MetavariableEllipsis(
                self.number(&format!("$...{name}")),
            ));
        }
        is_metavariable(text).then(|| Hole::Metavariable(self.number(text)))
    }

    /// The hole that the content of a string is: its kind, and the metavariable or regular expression.
    pub fn string(&mut self, content: &[u8]) -> Option<(Kind, u32)> {
        let text = std::str::from_utf8(content).ok()?;
        if text == "..." {
            return Some((Kind::AnyString, 0));
        }
        if is_metavariable(text) {
            return Some((Kind::StringMetavariable, self.number(text)));
        }
        let regex = text.strip_prefix("=~/")?;
        let regex = regex.strip_suffix('/').unwrap_or(regex);
        self.regexes.push(regex.to_owned());
        Some((Kind::RegexMatch, self.regexes.len() as u32 - 1))
    }

    fn number(&mut self, name: &str) -> u32 {
        if name != "$_"
            && let Some(at) = self.metavariables.iter().position(|known| known == name)
        {
            return at as u32;
        }
        self.metavariables.push(name.to_owned());
        self.metavariables.len() as u32 - 1
    }
}

/// Whether a name is a metavariable: `$` and capitals, digits or `_`, not a digit first.
pub(crate) fn is_metavariable(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else {
        return false;
    };
    rest.bytes()
        .next()
        .is_some_and(|first| first == b'_' || first.is_ascii_uppercase())
        && rest
            .bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The content of a string literal with its escapes resolved, as far as comparing needs: unknown escapes stand for
/// the character itself, as in JavaScript.
pub(crate) fn unescape(content: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', content).is_none() {
        return Cow::Borrowed(content);
    }
    let mut text = Vec::with_capacity(content.len());
    let mut bytes = content.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => text.push(b'\n'),
            Some(b't') => text.push(b'\t'),
            Some(b'r') => text.push(b'\r'),
            Some(b'0') => text.push(0),
            Some(b'b') => text.push(8),
            Some(b'f') => text.push(12),
            Some(b'v') => text.push(11),
            Some(b'\n') => {}
            Some(b'x') => push_code(&mut text, hex(&mut bytes, 2)),
            Some(b'u') => {
                let code = if bytes.as_slice().first() == Some(&b'{') {
                    bytes.next();
                    let code = bytes
                        .by_ref()
                        .take_while(|byte| **byte != b'}')
                        .take(8)
                        .try_fold(0_u32, |code, byte| {
                            Some(code.wrapping_mul(16) + char::from(*byte).to_digit(16)?)
                        });
                    code.unwrap_or(0xfffd)
                } else {
                    hex(&mut bytes, 4)
                };
                push_code(&mut text, code);
            }
            Some(other) => text.push(*other),
            None => text.push(b'\\'),
        }
    }
    Cow::Owned(text)
}

fn hex(bytes: &mut std::slice::Iter<'_, u8>, digits: usize) -> u32 {
    let mut code = 0;
    for _ in 0..digits {
        let Some(digit) = bytes
            .as_slice()
            .first()
            .and_then(|byte| char::from(*byte).to_digit(16))
        else {
            break;
        };
        code = code * 16 + digit;
        bytes.next();
    }
    code
}

fn push_code(text: &mut Vec<u8>, code: u32) {
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// A number in the one form that all its spellings share: `0x10`, `16`, `1.6e1` and `1_6` are `16`.
pub(crate) fn canonical_number(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.is_empty()
        && text.iter().all(u8::is_ascii_digit)
        && (text.first() != Some(&b'0') || text.len() == 1)
    {
        return Cow::Borrowed(text);
    }
    let plain: String = String::from_utf8_lossy(text)
        .chars()
        .filter(|character| *character != '_')
        .collect();
    let lower = plain.to_ascii_lowercase();
    let value = if let Some(digits) = lower.strip_prefix("0x") {
        u64::from_str_radix(digits, 16).ok().map(|n| n as f64)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        u64::from_str_radix(digits, 8).ok().map(|n| n as f64)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        u64::from_str_radix(digits, 2).ok().map(|n| n as f64)
    } else {
        lower.parse::<f64>().ok()
    };
    match value {
        Some(value) => Cow::Owned(value.to_string().into_bytes()),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Hole, Marks, canonical_number, is_metavariable, unescape};

    #[test]
    fn metavariables() {
        for name in ["$X", "$_", "$ARG_1", "$_X"] {
            assert!(is_metavariable(name), "{name}");
        }
        for name in ["$", "$x", "$Xy", "X", "$1", "$$X"] {
            assert!(!is_metavariable(name), "{name}");
        }
    }

    #[test]
    fn anonymous_metavariables_are_never_the_same() {
        let mut marks = Marks::default();
        assert_eq!(marks.hole(b"$X"), Some(Hole::Metavariable(0)));
        assert_eq!(marks.hole(b"$_"), Some(Hole::Metavariable(1)));
        assert_eq!(marks.hole(b"$_"), Some(Hole::Metavariable(2)));
        assert_eq!(marks.hole(b"$X"), Some(Hole::Metavariable(0)));
    }

    #[test]
    fn spellings_of_literals() {
        assert_eq!(&*unescape(br"a\x41\u0042\u{43}\q\'"), b"aABCq'");
        assert_eq!(&*unescape(br"\"), b"\\");
        for text in ["0x10", "16", "1.6e1", "1_6", "16.0", "0b10000"] {
            assert_eq!(&*canonical_number(text.as_bytes()), b"16", "{text}");
        }
        assert_eq!(&*canonical_number(b"10n"), b"10n");
    }
}
