//! The report: the one model that every output format is a view of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dependencies::Package;
use crate::finding::{Finding, Severity};

/// Version of the JSON report: the major number changes when a reader could break.
pub const SCHEMA_VERSION: &str = "1.0";

/// Everything one scan found. Holds no clock time and no duration, so that the same tree and data
/// give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The program that wrote it.
    pub tool: Tool,
    /// What was scanned.
    pub targets: Vec<Target>,
    /// 0.0 to 100.0, one decimal; 100 means nothing open.
    pub score: f64,
    /// Counts.
    pub summary: Summary,
    /// Sorted by severity (worst first), kind, path, place, rule.
    pub findings: Vec<Finding>,
    /// Every lockfile seen, whether it was checked or not.
    pub lockfiles: Vec<LockfileReport>,
    /// Every package of the lockfiles, once per lockfile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<LockedPackage>,
    /// What advisory data was consulted.
    pub advisory_data: AdvisoryData,
    /// Suppression comments that suppressed nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_suppressions: Vec<UnusedSuppression>,
    /// Ignore entries of `cortex.toml` whose date has passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired_ignores: Vec<ExpiredIgnore>,
    /// What should be known and does not stop the scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Files that could not be read or analysed; the scan went on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FileError>,
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `cortex`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// One scanned thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// As given on the command line, credentials removed.
    pub location: String,
    /// `directory`, `file` or `git`.
    pub kind: String,
    /// Branch, tag or commit that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Commit that was read, 40 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Counts of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings by severity; every severity has an entry.
    pub findings: BTreeMap<Severity, u64>,
    /// Files given to at least one rule.
    pub files_scanned: u64,
    /// Bytes of those.
    pub bytes_scanned: u64,
    /// Files not scanned, by reason.
    pub files_skipped: BTreeMap<SkipReason, u64>,
    /// Rules in force.
    pub rules: u64,
    /// Packages in lockfiles, counted once per lockfile.
    pub packages: u64,
    /// Findings silenced by comments.
    pub suppressed: u64,
    /// Findings silenced by `cortex.toml`.
    pub ignored: u64,
    /// Findings that the baseline has too.
    pub in_baseline: u64,
}

/// Why a file was not scanned.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// `.gitignore`, `.cortexignore` or `.semgrepignore` names it.
    Ignored,
    /// An `--exclude` glob matches it.
    Excluded,
    /// There are `--include` globs and none matches it.
    NotIncluded,
    /// Larger than the cap.
    TooLarge,
    /// Not text.
    Binary,
    /// Minified or generated.
    Minified,
    /// No rule is for its kind.
    NoRules,
    /// A symbolic link, submodule, socket or the like.
    NotAFile,
    /// Could not be read or analysed; see `errors`.
    Unreadable,
}

/// What came of one lockfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockfileReport {
    /// Path relative to the scanned folder.
    pub path: String,
    /// `package-lock.json`, `yarn.lock (berry)` and the like.
    pub kind: String,
    /// OSV ecosystem, where the kind is supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<String>,
    /// Packages in it.
    pub packages: u64,
    /// Whether its packages were held against advisories.
    pub status: LockfileStatus,
    /// Why not, or with what restriction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether a lockfile was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LockfileStatus {
    /// Held against the data of its ecosystem.
    Checked,
    /// Held against the built-in sample only.
    SampleOnly,
    /// The data has nothing on its ecosystem: no verdict.
    NotChecked,
    /// A kind that Cortex knows of and does not read.
    Unsupported,
    /// It could not be read; see `errors`.
    Broken,
}

/// A package and the lockfile that pins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockedPackage {
    /// Path of the lockfile.
    pub lockfile: String,
    /// The package.
    #[serde(flatten)]
    pub package: Package,
}

/// Where the advisories came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdvisoryData {
    /// `none` (not needed, or absent), `sample` (built in) or `database`.
    pub kind: String,
    /// Address it was downloaded from, credentials removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was fetched, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<String>,
    /// Whole days between then and the scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<u64>,
    /// BLAKE3 of the index's content, 64 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Records per ecosystem.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub records: BTreeMap<String, u64>,
}

/// A suppression comment that suppressed nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct UnusedSuppression {
    /// The file.
    pub path: String,
    /// The comment's line.
    pub line: u32,
    /// The rule ids it names; empty for all.
    pub rules: Vec<String>,
}

/// An ignore entry whose date has passed: it silences nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpiredIgnore {
    /// What it named, as it stands in `cortex.toml`.
    pub entry: String,
    /// The last day it held, `YYYY-MM-DD`.
    pub until: String,
    /// Its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A file that could not be read or analysed in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FileError {
    /// The file, relative to the scanned folder.
    pub path: String,
    /// Which stage it failed in.
    pub kind: FileErrorKind,
    /// What happened, and what to do.
    pub message: String,
}

/// The stage that a file failed in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FileErrorKind {
    /// Reading its bytes.
    Read,
    /// Parsing source: syntax errors; the rest of the file was analysed.
    Syntax,
    /// Parsing took too long or nests too deep.
    ParseLimit,
    /// Matching took too long.
    MatchLimit,
    /// A lockfile is not what its name says.
    Lockfile,
    /// A configuration file of the repository.
    Config,
    /// A defect of Cortex, caught.
    Internal,
}
