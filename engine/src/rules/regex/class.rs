//! Character classes and escaped characters of PCRE.

use std::iter::Peekable;
use std::str::CharIndices;

use super::RegexError;
use super::translate::{push_literal, syntax};

type Input<'s> = Peekable<CharIndices<'s>>;

/// What `\h` stands for.
pub(super) const HORIZONTAL: &str =
    r"\t\x20\u{A0}\u{1680}\u{180E}\u{2000}-\u{200A}\u{202F}\u{205F}\u{3000}";
/// What `\v` stands for.
pub(super) const VERTICAL: &str = r"\n\x0B\x0C\r\u{85}\u{2028}\u{2029}";

/// One item of a class.
enum Item {
    Character(char),
    /// Text that may stand in a class.
    Set(String),
}

/// Translates the class whose `[` was consumed, at `position`.
pub(super) fn translate(input: &mut Input<'_>, position: usize) -> Result<String, RegexError> {
    let mut out = String::from("[");
    if input.next_if(|&(_, next)| next == '^').is_some() {
        out.push('^');
    }
    let mut first = true;
    let mut quoted = false;
    loop {
        let Some((at, character)) = input.next() else {
            return Err(syntax(position, "a character class is not closed"));
        };
        if character == ']' && !first && !quoted {
            break;
        }
        let Some(item) = item(input, at, character, &mut quoted)? else {
            continue;
        };
        first = false;
        match item {
            Item::Set(set) => out.push_str(&set),
            Item::Character(low) => match upper_end(input, &mut quoted)? {
                Some(high) if high < low => {
                    return Err(syntax(
                        at,
                        format!("the range `{low}-{high}` is out of order"),
                    ));
                }
                Some(high) => {
                    push_literal(&mut out, low);
                    out.push('-');
                    push_literal(&mut out, high);
                }
                None => push_literal(&mut out, low),
            },
        }
    }
    out.push(']');
    Ok(out)
}

/// The upper end of a range, if `-` and a character follow. Before `]` and before a set, `-` is a literal.
fn upper_end(input: &mut Input<'_>, quoted: &mut bool) -> Result<Option<char>, RegexError> {
    if *quoted {
        return Ok(None);
    }
    let mut ahead = input.clone();
    if ahead.next_if(|&(_, next)| next == '-').is_none() {
        return Ok(None);
    }
    let Some((at, character)) = ahead.next() else {
        return Ok(None);
    };
    if character == ']' {
        return Ok(None);
    }
    match item(&mut ahead, at, character, quoted)? {
        Some(Item::Character(high)) => {
            *input = ahead;
            Ok(Some(high))
        }
        _ => Ok(None),
    }
}

fn item(
    input: &mut Input<'_>,
    at: usize,
    character: char,
    quoted: &mut bool,
) -> Result<Option<Item>, RegexError> {
    let escape = if character == '\\' {
        input.peek().map(|&(_, next)| next)
    } else {
        None
    };
    if *quoted {
        if escape == Some('E') {
            input.next();
            *quoted = false;
            return Ok(None);
        }
        return Ok(Some(Item::Character(character)));
    }
    if character == '[' {
        return Ok(Some(match posix(input) {
            Some(set) => Item::Set(set?),
            None => Item::Character('['),
        }));
    }
    if character != '\\' {
        return Ok(Some(Item::Character(character)));
    }
    let Some(escape) = escape else {
        return Err(syntax(at, "a character class is not closed"));
    };
    input.next();
    match escape {
        'Q' => {
            *quoted = true;
            return Ok(None);
        }
        'E' => return Ok(None),
        'b' => return Ok(Some(Item::Character('\x08'))),
        'N' | 'R' | 'X' | 'B' => {
            return Err(syntax(
                at,
                format!("`\\{escape}` cannot stand in a character class"),
            ));
        }
        _ => {}
    }
    if let Some(set) = escaped_set(input, at, escape)? {
        return Ok(Some(Item::Set(set)));
    }
    escaped_character(input, at, escape).map(|found| Some(Item::Character(found)))
}

/// `[:alpha:]`, whose first bracket is consumed. Nothing is consumed where it is not one.
fn posix(input: &mut Input<'_>) -> Option<Result<String, RegexError>> {
    let mut ahead = input.clone();
    let (position, _) = ahead.next_if(|&(_, next)| next == ':')?;
    let negated = ahead.next_if(|&(_, next)| next == '^').is_some();
    let mut name = String::new();
    while let Some((_, letter)) = ahead.next_if(|(_, next)| next.is_ascii_lowercase()) {
        name.push(letter);
    }
    ahead.next_if(|&(_, next)| next == ':')?;
    ahead.next_if(|&(_, next)| next == ']')?;
    *input = ahead;
    let set = match name.as_str() {
        "alpha" => "A-Za-z",
        "digit" => "0-9",
        "alnum" => "0-9A-Za-z",
        "upper" => "A-Z",
        "lower" => "a-z",
        "word" => "0-9A-Za-z_",
        "space" => r"\t-\r\x20",
        "blank" => r"\t\x20",
        "punct" => r"!-/:-@\[-`{-~",
        "xdigit" => "0-9A-Fa-f",
        "cntrl" => r"\x00-\x1F\x7F",
        "graph" => "!-~",
        "print" => r"\x20-~",
        "ascii" => r"\x00-\x7F",
        _ => {
            return Some(Err(syntax(
                position,
                format!("`[:{name}:]` is no class of PCRE"),
            )));
        }
    };
    Some(Ok(if negated {
        format!("[^{set}]")
    } else {
        set.to_owned()
    }))
}

/// What the escape `\character` stands for where it is a set; the text may stand in a class.
pub(super) fn escaped_set(
    input: &mut Input<'_>,
    position: usize,
    character: char,
) -> Result<Option<String>, RegexError> {
    let set = match character {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => r"\t-\r\x20",
        'h' => HORIZONTAL,
        'v' => VERTICAL,
        'D' => "[^0-9]",
        'W' => "[^0-9A-Za-z_]",
        'S' => r"[^\t-\r\x20]",
        'N' => r"[^\n]",
        'H' => return Ok(Some(format!("[^{HORIZONTAL}]"))),
        'V' => return Ok(Some(format!("[^{VERTICAL}]"))),
        'p' | 'P' => return property(input, position, character).map(Some),
        _ => return Ok(None),
    };
    Ok(Some(set.to_owned()))
}

fn property(input: &mut Input<'_>, position: usize, kind: char) -> Result<String, RegexError> {
    let mut name = String::new();
    match input.next() {
        Some((_, '{')) => loop {
            match input.next() {
                Some((_, '}')) => break,
                Some((_, part)) => name.push(part),
                None => return Err(syntax(position, "expected `}`")),
            }
        },
        Some((_, letter)) => name.push(letter),
        None => return Err(syntax(position, "expected a Unicode property")),
    }
    let (name, inverted) = match name.strip_prefix('^') {
        Some(rest) => (rest, true),
        None => (name.as_str(), false),
    };
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-& ".contains(c))
    {
        return Err(syntax(position, format!("`{name}` is no Unicode property")));
    }
    let kind = if (kind == 'P') == inverted { 'p' } else { 'P' };
    Ok(match name {
        "L&" => format!("\\{kind}{{LC}}"),
        _ => format!("\\{kind}{{{name}}}"),
    })
}

/// The character that `\character` stands for.
pub(super) fn escaped_character(
    input: &mut Input<'_>,
    position: usize,
    character: char,
) -> Result<char, RegexError> {
    Ok(match character {
        'a' => '\x07',
        'e' => '\x1b',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'c' => match input.next() {
            Some((_, control)) if control.is_ascii_graphic() => {
                char::from((control.to_ascii_uppercase() as u8) ^ 0x40)
            }
            _ => return Err(syntax(position, "expected a letter after `\\c`")),
        },
        'x' => hexadecimal(input, position, 0, 2)?,
        // PCRE refuses `\u`, which public rules nevertheless use as in JavaScript.
        'u' => hexadecimal(input, position, 4, 4)?,
        'o' if input.next_if(|&(_, next)| next == '{').is_some() => {
            let digits = take(input, usize::MAX, |next| ('0'..='7').contains(&next));
            if input.next_if(|&(_, next)| next == '}').is_none() {
                return Err(syntax(position, "expected `}`"));
            }
            scalar(position, &digits, 8)?
        }
        '0'..='7' => {
            let mut digits = String::from(character);
            digits.push_str(&take(input, 2, |next| ('0'..='7').contains(&next)));
            octal(position, &digits)?
        }
        _ if character.is_ascii_alphanumeric() => {
            return Err(syntax(
                position,
                format!("`\\{character}` is no escape of PCRE"),
            ));
        }
        _ => character,
    })
}

/// The character with an octal number: at most three digits.
pub(super) fn octal(position: usize, digits: &str) -> Result<char, RegexError> {
    if digits.len() > 3 {
        return Err(syntax(position, format!("`\\{digits}` refers to no group")));
    }
    scalar(position, digits, 8)
}

fn take(input: &mut Input<'_>, most: usize, wanted: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    while text.len() < most {
        match input.next_if(|&(_, next)| wanted(next)) {
            Some((_, next)) => text.push(next),
            None => break,
        }
    }
    text
}

fn hexadecimal(
    input: &mut Input<'_>,
    position: usize,
    least: usize,
    most: usize,
) -> Result<char, RegexError> {
    let braced = input.next_if(|&(_, next)| next == '{').is_some();
    let digits = take(input, if braced { 8 } else { most }, |next| {
        next.is_ascii_hexdigit()
    });
    if braced && input.next_if(|&(_, next)| next == '}').is_none() {
        return Err(syntax(position, "expected `}`"));
    }
    if digits.len() < least && !braced {
        return Err(syntax(
            position,
            format!("expected {least} hexadecimal digits"),
        ));
    }
    scalar(position, if digits.is_empty() { "0" } else { &digits }, 16)
}

fn scalar(position: usize, digits: &str, radix: u32) -> Result<char, RegexError> {
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| syntax(position, format!("`{digits}` is no character")))
}
