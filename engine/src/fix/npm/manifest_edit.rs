//! Changes of a `package.json` that leave everything else of its text as it is.
//!
//! Works on text that is known to be JSON; where it is not, nothing is changed.

/// Sets the text at a path of keys. Objects on the way that are missing are added at the end of the one above; a text on
/// the way becomes an object that has it under `.`, which is what it means in `overrides`.
pub(crate) fn set(text: &str, path: &[&str], value: &str, indent: &str) -> Option<String> {
    let start = skip_space(text, usize::from(text.starts_with('\u{feff}')) * 3);
    set_in(text, start, path, value, &Place { indent, depth: 1 })
}

/// How lines are indented.
struct Place<'a> {
    indent: &'a str,
    depth: usize,
}

fn set_in(
    text: &str,
    object: usize,
    path: &[&str],
    value: &str,
    place: &Place<'_>,
) -> Option<String> {
    let (key, rest) = path.split_first()?;
    let members = members(text, object)?;
    // Of a key that is there twice, the last counts.
    let Some(member) = members.iter().rfind(|member| member.key == *key) else {
        return insert(text, object, &members, key, rest, value, place);
    };
    let splice = |new: &str| {
        Some(format!(
            "{}{new}{}",
            text.get(..member.start)?,
            text.get(member.end..)?
        ))
    };
    if rest.is_empty() {
        return splice(&quoted(value));
    }
    let deeper = Place {
        indent: place.indent,
        depth: place.depth + 1,
    };
    match text.as_bytes().get(member.start)? {
        b'{' => set_in(text, member.start, rest, value, &deeper),
        b'"' => {
            let old: String = serde_json::from_str(text.get(member.start..member.end)?).ok()?;
            let end = line_end(text);
            let inner = format!("{end}{}", place.indent.repeat(deeper.depth));
            splice(&format!(
                "{{{inner}\".\": {},{inner}{}{end}{}}}",
                quoted(&old),
                nested(rest, value, &deeper, end),
                place.indent.repeat(place.depth)
            ))
        }
        _ => None,
    }
}

fn insert(
    text: &str,
    object: usize,
    members: &[Member],
    key: &str,
    rest: &[&str],
    value: &str,
    place: &Place<'_>,
) -> Option<String> {
    let end = line_end(text);
    let path: Vec<&str> = std::iter::once(key).chain(rest.iter().copied()).collect();
    let new = nested(&path, value, place, end);
    let Some(last) = members.last() else {
        let close = skip_space(text, object + 1);
        return Some(format!(
            "{}{end}{}{new}{end}{}{}",
            text.get(..=object)?,
            place.indent.repeat(place.depth),
            place.indent.repeat(place.depth - 1),
            text.get(close..)?
        ));
    };
    // What stands between the members stands before the new one as well.
    let space = text
        .get(..last.key_start)?
        .rfind(['{', ','])
        .and_then(|at| text.get(at + 1..last.key_start))
        .unwrap_or(" ");
    Some(format!(
        "{},{space}{new}{}",
        text.get(..last.end)?,
        text.get(last.end..)?
    ))
}

/// `"a": {"b": "value"}` for the path `a`, `b`.
fn nested(path: &[&str], value: &str, place: &Place<'_>, end: &str) -> String {
    match path {
        [] => quoted(value),
        [last] => format!("{}: {}", quoted(last), quoted(value)),
        [first, rest @ ..] => {
            let deeper = Place {
                indent: place.indent,
                depth: place.depth + 1,
            };
            format!(
                "{}: {{{end}{}{}{end}{}}}",
                quoted(first),
                place.indent.repeat(deeper.depth),
                nested(rest, value, &deeper, end),
                place.indent.repeat(place.depth)
            )
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A member of an object; `start` and `end` are those of its value.
struct Member {
    key: String,
    key_start: usize,
    start: usize,
    end: usize,
}

fn members(text: &str, object: usize) -> Option<Vec<Member>> {
    let bytes = text.as_bytes();
    (*bytes.get(object)? == b'{').then_some(())?;
    let mut members = Vec::new();
    let mut at = skip_space(text, object + 1);
    while *bytes.get(at)? != b'}' {
        let key_start = at;
        let key_end = skip_string(text, at)?;
        let key = serde_json::from_str(text.get(key_start..key_end)?).ok()?;
        at = skip_space(text, key_end);
        (*bytes.get(at)? == b':').then_some(())?;
        let start = skip_space(text, at + 1);
        let end = skip_value(text, start)?;
        members.push(Member {
            key,
            key_start,
            start,
            end,
        });
        at = skip_space(text, end);
        if *bytes.get(at)? == b',' {
            at = skip_space(text, at + 1);
        }
    }
    Some(members)
}

fn skip_space(text: &str, mut at: usize) -> usize {
    while text
        .as_bytes()
        .get(at)
        .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    {
        at += 1;
    }
    at
}

fn skip_string(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (*bytes.get(start)? == b'"').then_some(())?;
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn skip_value(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => at = skip_string(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' if depth > 0 => at += 1,
            byte if depth > 0 && byte.is_ascii_whitespace() => at += 1,
            _ => {
                let word = at;
                while bytes
                    .get(at)
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
                {
                    at += 1;
                }
                (at > word).then_some(())?;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;
    use serde_json::Value;

    use super::set;

    #[test]
    fn the_rest_stays() {
        let text = "{\r\n\t\"name\" : \"a\",\r\n\t\"dependencies\": { \"x\": \"^1.0.0\",\"y\":\"1\" },\r\n\t\"z\": [1, {\"x\": \"}\"}]\r\n}\r\n";
        let new = set(text, &["dependencies", "x"], "^1.2.0", "\t").unwrap();
        assert_eq!(new, text.replace("^1.0.0", "^1.2.0"));
        let new = set(text, &["overrides", "p", "x"], "^1.2.0", "\t").unwrap();
        assert_eq!(
            new,
            text.replace(
                "]\r\n}",
                "],\r\n\t\"overrides\": {\r\n\t\t\"p\": {\r\n\t\t\t\"x\": \"^1.2.0\"\r\n\t\t}\r\n\t}\r\n}"
            )
        );
        let text = "{\n  \"overrides\": {\n    \"p\": \"1\"\n  }\n}\n";
        let new = set(text, &["overrides", "p", "x"], "2", "  ").unwrap();
        assert_eq!(
            new,
            "{\n  \"overrides\": {\n    \"p\": {\n      \".\": \"1\",\n      \"x\": \"2\"\n    }\n  }\n}\n"
        );
        assert_eq!(
            set("{}", &["overrides", "x"], "2", "  ").unwrap(),
            "{\n  \"overrides\": {\n    \"x\": \"2\"\n  }\n}"
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ab\"\\\\{]{0,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn as_setting_it_in_the_value(
            map in prop::collection::btree_map("[ab\"]{0,2}", json(), 0..4),
            path in prop::collection::vec("[ab\"]{0,2}", 1..4),
            value in ".{0,5}",
            pretty in any::<bool>(),
        ) {
            let object = Value::Object(map.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let Some(new) = set(&text, &path, &value, "  ") else { return Ok(()) };
            let mut expected = object;
            let mut at = &mut expected;
            for (number, key) in path.iter().enumerate() {
                if at.is_string() {
                    *at = serde_json::json!({".": at.clone()});
                }
                let map = at.as_object_mut().unwrap();
                at = map.entry(*key).or_insert_with(|| {
                    if number + 1 < path.len() { serde_json::json!({}) } else { Value::Null }
                });
            }
            *at = Value::from(value);
            prop_assert_eq!(serde_json::from_str::<Value>(&new).unwrap(), expected);
        }

        #[test]
        fn any_text(text in ".*", path in prop::collection::vec("[ab]{0,2}", 0..3)) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let _ = set(&text, &path, "x", " ");
        }
    }
}
