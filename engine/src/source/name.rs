//! File names as text that can be turned back into the bytes they stand for.
//!
//! Git and Unix allow any bytes but NUL and `/` in a name; a report holds UTF-8. A byte that is not
//! part of valid UTF-8 is shown as U+FFFD and its two hex digits (`caf\xe9.js` as `caf\u{FFFD}e9.js`).
//! A U+FFFD that really stands in a name is escaped the same way, so that no two names are ever shown
//! alike and no table is needed to find the file again.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::PathBuf;

const ESCAPE: char = char::REPLACEMENT_CHARACTER;

/// The text that stands for a name or path.
pub(crate) fn show(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains(ESCAPE)
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(bytes.len() + 8);
    let escape = |shown: &mut String, bytes: &[u8]| {
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{ESCAPE}{byte:02x}");
        }
    };
    for chunk in bytes.utf8_chunks() {
        for part in chunk.valid().split_inclusive(ESCAPE) {
            match part.strip_suffix(ESCAPE) {
                Some(before) => {
                    shown.push_str(before);
                    escape(&mut shown, ESCAPE.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => shown.push_str(part),
            }
        }
        escape(&mut shown, chunk.invalid());
    }
    Cow::Owned(shown)
}

/// The bytes that a shown name or path stands for. Text that [`show`] cannot have written is taken
/// as it is.
pub(crate) fn raw(shown: &str) -> Cow<'_, [u8]> {
    if !shown.contains(ESCAPE) {
        return Cow::Borrowed(shown.as_bytes());
    }
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after
            .get(..2)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(byte) = digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.extend_from_slice(ESCAPE.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Cow::Owned(bytes)
}

/// The text for a name of the operating system, or `None` where the system has names that are not
/// bytes (Windows) and this one is not Unicode.
#[cfg_attr(
    unix,
    expect(clippy::unnecessary_wraps, reason = "other systems have such names")
)]
pub(crate) fn show_os(name: &OsStr) -> Option<Cow<'_, str>> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Some(show(name.as_bytes()))
    }
    #[cfg(not(unix))]
    name.to_str().map(Cow::Borrowed)
}

/// The path that a shown relative path stands for on this system.
pub(crate) fn path(shown: &str) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        PathBuf::from(OsString::from_vec(raw(shown).into_owned()))
    }
    #[cfg(not(unix))]
    PathBuf::from(OsString::from(shown))
}

/// Whether a name can be one component of a path: not empty, not `.` or `..`, no separator, no NUL.
/// Objects of a hostile git server can hold such names.
pub(crate) fn is_component(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|b| matches!(b, b'/' | 0))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_shown_and_found_again() {
        assert_eq!(show(b"caf\xe9.js"), "caf\u{FFFD}e9.js");
        assert_eq!(show("café.js".as_bytes()), "café.js");
        assert_ne!(show(b"\xe9.js"), show(b"\xe8.js"));
        assert_ne!(show("\u{FFFD}e9.js".as_bytes()), show(b"\xe9.js"));
        assert_eq!(*raw("caf\u{FFFD}e9.js"), *b"caf\xe9.js");
    }

    proptest! {
        #[test]
        fn every_name_comes_back(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(0xEF), Just(0xBF), Just(0xBD), Just(b'e')], 0..24))
        {
            let shown = show(&bytes).into_owned();
            prop_assert_eq!(&*raw(&shown), &bytes[..]);
        }
    }
}
