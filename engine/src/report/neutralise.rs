//! Text of strangers, made harmless for each printer.
//!
//! A repository or an advisory may hold text that a terminal, a CI log, a browser or a spreadsheet would act on. There
//! is one function for each of them, every format calls its own for every such text, and what is shown stays readable.
//!
//! | printer | function |
//! |---|---|
//! | terminal, and the log of a CI service | [`terminal`]; [`log_line`] where the text begins a line |
//! | JSON | [`JsonFormatter`], which escapes and so loses nothing |
//! | SARIF message | [`sarif`], inside JSON |
//! | Markdown | [`markdown`] |
//! | HTML | [`html`] |
//! | CSV | [`csv`] |

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

/// Whether a character acts on a terminal, or hides what is there: control characters (C0, DEL, C1), overrides of the
/// writing direction (the "Trojan Source" attack), separators and joiners without width, tags.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Length of the `##[` or `##word[` at the beginning of a text, which Azure and GitHub obey wherever it stands in a
/// line of a log, and `TeamCity` as well.
fn command(text: &str) -> Option<usize> {
    let word = text.strip_prefix("##")?;
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    (word.as_bytes().get(letters) == Some(&b'[')).then_some(2 + letters)
}

/// Text within a line of a terminal or a CI log: what acts is shown as `\u{1b}`, a line break as a blank, a tab as it
/// is; `##[…]` and `##vso[…]` get a backslash before their bracket.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut output = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = command(rest) {
            output.push_str(rest.get(..length).unwrap_or_default());
            output.push('\\');
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        match character {
            '\t' => output.push('\t'),
            '\n' => output.push(' '),
            '\r' if rest.starts_with("\r\n") => {}
            _ if acts(character) => {
                // Writing to a string cannot fail.
                let _ = write!(output, "\\u{{{:x}}}", u32::from(character));
            }
            _ => output.push(character),
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    Cow::Owned(output)
}

/// A whole line of a terminal or a CI log: as [`terminal`], and a line that begins with `::`, which GitHub obeys
/// (`::error::…`), gets a backslash before it. Blanks before it do not count there.
pub fn log_line(text: &str) -> Cow<'_, str> {
    let safe = terminal(text);
    let trimmed = safe.trim_start();
    if trimmed.starts_with("::") {
        let (blank, rest) = safe.split_at(safe.len() - trimmed.len());
        return Cow::Owned(format!("{blank}\\{rest}"));
    }
    safe
}

/// Text of a SARIF message. Viewers make links of `[text](target)` in plain text (SARIF 2.1.0, section 3.11.6), so the
/// brackets of strangers are escaped as that section says. Line breaks stay.
pub fn sarif(text: &str) -> Cow<'_, str> {
    if !text.contains(['[', ']', '\\']) || !text.contains("](") {
        return Cow::Borrowed(text);
    }
    let mut output = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            output.push('\\');
        }
        output.push(character);
    }
    Cow::Owned(output)
}

/// Text for Markdown, as plain text: no link, image, element, heading, list or table comes of it. Line breaks become
/// blanks.
pub fn markdown(text: &str) -> String {
    let mut output = String::with_capacity(text.len() + 16);
    for character in terminal(text).chars() {
        match character {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            '\t' => output.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '-' | '!'
            | '|' | '~' | '=' | ':' | '@' => {
                output.push('\\');
                output.push(character);
            }
            _ => output.push(character),
        }
    }
    output
}

/// Text for HTML, in an element or a quoted attribute.
pub fn html(text: &str) -> String {
    let mut output = String::with_capacity(text.len() + 16);
    for character in terminal(text).chars() {
        match character {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            '"' => output.push_str("&quot;"),
            '\'' => output.push_str("&#39;"),
            other => output.push(other),
        }
    }
    output
}

/// A field for CSV, before quoting: what a spreadsheet would compute (`=`, `+`, `-`, `@` first, in either width) is
/// made text by a quote before it.
pub fn csv(text: &str) -> Cow<'_, str> {
    let safe = terminal(text);
    let computes = [
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    if safe.trim_start().starts_with(computes) || safe.starts_with('\t') {
        return Cow::Owned(format!("'{safe}"));
    }
    safe
}

/// Writes JSON, indented, in which nothing acts on whoever prints it: `serde_json` escapes C0 only; here whatever
/// [`terminal`] shows is escaped (`\u009b`), and so is the `#` of CI commands. A reader of the JSON gets the same text.
#[derive(Default)]
pub struct JsonFormatter(PrettyFormatter<'static>);

impl JsonFormatter {
    /// Writes a value and a line break.
    pub fn write(value: &impl serde::Serialize, output: &mut dyn io::Write) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *output, Self::default());
        value.serialize(&mut serializer)?;
        output.write_all(b"\n")
    }
}

impl Formatter for JsonFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (at, character) in fragment.char_indices() {
            let rest = fragment.get(at..).unwrap_or_default();
            if !acts(character) && (character != '#' || command(rest).is_none()) {
                continue;
            }
            writer.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + character.len_utf8();
        }
        writer.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::{JsonFormatter, acts, command, csv, html, log_line, markdown, sarif, terminal};

    fn obeyed(text: &str) -> bool {
        text.char_indices()
            .any(|(at, _)| text.get(at..).is_some_and(|rest| command(rest).is_some()))
    }

    fn json(text: &str) -> String {
        let mut bytes = Vec::new();
        JsonFormatter::write(&[text], &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(terminal("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(terminal("over\rwritten\r\nnext"), "over\\u{d}written next");
        assert_eq!(terminal("plain é 漢 std::env"), "plain é 漢 std::env");
        assert_eq!(log_line("  ::error::x"), "  \\::error::x");
        assert_eq!(
            terminal("x ##vso[task] ##[error] ## [a]"),
            "x ##vso\\[task] ##\\[error] ## [a]"
        );
        assert_eq!(html("<a href='\"&"), "&lt;a href=&#39;&quot;&amp;");
        assert_eq!(csv("=cmd|'/c calc'"), "'=cmd|'/c calc'");
        assert_eq!(
            sarif("see [here](http://x) a\\b"),
            "see \\[here\\](http://x) a\\\\b"
        );
        assert_eq!(sarif("a[0] \\d"), "a[0] \\d");
        assert_eq!(markdown("# [x](y) <b>"), "\\# \\[x\\]\\(y\\) &lt;b&gt;");
        assert_eq!(
            json("\u{9b}2J ##[x] \u{e0041}"),
            "[\n  \"\\u009b2J \\u0023#[x] \\udb40\\udc41\"\n]\n"
        );
    }

    proptest! {
        #[test]
        fn nothing_acts_any_more(
            text in "(\\PC|[\u{0}-\u{1f}]|::|##\\[|##[a-z]|\\[|\u{202e}|\u{9b}|=|\\]\\(|<!--|\r){0,40}",
        ) {
            let shown = terminal(&text);
            prop_assert!(!shown.chars().any(|c| acts(c) && c != '\t'));
            prop_assert!(!obeyed(&shown));
            prop_assert!(!log_line(&text).trim_start().starts_with("::"));
            // The macro reads the text of its condition as a format.
            let (in_html, in_markdown) =
                (['<', '>', '"', '\'', '\u{1b}'], ['<', '>', '\n', '\u{1b}']);
            prop_assert!(!html(&text).contains(in_html));
            prop_assert!(!markdown(&text).contains(in_markdown));
            prop_assert!(!csv(&text).trim_start().starts_with(['=', '+', '-', '@']));
            prop_assert!(!sarif(&text).replace("\\\\", "").replace("\\]", "").contains("]("));
            let json = json(&text);
            prop_assert!(!json.chars().any(|c| acts(c) && c != '\n'));
            prop_assert!(!obeyed(&json));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}
