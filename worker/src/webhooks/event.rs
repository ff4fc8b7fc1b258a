//! Events that are announced.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A scan ended well.
    ScanCompleted,
    /// A scan was given up.
    ScanFailed,
    /// A repository has critical vulnerabilities that it did not have.
    VulnerabilityCritical,
    /// The same for high ones.
    VulnerabilityHigh,
    /// The same for those that are known to be exploited.
    VulnerabilityKev,
    /// Findings have missed their deadline.
    SlaBreached,
    /// A fix pull request was opened or updated.
    FixOpened,
    /// A case was resolved.
    CaseResolved,
    /// Someone tried the webhook.
    WebhookTest,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ScanCompleted,
        Self::ScanFailed,
        Self::VulnerabilityCritical,
        Self::VulnerabilityHigh,
        Self::VulnerabilityKev,
        Self::SlaBreached,
        Self::FixOpened,
        Self::CaseResolved,
        Self::WebhookTest,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScanCompleted => "scan.completed",
            Self::ScanFailed => "scan.failed",
            Self::VulnerabilityCritical => "vulnerability.critical",
            Self::VulnerabilityHigh => "vulnerability.high",
            Self::VulnerabilityKev => "vulnerability.kev",
            Self::SlaBreached => "sla.breached",
            Self::FixOpened => "fix.opened",
            Self::CaseResolved => "case.resolved",
            Self::WebhookTest => "webhook.test",
        }
    }

    /// A line for people.
    pub fn headline(self) -> &'static str {
        match self {
            Self::ScanCompleted => "Scan completed",
            Self::ScanFailed => "Scan failed",
            Self::VulnerabilityCritical => "New critical vulnerabilities",
            Self::VulnerabilityHigh => "New high vulnerabilities",
            Self::VulnerabilityKev => "New vulnerabilities that are known to be exploited",
            Self::SlaBreached => "Findings have missed their deadline",
            Self::FixOpened => "Fix pull request",
            Self::CaseResolved => "Case resolved",
            Self::WebhookTest => "Test",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such event")]
pub struct UnknownEvent;

impl FromStr for EventKind {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownEvent)
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The same for the same happening, however often it is announced.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: jiff::Timestamp,
    /// Facts: an object.
    pub data: serde_json::Value,
}

impl Event {
    /// A fact as text; `None` if it is absent or null.
    pub(super) fn fact(&self, name: &str) -> Option<String> {
        match self.data.get(name)? {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The facts that a person wants to see, with their names.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        const SHOWN: [(&str, &str); 12] = [
            ("Repository", "repository"),
            ("Branch", "branch"),
            ("Commit", "commit"),
            ("Score", "score"),
            ("Findings", "issues_count"),
            ("New", "new_findings"),
            ("Fixed", "fixed_findings"),
            ("Count", "count"),
            ("Error", "error"),
            ("Verdict", "verdict"),
            ("Pull request", "pr_url"),
            ("Message", "message"),
        ];
        let mut lines: Vec<(&'static str, String)> = SHOWN
            .into_iter()
            .filter_map(|(label, name)| Some((label, self.fact(name)?)))
            .collect();
        let named = self
            .data
            .get("vulnerabilities")
            .and_then(|it| it.as_array());
        for item in named.into_iter().flatten().take(5) {
            let text = |name: &str| {
                item.get(name)
                    .and_then(|it| it.as_str())
                    .unwrap_or_default()
            };
            lines.push((
                "Package",
                format!(
                    "{} {}: {}",
                    text("package"),
                    text("version"),
                    text("advisory")
                ),
            ));
        }
        lines
    }
}
