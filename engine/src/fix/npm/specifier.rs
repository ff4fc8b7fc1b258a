//! What stands to the right of a dependency's name, as npm reads it, and whether an installed package satisfies it.
//!
//! The forms are those of npm's `package.json` documentation. Surprising: text that is no version range is a tag, and npm
//! holds a tag for satisfied only where the lockfile has the address of the archive; `*` admits prereleases although the
//! range `>=0.0.0` does not.

use node_semver::Version;

use super::semver_range::Range;
use crate::dependencies::{PackageSource, npm_alias, npm_source};

/// A dependency's specifier, read once.
#[derive(Clone, Debug)]
pub(crate) enum Specifier {
    /// Any version at all, prereleases included.
    Any,
    /// A range, an exact version among them.
    Range(Range),
    /// The version that the registry gives a name, such as `latest`.
    Tag(String),
    /// Another package under this name.
    Alias(String, Box<Specifier>),
    /// A folder, as written, without `file:`.
    Folder(String),
    /// An archive on disk.
    Archive,
    /// An archive at an address.
    Address,
    /// A git repository.
    Git,
}

impl Specifier {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() || text == "*" {
            return Self::Any;
        }
        if text.starts_with("npm:") {
            return match npm_alias(text) {
                Some((name, rest)) if !rest.starts_with("npm:") => {
                    Self::Alias(name.to_owned(), Box::new(Self::parse(rest)))
                }
                _ => match text.strip_prefix("npm:") {
                    Some(name) if !name.is_empty() && !name.starts_with("npm:") => {
                        Self::Alias(name.to_owned(), Box::new(Self::Any))
                    }
                    _ => Self::Tag(text.to_owned()),
                },
            };
        }
        match npm_source(text) {
            Some(PackageSource::Git(_)) => Self::Git,
            Some(PackageSource::Url(_)) => Self::Address,
            Some(PackageSource::File(_) | PackageSource::Workspace(_)) => {
                let path = text.strip_prefix("file:").unwrap_or(text);
                let is_archive = [".tgz", ".tar.gz", ".tar"]
                    .iter()
                    .any(|ending| path.ends_with(ending));
                if is_archive {
                    Self::Archive
                } else {
                    Self::Folder(path.to_owned())
                }
            }
            Some(PackageSource::Registry) | None => match Range::parse(text) {
                Some(range) => Self::Range(range),
                None => Self::Tag(text.to_owned()),
            },
        }
    }

    /// Whether the registry serves it.
    pub(crate) fn is_registry(&self) -> bool {
        match self {
            Self::Any | Self::Range(_) | Self::Tag(_) => true,
            Self::Alias(_, inner) => inner.is_registry(),
            Self::Folder(_) | Self::Archive | Self::Address | Self::Git => false,
        }
    }

    /// The specifier behind an alias, itself otherwise.
    pub(crate) fn behind_alias(&self) -> &Self {
        match self {
            Self::Alias(_, inner) => inner,
            other => other,
        }
    }

    /// The package that the registry is asked for, for a dependency of this name.
    pub(crate) fn package<'a>(&'a self, name: &'a str) -> &'a str {
        match self {
            Self::Alias(real, _) => real,
            _ => name,
        }
    }

    /// Whether a version of the registry is within it; a tag says nothing about versions.
    pub(crate) fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Range(range) => range.satisfies(version),
            Self::Alias(_, inner) => inner.admits(version),
            _ => false,
        }
    }
}

/// An exact version, read as loosely as npm does.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    Version::parse(text.trim().trim_start_matches(['=', 'v'])).ok()
}

#[cfg(test)]
mod tests {
    use super::{Specifier, parse_version};

    #[test]
    fn kinds() {
        assert!(matches!(Specifier::parse(""), Specifier::Any));
        assert!(matches!(Specifier::parse("^1.2"), Specifier::Range(_)));
        assert!(matches!(Specifier::parse("latest"), Specifier::Tag(_)));
        assert!(matches!(Specifier::parse("user/repo"), Specifier::Git));
        assert!(matches!(
            Specifier::parse("file:../a"),
            Specifier::Folder(_)
        ));
        assert!(matches!(Specifier::parse("file:a.tgz"), Specifier::Archive));
        assert!(matches!(
            Specifier::parse("https://a.example/b"),
            Specifier::Address
        ));
        assert!(matches!(
            Specifier::parse("npm:npm:npm:a"),
            Specifier::Tag(_)
        ));
        let alias = Specifier::parse("npm:@s/b@^1.0.0");
        assert_eq!(alias.package("a"), "@s/b");
        assert!(parse_version("1.0.5").is_some_and(|version| alias.admits(&version)));
        assert!(parse_version("2.0.0").is_some_and(|version| !alias.admits(&version)));
    }

    #[test]
    fn the_rules_for_prereleases() {
        let admits = |range: &str, version: &str| {
            parse_version(version).is_some_and(|version| Specifier::parse(range).admits(&version))
        };
        assert!(admits("*", "1.0.0-a") && !admits(">=0.0.0", "1.0.0-a"));
        assert!(admits("^1.0.0-a", "1.0.0-b") && !admits("^1.0.0-a", "1.1.0-b"));
        assert!(admits("1.x || >=2.5.0 || 5.0.0 - 7.2.3", "6.0.0"));
    }

    /// Ranges and versions as npm's own parser reads them, where npm is installed.
    #[test]
    #[expect(clippy::print_stderr, reason = "a test says why it is skipped")]
    fn ranges_agree_with_npm() {
        use std::io::Write as _;
        use std::process::{Command, Stdio};

        let versions = [
            "0.0.0",
            "0.0.3",
            "0.2.3",
            "0.2.9",
            "0.3.0",
            "1.0.0",
            "1.0.0-a.1",
            "1.2.3",
            "1.2.3-b",
            "1.2.4-0",
            "1.9.0",
            "2.0.0-0",
            "2.0.0",
            "2.5.1",
            "3.0.0-rc.1",
            "3.1.4",
            "16.11.0",
            "17.0.0-alpha",
        ];
        let numbers = [
            "0", "1", "2", "16", "0.2", "1.2", "1.x", "1.2.x", "1.2.*", "0.0.3", "1.2.3",
            "1.2.3-b", "2.0.0", "v1.2", "*", "x",
        ];
        let mut ranges: Vec<String> = Vec::new();
        for number in numbers {
            for operator in [
                "", "=", "<", "<=", ">", ">=", "~", "^", "~>", "> ", ">= ", "^ ",
            ] {
                ranges.push(format!("{operator}{number}"));
            }
            for other in numbers {
                ranges.push(format!("{number} - {other}"));
                ranges.push(format!(">={number} <{other}"));
                ranges.push(format!(">{number} <={other}"));
                ranges.push(format!("^{number}||~{other}"));
                ranges.push(format!("{number} || >{other}"));
            }
        }
        ranges.extend(
            [
                "1.2.3.4",
                "latest",
                "1.2.3 beta",
                "||",
                "1||",
                "^1.2.3+b",
                ">1.2.3-b <2",
                "=>1.0.0",
                "01.2.3",
                "< 2",
                "<1.x",
                "~1.2.3beta",
                "1.2.3beta",
            ]
            .map(str::to_owned),
        );
        let script = "const root = require('child_process').execSync('npm root -g', {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
            const semver = require(root + '/npm/node_modules/semver');
            const [ranges, versions] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
            console.log(JSON.stringify(ranges.map(range => semver.validRange(range, true) === null ? null
                : versions.map(version => semver.satisfies(version, range, true)))));";
        let Ok(mut node) = Command::new("node")
            .args(["-e", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
        else {
            eprintln!("skipped: node is not installed");
            return;
        };
        let question = serde_json::to_vec(&(&ranges, &versions)).unwrap_or_default();
        if let Some(mut input) = node.stdin.take() {
            let _ = input.write_all(&question);
        }
        let output = node.wait_with_output().ok();
        let answers: Option<Vec<Option<Vec<bool>>>> =
            output.and_then(|output| serde_json::from_slice(&output.stdout).ok());
        let Some(answers) = answers else {
            eprintln!("skipped: npm is not installed");
            return;
        };
        let mut wrong = Vec::new();
        for (range, expected) in ranges.iter().zip(answers) {
            // All versions, prereleases included, where npm looks for what meets a dependency.
            if range == "*" {
                continue;
            }
            let found = match Specifier::parse(range) {
                Specifier::Tag(_) => None,
                specifier => Some(
                    versions
                        .map(|version| {
                            parse_version(version).is_some_and(|version| specifier.admits(&version))
                        })
                        .to_vec(),
                ),
            };
            if found != expected {
                let differ: Vec<&str> = match (&found, &expected) {
                    (Some(found), Some(expected)) => versions
                        .iter()
                        .zip(found.iter().zip(expected))
                        .filter(|(_, (a, b))| a != b)
                        .map(|(version, _)| *version)
                        .collect(),
                    _ => vec![if found.is_some() {
                        "no range for npm"
                    } else {
                        "a range for npm"
                    }],
                };
                wrong.push(format!("{range}: {}", differ.join(" ")));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            ranges.len(),
            wrong.join("\n")
        );
    }
}
