//! JSON of lockfiles and manifests: lenient serde pieces, and the line of every key.
//!
//! `serde_json` reads straight into what is needed, without a tree: a lockfile of 20 MB takes a fraction of a second and
//! little more memory than its own text. Strings are borrowed from that text, so a key's address in it tells its line.
//! A value of the wrong type is taken for absent, as the package managers do; text that is no JSON is an error.
//! Nesting is bounded by `serde_json` (128 levels).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lockfile::{LockfileError, MOST_PACKAGES};

/// Reads a document into `T`.
pub(super) fn read<'t, T: Deserialize<'t>>(path: &str, text: &'t str) -> Result<T, LockfileError> {
    serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
        LockfileError::new(
            path,
            line,
            format!("not the JSON that is expected here: {error}"),
        )
    })
}

/// Lines of keys, asked for in the order of the text.
pub(super) struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    /// The line of a piece of the text. A piece that was written with escapes stands elsewhere in memory: it has the
    /// line of the piece before it.
    pub(super) fn of(&mut self, piece: &str) -> u32 {
        let start = piece
            .as_ptr()
            .addr()
            .wrapping_sub(self.text.as_ptr().addr());
        if start < self.text.len() && start >= self.offset {
            let between = self
                .text
                .as_bytes()
                .get(self.offset..start)
                .unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', between).count() as u32;
            self.offset = start;
        }
        self.line
    }
}

/// Text, or nothing where something else stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'t>(pub(super) Option<Cow<'t, str>>);

impl Text<'_> {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(super) fn or_empty(&self) -> &str {
        self.get().unwrap_or_default()
    }
}

/// `true`, or anything else for no.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flag(pub(super) bool);

/// A number's digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number(pub(super) Option<u64>);

/// The entries of an object in the order of the text; none where something else stands.
#[derive(Clone, Debug)]
pub(super) struct Entries<'t, T>(pub(super) Vec<(Cow<'t, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The texts of a list; none where something else stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts<'t>(pub(super) Vec<Cow<'t, str>>);

/// A mapping of names to text, such as `dependencies`.
pub(super) type Needs<'t> = Entries<'t, Text<'t>>;

/// An object, or `None` where something else stands.
#[derive(Clone, Debug)]
pub(super) struct Maybe<T>(pub(super) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// The visitor methods for kinds of values that are passed over.
macro_rules! passed_over {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}

fn skip_sequence<'t, A: SeqAccess<'t>>(mut sequence: A) -> Result<(), A::Error> {
    while sequence.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_mapping<'t, A: MapAccess<'t>>(mut mapping: A) -> Result<(), A::Error> {
    while mapping.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

struct TextVisitor;

impl<'t> Visitor<'t> for TextVisitor {
    type Value = Text<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    passed_over!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);

    fn visit_seq<A: SeqAccess<'t>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        skip_sequence(sequence).map(|()| Text::default())
    }

    fn visit_map<A: MapAccess<'t>>(self, mapping: A) -> Result<Self::Value, A::Error> {
        skip_mapping(mapping).map(|()| Text::default())
    }
}

impl<'de: 't, 't> Deserialize<'de> for Text<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct ScalarVisitor;

#[derive(Default)]
struct Scalar {
    flag: bool,
    number: Option<u64>,
}

impl<'t> Visitor<'t> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean or a number")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar { flag, number: None })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar {
            flag: false,
            number: Some(number),
        })
    }

    passed_over!(visit_str: &str, visit_i64: i64, visit_f64: f64);

    fn visit_seq<A: SeqAccess<'t>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        skip_sequence(sequence).map(|()| Scalar::default())
    }

    fn visit_map<A: MapAccess<'t>>(self, mapping: A) -> Result<Self::Value, A::Error> {
        skip_mapping(mapping).map(|()| Scalar::default())
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ScalarVisitor)
            .map(|scalar| Self(scalar.flag))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ScalarVisitor)
            .map(|scalar| Self(scalar.number))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(TextVisitor)
            .map(|text| Self(text.0.unwrap_or_default()))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'t, T: Deserialize<'t>> Visitor<'t> for EntriesVisitor<T> {
    type Value = Entries<'t, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    passed_over!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64, visit_str: &str);

    fn visit_seq<A: SeqAccess<'t>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        skip_sequence(sequence).map(|()| Entries::default())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut mapping: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), value)) = mapping.next_entry::<Key<'t>, T>()? {
            if entries.len() >= MOST_PACKAGES {
                return Err(serde::de::Error::custom(format!(
                    "more than {MOST_PACKAGES} entries"
                )));
            }
            entries.push((key, value));
        }
        Ok(Entries(entries))
    }
}

impl<'de: 't, 't, T: Deserialize<'de>> Deserialize<'de> for Entries<'t, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

struct TextsVisitor;

impl<'t> Visitor<'t> for TextsVisitor {
    type Value = Texts<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    passed_over!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64, visit_str: &str);

    fn visit_seq<A: SeqAccess<'t>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(text)) = sequence.next_element::<Text<'t>>()? {
            texts.extend(text);
        }
        Ok(Texts(texts))
    }

    /// Workspaces are a list, or an object whose `packages` is one.
    fn visit_map<A: MapAccess<'t>>(self, mut mapping: A) -> Result<Self::Value, A::Error> {
        let mut texts = Texts::default();
        while let Some(Key(key)) = mapping.next_key::<Key<'t>>()? {
            if key == "packages" {
                texts = mapping.next_value()?;
            } else {
                mapping.next_value::<IgnoredAny>()?;
            }
        }
        Ok(texts)
    }
}

impl<'de: 't, 't> Deserialize<'de> for Texts<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct MaybeVisitor<T>(PhantomData<T>);

impl<'t, T: Deserialize<'t>> Visitor<'t> for MaybeVisitor<T> {
    type Value = Maybe<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    passed_over!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64, visit_str: &str);

    fn visit_seq<A: SeqAccess<'t>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        skip_sequence(sequence).map(|()| Maybe(None))
    }

    fn visit_map<A: MapAccess<'t>>(self, mapping: A) -> Result<Self::Value, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(mapping))
            .map(|value| Maybe(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeVisitor(PhantomData))
    }
}

/// JSON with comments and trailing commas as plain JSON of the same length: what is left out becomes spaces, so that
/// lines stay where they are.
pub(super) fn without_comments(text: &str) -> String {
    let mut plain = text.as_bytes().to_vec();
    let mut comma = None;
    let mut at = 0;
    while let Some(byte) = plain.get(at).copied() {
        let end = match (byte, plain.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at = end_of_string(&plain, at);
                continue;
            }
            (b'/', Some(b'/')) => memchr::memchr(b'\n', plain.get(at..).unwrap_or_default())
                .map_or(plain.len(), |length| at + length),
            (b'/', Some(b'*')) => {
                memchr::memmem::find(plain.get(at + 2..).unwrap_or_default(), b"*/")
                    .map_or(plain.len(), |length| at + length + 4)
            }
            (b',', _) => {
                comma = Some(at);
                at += 1;
                continue;
            }
            (b'}' | b']', _) => {
                if let Some(comma) = comma.take().and_then(|comma: usize| plain.get_mut(comma)) {
                    *comma = b' ';
                }
                at += 1;
                continue;
            }
            _ => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                at += 1;
                continue;
            }
        };
        for byte in plain.get_mut(at..end).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Comments become spaces whole, so no character is cut in two.
    String::from_utf8(plain).unwrap_or_default()
}

/// The offset after the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(length) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        if bytes.get(at + length) == Some(&b'"') {
            return at + length + 1;
        }
        at += length + 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::{Entries, Flag, Lines, Maybe, Needs, Number, Text, Texts, read, without_comments};

    #[test]
    fn lines_of_keys() {
        let text = "{\n\"a\": 1,\n\n\"b\": {\"c\":\n2}, \"\\u0064\": 1,\n\"e\": 1}";
        let entries: Entries<'_, Text<'_>> = read("f", text).unwrap();
        let mut lines = Lines::new(text);
        let found: Vec<_> = entries
            .0
            .iter()
            .map(|(key, _)| (key.as_ref(), lines.of(key)))
            .collect();
        assert_eq!(found, [("a", 2), ("b", 4), ("d", 4), ("e", 6)]);
    }

    #[test]
    fn wrong_types_are_absent() {
        for value in [
            "null",
            "true",
            "1",
            "-1",
            "1.5",
            "\"x\"",
            "[1, {}]",
            "{\"a\": [1]}",
        ] {
            read::<Text<'_>>("f", value).unwrap();
            read::<Flag>("f", value).unwrap();
            read::<Number>("f", value).unwrap();
            read::<Needs<'_>>("f", value).unwrap();
            read::<Texts<'_>>("f", value).unwrap();
            read::<Maybe<Needs<'_>>>("f", value).unwrap();
        }
        assert!(read::<Text<'_>>("f", "{\"a\": ").is_err());
        // What is passed over takes no stack, however deep it nests.
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read::<Maybe<Text<'_>>>("f", &deep).unwrap().0.is_none());
    }

    #[test]
    fn comments_and_trailing_commas() {
        let text =
            "{ // a \"b\n \"a,]//\": [1, 2, /* , */ ],\n \"b\\\"\": {\"c\": 1,\n},\n}\n// end";
        let plain = without_comments(text);
        assert_eq!(plain.len(), text.len());
        let value: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(value, serde_json::json!({"a,]//": [1, 2], "b\"": {"c": 1}}));
    }

    proptest! {
        #[test]
        fn plain_json_stays(text in "\\PC{0,60}", number in 0_u32..9) {
            let json = serde_json::json!({"k": [text, number, {"x": []}]}).to_string();
            prop_assert_eq!(without_comments(&json), json);
        }

        #[test]
        fn any_text_keeps_its_length(text in "[\"/*,\\]\\}\\\\\\n\u{e9}a]{0,40}") {
            prop_assert_eq!(without_comments(&text).len(), text.len());
        }
    }
}
