//! Literals that a match cannot do without, so that most files are never parsed for most rules.
//!
//! Every name and string of a pattern stands in any code that it matches; so a rule is a conjunction of clauses, each
//! a choice of literals of which the file must hold one. All literals of all rules are looked for in one pass over
//! the bytes. Words of patterns must stand as whole words: `exec` does not stand in `execute`.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

use super::compiled::CompiledRules;
use crate::pattern::{Pattern, Root};
use crate::tree::kind::Kind;
use crate::tree::marks;

/// A rule's clauses: of each, a file must hold at least one literal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clauses {
    pub(crate) all: Vec<Vec<u32>>,
}

impl Clauses {
    /// Every one of `words` must occur.
    pub(crate) fn every(table: &mut Table, words: &[String], whole: bool) -> Self {
        Self {
            all: words
                .iter()
                .map(|word| vec![table.add(word, whole)])
                .collect(),
        }
    }

    /// One of `words` must occur, where they are known.
    pub(crate) fn any_of(table: &mut Table, words: Option<Vec<String>>) -> Self {
        let all = words
            .filter(|words| !words.is_empty())
            .map(|words| words.iter().map(|word| table.add(word, false)).collect())
            .into_iter()
            .collect();
        Self { all }
    }

    /// What alternatives have in common: a choice of one clause from each, the most telling ones.
    pub(crate) fn either(table: &Table, alternatives: &[Self]) -> Self {
        let mut choice = Vec::new();
        for alternative in alternatives {
            let best = alternative.all.iter().max_by_key(|clause| {
                clause
                    .iter()
                    .map(|literal| table.length(*literal))
                    .min()
                    .unwrap_or(0)
            });
            match best {
                Some(clause) => choice.extend_from_slice(clause),
                None => return Self::default(),
            }
        }
        choice.sort_unstable();
        choice.dedup();
        Self {
            all: if choice.is_empty() {
                Vec::new()
            } else {
                vec![choice]
            },
        }
    }
}

/// Numbers literals.
#[derive(Debug, Default)]
pub(crate) struct Table {
    numbers: FxHashMap<(String, bool), u32>,
    literals: Vec<(String, bool)>,
}

impl Table {
    fn add(&mut self, text: &str, whole: bool) -> u32 {
        let key = (text.to_owned(), whole);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.literals.len() as u32;
        self.literals.push(key.clone());
        self.numbers.insert(key, number);
        number
    }

    fn length(&self, literal: u32) -> usize {
        self.literals
            .get(literal as usize)
            .map_or(0, |(text, _)| text.len())
    }

    /// The automaton for all literals, and for each whether it is a whole word.
    pub(crate) fn finish(self) -> (Option<AhoCorasick>, Vec<bool>) {
        if self.literals.is_empty() {
            return (None, Vec::new());
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(self.literals.iter().map(|(text, _)| text));
        match automaton {
            Ok(automaton) => (
                Some(automaton),
                self.literals.iter().map(|(_, whole)| *whole).collect(),
            ),
            // Too many literals for the automaton: every file is a candidate for every rule.
            Err(_) => (None, Vec::new()),
        }
    }
}

/// The words that every match of a pattern holds.
pub(crate) fn of_pattern(pattern: &Pattern) -> Vec<String> {
    let (first, last) = match pattern.root {
        Root::Node(root) => (root, pattern.tree.node(root).next),
        Root::Statements(list) => (list + 1, pattern.tree.node(list).next),
    };
    let mut words = Vec::new();
    for id in first..last {
        let node = pattern.tree.node(id);
        let text = pattern.text(id);
        // The type of a typed metavariable may be inferred from a literal.
        if text.starts_with(marks::TYPED) {
            continue;
        }
        let word = match node.kind {
            Kind::Name | Kind::Definition | Kind::TypeName => text,
            Kind::Property => text.trim_matches(['"', '\'']),
            Kind::String => text
                .get(1..text.len().saturating_sub(1))
                .filter(|content| !content.contains('\\'))
                .unwrap_or_default(),
            _ => continue,
        };
        let is_typed = text.contains(marks::TYPED) || text.contains(marks::ELLIPSIS);
        if !word.is_empty() && !is_typed && is_inside_typed(pattern, id).is_none() {
            words.push(word.to_owned());
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// The typed metavariable whose type node `id` belongs to.
fn is_inside_typed(pattern: &Pattern, id: u32) -> Option<u32> {
    let mut at = id;
    for _ in 0..8 {
        let parent = pattern.tree.node(at).parent;
        if parent == at {
            return None;
        }
        if pattern.tree.node(parent).kind == Kind::Cast
            && pattern.text(at).starts_with(marks::TYPED)
        {
            return Some(parent);
        }
        at = parent;
    }
    None
}

/// Which literals a file holds: a bit each. Reused from file to file.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    bits: Vec<u64>,
}

impl Seen {
    /// Looks for all literals of `rules` in `bytes`.
    pub(crate) fn find(&mut self, rules: &CompiledRules, bytes: &[u8]) {
        self.bits.clear();
        self.bits.resize(rules.whole_words.len().div_ceil(64), 0);
        let Some(automaton) = &rules.literals else {
            return;
        };
        let mut missing = rules.whole_words.len();
        for found in automaton.find_overlapping_iter(bytes) {
            let literal = found.pattern().as_usize();
            let Some(word) = self.bits.get_mut(literal / 64) else {
                continue;
            };
            let bit = 1_u64 << (literal % 64);
            if *word & bit != 0 {
                continue;
            }
            let whole = rules.whole_words.get(literal).copied().unwrap_or(false);
            if whole && !stands_alone(bytes, found.start(), found.end()) {
                continue;
            }
            *word |= bit;
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }

    /// Whether a file with these literals can match a rule with these clauses.
    pub(crate) fn admit(&self, rules: &CompiledRules, clauses: &[Vec<u32>]) -> bool {
        rules.literals.is_none()
            || clauses.iter().all(|clause| {
                clause.iter().any(|literal| {
                    self.bits
                        .get(*literal as usize / 64)
                        .is_some_and(|word| word & (1 << (literal % 64)) != 0)
                })
            })
    }
}

/// Whether what stands between `start` and `end` does not go on as a word on either side.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$')
    };
    let begins = is_word(bytes.get(start));
    let ends = is_word(end.checked_sub(1).and_then(|at| bytes.get(at)));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let goes_on = (begins && is_word(before)) || (ends && is_word(bytes.get(end)));
    !goes_on
}
