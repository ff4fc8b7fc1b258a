//! YAML lockfiles: mappings and scalars with the line of every key.
//!
//! Package managers write a small part of YAML. Aliases are refused (none writes them, and a chain of them grows without
//! bound), sequences are passed over, nesting and the number of values are bounded. Text is borrowed where the parser
//! borrows it. Several documents may follow each other: pnpm keeps what it needs itself in a first one.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{LockfileError, MOST_PACKAGES};

/// Deepest nesting; lockfiles have about six levels.
const MAX_DEPTH: usize = 64;
/// Most values of all documents together.
const MAX_VALUES: usize = 8 * MOST_PACKAGES;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    /// Text; plain text may mean a boolean.
    Scalar {
        /// The text.
        text: Cow<'t, str>,
        /// Without quotes.
        plain: bool,
    },
    /// A mapping.
    Mapping(Vec<Entry<'t>>),
    /// A sequence, or a mapping's value below a key that is no scalar.
    Other,
}

/// A key of a mapping with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    /// The key.
    pub(super) key: Cow<'t, str>,
    /// Its line, from 1.
    pub(super) line: u32,
    /// Its value.
    pub(super) value: Value<'t>,
}

impl<'t> Value<'t> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> &[Entry<'t>] {
        match self {
            Self::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The text below a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// The entries of the mapping below a key.
    pub(super) fn entries_of(&self, key: &str) -> &[Entry<'t>] {
        self.get(key).map(Self::entries).unwrap_or_default()
    }

    /// Whether `true` stands below a key.
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Self::Scalar { text, plain: true }) if text == "true")
    }
}

enum Open<'t> {
    Mapping {
        entries: Vec<Entry<'t>>,
        key: Option<(Option<Cow<'t, str>>, u32)>,
    },
    Sequence,
}

/// Reads all documents of a text.
pub(super) fn read<'t>(path: &str, text: &'t str) -> Result<Vec<Value<'t>>, LockfileError> {
    let mut parser = Parser::new_from_str(text);
    let mut documents = Vec::new();
    let mut open: Vec<Open<'t>> = Vec::new();
    let mut values = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line() as u32;
            LockfileError::new(path, Some(line), format!("not YAML: {}", error.info()))
        })?;
        let line = span.start.line() as u32;
        let fail = |message: String| Err(LockfileError::new(path, Some(line), message));
        let value = match event {
            Event::Scalar(text, style, ..) => Value::Scalar {
                text,
                plain: style == ScalarStyle::Plain,
            },
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if open.len() >= MAX_DEPTH {
                    return fail(format!("nests deeper than {MAX_DEPTH} levels"));
                }
                open.push(if matches!(event, Event::MappingStart(..)) {
                    Open::Mapping {
                        entries: Vec::new(),
                        key: None,
                    }
                } else {
                    Open::Sequence
                });
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => match open.pop() {
                Some(Open::Mapping { entries, .. }) => Value::Mapping(entries),
                _ => Value::Other,
            },
            Event::Alias(_) => {
                return fail("an alias stands here; package managers write none".to_owned());
            }
            _ => continue,
        };
        values += 1;
        if values > MAX_VALUES {
            return fail(format!("more than {MAX_VALUES} values"));
        }
        match open.last_mut() {
            None => documents.push(value),
            Some(Open::Sequence) => {}
            Some(Open::Mapping { entries, key }) => match key.take() {
                None => {
                    let name = match value {
                        Value::Scalar { text, .. } => Some(text),
                        _ => None,
                    };
                    *key = Some((name, line));
                }
                Some((Some(name), line)) => entries.push(Entry {
                    key: name,
                    line,
                    value,
                }),
                Some((None, _)) => {}
            },
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::read;

    #[test]
    fn lines_and_documents() {
        let text =
            "a: 1\n---\n\n'b':\n  ? [x]\n  : y\n  c: {d: true, e: 'true'}\n  f: [1, {g: 2}]\n";
        let documents = read("f", text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].text_of("a"), Some("1"));
        let entry = &documents[1].entries()[0];
        assert_eq!((entry.key.as_ref(), entry.line), ("b", 4));
        let inner = entry.value.get("c").unwrap();
        assert!(inner.flag("d") && !inner.flag("e"));
        assert_eq!(entry.value.entries().len(), 2);
    }

    #[test]
    fn refusals() {
        assert!(
            read("f", "a: &x 1\nb: *x\n")
                .unwrap_err()
                .to_string()
                .starts_with("f:2: an alias")
        );
        assert!(read("f", &"- ".repeat(100_000)).is_err());
        assert!(read("f", &"[".repeat(100_000)).is_err());
        assert!(read("f", &"{a: ".repeat(100_000)).is_err());
        assert!(read("f", "").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-a:?#&*!|>'\"%@{}\\[\\], \\n]{0,80}") {
            let _ = read("f", &text);
        }
    }
}
