//! Formulas that say the same: rules of one family are often written with the same sources.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use super::rule::{Condition, Conjunction, Formula, Located, Origin, Rule};

/// A number that is the same for formulas of rules which match the same code, wherever they stand.
pub(crate) fn likeness(formula: &Formula, rule: &Rule) -> u64 {
    let mut hasher = FxHasher::default();
    let placeless = without_places(formula);
    let language = rule.pattern_language();
    // Of the options as written, matching asks only those of generic patterns: the others have fields of their own.
    let mut options = rule.options.clone();
    options.raw.retain(|key, _| key.starts_with("generic_"));
    format!("{placeless:?} {options:?} {language:?}").hash(&mut hasher);
    hasher.finish()
}

fn without_places(formula: &Formula) -> Formula {
    let all = |formulas: &[Formula]| formulas.iter().map(without_places).collect();
    match formula {
        Formula::Pattern(text) => Formula::Pattern(nowhere(text.value.clone())),
        Formula::Regex(text) => Formula::Regex(nowhere(text.value.clone())),
        Formula::Any(branches) => Formula::Any(all(branches)),
        Formula::Inside(inner) => Formula::Inside(Box::new(without_places(inner))),
        Formula::Not(inner) => Formula::Not(Box::new(without_places(inner))),
        Formula::All(conjunction) => {
            let conditions = conjunction.conditions.iter();
            Formula::All(Conjunction {
                terms: all(&conjunction.terms),
                conditions: conditions
                    .map(|condition| nowhere(placeless(&condition.value)))
                    .collect(),
                focus: conjunction.focus.clone(),
            })
        }
    }
}

fn placeless(condition: &Condition) -> Condition {
    match condition {
        Condition::Pattern {
            metavariable,
            language,
            formula,
        } => Condition::Pattern {
            metavariable: metavariable.clone(),
            language: *language,
            formula: Box::new(without_places(formula)),
        },
        other => other.clone(),
    }
}

fn nowhere<T>(value: T) -> Located<T> {
    let origin = Origin {
        file: Arc::default(),
        line: 0,
        column: 0,
    };
    Located { value, origin }
}
