//! Text of strangers, made harmless for each printer.
//!
//! A repository or an advisory may hold text that a terminal, a CI log, a browser or a spreadsheet would act on. Every
//! format calls its function here for every such text; what is shown stays readable.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on a terminal, or hides what is there: control characters, overrides of the writing
/// direction (as in the "Trojan Source" attack), invisible separators, tags.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// One line for a terminal: what acts is shown as `\u{1b}`, a line break as a blank, a tab as it is.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut output = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\t' => output.push('\t'),
            '\n' => output.push(' '),
            '\r' => {}
            _ if acts(character) => {
                // Writing to a string cannot fail.
                let _ = write!(output, "\\u{{{:x}}}", u32::from(character));
            }
            _ => output.push(character),
        }
    }
    Cow::Owned(output)
}

/// One line for a log that a CI service reads: as [`line`], and what would be a workflow command at the beginning
/// of a line (`::error::`, `##[group]`, `##vso[…]`) loses its beginning's meaning.
pub fn log_line(text: &str) -> Cow<'_, str> {
    let safe = line(text);
    let trimmed = safe.trim_start();
    if trimmed.starts_with("::") || trimmed.starts_with("##[") || trimmed.starts_with("##vso[") {
        let indent = safe.len() - trimmed.len();
        let (blank, rest) = safe.split_at(indent);
        return Cow::Owned(format!("{blank}\\{rest}"));
    }
    safe
}

/// Text for HTML, in an element or a quoted attribute.
pub fn html(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for character in line(text).chars() {
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

/// A field for CSV, before quoting: what a spreadsheet would compute (`=`, `+`, `-`, `@` first) is text.
pub fn csv(text: &str) -> Cow<'_, str> {
    let safe = line(text);
    if safe.trim_start().starts_with(['=', '+', '-', '@']) || safe.starts_with('\t') {
        return Cow::Owned(format!("'{safe}"));
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{acts, csv, html, line, log_line};

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(line("plain é 漢"), "plain é 漢");
        assert_eq!(log_line("  ::error::x"), "  \\::error::x");
        assert_eq!(log_line("##vso[task]"), "\\##vso[task]");
        assert_eq!(html("<a href='\"&"), "&lt;a href=&#39;&quot;&amp;");
        assert_eq!(csv("=cmd|'/c calc'"), "'=cmd|'/c calc'");
    }

    proptest! {
        #[test]
        fn nothing_acts_any_more(text in "(\\PC|[\u{0}-\u{1f}]|::|##\\[|\u{202e}|\u{9b}){0,40}") {
            prop_assert!(!line(&text).chars().any(|c| acts(c) && c != '\t'));
            let log = log_line(&text);
            prop_assert!(!log.trim_start().starts_with("::") && !log.trim_start().starts_with("##["));
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
            prop_assert!(!csv(&text).trim_start().starts_with(['=', '+', '-', '@']));
        }
    }
}
