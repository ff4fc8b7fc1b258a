//! The packages of a project, each at the place where it is installed, and what each resolves its needs to.
//!
//! A package in `node_modules` has a parent, the package in whose `node_modules` it is. A folder of the project (a member
//! of its workspace) has none but stands below the project, so its needs are looked for there as well. A link is a
//! package in `node_modules` that stands for such a folder. What a need resolves to is looked up whenever it is asked,
//! never kept, so that no change of the tree can leave it wrong.
//!
//! Trees that only try something out ([`Tree::virtual_root`]) live beside the project's: each node knows the root of its
//! own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use node_semver::Version;

use super::overrides::{Overrides, RuleId};
use super::package::{Kind, Need, Package, add_need};
use super::specifier::{Specifier, parse_version};

pub(crate) type Id = usize;

/// What npm writes of how a package is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) extraneous: bool,
    pub(crate) dev: bool,
    pub(crate) optional: bool,
    pub(crate) dev_optional: bool,
    pub(crate) peer: bool,
}

impl Flags {
    pub(crate) const ALL: Self = Self {
        extraneous: true,
        dev: true,
        optional: true,
        dev_optional: true,
        peer: true,
    };
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The name it is installed under.
    pub(crate) name: String,
    pub(crate) package: Rc<Package>,
    pub(crate) version: Option<Version>,
    pub(crate) edges: Rc<[Need]>,
    pub(crate) parent: Option<Id>,
    /// For a folder: the one above it.
    pub(crate) above: Option<Id>,
    pub(crate) children: BTreeMap<String, Id>,
    pub(crate) folders: BTreeSet<Id>,
    pub(crate) root: Id,
    /// For a folder: its path, empty for the project.
    pub(crate) path: String,
    /// For a link: the folder.
    pub(crate) target: Option<Id>,
    pub(crate) resolved: Option<String>,
    pub(crate) integrity: Option<String>,
    pub(crate) flags: Flags,
    /// Names of peers whose conflict has been accepted.
    pub(crate) conflicted: BTreeSet<String>,
    /// For the root of a tree that tries something out: whom it stands for.
    pub(crate) stands_for: Option<Id>,
    /// The rule of `overrides` that it carries.
    pub(crate) rule: Option<RuleId>,
    /// Whether its archive has a lockfile of its own.
    pub(crate) has_shrinkwrap: bool,
}

/// Why a need is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Missing,
    /// A peer inside of its own dependent.
    PeerLocal,
    Invalid,
}

/// A need of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EdgeId {
    pub(crate) from: Id,
    pub(crate) number: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Who has a need of a name, in any tree.
    asking: HashMap<String, Vec<EdgeId>>,
    pub(crate) overrides: Option<Overrides>,
    /// Whether needs of peers count for nothing (`legacy-peer-deps`).
    ignores_peers: bool,
}

impl Tree {
    /// The project itself.
    pub(crate) const PROJECT: Id = 0;

    /// Without nodes; the first that is added is the project.
    pub(crate) fn new(ignores_peers: bool) -> Self {
        Self {
            ignores_peers,
            ..Self::default()
        }
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        // Ids come from this tree alone and nodes are never taken out of the list.
        &self.nodes[id]
    }

    pub(crate) fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a node that belongs to no other yet.
    pub(crate) fn add(&mut self, name: &str, package: Rc<Package>, mut edges: Vec<Need>) -> Id {
        let id = self.nodes.len();
        if self.ignores_peers {
            edges.retain(|need| !need.kind.is_peer());
        }
        for (number, need) in edges.iter().enumerate() {
            self.asking
                .entry(need.name.clone())
                .or_default()
                .push(EdgeId { from: id, number });
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            version: package.version.as_deref().and_then(parse_version),
            has_shrinkwrap: package.has_shrinkwrap,
            package,
            edges: edges.into(),
            parent: None,
            above: None,
            children: BTreeMap::new(),
            folders: BTreeSet::new(),
            root: id,
            path: String::new(),
            target: None,
            resolved: None,
            integrity: None,
            flags: Flags::ALL,
            conflicted: BTreeSet::new(),
            stands_for: None,
            rule: None,
        });
        id
    }

    /// All nodes of the project's tree but itself.
    pub(crate) fn inventory(&self) -> Vec<Id> {
        (1..self.nodes.len())
            .filter(|id| self.in_project(*id))
            .collect()
    }

    pub(crate) fn in_project(&self, id: Id) -> bool {
        self.node(id).root == Self::PROJECT
    }

    /// Puts a node into the `node_modules` of another, in place of what is there.
    pub(crate) fn attach(&mut self, id: Id, parent: Id) {
        self.detach(id);
        let name = self.node(id).name.clone();
        if let Some(old) = self.node_mut(parent).children.insert(name, id) {
            self.node_mut(old).parent = None;
            self.set_root(old, old);
        }
        self.node_mut(id).parent = Some(parent);
        let root = self.node(parent).root;
        self.set_root(id, root);
    }

    /// Makes a folder one of the project.
    pub(crate) fn attach_folder(&mut self, id: Id, above: Option<Id>) {
        self.node_mut(id).above = above;
        if let Some(above) = above {
            self.node_mut(above).folders.insert(id);
        }
        self.set_root(id, Self::PROJECT);
    }

    /// Takes a node, and all below it, out of its tree.
    pub(crate) fn detach(&mut self, id: Id) {
        let name = self.node(id).name.clone();
        if let Some(parent) = self.node_mut(id).parent.take() {
            let children = &mut self.node_mut(parent).children;
            if children.get(&name) == Some(&id) {
                children.remove(&name);
            }
        }
        if let Some(above) = self.node_mut(id).above.take() {
            self.node_mut(above).folders.remove(&id);
        }
        self.set_root(id, id);
    }

    /// Puts `new` at the place of `old`, which leaves the tree; what is installed below it stays.
    pub(crate) fn replace(&mut self, new: Id, old: Id) {
        let Some(parent) = self.node(old).parent else {
            return;
        };
        let children: Vec<Id> = self.node(old).children.values().copied().collect();
        if self.node(new).target.is_none() {
            for child in children {
                self.attach(child, new);
            }
        }
        self.attach(new, parent);
    }

    fn set_root(&mut self, id: Id, root: Id) {
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let node = self.node_mut(id);
            node.root = root;
            queue.extend(node.children.values().copied());
            queue.extend(node.folders.iter().copied());
        }
    }

    /// A tree with a copy of a node alone, in which its peers can be tried.
    pub(crate) fn virtual_root(&mut self, of: Id) -> Id {
        let node = self.node(of);
        let (name, package, edges) = (
            node.name.clone(),
            Rc::clone(&node.package),
            node.edges.to_vec(),
        );
        let (path, rule) = (node.path.clone(), node.rule);
        let id = self.add(&name, package, edges);
        let node = self.node_mut(id);
        node.path = path;
        node.rule = rule;
        node.stands_for = Some(of);
        id
    }

    /// The node where the look-up goes on.
    pub(crate) fn resolve_parent(&self, id: Id) -> Option<Id> {
        let node = self.node(id);
        node.parent.or(node.above)
    }

    /// What a package finds under a name.
    pub(crate) fn resolve(&self, from: Id, name: &str) -> Option<Id> {
        self.ancestry(from)
            .find_map(|id| self.node(id).children.get(name).copied())
    }

    /// A node and all where its look-up goes on.
    pub(crate) fn ancestry(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(Some(id), |id| self.resolve_parent(*id))
    }

    pub(crate) fn is_descendant(&self, id: Id, of: Id) -> bool {
        self.ancestry(id).any(|at| at == of)
    }

    pub(crate) fn is_top(&self, id: Id) -> bool {
        self.node(id).parent.is_none()
    }

    /// Whether it is a root: the project, or one that stands for another node.
    pub(crate) fn is_root(&self, id: Id) -> bool {
        self.node(id).root == id
    }

    /// Whether it is a member of the workspace, or the link to one.
    pub(crate) fn is_workspace(&self, id: Id) -> bool {
        if self.is_root(id) {
            return false;
        }
        let root = self.node(id).root;
        let edges = Rc::clone(&self.node(root).edges);
        edges.iter().any(|need| {
            need.kind == Kind::Workspace
                && self
                    .resolve(root, &need.name)
                    .is_some_and(|to| to == id || self.node(to).target == Some(id))
        })
    }

    pub(crate) fn depth(&self, id: Id) -> usize {
        std::iter::successors(self.node(id).parent, |id| self.node(*id).parent).count()
    }

    /// Its key in a lockfile.
    pub(crate) fn location(&self, id: Id) -> String {
        let mut names = Vec::new();
        let mut at = id;
        while let Some(parent) = self.node(at).parent {
            names.push(at);
            at = parent;
        }
        let mut location = self.node(at).path.clone();
        for id in names.into_iter().rev() {
            if !location.is_empty() {
                location.push('/');
            }
            location.push_str("node_modules/");
            location.push_str(&self.node(id).name);
        }
        location
    }

    pub(crate) fn need(&self, edge: EdgeId) -> &Need {
        &self.node(edge.from).edges[edge.number]
    }

    pub(crate) fn edges(&self, id: Id) -> impl Iterator<Item = EdgeId> + use<> {
        (0..self.node(id).edges.len()).map(move |number| EdgeId { from: id, number })
    }

    /// The need of a name.
    pub(crate) fn edge(&self, from: Id, name: &str) -> Option<EdgeId> {
        let number = self
            .node(from)
            .edges
            .iter()
            .position(|need| need.name == name)?;
        Some(EdgeId { from, number })
    }

    pub(crate) fn to(&self, edge: EdgeId) -> Option<Id> {
        self.resolve(edge.from, &self.need(edge).name)
    }

    /// The needs that resolve to a node.
    pub(crate) fn edges_in(&self, id: Id) -> Vec<EdgeId> {
        let node = self.node(id);
        let Some(asking) = self.asking.get(&node.name) else {
            return Vec::new();
        };
        asking
            .iter()
            .filter(|edge| {
                self.node(edge.from).root == node.root
                    && self.resolve(edge.from, &node.name) == Some(id)
            })
            .copied()
            .collect()
    }

    /// What a need asks for, `overrides` applied.
    pub(crate) fn specifier(&self, edge: EdgeId) -> &Specifier {
        let need = self.need(edge);
        self.replacement(edge).unwrap_or(&need.specifier)
    }

    fn replacement(&self, edge: EdgeId) -> Option<&Specifier> {
        let need = self.need(edge);
        if need.kind == Kind::Workspace {
            return None;
        }
        let rules = self.overrides.as_ref()?;
        rules.replacement(self.node(edge.from).rule?, need)
    }

    /// What a need asks for, as written, `overrides` applied.
    pub(crate) fn specifier_text(&self, edge: EdgeId) -> &str {
        let need = self.need(edge);
        if need.kind == Kind::Workspace {
            return &need.text;
        }
        self.overrides
            .as_ref()
            .and_then(|rules| rules.replacement_text(self.node(edge.from).rule?, need))
            .unwrap_or(&need.text)
    }

    /// Whether an override decides what a need asks for.
    pub(crate) fn is_overridden(&self, edge: EdgeId) -> bool {
        self.replacement(edge).is_some()
    }

    /// Whether a node would meet a need.
    pub(crate) fn satisfies(&self, id: Id, edge: EdgeId) -> bool {
        let need = self.need(edge);
        let node = self.node(id);
        if node.name != need.name {
            return false;
        }
        let accepted = || {
            need.accept
                .as_ref()
                .is_some_and(|accept| self.meets(id, edge.from, accept, Kind::Prod))
        };
        let own = || self.meets(id, edge.from, &need.specifier, need.kind) || accepted();
        let Some(replacement) = self.replacement(edge) else {
            return own();
        };
        // What comes with another package's archive or lockfile cannot be replaced.
        if node.has_shrinkwrap || self.in_shrinkwrap(id) || self.bundler(id).is_some() {
            return own();
        }
        if self.meets(id, edge.from, replacement, need.kind) {
            return true;
        }
        // A rule for some versions leaves the others alone.
        let is_for_this = self
            .overrides
            .as_ref()
            .zip(self.node(edge.from).rule)
            .zip(node.version.as_ref())
            .is_none_or(|((rules, at), version)| rules.is_for(at, need, version));
        !is_for_this && own()
    }

    fn meets(&self, id: Id, from: Id, specifier: &Specifier, kind: Kind) -> bool {
        let node = self.node(id);
        match specifier {
            Specifier::Any => true,
            Specifier::Range(range) => {
                let node = node.target.map_or(node, |target| self.node(target));
                node.version
                    .as_ref()
                    .is_some_and(|version| range.satisfies(version))
            }
            Specifier::Alias(_, inner) => self.meets(id, from, inner, kind),
            Specifier::Tag(_) => node.resolved.as_deref().is_some_and(|resolved| {
                resolved.starts_with("https://") || resolved.starts_with("http://")
            }),
            Specifier::Folder(path) => node.target.is_some_and(|target| {
                let base = &self.node(from).path;
                let base = if kind == Kind::Workspace { "" } else { base };
                join(base, path) == self.node(target).path
            }),
            // Nothing but the registry is asked, so what was fetched from elsewhere is taken for what was meant.
            Specifier::Archive | Specifier::Address | Specifier::Git => node.target.is_none(),
        }
    }

    pub(crate) fn problem(&self, edge: EdgeId) -> Option<Problem> {
        let need = self.need(edge);
        let Some(to) = self.to(edge) else {
            return (!need.kind.is_optional()).then_some(Problem::Missing);
        };
        if need.kind.is_peer() && self.node(to).parent == Some(edge.from) && !self.is_top(edge.from)
        {
            return Some(Problem::PeerLocal);
        }
        (!self.satisfies(to, edge)).then_some(Problem::Invalid)
    }

    pub(crate) fn is_valid(&self, edge: EdgeId) -> bool {
        self.problem(edge).is_none()
    }

    pub(crate) fn is_conflicted(&self, edge: EdgeId) -> bool {
        self.node(edge.from)
            .conflicted
            .contains(&self.need(edge).name)
    }

    pub(crate) fn accept_conflict(&mut self, edge: EdgeId) {
        let name = self.need(edge).name.clone();
        self.node_mut(edge.from).conflicted.insert(name);
    }

    pub(crate) fn in_shrinkwrap(&self, id: Id) -> bool {
        std::iter::successors(self.node(id).parent, |id| self.node(*id).parent)
            .any(|id| self.node(id).has_shrinkwrap)
    }

    /// The package whose archive brings this one along.
    pub(crate) fn bundler(&self, id: Id) -> Option<Id> {
        self.bundler_on(id, &mut BTreeSet::new())
    }

    fn bundler_on(&self, id: Id, path: &mut BTreeSet<Id>) -> Option<Id> {
        // Most projects bundle nothing, and the search is wide.
        let parent = self.node(id).parent?;
        if path.len() > 200 || !path.insert(id) {
            return None;
        }
        if let Some(bundler) = self.bundler_on(parent, path) {
            return Some(bundler);
        }
        let bundled = &self.node(parent).package.bundled;
        if bundled.is_empty() {
            return None;
        }
        if bundled.contains(&self.node(id).name) {
            return Some(parent);
        }
        self.edges_in(id)
            .into_iter()
            .any(|edge| self.bundler_on(edge.from, path) == Some(parent))
            .then_some(parent)
    }

    /// Whether it comes with the archive of a dependency. What the project itself bundles does not count.
    pub(crate) fn in_dependency_bundle(&self, id: Id) -> bool {
        self.bundler(id)
            .is_some_and(|bundler| bundler != self.node(id).root)
    }

    /// Whether two nodes are the same package.
    pub(crate) fn matches(&self, a: Id, b: Id) -> bool {
        if a == b {
            return true;
        }
        let (x, y) = (self.node(a), self.node(b));
        if x.name != y.name {
            return false;
        }
        if let Some(target) = x.target {
            return y.target == Some(target);
        }
        if y.target.is_some() {
            return false;
        }
        if let (Some(x), Some(y)) = (&x.integrity, &y.integrity) {
            return x == y;
        }
        if let (Some(x), Some(y)) = (&x.resolved, &y.resolved) {
            return x == y;
        }
        x.package.name.is_some()
            && x.package.name == y.package.name
            && x.package.version.is_some()
            && x.package.version == y.package.version
    }

    /// Gives every node the rule of `overrides` that it carries. To be called after each change of a tree that has any.
    pub(crate) fn refresh_rules(&mut self) {
        let Some(rules) = self.overrides.take() else {
            return;
        };
        for id in 0..self.nodes.len() {
            if self.in_project(id) {
                self.node_mut(id).rule = None;
            }
        }
        self.node_mut(Self::PROJECT).rule = Some(Overrides::ROOT);
        let mut queue = std::collections::VecDeque::from([Self::PROJECT]);
        // A rule only ever becomes more specific but for the fall back to a common one; the bound ends any quarrel.
        let mut steps = self.nodes.len().saturating_mul(16);
        while let Some(id) = queue.pop_front() {
            steps = steps.saturating_sub(1);
            if steps == 0 {
                break;
            }
            let Some(at) = self.node(id).rule else {
                continue;
            };
            let edges = Rc::clone(&self.node(id).edges);
            for need in edges.iter() {
                let Some(to) = self.resolve(id, &need.name) else {
                    continue;
                };
                let rule = rules.of_need(at, need);
                for to in std::iter::once(to).chain(self.node(to).target) {
                    let carried = self.node(to).rule;
                    let new = carried.map_or(rule, |carried| rules.more_specific(carried, rule));
                    if carried != Some(new) {
                        self.node_mut(to).rule = Some(new);
                        queue.push_back(to);
                    }
                }
            }
        }
        self.overrides = Some(rules);
    }

    /// The rule for a package that is to meet a need.
    pub(crate) fn rule_for(&self, edge: EdgeId) -> Option<RuleId> {
        let rules = self.overrides.as_ref()?;
        Some(rules.of_need(self.node(edge.from).rule?, self.need(edge)))
    }
}

/// The edges of a project or one of its folders.
pub(crate) fn folder_edges(package: &Package, workspaces: &[(String, String)]) -> Vec<Need> {
    let mut edges = package.needs.clone();
    for need in &package.dev_needs {
        add_need(&mut edges, need.clone());
    }
    edges.retain(|need| !workspaces.iter().any(|(name, _)| *name == need.name));
    let members = workspaces.iter().map(|(name, folder)| Need {
        name: name.clone(),
        text: format!("file:{folder}"),
        specifier: Specifier::Folder(folder.clone()),
        accept: None,
        kind: Kind::Workspace,
    });
    members.chain(edges).collect()
}

/// A path below a folder with `.` and `..` worked out.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
