//! What has to change for a package to leave a version: who needs it, and what each of them lets us do.
//!
//! For every need that leads to the package: if the need admits a version without advisories, the lockfile alone moves. A
//! need of the project itself is raised. A need of another package that admits none may have a newer self that does, so
//! that one is moved, and so on upwards. Where nothing of that helps, an entry in `overrides` sets the version.

use std::collections::BTreeSet;

use node_semver::Version;

use super::build::{Changes, describe};
use super::choose::{Chooser, DEEPEST_CHAIN};
use super::package::Kind;
use super::range::{is_compatible, raised};
use super::specifier::{Specifier, parse_version};
use super::tree::{EdgeId, Id, Tree};
use crate::fix::registry::RegistryError;

/// Why nothing can be done.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// A sentence on the constraint that blocks it.
    Blocked(String),
    /// The registry does not answer.
    Registry(RegistryError),
}

impl From<RegistryError> for Stop {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::NoSuchPackage { .. }
            | RegistryError::Name { .. }
            | RegistryError::TooMany { .. } => Self::Blocked(error.to_string()),
            error => Self::Registry(error),
        }
    }
}

/// A dependency of the project whose specifier is raised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Raise {
    /// The folder of the `package.json`.
    pub(crate) folder: String,
    pub(crate) section: &'static str,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A need that is overruled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Overrule {
    /// Who has it, by the name it is installed under.
    pub(crate) parent: String,
    pub(crate) name: String,
    /// The package's real name.
    pub(crate) real: String,
    pub(crate) version: String,
}

/// The changes that free a project of some versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves {
    pub(crate) changes: Changes,
    pub(crate) raises: BTreeSet<Raise>,
    pub(crate) overrules: BTreeSet<Overrule>,
}

/// Looks for the moves.
pub(crate) struct Mover<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) chooser: &'a Chooser<'a>,
    pub(crate) allow_major: bool,
}

impl Mover<'_> {
    /// Adds the moves that take a version away from all places where it is installed.
    pub(crate) fn leave(
        &self,
        real: &str,
        version: &str,
        nodes: &[Id],
        moves: &mut Moves,
    ) -> Result<(), Stop> {
        for node in nodes {
            self.leave_node(*node, 0, moves)?;
        }
        moves
            .changes
            .avoid
            .insert((real.to_owned(), version.to_owned()));
        moves.changes.moved.insert(real.to_owned());
        Ok(())
    }

    fn leave_node(&self, node: Id, depth: usize, moves: &mut Moves) -> Result<(), Stop> {
        let tree = self.tree;
        if tree.in_dependency_bundle(node)
            && let Some(bundler) = tree.bundler(node)
        {
            // A later version of that package may not bring it along, or not at all.
            let below = tree.node(node).package.name.clone().unwrap_or_default();
            let mut further = moves.clone();
            if depth < DEEPEST_CHAIN
                && self
                    .leave_parent(bundler, &below, depth, &mut further)
                    .is_ok()
            {
                *moves = further;
                return Ok(());
            }
            return Err(Stop::Blocked(format!(
                "it comes within the archive of {}",
                describe(tree, bundler)
            )));
        }
        if tree.in_shrinkwrap(node) {
            return Err(Stop::Blocked(
                "a dependency's own lockfile (npm-shrinkwrap.json) holds it".to_owned(),
            ));
        }
        for edge in tree.edges_in(node) {
            self.leave_need(edge, node, depth, moves)?;
        }
        Ok(())
    }

    /// Makes a need lead elsewhere than to `node`.
    fn leave_need(
        &self,
        edge: EdgeId,
        node: Id,
        depth: usize,
        moves: &mut Moves,
    ) -> Result<(), Stop> {
        let tree = self.tree;
        let blocked = |reason: String| Err(Stop::Blocked(reason));
        let by = describe(tree, edge.from);
        let text = tree.specifier_text(edge);
        let package = &tree.node(node).package;
        let (Some(real), Some(current)) = (&package.name, &tree.node(node).version) else {
            return blocked("its version cannot be read".to_owned());
        };
        let specifier = tree.specifier(edge);
        if !specifier.is_registry() {
            return blocked(format!(
                "{by} asks for it as {text:?}, not from the registry"
            ));
        }
        let heed = &moves.changes.heed;
        let within = self
            .chooser
            .lowest(real, specifier.behind_alias(), current, heed)?;
        let is_own = tree.is_top(edge.from);
        if let Some(version) = within {
            if is_own {
                self.raise(edge, &version, moves);
            }
            return Ok(());
        }
        if tree.is_overridden(edge) {
            return blocked(format!("`overrides` of package.json asks for {text:?}"));
        }
        if is_own {
            let kind = tree.need(edge).kind;
            if !kind.is_own() {
                return blocked(format!("{by} asks for {text:?} as a peer"));
            }
            // Only what is to be fixed itself may be upgraded past what is compatible, not who stands above it.
            let version = self.beyond(real, current, self.allow_major && depth == 0, moves)?;
            self.raise(edge, &version, moves);
            return Ok(());
        }
        if depth < DEEPEST_CHAIN {
            let mut further = moves.clone();
            match self.leave_parent(edge.from, real, depth, &mut further) {
                Ok(()) => {
                    *moves = further;
                    return Ok(());
                }
                Err(Stop::Blocked(_)) => {}
                Err(stop) => return Err(stop),
            }
        }
        if depth > 0 {
            return blocked(format!("{by} asks for {text:?}"));
        }
        if tree.need(edge).kind == Kind::Workspace {
            return blocked(format!("{by} has it in its workspace"));
        }
        let version = match self.beyond(real, current, self.allow_major, moves) {
            Ok(version) => version,
            Err(Stop::Blocked(reason)) => {
                return blocked(format!("{by} asks for {text:?}, and {reason}"));
            }
            Err(stop) => return Err(stop),
        };
        moves.overrules.insert(Overrule {
            parent: tree.node(edge.from).name.clone(),
            name: tree.need(edge).name.clone(),
            real: real.clone(),
            version,
        });
        Ok(())
    }

    /// Moves the package that has a need to a version whose need can be met.
    fn leave_parent(
        &self,
        parent: Id,
        below: &str,
        depth: usize,
        moves: &mut Moves,
    ) -> Result<(), Stop> {
        let package = &self.tree.node(parent).package;
        let (Some(name), Some(version)) = (&package.name, &package.version) else {
            return Err(Stop::Blocked("its dependent has no version".to_owned()));
        };
        let changes = &mut moves.changes;
        changes
            .heed
            .for_the_sake_of
            .entry(name.clone())
            .or_default()
            .insert(below.to_owned());
        if self.tree.edges_in(parent).is_empty() {
            return Err(Stop::Blocked("nobody needs its dependent".to_owned()));
        }
        self.leave_node(parent, depth + 1, moves)?;
        let changes = &mut moves.changes;
        changes.avoid.insert((name.clone(), version.clone()));
        changes.moved.insert(name.clone());
        Ok(())
    }

    /// The lowest version past what a need admits.
    fn beyond(
        &self,
        real: &str,
        current: &Version,
        major: bool,
        moves: &Moves,
    ) -> Result<String, Stop> {
        let heed = &moves.changes.heed;
        let compatible = self.chooser.lowest_where(real, current, heed, |version| {
            is_compatible(current, version)
        })?;
        if let Some(version) = compatible {
            return Ok(version);
        }
        match self.chooser.lowest(real, &Specifier::Any, current, heed)? {
            Some(version) if major => Ok(version),
            Some(version) => Err(Stop::Blocked(format!(
                "the lowest version without known advisories is {version}, which may break what uses it"
            ))),
            None => Err(Stop::Blocked(
                "no later version is free of known advisories".to_owned(),
            )),
        }
    }

    /// Raises what a folder of the project asks for.
    fn raise(&self, edge: EdgeId, version: &str, moves: &mut Moves) {
        let need = self.tree.need(edge);
        let section = match need.kind {
            Kind::Prod => "dependencies",
            Kind::Dev => "devDependencies",
            Kind::Optional => "optionalDependencies",
            Kind::Peer | Kind::PeerOptional | Kind::Workspace => return,
        };
        if self.tree.is_overridden(edge) {
            return;
        }
        if let Some(text) = raised(&need.text, version).filter(|text| *text != need.text) {
            let folder = self.tree.node(edge.from).path.clone();
            let name = need.name.clone();
            let other = |raise: &Raise| {
                raise.folder == folder && raise.section == section && raise.name == name
            };
            // Of two versions of one dependency that are to be left, the later decides.
            let higher = moves
                .raises
                .iter()
                .find(|raise| other(raise))
                .is_some_and(|raise| floor(&raise.text) >= parse_version(version));
            if !higher {
                moves.raises.retain(|raise| !other(raise));
                moves.raises.insert(Raise {
                    folder,
                    section,
                    name,
                    text,
                });
            }
        }
    }
}

fn floor(text: &str) -> Option<Version> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    parse_version(text.get(start..)?)
}
