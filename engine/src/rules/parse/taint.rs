//! `pattern-sources`, `pattern-sinks`, `pattern-sanitizers` and `pattern-propagators`.

use super::super::rule::Formula;
use super::super::taint::{
    DEFAULT_LABEL, Requires, SideEffect, Taint, TaintPropagator, TaintSanitizer, TaintSink,
    TaintSource,
};
use super::{Read, Reader, Refusal};
use crate::yaml::Value;

impl Reader {
    /// The parts of a rule in taint mode.
    pub(super) fn taint(&mut self, rule: &Value) -> Read<Taint> {
        let mut taint = Taint::default();
        for entry in self.parts(rule, "pattern-sources", true)? {
            taint.sources.push(TaintSource {
                formula: self.part(entry)?,
                exact: self.switch(entry, "exact", false)?,
                by_side_effect: self.side_effect(entry)?,
                label: match entry.get("label") {
                    Some(label) => self.text(label, "label")?,
                    None => DEFAULT_LABEL.to_owned(),
                },
                requires: self.requires(entry)?,
                control: self.switch(entry, "control", false)?,
            });
        }
        for entry in self.parts(rule, "pattern-sinks", true)? {
            let requires = self.requires(entry)?;
            taint.sinks.push(TaintSink {
                formula: self.part(entry)?,
                exact: self.switch(entry, "exact", false)?,
                requires: requires.unwrap_or_else(|| Requires::Label(DEFAULT_LABEL.to_owned())),
                at_exit: self.switch(entry, "at-exit", false)?,
            });
        }
        for entry in self.parts(rule, "pattern-sanitizers", false)? {
            taint.sanitizers.push(TaintSanitizer {
                formula: self.part(entry)?,
                exact: self.switch(entry, "exact", false)?,
                by_side_effect: self.side_effect(entry)? != SideEffect::No,
            });
        }
        for entry in self.parts(rule, "pattern-propagators", false)? {
            let (from, to) = (self.required(entry, "from")?, self.required(entry, "to")?);
            taint.propagators.push(TaintPropagator {
                formula: self.part(entry)?,
                from: self.text(from, "from")?,
                to: self.text(to, "to")?,
                by_side_effect: self.switch(entry, "by-side-effect", true)?,
                requires: self.requires(entry)?,
                label: match entry.get("label") {
                    Some(label) => Some(self.text(label, "label")?),
                    None => None,
                },
                replaced: match entry.get("replace-labels") {
                    Some(labels) => Some(self.texts(labels, "replace-labels")?),
                    None => None,
                },
            });
        }
        Ok(taint)
    }

    fn parts<'v>(&mut self, rule: &'v Value, key: &str, needed: bool) -> Read<&'v [Value]> {
        match rule.get(key) {
            Some(value) => self.list(value, key),
            None if needed => self.wrong(
                rule.place,
                format!("a rule in taint mode has `{key}`; it is missing"),
            ),
            None => Ok(&[]),
        }
    }

    /// The formula of a part: a text is a pattern, a mapping has one operator beside its settings.
    fn part(&mut self, entry: &Value) -> Read<Formula> {
        if entry.as_mapping().is_none() {
            let text = self.text(entry, "pattern")?;
            return Ok(Formula::Pattern(self.located(entry, &text)));
        }
        let operators: Vec<_> = entry
            .as_mapping()
            .unwrap_or_default()
            .iter()
            .filter(|(key, _)| {
                matches!(
                    key.as_str(),
                    Some(
                        "pattern"
                            | "patterns"
                            | "pattern-either"
                            | "pattern-regex"
                            | "pattern-inside"
                    )
                )
            })
            .collect();
        match operators.as_slice() {
            [(key, value)] => match key.as_str() {
                Some("pattern-inside") => self.positive(key, "pattern", value),
                name => self.positive(key, name.unwrap_or_default(), value),
            },
            _ => self.wrong(
                entry.place,
                "one of `pattern`, `patterns`, `pattern-either` or `pattern-regex` is expected here",
            ),
        }
    }

    fn switch(&mut self, entry: &Value, key: &str, default: bool) -> Read<bool> {
        let Some(value) = entry.get(key) else {
            return Ok(default);
        };
        match value.to_json().as_bool() {
            Some(on) => Ok(on),
            None => self.wrong(value.place, format!("`{key}` is true or false")),
        }
    }

    fn side_effect(&mut self, entry: &Value) -> Read<SideEffect> {
        match entry.get("by-side-effect") {
            Some(value) if value.as_str() == Some("only") => Ok(SideEffect::Only),
            _ if self.switch(entry, "by-side-effect", false)? => Ok(SideEffect::Yes),
            _ => Ok(SideEffect::No),
        }
    }

    fn requires(&mut self, entry: &Value) -> Read<Option<Requires>> {
        let Some(value) = entry.get("requires") else {
            return Ok(None);
        };
        if value.as_sequence().is_some() {
            return Err(Refusal::Unsupported(
                value.place,
                "`requires` for each metavariable".to_owned(),
            ));
        }
        let text = self.text(value, "requires")?;
        match Requires::parse(&text) {
            Some(requires) => Ok(Some(requires)),
            None => self.wrong(
                value.place,
                format!("{text:?} is no condition; labels with `and`, `or`, `not` are expected"),
            ),
        }
    }
}
