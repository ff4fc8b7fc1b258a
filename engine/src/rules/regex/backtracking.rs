//! The engine for what looks around or back: bounded, and only tried where a linear over-approximation matches.

use std::sync::OnceLock;

use fancy_regex::RegexInput;
use regex_automata::{Input, meta};

use super::{BudgetExceeded, MAX_ATTEMPTS, RegexError, RegexMatch, SIZE_LIMIT, next_character};

/// Instructions of a backtracking program: calls of groups are inlined and could grow without bound.
const MAX_PROGRAM: usize = 100_000;
/// Steps back that nearly every attempt stays under.
const QUICK_STEPS: usize = 2_000;
/// Steps back of an attempt that needs more.
const PATIENT_STEPS: usize = 500_000;
/// How many attempts in one search may need more.
const PATIENT_ATTEMPTS: u32 = 20;

/// An expression the linear engine cannot run.
pub(super) struct Backtracking {
    source: String,
    quick: fancy_regex::Regex,
    patient: OnceLock<Option<fancy_regex::Regex>>,
}

impl Backtracking {
    fn build(source: &str, steps: usize) -> Result<fancy_regex::Regex, RegexError> {
        fancy_regex::RegexBuilder::new(source)
            .multi_line(true)
            .backtrack_limit(steps)
            .delegate_size_limit(SIZE_LIMIT)
            .max_prog_size(MAX_PROGRAM)
            .build()
            .map_err(|error| RegexError::Engine {
                reason: error.to_string(),
            })
    }

    pub(super) fn new(source: String) -> Result<Self, RegexError> {
        Ok(Self {
            quick: Self::build(&source, QUICK_STEPS)?,
            patient: OnceLock::new(),
            source,
        })
    }

    fn patient(&self) -> Result<&fancy_regex::Regex, BudgetExceeded> {
        self.patient
            .get_or_init(|| Self::build(&self.source, PATIENT_STEPS).ok())
            .as_ref()
            .ok_or(BudgetExceeded)
    }

    /// The names of the groups, from the first on.
    pub(super) fn names(&self) -> Vec<Option<String>> {
        let names = self.quick.capture_names().skip(1);
        names.map(|name| name.map(str::to_owned)).collect()
    }

    /// Gives matches to `visit` until it returns false.
    pub(super) fn search(
        &self,
        relaxed: &meta::Regex,
        text: &str,
        visit: &mut dyn FnMut(RegexMatch) -> bool,
    ) -> Result<(), BudgetExceeded> {
        let mut patience = PATIENT_ATTEMPTS;
        let mut attempts = MAX_ATTEMPTS;
        let mut from = 0;
        let mut last_end = None;
        while let Some(candidate) = relaxed.find(Input::new(text).range(from..)) {
            let start = candidate.start();
            attempts = attempts.checked_sub(1).ok_or(BudgetExceeded)?;
            let found = self.attempt(text, start, &mut patience)?;
            let end = found.as_ref().map_or(start, |hit| hit.range.end);
            // As with the `regex` crate, no empty match right after a match.
            if let Some(hit) = found
                && !(hit.range.is_empty() && last_end == Some(end))
            {
                last_end = Some(end);
                if !visit(hit) {
                    break;
                }
            }
            from = if end > start {
                end
            } else {
                next_character(text, start)
            };
            if from > text.len() {
                break;
            }
        }
        Ok(())
    }

    /// Whether a match begins at the first byte.
    pub(super) fn is_match_at_start(&self, text: &str) -> Result<bool, BudgetExceeded> {
        let mut patience = PATIENT_ATTEMPTS;
        Ok(self.attempt(text, 0, &mut patience)?.is_some())
    }

    /// A match that begins at `start`.
    fn attempt(
        &self,
        text: &str,
        start: usize,
        patience: &mut u32,
    ) -> Result<Option<RegexMatch>, BudgetExceeded> {
        let input = || RegexInput::new(text).from_pos(start).anchored(true);
        let captures = if let Ok(captures) = self.quick.captures_input(input()) {
            captures
        } else {
            *patience = patience.checked_sub(1).ok_or(BudgetExceeded)?;
            self.patient()?
                .captures_input(input())
                .map_err(|_| BudgetExceeded)?
        };
        Ok(captures.and_then(|captures| {
            Some(RegexMatch {
                range: captures.get(0)?.range(),
                groups: captures
                    .iter()
                    .skip(1)
                    .map(|group| group.map(|hit| hit.range()))
                    .collect(),
            })
        }))
    }
}
