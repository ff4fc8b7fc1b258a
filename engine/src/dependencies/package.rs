//! A package that a lockfile pins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a package is needed for. Ordered from the weakest claim on the user's attention.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Only to develop, build or test the project.
    Dev,
    /// Installed where possible, left out where not.
    Optional,
    /// Part of what runs.
    Prod,
}

/// Where the bytes of a package come from.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase", tag = "type", content = "location")]
pub enum PackageSource {
    /// The ecosystem's registry or a mirror of it.
    Registry,
    /// A git repository (credentials removed).
    Git(String),
    /// A folder or archive on disk, relative to the lockfile.
    File(String),
    /// A member of the same workspace.
    Workspace(String),
    /// An archive at an address (credentials removed).
    Url(String),
}

/// One package at one version, as a lockfile pins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// OSV ecosystem: `npm`, `crates.io`.
    pub ecosystem: String,
    /// The real name (an alias `a@npm:b@1` has the name `b`).
    pub name: String,
    /// The name it is installed under, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Exact version.
    pub version: String,
    /// Package URL with version.
    pub purl: String,
    /// Where it comes from. Only `Registry` packages are matched against advisories.
    pub source: PackageSource,
    /// Whether the project or a workspace member names it.
    pub direct: bool,
    /// What it is needed for.
    pub scope: Scope,
    /// Ways to it from a direct dependency, `name@version` each, the package itself last; the
    /// shortest first, at least one where the lockfile tells, at most [`MAX_PATHS`].
    pub paths: Vec<Vec<String>>,
    /// The line of its entry in the lockfile, from 1.
    pub line: u32,
}

/// How many ways to a package are kept.
pub const MAX_PATHS: usize = 3;
