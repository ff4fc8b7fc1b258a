//! A finding: one thing in a repository that is unsafe, and where.

use std::collections::BTreeMap;

pub use cortex_advisories::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dependencies::Scope;

/// What sort of thing was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// A rule matched source code.
    Code,
    /// A credential stands in the source.
    Secret,
    /// A dependency has a known vulnerability.
    Vulnerability,
    /// A check of a rule pack failed.
    Check,
}

/// A place in a file. Lines and columns count from 1, columns in characters; offsets are bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
    /// Offset from the start of the file, in bytes.
    pub offset: u32,
}

/// A range in a file.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Location {
    /// Path relative to the scanned folder, with `/`.
    pub path: String,
    /// The first character.
    pub start: Position,
    /// Just past the last character.
    pub end: Position,
}

/// The lines around a finding, as they stand in the file (not yet neutralised for a printer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeFrame {
    /// The number of the first line in `lines`.
    pub first_line: u32,
    /// The lines, without their ends; each is cut at 300 characters.
    pub lines: Vec<String>,
}

/// One step of a data-flow trace, from source to sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceStep {
    /// Where the step happens.
    pub location: Location,
    /// What happens there.
    pub message: String,
}

/// What a rule says of itself, beside its message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleFacts {
    /// Weaknesses, `CWE-79` and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<String>,
    /// OWASP Top Ten entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owasp: Vec<String>,
    /// How sure the rule is: `low`, `medium` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// How likely it is that the weakness is used: `low`, `medium` or `high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<String>,
    /// Further reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Why it is unsafe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how_to_mend: Option<String>,
}

/// A vulnerable dependency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Vulnerability {
    /// The package, as a purl with its version.
    pub purl: String,
    /// The OSV ecosystem (`npm`, `crates.io`).
    pub ecosystem: String,
    /// The package's name.
    pub package: String,
    /// The version in use.
    pub version: String,
    /// The advisory that leads the group of aliases.
    pub advisory: String,
    /// Other ids of the same thing (CVE, GHSA, RUSTSEC), sorted.
    pub aliases: Vec<String>,
    /// Versions that mend it, lowest first.
    pub fixed_versions: Vec<String>,
    /// The lowest of the fixed versions, of this advisory and the package's others, that no known
    /// advisory speaks against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_version: Option<String>,
    /// CVSS base score, 0.0 to 10.0.
    pub cvss_score: Option<f64>,
    /// CVSS vector that the score is of.
    pub cvss_vector: Option<String>,
    /// Probability of exploitation within 30 days (EPSS), 0.0 to 1.0.
    pub epss: Option<f64>,
    /// Listed in CISA's catalogue of known exploited vulnerabilities.
    pub kev: bool,
    /// When the advisory was published, RFC 3339.
    pub published: Option<String>,
    /// Whether the project itself names the package.
    pub direct: bool,
    /// What the package is needed for.
    pub scope: Scope,
    /// Whether the project's code gets to the vulnerable part; absent where that is not known, which
    /// counts as yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachable: Option<bool>,
    /// Ways from a direct dependency to the package, `name@version` each.
    pub paths: Vec<Vec<String>>,
}

/// One thing that is unsafe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Identifies the finding from scan to scan, whatever lines are added above it: 32 hex digits.
    pub fingerprint: String,
    /// What sort of thing it is.
    pub kind: FindingKind,
    /// The rule's id, or the advisory's.
    pub rule_id: String,
    /// How bad it is.
    pub severity: Severity,
    /// One line or more for people.
    pub message: String,
    /// Where it is.
    pub location: Location,
    /// The lines there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<CodeFrame>,
    /// What the rule says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleFacts>,
    /// Text bound by each metavariable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metavariables: BTreeMap<String, String>,
    /// What the rule's `fix` would put in place of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// How the data flows from source to sink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TraceStep>,
    /// The vulnerable dependency, for `kind` vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Vulnerability>,
}
