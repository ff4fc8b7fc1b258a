//! Rule files: YAML (or JSON, which is YAML) to [`Rule`]s, with errors that name file, line and column.
//!
//! A key's reading lives with its group: [`formula`] for patterns and their combinations, [`condition`] for what
//! restricts metavariables, [`newer`] for the `match:` syntax. To add an operator, add it to its group.

mod condition;
mod formula;
mod newer;
mod taint;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rule::{FixRegex, Formula, Located, Origin, Rule, RuleLanguage, RuleOptions, RulePaths};
use crate::finding::{RuleFacts, Severity};
use crate::yaml::{self, Place, Value};

/// The version of the reference whose rule language this is; rules that ask for a newer one are left out.
pub const LANGUAGE_VERSION: &str = "1.182.0";

/// Something wrong in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}:{}: {message}", origin.file.display(), origin.line, origin.column)]
pub struct RuleError {
    /// Where.
    pub origin: Origin,
    /// What is wrong and what was expected.
    pub message: String,
}

/// A rule that is left out, or a part of one that says nothing, without the file being wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleIssue {
    /// The rule's id.
    pub rule: String,
    /// Where.
    pub origin: Origin,
    /// What is not supported.
    pub message: String,
    /// Whether the rule is left out.
    pub left_out: bool,
}

/// What a rule file holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The rules that can be used.
    pub rules: Vec<Rule>,
    /// What is left out, and why.
    pub issues: Vec<RuleIssue>,
    /// What is wrong.
    pub errors: Vec<RuleError>,
}

const KEYS: [&str; 31] = [
    "id",
    "message",
    "severity",
    "languages",
    "metadata",
    "pattern",
    "patterns",
    "pattern-either",
    "pattern-regex",
    "match",
    "mode",
    "taint",
    "pattern-sources",
    "pattern-sinks",
    "pattern-sanitizers",
    "pattern-propagators",
    "options",
    "paths",
    "fix",
    "fix-regex",
    "min-version",
    "max-version",
    "equivalences",
    "product",
    "validators",
    "join",
    "extract",
    "r2c-internal-project-depends-on",
    "dependency-policy",
    "steps",
    "observation",
];

/// Reads the text of a rule file. Never fails as a whole: what is wrong is in [`Parsed::errors`].
pub fn parse(text: &str, file: &Path) -> Parsed {
    let file = Arc::new(file.to_path_buf());
    let mut reader = Reader {
        file,
        parsed: Parsed::default(),
    };
    match yaml::parse(text) {
        Err(error) => reader.error(error.place, error.message),
        Ok(document) => match document
            .get("rules")
            .map(|rules| (rules, rules.as_sequence()))
        {
            Some((_, Some(rules))) => {
                for rule in rules {
                    reader.rule(rule);
                }
            }
            Some((rules, None)) => {
                reader.error(
                    rules.place,
                    format!("`rules` is {}; a list is expected", rules.describe()),
                );
            }
            None => reader.error(
                document.place,
                "there is no `rules`; a rule file is a mapping with a list of that name".to_owned(),
            ),
        },
    }
    reader.parsed
}

pub(super) struct Reader {
    file: Arc<PathBuf>,
    parsed: Parsed,
}

/// Why a rule is not read: an error was noted, or it is not supported.
pub(super) enum Refusal {
    Wrong,
    Unsupported(Place, String),
}

type Read<T> = Result<T, Refusal>;

impl Reader {
    fn origin(&self, place: Place) -> Origin {
        Origin {
            file: Arc::clone(&self.file),
            line: place.line,
            column: place.column,
        }
    }

    fn error(&mut self, place: Place, message: String) {
        let origin = self.origin(place);
        self.parsed.errors.push(RuleError { origin, message });
    }

    fn wrong<T>(&mut self, place: Place, message: impl Into<String>) -> Read<T> {
        self.error(place, message.into());
        Err(Refusal::Wrong)
    }

    fn located(&self, value: &Value, text: &str) -> Located<String> {
        Located {
            value: text.to_owned(),
            origin: self.origin(value.place),
        }
    }

    fn text(&mut self, value: &Value, key: &str) -> Read<String> {
        match value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            Some(_) => self.wrong(value.place, format!("`{key}` is empty")),
            None => self.wrong(
                value.place,
                format!("`{key}` is {}; text is expected", value.describe()),
            ),
        }
    }

    fn list<'v>(&mut self, value: &'v Value, key: &str) -> Read<&'v [Value]> {
        match value.as_sequence() {
            Some([]) => self.wrong(value.place, format!("`{key}` is empty")),
            Some(values) => Ok(values),
            None => self.wrong(
                value.place,
                format!("`{key}` is {}; a list is expected", value.describe()),
            ),
        }
    }

    fn texts(&mut self, value: &Value, key: &str) -> Read<Vec<String>> {
        if value.as_str().is_some() {
            return Ok(vec![self.text(value, key)?]);
        }
        let mut texts = Vec::new();
        for value in self.list(value, key)? {
            texts.push(self.text(value, key)?);
        }
        Ok(texts)
    }

    /// The one entry of a mapping such as `- pattern: x`.
    fn single<'v>(
        &mut self,
        value: &'v Value,
        what: &str,
    ) -> Read<(&'v Value, &'v str, &'v Value)> {
        match value.as_mapping() {
            Some([(key, inner)]) => match key.as_str() {
                Some(name) => Ok((key, name, inner)),
                None => self.wrong(key.place, format!("{what} is expected here")),
            },
            Some([]) | None => self.wrong(
                value.place,
                format!("{} is here; {what} is expected", value.describe()),
            ),
            Some([_, (second, _), ..]) => self.wrong(
                second.place,
                format!(
                    "a second key {:?} stands here; each entry of the list has one",
                    second.as_str().unwrap_or("?")
                ),
            ),
        }
    }

    fn rule(&mut self, value: &Value) {
        let id = value
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned();
        match self.read_rule(value) {
            Ok(rule) => {
                if self.parsed.rules.iter().any(|other| other.id == rule.id) {
                    self.error(value.place, format!("the id {id:?} is here twice"));
                } else {
                    self.parsed.rules.push(rule);
                }
            }
            Err(Refusal::Wrong) => {}
            Err(Refusal::Unsupported(place, message)) => {
                let origin = self.origin(place);
                self.parsed.issues.push(RuleIssue {
                    rule: id,
                    origin,
                    message,
                    left_out: true,
                });
            }
        }
    }

    fn required<'v>(&mut self, rule: &'v Value, key: &str) -> Read<&'v Value> {
        match rule.get(key) {
            Some(value) => Ok(value),
            None => self.wrong(rule.place, format!("the rule has no `{key}`")),
        }
    }

    fn read_rule(&mut self, value: &Value) -> Read<Rule> {
        let Some(entries) = value.as_mapping() else {
            return self.wrong(
                value.place,
                format!("{} is here; a rule is a mapping", value.describe()),
            );
        };
        let mut wrong = false;
        for (key, _) in entries {
            let name = key.as_str().unwrap_or("?");
            if !KEYS.contains(&name) {
                self.error(key.place, unknown_key(name, &KEYS));
                wrong = true;
            }
        }
        let id_value = self.required(value, "id")?;
        let id = self.text(id_value, "id")?;
        let languages_value = self.required(value, "languages")?;
        let languages = self.languages(languages_value)?;
        self.modes(value)?;
        let severity_value = self.required(value, "severity")?;
        let word = self.text(severity_value, "severity")?;
        let Ok(severity) = word.parse::<Severity>() else {
            return self.wrong(
                severity_value.place,
                format!("{word:?} is not a severity; CRITICAL, HIGH, MEDIUM, LOW, ERROR, WARNING or INFO is expected"),
            );
        };
        let message_value = self.required(value, "message")?;
        let message = self.text(message_value, "message")?.trim().to_owned();
        let is_taint = value.get("mode").and_then(Value::as_str) == Some("taint");
        let (formula, taint) = if is_taint {
            (Formula::Any(Vec::new()), Some(self.taint(value)?))
        } else {
            (self.rule_formula(value)?, None)
        };
        let metadata = value
            .get("metadata")
            .map_or(serde_json::Value::Null, Value::to_json);
        let facts = facts(&metadata);
        let is_secret = metadata
            .get("category")
            .and_then(|category| category.as_str())
            == Some("secret")
            || facts.cwe.first().is_some_and(|cwe| {
                ["CWE-798", "CWE-321"].iter().any(|known| {
                    cwe.strip_prefix(known)
                        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
                })
            });
        let options = match value.get("options") {
            Some(options) => self.options(options)?,
            None => RuleOptions::default(),
        };
        let paths = match value.get("paths") {
            Some(paths) => self.paths(paths)?,
            None => RulePaths::default(),
        };
        let fix = match value.get("fix") {
            Some(fix) => match fix.as_str() {
                Some(text) => Some(text.strip_suffix('\n').unwrap_or(text).to_owned()),
                None => return self.wrong(fix.place, "`fix` is text"),
            },
            None => None,
        };
        let fix_regex = match value.get("fix-regex") {
            Some(fix) => Some(self.fix_regex(fix)?),
            None => None,
        };
        if wrong {
            return Err(Refusal::Wrong);
        }
        Ok(Rule {
            id,
            message,
            severity,
            languages,
            metadata,
            facts,
            formula,
            taint,
            options,
            paths,
            fix,
            fix_regex,
            origin: self.origin(value.place),
            is_secret,
        })
    }

    fn languages(&mut self, value: &Value) -> Read<Vec<RuleLanguage>> {
        let words = self.texts(value, "languages")?;
        let mut languages: Vec<RuleLanguage> =
            words.iter().filter_map(|word| language(word)).collect();
        languages.sort_unstable();
        languages.dedup();
        if languages.is_empty() {
            return Err(Refusal::Unsupported(
                value.place,
                format!("none of the languages {words:?} is supported"),
            ));
        }
        Ok(languages)
    }

    /// Refuses what this version does not do: modes other than search and taint, newer languages, dependency rules.
    fn modes(&mut self, rule: &Value) -> Read<()> {
        if let Some(mode) = rule.get("mode")
            && !matches!(mode.as_str(), Some("search" | "taint"))
        {
            let word = mode.as_str().unwrap_or("?");
            if !["join", "extract", "steps"].contains(&word) {
                return self.wrong(
                    mode.place,
                    format!("{word:?} is not a mode; search or taint is expected"),
                );
            }
            return Err(Refusal::Unsupported(mode.place, format!("mode `{word}`")));
        }
        for key in [
            "taint",
            "join",
            "extract",
            "steps",
            "r2c-internal-project-depends-on",
            "dependency-policy",
        ] {
            if let Some(value) = rule.get(key) {
                return Err(Refusal::Unsupported(value.place, format!("`{key}`")));
            }
        }
        for (key, newer) in [("min-version", true), ("max-version", false)] {
            let Some(value) = rule.get(key) else { continue };
            let text = self.text(value, key)?;
            let (Ok(wanted), Ok(ours)) = (
                semver::Version::parse(&text),
                semver::Version::parse(LANGUAGE_VERSION),
            ) else {
                return self.wrong(
                    value.place,
                    format!("{text:?} is not a version such as 1.2.3"),
                );
            };
            if (newer && wanted > ours) || (!newer && wanted < ours) {
                return Err(Refusal::Unsupported(value.place, format!("`{key}` {text}")));
            }
        }
        Ok(())
    }

    fn rule_formula(&mut self, rule: &Value) -> Read<Formula> {
        let roots: Vec<(&Value, &Value)> = rule
            .as_mapping()
            .unwrap_or_default()
            .iter()
            .filter(|(key, _)| {
                matches!(
                    key.as_str(),
                    Some("pattern" | "patterns" | "pattern-either" | "pattern-regex" | "match")
                )
            })
            .map(|(key, value)| (key, value))
            .collect();
        match roots.as_slice() {
            [(key, value)] => match key.as_str() {
                Some("match") => self.newer_formula(value),
                name => self.positive(key, name.unwrap_or_default(), value),
            },
            [] => self.wrong(
                rule.place,
                "the rule has nothing to match: one of `pattern`, `patterns`, `pattern-either`, `pattern-regex` or `match` is expected",
            ),
            [_, (second, _), ..] => self.wrong(
                second.place,
                "a rule has one of `pattern`, `patterns`, `pattern-either`, `pattern-regex` and `match`; this is a second",
            ),
        }
    }

    fn options(&mut self, value: &Value) -> Read<RuleOptions> {
        if value.is_null() {
            return Ok(RuleOptions::default());
        }
        let Some(entries) = value.as_mapping() else {
            return self.wrong(value.place, "`options` is a mapping");
        };
        let mut options = RuleOptions::default();
        for (key, value) in entries {
            let name = key.as_str().unwrap_or_default();
            options.raw.insert(name.to_owned(), value.to_json());
            let switch = match name {
                "constant_propagation" => &mut options.constant_propagation,
                "symbolic_propagation" => &mut options.symbolic_propagation,
                "unify_ids_strictly" => &mut options.unify_ids_strictly,
                "symmetric_eq" | "commutative_compop" => &mut options.symmetric_eq,
                "commutative_boolop" => &mut options.commutative_boolop,
                "ac_matching" => &mut options.ac_matching,
                "vardef_assign" => &mut options.vardef_assign,
                "arrow_is_function" => &mut options.arrow_is_function,
                "let_is_var" => &mut options.let_is_var,
                "implicit_deep_exprstmt" => &mut options.implicit_deep_exprstmt,
                "xml_attrs_implicit_ellipsis" => &mut options.xml_attrs_implicit_ellipsis,
                "xml_singleton_loose_matching" => &mut options.xml_singleton_loose_matching,
                "generic_caseless" => &mut options.generic_caseless,
                "generic_ellipsis_max_span" => {
                    match value.as_str().and_then(|text| text.parse().ok()) {
                        Some(lines) => options.generic_ellipsis_max_span = lines,
                        None => {
                            return self
                                .wrong(value.place, format!("`{name}` is a number of lines"));
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            match value.as_bool() {
                Some(on) => *switch = on,
                None => return self.wrong(value.place, format!("`{name}` is true or false")),
            }
        }
        Ok(options)
    }

    fn paths(&mut self, value: &Value) -> Read<RulePaths> {
        let Some(entries) = value.as_mapping() else {
            return self.wrong(
                value.place,
                "`paths` is a mapping with `include` and `exclude`",
            );
        };
        let mut paths = RulePaths::default();
        for (key, value) in entries {
            match key.as_str() {
                Some("include") => paths.include = self.texts(value, "include")?,
                Some("exclude") => paths.exclude = self.texts(value, "exclude")?,
                other => {
                    return self.wrong(
                        key.place,
                        format!(
                            "{:?} is not known; `include` or `exclude` is expected",
                            other.unwrap_or("?")
                        ),
                    );
                }
            }
        }
        Ok(paths)
    }

    fn fix_regex(&mut self, value: &Value) -> Read<FixRegex> {
        let regex = self.required(value, "regex")?;
        let regex = self.text(regex, "regex")?;
        let replacement = match value.get("replacement").and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => return self.wrong(value.place, "`fix-regex` has no `replacement`"),
        };
        let count = match value.get("count") {
            None => None,
            Some(count) => match count.as_str().and_then(|text| text.parse().ok()) {
                Some(number) => Some(number),
                None => return self.wrong(count.place, "`count` is a number"),
            },
        };
        Ok(FixRegex {
            regex,
            replacement,
            count,
        })
    }
}

/// The language that a rule names; `None` for one that is not supported.
pub(super) fn language(word: &str) -> Option<RuleLanguage> {
    match word.to_ascii_lowercase().as_str() {
        "js" | "jsx" | "javascript" => Some(RuleLanguage::JavaScript),
        "ts" | "tsx" | "typescript" => Some(RuleLanguage::TypeScript),
        "regex" | "none" => Some(RuleLanguage::Regex),
        "generic" => Some(RuleLanguage::Generic),
        _ => None,
    }
}

fn unknown_key(name: &str, known: &[&str]) -> String {
    let closest = known
        .iter()
        .map(|key| (distance(name, key), *key))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match closest {
        Some((_, key)) => format!("the key {name:?} is not known; did you mean `{key}`?"),
        None => format!("the key {name:?} is not known"),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(x != *y));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// What reports use of a rule's metadata.
fn facts(metadata: &serde_json::Value) -> RuleFacts {
    let texts = |key: &str| -> Vec<String> {
        match metadata.get(key) {
            Some(serde_json::Value::Array(values)) => values
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
            Some(serde_json::Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    };
    let text = |key: &str| {
        metadata
            .get(key)
            .and_then(|value| value.as_str())
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    RuleFacts {
        cwe: texts("cwe"),
        owasp: texts("owasp"),
        confidence: text("confidence").map(|word| word.to_lowercase()),
        likelihood: text("likelihood").map(|word| word.to_lowercase()),
        references: texts("references"),
        why: text("why"),
        how_to_mend: text("how_to_mend"),
    }
}
