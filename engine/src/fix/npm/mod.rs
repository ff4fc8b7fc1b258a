//! Fixes for npm: `package.json` with `package-lock.json` or `npm-shrinkwrap.json`.
//!
//! The lockfile is read as a [tree](tree) of installed packages. [Moves](moves) are looked for that take the vulnerable
//! versions away, the tree is [built](build) anew with them the way npm would build it, and [written](write) as npm would
//! write it. What a repository says is followed only where npm would follow it too; nothing of it is run.

mod build;
mod choose;
mod collation;
mod flags;
mod json_text;
mod manifest_edit;
mod moves;
mod overrides;
mod package;
mod place;
mod range;
mod read;
mod semver_range;
mod specifier;
mod tree;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use cortex_advisories::{Database, Severity};

use self::build::{BuildError, Builder, installed};
use self::choose::Chooser;
use self::moves::{Mover, Moves, Stop};
use self::read::Project;
use self::specifier::parse_version;
use self::tree::{Id, Tree};
use super::registry::{Registry, RegistryError};
use super::{Edit, FixOptions, NotFixed, Upgrade, UpgradeKind};
use crate::dependencies::ProjectFiles;

/// How often versions that bring new findings are ruled out before a fix is given up.
const ROUNDS: usize = 8;

/// A vulnerable version of a lockfile.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) advisories: BTreeSet<String>,
    pub(super) severity: Severity,
}

/// What came of one lockfile.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) upgrades: Vec<Upgrade>,
    pub(super) not_fixed: Vec<NotFixed>,
    pub(super) edits: Vec<Edit>,
}

/// Plans fixes for one lockfile.
pub(super) fn plan(
    files: &dyn ProjectFiles,
    lockfile: &str,
    goals: &[Goal],
    database: &Database,
    registry: &dyn Registry,
    options: &FixOptions,
) -> Result<Outcome, RegistryError> {
    let project = Project::read(files, lockfile)
        .and_then(|project| Ok((project.tree(&project.manifests)?, project)));
    let (tree, project) = match project {
        Ok(read) => read,
        Err(reason) => return Ok(Outcome::none(lockfile, goals, &reason)),
    };
    let chooser = Chooser::new(registry, database, options.most_packages);
    let names: BTreeSet<String> = goals.iter().map(|goal| goal.name.clone()).collect();
    chooser.prefetch(&names.into_iter().collect::<Vec<_>>());
    let planning = Planning {
        project: &project,
        tree: &tree,
        places: installed(&tree),
        goals,
        chooser: &chooser,
        options,
    };
    let mut blocked = BTreeMap::new();
    let built = planning.best(&mut blocked)?;
    let mut outcome = built.map_or_else(Outcome::default, |built| {
        planning.outcome(&built, &blocked, registry.omits_resolved())
    });
    for (goal, reason) in blocked {
        if let Some(goal) = goals.get(goal) {
            outcome
                .not_fixed
                .push(NotFixed::of(lockfile, goal, &reason));
        }
    }
    Ok(outcome)
}

impl Outcome {
    /// Nothing, for one reason.
    pub(super) fn none(lockfile: &str, goals: &[Goal], reason: &str) -> Self {
        Self {
            not_fixed: goals
                .iter()
                .map(|goal| NotFixed::of(lockfile, goal, reason))
                .collect(),
            ..Self::default()
        }
    }
}

impl NotFixed {
    fn of(lockfile: &str, goal: &Goal, reason: &str) -> Self {
        Self {
            package: goal.name.clone(),
            version: goal.version.clone(),
            lockfile: lockfile.to_owned(),
            advisories: goal.advisories.iter().cloned().collect(),
            severity: goal.severity,
            reason: reason.to_owned(),
        }
    }
}

/// A tree without the versions that were to be left.
struct Built {
    tree: Tree,
    moves: Moves,
    /// The manifests as they have to be.
    manifests: BTreeMap<String, String>,
    goals: BTreeSet<usize>,
}

struct Planning<'a> {
    project: &'a Project,
    tree: &'a Tree,
    /// What the lockfile installs, and where.
    places: BTreeMap<(String, String), Vec<Id>>,
    goals: &'a [Goal],
    chooser: &'a Chooser<'a>,
    options: &'a FixOptions,
}

impl Planning<'_> {
    /// The tree that is free of most; what stays is put into `blocked`, by its place in the goals.
    fn best(&self, blocked: &mut BTreeMap<usize, String>) -> Result<Option<Built>, RegistryError> {
        let all: BTreeSet<usize> = (0..self.goals.len()).collect();
        let mut active = all.clone();
        // What cannot be moved at all stays out from the start.
        for goal in &all {
            match self.moves(&BTreeSet::from([*goal]), &BTreeSet::new()) {
                Ok(_) => {}
                Err(Stop::Registry(error)) => return Err(error),
                Err(Stop::Blocked(reason)) => {
                    active.remove(goal);
                    blocked.insert(*goal, reason);
                }
            }
        }
        if active.is_empty() {
            return Ok(None);
        }
        match self.attempt(&active) {
            Ok(built) => return Ok(Some(built)),
            Err(Stop::Registry(error)) => return Err(error),
            Err(Stop::Blocked(_)) => {}
        }
        // Together they do not go: one after the other, the worst first.
        let mut order: Vec<usize> = active.into_iter().collect();
        order
            .sort_by_key(|goal| std::cmp::Reverse(self.goals.get(*goal).map(|goal| goal.severity)));
        let mut best: Option<Built> = None;
        for goal in order {
            let mut with = best
                .as_ref()
                .map_or_else(BTreeSet::new, |best| best.goals.clone());
            with.insert(goal);
            match self.attempt(&with) {
                Ok(built) => best = Some(built),
                Err(Stop::Registry(error)) => return Err(error),
                Err(Stop::Blocked(reason)) => {
                    blocked.insert(goal, reason);
                }
            }
        }
        Ok(best)
    }

    fn moves(
        &self,
        active: &BTreeSet<usize>,
        banned: &BTreeSet<(String, String)>,
    ) -> Result<Moves, Stop> {
        let mover = Mover {
            tree: self.tree,
            chooser: self.chooser,
            allow_major: self.options.allow_major,
        };
        let mut moves = Moves::default();
        moves.changes.heed.banned.clone_from(banned);
        for goal in active.iter().filter_map(|goal| self.goals.get(*goal)) {
            let nodes = self
                .places
                .get(&(goal.name.clone(), goal.version.clone()))
                .map(Vec::as_slice)
                .unwrap_or_default();
            if nodes.is_empty() {
                return Err(Stop::Blocked(
                    "it is not among the packages that the lockfile installs".to_owned(),
                ));
            }
            mover.leave(&goal.name, &goal.version, nodes, &mut moves)?;
        }
        Ok(moves)
    }

    /// A tree without the versions of these goals and without new findings.
    fn attempt(&self, active: &BTreeSet<usize>) -> Result<Built, Stop> {
        let known = self.findings(self.tree);
        let mut banned = BTreeSet::new();
        for _ in 0..ROUNDS {
            let moves = self.moves(active, &banned)?;
            let manifests = self.manifests(&moves)?;
            let tree = self.project.tree(&manifests).map_err(Stop::Blocked)?;
            let built = Builder::new(tree, self.chooser, &moves.changes).build();
            let mut tree = built.map_err(|error| match error {
                BuildError::Registry(error, _) => Stop::from(error),
                other => Stop::Blocked(other.to_string()),
            })?;
            flags::settle(&mut tree);
            let found = self.findings(&tree);
            let new: Vec<&(String, String)> = found
                .keys()
                .filter(|finding| !known.contains_key(finding))
                .collect();
            if new.is_empty() {
                self.check_gone(&tree, active)?;
                return Ok(Built {
                    tree,
                    moves,
                    manifests,
                    goals: active.clone(),
                });
            }
            let before = banned.len();
            for finding in &new {
                self.ban(&tree, found.get(*finding), &mut banned);
            }
            if banned.len() == before {
                let names: BTreeSet<&str> = new.iter().map(|(name, _)| name.as_str()).collect();
                let names: Vec<&str> = names.into_iter().collect();
                return Err(Stop::Blocked(format!(
                    "upgrading it would bring in vulnerable versions of {}",
                    names.join(", ")
                )));
            }
        }
        Err(Stop::Blocked(
            "each upgrade that was tried brought in other vulnerable versions".to_owned(),
        ))
    }

    /// What the registry's packages of a tree are found to have, by package and advisory, and the versions.
    fn findings(&self, tree: &Tree) -> BTreeMap<(String, String), BTreeSet<String>> {
        let mut findings: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for (name, version) in installed(tree).into_keys() {
            for found in self.chooser.advisories(&name, &version) {
                findings
                    .entry((name.clone(), found.id))
                    .or_default()
                    .insert(version.clone());
            }
        }
        findings
    }

    /// Rules out who brought vulnerable versions in.
    fn ban(
        &self,
        tree: &Tree,
        versions: Option<&BTreeSet<String>>,
        banned: &mut BTreeSet<(String, String)>,
    ) {
        let Some(versions) = versions else { return };
        for ((_, version), nodes) in installed(tree) {
            if !versions.contains(&version) {
                continue;
            }
            for edge in nodes.iter().flat_map(|node| tree.edges_in(*node)) {
                let package = &tree.node(edge.from).package;
                if let (Some(name), Some(version)) = (&package.name, &package.version) {
                    let key = (name.clone(), version.clone());
                    if !tree.is_top(edge.from) && !self.places.contains_key(&key) {
                        banned.insert(key);
                    }
                }
            }
        }
    }

    fn check_gone(&self, tree: &Tree, active: &BTreeSet<usize>) -> Result<(), Stop> {
        let places = installed(tree);
        for goal in active.iter().filter_map(|goal| self.goals.get(*goal)) {
            let Some(nodes) = places.get(&(goal.name.clone(), goal.version.clone())) else {
                continue;
            };
            let asking = nodes
                .iter()
                .flat_map(|node| tree.edges_in(*node))
                .map(|edge| {
                    format!(
                        "{} asks for {:?}",
                        build::describe(tree, edge.from),
                        tree.specifier_text(edge)
                    )
                })
                .next();
            return Err(Stop::Blocked(asking.unwrap_or_else(|| {
                "it stays in the tree though nobody asks for it".to_owned()
            })));
        }
        Ok(())
    }

    fn manifests(&self, moves: &Moves) -> Result<BTreeMap<String, String>, Stop> {
        let mut manifests = self.project.manifests.clone();
        let indent = self.project.layout().indent;
        let mut set = |folder: &str, path: &[&str], value: &str| {
            let old = manifests.get(folder);
            let new = old.and_then(|text| manifest_edit::set(text, path, value, &indent));
            let new = new.ok_or_else(|| {
                Stop::Blocked(format!(
                    "{} cannot be edited at {}",
                    self.project.manifest_path(folder),
                    path.join(".")
                ))
            })?;
            manifests.insert(folder.to_owned(), new);
            Ok::<(), Stop>(())
        };
        for raise in &moves.raises {
            set(&raise.folder, &[raise.section, &raise.name], &raise.text)?;
        }
        for overrule in &moves.overrules {
            let value = if overrule.name == overrule.real {
                format!("^{}", overrule.version)
            } else {
                format!("npm:{}@^{}", overrule.real, overrule.version)
            };
            if self.is_everywhere(&overrule.name, &overrule.version, moves) {
                set("", &["overrides", &overrule.name], &value)?;
            } else {
                set("", &["overrides", &overrule.parent, &overrule.name], &value)?;
            }
        }
        Ok(manifests)
    }

    /// Whether an override may hold for all who need a package: the project itself does not, nobody has another version
    /// that the override would change, and no other override speaks of it.
    fn is_everywhere(&self, name: &str, version: &str, moves: &Moves) -> bool {
        let range = specifier::Specifier::parse(&format!("^{version}"));
        let is_own = (0..self.tree.len())
            .filter(|id| self.tree.is_top(*id) && self.tree.in_project(*id))
            .any(|id| self.tree.edge(id, name).is_some());
        let others = self.tree.inventory().into_iter().any(|id| {
            let node = self.tree.node(id);
            let package = &node.package;
            let leaves = package
                .name
                .as_ref()
                .zip(package.version.as_ref())
                .is_some_and(|(name, version)| {
                    moves
                        .changes
                        .avoid
                        .contains(&(name.clone(), version.clone()))
                });
            node.name == name
                && !leaves
                && node
                    .version
                    .as_ref()
                    .is_none_or(|version| !range.admits(version))
        });
        let rival = moves
            .overrules
            .iter()
            .any(|other| other.name == name && other.version != version);
        let asked: BTreeSet<&str> = moves
            .overrules
            .iter()
            .filter(|overrule| overrule.name == name)
            .map(|overrule| overrule.parent.as_str())
            .collect();
        // An entry for one dependent alone is clearer if there is only one.
        let many = self.tree.inventory().into_iter().any(|id| {
            self.tree.edge(id, name).is_some() && !asked.contains(self.tree.node(id).name.as_str())
        });
        !is_own && !others && !rival && !many && self.tree.overrides.is_none()
    }

    fn outcome(
        &self,
        built: &Built,
        blocked: &BTreeMap<usize, String>,
        omit_resolved: bool,
    ) -> Outcome {
        let lockfile = &self.project.lockfile;
        let mut edits = Vec::new();
        for (folder, text) in &built.manifests {
            if self.project.manifests.get(folder) != Some(text) {
                edits.push(Edit {
                    path: self.project.manifest_path(folder),
                    bytes: text.clone().into_bytes(),
                });
            }
        }
        let text = write::lockfile(&built.tree, self.project, omit_resolved);
        if text != self.project.lock_text {
            edits.push(Edit {
                path: lockfile.clone(),
                bytes: text.into_bytes(),
            });
        }
        let goals = self
            .goals
            .iter()
            .enumerate()
            .filter(|(number, _)| !blocked.contains_key(number))
            .map(|(_, goal)| goal);
        let mut upgrades: Vec<Upgrade> = goals.map(|goal| self.upgrade(built, goal)).collect();
        upgrades.extend(self.parents(built, &upgrades));
        Outcome {
            upgrades,
            not_fixed: Vec::new(),
            edits,
        }
    }

    fn upgrade(&self, built: &Built, goal: &Goal) -> Upgrade {
        let versions = self.versions_after(built, &goal.name, &goal.version);
        let is_raised = |raise: &moves::Raise| {
            self.tree
                .inventory()
                .into_iter()
                .chain([Tree::PROJECT])
                .filter(|id| self.tree.is_top(*id) && self.tree.node(*id).path == raise.folder)
                .filter_map(|id| self.tree.resolve(id, &raise.name))
                .any(|id| {
                    let package = &self.tree.node(id).package;
                    package.name.as_ref() == Some(&goal.name)
                        && package.version.as_ref() == Some(&goal.version)
                })
        };
        let kind = if built
            .moves
            .overrules
            .iter()
            .any(|overrule| overrule.real == goal.name)
        {
            UpgradeKind::Override
        } else if built.moves.raises.iter().any(is_raised) {
            UpgradeKind::Direct
        } else {
            UpgradeKind::Transitive
        };
        Upgrade {
            package: goal.name.clone(),
            from: goal.version.clone(),
            breaking: kind != UpgradeKind::Transitive && is_breaking(&goal.version, &versions),
            to: versions,
            lockfile: self.project.lockfile.clone(),
            kind,
            advisories: goal.advisories.iter().cloned().collect(),
            severity: goal.severity,
        }
    }

    /// The versions that stand where one stood; none where it is gone.
    fn versions_after(&self, built: &Built, name: &str, version: &str) -> Vec<String> {
        let before = &self.places;
        let after = installed(&built.tree);
        let places: BTreeSet<String> = before
            .get(&(name.to_owned(), version.to_owned()))
            .into_iter()
            .flatten()
            .map(|id| self.tree.location(*id))
            .collect();
        let of_name = || after.iter().filter(|((other, _), _)| other == name);
        let at_place: BTreeSet<&String> = of_name()
            .filter(|(_, nodes)| {
                nodes
                    .iter()
                    .any(|id| places.contains(&built.tree.location(*id)))
            })
            .map(|((_, version), _)| version)
            .collect();
        let new: BTreeSet<&String> = of_name()
            .filter(|(key, _)| !before.contains_key(*key))
            .map(|((_, version), _)| version)
            .collect();
        let versions = if at_place.is_empty() { new } else { at_place };
        let mut versions: Vec<String> = versions.into_iter().cloned().collect();
        versions.sort_by_key(|version| parse_version(version));
        versions
    }

    /// The packages that were moved only for the sake of what they need.
    fn parents(&self, built: &Built, upgrades: &[Upgrade]) -> Vec<Upgrade> {
        let sake = &built.moves.changes.heed.for_the_sake_of;
        built
            .moves
            .changes
            .avoid
            .iter()
            .filter(|(name, version)| {
                !self
                    .goals
                    .iter()
                    .any(|goal| goal.name == *name && goal.version == *version)
            })
            .map(|(name, version)| {
                // Down to what is vulnerable.
                let mut below: BTreeSet<&String> = BTreeSet::new();
                let mut walk = vec![name];
                while let Some(at) = walk.pop() {
                    walk.extend(
                        sake.get(at)
                            .into_iter()
                            .flatten()
                            .filter(|next| below.insert(next)),
                    );
                }
                let mended = || {
                    upgrades
                        .iter()
                        .filter(|upgrade| below.contains(&upgrade.package))
                };
                let advisories: BTreeSet<String> = mended()
                    .flat_map(|upgrade| upgrade.advisories.iter().cloned())
                    .collect();
                let to = self.versions_after(built, name, version);
                let is_direct = built.moves.raises.iter().any(|raise| raise.name == *name);
                Upgrade {
                    package: name.clone(),
                    from: version.clone(),
                    breaking: is_direct && is_breaking(version, &to),
                    to,
                    lockfile: self.project.lockfile.clone(),
                    kind: if is_direct {
                        UpgradeKind::Direct
                    } else {
                        UpgradeKind::Transitive
                    },
                    advisories: advisories.into_iter().collect(),
                    severity: mended()
                        .map(|upgrade| upgrade.severity)
                        .max()
                        .unwrap_or(Severity::Info),
                }
            })
            .collect()
    }
}

fn is_breaking(from: &str, to: &[String]) -> bool {
    let from = parse_version(from);
    to.iter().any(|to| {
        from.as_ref()
            .zip(parse_version(to))
            .is_some_and(|(from, to)| !range::is_compatible(from, &to))
    })
}
