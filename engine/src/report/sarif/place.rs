//! Places in SARIF: relative URIs, regions, the lines around them; and property bags.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, PhysicalLocation, PropertyBag, Region,
};

use crate::finding::{CodeFrame, Location};

/// A file of the repository: its path as a relative URI reference (RFC 3986), in which everything but unreserved
/// characters and `/` is percent-encoded.
pub(super) fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation::builder()
        .uri(uri(path))
        .uri_base_id("%SRCROOT%")
        .build()
}

fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Whether a text is an address on the web as the schema wants URIs (RFC 3986, section 2), which is stricter than what
/// browsers take.
pub(super) fn is_web(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => {
            let digits = bytes.get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        _ => byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(byte),
    });
    plain
        && text.matches('#').count() <= 1
        && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

pub(super) fn whole_file(artifact: ArtifactLocation) -> PhysicalLocation {
    PhysicalLocation::builder()
        .artifact_location(artifact)
        .build()
}

/// A place, and the lines around it where they are known.
pub(super) fn physical(location: &Location, frame: Option<&CodeFrame>) -> PhysicalLocation {
    let place = PhysicalLocation::builder()
        .artifact_location(artifact(&location.path))
        .region(if location.start == location.end {
            // A lockfile's entry: all of its line.
            Region::builder()
                .start_line(line(location.start.line))
                .build()
        } else {
            region(location)
        });
    // The standard (3.29.5) wants the context to hold the region.
    match frame.filter(|frame| holds(frame, location)) {
        None => place.build(),
        Some(frame) => place.context_region(context(frame)).build(),
    }
}

fn last_line(frame: &CodeFrame) -> u32 {
    frame
        .first_line
        .saturating_add(frame.lines.len() as u32)
        .saturating_sub(1)
}

fn holds(frame: &CodeFrame, location: &Location) -> bool {
    frame.first_line <= location.start.line && location.end.line <= last_line(frame)
}

fn context(frame: &CodeFrame) -> Region {
    Region::builder()
        .start_line(line(frame.first_line))
        .end_line(line(last_line(frame)))
        .snippet(
            ArtifactContent::builder()
                .text(frame.lines.join("\n"))
                .build(),
        )
        .build()
}

/// Exactly the region of a place, which is empty where something would be inserted.
pub(super) fn region(location: &Location) -> Region {
    Region::builder()
        .start_line(line(location.start.line))
        .start_column(line(location.start.column))
        .end_line(line(location.end.line))
        .end_column(line(location.end.column))
        .build()
}

/// Lines and columns count from 1.
fn line(number: u32) -> i64 {
    i64::from(number.max(1))
}

pub(super) fn properties<const N: usize>(entries: [(&str, Value); N]) -> PropertyBag {
    let entries: BTreeMap<String, Value> = entries
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    PropertyBag::builder()
        .additional_properties(entries)
        .build()
}

#[cfg(test)]
mod tests {
    use super::{is_web, uri};

    #[test]
    fn addresses_are_strict() {
        assert!(is_web("https://a.example/b?c=%20#d"));
        for text in [
            "javascript:alert(1)",
            "https://a/<b>",
            "https://a/%zz",
            "https://a/#b#c",
            "/a",
            "",
        ] {
            assert!(!is_web(text), "{text}");
        }
    }

    #[test]
    fn paths_become_relative_references() {
        assert_eq!(uri("src/a b#1?%.js"), "src/a%20b%231%3F%25.js");
        assert_eq!(uri("é/漢:x.ts"), "%C3%A9/%E6%BC%A2%3Ax.ts");
    }
}
