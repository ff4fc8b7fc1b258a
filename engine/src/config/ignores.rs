//! The ignore entries of `cortex.toml`: findings that the repository's owners have decided not to
//! see, each perhaps until a date.

use jiff::civil::Date;

use crate::finding::Finding;
use crate::report::ExpiredIgnore;
use crate::select::Globs;

/// One entry. All that it names must apply.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// A rule's id, an advisory's, or one of its aliases.
    pub id: Option<String>,
    /// A glob; see [`Globs`].
    pub path: Option<String>,
    /// A package's name, `name@version`, or purl.
    pub package: Option<String>,
    /// The last day it holds.
    pub until: Option<Date>,
    /// For people.
    pub reason: Option<String>,
    pub(super) globs: Option<Globs>,
}

impl Ignore {
    fn holds(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }

    fn names(&self, finding: &Finding) -> bool {
        let vulnerability = finding.vulnerability.as_ref();
        let id = self.id.as_ref().is_none_or(|id| {
            *id == finding.rule_id
                || vulnerability.is_some_and(|v| v.advisory == *id || v.aliases.contains(id))
        });
        let package = self.package.as_ref().is_none_or(|package| {
            vulnerability.is_some_and(|v| {
                v.package == *package
                    || v.purl == *package
                    || package
                        .strip_prefix(&v.package)
                        .and_then(|rest| rest.strip_prefix('@'))
                        .is_some_and(|version| version == v.version)
            })
        });
        let path = self
            .globs
            .as_ref()
            .is_none_or(|globs| globs.matches(&finding.location.path));
        id && package && path
    }

    /// What it names, as it stands in the file.
    fn entry(&self) -> String {
        [
            ("id", &self.id),
            ("path", &self.path),
            ("package", &self.package),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} = {:?}", value.as_ref()?)))
        .collect::<Vec<_>>()
        .join(", ")
    }
}

/// All entries of a `cortex.toml`.
#[derive(Clone, Debug, Default)]
pub struct Ignores(Vec<Ignore>);

impl Ignores {
    /// In the order of the file.
    pub fn new(entries: Vec<Ignore>) -> Self {
        Self(entries)
    }

    /// Whether an entry that holds today names the finding, so that it is not to be reported.
    pub fn check(&self, finding: &Finding, today: Date) -> bool {
        self.0
            .iter()
            .any(|entry| entry.holds(today) && entry.names(finding))
    }

    /// The entries whose last day has passed, in the order of the file.
    pub fn expired(&self, today: Date) -> Vec<ExpiredIgnore> {
        self.0
            .iter()
            .filter(|entry| !entry.holds(today))
            .filter_map(|entry| {
                Some(ExpiredIgnore {
                    entry: entry.entry(),
                    until: entry.until?.to_string(),
                    reason: entry.reason.clone(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use jiff::civil::date;

    use super::*;
    use crate::config::Config;
    use crate::dependencies::Scope;
    use crate::finding::{FindingKind, Location, Position, Severity, Vulnerability};

    fn finding(path: &str, rule: &str, vulnerability: Option<Vulnerability>) -> Finding {
        let position = Position {
            line: 1,
            column: 1,
            offset: 0,
        };
        Finding {
            fingerprint: String::new(),
            kind: FindingKind::Code,
            rule_id: rule.into(),
            severity: Severity::High,
            message: String::new(),
            location: Location {
                path: path.into(),
                start: position,
                end: position,
            },
            frame: None,
            rule: None,
            metavariables: std::collections::BTreeMap::default(),
            fix: None,
            trace: Vec::new(),
            vulnerability,
        }
    }

    fn vulnerable() -> Finding {
        let vulnerability = Vulnerability {
            purl: "pkg:npm/left-pad@1.3.0".into(),
            ecosystem: "npm".into(),
            package: "left-pad".into(),
            version: "1.3.0".into(),
            advisory: "GHSA-x".into(),
            aliases: vec!["CVE-2024-1".into()],
            fixed_versions: Vec::new(),
            cvss_score: None,
            cvss_vector: None,
            epss: None,
            kev: false,
            published: None,
            direct: true,
            scope: Scope::Prod,
            reachable: None,
            safe_version: None,
            paths: Vec::new(),
        };
        finding("web/package-lock.json", "GHSA-x", Some(vulnerability))
    }

    fn ignored(entry: &str, finding: &Finding) -> bool {
        let config = Config::parse(format!("[[ignore]]\n{entry}").as_bytes()).unwrap();
        config.ignores.check(finding, date(2026, 6, 15))
    }

    #[test]
    fn all_that_an_entry_names_must_apply() {
        let code = finding("src/a.js", "js-eval", None);
        for (entry, expected) in [
            ("id = 'js-eval'", true),
            ("id = 'js-eva'", false),
            ("path = 'src'", true),
            ("path = '*.js'", true),
            ("path = 'lib'", false),
            ("id = 'js-eval'\npath = 'src/**'", true),
            ("id = 'js-eval'\npath = 'lib/**'", false),
            ("id = 'js-eval'\npackage = 'left-pad'", false),
            ("package = 'left-pad'", false),
        ] {
            assert_eq!(ignored(entry, &code), expected, "{entry}");
        }
        for (entry, expected) in [
            ("id = 'CVE-2024-1'", true),
            ("package = 'left-pad'", true),
            ("package = 'left-pad@1.3.0'", true),
            ("package = 'pkg:npm/left-pad@1.3.0'", true),
            ("package = 'left-pad@1.3.1'", false),
            ("package = 'left'", false),
            (
                "id = 'CVE-2024-1'\npackage = 'left-pad'\npath = 'web'",
                true,
            ),
        ] {
            assert_eq!(ignored(entry, &vulnerable()), expected, "{entry}");
        }
    }

    #[test]
    fn an_entry_holds_through_its_last_day() {
        let config = Config::parse(
            b"[[ignore]]\nid = 'GHSA-x'\npath = 'web'\nuntil = 2026-06-15\nreason = 'soon'",
        )
        .unwrap();
        let (last, after) = (date(2026, 6, 15), date(2026, 6, 16));
        assert!(config.ignores.check(&vulnerable(), last));
        assert!(config.ignores.expired(last).is_empty());
        assert!(!config.ignores.check(&vulnerable(), after));
        assert_eq!(
            config.ignores.expired(after),
            [ExpiredIgnore {
                entry: "id = \"GHSA-x\", path = \"web\"".into(),
                until: "2026-06-15".into(),
                reason: Some("soon".into()),
            }]
        );
    }
}
