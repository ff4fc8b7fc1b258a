//! The graph of a lockfile: what needs what. From it follow, for every package, whether it is direct, what it is
//! needed for, and the ways to it. Linear in the graph; cycles are no matter.

use std::collections::VecDeque;

use super::package::{MAX_PATHS, Package, PackageSource, Scope};
use super::purl;

/// Index of a node.
pub(super) type Id = usize;

/// Longest way that is kept, in packages.
const LONGEST_PATH: usize = 64;

/// One package in the making.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) version: String,
    pub(super) source: PackageSource,
    pub(super) line: u32,
    /// What the lockfile itself says of the scope, where it does.
    pub(super) stated: Option<Scope>,
    edges: Vec<(Id, Scope)>,
    direct: Option<Scope>,
}

/// Packages and what they need.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    pub(super) fn add(
        &mut self,
        name: &str,
        version: &str,
        source: PackageSource,
        line: u32,
    ) -> Id {
        self.nodes.push(Node {
            name: name.to_owned(),
            alias: None,
            version: version.to_owned(),
            source,
            line,
            stated: None,
            edges: Vec::new(),
            direct: None,
        });
        self.nodes.len() - 1
    }

    pub(super) fn node_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    pub(super) fn ids(&self) -> std::ops::Range<Id> {
        0..self.nodes.len()
    }

    /// `from` needs `to`; `scope` is `Optional` for an optional dependency, else `Prod`.
    pub(super) fn edge(&mut self, from: Id, to: Id, scope: Scope) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.edges.push((to, scope));
        }
    }

    /// The project or a member of its workspace names `id`.
    pub(super) fn direct(&mut self, id: Id, scope: Scope) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.direct = Some(node.direct.map_or(scope, |known| known.max(scope)));
        }
    }

    /// Where nothing says what is direct: the packages that no other needs.
    pub(super) fn guess_direct(&mut self) {
        let mut needed = vec![false; self.nodes.len()];
        for node in &self.nodes {
            for (to, _) in &node.edges {
                if let Some(flag) = needed.get_mut(*to) {
                    *flag = true;
                }
            }
        }
        for (node, needed) in self.nodes.iter_mut().zip(needed) {
            if !needed {
                node.direct = Some(node.stated.unwrap_or(Scope::Prod));
            }
        }
    }

    /// The packages, sorted by name, version and line. `ecosystem` is the OSV name.
    pub(super) fn finish(self, ecosystem: &str) -> Vec<Package> {
        let scopes = self.scopes();
        let (parents, order) = self.ways();
        let mut packages: Vec<Package> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(id, node)| Package {
                ecosystem: ecosystem.to_owned(),
                name: node.name.clone(),
                alias: node.alias.clone().filter(|alias| *alias != node.name),
                version: node.version.clone(),
                purl: purl::of(ecosystem, &node.name, &node.version),
                source: node.source.clone(),
                direct: node.direct.is_some(),
                scope: scopes
                    .get(id)
                    .copied()
                    .flatten()
                    .or(node.stated)
                    .unwrap_or(Scope::Prod),
                paths: self.paths(id, &parents, &order),
                line: node.line,
            })
            .collect();
        packages.sort_by(|a, b| {
            (&a.name, &a.version, a.line, &a.alias).cmp(&(&b.name, &b.version, b.line, &b.alias))
        });
        packages
    }

    /// The strongest claim on each node: `Prod` where some way of needed packages leads to it from a direct one.
    fn scopes(&self) -> Vec<Option<Scope>> {
        let mut scopes: Vec<Option<Scope>> = vec![None; self.nodes.len()];
        for wanted in [Scope::Prod, Scope::Optional, Scope::Dev] {
            let mut pending: Vec<Id> = Vec::new();
            for (id, node) in self.nodes.iter().enumerate() {
                if node.direct == Some(wanted) && scopes.get(id).copied().flatten().is_none() {
                    pending.push(id);
                }
                // What an optional edge of a stronger package leads to begins here.
                if wanted == Scope::Optional
                    && scopes.get(id).copied().flatten() == Some(Scope::Prod)
                {
                    pending.extend(
                        node.edges
                            .iter()
                            .filter(|(_, scope)| *scope == Scope::Optional)
                            .map(|(to, _)| *to),
                    );
                }
            }
            while let Some(id) = pending.pop() {
                let (Some(scope), Some(node)) = (scopes.get_mut(id), self.nodes.get(id)) else {
                    continue;
                };
                if scope.is_some() {
                    continue;
                }
                *scope = Some(wanted);
                pending.extend(
                    node.edges
                        .iter()
                        .filter(|(_, scope)| wanted != Scope::Prod || *scope != Scope::Optional)
                        .map(|(to, _)| *to),
                );
            }
        }
        scopes
    }

    /// Breadth first from the direct packages: for each node its first few predecessors, and its distance.
    fn ways(&self) -> (Vec<Vec<Id>>, Vec<u32>) {
        let mut parents: Vec<Vec<Id>> = vec![Vec::new(); self.nodes.len()];
        let mut distance = vec![u32::MAX; self.nodes.len()];
        let mut queue: VecDeque<Id> = VecDeque::new();
        for (id, node) in self.nodes.iter().enumerate() {
            if node.direct.is_some() {
                if let Some(distance) = distance.get_mut(id) {
                    *distance = 0;
                }
                queue.push_back(id);
            }
        }
        while let Some(id) = queue.pop_front() {
            let here = distance.get(id).copied().unwrap_or(0);
            for (to, _) in self
                .nodes
                .get(id)
                .map(|node| node.edges.as_slice())
                .unwrap_or_default()
            {
                let (Some(there), Some(known)) = (distance.get_mut(*to), parents.get_mut(*to))
                else {
                    continue;
                };
                if known.len() < MAX_PATHS && !known.contains(&id) && *to != id {
                    known.push(id);
                }
                if *there == u32::MAX {
                    *there = here + 1;
                    queue.push_back(*to);
                }
            }
        }
        (parents, distance)
    }

    fn label(&self, id: Id) -> String {
        self.nodes
            .get(id)
            .map(|node| format!("{}@{}", node.name, node.version))
            .unwrap_or_default()
    }

    fn paths(&self, id: Id, parents: &[Vec<Id>], distance: &[u32]) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        if distance.get(id) == Some(&0) {
            paths.push(vec![self.label(id)]);
        }
        for parent in parents.get(id).into_iter().flatten() {
            if paths.len() >= MAX_PATHS {
                break;
            }
            let mut path = vec![id];
            let mut at = *parent;
            // Going to a nearer predecessor each time ends at a direct package.
            while path.len() < LONGEST_PATH && !path.contains(&at) {
                path.push(at);
                let here = distance.get(at).copied().unwrap_or(0);
                if here == 0 {
                    paths.push(path.iter().rev().map(|id| self.label(*id)).collect());
                    break;
                }
                let nearer = parents
                    .get(at)
                    .into_iter()
                    .flatten()
                    .find(|other| distance.get(**other).copied().unwrap_or(u32::MAX) < here);
                match nearer {
                    Some(nearer) => at = *nearer,
                    None => break,
                }
            }
        }
        paths.sort_by_key(Vec::len);
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, PackageSource, Scope};

    #[test]
    fn scopes_and_ways() {
        let mut graph = Graph::default();
        let mut add = |name| graph.add(name, "1", PackageSource::Registry, 1);
        let (a, b, c, d, e) = (add("a"), add("b"), add("c"), add("d"), add("e"));
        graph.direct(a, Scope::Prod);
        graph.direct(b, Scope::Dev);
        graph.edge(a, c, Scope::Prod);
        graph.edge(b, c, Scope::Prod);
        graph.edge(b, d, Scope::Prod);
        graph.edge(d, b, Scope::Prod);
        graph.edge(c, e, Scope::Optional);
        let packages = graph.finish("npm");
        let facts: Vec<_> = packages
            .iter()
            .map(|p| (p.name.as_str(), p.scope, p.direct, p.paths.len()))
            .collect();
        assert_eq!(
            facts,
            [
                ("a", Scope::Prod, true, 1),
                ("b", Scope::Dev, true, 1),
                ("c", Scope::Prod, false, 2),
                ("d", Scope::Dev, false, 1),
                ("e", Scope::Optional, false, 1),
            ]
        );
        assert_eq!(packages[4].paths, [["a@1", "c@1", "e@1"]]);
    }
}
