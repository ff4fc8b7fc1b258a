//! From a tree with unmet needs to one without: npm's way to the "ideal tree".
//!
//! Packages are visited in the order of their depth, then of their places. Each need that is not met, or is met by a
//! version that is to be left, is given a package, and that is [placed](super::place). A package that has peers is first
//! tried out together with them in a tree of its own, so that the whole group is placed or nothing.
//!
//! What the registry serves is followed without bound only in npm; here rounds, depth and packages are counted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::choose::{Chooser, Heed};
use super::collation;
use super::package::Kind;
use super::place::{Placed, Verdict, can_replace};
use super::specifier::Specifier;
use super::tree::{EdgeId, Id, Problem, Tree};
use crate::fix::registry::RegistryError;

/// Deepest chain of peers that is followed.
const DEEPEST_PEERS: usize = 48;
/// Most nodes that a build may create, those that are only tried out included.
const MOST_NODES: usize = 200_000;
/// Most packages that are visited; one is visited again when it is disturbed.
const MOST_VISITS: usize = 100_000;

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Versions that are to be left, by the package's real name.
    pub(crate) avoid: BTreeSet<(String, String)>,
    /// Packages that are moved on purpose, to the lowest version that will do.
    pub(crate) moved: BTreeSet<String>,
    pub(crate) heed: Heed,
}

/// Why no tree could be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BuildError {
    /// A need of a peer that cannot be met together with others.
    #[error("{package} needs {peer} as a peer, which conflicts with what else needs it")]
    Conflict { package: String, peer: String },
    /// No version fits.
    #[error("no version of {package} fits {specifier:?}, which {by} asks for")]
    NoVersion {
        package: String,
        specifier: String,
        by: String,
    },
    /// A package that is not in the lockfile and that the registry does not serve.
    #[error(
        "{by} asks for {package} as {specifier:?}, which only npm can fetch; run `npm install` first"
    )]
    Foreign {
        package: String,
        specifier: String,
        by: String,
    },
    #[error("{0}")]
    Registry(RegistryError, String),
    #[error("the registry's packages need each other without end")]
    Endless,
}

/// A build under way.
pub(crate) struct Builder<'a> {
    pub(crate) tree: Tree,
    chooser: &'a Chooser<'a>,
    changes: &'a Changes,
    queue: Vec<Id>,
    seen: HashSet<Id>,
    links: BTreeSet<Id>,
    virtual_roots: HashMap<Id, Id>,
    /// For whose sake a peer was loaded.
    peer_source: HashMap<Id, Id>,
    visits: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(tree: Tree, chooser: &'a Chooser<'a>, changes: &'a Changes) -> Self {
        Self {
            tree,
            chooser,
            changes,
            queue: Vec::new(),
            seen: HashSet::new(),
            links: BTreeSet::new(),
            virtual_roots: HashMap::new(),
            peer_source: HashMap::new(),
            visits: 0,
        }
    }

    /// Builds the tree.
    pub(crate) fn build(mut self) -> Result<Tree, BuildError> {
        self.tree.refresh_rules();
        self.enqueue_problems();
        self.push(Tree::PROJECT);
        loop {
            while let Some(id) = self.pop() {
                self.visit(id)?;
            }
            for link in std::mem::take(&mut self.links) {
                if !self.tree.in_project(link) {
                    continue;
                }
                if let Some(target) = self.tree.node(link).target
                    && self.tree.resolve_parent(target).is_some()
                    && !self.seen.contains(&target)
                {
                    self.push(target);
                }
            }
            if self.queue.is_empty() {
                break;
            }
        }
        Ok(self.tree)
    }

    /// To be called after each change of the tree.
    pub(crate) fn changed(&mut self) {
        self.tree.refresh_rules();
    }

    /// Whether a package is at a version that is to be left.
    pub(crate) fn is_avoided(&self, id: Id) -> bool {
        let package = &self.tree.node(id).package;
        let (Some(name), Some(version)) = (&package.name, &package.version) else {
            return false;
        };
        self.tree.node(id).target.is_none()
            && self
                .changes
                .avoid
                .contains(&(name.clone(), version.clone()))
            && !self.tree.in_dependency_bundle(id)
            && !self.tree.in_shrinkwrap(id)
    }

    fn enqueue_problems(&mut self) {
        for id in std::iter::once(Tree::PROJECT).chain(self.tree.inventory()) {
            let has_problem = self.tree.edges(id).any(|edge| {
                !self.tree.is_valid(edge)
                    || self.tree.to(edge).is_some_and(|to| self.is_avoided(to))
            });
            if has_problem {
                self.push(id);
            }
        }
        let names: BTreeSet<String> = self
            .changes
            .avoid
            .iter()
            .map(|(name, _)| name)
            .chain(&self.changes.moved)
            .cloned()
            .collect();
        self.chooser
            .prefetch(&names.into_iter().collect::<Vec<_>>());
    }

    fn push(&mut self, id: Id) {
        if !self.queue.contains(&id) {
            self.queue.push(id);
        }
    }

    /// The shallowest, then the first by its place.
    fn pop(&mut self) -> Option<Id> {
        let key = |id: Id| (self.tree.depth(id), self.tree.location(id));
        let (at, _) = self
            .queue
            .iter()
            .enumerate()
            .map(|(at, id)| (at, key(*id)))
            .min_by(|(_, a), (_, b)| a.0.cmp(&b.0).then_with(|| collation::compare(&a.1, &b.1)))?;
        Some(self.queue.remove(at))
    }

    fn visit(&mut self, id: Id) -> Result<(), BuildError> {
        if self.seen.contains(&id) || !self.tree.in_project(id) || self.tree.node(id).has_shrinkwrap
        {
            return Ok(());
        }
        self.visits += 1;
        if self.visits > MOST_VISITS || self.tree.len() > MOST_NODES {
            return Err(BuildError::Endless);
        }
        self.seen.insert(id);
        let problems = self.problem_edges(id);
        let names: Vec<String> = problems
            .iter()
            .map(|edge| {
                let need = self.tree.need(*edge);
                self.tree.specifier(*edge).package(&need.name).to_owned()
            })
            .collect();
        self.chooser.prefetch(&names);
        let peer_source = self.peer_source.get(&id).copied().unwrap_or(id);
        let mut tasks = Vec::new();
        for edge in problems {
            if self.tree.is_conflicted(edge) {
                continue;
            }
            let need = self.tree.need(edge).clone();
            let is_peer = need.kind.is_peer();
            let root = self.virtual_root(if is_peer { peer_source } else { id }, true);
            let known = self
                .tree
                .edge(root, &need.name)
                .filter(|edge| self.tree.is_valid(*edge))
                .and_then(|edge| self.tree.to(edge))
                .filter(|to| self.tree.satisfies(*to, edge));
            let existing = if known.is_none() && need.kind == Kind::PeerOptional {
                let avoided = self.tree.to(edge).is_some_and(|to| self.is_avoided(to));
                (!avoided).then(|| self.hoistable(edge)).flatten()
            } else {
                None
            };
            let dep = if let Some(dep) = known.or(existing) {
                Some(dep)
            } else {
                let mut required = BTreeSet::from([edge.from]);
                self.node_from_edge(edge, is_peer.then_some(root), None, &mut required, 0)?
            };
            match dep {
                Some(dep) => tasks.push((edge, dep)),
                None if need.kind.is_optional() => {}
                None => {
                    return Err(BuildError::Foreign {
                        package: need.name.clone(),
                        specifier: self.tree.specifier_text(edge).to_owned(),
                        by: self.asker(edge),
                    });
                }
            }
        }
        tasks.sort_by(|a, b| {
            collation::compare(&self.tree.need(a.0).name, &self.tree.need(b.0).name)
        });
        for (edge, dep) in tasks {
            for placed in self.place(edge, dep)? {
                self.requeue(&placed);
            }
        }
        let edges: Vec<EdgeId> = self.tree.edges(id).collect();
        for edge in edges {
            if let Some(to) = self.tree.to(edge)
                && self.tree.node(to).target.is_some()
            {
                self.links.insert(to);
            }
        }
        Ok(())
    }

    /// Whoever a placement disturbs is visited again.
    fn requeue(&mut self, placed: &Placed) {
        if matches!(placed.verdict, Verdict::Free | Verdict::Replace)
            && self.tree.in_project(placed.node)
        {
            for edge in self.tree.edges_in(placed.node) {
                if edge != placed.edge
                    && !self.tree.is_valid(edge)
                    && !self.tree.is_conflicted(edge)
                {
                    self.seen.remove(&edge.from);
                    self.push(edge.from);
                }
            }
        }
        self.push(placed.node);
        for id in &placed.disturbed {
            self.seen.remove(id);
            self.push(*id);
        }
    }

    fn problem_edges(&self, id: Id) -> Vec<EdgeId> {
        let tree = &self.tree;
        let is_folder = tree.is_root(id) || tree.is_workspace(id);
        tree.edges(id)
            .filter(|edge| {
                let need = tree.need(*edge);
                if !is_folder && tree.node(id).package.bundled.contains(&need.name) {
                    return false;
                }
                let Some(to) = tree.to(*edge) else {
                    return need.kind != Kind::PeerOptional;
                };
                if tree.in_shrinkwrap(to) {
                    return false;
                }
                tree.problem(*edge).is_some() || (!tree.is_workspace(to) && self.is_avoided(to))
            })
            .collect()
    }

    /// A package somewhere in the tree that meets an optional peer.
    fn hoistable(&self, edge: EdgeId) -> Option<Id> {
        let tree = &self.tree;
        let start = tree.resolve_parent(edge.from).unwrap_or(edge.from);
        let mut queue: std::collections::VecDeque<Id> =
            tree.node(start).children.values().copied().collect();
        while let Some(id) = queue.pop_front() {
            if tree.node(id).name == tree.need(edge).name
                && !tree.in_dependency_bundle(id)
                && tree.satisfies(id, edge)
            {
                return Some(id);
            }
            queue.extend(tree.node(id).children.values().copied());
        }
        None
    }

    fn virtual_root(&mut self, of: Id, reuse: bool) -> Id {
        if reuse && let Some(root) = self.virtual_roots.get(&of) {
            return *root;
        }
        let root = self.tree.virtual_root(of);
        self.virtual_roots.insert(of, root);
        root
    }

    /// A package that meets a need, with its peers beside it in a tree of their own. None where only npm could fetch it.
    fn node_from_edge(
        &mut self,
        edge: EdgeId,
        parent: Option<Id>,
        second: Option<EdgeId>,
        required: &mut BTreeSet<Id>,
        depth: usize,
    ) -> Result<Option<Id>, BuildError> {
        if depth > DEEPEST_PEERS || self.tree.len() > MOST_NODES {
            return Err(BuildError::Endless);
        }
        let parent = match parent {
            Some(parent) => parent,
            None => self.virtual_root(edge.from, false),
        };
        let Some(first) = self.node_from_specifier(edge, parent)? else {
            return Ok(None);
        };
        let mut node = first;
        if let Some(second) = second
            && !self.tree.is_valid(second)
            && let Some(other) = self.node_from_specifier(second, parent)?
            && self.tree.is_valid(edge)
        {
            node = other;
        }
        self.tree.attach(node, parent);
        let is_required = |required: &BTreeSet<Id>, edge: EdgeId| {
            required.contains(&edge.from) && self.tree.need(edge).kind != Kind::PeerOptional
        };
        if is_required(required, edge) || second.is_some_and(|second| is_required(required, second))
        {
            required.insert(node);
        }
        if let Some(source) = self.tree.node(parent).stands_for {
            self.peer_source.insert(node, source);
        }
        self.load_peers(node, required, depth)?;
        Ok(Some(node))
    }

    fn load_peers(
        &mut self,
        node: Id,
        required: &mut BTreeSet<Id>,
        depth: usize,
    ) -> Result<(), BuildError> {
        let mut edges: Vec<EdgeId> = self
            .tree
            .edges(node)
            .filter(|edge| {
                self.tree.need(*edge).kind.is_peer()
                    && !(self.tree.is_valid(*edge) && self.tree.to(*edge).is_some())
            })
            .collect();
        edges
            .sort_by(|a, b| collation::compare(&self.tree.need(*a).name, &self.tree.need(*b).name));
        for edge in edges {
            let Some(parent) = self.tree.node(node).parent else {
                break;
            };
            let to = self.tree.to(edge);
            if to.is_some() && self.tree.is_valid(edge) {
                continue;
            }
            let name = self.tree.need(edge).name.clone();
            let parent_edge = self.tree.edge(parent, &name);
            let is_own =
                self.tree.node(parent).stands_for.is_some_and(|source| {
                    source == Tree::PROJECT || self.tree.is_workspace(source)
                });
            match (to, parent_edge) {
                (None, None) => {
                    self.node_from_edge(edge, Some(parent), None, required, depth + 1)?;
                }
                (None, Some(parent_edge)) => {
                    let dep = self.node_from_edge(
                        parent_edge,
                        Some(parent),
                        Some(edge),
                        required,
                        depth + 1,
                    )?;
                    if self.tree.is_valid(edge) {
                        continue;
                    }
                    if !is_own || dep.is_none_or(|dep| !required.contains(&dep)) {
                        self.tree.accept_conflict(edge);
                        continue;
                    }
                    if self.tree.node(node).parent.is_none() {
                        break;
                    }
                    return Err(self.conflict(edge));
                }
                (Some(current), _) => {
                    let Some(dep) = self.node_from_edge(edge, None, None, required, depth + 1)?
                    else {
                        continue;
                    };
                    if can_replace(&self.tree, dep, current, &BTreeSet::new()) {
                        self.node_from_edge(edge, Some(parent), None, required, depth + 1)?;
                        continue;
                    }
                    if !is_own || !required.contains(&edge.from) {
                        continue;
                    }
                    return Err(self.conflict(edge));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn conflict(&self, edge: EdgeId) -> BuildError {
        let tree = &self.tree;
        BuildError::Conflict {
            package: tree.node(edge.from).name.clone(),
            peer: tree.need(edge).name.clone(),
        }
    }

    /// A package of the version that is chosen for a need, put below `parent`.
    fn node_from_specifier(&mut self, edge: EdgeId, parent: Id) -> Result<Option<Id>, BuildError> {
        let need = self.tree.need(edge).clone();
        let specifier = self.tree.specifier(edge).clone();
        if let Specifier::Folder(_) = specifier {
            return Ok(self.link_for(edge, parent));
        }
        if !specifier.is_registry() {
            return Ok(None);
        }
        // A member of the workspace goes before the registry.
        if let Some(member) = self
            .tree
            .resolve(Tree::PROJECT, &need.name)
            .filter(|id| self.tree.is_workspace(*id) && self.tree.satisfies(*id, edge))
        {
            return Ok(Some(self.copy(member, edge)?)).inspect(|copy| {
                if let Some(copy) = copy {
                    self.tree.attach(*copy, parent);
                }
            });
        }
        let real = specifier.package(&need.name).to_owned();
        let version = self.version_for(edge, &real, &specifier)?;
        let choice = version.and_then(|version| self.chooser.choice(&real, &version));
        let Some(choice) = choice else {
            if need.kind.is_optional() {
                return Ok(None);
            }
            return Err(BuildError::NoVersion {
                package: real,
                specifier: self.tree.specifier_text(edge).to_owned(),
                by: self.asker(edge),
            });
        };
        let edges = choice.package.needs.clone();
        let id = self.tree.add(&need.name, choice.package, edges);
        let rule = self.tree.rule_for(edge);
        let node = self.tree.node_mut(id);
        node.integrity = choice.integrity;
        node.resolved = choice.resolved;
        node.rule = rule;
        self.tree.attach(id, parent);
        Ok(Some(id))
    }

    fn version_for(
        &self,
        edge: EdgeId,
        real: &str,
        specifier: &Specifier,
    ) -> Result<Option<String>, BuildError> {
        let to = self.tree.to(edge).filter(|to| {
            let package = &self.tree.node(*to).package;
            package.name.as_deref() == Some(real)
        });
        let heed = &self.changes.heed;
        let kind = self.tree.need(edge).kind;
        let failed = |error: RegistryError| BuildError::Registry(error, real.to_owned());
        let answer = if let Some(to) = to
            && self.changes.moved.contains(real)
            && let Some(current) = &self.tree.node(to).version
        {
            let lowest = self
                .chooser
                .lowest(real, specifier.behind_alias(), current, heed);
            match lowest {
                // The need itself may ask for what was there, and somebody else for another.
                Ok(None) if self.tree.problem(edge) == Some(Problem::Invalid) => {
                    self.chooser.usual(real, specifier.behind_alias(), heed)
                }
                other => other,
            }
        } else {
            self.chooser.usual(real, specifier.behind_alias(), heed)
        };
        match answer {
            Ok(Some(version)) => Ok(Some(version)),
            // Nothing better: what is there stays.
            Ok(None) => Ok(to
                .filter(|to| self.tree.satisfies(*to, edge))
                .and_then(|to| self.tree.node(to).package.version.clone())),
            Err(_) if kind.is_optional() => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn link_for(&mut self, edge: EdgeId, parent: Id) -> Option<Id> {
        let Specifier::Folder(path) = self.tree.specifier(edge) else {
            return None;
        };
        let base = if self.tree.need(edge).kind == Kind::Workspace {
            ""
        } else {
            &self.tree.node(edge.from).path
        };
        let folder = super::tree::join(base, path);
        let target = self
            .tree
            .inventory()
            .into_iter()
            .find(|id| self.tree.is_top(*id) && self.tree.node(*id).path == folder)?;
        let name = self.tree.need(edge).name.clone();
        let package = Rc::clone(&self.tree.node(target).package);
        let link = self.tree.add(&name, package, Vec::new());
        self.tree.node_mut(link).target = Some(target);
        self.tree.attach(link, parent);
        Some(link)
    }

    /// The same package once more, for another place.
    pub(crate) fn copy(&mut self, of: Id, edge: EdgeId) -> Result<Id, BuildError> {
        if self.tree.len() > MOST_NODES {
            return Err(BuildError::Endless);
        }
        let node = self.tree.node(of).clone();
        let id = self.tree.add(&node.name, node.package, node.edges.to_vec());
        let rule = self.tree.rule_for(edge).or(node.rule);
        let new = self.tree.node_mut(id);
        new.resolved = node.resolved;
        new.integrity = node.integrity;
        new.target = node.target;
        new.rule = rule;
        Ok(id)
    }

    fn asker(&self, edge: EdgeId) -> String {
        describe(&self.tree, edge.from)
    }
}

/// A package for people: `name@version`, or the project.
pub(crate) fn describe(tree: &Tree, id: Id) -> String {
    if id == Tree::PROJECT || tree.node(id).stands_for == Some(Tree::PROJECT) {
        return "the project".to_owned();
    }
    let node = tree.node(id);
    match &node.package.version {
        Some(version) => format!("{}@{version}", node.name),
        None => node.name.clone(),
    }
}

/// All versions in a tree by the real names of their packages.
pub(crate) fn installed(tree: &Tree) -> BTreeMap<(String, String), Vec<Id>> {
    let mut all: BTreeMap<(String, String), Vec<Id>> = BTreeMap::new();
    for id in tree.inventory() {
        let node = tree.node(id);
        if node.target.is_some() || tree.is_top(id) {
            continue;
        }
        if let (Some(name), Some(version)) = (&node.package.name, &node.package.version) {
            all.entry((name.clone(), version.clone()))
                .or_default()
                .push(id);
        }
    }
    all
}
