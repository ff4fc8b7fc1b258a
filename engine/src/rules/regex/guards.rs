//! Looking ahead at the beginning of an expression, in linear time.
//!
//! `^(?!a)(?!.*b)rest` is the commonest look-around of rules. It matches where `rest` does, unless `a` or `.*b` matches
//! at the same place: as many linear searches, and no backtracking.

use std::sync::OnceLock;

use regex_automata::{Anchored, Input, meta};

use super::{BudgetExceeded, linear};

/// What must, or must not, match where a match begins.
pub(super) struct Guards {
    guards: Vec<Guard>,
    /// The groups inside, which take part in no match.
    groups: Vec<Option<String>>,
}

struct Guard {
    source: String,
    negative: bool,
    engine: OnceLock<Option<meta::Regex>>,
}

impl Guards {
    /// Those of an expression in `fancy-regex`'s syntax, if it has no other need to look around or back.
    pub(super) fn peel(exact: &str) -> Option<Self> {
        let flags = leading_flags(exact);
        let mut rest = exact.get(flags.len()..)?;
        let mut free = flags.to_owned();
        for anchor in ["^", "\\A"] {
            if let Some(after) = rest.strip_prefix(anchor) {
                rest = after;
                free.push_str(anchor);
            }
        }
        let mut guards = Vec::new();
        let mut groups = Vec::new();
        while let Some(negative) = lookahead(rest) {
            let close = closing(rest)?;
            let source = format!("{flags}(?:{})", rest.get(3..close)?);
            let hir = linear::parse(&source).ok()?;
            // What groups of a lookahead that must match hold, the match tells; those of the other kind hold nothing.
            let inside = linear::names(&hir);
            if !negative && !inside.is_empty() {
                return None;
            }
            groups.extend(inside);
            guards.push(Guard {
                source,
                negative,
                engine: OnceLock::new(),
            });
            rest = rest.get(close + 1..)?;
        }
        // In `(?!a)b|c` the second alternative is not looked at before.
        if guards.is_empty() || has_alternatives(rest)? {
            return None;
        }
        free.push_str(rest);
        linear::parse(&free).ok()?;
        Some(Self { guards, groups })
    }

    /// The groups inside, by name.
    pub(super) fn groups(&self) -> &[Option<String>] {
        &self.groups
    }

    /// Whether a match may begin at byte `at`.
    pub(super) fn admit(&self, text: &str, at: usize) -> Result<bool, BudgetExceeded> {
        for guard in &self.guards {
            let engine = guard
                .engine
                .get_or_init(|| linear::build(&guard.source).ok())
                .as_ref()
                .ok_or(BudgetExceeded)?;
            let input = Input::new(text)
                .range(at..)
                .anchored(Anchored::Yes)
                .earliest(true);
            if engine.is_match(input) == guard.negative {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `(?i)` and its like at the beginning.
fn leading_flags(text: &str) -> &str {
    let mut length = 0;
    while let Some(rest) = text.get(length..)
        && let Some(flags) = rest.strip_prefix("(?")
        && let Some(close) = flags.find(|c: char| !c.is_ascii_alphabetic() && c != '-')
        && flags
            .get(close..)
            .is_some_and(|after| after.starts_with(')'))
    {
        length += close + 3;
    }
    text.get(..length).unwrap_or_default()
}

/// Whether `text` begins with looking ahead, and whether that forbids.
fn lookahead(text: &str) -> Option<bool> {
    let after = text.strip_prefix("(?")?;
    match after.as_bytes().first()? {
        b'!' => Some(true),
        b'=' => Some(false),
        _ => None,
    }
}

/// Where the group that `text` begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in syntax_bytes(text) {
        match byte {
            b'(' => depth += 1,
            b')' if depth <= 1 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether `|` stands outside of all groups; `None` where a group is not closed.
fn has_alternatives(text: &str) -> Option<bool> {
    let mut depth = 0_usize;
    for (_, byte) in syntax_bytes(text) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b'|' if depth == 0 => return Some(true),
            _ => {}
        }
    }
    (depth == 0).then_some(false)
}

/// The bytes that are neither escaped nor in a class.
fn syntax_bytes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut escaped, mut classes) = (false, 0_usize);
    text.bytes().enumerate().filter(move |&(_, byte)| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' => escaped = true,
            b'[' => classes += 1,
            b']' => classes = classes.saturating_sub(1),
            _ => return classes == 0,
        }
        false
    })
}
