//! YAML as a tree whose every value knows its line and column, for errors that point at the place.
//!
//! Bounded for hostile input: aliases count each time they are used, and so does what an anchor keeps, so an "alias
//! bomb" runs into the node budget instead of memory; nesting is limited, that of what an alias repeats included, so
//! that walking a value never overflows the stack; one document only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Most values in one document, those that aliases repeat included.
pub const MAX_NODES: usize = 2_000_000;
/// Entries of a mapping up to which looking at each is faster than keeping a set of its keys.
const FEW_ENTRIES: usize = 32;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 128;

/// A place in the document: line and column from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub data: Data,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Text; `plain` when it stands without quotes, so that `true` or `1` may be meant as such.
    Scalar {
        /// The text.
        text: String,
        /// Without quotes.
        plain: bool,
    },
    /// `[a, b]`
    Sequence(Vec<Value>),
    /// `{a: b}`, in the order of the document.
    Mapping(Vec<(Value, Value)>),
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {message}", place.line, place.column)]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl Value {
    /// The text of a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The elements of a sequence.
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.data {
            Data::Sequence(values) => Some(values),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_mapping(&self) -> Option<&[(Self, Self)]> {
        match &self.data {
            Data::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// `true` or `false`, without quotes.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Scalar { text, plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it says nothing: `null`, `~` or empty.
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_mapping()?
            .iter()
            .find(|(name, _)| name.as_str() == Some(key))
            .map(|(_, value)| value)
    }

    /// What the value is, for messages.
    pub fn describe(&self) -> &'static str {
        match &self.data {
            Data::Scalar { .. } => "text",
            Data::Sequence(_) => "a list",
            Data::Mapping(_) => "a mapping",
        }
    }

    /// The value as JSON: plain numbers, booleans and nulls become such.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Scalar { text, plain } => {
                if self.is_null() {
                    serde_json::Value::Null
                } else if let Some(value) = self.as_bool() {
                    value.into()
                } else if let (true, Ok(number)) = (*plain, text.parse::<i64>()) {
                    number.into()
                } else if let (true, Ok(number)) = (*plain, text.parse::<f64>()) {
                    serde_json::Number::from_f64(number)
                        .map_or_else(|| text.clone().into(), serde_json::Value::Number)
                } else {
                    text.clone().into()
                }
            }
            Data::Sequence(values) => values.iter().map(Self::to_json).collect(),
            Data::Mapping(entries) => entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// A sequence or mapping whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    /// Deepest nesting within, so far.
    depth: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Value>),
    Mapping {
        entries: Vec<(Value, Value)>,
        /// A key that waits for its value.
        key: Option<Value>,
        /// The keys so far, once there are more than [`FEW_ENTRIES`].
        known: HashSet<String>,
    },
}

/// What an alias stands for.
#[derive(Clone)]
struct Anchored {
    value: Arc<Value>,
    nodes: usize,
    depth: usize,
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    root: Option<Value>,
}

/// Reads one document. An empty one is an error.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder {
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
    };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| YamlError {
            place: Place {
                line: error.marker().line() as u32,
                column: error.marker().col() as u32 + 1,
            },
            message: error.info().to_owned(),
        })?;
        builder.event(event, place(span))?;
    }
    builder.root.ok_or(YamlError {
        place: Place { line: 1, column: 1 },
        message: "the document is empty".to_owned(),
    })
}

fn place(span: Span) -> Place {
    Place {
        line: span.start.line() as u32,
        column: span.start.col() as u32 + 1,
    }
}

impl Builder {
    fn event(&mut self, event: Event<'_>, place: Place) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let data = Data::Scalar {
                    text: text.into_owned(),
                    plain,
                };
                self.add(Value { place, data }, anchor, 1, 1)
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(Content::Sequence(Vec::new()), place, anchor)
            }
            Event::MappingStart(anchor, _) => {
                let content = Content::Mapping {
                    entries: Vec::new(),
                    key: None,
                    known: HashSet::new(),
                };
                self.begin(content, place, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let data = match open.content {
                    Content::Sequence(values) => Data::Sequence(values),
                    Content::Mapping { entries, .. } => Data::Mapping(entries),
                };
                let value = Value {
                    place: open.place,
                    data,
                };
                self.add(value, open.anchor, 1, open.depth + 1)
            }
            Event::Alias(anchor) => {
                let Some(anchored) = self.anchors.get(&anchor).cloned() else {
                    return fail(place, "the alias is used inside of what it names");
                };
                // Before the copy is made: what it takes is known already.
                self.spend(anchored.nodes, place)?;
                self.add((*anchored.value).clone(), 0, 0, anchored.depth)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                fail(place, "a second document begins here; one is expected")
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, content: Content, place: Place, anchor: usize) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return too_deep(place);
        }
        self.open.push(Open {
            place,
            anchor,
            depth: 0,
            content,
        });
        Ok(())
    }

    fn spend(&mut self, nodes: usize, place: Place) -> Result<(), YamlError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return fail(
                place,
                format!("more than {MAX_NODES} values, aliases counted each time"),
            );
        }
        Ok(())
    }

    fn add(
        &mut self,
        value: Value,
        anchor: usize,
        nodes: usize,
        depth: usize,
    ) -> Result<(), YamlError> {
        self.spend(nodes, value.place)?;
        if self.open.len() + depth > MAX_DEPTH + 1 {
            return too_deep(value.place);
        }
        if anchor != 0 {
            let nodes = count(&value);
            // An anchor keeps a copy; anchors around anchors keep copies of copies.
            self.spend(nodes, value.place)?;
            let value = Arc::new(value.clone());
            self.anchors.insert(
                anchor,
                Anchored {
                    value,
                    nodes,
                    depth,
                },
            );
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        open.depth = open.depth.max(depth);
        match &mut open.content {
            Content::Sequence(values) => values.push(value),
            Content::Mapping {
                entries,
                key,
                known,
            } => match key.take() {
                None => *key = Some(value),
                Some(name) => {
                    if let Some(text) = name.as_str()
                        && is_known(entries, known, text)
                    {
                        return fail(name.place, format!("the key {text:?} is here twice"));
                    }
                    entries.push((name, value));
                }
            },
        }
        Ok(())
    }
}

/// Whether a mapping has a key already; notes it if not.
fn is_known(entries: &[(Value, Value)], known: &mut HashSet<String>, key: &str) -> bool {
    if entries.len() < FEW_ENTRIES {
        return entries.iter().any(|(other, _)| other.as_str() == Some(key));
    }
    if known.is_empty() {
        known.extend(
            entries
                .iter()
                .filter_map(|(other, _)| other.as_str().map(str::to_owned)),
        );
    }
    !known.insert(key.to_owned())
}

fn fail<T>(place: Place, message: impl Into<String>) -> Result<T, YamlError> {
    Err(YamlError {
        place,
        message: message.into(),
    })
}

fn too_deep<T>(place: Place) -> Result<T, YamlError> {
    fail(place, format!("nests deeper than {MAX_DEPTH} levels"))
}

/// How many values a value holds, itself included.
fn count(value: &Value) -> usize {
    let mut total = 0;
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        total += 1;
        match &value.data {
            Data::Scalar { .. } => {}
            Data::Sequence(values) => pending.extend(values),
            Data::Mapping(entries) => {
                for (key, value) in entries {
                    pending.push(key);
                    pending.push(value);
                }
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::{Place, parse};

    #[test]
    fn places_count_from_one() {
        let value = parse("a:\n  - b: |\n      text\n    c: true\n").unwrap();
        let item = &value.get("a").unwrap().as_sequence().unwrap()[0];
        assert_eq!(item.place, Place { line: 2, column: 5 });
        assert_eq!(item.get("b").unwrap().as_str(), Some("text\n"));
        assert_eq!(item.get("c").unwrap().as_bool(), Some(true));
    }

    #[test]
    fn aliases_repeat_and_bombs_do_not_explode() {
        let value = parse("a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(value.get("b").unwrap().as_sequence().unwrap().len(), 2);
        let mut bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
        for level in 1..12 {
            let inner = vec![format!("*a{}", level - 1); 10].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
        }
        assert!(parse(&bomb).unwrap_err().message.contains("aliases"));
    }

    #[test]
    fn refusals() {
        assert!(parse("").is_err());
        assert!(parse("a: 1\na: 2\n").unwrap_err().message.contains("twice"));
        assert!(parse(&"[".repeat(1000)).is_err());
        assert!(parse("a: 1\n---\nb: 2\n").is_err());
        assert!(parse("&x [*x]").is_err());
        let many = (0..100).fold(String::new(), |text, key| text + &format!("k{key}: 1\n"));
        assert!(parse(&many).is_ok());
        assert!(parse(&format!("{many}k70: 2\n")).is_err());
    }

    #[test]
    fn aliases_do_not_nest_deeper_than_brackets_may() {
        let wrap = |inner: &str| format!("{}{inner}{}", "[".repeat(100), "]".repeat(100));
        let mut chain = format!("a0: &a0 {}\n", wrap("1"));
        assert!(parse(&chain).is_ok());
        chain.push_str(&format!("a1: {}\n", wrap("*a0")));
        assert!(parse(&chain).unwrap_err().message.contains("deeper"));
        assert!(parse(&wrap("1")).is_ok());
    }

    #[test]
    fn anchors_around_anchors_run_into_the_budget() {
        let opening = (0..120).fold(String::new(), |text, level| text + &format!("&a{level} ["));
        let text = format!("{opening}{}{}", "1,".repeat(30_000), "]".repeat(120));
        assert!(parse(&text).unwrap_err().message.contains("values"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn never_panics_on_what_looks_like_yaml(text in "(- |[a-c]: |&a|\\*a |[|>\\[\\]{},'\"#!%?]|\n *|x|é){0,40}") {
            let _ = parse(&text);
        }
    }
}
