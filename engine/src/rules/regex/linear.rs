//! The engine of linear time, built when it is first used.

use std::sync::OnceLock;

use regex_automata::meta;
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind};

use super::{BudgetExceeded, RegexError, SIZE_LIMIT};

/// A linear expression whose engine is built when it is first used: most rules meet no text to try theirs on.
pub(super) struct Linear {
    source: String,
    hir: Hir,
    engine: OnceLock<Option<meta::Regex>>,
}

/// How large an engine can become before it is built at once, to be refused at once. Far below [`SIZE_LIMIT`].
const SMALL: usize = 20_000;

impl Linear {
    pub(super) fn new(source: String) -> Result<Self, RegexError> {
        let engine_error = |reason: String| RegexError::Engine { reason };
        let hir = parse(&source).map_err(engine_error)?;
        let engine = OnceLock::new();
        if states(&hir) > SMALL {
            let built = build(&source).map_err(engine_error)?;
            let _ = engine.set(Some(built));
        }
        Ok(Self {
            source,
            hir,
            engine,
        })
    }

    /// The engine itself.
    pub(super) fn get(&self) -> Result<&meta::Regex, BudgetExceeded> {
        self.engine
            .get_or_init(|| build(&self.source).ok())
            .as_ref()
            .ok_or(BudgetExceeded)
    }

    /// The expression as it was understood.
    pub(super) fn hir(&self) -> &Hir {
        &self.hir
    }
}

/// About how many states an engine needs. The parser bounds how deep an expression nests, and with it this recursion.
fn states(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| {
        parts
            .iter()
            .fold(1_usize, |sum, part| sum.saturating_add(states(part)))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => 4 * class.ranges().len(),
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            states(&repetition.sub).saturating_mul(times)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

/// The names of the groups, from the first on.
pub(super) fn names(hir: &Hir) -> Vec<Option<String>> {
    let mut names = Vec::new();
    let mut pending = vec![hir];
    while let Some(hir) = pending.pop() {
        match hir.kind() {
            HirKind::Capture(capture) => {
                let index = capture.index as usize;
                if names.len() < index {
                    names.resize(index, None);
                }
                if let Some(name) = names.get_mut(index.wrapping_sub(1)) {
                    *name = capture.name.as_deref().map(str::to_owned);
                }
                pending.push(&capture.sub);
            }
            HirKind::Repetition(repetition) => pending.push(&repetition.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => pending.extend(parts),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }
    names
}

/// Reads an expression; lines count, as `(?m)` says.
pub(super) fn parse(source: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .multi_line(true)
        .build()
        .parse(source)
        .map_err(|error| error.to_string())
}

/// Builds the engine of an expression; lines count.
pub(super) fn build(source: &str) -> Result<meta::Regex, String> {
    meta::Regex::builder()
        .syntax(syntax::Config::new().multi_line(true))
        .configure(meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)))
        .build(source)
        .map_err(|error| error.to_string())
}
