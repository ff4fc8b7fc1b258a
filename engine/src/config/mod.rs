//! `cortex.toml`: what a repository asks of its own scan.
//!
//! ```toml
//! include = ["src/**"]
//! exclude = ["legacy", "*.gen.ts"]
//! rules = ["security/rules"]          # folders or files of this repository
//!
//! [[ignore]]
//! id = "CVE-2024-0001"                # a rule or an advisory, or one of its aliases
//! package = "left-pad"                # or "left-pad@1.3.0", or a purl
//! path = "tools/**"                   # where
//! until = 2026-12-31                  # the last day it holds
//! reason = "only the build uses it"
//! ```
//!
//! The file is read from the root of the target and from nowhere else. It is written by whoever wrote
//! the repository: it can make findings vanish, so what it leaves out is counted in the report, and a
//! scan of a stranger's code can leave it unread. Rules can only come from within the repository.

mod ignores;

use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

pub use ignores::{Ignore, Ignores};

use crate::report::{FileError, FileErrorKind};
use crate::select::{CONFIG_FILE, Globs, Selection};

/// Most entries in one list.
const MAX_ENTRIES: usize = 10_000;

/// A `cortex.toml` that was understood.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Globs; see [`Globs`].
    pub include: Vec<String>,
    /// Globs; see [`Globs`].
    pub exclude: Vec<String>,
    /// Rule files or folders: relative to the root, with `/`, without `..`.
    pub rules: Vec<String>,
    /// Findings that are not to be reported.
    pub ignores: Ignores,
}

/// A `cortex.toml` cannot be understood. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{CONFIG_FILE}:{line}:{column}: {message}")]
pub struct ConfigError {
    /// Line of the first offending character.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl From<ConfigError> for FileError {
    fn from(error: ConfigError) -> Self {
        Self {
            path: CONFIG_FILE.to_owned(),
            kind: FileErrorKind::Config,
            message: format!(
                "line {}, column {}: {}",
                error.line, error.column, error.message
            ),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[serde(default)]
    include: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    #[serde(default)]
    rules: Vec<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<RawIgnore>>,
    /// Settings of the service, which scans do not look at.
    #[serde(default, rename = "service")]
    _service: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIgnore {
    id: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    package: Option<Spanned<String>>,
    until: Option<Spanned<Value>>,
    reason: Option<String>,
}

impl Config {
    /// Reads the bytes of a `cortex.toml`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = String::from_utf8_lossy(before);
            at(
                &before,
                before.len()..before.len(),
                "not UTF-8; expected text in UTF-8",
            )
        })?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let raw: RawConfig = toml::from_str(text)
            .map_err(|error| at(text, error.span().unwrap_or_default(), error.message()))?;
        for (name, list) in [
            ("include", &raw.include),
            ("exclude", &raw.exclude),
            ("rules", &raw.rules),
        ] {
            too_many(text, name, list)?;
        }
        too_many(text, "ignore", &raw.ignore)?;
        let mut ignores = Vec::new();
        for entry in raw.ignore {
            ignores.push(ignore(text, entry)?);
        }
        Ok(Self {
            include: globs(text, raw.include)?,
            exclude: globs(text, raw.exclude)?,
            rules: raw
                .rules
                .into_iter()
                .map(|path| rule_path(text, path))
                .collect::<Result<_, _>>()?,
            ignores: Ignores::new(ignores),
        })
    }

    /// Adds what it asks for to what the user asked for. The user's include globs outweigh these;
    /// exclude globs add up.
    pub fn apply(&self, selection: &mut Selection) {
        if selection.include.is_empty() {
            selection.include.clone_from(&self.include);
        }
        selection.exclude.extend(self.exclude.iter().cloned());
    }
}

fn too_many<T>(text: &str, name: &str, list: &[Spanned<T>]) -> Result<(), ConfigError> {
    match list.get(MAX_ENTRIES) {
        Some(entry) => Err(at(
            text,
            entry.span(),
            &format!("{name}: expected at most {MAX_ENTRIES} entries"),
        )),
        None => Ok(()),
    }
}

fn globs(text: &str, patterns: Vec<Spanned<String>>) -> Result<Vec<String>, ConfigError> {
    for pattern in &patterns {
        Globs::new(&[pattern.get_ref()])
            .map_err(|error| at(text, pattern.span(), &error.to_string()))?;
    }
    Ok(patterns.into_iter().map(Spanned::into_inner).collect())
}

fn rule_path(text: &str, path: Spanned<String>) -> Result<String, ConfigError> {
    let span = path.span();
    let path = path.into_inner();
    let body = path.strip_prefix("./").unwrap_or(&path);
    let body = body.strip_suffix('/').unwrap_or(body);
    let within = body
        .split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']));
    if within {
        Ok(body.to_owned())
    } else {
        let message = format!(
            "rules: {path:?}: expected a path within the repository, relative to its root, with `/`; no address, no `..`"
        );
        Err(at(text, span, &message))
    }
}

fn ignore(text: &str, entry: Spanned<RawIgnore>) -> Result<Ignore, ConfigError> {
    let span = entry.span();
    let raw = entry.into_inner();
    if raw.id.is_none() && raw.path.is_none() && raw.package.is_none() {
        return Err(at(
            text,
            span,
            "ignore: expected at least one of `id`, `path`, `package`",
        ));
    }
    for (name, value) in [
        ("id", &raw.id),
        ("path", &raw.path),
        ("package", &raw.package),
    ] {
        if let Some(value) = value
            && value.get_ref().trim().is_empty()
        {
            return Err(at(
                text,
                value.span(),
                &format!("{name}: expected a text that is not empty"),
            ));
        }
    }
    let until = match raw.until {
        Some(value) => Some(date(text, &value)?),
        None => None,
    };
    let globs = match &raw.path {
        Some(path) => Some(
            Globs::new(&[path.get_ref()])
                .map_err(|error| at(text, path.span(), &error.to_string()))?,
        ),
        None => None,
    };
    Ok(Ignore {
        id: raw.id.map(Spanned::into_inner),
        path: raw.path.map(Spanned::into_inner),
        package: raw.package.map(Spanned::into_inner),
        until,
        reason: raw.reason,
        globs,
    })
}

/// A date, quoted or not.
fn date(text: &str, value: &Spanned<Value>) -> Result<Date, ConfigError> {
    let written = match value.get_ref() {
        Value::String(text) => text.clone(),
        Value::Datetime(date) => date.to_string(),
        other => other.type_str().to_owned(),
    };
    let is_plain = written.len() == 10 && written.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    written.parse().ok().filter(|_| is_plain).ok_or_else(|| {
        let shown: String = written.chars().take(60).collect();
        at(
            text,
            value.span(),
            &format!("until: expected a date, YYYY-MM-DD, found {shown}"),
        )
    })
}

fn at(text: &str, span: Range<usize>, message: &str) -> ConfigError {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    ConfigError {
        line: count(before.matches('\n').count() + 1),
        column: count(before.get(line_start..).unwrap_or_default().chars().count() + 1),
        message: message.trim_end().replace('\n', "; "),
    }
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
    fn a_full_file_is_read() {
        let config = Config::parse(
            br#"
            include = ["src/**"]
            exclude = ["*.gen.ts"]
            rules = ["./security/rules/", "one.yaml"]
            [[ignore]]
            id = "x"
            until = 2026-12-31
            [[ignore]]
            package = "left-pad"
            until = "2026-12-31"
            reason = "not used"
            "#,
        )
        .unwrap();
        assert_eq!(config.rules, ["security/rules", "one.yaml"]);
        let mut selection = Selection {
            exclude: vec!["a".into()],
            ..Selection::default()
        };
        config.apply(&mut selection);
        assert_eq!(selection.include, ["src/**"]);
        assert_eq!(selection.exclude, ["a", "*.gen.ts"]);
        let mut selection = Selection {
            include: vec!["b".into()],
            ..Selection::default()
        };
        config.apply(&mut selection);
        assert_eq!(selection.include, ["b"]);
        assert!(Config::parse(b"").unwrap().include.is_empty());
        assert!(Config::parse("\u{FEFF}include = []".as_bytes()).is_ok());
    }

    #[test]
    fn errors_name_place_and_expectation() {
        let errors: Vec<String> = [
            "includes = [\"a\"]",
            "include = \"a\"",
            "exclude = [\n  \"ok\",\n  \"{a\",\n]",
            "rules = [\"../up\"]",
            "rules = [\"https://rules.example/pack\"]",
            "rules = [\"/etc\"]",
            "# \u{e9}\n[[ignore]]\nid = \"x\"\nuntil = \"tomorrow\"",
            "[[ignore]]\nid = \"x\"\nuntil = 2026-12-31T00:00:00Z",
            "[[ignore]]\nid = \"x\"\nuntil = 5",
            "[[ignore]]\nreason = \"because\"",
            "[[ignore]]\nid = \" \"",
            "[[ignore]]\nid = \"x\"\nwho = \"me\"",
            "\u{e9}\u{e9} = = 1",
            "include = [",
        ]
        .iter()
        .map(|text| Config::parse(text.as_bytes()).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(errors.join("\n"));
        assert_eq!(
            Config::parse(b"# ok\n# \xff").unwrap_err().to_string(),
            "cortex.toml:2:3: not UTF-8; expected text in UTF-8"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(?s).{0,200}") {
            let _ = Config::parse(text.as_bytes());
        }

        #[test]
        fn any_tokens_are_survived(parts in prop::collection::vec(prop::sample::select(vec![
            "include", "[[ignore]]", "[", "]", "=", "\"", "\n", "{", "}", "until", "2026-01-01", ".", "id", "'''", "-", "9",
        ]), 0..40)) {
            let _ = Config::parse(parts.concat().as_bytes());
        }
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let text = format!("include = {}", "[".repeat(100_000));
        assert!(Config::parse(text.as_bytes()).is_err());
    }
}
