//! JSON with the line of every key: for lockfiles that are JSON, or JSON with comments and trailing commas.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::LockfileError;

/// Deepest nesting. The parser recurses; this is checked before it sees the text.
const MAX_DEPTH: u32 = 200;

/// Line of every offset, by the offsets at which lines begin.
pub(super) struct Lines(Vec<u32>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        Self(std::iter::once(0).chain(starts).collect())
    }

    pub(super) fn of(&self, offset: usize) -> u32 {
        self.0.partition_point(|start| *start as usize <= offset) as u32
    }
}

/// Parses a document whose root is an object.
pub(super) fn parse<'t>(path: &str, text: &'t str) -> Result<Object<'t>, LockfileError> {
    if let Some(at) = too_deep(text) {
        let line = Lines::new(text).of(at);
        return Err(LockfileError::new(
            path,
            Some(line),
            format!("nests deeper than {MAX_DEPTH} levels"),
        ));
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).map_err(
        |error| {
            let line = Lines::new(text).of(error.range().start);
            LockfileError::new(path, Some(line), format!("not JSON: {}", error.kind()))
        },
    )?;
    match parsed.value {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(LockfileError::new(
            path,
            Some(1),
            "a JSON object is expected",
        )),
    }
}

/// The offset at which brackets nest too deep, strings left out.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'\\' => {
                            bytes.next();
                        }
                        b'"' | b'\n' => break,
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The entries of an object: key, value, offset of the key.
pub(super) fn entries<'o, 't>(
    object: &'o Object<'t>,
) -> impl Iterator<Item = (&'o str, &'o Value<'t>, usize)> {
    object.properties.iter().map(|property| {
        (
            property.name.as_str(),
            &property.value,
            property.range().start,
        )
    })
}

/// The text of a string value.
pub(super) fn string<'o>(object: &'o Object<'_>, key: &str) -> Option<&'o str> {
    object.get_string(key).map(|value| value.value.as_ref())
}

/// Whether a value is there and true.
pub(super) fn flag(object: &Object<'_>, key: &str) -> bool {
    object.get_boolean(key).is_some_and(|value| value.value)
}

/// The entries of a mapping of text to text below a key.
pub(super) fn strings<'o>(object: &'o Object<'_>, key: &str) -> Vec<(&'o str, &'o str)> {
    object
        .get_object(key)
        .into_iter()
        .flat_map(|section| {
            entries(section).filter_map(|(name, value, _)| match value {
                Value::StringLit(text) => Some((name, text.value.as_ref())),
                _ => None,
            })
        })
        .collect()
}
