//! Texts of rules with their metavariables filled in: messages and fixes.

use super::regex::Regex;
use super::rule::FixRegex;

/// Puts the text of metavariables in place of `$X`, `$...XS`, `$1` and `value($X)`. The longest name wins, so `$XY`
/// is never `$X` and a `Y`; names without a value stay.
pub fn interpolate(template: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let mut output = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        let name = name_at(from);
        let value = (name.len() > 1).then(|| lookup(name)).flatten();
        let wrapped = before
            .strip_suffix("value(")
            .filter(|_| from[name.len()..].starts_with(')'));
        match (value, wrapped) {
            (Some(value), Some(before)) => {
                output.push_str(before);
                output.push_str(value.trim_matches(['"', '\'', '`']));
                rest = &from[name.len() + 1..];
            }
            (Some(value), None) => {
                output.push_str(before);
                output.push_str(&value);
                rest = &from[name.len()..];
            }
            (None, _) => {
                let length = name.len().max(1);
                output.push_str(before);
                output.push_str(&from[..length]);
                rest = &from[length..];
            }
        }
    }
    output.push_str(rest);
    output
}

/// The name that `text` begins with, which starts with `$`.
fn name_at(text: &str) -> &str {
    let prefix = if text.starts_with("$...") { 4 } else { 1 };
    let length = text
        .bytes()
        .skip(prefix)
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        .count();
    if length == 0 {
        "$"
    } else {
        text.get(..prefix + length).unwrap_or("$")
    }
}

/// The matched text after a rule's `fix-regex`; `None` where the expression cannot be used or does not match.
pub fn apply_fix_regex(text: &str, fix: &FixRegex) -> Option<String> {
    let regex = Regex::new(&fix.regex).ok()?;
    let most = fix.count.map_or(usize::MAX, |count| count as usize);
    let found = regex.find_all(text, most).ok()?;
    if found.is_empty() {
        return None;
    }
    let mut output = String::with_capacity(text.len());
    let mut at = 0;
    for found in found {
        output.push_str(text.get(at..found.range.start)?);
        let mut characters = fix.replacement.chars();
        while let Some(character) = characters.next() {
            if character != '\\' {
                output.push(character);
                continue;
            }
            match characters.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    let group = digit.to_digit(10).unwrap_or(0) as usize;
                    let range = if group == 0 {
                        Some(found.range.clone())
                    } else {
                        found.groups.get(group - 1).cloned().flatten()
                    };
                    output.push_str(range.and_then(|range| text.get(range)).unwrap_or_default());
                }
                Some(other) => output.push(other),
                None => output.push('\\'),
            }
        }
        at = found.range.end;
    }
    output.push_str(text.get(at..)?);
    Some(output)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{apply_fix_regex, interpolate};
    use crate::rules::rule::FixRegex;

    fn check(template: &str, expected: &str) {
        let lookup = |name: &str| match name {
            "$X" => Some("\"one\"".to_owned()),
            "$XY" => Some("two".to_owned()),
            "$...ARGS" => Some("a, b".to_owned()),
            "$1" => Some("group".to_owned()),
            _ => None,
        };
        assert_eq!(interpolate(template, &lookup), expected);
    }

    #[test]
    fn names() {
        check("$X and $XY, $...ARGS; $1", "\"one\" and two, a, b; group");
        check("value($X)!", "one!");
        check("$Z costs 5$ $", "$Z costs 5$ $");
        check("no names", "no names");
    }

    #[test]
    fn fix_regex() {
        let fix = |count| FixRegex {
            regex: "(a)(b)".into(),
            replacement: r"\2\1".into(),
            count,
        };
        assert_eq!(
            apply_fix_regex("ab ab", &fix(None)).as_deref(),
            Some("ba ba")
        );
        assert_eq!(
            apply_fix_regex("ab ab", &fix(Some(1))).as_deref(),
            Some("ba ab")
        );
        assert_eq!(apply_fix_regex("x", &fix(None)), None);
    }

    proptest! {
        #[test]
        fn text_without_names_stays(text in "[^$]{0,60}") {
            prop_assert_eq!(interpolate(&text, &|_| Some("x".to_owned())), text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            interpolate(&text, &|_| Some("é".to_owned()));
        }
    }
}
