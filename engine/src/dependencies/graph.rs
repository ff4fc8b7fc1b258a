//! The graph of a lockfile: what needs what. From it follow, for every package, whether it is direct, what it is needed
//! for, and the ways to it.
//!
//! A node is a package at a place of the installation; the same package at several places becomes one [`Package`] in the
//! end, so that what is only true of one place (its scope, its ways) is worked out per place first. Everything is
//! iterative and linear in nodes and edges, so that cycles and a million entries are no matter.

use std::collections::VecDeque;

use super::package::{MAX_PATHS, Package, PackageSource, Scope};
use super::purl;

/// Index of a node.
pub(super) type Id = usize;

/// Longest way that is kept, in packages. Real ones are below 30.
const LONGEST_PATH: usize = 64;

/// Steps of all ways of a lockfile together: ways of a hostile lockfile would outgrow it a thousand times. A lockfile of
/// 3,000 packages has some 50,000.
const MOST_STEPS: usize = 3_000_000;

/// One package at one place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The real name.
    pub(super) name: String,
    /// The name it is installed under, if that is another.
    pub(super) alias: Option<String>,
    /// Exact version; empty where the lockfile has none.
    pub(super) version: String,
    /// Where it comes from.
    pub(super) source: PackageSource,
    /// The line of its entry.
    pub(super) line: u32,
    /// What the lockfile itself says of the scope, for packages that nothing leads to.
    pub(super) stated: Option<Scope>,
    direct: Option<Scope>,
    left_out: bool,
}

impl Node {
    pub(super) fn new(name: &str, version: &str, source: PackageSource, line: u32) -> Self {
        Self {
            name: name.to_owned(),
            alias: None,
            version: version.to_owned(),
            source,
            line,
            stated: None,
            direct: None,
            left_out: false,
        }
    }

    /// The name it is installed under, kept where it differs.
    pub(super) fn installed_as(mut self, name: &str) -> Self {
        self.alias = (name != self.name).then(|| name.to_owned());
        self
    }

    /// Whether the entry lacks what an advisory is matched by. Folders and archives may do without a version.
    fn nameless(&self) -> bool {
        self.name.is_empty()
            || self.version.is_empty() && matches!(self.source, PackageSource::Registry)
    }

    fn label(&self) -> String {
        if self.version.is_empty() {
            self.name.clone()
        } else {
            format!("{}@{}", self.name, self.version)
        }
    }
}

/// Packages and what they need.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    edges: Vec<(u32, u32, Scope)>,
}

/// Packages, sorted and merged.
pub(super) struct Finished {
    pub(super) packages: Vec<Package>,
    /// How many of them lack a way that the lockfile tells.
    pub(super) without_way: usize,
    /// Lines of entries that are none of them, because they lack a name or a version.
    pub(super) nameless: Vec<u32>,
}

/// The edges of each node side by side.
struct Adjacency {
    starts: Vec<u32>,
    edges: Vec<(u32, Scope)>,
}

impl Adjacency {
    fn of(&self, id: Id) -> &[(u32, Scope)] {
        let bound = |index: usize| self.starts.get(index).map_or(0, |start| *start as usize);
        self.edges.get(bound(id)..bound(id + 1)).unwrap_or_default()
    }
}

impl Graph {
    pub(super) fn add(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub(super) fn node_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// `from` needs `to`. The scope is `Prod`, or weaker where it can do without, or only needs it for development.
    pub(super) fn edge(&mut self, from: Id, to: Id, scope: Scope) {
        if from != to && from < self.nodes.len() && to < self.nodes.len() {
            self.edges.push((from as u32, to as u32, scope));
        }
    }

    /// The project or a member of its workspace names `id`.
    pub(super) fn direct(&mut self, id: Id, scope: Scope) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.direct = Some(node.direct.map_or(scope, |known| known.max(scope)));
        }
    }

    /// Keeps a node out of the packages: the project itself.
    pub(super) fn leave_out(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.left_out = true;
            node.direct = None;
        }
    }

    /// Where nothing says what is direct: the packages that no other needs, with the scope that the lockfile states.
    pub(super) fn guess_direct(&mut self) {
        let mut needed = vec![false; self.nodes.len()];
        for (_, to, _) in &self.edges {
            if let Some(flag) = needed.get_mut(*to as usize) {
                *flag = true;
            }
        }
        for (node, needed) in self.nodes.iter_mut().zip(needed) {
            if !needed {
                node.direct = Some(node.stated.unwrap_or(Scope::Prod));
            }
        }
    }

    /// The packages, one for each name, version, source and alias, sorted by name, version and line. `ecosystem` is the
    /// OSV name.
    pub(super) fn finish(self, ecosystem: &str) -> Finished {
        let adjacency = self.adjacency();
        let scopes = self.scopes(&adjacency);
        let ways = Ways::of(&self.nodes, &adjacency);
        drop(adjacency);

        let nameless = self
            .nodes
            .iter()
            .filter(|node| !node.left_out && node.nameless())
            .map(|node| node.line)
            .collect();
        let identity = |id: Id| {
            self.nodes
                .get(id)
                .map(|node| (&node.name, &node.version, &node.source, &node.alias))
        };
        let mut order: Vec<u32> = (0_u32..)
            .zip(&self.nodes)
            .filter(|(_, node)| !node.left_out && !node.nameless())
            .map(|(id, _)| id)
            .collect();
        order.sort_by(|a, b| {
            identity(*a as Id)
                .cmp(&identity(*b as Id))
                .then_with(|| a.cmp(b))
        });
        let groups: Vec<&[u32]> = order
            .chunk_by(|a, b| identity(*a as Id) == identity(*b as Id))
            .collect();

        let mut packages: Vec<Package> = groups
            .iter()
            .filter_map(|group| {
                let mut places = group.iter().filter_map(|id| self.nodes.get(*id as usize));
                let first = places.next()?;
                let scope = group
                    .iter()
                    .filter_map(|id| scopes.get(*id as usize).copied().flatten())
                    .max()
                    .or_else(|| {
                        group
                            .iter()
                            .filter_map(|id| self.nodes.get(*id as usize)?.stated)
                            .max()
                    })
                    .unwrap_or(Scope::Prod);
                let direct =
                    first.direct.is_some() || places.clone().any(|node| node.direct.is_some());
                let line = places.map(|node| node.line).fold(first.line, u32::min);
                Some(Package {
                    ecosystem: ecosystem.to_owned(),
                    name: first.name.clone(),
                    alias: first.alias.clone(),
                    version: first.version.clone(),
                    purl: purl::of(ecosystem, &first.name, &first.version, &first.source),
                    source: first.source.clone(),
                    direct,
                    scope,
                    paths: Vec::new(),
                    line,
                })
            })
            .collect();

        let without_way = self.add_paths(&mut packages, &groups, &ways);
        packages.sort_by(|a, b| {
            (&a.name, &a.version, a.line, &a.alias, &a.source)
                .cmp(&(&b.name, &b.version, b.line, &b.alias, &b.source))
        });
        Finished {
            packages,
            without_way,
            nameless,
        }
    }

    /// Ways for each package: one for each first, then the others, as far as the budget goes. Returns how many packages
    /// that can be reached went without.
    fn add_paths(&self, packages: &mut [Package], groups: &[&[u32]], ways: &Ways) -> usize {
        let mut budget = MOST_STEPS;
        let mut without_way = 0;
        for (package, group) in packages.iter_mut().zip(groups) {
            let nearest = group
                .iter()
                .filter(|id| ways.distance(**id as Id) != u32::MAX)
                .min_by_key(|id| ways.distance(**id as Id));
            let Some(nearest) = nearest else { continue };
            match ways
                .shortest(*nearest as Id)
                .filter(|way| way.len() <= budget)
            {
                Some(way) => {
                    budget -= way.len();
                    package.paths.push(self.labels(&way));
                }
                None => without_way += 1,
            }
        }
        for (package, group) in packages.iter_mut().zip(groups) {
            // A package at very many places has the same few ways over and over.
            for id in group.iter().take(8 * MAX_PATHS) {
                for way in ways.all(*id as Id) {
                    if way.len() > budget {
                        break;
                    }
                    let path = self.labels(&way);
                    if !package.paths.contains(&path) {
                        budget -= path.len();
                        package.paths.push(path);
                    }
                }
            }
            package
                .paths
                .sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
            package.paths.truncate(MAX_PATHS);
        }
        without_way
    }

    fn labels(&self, way: &[u32]) -> Vec<String> {
        way.iter()
            .filter_map(|id| self.nodes.get(*id as usize))
            .map(Node::label)
            .collect()
    }

    fn adjacency(&self) -> Adjacency {
        let mut starts = vec![0_u32; self.nodes.len() + 2];
        for (from, _, _) in &self.edges {
            if let Some(start) = starts.get_mut(*from as usize + 2) {
                *start += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        // Filling moves each start to the next one's place, which is why they begin one further on.
        let mut edges = vec![(0, Scope::Prod); self.edges.len()];
        for (from, to, scope) in &self.edges {
            if let Some(start) = starts.get_mut(*from as usize + 1) {
                if let Some(slot) = edges.get_mut(*start as usize) {
                    *slot = (*to, *scope);
                }
                *start += 1;
            }
        }
        Adjacency { starts, edges }
    }

    /// The strongest claim on each node: that of the weakest link of the strongest way. `Prod` where a way of needed
    /// packages leads to it from one that the project needs to run.
    fn scopes(&self, adjacency: &Adjacency) -> Vec<Option<Scope>> {
        let mut scopes: Vec<Option<Scope>> = vec![None; self.nodes.len()];
        let mut pending: Vec<u32> = Vec::new();
        for wanted in [Scope::Prod, Scope::Optional, Scope::Dev] {
            for (id, node) in self.nodes.iter().enumerate() {
                if node.direct == Some(wanted) {
                    pending.push(id as u32);
                }
                // What weaker edges of stronger packages lead to begins here.
                if scopes.get(id).copied().flatten().is_some() {
                    let weaker = adjacency
                        .of(id)
                        .iter()
                        .filter(|(_, scope)| *scope == wanted);
                    pending.extend(weaker.map(|(to, _)| *to));
                }
            }
            while let Some(id) = pending.pop() {
                match scopes.get_mut(id as usize) {
                    Some(scope @ None) => *scope = Some(wanted),
                    _ => continue,
                }
                let strong = adjacency
                    .of(id as Id)
                    .iter()
                    .filter(|(_, scope)| *scope >= wanted);
                pending.extend(strong.map(|(to, _)| *to));
            }
        }
        scopes
    }
}

/// Where no node is.
const NONE: u32 = u32::MAX;

/// The nearest few predecessors of each node on ways from the direct packages.
struct Ways {
    distances: Vec<u32>,
    /// The first is on a shortest way. Those of a direct package are others that lead to it.
    before: Vec<[u32; MAX_PATHS]>,
}

impl Ways {
    /// Breadth first from the direct packages.
    fn of(nodes: &[Node], adjacency: &Adjacency) -> Self {
        let mut ways = Self {
            distances: vec![u32::MAX; nodes.len()],
            before: vec![[NONE; MAX_PATHS]; nodes.len()],
        };
        let mut queue: VecDeque<u32> = VecDeque::new();
        for (id, node) in nodes.iter().enumerate() {
            if node.direct.is_some() {
                ways.reach(id, 0);
                queue.push_back(id as u32);
            }
        }
        while let Some(from) = queue.pop_front() {
            let here = ways.distance(from as Id);
            for (to, _) in adjacency.of(from as Id) {
                if ways.distance(*to as Id) == u32::MAX {
                    ways.reach(*to as Id, here + 1);
                    queue.push_back(*to);
                }
                ways.note(from, *to);
            }
        }
        ways
    }

    fn distance(&self, id: Id) -> u32 {
        self.distances.get(id).copied().unwrap_or(u32::MAX)
    }

    fn reach(&mut self, id: Id, distance: u32) {
        if let Some(known) = self.distances.get_mut(id) {
            *known = distance;
        }
    }

    /// Keeps `from` as a predecessor of `to`, unless the shortest way to `from` leads through `to`.
    fn note(&mut self, from: u32, to: u32) {
        let Some(free) = self.before.get(to as usize).and_then(|before| {
            before
                .iter()
                .position(|known| *known == NONE)
                .filter(|_| !before.contains(&from))
        }) else {
            return;
        };
        let nearer = self.distance(to as Id) < self.distance(from as Id);
        if nearer
            && self
                .shortest(from as Id)
                .is_none_or(|way| way.contains(&to))
        {
            return;
        }
        if let Some(slot) = self
            .before
            .get_mut(to as usize)
            .and_then(|before| before.get_mut(free))
        {
            *slot = from;
        }
    }

    /// The shortest way to a node, the node last. `None` if it cannot be reached, or is too far.
    fn shortest(&self, id: Id) -> Option<Vec<u32>> {
        let length = self.distance(id) as usize + 1;
        if length > LONGEST_PATH {
            return None;
        }
        let mut way = vec![id as u32];
        let mut at = id;
        while self.distance(at) > 0 {
            // The first that was noted is the one that reached it.
            at = *self.before.get(at)?.first()? as Id;
            way.push(at as u32);
        }
        way.reverse();
        Some(way)
    }

    /// Ways to a node, the shortest first: itself if it is direct, then one through each predecessor.
    fn all(&self, id: Id) -> Vec<Vec<u32>> {
        let itself = (self.distance(id) == 0).then(|| vec![id as u32]);
        let through = self
            .before
            .get(id)
            .into_iter()
            .flatten()
            .filter(|before| **before != NONE);
        itself
            .into_iter()
            .chain(through.filter_map(|before| {
                let mut way = self.shortest(*before as Id)?;
                way.push(id as u32);
                (way.len() <= LONGEST_PATH).then_some(way)
            }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Graph, LONGEST_PATH, MAX_PATHS, Node, PackageSource, Scope};

    fn graph(nodes: usize, direct: &[(usize, Scope)], edges: &[(usize, usize, Scope)]) -> Graph {
        let mut graph = Graph::default();
        for id in 0..nodes {
            graph.add(Node::new(
                &format!("n{id:06}"),
                "1",
                PackageSource::Registry,
                1,
            ));
        }
        for (id, scope) in direct {
            graph.direct(*id, *scope);
        }
        for (from, to, scope) in edges {
            graph.edge(*from, *to, *scope);
        }
        graph
    }

    #[test]
    fn scopes_and_ways() {
        use Scope::{Dev, Optional, Prod};
        let graph = graph(
            6,
            &[(0, Prod), (1, Dev)],
            &[
                (0, 2, Prod),
                (1, 2, Prod),
                (1, 3, Prod),
                (3, 1, Prod),
                (2, 4, Optional),
                (4, 5, Prod),
            ],
        );
        let packages = graph.finish("npm").packages;
        let facts: Vec<_> = packages
            .iter()
            .map(|p| (p.scope, p.direct, p.paths.len()))
            .collect();
        assert_eq!(
            facts,
            [
                (Prod, true, 1),
                (Dev, true, 1),
                (Prod, false, 2),
                (Dev, false, 1),
                (Optional, false, 1),
                (Optional, false, 1)
            ]
        );
        assert_eq!(
            packages[5].paths,
            [["n000000@1", "n000002@1", "n000004@1", "n000005@1"]]
        );
    }

    #[test]
    fn the_same_package_at_several_places_is_one() {
        let mut graph = graph(2, &[(0, Scope::Prod), (1, Scope::Dev)], &[]);
        for (from, line, scope) in [(0, 9, Scope::Optional), (1, 5, Scope::Prod)] {
            let id = graph.add(Node::new("same", "2", PackageSource::Registry, line));
            graph.edge(from, id, scope);
        }
        let packages = graph.finish("npm").packages;
        assert_eq!(packages.len(), 3);
        assert_eq!((packages[2].line, packages[2].scope), (5, Scope::Optional));
        assert_eq!(
            packages[2].paths,
            [["n000000@1", "same@2"], ["n000001@1", "same@2"]]
        );
    }

    #[test]
    fn a_chain_of_many_is_no_matter() {
        let edges: Vec<_> = (1..300_000).map(|id| (id - 1, id, Scope::Prod)).collect();
        let finished = graph(300_000, &[(0, Scope::Prod)], &edges).finish("npm");
        assert_eq!(finished.without_way, 300_000 - LONGEST_PATH);
        assert!(
            finished
                .packages
                .iter()
                .all(|package| package.scope == Scope::Prod)
        );
    }

    #[test]
    fn ways_stay_within_the_budget() {
        // Every package has the longest ways there are.
        let long = LONGEST_PATH - 1;
        let mut edges: Vec<_> = (1..long).map(|id| (id - 1, id, Scope::Prod)).collect();
        edges.extend((long..100_000).map(|id| (long - 1, id, Scope::Prod)));
        let finished = graph(100_000, &[(0, Scope::Prod)], &edges).finish("npm");
        let steps: usize = finished
            .packages
            .iter()
            .flat_map(|p| &p.paths)
            .map(Vec::len)
            .sum();
        assert!(steps <= super::MOST_STEPS);
        assert!(finished.without_way > 0);
    }

    fn scope() -> impl Strategy<Value = Scope> {
        prop_oneof![Just(Scope::Prod), Just(Scope::Optional), Just(Scope::Dev)]
    }

    proptest! {
        #[test]
        fn ways_are_ways(
            direct in proptest::collection::vec((0_usize..12, scope()), 0..4),
            edges in proptest::collection::vec((0_usize..12, 0_usize..12, scope()), 0..40),
        ) {
            let packages = graph(12, &direct, &edges).finish("npm").packages;
            // Scope and distance, relaxed until nothing changes.
            let mut strength = [None; 12];
            let mut distance = [usize::MAX; 12];
            for (id, scope) in &direct {
                strength[*id] = strength[*id].max(Some(*scope));
                distance[*id] = 0;
            }
            for _ in 0..12 {
                for (from, to, scope) in &edges {
                    if let Some(known) = strength[*from] {
                        strength[*to] = strength[*to].max(Some(known.min(*scope)));
                        distance[*to] = distance[*to].min(distance[*from] + 1);
                    }
                }
            }
            for (id, package) in packages.iter().enumerate() {
                prop_assert_eq!(package.scope, strength[id].unwrap_or(Scope::Prod));
                prop_assert_eq!(package.direct, distance[id] == 0);
                prop_assert_eq!(package.paths.is_empty(), strength[id].is_none());
                prop_assert!(package.paths.len() <= MAX_PATHS);
                if let Some(first) = package.paths.first() {
                    prop_assert_eq!(first.len(), distance[id] + 1);
                }
                for path in &package.paths {
                    let ids: Vec<usize> = path.iter().map(|label| label[1..7].parse().unwrap_or(99)).collect();
                    prop_assert!(direct.iter().any(|(direct, _)| *direct == ids[0]));
                    prop_assert_eq!(*ids.last().unwrap_or(&99), id);
                    for pair in ids.windows(2) {
                        prop_assert!(edges.iter().any(|(from, to, _)| (*from, *to) == (pair[0], pair[1])));
                    }
                    let mut once = ids.clone();
                    once.sort_unstable();
                    once.dedup();
                    prop_assert_eq!(once.len(), ids.len());
                }
            }
        }
    }
}
