//! Ranges of a `package.json`, raised so that they begin at a version.

use node_semver::Version;

use super::semver_range::Range;
use super::specifier::parse_version;

/// Whether one version may take the place of another by their numbers, as `^` reads them.
pub(crate) fn is_compatible(from: &Version, to: &Version) -> bool {
    let part = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    part(from) == part(to)
}

/// A specifier that begins at a version, in the style of `text`. None where it need not change: it is of a form that
/// begins at no version in particular (`1.x`, `<3`), and admits this one.
pub(crate) fn raised(text: &str, to: &str) -> Option<String> {
    let text = text.trim();
    if let Some(alias) = text.strip_prefix("npm:") {
        let at = alias.get(1..)?.find('@')? + 1;
        let (name, range) = (alias.get(..at)?, alias.get(at + 1..)?);
        return raised(range, to).map(|range| format!("npm:{name}@{range}"));
    }
    let version = parse_version(to)?;
    let admits = Range::parse(text).is_some_and(|range| range.satisfies(&version));
    for operator in ["^", "~>", "~", ">=", "=", "v", ""] {
        let Some(rest) = text.strip_prefix(operator) else {
            continue;
        };
        let is_full = parse_version(rest.trim()).is_some_and(|_| {
            rest.trim().starts_with(|c: char| c.is_ascii_digit()) && rest.split('.').count() >= 3
        });
        if is_full {
            return Some(format!("{operator}{to}"));
        }
    }
    let is_short = text
        .strip_prefix(['^', '~'])
        .unwrap_or(text)
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.');
    if is_short && !text.is_empty() && text.starts_with(['^', '~']) {
        return Some(format!("{}{to}", text.get(..1)?));
    }
    (!admits && text != "*" && !text.is_empty()).then(|| format!("^{to}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{is_compatible, raised};
    use crate::fix::npm::specifier::parse_version;

    #[test]
    fn the_style_stays() {
        for (text, to, expected) in [
            ("^1.2.3", "1.4.0", Some("^1.4.0")),
            ("~1.2.3", "1.2.9", Some("~1.2.9")),
            ("1.2.3", "1.2.9", Some("1.2.9")),
            ("=1.2.3", "1.2.9", Some("=1.2.9")),
            (">=1.2.3", "1.2.9", Some(">=1.2.9")),
            ("^1", "1.2.9", Some("^1.2.9")),
            ("1.x", "1.2.9", None),
            ("1.x", "2.0.0", Some("^2.0.0")),
            ("1 || 2", "2.1.0", None),
            (">=1.0.0 <2.0.0", "1.9.0", None),
            (">=1.0.0 <2.0.0", "2.9.0", Some("^2.9.0")),
            ("*", "2.0.0", None),
            ("", "2.0.0", None),
            ("npm:@s/b@^1.0.0", "1.2.0", Some("npm:@s/b@^1.2.0")),
            ("^1.0.0-beta.1", "1.0.0", Some("^1.0.0")),
        ] {
            assert_eq!(raised(text, to).as_deref(), expected, "{text} {to}");
        }
    }

    #[test]
    fn compatible_by_number() {
        let compatible = |from: &str, to: &str| {
            is_compatible(&parse_version(from).unwrap(), &parse_version(to).unwrap())
        };
        assert!(compatible("1.2.3", "1.9.0") && compatible("0.2.3", "0.2.9"));
        assert!(!compatible("1.2.3", "2.0.0") && !compatible("0.2.3", "0.3.0"));
        assert!(!compatible("0.0.3", "0.0.4"));
    }
}
