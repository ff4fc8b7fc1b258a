//! Fixes of vulnerable dependencies: which versions to move to, and the manifests and lockfiles that say so.
//!
//! [`plan`] reads a project's files, asks a [`Registry`] for versions, and answers with a [`FixPlan`]: what is upgraded,
//! what is not and why, and the new bytes of every file that changes. Nothing is written, no package manager and no code
//! of a package runs. The plan has been matched against the advisories again: it lowers the number of findings and adds
//! none.
//!
//! Words: a *direct* upgrade raises what a `package.json` asks for; a *transitive* one moves the lockfile within what
//! other packages ask for; an *override* sets a version that they do not ask for.
//!
//! npm is read and written now; vulnerable packages of other lockfiles are listed as not fixed. A package manager is a
//! folder here and its line in `planner`.

mod npm;
pub mod registry;

use std::collections::{BTreeMap, BTreeSet};

use cortex_advisories::{Database, Severity};
use serde::Serialize;

pub use self::registry::{NpmRegistry, Packument, Registry, RegistryError, RegistryLimits};
use crate::dependencies::{Detected, ProjectFiles, detect, parse, vulnerabilities};
use crate::finding::Finding;

/// How often a lockfile is planned for at most.
const ROUNDS: usize = 4;

/// What a fix may do.
#[derive(Clone, Debug)]
pub struct FixOptions {
    /// Whether versions that are not compatible by their number are taken where no other helps.
    pub allow_major: bool,
    /// The registry is asked for so many packages at most, for each lockfile.
    pub most_packages: usize,
}

impl Default for FixOptions {
    fn default() -> Self {
        Self {
            allow_major: false,
            most_packages: 5_000,
        }
    }
}

/// How a version is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UpgradeKind {
    /// The project asks for it, and for more than before.
    Direct,
    /// Within what other packages ask for.
    Transitive,
    /// Against what other packages ask for, by an entry in `overrides`.
    Override,
}

impl UpgradeKind {
    /// For people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Direct => "range raised",
            Self::Transitive => "lockfile moved",
            Self::Override => "overridden",
        }
    }
}

/// A package that leaves a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upgrade {
    /// The package.
    pub package: String,
    /// The version before.
    pub from: String,
    /// The versions in its place, ascending; none where the package is no longer needed.
    pub to: Vec<String>,
    /// The lockfile.
    pub lockfile: String,
    /// How.
    pub kind: UpgradeKind,
    /// What it resolves, ascending; of a package that is moved for the sake of what it needs, what that resolves.
    pub advisories: Vec<String>,
    /// The worst of them.
    pub severity: Severity,
    /// Whether a new version is not compatible with the old one by its number, and who needs it did not ask for it.
    pub breaking: bool,
}

impl Upgrade {
    /// The new versions, or `removed`.
    pub fn target(&self) -> String {
        if self.to.is_empty() {
            "removed".to_owned()
        } else {
            self.to.join(", ")
        }
    }
}

/// A vulnerable version that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotFixed {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The lockfile.
    pub lockfile: String,
    /// Its advisories, ascending.
    pub advisories: Vec<String>,
    /// The worst of them.
    pub severity: Severity,
    /// The constraint that is in the way.
    pub reason: String,
}

/// New bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Relative to the root of the project.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct FixPlan {
    /// What is upgraded, the worst first.
    pub upgrades: Vec<Upgrade>,
    /// What is not, the worst first.
    pub not_fixed: Vec<NotFixed>,
    /// The files that change.
    pub edits: Vec<Edit>,
    /// Findings of dependencies before.
    pub before: usize,
    /// Findings of dependencies after.
    pub after: usize,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixError {
    /// There is no advisory data to fix by.
    #[error("there is no advisory data for npm; run `cortex db update`")]
    NoData,
    /// The registry does not answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Plans fixes for all lockfiles of a project.
pub fn plan(
    files: &dyn ProjectFiles,
    database: &Database,
    registry: &dyn Registry,
    options: &FixOptions,
) -> Result<FixPlan, FixError> {
    if !database.covers("npm") {
        return Err(FixError::NoData);
    }
    let before = findings(files, database);
    let mut plan = FixPlan {
        before: before.len(),
        ..FixPlan::default()
    };
    let mut edited = Edited {
        files,
        edits: BTreeMap::new(),
    };
    for (lockfile, goals) in goals(&before) {
        if let Some(reason) = unsupported(&lockfile, files) {
            let outcome = npm::Outcome::none(&lockfile, &goals, &reason);
            plan.not_fixed.extend(outcome.not_fixed);
            continue;
        }
        let outcome = mend(&mut edited, &lockfile, database, registry, options)?;
        plan.upgrades.extend(outcome.upgrades);
        plan.not_fixed.extend(outcome.not_fixed);
    }
    plan.after = findings(&edited, database).len();
    plan.edits = edited
        .edits
        .into_iter()
        .filter(|(path, bytes)| files.read(path).as_ref() != Some(bytes))
        .map(|(path, bytes)| Edit { path, bytes })
        .collect();
    if plan.upgrades.is_empty() {
        plan.edits.clear();
    }
    plan.upgrades
        .sort_by(|a, b| (b.severity, &a.package, &a.from).cmp(&(a.severity, &b.package, &b.from)));
    plan.not_fixed.sort_by(|a, b| {
        (b.severity, &a.package, &a.version).cmp(&(a.severity, &b.package, &b.version))
    });
    Ok(plan)
}

/// Fixes one lockfile, again as long as that helps: what one upgrade leaves may be in the way of another.
fn mend(
    edited: &mut Edited<'_>,
    lockfile: &str,
    database: &Database,
    registry: &dyn Registry,
    options: &FixOptions,
) -> Result<npm::Outcome, FixError> {
    let mut all = npm::Outcome::default();
    for _ in 0..ROUNDS {
        let before = findings(edited, database);
        let goals = goals(&before).remove(lockfile).unwrap_or_default();
        if goals.is_empty() {
            all.not_fixed.clear();
            break;
        }
        let mut outcome = npm::plan(edited, lockfile, &goals, database, registry, options)?;
        let mut tried = edited.clone();
        for edit in &outcome.edits {
            tried.edits.insert(edit.path.clone(), edit.bytes.clone());
        }
        let objection = (!outcome.upgrades.is_empty())
            .then(|| objection(lockfile, &before, &findings(&tried, database)))
            .flatten();
        if let Some(reason) = objection {
            let is_told = |goal: &npm::Goal| {
                outcome
                    .not_fixed
                    .iter()
                    .any(|other| other.package == goal.name && other.version == goal.version)
            };
            let rest: Vec<npm::Goal> = goals.into_iter().filter(|goal| !is_told(goal)).collect();
            let refused = npm::Outcome::none(lockfile, &rest, &reason);
            outcome.not_fixed.extend(refused.not_fixed);
            outcome.upgrades.clear();
        }
        all.not_fixed = outcome.not_fixed;
        if outcome.upgrades.is_empty() {
            break;
        }
        *edited = tried;
        for upgrade in outcome.upgrades {
            // A package that moves on from where it was moved to has moved once.
            let earlier = all.upgrades.iter_mut().find(|earlier| {
                earlier.package == upgrade.package && earlier.to == [upgrade.from.clone()]
            });
            if let Some(earlier) = earlier {
                earlier.to = upgrade.to;
                earlier.breaking |= upgrade.breaking;
                earlier.severity = earlier.severity.max(upgrade.severity);
                let advisories = earlier.advisories.drain(..).chain(upgrade.advisories);
                earlier.advisories = advisories.collect::<BTreeSet<_>>().into_iter().collect();
            } else {
                all.upgrades.push(upgrade);
            }
        }
    }
    Ok(all)
}

/// Why a lockfile is not fixed, by its name and by what stands beside it.
fn unsupported(lockfile: &str, files: &dyn ProjectFiles) -> Option<String> {
    let (folder, name) = lockfile.rsplit_once('/').unwrap_or(("", lockfile));
    if !matches!(name, "package-lock.json" | "npm-shrinkwrap.json") {
        return Some(format!(
            "fixes are made for npm's lockfiles, not for {name}"
        ));
    }
    let shrinkwrap = if folder.is_empty() {
        "npm-shrinkwrap.json".to_owned()
    } else {
        format!("{folder}/npm-shrinkwrap.json")
    };
    (name == "package-lock.json" && files.read(&shrinkwrap).is_some())
        .then(|| "npm reads the npm-shrinkwrap.json beside it and not this file".to_owned())
}

/// Why a result must not be used.
fn objection(lockfile: &str, before: &[Finding], after: &[Finding]) -> Option<String> {
    let of = |findings: &[Finding]| -> Vec<(String, String)> {
        findings
            .iter()
            .filter(|finding| finding.location.path == lockfile)
            .filter_map(|finding| finding.vulnerability.as_ref())
            .map(|found| (found.package.clone(), found.advisory.clone()))
            .collect()
    };
    let (before, after) = (of(before), of(after));
    if after.len() >= before.len() {
        return Some("the upgrade would not lower the number of findings".to_owned());
    }
    let known: BTreeSet<_> = before.into_iter().collect();
    after
        .into_iter()
        .find(|finding| !known.contains(finding))
        .map(|(package, advisory)| format!("the upgrade would add {advisory} of {package}"))
}

/// The vulnerabilities of all lockfiles.
fn findings(files: &dyn ProjectFiles, database: &Database) -> Vec<Finding> {
    let mut all = Vec::new();
    for path in files.paths() {
        let Some(Detected::Supported(format)) = detect(path) else {
            continue;
        };
        let Some(bytes) = files.read(path) else {
            continue;
        };
        if let Ok(lockfile) = parse(format, path, &bytes, files) {
            all.extend(vulnerabilities(path, &lockfile, database).0);
        }
    }
    all
}

/// The vulnerable versions by lockfile.
fn goals(findings: &[Finding]) -> BTreeMap<String, Vec<npm::Goal>> {
    let mut goals: BTreeMap<String, BTreeMap<(String, String), npm::Goal>> = BTreeMap::new();
    for finding in findings {
        let Some(found) = &finding.vulnerability else {
            continue;
        };
        let goal = goals
            .entry(finding.location.path.clone())
            .or_default()
            .entry((found.package.clone(), found.version.clone()))
            .or_insert_with(|| npm::Goal {
                name: found.package.clone(),
                version: found.version.clone(),
                advisories: BTreeSet::new(),
                severity: Severity::Info,
            });
        goal.advisories.insert(found.advisory.clone());
        goal.severity = goal.severity.max(finding.severity);
    }
    goals
        .into_iter()
        .map(|(lockfile, goals)| (lockfile, goals.into_values().collect()))
        .collect()
}

/// Files with new bytes in place of some.
#[derive(Clone)]
struct Edited<'f> {
    files: &'f dyn ProjectFiles,
    edits: BTreeMap<String, Vec<u8>>,
}

impl ProjectFiles for Edited<'_> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.edits
            .get(path)
            .cloned()
            .or_else(|| self.files.read(path))
    }

    fn paths(&self) -> &[String] {
        self.files.paths()
    }
}
