//! Advisories that speak of one vulnerability, gathered by their aliases.
//!
//! Aliases are symmetric and transitive (schema, field `aliases`), and hold through ids that we have no
//! record of: a GHSA and a RUSTSEC record that both name the same CVE are one group.

use std::collections::HashMap;

/// Builds groups of ids: a union-find over every id and alias that was seen.
#[derive(Default)]
pub(crate) struct Groups {
    numbers: HashMap<String, u32>,
    parents: Vec<u32>,
}

impl Groups {
    /// Notes that `id` and its aliases are one vulnerability.
    pub(crate) fn add<'a>(&mut self, id: &str, aliases: impl IntoIterator<Item = &'a str>) {
        let mut root = self.number(id);
        for alias in aliases {
            let other = self.number(alias);
            root = self.join(root, other);
        }
    }

    /// The members of every group, each group sorted, and a function from id to group as a map.
    pub(crate) fn finish(mut self) -> (Vec<Vec<String>>, HashMap<String, u32>) {
        let mut ids: Vec<(String, u32)> = std::mem::take(&mut self.numbers).into_iter().collect();
        ids.sort_unstable();
        let mut group_of_root: HashMap<u32, u32> = HashMap::new();
        let mut groups: Vec<Vec<String>> = Vec::new();
        let mut group_of = HashMap::with_capacity(ids.len());
        for (id, number) in ids {
            let root = self.root(number);
            let group = *group_of_root.entry(root).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() as u32 - 1
            });
            if let Some(members) = groups.get_mut(group as usize) {
                members.push(id.clone());
            }
            group_of.insert(id, group);
        }
        (groups, group_of)
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(&number) = self.numbers.get(id) {
            return number;
        }
        let number = self.parents.len() as u32;
        self.parents.push(number);
        self.numbers.insert(id.to_owned(), number);
        number
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(&parent) = self.parents.get(at as usize) {
            if parent == at {
                break;
            }
            // Path halving keeps chains short without recursion.
            let grandparent = self.parents.get(parent as usize).copied().unwrap_or(parent);
            self.parents[at as usize] = grandparent;
            at = grandparent;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[high as usize] = low;
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_hold_through_ids_without_a_record() {
        let mut groups = Groups::default();
        groups.add("GHSA-a", ["CVE-1"]);
        groups.add("RUSTSEC-1", ["CVE-1", "CVE-2"]);
        groups.add("GHSA-b", []);
        groups.add("x_NSWG-9", ["CVE-2"]);
        let (members, of) = groups.finish();
        assert_eq!(of["GHSA-a"], of["x_NSWG-9"]);
        assert_ne!(of["GHSA-a"], of["GHSA-b"]);
        assert_eq!(
            members[of["GHSA-a"] as usize],
            ["CVE-1", "CVE-2", "GHSA-a", "RUSTSEC-1", "x_NSWG-9"]
        );
        assert_eq!(members[of["GHSA-b"] as usize], ["GHSA-b"]);
    }
}
