//! Conditions on metavariables: `metavariable-regex`, `-pattern`, `-comparison`, `-analysis`, `-type`.

use super::super::comparison::Expression;
use super::super::rule::{Analyzer, Condition, Conjunction, Formula, Located};
use super::{Read, Reader, language};
use crate::tree::marks::is_metavariable;
use crate::yaml::Value;

impl Reader {
    /// The condition that an entry of `patterns` is; `None` where its name is none of a condition.
    pub(super) fn condition(
        &mut self,
        name: &str,
        value: &Value,
    ) -> Read<Option<Located<Condition>>> {
        let condition = match name {
            "metavariable-regex" => {
                let metavariable = self.metavariable(value)?;
                let regex = self.required(value, "regex")?;
                let regex = self.text(regex, "regex")?;
                let constant_propagation = value
                    .get("constant-propagation")
                    .and_then(Value::as_bool)
                    .unwrap_or(false);
                Condition::Regex {
                    metavariable,
                    regex: regex.trim_end_matches('\n').to_owned(),
                    constant_propagation,
                }
            }
            "metavariable-pattern" => self.metavariable_pattern(value)?,
            "metavariable-comparison" => {
                let metavariable = match value.get("metavariable") {
                    Some(_) => Some(self.metavariable(value)?),
                    None => None,
                };
                let comparison = self.required(value, "comparison")?;
                let text = self.text(comparison, "comparison")?;
                let place = comparison.place;
                let comparison = match Expression::parse(&text) {
                    Ok(expression) => expression,
                    Err(error) => return self.wrong(place, format!("not a comparison: {error}")),
                };
                let base = match value.get("base") {
                    None => None,
                    Some(base) => match base.as_str().and_then(|text| text.parse().ok()) {
                        Some(number @ 2..=36) => Some(number),
                        _ => return self.wrong(base.place, "`base` is a number from 2 to 36"),
                    },
                };
                let strip = value.get("strip").and_then(Value::as_bool).unwrap_or(false);
                Condition::Comparison {
                    metavariable,
                    comparison,
                    strip,
                    base,
                }
            }
            "metavariable-analysis" => {
                let metavariable = self.metavariable(value)?;
                let analyzer = self.required(value, "analyzer")?;
                let word = self.text(analyzer, "analyzer")?;
                let analyzer = match word.as_str() {
                    "entropy" | "entropy_v2" => Analyzer::Entropy,
                    "redos" => Analyzer::Redos,
                    _ => {
                        return self.wrong(
                            analyzer.place,
                            format!("{word:?} is not an analyzer; entropy or redos is expected"),
                        );
                    }
                };
                Condition::Analysis {
                    metavariable,
                    analyzer,
                }
            }
            "metavariable-name" => {
                let metavariable = self.metavariable(value)?;
                let modules = match (value.get("module"), value.get("modules")) {
                    (Some(one), None) => self.texts(one, "module")?,
                    (None, Some(many)) => self.texts(many, "modules")?,
                    _ => {
                        return self
                            .wrong(value.place, "one of `module` and `modules` is expected");
                    }
                };
                Condition::Name {
                    metavariable,
                    modules,
                }
            }
            "metavariable-type" => {
                let metavariable = self.metavariable(value)?;
                let types = match (value.get("type"), value.get("types")) {
                    (Some(one), None) => self.texts(one, "type")?,
                    (None, Some(many)) => self.texts(many, "types")?,
                    _ => return self.wrong(value.place, "one of `type` and `types` is expected"),
                };
                Condition::Type {
                    metavariable,
                    types,
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Located {
            value: condition,
            origin: self.origin(value.place),
        }))
    }

    pub(super) fn metavariable(&mut self, value: &Value) -> Read<String> {
        let name = self.required(value, "metavariable")?;
        let text = self.text(name, "metavariable")?;
        let numbered = text
            .strip_prefix('$')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        if is_metavariable(&text) || numbered || text.starts_with("$...") {
            Ok(text)
        } else {
            self.wrong(
                name.place,
                format!("{text:?} is not a metavariable; `$` and capital letters are expected, as in `$X`"),
            )
        }
    }

    /// The formula stands beside `metavariable`: one key for an operator, or the entries of `patterns`.
    fn metavariable_pattern(&mut self, value: &Value) -> Read<Condition> {
        let metavariable = self.metavariable(value)?;
        let language = match value.get("language") {
            None => None,
            Some(word) => {
                let text = self.text(word, "language")?;
                match language(&text) {
                    Some(language) => Some(language),
                    None => {
                        return Err(super::Refusal::Unsupported(
                            word.place,
                            format!("`metavariable-pattern` for {text:?}"),
                        ));
                    }
                }
            }
        };
        let mut conjunction = Conjunction {
            terms: Vec::new(),
            conditions: Vec::new(),
            focus: Vec::new(),
        };
        for (key, inner) in value.as_mapping().unwrap_or_default() {
            match key.as_str() {
                Some("metavariable" | "language") | None => {}
                Some("patterns") => {
                    let inner = self.conjunction(inner)?;
                    conjunction.terms.push(Formula::All(inner));
                }
                Some(name) => self.term(&mut conjunction, key, name, inner)?,
            }
        }
        if conjunction.terms.is_empty() && conjunction.conditions.is_empty() {
            return self.wrong(value.place, "`metavariable-pattern` has no pattern");
        }
        Ok(Condition::Pattern {
            metavariable,
            language,
            formula: Box::new(Formula::All(conjunction)),
        })
    }
}
