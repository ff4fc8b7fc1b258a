//! Where a package goes: the shallowest place at which it is in nobody's way, as npm puts it.
//!
//! From the dependent upwards, each `node_modules` is tried: the package can be put there ([`Verdict::Free`]), in place of
//! what is there ([`Verdict::Replace`]), what is there does as well ([`Verdict::Keep`]), or it is in the way of somebody
//! ([`Verdict::Conflict`]), which ends the search. The peers of a package go with it, so they are tried as well. What
//! becomes superfluous by a placement is taken away at once, since it could push later ones deeper than need be.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::build::{BuildError, Builder};
use super::collation;
use super::tree::{EdgeId, Id, Tree};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Conflict,
    Free,
    Replace,
    Keep,
}

/// A question: can this package meet this need at this place?
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    dep: Id,
    target: Id,
    edge: EdgeId,
    prefer_dedupe: bool,
    /// For a peer: the package that it goes with.
    with: Option<Rc<Attempt>>,
    peer_path: Vec<Id>,
}

/// The answer, for the package with its peers and for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) all: Verdict,
    pub(crate) itself: Verdict,
}

/// What a placement did.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) node: Id,
    pub(crate) edge: EdgeId,
    pub(crate) verdict: Verdict,
    /// Packages whose needs have to be looked at again.
    pub(crate) disturbed: BTreeSet<Id>,
}

/// The deepest place where a package of this name could go for the sake of `start`.
fn deepest_target(tree: &Tree, start: Id, name: &str) -> Id {
    let mut last = start;
    for at in tree.ancestry(start) {
        last = at;
        let is_peer = tree
            .edge(at, name)
            .is_some_and(|edge| tree.need(edge).kind.is_peer());
        if tree.is_root(at) || tree.resolve_parent(at).is_none() || !is_peer {
            return at;
        }
    }
    last
}

impl Attempt {
    fn entry_edge(&self) -> EdgeId {
        self.with
            .as_ref()
            .map_or(self.edge, |with| with.entry_edge())
    }

    fn deepest(&self, tree: &Tree) -> Id {
        let start = match &self.with {
            Some(with) => with.deepest(tree),
            None => self.edge.from,
        };
        deepest_target(tree, start, &tree.need(self.edge).name)
    }

    pub(crate) fn answer(self: &Rc<Self>, tree: &Tree) -> Answer {
        let name = &tree.need(self.edge).name;
        let current = tree.node(self.target).children.get(name).copied();
        let conflict = Answer {
            all: Verdict::Conflict,
            itself: Verdict::Conflict,
        };
        if let Some(target_edge) = tree.edge(self.target, name) {
            // No peer goes into its dependent, but for the outermost.
            if tree.need(target_edge).kind.is_peer() && !tree.is_top(self.target) {
                return conflict;
            }
            if current.is_none()
                && target_edge != self.edge
                && !tree.satisfies(self.dep, target_edge)
            {
                return conflict;
            }
        }
        match current {
            Some(current) => self.beside(tree, current),
            None => self.alone(tree),
        }
    }

    fn keep() -> Answer {
        Answer {
            all: Verdict::Keep,
            itself: Verdict::Keep,
        }
    }

    /// There is a package of this name.
    fn beside(self: &Rc<Self>, tree: &Tree, current: Id) -> Answer {
        let mut conflict = Answer {
            all: Verdict::Conflict,
            itself: Verdict::Conflict,
        };
        let meets = tree.satisfies(current, self.edge);
        let overruled = !tree.satisfies(self.dep, self.edge);
        if tree.matches(self.dep, current) && (meets || overruled) {
            return Self::keep();
        }
        let newer = match (&tree.node(self.dep).version, &tree.node(current).version) {
            (Some(new), Some(old)) => new >= old,
            _ => false,
        };
        let try_replace = |conflict: &mut Answer| {
            let answer = self.with_peers(tree, Verdict::Replace);
            conflict.itself = answer.itself;
            (answer.all != Verdict::Conflict).then_some(answer)
        };
        if newer
            && can_replace(tree, self.dep, current, &BTreeSet::new())
            && let Some(answer) = try_replace(&mut conflict)
        {
            return answer;
        }
        if meets {
            return Self::keep();
        }
        if self.prefer_dedupe
            && !newer
            && can_replace(tree, self.dep, current, &BTreeSet::new())
            && let Some(answer) = try_replace(&mut conflict)
        {
            return answer;
        }
        // If this is the deepest place for the package, what is there has to give way, if it can go deeper.
        if self.target != self.deepest(tree) {
            return conflict;
        }
        let is_peer = tree.need(self.edge).kind.is_peer();
        if !is_peer && self.target == self.edge.from {
            return self.with_peers(tree, Verdict::Replace);
        }
        if self.with.is_none() && !is_peer {
            return conflict;
        }
        if self.peers_can_give_way(tree, current) {
            return self.with_peers(tree, Verdict::Replace);
        }
        conflict
    }

    /// Whether all groups of peers that what is there belongs to can be replaced or go deeper.
    fn peers_can_give_way(&self, tree: &Tree, current: Id) -> bool {
        let Some(group) = tree.node(self.dep).parent else {
            return false;
        };
        let fresh = &tree.node(group).children;
        let names: BTreeSet<String> = fresh.keys().cloned().collect();
        let mut can = true;
        for (entry, peers) in peer_entry_sets(tree, current) {
            if entry == self.edge || entry == self.entry_edge() {
                continue;
            }
            let Some(entry_node) = tree.to(entry) else {
                continue;
            };
            let replacement = fresh.get(&tree.node(entry_node).name).copied();
            if let Some(replacement) = replacement {
                if can_replace(tree, replacement, entry_node, &names) {
                    continue;
                }
            } else if fresh_group_satisfies(tree, fresh, entry_node) {
                continue;
            }
            for peer in peers {
                let deep = deepest_target(tree, entry.from, &tree.node(peer).name);
                if deep == self.target || tree.is_descendant(self.target, deep) {
                    can = false;
                    break;
                }
            }
        }
        can
    }

    /// There is no package of this name here.
    fn alone(self: &Rc<Self>, tree: &Tree) -> Answer {
        let name = &tree.need(self.edge).name;
        if self.target != self.entry_edge().from
            && let Some(shadowed) = tree.resolve(self.target, name)
        {
            // Whoever is below and finds the one further up would find this one.
            let in_the_way = tree.edges_in(shadowed).into_iter().any(|edge| {
                tree.is_descendant(edge.from, self.target)
                    && tree.is_valid(edge)
                    && !tree.satisfies(self.dep, edge)
            });
            if in_the_way {
                return Answer {
                    all: Verdict::Conflict,
                    itself: Verdict::Conflict,
                };
            }
        }
        self.with_peers(tree, Verdict::Free)
    }

    /// Whether the peers of the package can go here or further up as well.
    fn with_peers(self: &Rc<Self>, tree: &Tree, verdict: Verdict) -> Answer {
        let mut path = self.peer_path.clone();
        path.push(self.dep);
        let mut conflict = false;
        for edge in tree.edges(self.dep) {
            let need = tree.need(edge);
            let Some(peer) = tree.to(edge).filter(|_| need.kind.is_peer()) else {
                continue;
            };
            if path.contains(&peer) || path.len() > 64 {
                continue;
            }
            let attempt = Rc::new(Attempt {
                dep: peer,
                target: deepest_target(tree, self.target, &need.name),
                edge,
                prefer_dedupe: true,
                with: Some(Rc::clone(self)),
                peer_path: path.clone(),
            });
            conflict |= attempt.answer(tree).all == Verdict::Conflict;
        }
        Answer {
            all: if conflict { Verdict::Conflict } else { verdict },
            itself: verdict,
        }
    }
}

/// Whether the peers of a group that have no counterpart in a fresh one are content with the fresh one.
fn fresh_group_satisfies(tree: &Tree, fresh: &BTreeMap<String, Id>, entry: Id) -> bool {
    let mut walk = vec![entry];
    let mut seen = BTreeSet::from([entry]);
    while let Some(peer) = walk.pop() {
        for edge in tree.edges(peer) {
            let need = tree.need(edge);
            if !need.kind.is_peer() || !tree.is_valid(edge) {
                continue;
            }
            match fresh.get(&need.name) {
                Some(replacement) => {
                    if !tree.satisfies(*replacement, edge) {
                        return false;
                    }
                }
                None => walk.extend(tree.to(edge).filter(|to| seen.insert(*to))),
            }
        }
    }
    true
}

/// The groups of peers that a package belongs to, by the need that leads into each.
fn peer_entry_sets(tree: &Tree, node: Id) -> BTreeMap<EdgeId, BTreeSet<Id>> {
    let is_live_peer = |edge: EdgeId| tree.need(edge).kind.is_peer() && tree.is_valid(edge);
    let mut union = BTreeSet::from([node]);
    let mut walk = vec![node];
    while let Some(at) = walk.pop() {
        let out = tree
            .edges(at)
            .filter(|edge| is_live_peer(*edge))
            .filter_map(|edge| tree.to(edge));
        let inwards = tree
            .edges_in(at)
            .into_iter()
            .filter(|edge| is_live_peer(*edge))
            .map(|edge| edge.from);
        for next in out.chain(inwards) {
            if union.insert(next) {
                walk.push(next);
            }
        }
    }
    let mut sets = BTreeMap::new();
    for peer in &union {
        for edge in tree.edges_in(*peer) {
            if !tree.is_valid(edge) || (tree.need(edge).kind.is_peer() && !tree.is_top(edge.from)) {
                continue;
            }
            let mut group = BTreeSet::from([*peer]);
            let mut walk = vec![*peer];
            while let Some(at) = walk.pop() {
                for out in tree.edges(at).filter(|edge| is_live_peer(*edge)) {
                    walk.extend(tree.to(out).filter(|to| group.insert(*to)));
                }
            }
            if group.contains(&node) {
                sets.insert(edge, group);
            }
        }
    }
    sets
}

/// The packages, with all they need, that nobody else needs. `counts` tells which needs count.
fn only_needed_by(
    tree: &Tree,
    set: impl IntoIterator<Item = Id>,
    counts: impl Fn(EdgeId, Id) -> bool,
) -> BTreeSet<Id> {
    let mut walk: Vec<Id> = set.into_iter().collect();
    let mut all: BTreeSet<Id> = walk.iter().copied().collect();
    while let Some(at) = walk.pop() {
        for edge in tree.edges(at) {
            if let Some(to) = tree.to(edge)
                && counts(edge, to)
                && all.insert(to)
            {
                walk.push(to);
            }
        }
    }
    // Who has a dependent outside leaves the set, and then those whom only it needed.
    let mut check: Vec<Id> = all.iter().copied().collect();
    while let Some(at) = check.pop() {
        if !all.contains(&at) {
            continue;
        }
        let needed = tree
            .edges_in(at)
            .into_iter()
            .any(|edge| !all.contains(&edge.from) && counts(edge, at));
        if needed {
            all.remove(&at);
            check.extend(
                tree.edges(at)
                    .filter_map(|edge| tree.to(edge))
                    .filter(|to| all.contains(to)),
            );
        }
    }
    all
}

/// Whether everybody who needs `old` is content with `new`.
pub(crate) fn can_replace(tree: &Tree, new: Id, old: Id, ignored_peers: &BTreeSet<String>) -> bool {
    let (a, b) = (tree.node(new), tree.node(old));
    if a.name != b.name || a.package.name != b.package.name {
        return false;
    }
    if !b.edges.is_empty() && tree.overrides.is_some() && a.rule != b.rule {
        return false;
    }
    let discontent: Vec<EdgeId> = tree
        .edges_in(old)
        .into_iter()
        .filter(|edge| {
            let beside = !tree.is_top(old) && tree.node(edge.from).parent == b.parent;
            let ignored = beside
                && tree.need(*edge).kind.is_peer()
                && ignored_peers.contains(&tree.node(edge.from).name);
            !ignored && !tree.satisfies(new, *edge)
        })
        .collect();
    if discontent.is_empty() {
        return true;
    }
    // What only `old` needs goes with it.
    let goes = only_needed_by(tree, [old], |edge, to| to != old && tree.is_valid(edge));
    discontent.iter().all(|edge| goes.contains(&edge.from))
}

/// Whether a package can go, because whoever needs it would find another that does.
fn can_dedupe(tree: &Tree, id: Id) -> bool {
    if tree.in_dependency_bundle(id) || tree.in_shrinkwrap(id) {
        return false;
    }
    let Some(above) = tree
        .resolve_parent(id)
        .and_then(|parent| tree.resolve_parent(parent))
    else {
        return false;
    };
    if tree.edges_in(id).is_empty() {
        return true;
    }
    let Some(other) = tree.resolve(above, &tree.node(id).name) else {
        return false;
    };
    if tree.matches(other, id) {
        return true;
    }
    if !can_replace(tree, other, id, &BTreeSet::new()) {
        return false;
    }
    let version = |id: Id| {
        let node = tree.node(id);
        node.target
            .map_or(node, |target| tree.node(target))
            .version
            .clone()
    };
    match (version(other), version(id)) {
        (Some(other), Some(this)) => other == this || (other > this && !is_overridden(tree, id)),
        _ => false,
    }
}

fn is_overridden(tree: &Tree, id: Id) -> bool {
    tree.overrides.is_some()
        && tree.edges_in(id).into_iter().any(|edge| {
            tree.is_overridden(edge)
                && tree.specifier_text(edge)
                    == tree.node(id).package.version.as_deref().unwrap_or_default()
        })
}

impl Builder<'_> {
    /// Puts a package, and its peers, where they meet a need.
    pub(crate) fn place(&mut self, edge: EdgeId, dep: Id) -> Result<Vec<Placed>, BuildError> {
        let mut placed = Vec::new();
        self.place_with(edge, dep, None, &[], &mut placed)?;
        Ok(placed)
    }

    /// `chain` are the needs that led here, the outermost first.
    fn place_with(
        &mut self,
        edge: EdgeId,
        dep: Id,
        with: Option<&Rc<Attempt>>,
        chain: &[EdgeId],
        placed: &mut Vec<Placed>,
    ) -> Result<(), BuildError> {
        let tree = &self.tree;
        let current = tree.to(edge);
        if current.is_some_and(|to| tree.is_valid(edge) && !self.is_avoided(to)) {
            return Ok(());
        }
        let name = tree.need(edge).name.clone();
        let start = chain.iter().chain([&edge]).fold(None, |start, edge| {
            let from = start.unwrap_or(edge.from);
            Some(deepest_target(tree, from, &tree.need(*edge).name))
        });
        let Some(start) = start else { return Ok(()) };

        let mut found: Option<(Rc<Attempt>, Answer)> = None;
        let mut found_itself: Option<(Rc<Attempt>, Answer)> = None;
        for target in tree.ancestry(start) {
            let is_peer_here = tree
                .edge(target, &name)
                .is_some_and(|edge| tree.need(edge).kind.is_peer());
            if !tree.is_top(target) && is_peer_here {
                continue;
            }
            let attempt = Rc::new(Attempt {
                dep,
                target,
                edge,
                prefer_dedupe: tree.need(edge).kind.is_peer(),
                with: with.cloned(),
                peer_path: Vec::new(),
            });
            let answer = attempt.answer(tree);
            if answer.itself != Verdict::Conflict {
                found_itself = Some((Rc::clone(&attempt), answer));
            }
            if answer.all == Verdict::Conflict {
                break;
            }
            found = Some((attempt, answer));
        }
        let entry = chain.first().copied().unwrap_or(edge);
        let (attempt, answer) = match (found, found_itself) {
            (Some(found), _) => found,
            (None, _) if self.is_own(entry) => return Err(self.conflict(edge)),
            (None, Some(found)) => found,
            (None, None) => {
                self.tree.accept_conflict(edge);
                return Ok(());
            }
        };
        let target = attempt.target;
        let verdict = if answer.all == Verdict::Conflict {
            answer.itself
        } else {
            answer.all
        };
        if verdict == Verdict::Keep {
            if self.tree.need(edge).kind.is_peer() && !self.tree.is_valid(edge) {
                self.tree.accept_conflict(edge);
            }
            self.prune_dedupable(target, true);
            self.changed();
            return Ok(());
        }

        let mut at = Some(target);
        while let Some(above) = at {
            if !self.tree.is_top(above) && self.tree.matches(above, dep) {
                // Packages that need each other in versions that exclude each other would nest for ever.
                let link =
                    self.tree
                        .add(&name, Rc::clone(&self.tree.node(above).package), Vec::new());
                self.tree.node_mut(link).target = Some(above);
                self.tree.attach(link, target);
                self.changed();
                return Ok(());
            }
            at = self.tree.resolve_parent(above);
        }

        let group = self.tree.node(dep).parent;
        let new = self.copy(dep, edge)?;
        let mut disturbed = BTreeSet::new();
        match self.tree.node(target).children.get(&name).copied() {
            Some(old) => self.replace_old(new, old, target, &mut disturbed),
            None => self.tree.attach(new, target),
        }
        self.changed();
        if self.tree.need(edge).kind.is_peer() && !self.tree.satisfies(new, edge) {
            self.tree.accept_conflict(edge);
        }
        if self.tree.is_valid(edge)
            && let Some(to) = self.tree.to(edge).filter(|to| *to != new)
        {
            self.prune_dedupable(to, false);
        }
        let same_name: Vec<Id> = self
            .tree
            .inventory()
            .into_iter()
            .filter(|id| self.tree.node(*id).name == name)
            .collect();
        for id in same_name {
            if !self.tree.in_project(id)
                || self.tree.is_top(id)
                || !self.tree.is_descendant(id, target)
            {
                continue;
            }
            self.prune_dedupable(id, false);
            if self.tree.in_project(id) {
                let children: Vec<Id> = self.tree.node(id).children.values().copied().collect();
                for child in children {
                    self.prune_dedupable(child, false);
                }
            }
        }
        self.changed();
        placed.push(Placed {
            node: new,
            edge,
            verdict: answer.itself,
            disturbed,
        });

        if chain.len() > 64 {
            return Ok(());
        }
        let mut longer = chain.to_vec();
        longer.push(edge);
        let edges: Vec<EdgeId> = self.tree.edges(new).collect();
        for peer_edge in edges {
            let tree = &self.tree;
            if !tree.need(peer_edge).kind.is_peer()
                || tree.is_valid(peer_edge)
                || tree.is_conflicted(peer_edge)
            {
                continue;
            }
            let peer = group
                .and_then(|group| {
                    tree.node(group)
                        .children
                        .get(&tree.need(peer_edge).name)
                        .copied()
                })
                .filter(|peer| tree.satisfies(*peer, peer_edge));
            if let Some(peer) = peer {
                self.place_with(peer_edge, peer, Some(&attempt), &longer, placed)?;
            }
        }
        Ok(())
    }

    fn replace_old(&mut self, new: Id, old: Id, target: Id, disturbed: &mut BTreeSet<Id>) {
        let tree = &self.tree;
        let names: BTreeSet<&str> = tree
            .node(new)
            .edges
            .iter()
            .map(|need| need.name.as_str())
            .collect();
        let mut dropped: BTreeSet<Id> = BTreeSet::new();
        for edge in tree.edges(old) {
            if !names.contains(tree.need(edge).name.as_str())
                && let Some(to) = tree.to(edge)
            {
                dropped.extend(only_needed_by(tree, [to], |_, other| other != to));
            }
        }
        // Groups of peers that the new one does not suit go deeper, or their conflict is accepted.
        let mut groups = BTreeSet::new();
        let mut accepted = Vec::new();
        for edge in tree.edges_in(old) {
            if tree.satisfies(new, edge)
                || !tree.need(edge).kind.is_peer()
                || tree.node(edge.from).parent != Some(target)
                || tree.is_conflicted(edge)
            {
                continue;
            }
            for entry in peer_entry_sets(tree, edge.from).into_keys() {
                if tree.is_root(entry.from) || tree.is_workspace(entry.from) {
                    accepted.push(edge);
                } else if let Some(entry_node) = tree.to(entry) {
                    groups.extend(only_needed_by(tree, [entry_node], |edge, to| {
                        to != entry_node && !tree.is_conflicted(edge)
                    }));
                }
            }
        }
        for edge in accepted {
            self.tree.accept_conflict(edge);
        }
        self.tree.replace(new, old);
        self.changed();
        self.prune_for_replacement(new, dropped);
        for id in groups {
            disturbed.extend(self.tree.edges_in(id).into_iter().map(|edge| edge.from));
            self.tree.detach(id);
        }
    }

    fn prune_for_replacement(&mut self, new: Id, dropped: BTreeSet<Id>) {
        let tree = &self.tree;
        let mut invalid: BTreeSet<Id> = tree
            .edges(new)
            .filter(|edge| !tree.is_valid(*edge))
            .filter_map(|edge| tree.to(edge))
            .collect();
        for id in dropped {
            if tree.in_project(id) {
                invalid.extend(only_needed_by(tree, [id], |edge, to| {
                    to != id && tree.is_valid(edge)
                }));
            }
        }
        let junk = only_needed_by(tree, invalid, |edge, to| {
            edge.from != new && to != new && tree.is_valid(edge)
        });
        for id in junk {
            if id != Tree::PROJECT {
                self.tree.detach(id);
            }
        }
    }

    /// Takes away what is not needed where it is, and with `descend` what is below.
    fn prune_dedupable(&mut self, id: Id, descend: bool) {
        if can_dedupe(&self.tree, id) {
            let tree = &self.tree;
            let goes = only_needed_by(tree, [id], |edge, to| to != id && tree.is_valid(edge));
            for id in goes {
                if id != Tree::PROJECT {
                    self.tree.detach(id);
                }
            }
            return;
        }
        if descend {
            let below = |tree: &Tree, id: Id| {
                let mut children: Vec<Id> = tree.node(id).children.values().copied().collect();
                children.sort_by(|a, b| collation::compare(&tree.location(*a), &tree.location(*b)));
                children
            };
            for child in below(&self.tree, id) {
                self.prune_dedupable(child, true);
            }
            let folders: Vec<Id> = self.tree.node(id).folders.iter().copied().collect();
            for folder in folders {
                for child in below(&self.tree, folder) {
                    self.prune_dedupable(child, true);
                }
            }
        }
    }

    /// Whether a conflict of the need is the project's own, which npm does not accept.
    fn is_own(&self, entry: EdgeId) -> bool {
        let tree = &self.tree;
        let of_project = |id: Id| id == Tree::PROJECT || tree.is_workspace(id);
        if of_project(entry.from) {
            return true;
        }
        if !tree.need(entry).kind.is_peer() {
            return false;
        }
        let incoming = tree.edges_in(entry.from);
        if incoming
            .iter()
            .any(|edge| !tree.need(*edge).kind.is_peer() && of_project(edge.from))
        {
            return true;
        }
        incoming.iter().any(|edge| tree.need(*edge).kind.is_peer())
            && peer_entry_sets(tree, entry.from)
                .into_keys()
                .any(|edge| of_project(edge.from))
    }
}
