//! Which rules of a set are worth a look for a file: each waits for one of a few literals, and those that the file
//! holds open the rules that wait for them.

use fixedbitset::FixedBitSet;

use super::prefilter::{Literal, Need};
use super::search::Seen;

/// What opens the rules of a set.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    /// By the literal's number, the rules that wait for it.
    waiting: Vec<Vec<u32>>,
    /// The rules that wait for none.
    open: FixedBitSet,
}

impl Gates {
    /// Gates for rules that need this, in the order of the rules.
    pub(crate) fn new<'n>(
        needs: impl ExactSizeIterator<Item = &'n Need<u32>>,
        literals: &[Literal],
    ) -> Self {
        let mut gates = Self {
            waiting: vec![Vec::new(); literals.len()],
            open: FixedBitSet::with_capacity(needs.len()),
        };
        for (number, need) in needs.enumerate() {
            match clause(need, literals) {
                Some((clause, _)) => {
                    for literal in clause {
                        if let Some(waiting) = gates.waiting.get_mut(literal as usize) {
                            waiting.push(number as u32);
                        }
                    }
                }
                None => gates.open.insert(number),
            }
        }
        gates
    }

    /// The rules that a file with these literals opens.
    pub(crate) fn opened(&self, seen: &Seen) -> FixedBitSet {
        let mut opened = self.open.clone();
        for literal in seen.literals() {
            for rule in self.waiting.get(literal).into_iter().flatten() {
                opened.insert(*rule as usize);
            }
        }
        opened
    }
}

/// Literals of which a file must hold one, and about how many files do; `None` where there are no such literals.
fn clause(need: &Need<u32>, literals: &[Literal]) -> Option<(Vec<u32>, f64)> {
    match need {
        Need::Nothing | Need::Text(_) | Need::Shape(_) => None,
        Need::Literal(literal) => {
            let length = literals.get(*literal as usize)?.text.len() as f64;
            Some((vec![*literal], 1.0 / (length * length)))
        }
        Need::All(needs) => needs
            .iter()
            .filter_map(|need| clause(need, literals))
            .min_by(|(_, a), (_, b)| a.total_cmp(b)),
        Need::Any(needs) => needs.iter().map(|need| clause(need, literals)).try_fold(
            (Vec::new(), 0.0),
            |(mut all, files), clause| {
                let (more, of_more) = clause?;
                all.extend(more);
                Some((all, files + of_more))
            },
        ),
    }
}
