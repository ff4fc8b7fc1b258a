//! The newer syntax: `match:` with `all`, `any`, `inside`, `not`, `regex` and `where`.

use super::super::rule::{Conjunction, Formula, Located};
use super::{Read, Reader};
use crate::yaml::Value;

impl Reader {
    /// A formula of the newer syntax: text is a pattern; a mapping has one operator and may have `where`.
    pub(super) fn newer_formula(&mut self, value: &Value) -> Read<Formula> {
        let Some(entries) = value.as_mapping() else {
            let text = self.text(value, "match")?;
            return Ok(Formula::Pattern(self.located(value, &text)));
        };
        let mut conjunction = Conjunction {
            terms: Vec::new(),
            conditions: Vec::new(),
            focus: Vec::new(),
        };
        for (key, inner) in entries {
            match key.as_str() {
                Some("where") => {
                    for entry in self.list(inner, "where")? {
                        self.newer_condition(&mut conjunction, entry)?;
                    }
                }
                Some("all") => {
                    for entry in self.list(inner, "all")? {
                        let term = self.newer_formula(entry)?;
                        conjunction.terms.push(term);
                    }
                }
                Some("any") => {
                    let mut branches = Vec::new();
                    for entry in self.list(inner, "any")? {
                        branches.push(self.newer_formula(entry)?);
                    }
                    conjunction.terms.push(Formula::Any(branches));
                }
                Some("pattern") => {
                    let text = self.text(inner, "pattern")?;
                    conjunction
                        .terms
                        .push(Formula::Pattern(self.located(inner, &text)));
                }
                Some("regex") => {
                    let text = self.text(inner, "regex")?;
                    conjunction
                        .terms
                        .push(Formula::Regex(self.located(inner, &text)));
                }
                Some("inside") => {
                    let inner = self.newer_formula(inner)?;
                    conjunction.terms.push(Formula::Inside(Box::new(inner)));
                }
                Some("not") => {
                    let inner = self.newer_formula(inner)?;
                    conjunction.terms.push(Formula::Not(Box::new(inner)));
                }
                name => {
                    return self.wrong(
                        key.place,
                        format!(
                            "{:?} is not known here; `pattern`, `regex`, `all`, `any`, `inside`, `not` or `where` is expected",
                            name.unwrap_or("?")
                        ),
                    );
                }
            }
        }
        // One operator without conditions stands for itself: `not` and `inside` mean something to what is around.
        if conjunction.conditions.is_empty()
            && conjunction.focus.is_empty()
            && conjunction.terms.len() == 1
            && let Some(term) = conjunction.terms.pop()
        {
            return Ok(term);
        }
        Ok(Formula::All(conjunction))
    }

    fn newer_condition(&mut self, conjunction: &mut Conjunction, entry: &Value) -> Read<()> {
        if let Some(focus) = entry.get("focus") {
            let names = self.texts(focus, "focus")?;
            conjunction.focus.push(names);
            return Ok(());
        }
        for (key, name) in [
            ("regex", "metavariable-regex"),
            ("comparison", "metavariable-comparison"),
            ("analyzer", "metavariable-analysis"),
            ("type", "metavariable-type"),
            ("types", "metavariable-type"),
            ("module", "metavariable-name"),
            ("modules", "metavariable-name"),
        ] {
            if entry.get(key).is_some()
                && let Some(condition) = self.condition(name, entry)?
            {
                conjunction.conditions.push(condition);
                return Ok(());
            }
        }
        let metavariable = self.metavariable(entry)?;
        let mut inner = Vec::new();
        for (key, value) in entry.as_mapping().unwrap_or_default() {
            if key.as_str() != Some("metavariable") && key.as_str() != Some("language") {
                inner.push((key.clone(), value.clone()));
            }
        }
        let formula = self.newer_formula(&Value {
            place: entry.place,
            data: crate::yaml::Data::Mapping(inner),
        })?;
        let condition = super::super::rule::Condition::Pattern {
            metavariable,
            language: None,
            formula: Box::new(formula),
        };
        conjunction.conditions.push(Located {
            value: condition,
            origin: self.origin(entry.place),
        });
        Ok(())
    }
}
