//! Keys for Semantic Versioning 2.0 (<https://semver.org/#spec-item-11>), which npm and Cargo share.
//!
//! Written out here, and not taken from the `semver` or `node-semver` crates, because the key has to be
//! bytes; the tests hold the order against both crates.
//!
//! Layout: major, minor, patch as a length byte and decimal digits (so that longer numbers are
//! greater), then `ff` for a release, or the pre-release identifiers: `01` and a number, or `02`, text
//! and `00`; a final `00`. A release is above its pre-releases, numbers are below text, and fewer
//! identifiers are below more. Build metadata is no part of the key.
//!
//! More is read than the specification allows, since advisories are written by hand: surrounding
//! spaces, a leading `v` or `=`, leading zeros, and missing minor or patch numbers (taken as 0).

use super::VersionKey;

/// node-semver's bound. It also keeps every length in the key within one byte.
const MAX_BYTES: usize = 256;

const END: u8 = 0x00;
const NUMBER: u8 = 0x01;
const TEXT: u8 = 0x02;
const RELEASE: u8 = 0xff;

/// The key of `version`, or none if it is not a semantic version.
pub(super) fn key(version: &str) -> Option<VersionKey> {
    let version = version.trim().trim_start_matches(['v', '=']).trim_start();
    if version.len() >= MAX_BYTES {
        return None;
    }
    let (version, build) = match version.split_once('+') {
        Some((version, build)) => (version, Some(build)),
        None => (version, None),
    };
    let (core, prerelease) = match version.split_once('-') {
        Some((core, prerelease)) => (core, Some(prerelease)),
        None => (version, None),
    };
    if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
        return None;
    }

    let mut key = Vec::with_capacity(version.len() + 8);
    let mut numbers = 0;
    for number in core.split('.') {
        numbers += 1;
        if numbers > 3 || !is_number(number) {
            return None;
        }
        push_number(&mut key, number)?;
    }
    for _ in numbers..3 {
        push_number(&mut key, "0")?;
    }

    let Some(prerelease) = prerelease else {
        key.push(RELEASE);
        return Some(VersionKey(key));
    };
    for identifier in prerelease.split('.') {
        if is_number(identifier) {
            key.push(NUMBER);
            push_number(&mut key, identifier)?;
        } else if is_identifier(identifier) {
            key.push(TEXT);
            key.extend_from_slice(identifier.as_bytes());
            key.push(END);
        } else {
            return None;
        }
    }
    key.push(END);
    Some(VersionKey(key))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn push_number(key: &mut Vec<u8>, number: &str) -> Option<()> {
    let digits = number.trim_start_matches('0');
    key.push(u8::try_from(digits.len()).ok()?);
    key.extend_from_slice(digits.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;
    use proptest::prelude::*;

    /// The chain of the specification's item 11, and where builds, long numbers and dashes fall.
    #[test]
    fn the_order_of_the_specification() {
        let ascending = [
            "0.0.0-0",
            "0.0.0",
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-18446744073709551616",
            "1.0.0--",
            "1.0.0-1a",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1-pre-release.1",
            "1.0.1",
            "1.9.0",
            "1.10.0",
            "2.0.0",
            "10.0.0",
            "99999999999999999999999.0.0",
        ];
        for pair in ascending.windows(2) {
            assert!(key(pair[0]).unwrap() < key(pair[1]).unwrap(), "{pair:?}");
        }
    }

    #[test]
    fn spellings_of_one_version_have_one_key() {
        for (a, b) in [
            ("1.2.3+a", "1.2.3+b.c-d"),
            ("v1.2.3", "1.2.3"),
            (" =1.2.3 ", "1.2.3"),
            ("01.02.03", "1.2.3"),
            ("1", "1.0.0"),
            ("1.2-rc.1", "1.2.0-rc.1"),
        ] {
            assert_eq!(key(a).unwrap(), key(b).unwrap(), "{a} {b}");
        }
    }

    #[test]
    fn what_is_no_version_has_no_key() {
        let long = format!("1.0.0-{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "-",
            "v",
            "1.",
            ".1",
            "1.2.3.4",
            "1.2.x",
            "*",
            "1.0.0-",
            "1.0.0-a..b",
            "1.0.0+",
            "1.0.0-ä",
            "latest",
            "^1.0.0",
            "1.0.0 || 2",
            "١.٠.٠",
            "git+ssh://x",
            &long,
        ] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    fn version() -> impl Strategy<Value = String> {
        let number = prop_oneof![0_u64..4, Just(10), Just(99), 0..900_719_925_474_099_u64];
        let identifier = prop_oneof![
            (0_u64..12).prop_map(|n| n.to_string()),
            "[a-c-]{1,3}",
            "[0-9]{1,2}[a-z-]"
        ];
        (
            prop::collection::vec(number, 3),
            prop::collection::vec(identifier, 0..4),
            prop::option::of("[a-z0-9]{1,3}"),
        )
            .prop_map(|(core, prerelease, build)| {
                let mut text = core
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(".");
                if !prerelease.is_empty() {
                    text.push('-');
                    text.push_str(&prerelease.join("."));
                }
                if let Some(build) = build {
                    text.push('+');
                    text.push_str(&build);
                }
                text
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Both package managers' own libraries agree with the byte order of the keys.
        #[test]
        fn the_order_is_that_of_cargo_and_node(a in version(), b in version()) {
            let ours = key(&a).unwrap().cmp(&key(&b).unwrap());
            let cargo = semver::Version::parse(&a)
                .unwrap()
                .cmp_precedence(&semver::Version::parse(&b).unwrap());
            prop_assert_eq!(ours, cargo);
            let node = node_semver::Version::parse(&a)
                .unwrap()
                .cmp(&node_semver::Version::parse(&b).unwrap());
            prop_assert_eq!(ours, node);
        }

        /// Antisymmetric and transitive, whatever the text.
        #[test]
        fn any_text_is_ordered_or_refused(a in "[v=0-9a-z.+-]{0,12}", b in version(), c in version()) {
            if let Some(a) = key(&a) {
                let (b, c) = (key(&b).unwrap(), key(&c).unwrap());
                prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
                if a <= b && b <= c {
                    prop_assert!(a <= c);
                }
                prop_assert!(a > VersionKey::FIRST);
            }
        }
    }
}
