//! From PCRE's syntax to the syntax of the engines used here.
//!
//! One pass without recursion writes two texts. The first means the same as the source and is for the `regex` crate
//! or, where the source looks around or back, for `fancy-regex`. The second leaves out what a linear-time engine cannot
//! check (look-around, back-references, atomic groups), so that it matches wherever the source matches and in more
//! places: it finds where an attempt is worth making, and which literals a match must contain.
//!
//! Surprising facts of PCRE, as Semgrep configures it: `\w`, `\d`, `\s` and POSIX classes are ASCII although text is
//! UTF-8; `{` is a literal unless a complete quantifier follows; `[` is a literal in a class; `\h` and `\v` are
//! classes; `\<` is a literal.

mod group;

use std::iter::Peekable;
use std::str::CharIndices;

use super::RegexError;
use super::class::{self, VERTICAL};

/// What a source became.
#[derive(Debug, Default)]
pub(super) struct Translated {
    /// Means the same as the source.
    pub(super) exact: String,
    /// Linear, and matches at least where the source does.
    pub(super) relaxed: String,
    /// Whether `exact` needs `fancy-regex`.
    pub(super) backtracks: bool,
}

/// A group that is open.
#[derive(Clone, Copy)]
struct Group {
    /// Where it begins in both texts, for a possessive quantifier after it.
    start: (usize, usize),
    extended: bool,
    captures: bool,
    closing: &'static str,
    /// Not part of the relaxed text.
    hidden: bool,
}

struct Translator<'s> {
    source: &'s str,
    input: Peekable<CharIndices<'s>>,
    out: Translated,
    groups: Vec<Group>,
    /// Hidden groups that are open.
    hidden: usize,
    /// `(?x)` is on.
    extended: bool,
    /// Plain parentheses capture: `(?n)` is off.
    captures: bool,
    /// Where the last quantifiable item begins.
    item: Option<(usize, usize)>,
    /// Whether that item is an assertion, which consumes nothing.
    asserts: bool,
    capture_count: u32,
}

/// Translates `source`.
pub(super) fn translate(source: &str) -> Result<Translated, RegexError> {
    let mut translator = Translator {
        source,
        input: source.char_indices().peekable(),
        out: Translated::default(),
        groups: Vec::new(),
        hidden: 0,
        extended: false,
        captures: true,
        item: None,
        asserts: false,
        capture_count: capture_count(source),
    };
    translator.skip_leading_verbs();
    while let Some((position, character)) = translator.input.next() {
        translator.token(position, character)?;
    }
    if !translator.groups.is_empty() {
        return Err(syntax(source.len(), "a group is not closed"));
    }
    Ok(translator.out)
}

/// An upper bound of the capture groups, which tells `\12` the back-reference from `\12` the octal number.
fn capture_count(source: &str) -> u32 {
    source.matches('(').count() as u32
}

pub(super) fn syntax(position: usize, reason: impl Into<String>) -> RegexError {
    RegexError::Syntax {
        position,
        reason: reason.into(),
    }
}

fn unsupported(position: usize, what: impl Into<String>) -> RegexError {
    RegexError::Unsupported {
        position,
        what: what.into(),
    }
}

/// Appends `character` so that it stands for itself, in a class as well.
pub(super) fn push_literal(out: &mut String, character: char) {
    if regex_syntax::is_meta_character(character) {
        out.push('\\');
    }
    out.push(character);
}

impl Translator<'_> {
    fn token(&mut self, position: usize, character: char) -> Result<(), RegexError> {
        match character {
            _ if self.extended && (character.is_ascii_whitespace() || character == '\x0b') => {}
            '#' if self.extended => {
                while self.input.next_if(|&(_, next)| next != '\n').is_some() {}
            }
            '\\' => self.escape(position)?,
            '[' => {
                let text = class::translate(&mut self.input, position)?;
                self.emit_item(&text, &text);
            }
            '(' => self.open(position)?,
            ')' => self.close(position)?,
            '|' => {
                self.emit("|", "|");
                self.item = None;
            }
            '*' | '+' | '?' => self.quantify(position, character.to_string())?,
            '{' => match self.counted() {
                Some(quantifier) => self.quantify(position, quantifier)?,
                None => self.emit_item("\\{", "\\{"),
            },
            '.' => self.emit_item(".", "."),
            '^' | '$' => {
                let text = character.to_string();
                self.emit_assertion(&text, &text);
            }
            _ => self.emit_literal(character),
        }
        Ok(())
    }

    fn here(&self) -> (usize, usize) {
        (self.out.exact.len(), self.out.relaxed.len())
    }

    fn emit(&mut self, exact: &str, relaxed: &str) {
        self.out.exact.push_str(exact);
        if self.hidden == 0 {
            self.out.relaxed.push_str(relaxed);
        }
    }

    fn emit_item(&mut self, exact: &str, relaxed: &str) {
        self.item = Some(self.here());
        self.asserts = false;
        self.emit(exact, relaxed);
    }

    fn emit_assertion(&mut self, exact: &str, relaxed: &str) {
        self.emit_item(exact, relaxed);
        self.asserts = true;
    }

    fn emit_literal(&mut self, character: char) {
        let mut text = String::new();
        push_literal(&mut text, character);
        self.emit_item(&text, &text);
    }

    /// Emits what only `fancy-regex` can do; the relaxed text lets anything stand there.
    fn emit_unbounded(&mut self, exact: &str) {
        self.out.backtracks = true;
        self.emit_item(exact, "(?s:.*?)");
    }

    fn accept(&mut self, character: char) -> bool {
        self.input.next_if(|&(_, next)| next == character).is_some()
    }

    fn peek(&mut self) -> Option<char> {
        self.input.peek().map(|&(_, next)| next)
    }

    /// The text up to `end`, which is consumed.
    fn until(&mut self, position: usize, end: char) -> Result<String, RegexError> {
        let mut text = String::new();
        for (_, next) in self.input.by_ref() {
            if next == end {
                return Ok(text);
            }
            text.push(next);
        }
        Err(syntax(position, format!("expected `{end}`")))
    }

    fn name(&mut self, position: usize, end: char) -> Result<String, RegexError> {
        let name = self.until(position, end)?;
        let begins_well = !name.starts_with(|first: char| first.is_ascii_digit());
        if name.is_empty() || !begins_well || !name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            return Err(syntax(position, format!("`{name}` is no group name")));
        }
        Ok(name)
    }

    /// `(*UTF8)` and its like only confirm what holds here.
    fn skip_leading_verbs(&mut self) {
        let mut rest = self.source;
        while let Some((verb, after)) = rest
            .strip_prefix("(*")
            .and_then(|text| text.split_once(')'))
        {
            if !matches!(
                verb,
                "UTF" | "UTF8" | "UCP" | "ANYCRLF" | "LF" | "ANY" | "CRLF"
            ) {
                break;
            }
            for _ in 0..verb.len() + 3 {
                self.input.next();
            }
            rest = after;
        }
    }

    /// The rest of a `{n}`, `{n,}` or `{n,m}` whose brace is consumed; nothing is consumed if it is not one.
    fn counted(&mut self) -> Option<String> {
        let mut ahead = self.input.clone();
        let mut text = String::from("{");
        loop {
            let (_, next) = ahead.next()?;
            match next {
                '0'..='9' => text.push(next),
                ',' if text.len() > 1 && !text.contains(',') => text.push(next),
                '}' if text.len() > 1 => break,
                _ => return None,
            }
        }
        text.push('}');
        self.input = ahead;
        Some(text)
    }

    fn quantify(&mut self, position: usize, mut quantifier: String) -> Result<(), RegexError> {
        let Some((exact, relaxed)) = self.item else {
            return Err(syntax(
                position,
                format!("nothing to repeat before `{quantifier}`"),
            ));
        };
        if self.asserts {
            // Repeating an assertion changes nothing unless no repetition is enough.
            let _ = self.accept('+') || self.accept('?');
            if quantifier.starts_with(['*', '?']) || quantifier.starts_with("{0") {
                self.out.exact.insert_str(exact, "(?:");
                if self.hidden == 0 {
                    self.out.relaxed.insert_str(relaxed, "(?:");
                }
                self.emit("|)", "|)");
            }
            return Ok(());
        }
        if self.accept('+') {
            self.out.backtracks = true;
            self.out.exact.insert_str(exact, "(?>");
            self.emit(&format!("{quantifier})"), &quantifier);
        } else {
            if self.accept('?') {
                quantifier.push('?');
            }
            self.emit(&quantifier, &quantifier);
        }
        Ok(())
    }

    fn escape(&mut self, position: usize) -> Result<(), RegexError> {
        let Some((_, character)) = self.input.next() else {
            return Err(syntax(position, "a backslash ends the expression"));
        };
        if let Some(set) = class::escaped_set(&mut self.input, position, character)? {
            let text = format!("[{set}]");
            self.emit_item(&text, &text);
            return Ok(());
        }
        match character {
            'b' | 'B' => {
                self.emit_assertion(&format!("\\{character}"), &format!("(?-u:\\{character})"));
            }
            'A' | 'z' => {
                let text = format!("\\{character}");
                self.emit_assertion(&text, &text);
            }
            'Z' => {
                self.out.backtracks = true;
                self.emit_assertion("(?=\\n?\\z)", "(?:)");
            }
            'K' => {
                self.out.backtracks = true;
                self.emit_assertion("\\K", "(?:)");
            }
            'R' => {
                let text = format!("(?:\\r\\n|[{VERTICAL}])");
                self.emit_item(&text, &text);
            }
            'X' => self.emit_item("(?:\\P{M}\\p{M}*)", "(?:\\P{M}\\p{M}*)"),
            'Q' => loop {
                match self.input.next() {
                    None => break,
                    Some((_, '\\')) if self.accept('E') => break,
                    Some((_, literal)) => self.emit_literal(literal),
                }
            },
            'E' => {}
            'k' => {
                let end = self.opening(position)?;
                let name = self.name(position, end)?;
                self.emit_unbounded(&format!("(?P={name})"));
            }
            'g' => self.group_reference(position)?,
            '1'..='9' => {
                let digits = self.digits(character);
                let number: u32 = digits.parse().unwrap_or(u32::MAX);
                if number < 10 || number <= self.capture_count {
                    self.emit_unbounded(&format!("(?:\\{number})"));
                } else {
                    let literal = class::octal(position, &digits)?;
                    self.emit_literal(literal);
                }
            }
            'G' | 'C' => return Err(unsupported(position, format!("`\\{character}`"))),
            _ => {
                let literal = class::escaped_character(&mut self.input, position, character)?;
                self.emit_literal(literal);
            }
        }
        Ok(())
    }

    fn digits(&mut self, first: char) -> String {
        let mut digits = String::from(first);
        while let Some((_, digit)) = self.input.next_if(|(_, next)| next.is_ascii_digit()) {
            digits.push(digit);
        }
        digits
    }

    /// Consumes `<`, `'` or `{` and says what closes it.
    fn opening(&mut self, position: usize) -> Result<char, RegexError> {
        match self.input.next() {
            Some((_, '<')) => Ok('>'),
            Some((_, '\'')) => Ok('\''),
            Some((_, '{')) => Ok('}'),
            _ => Err(syntax(
                position,
                "expected a group name in `<>`, `''` or `{}`",
            )),
        }
    }

    /// After `\g`: a back-reference by number or name, or a call of a group.
    fn group_reference(&mut self, position: usize) -> Result<(), RegexError> {
        let (text, call) = match self.peek() {
            Some('{') => {
                self.input.next();
                (self.until(position, '}')?, false)
            }
            Some('<' | '\'') => {
                let end = self.opening(position)?;
                (self.until(position, end)?, true)
            }
            Some(digit @ '0'..='9') => {
                self.input.next();
                (self.digits(digit), false)
            }
            _ => return Err(syntax(position, "expected a group after `\\g`")),
        };
        let relative = text.starts_with(['-', '+']);
        if text.is_empty()
            || !text
                .chars()
                .all(|c| c.is_alphanumeric() || "_+-".contains(c))
        {
            return Err(syntax(position, format!("`{text}` is no group")));
        }
        let number = text.starts_with(|first: char| first.is_ascii_digit());
        let exact = match (call, number, relative) {
            (true, ..) => format!("\\g<{text}>"),
            (false, true, _) => format!("(?:\\{text})"),
            (false, _, true) => format!("\\k<{text}>"),
            (false, ..) => format!("(?P={text})"),
        };
        self.emit_unbounded(&exact);
        Ok(())
    }
}
