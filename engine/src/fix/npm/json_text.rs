//! JSON as npm writes lockfiles: keys sorted, the file's own indentation and line ends.
//!
//! In every object the values that are no objects come first, then the objects, each part with a few keys of lockfiles
//! before all others and the rest in [`collation`] order. Numbers as keys come before everything, as in every
//! JavaScript object.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::collation;

/// Keys that come first, at every level.
const FIRST: [&str; 8] = [
    "name",
    "version",
    "lockfileVersion",
    "resolved",
    "integrity",
    "requires",
    "packages",
    "dependencies",
];

/// How a JSON file is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// What one level is indented by.
    pub(crate) indent: String,
    /// What ends a line.
    pub(crate) line_end: String,
}

impl Layout {
    /// Reads it off a file that begins with an object, as npm does: from what stands behind the first brace.
    pub(crate) fn of(text: &str) -> Self {
        let rest = text.trim_start_matches('\u{feff}').trim_start();
        let after = rest.strip_prefix('{').unwrap_or(rest);
        let ends: usize = after
            .chars()
            .take(64)
            .take_while(|c| matches!(c, '\r' | '\n'))
            .count();
        let (line_end, rest) = after.split_at(ends);
        let indent: String = rest
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .take(10)
            .collect();
        if line_end.is_empty() || indent.is_empty() || rest.starts_with('}') {
            return Self {
                indent: "  ".to_owned(),
                line_end: if line_end.starts_with('\r') {
                    "\r\n"
                } else {
                    "\n"
                }
                .to_owned(),
            };
        }
        Self {
            indent,
            line_end: line_end.to_owned(),
        }
    }
}

/// The text of a lockfile. It ends with a line end, as npm has it.
pub(crate) fn write(value: &Value, layout: &Layout) -> String {
    let mut text = String::new();
    put(value, layout, 0, &mut text);
    text.push_str(&layout.line_end);
    text
}

fn put(value: &Value, layout: &Layout, depth: usize, text: &mut String) {
    let line = |text: &mut String, depth: usize| {
        text.push_str(&layout.line_end);
        for _ in 0..depth {
            text.push_str(&layout.indent);
        }
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('{');
            for (number, (key, value)) in sorted(map).into_iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                line(text, depth + 1);
                text.push_str(&Value::String(key.clone()).to_string());
                text.push_str(": ");
                put(value, layout, depth + 1, text);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('[');
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                line(text, depth + 1);
                put(value, layout, depth + 1, text);
            }
            line(text, depth);
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by(|(a, value_a), (b, value_b)| {
        match (number(a), number(b)) {
            (Some(a), Some(b)) => return a.cmp(&b),
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        value_a
            .is_object()
            .cmp(&value_b.is_object())
            .then_with(|| rank(a).cmp(&rank(b)))
            .then_with(|| collation::compare(a, b))
    });
    entries
}

/// A key that JavaScript holds for an index.
fn number(key: &str) -> Option<u32> {
    let number: u32 = key.parse().ok()?;
    (number != u32::MAX && number.to_string() == key).then_some(number)
}

fn rank(key: &str) -> usize {
    FIRST
        .iter()
        .position(|first| *first == key)
        .unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Layout, write};

    #[test]
    fn order_and_layout() {
        let value = serde_json::from_str(
            r#"{"packages": {"b": {"x": [1, {"k": {}}], "version": "1"}, "": {}, "a-b": null}, "name": "n", "10": 1, "9": []}"#,
        )
        .unwrap();
        let layout = Layout::of("{\r\n\t\"name\"");
        let expected = "{|>\"9\": [],|>\"10\": 1,|>\"name\": \"n\",|>\"packages\": {|>>\"a-b\": null,|>>\"\": {},|>>\"b\": {|>>>\"version\": \"1\",|>>>\"x\": [|>>>>1,|>>>>{|>>>>>\"k\": {}|>>>>}|>>>]|>>}|>}|}|";
        assert_eq!(
            write(&value, &layout),
            expected.replace('|', "\r\n").replace('>', "\t")
        );
        assert_eq!(Layout::of("{}").indent, "  ");
    }
}
