//! Patterns and how they combine: `pattern`, `patterns`, `pattern-either`, `pattern-regex` and their inside and not
//! forms.

use super::super::rule::{Conjunction, Formula};
use super::{Read, Reader};
use crate::yaml::Value;

const TERMS: &str = "`pattern`, `patterns`, `pattern-either`, `pattern-regex`, `pattern-inside`, `pattern-not`, \
                     `pattern-not-inside`, `pattern-not-regex`, `metavariable-regex`, `metavariable-pattern`, \
                     `metavariable-comparison`, `metavariable-analysis`, `metavariable-type` or `focus-metavariable`";

impl Reader {
    /// What an operator that can stand alone says.
    pub(super) fn positive(&mut self, key: &Value, name: &str, value: &Value) -> Read<Formula> {
        match name {
            "pattern" => {
                let text = self.text(value, name)?;
                Ok(Formula::Pattern(self.located(value, &text)))
            }
            "pattern-regex" => {
                let text = self.text(value, name)?;
                Ok(Formula::Regex(self.located(value, text.trim_end_matches('\n'))))
            }
            "patterns" => {
                let conjunction = self.conjunction(value)?;
                self.has_positive(&conjunction, value)?;
                Ok(Formula::All(conjunction))
            }
            "pattern-either" => {
                let mut branches = Vec::new();
                for branch in self.list(value, name)? {
                    let (key, name, value) = self.single(branch, "a pattern")?;
                    branches.push(match name {
                        "pattern-inside" => {
                            Formula::Inside(Box::new(self.nested(value, name)?))
                        }
                        _ => self.positive(key, name, value)?,
                    });
                }
                Ok(Formula::Any(branches))
            }
            "pattern-not" | "pattern-not-inside" | "pattern-not-regex" => self.wrong(
                key.place,
                format!("`{name}` takes away from other patterns; it must stand in `patterns` beside one"),
            ),
            _ => self.wrong(key.place, format!("{name:?} is not known here; one of {TERMS} is expected")),
        }
    }

    /// A pattern as text, or a whole formula as a mapping, below `pattern-inside` and the like.
    fn nested(&mut self, value: &Value, name: &str) -> Read<Formula> {
        if value.as_mapping().is_some() {
            let (key, name, inner) = self.single(value, "a pattern")?;
            return self.positive(key, name, inner);
        }
        let text = self.text(value, name)?;
        Ok(Formula::Pattern(self.located(value, &text)))
    }

    pub(super) fn conjunction(&mut self, value: &Value) -> Read<Conjunction> {
        let mut conjunction = Conjunction {
            terms: Vec::new(),
            conditions: Vec::new(),
            focus: Vec::new(),
        };
        for entry in self.list(value, "patterns")? {
            // `metavariable-regex` and the others may stand beside each other in one entry only by mistake.
            let (key, name, inner) = self.single(entry, TERMS)?;
            self.term(&mut conjunction, key, name, inner)?;
        }
        Ok(conjunction)
    }

    /// One entry of `patterns`.
    pub(super) fn term(
        &mut self,
        conjunction: &mut Conjunction,
        key: &Value,
        name: &str,
        value: &Value,
    ) -> Read<()> {
        match name {
            "pattern-inside" => {
                let inner = self.nested(value, name)?;
                conjunction.terms.push(Formula::Inside(Box::new(inner)));
            }
            "pattern-not" => {
                let inner = self.nested(value, name)?;
                conjunction.terms.push(Formula::Not(Box::new(inner)));
            }
            "pattern-not-inside" => {
                let inner = Formula::Inside(Box::new(self.nested(value, name)?));
                conjunction.terms.push(Formula::Not(Box::new(inner)));
            }
            "pattern-not-regex" => {
                let text = self.text(value, name)?;
                let regex = Formula::Regex(self.located(value, text.trim_end_matches('\n')));
                conjunction.terms.push(Formula::Not(Box::new(regex)));
            }
            "focus-metavariable" => {
                let names = self.texts(value, name)?;
                conjunction.focus.push(names);
            }
            _ => {
                if let Some(condition) = self.condition(name, value)? {
                    conjunction.conditions.push(condition);
                } else {
                    let term = self.positive(key, name, value)?;
                    conjunction.terms.push(term);
                }
            }
        }
        Ok(())
    }

    /// Checks that a conjunction that stands for itself has something to match.
    pub(super) fn has_positive(&mut self, conjunction: &Conjunction, value: &Value) -> Read<()> {
        if conjunction
            .terms
            .iter()
            .any(|term| !matches!(term, Formula::Not(_)))
        {
            return Ok(());
        }
        self.wrong(
            value.place,
            "nothing here can match: beside `pattern-not` and conditions, a `pattern`, `pattern-regex`, \
             `pattern-either` or `pattern-inside` is expected",
        )
    }
}
