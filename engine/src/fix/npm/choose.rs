//! Which version of a package to take.
//!
//! A package that is moved away from an advisory gets the lowest version that is free of all; one that comes anew gets
//! what npm would take (the version tagged `latest` if it fits, else the highest), as long as that is free of advisories.
//! Deprecated versions and prereleases are taken only where nothing else fits.
//!
//! Versions whose archives bring packages or a lockfile along are passed over: what they would install is not in the
//! registry's document, so an exact entry could not be written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use cortex_advisories::{Database, Match, QueryError};
use node_semver::Version;
use serde_json::{Map, Value};

use super::package::Package;
use super::specifier::{Specifier, parse_version};
use crate::fix::registry::{Packument, Registry, RegistryError};

/// A version that was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) package: Rc<Package>,
    pub(crate) integrity: Option<String>,
    pub(crate) resolved: Option<String>,
}

/// Deepest chain of packages that are moved for the sake of one below them.
pub(crate) const DEEPEST_CHAIN: usize = 4;

/// The versions of a package that can be told apart, ascending.
type Versions = Rc<[(Version, String)]>;

/// Knows versions and what speaks against them.
pub(crate) struct Chooser<'a> {
    registry: &'a dyn Registry,
    database: &'a Database,
    limit: usize,
    packuments: RefCell<HashMap<String, Result<Arc<Packument>, RegistryError>>>,
    versions: RefCell<HashMap<String, Versions>>,
    packages: RefCell<HashMap<(String, String), Rc<Package>>>,
    advised: RefCell<HashMap<(String, String), bool>>,
}

/// What a choice must heed beside advisories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heed {
    /// Versions that led to new findings when they were tried.
    pub(crate) banned: BTreeSet<(String, String)>,
    /// Packages that are moved for the sake of others: those must be given a safe version.
    pub(crate) for_the_sake_of: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(registry: &'a dyn Registry, database: &'a Database, limit: usize) -> Self {
        Self {
            registry,
            database,
            limit,
            packuments: RefCell::default(),
            versions: RefCell::default(),
            packages: RefCell::default(),
            advised: RefCell::default(),
        }
    }

    pub(crate) fn prefetch(&self, names: &[String]) {
        let new: Vec<String> = names
            .iter()
            .filter(|name| !self.packuments.borrow().contains_key(*name))
            .cloned()
            .collect();
        if new.len() > 1 && self.packuments.borrow().len() + new.len() <= self.limit {
            self.registry.prefetch(&new);
        }
    }

    pub(crate) fn packument(&self, name: &str) -> Result<Arc<Packument>, RegistryError> {
        if let Some(known) = self.packuments.borrow().get(name) {
            return known.clone();
        }
        if self.packuments.borrow().len() >= self.limit {
            return Err(RegistryError::TooMany { limit: self.limit });
        }
        let answer = self.registry.packument(name);
        self.packuments
            .borrow_mut()
            .insert(name.to_owned(), answer.clone());
        answer
    }

    /// The advisories on a version.
    pub(crate) fn advisories(&self, name: &str, version: &str) -> Vec<Match> {
        match self.database.query("npm", name, version) {
            Ok(matches) | Err(QueryError::Undecided { matches, .. }) => matches,
            Err(_) => Vec::new(),
        }
    }

    /// Whether an advisory speaks against a version, or it cannot be told.
    pub(crate) fn is_advised(&self, name: &str, version: &str) -> bool {
        let key = (name.to_owned(), version.to_owned());
        if let Some(known) = self.advised.borrow().get(&key) {
            return *known;
        }
        let advised = self
            .database
            .query("npm", name, version)
            .map_or(true, |matches| !matches.is_empty());
        self.advised.borrow_mut().insert(key, advised);
        advised
    }

    /// All versions, ascending.
    pub(crate) fn versions(&self, name: &str) -> Result<Versions, RegistryError> {
        if let Some(known) = self.versions.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let packument = self.packument(name)?;
        let mut versions: Vec<(Version, String)> = packument
            .versions
            .keys()
            .filter_map(|text| Some((parse_version(text)?, text.clone())))
            .collect();
        versions.sort();
        let versions: Versions = versions.into();
        self.versions
            .borrow_mut()
            .insert(name.to_owned(), Rc::clone(&versions));
        Ok(versions)
    }

    fn manifest(&self, name: &str, version: &str) -> Option<Arc<Map<String, Value>>> {
        self.packument(name).ok()?.versions.get(version).cloned()
    }

    pub(crate) fn package(&self, name: &str, version: &str) -> Option<Rc<Package>> {
        let key = (name.to_owned(), version.to_owned());
        if let Some(known) = self.packages.borrow().get(&key) {
            return Some(Rc::clone(known));
        }
        let mut package = Package::from_manifest(&*self.manifest(name, version)?);
        // The document was asked for by this name and lists this version: what the manifest says of itself is no matter.
        package.name = Some(name.to_owned());
        package.version = Some(version.to_owned());
        package
            .fields
            .insert("version".to_owned(), Value::String(version.to_owned()));
        package.fields.shift_remove("devDependencies");
        package.fields.shift_remove("workspaces");
        let package = Rc::new(package);
        self.packages.borrow_mut().insert(key, Rc::clone(&package));
        Some(package)
    }

    fn is_deprecated(&self, name: &str, version: &str) -> bool {
        self.package(name, version)
            .is_none_or(|package| package.fields.contains_key("deprecated"))
    }

    /// Whether an exact entry can be written for a version.
    fn can_be_written(&self, name: &str, version: &str) -> bool {
        self.package(name, version).is_some_and(|package| {
            package.bundled.is_empty()
                && !package.has_shrinkwrap
                && self
                    .manifest(name, version)
                    .is_some_and(|manifest| Packument::integrity(&manifest).is_some())
        })
    }

    /// Whether nothing speaks against a version.
    fn is_good(&self, name: &str, version: &str, heed: &Heed, depth: usize) -> bool {
        if self.is_advised(name, version)
            || heed.banned.contains(&(name.to_owned(), version.to_owned()))
            || !self.can_be_written(name, version)
        {
            return false;
        }
        let Some(sake) = heed.for_the_sake_of.get(name) else {
            return true;
        };
        let Some(package) = self.package(name, version) else {
            return false;
        };
        sake.iter().all(|below| {
            package
                .needs
                .iter()
                .find(|need| need.name == *below && !need.kind.is_peer())
                .is_none_or(|need| {
                    let real = need.specifier.package(&need.name);
                    depth < DEEPEST_CHAIN
                        && self.versions(real).is_ok_and(|versions| {
                            versions.iter().any(|(version, text)| {
                                need.specifier.admits(version)
                                    && self.is_good(real, text, heed, depth + 1)
                            })
                        })
                })
        })
    }

    /// The lowest version above `current` that a specifier admits and nothing speaks against.
    pub(crate) fn lowest(
        &self,
        name: &str,
        specifier: &Specifier,
        current: &Version,
        heed: &Heed,
    ) -> Result<Option<String>, RegistryError> {
        self.lowest_where(name, current, heed, |version| specifier.admits(version))
    }

    /// The lowest version above `current` that will do and that nothing speaks against.
    pub(crate) fn lowest_where(
        &self,
        name: &str,
        current: &Version,
        heed: &Heed,
        will_do: impl Fn(&Version) -> bool,
    ) -> Result<Option<String>, RegistryError> {
        let versions = self.versions(name)?;
        let candidates = versions.iter().filter(|(version, _)| {
            version > current
                && (!version.is_prerelease() || current.is_prerelease())
                && will_do(version)
        });
        let mut deprecated = None;
        for (_, text) in candidates {
            if !self.is_good(name, text, heed, 0) {
                continue;
            }
            if !self.is_deprecated(name, text) {
                return Ok(Some(text.clone()));
            }
            deprecated.get_or_insert_with(|| text.clone());
        }
        Ok(deprecated)
    }

    /// The version that npm would take, if possible one that nothing speaks against.
    pub(crate) fn usual(
        &self,
        name: &str,
        specifier: &Specifier,
        heed: &Heed,
    ) -> Result<Option<String>, RegistryError> {
        let packument = self.packument(name)?;
        if let Specifier::Tag(tag) = specifier {
            return Ok(packument
                .tags
                .get(tag)
                .filter(|version| self.can_be_written(name, version))
                .cloned());
        }
        // The highest, with `latest` before all others.
        let latest = packument.tags.get("latest");
        let versions = self.versions(name)?;
        let best = versions
            .iter()
            .filter(|(version, text)| {
                admits_usually(specifier, version) && self.can_be_written(name, text)
            })
            .max_by_key(|(version, text)| {
                (
                    self.is_good(name, text, heed, 0),
                    Some(text) == latest && !self.is_deprecated(name, text),
                    !self.is_deprecated(name, text),
                    version.clone(),
                )
            });
        Ok(best.map(|(_, text)| text.clone()))
    }

    pub(crate) fn choice(&self, name: &str, version: &str) -> Option<Choice> {
        let manifest = self.manifest(name, version)?;
        Some(Choice {
            package: self.package(name, version)?,
            integrity: Packument::integrity(&manifest),
            resolved: Packument::archive(&manifest).map(str::to_owned),
        })
    }
}

/// `*` admits prereleases that are there, but none is chosen for it.
fn admits_usually(specifier: &Specifier, version: &Version) -> bool {
    match specifier.behind_alias() {
        Specifier::Any => !version.is_prerelease(),
        other => other.admits(version),
    }
}
