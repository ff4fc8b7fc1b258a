//! `overrides` of the project's `package.json`: what dependencies are replaced by, everywhere or below some package.
//!
//! As npm holds it: a rule speaks of the needs of a name (`"a"`, `"a@^1"`), its value `.` or text replaces their
//! specifier, and its nested rules hold for all needs below. A package carries the rule of the need that led to it; where
//! several lead to it, the most specific. Needs of the project itself are never replaced, so a rule that would is an error
//! of npm's (`EOVERRIDE`).

use node_semver::Version;
use serde_json::{Map, Value};

use super::package::{Need, Package};
use super::semver_range::Range;
use super::specifier::Specifier;

/// Deepest nesting that is read.
const DEEPEST: usize = 32;

pub(crate) type RuleId = usize;

/// All rules. The first is the root, which only holds others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    above: Option<RuleId>,
    below: Vec<RuleId>,
    name: String,
    /// The versions that it is for; none for all.
    key: Option<Range>,
    /// As written, or what `$name` stands for.
    text: String,
    /// What replaces the specifier; none where the rule only holds others.
    value: Option<Specifier>,
}

impl Overrides {
    /// The root's rule.
    pub(crate) const ROOT: RuleId = 0;

    /// Reads the rules of a project; none where it has none.
    pub(crate) fn read(overrides: &Map<String, Value>, project: &Package) -> Option<Self> {
        if overrides.is_empty() {
            return None;
        }
        let root = Rule {
            above: None,
            below: Vec::new(),
            name: String::new(),
            key: None,
            text: String::new(),
            value: None,
        };
        let mut all = Self { rules: vec![root] };
        all.add(Self::ROOT, overrides, project, 0);
        Some(all)
    }

    fn add(
        &mut self,
        above: RuleId,
        entries: &Map<String, Value>,
        project: &Package,
        depth: usize,
    ) {
        for (key, value) in entries {
            if key == "." || depth > DEEPEST {
                continue;
            }
            let (name, range) = split_key(key);
            let text = match value {
                Value::String(text) => Some(text.as_str()),
                Value::Object(map) => map.get(".").and_then(Value::as_str),
                _ => continue,
            };
            let text = text.map(|text| if text.is_empty() { "*" } else { text });
            let text = text.map(|text| referred(text, project));
            let id = self.rules.len();
            self.rules.push(Rule {
                above: Some(above),
                below: Vec::new(),
                name: name.to_owned(),
                key: range.and_then(Range::parse),
                text: text.unwrap_or_default().to_owned(),
                value: text.filter(|text| *text != "*").map(Specifier::parse),
            });
            if let Some(rule) = self.rules.get_mut(above) {
                rule.below.push(id);
            }
            if let Value::Object(map) = value {
                self.add(id, map, project, depth + 1);
            }
        }
    }

    /// The rule of a need of a package that carries the rule `at`.
    pub(crate) fn of_need(&self, at: RuleId, need: &Need) -> RuleId {
        self.in_force(at)
            .into_iter()
            .find(|id| {
                self.rules
                    .get(*id)
                    .is_some_and(|rule| rule.name == need.name && rule.is_for(&need.specifier))
            })
            .unwrap_or(at)
    }

    /// What replaces the specifier of a need of a package that carries the rule `at`.
    pub(crate) fn replacement(&self, at: RuleId, need: &Need) -> Option<&Specifier> {
        let rule = self.rules.get(self.of_need(at, need))?;
        (rule.name == need.name).then_some(rule.value.as_ref())?
    }

    /// As written.
    pub(crate) fn replacement_text(&self, at: RuleId, need: &Need) -> Option<&str> {
        let rule = self.rules.get(self.of_need(at, need))?;
        (rule.name == need.name && rule.value.is_some()).then_some(rule.text.as_str())
    }

    /// Whether the rule of a need is for this version of what meets it.
    pub(crate) fn is_for(&self, at: RuleId, need: &Need, version: &Version) -> bool {
        self.rules
            .get(self.of_need(at, need))
            .and_then(|rule| rule.key.as_ref())
            .is_none_or(|key| key.satisfies(version))
    }

    /// Of two rules that lead to one package, the one that it carries.
    pub(crate) fn more_specific(&self, a: RuleId, b: RuleId) -> RuleId {
        if self.ancestry(b).contains(&a) {
            return b;
        }
        if self.ancestry(a).contains(&b) {
            return a;
        }
        let above_b = self.ancestry(b);
        self.ancestry(a)
            .into_iter()
            .find(|id| above_b.contains(id))
            .unwrap_or(Self::ROOT)
    }

    /// A rule, what is above it, and the root.
    fn ancestry(&self, id: RuleId) -> Vec<RuleId> {
        let mut ancestry = vec![id];
        let mut at = id;
        while let Some(above) = self.rules.get(at).and_then(|rule| rule.above) {
            ancestry.push(above);
            at = above;
        }
        ancestry
    }

    /// The rules that hold for the needs of a package that carries the rule, those that come first decide.
    fn in_force(&self, id: RuleId) -> Vec<RuleId> {
        let mut rules = Vec::new();
        for at in self.ancestry(id) {
            if let Some(rule) = self.rules.get(at) {
                rules.extend(rule.below.iter().copied());
                if rule.above.is_some() {
                    rules.push(at);
                }
            }
        }
        rules
    }
}

impl Rule {
    fn is_for(&self, specifier: &Specifier) -> bool {
        let Some(key) = &self.key else { return true };
        match specifier.behind_alias() {
            Specifier::Range(range) => range.intersects(key),
            Specifier::Git => false,
            _ => true,
        }
    }
}

/// `name@range`, or `name`.
pub(crate) fn split_key(key: &str) -> (&str, Option<&str>) {
    let skip = usize::from(key.starts_with('@'));
    match key.get(skip..).and_then(|rest| rest.find('@')) {
        Some(at) => (
            key.get(..at + skip).unwrap_or(key),
            key.get(at + skip + 1..)
                .filter(|range| !range.is_empty() && *range != "*"),
        ),
        None => (key, None),
    }
}

/// A value, `$name` read as what the project itself asks for.
fn referred<'t>(text: &'t str, project: &'t Package) -> &'t str {
    let Some(name) = text.strip_prefix('$') else {
        return text;
    };
    project
        .dev_needs
        .iter()
        .chain(&project.needs)
        .find(|need| need.name == name)
        .map_or(text, |need| &need.text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::{Overrides, Package};

    #[test]
    fn rules_hold_where_they_should() {
        let package =
            |manifest: serde_json::Value| Package::from_manifest(manifest.as_object().unwrap());
        let project = package(json!({"dependencies": {"d": "^4.0.0"}}));
        let overrides = json!({"a": "1.0.0", "b@^2": "2.5.0", "c": {"a": "3.0.0", ".": "7.0.0"}, "d": "$d", "e": {"f": "1"}});
        let rules = Overrides::read(overrides.as_object().unwrap(), &project).unwrap();
        let needs = package(json!({"dependencies":
            {"a": "^9", "b": "^1.0.0", "c": "^1", "d": "1", "e": "1", "f": "2"}}))
        .needs;
        let text = |at, number: usize| rules.replacement_text(at, &needs[number]);
        assert_eq!(text(Overrides::ROOT, 0), Some("1.0.0"));
        assert_eq!(text(Overrides::ROOT, 1), None);
        assert_eq!(text(Overrides::ROOT, 2), Some("7.0.0"));
        assert_eq!(text(Overrides::ROOT, 3), Some("^4.0.0"));
        assert_eq!(text(Overrides::ROOT, 4), None);
        assert_eq!(text(Overrides::ROOT, 5), None);
        let below_c = rules.of_need(Overrides::ROOT, &needs[2]);
        assert_eq!(text(below_c, 0), Some("3.0.0"));
        let below_e = rules.of_need(Overrides::ROOT, &needs[4]);
        assert_eq!(text(below_e, 5), Some("1"));
        assert_eq!(rules.more_specific(Overrides::ROOT, below_c), below_c);
        assert_eq!(rules.more_specific(below_e, below_c), Overrides::ROOT);
    }
}
