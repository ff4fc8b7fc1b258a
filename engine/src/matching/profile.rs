//! Where the time of a scan goes, by rule and by file: what `cortex scan --profile-rules` shows.
//!
//! The dear part of a rule is rarely its own matching. Most files are parsed for some rule only, so each rule is also told
//! the files that were parsed for no rule but it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Files that are remembered: the slowest.
const FILES: usize = 100;

/// What one rule cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCost {
    /// Time of its matching.
    pub time: Duration,
    /// Files that it was matched against.
    pub files: u64,
    /// What it found in them, before suppression.
    pub matches: u64,
    /// Files that were parsed for it and no other rule.
    pub parsed_alone: u64,
    /// Time of parsing those.
    pub parsing_alone: Duration,
}

/// What one file cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCost {
    /// Its path.
    pub path: String,
    /// Parsing and resolving names.
    pub parsing: Duration,
    /// All rules.
    pub matching: Duration,
    /// Bytes.
    pub size: u64,
}

impl FileCost {
    /// All of it.
    pub fn time(&self) -> Duration {
        self.parsing + self.matching
    }
}

/// The costs of a scan; threads add to it as they go.
#[derive(Debug, Default)]
pub struct Profile(Mutex<Costs>);

/// The costs of a scan so far.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// By rule.
    pub rules: BTreeMap<String, RuleCost>,
    /// The slowest files, the slowest first.
    pub files: Vec<FileCost>,
    /// Time of parsing all files.
    pub parsing: Duration,
    /// Time of matching all rules.
    pub matching: Duration,
    /// Files that were parsed.
    pub parsed: u64,
}

/// The costs of a file while it is scanned.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) parsing: Option<Duration>,
    /// Rule, time, matches; whether the file is parsed for it.
    pub(super) rules: Vec<(String, Duration, u64, bool)>,
}

impl Profile {
    /// The costs so far.
    pub fn costs(&self) -> Costs {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn add(&self, path: &str, size: u64, sheet: Sheet) {
        let mut costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let parsing = sheet.parsing.unwrap_or_default();
        let mut file = FileCost {
            path: path.to_owned(),
            parsing,
            matching: Duration::ZERO,
            size,
        };
        let for_tree = sheet.rules.iter().filter(|rule| rule.3).count();
        for (id, time, matches, for_it) in sheet.rules {
            file.matching += time;
            let cost = costs.rules.entry(id).or_default();
            cost.time += time;
            cost.files += 1;
            cost.matches += matches;
            if for_it && for_tree == 1 && sheet.parsing.is_some() {
                cost.parsed_alone += 1;
                cost.parsing_alone += parsing;
            }
        }
        costs.parsing += parsing;
        costs.matching += file.matching;
        costs.parsed += u64::from(sheet.parsing.is_some());
        let at = costs
            .files
            .partition_point(|other| other.time() >= file.time());
        if at < FILES {
            costs.files.insert(at, file);
            costs.files.truncate(FILES);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Profile, Sheet};

    #[test]
    fn costs_add_up() {
        let profile = Profile::default();
        let milli = Duration::from_millis;
        let sheet = |parsing, rules: &[(&str, u64, u64, bool)]| Sheet {
            parsing,
            rules: rules
                .iter()
                .map(|(id, time, matches, tree)| ((*id).to_owned(), milli(*time), *matches, *tree))
                .collect(),
        };
        profile.add(
            "a.js",
            10,
            sheet(Some(milli(5)), &[("x", 1, 2, true), ("y", 2, 0, true)]),
        );
        profile.add(
            "b.js",
            20,
            sheet(Some(milli(7)), &[("x", 1, 0, true), ("z", 1, 1, false)]),
        );
        profile.add("c.js", 30, sheet(None, &[("z", 3, 1, false)]));
        let costs = profile.costs();
        assert_eq!(
            (costs.parsing, costs.matching, costs.parsed),
            (milli(12), milli(8), 2)
        );
        let x = costs.rules.get("x").copied().unwrap_or_default();
        assert_eq!((x.time, x.files, x.matches), (milli(2), 2, 2));
        assert_eq!((x.parsed_alone, x.parsing_alone), (1, milli(7)));
        let paths: Vec<&str> = costs.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["b.js", "a.js", "c.js"]);
    }
}
