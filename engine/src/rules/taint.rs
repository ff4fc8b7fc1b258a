//! Rules in taint mode: where data comes from, where it must not go, what makes it harmless, what carries it on.

use super::rule::Formula;

/// The label of sources that name none, and what sinks ask for that name none.
pub const DEFAULT_LABEL: &str = "__SOURCE__";

/// What a rule in taint mode says.
#[derive(Clone, Debug, Default)]
pub struct Taint {
    /// `pattern-sources`; at least one.
    pub sources: Vec<TaintSource>,
    /// `pattern-sinks`; at least one.
    pub sinks: Vec<TaintSink>,
    /// `pattern-sanitizers`.
    pub sanitizers: Vec<TaintSanitizer>,
    /// `pattern-propagators`.
    pub propagators: Vec<TaintPropagator>,
}

/// What a match does to the variable that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideEffect {
    /// Nothing: only the expression counts.
    #[default]
    No,
    /// The variable is as the expression from there on.
    Yes,
    /// Only the variable, from there on.
    Only,
}

/// Where tainted data comes from.
#[derive(Clone, Debug)]
pub struct TaintSource {
    /// What matches.
    pub formula: Formula,
    /// Parts of a match are no sources.
    pub exact: bool,
    /// Whether a matched variable stays tainted.
    pub by_side_effect: SideEffect,
    /// What the taint is called.
    pub label: String,
    /// Taint that must be there already.
    pub requires: Option<Requires>,
    /// Whether it taints what runs after it, rather than a value.
    pub control: bool,
}

/// Where tainted data must not go.
#[derive(Clone, Debug)]
pub struct TaintSink {
    /// What matches.
    pub formula: Formula,
    /// Parts of a match are no sinks.
    pub exact: bool,
    /// Which taint counts.
    pub requires: Requires,
    /// Whether it is one only where the function ends.
    pub at_exit: bool,
}

/// What makes data harmless.
#[derive(Clone, Debug)]
pub struct TaintSanitizer {
    /// What matches.
    pub formula: Formula,
    /// Parts of a match are not harmless.
    pub exact: bool,
    /// Whether a matched variable is harmless from there on.
    pub by_side_effect: bool,
}

/// What carries taint on where no assignment does.
#[derive(Clone, Debug)]
pub struct TaintPropagator {
    /// What matches.
    pub formula: Formula,
    /// The metavariable that is tainted before.
    pub from: String,
    /// The metavariable that is tainted after.
    pub to: String,
    /// Whether a variable that `to` is stays tainted.
    pub by_side_effect: bool,
    /// The taint that it needs to carry anything on.
    pub requires: Option<Requires>,
    /// The label that taint gets on the way; its own if `None`.
    pub label: Option<String>,
    /// The labels that `label` replaces; all if `None`.
    pub replaced: Option<Vec<String>>,
}

/// A condition on labels: `A and not (B or C)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requires {
    /// This label is there.
    Label(String),
    /// It does not hold.
    Not(Box<Requires>),
    /// All hold.
    And(Vec<Requires>),
    /// One holds.
    Or(Vec<Requires>),
}

/// Deepest nesting of parentheses and `not`.
const MAX_DEPTH: usize = 50;

impl Requires {
    /// Reads a condition; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let tokens: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = tokens.as_slice();
        let condition = or(&mut rest, 0)?;
        rest.is_empty().then_some(condition)
    }

    /// Whether it holds where exactly the labels are there that `has` says.
    pub fn holds(&self, has: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Label(label) => has(label),
            Self::Not(inner) => !inner.holds(has),
            Self::And(parts) => parts.iter().all(|part| part.holds(has)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(has)),
        }
    }
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if *first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn or(rest: &mut &[&str], depth: usize) -> Option<Requires> {
    let mut parts = vec![and(rest, depth)?];
    while take(rest, "or") {
        parts.push(and(rest, depth)?);
    }
    (parts.len() > 1)
        .then(|| Requires::Or(parts.clone()))
        .or_else(|| parts.pop())
}

fn and(rest: &mut &[&str], depth: usize) -> Option<Requires> {
    let mut parts = vec![not(rest, depth)?];
    while take(rest, "and") {
        parts.push(not(rest, depth)?);
    }
    (parts.len() > 1)
        .then(|| Requires::And(parts.clone()))
        .or_else(|| parts.pop())
}

fn not(rest: &mut &[&str], depth: usize) -> Option<Requires> {
    if depth > MAX_DEPTH {
        return None;
    }
    if take(rest, "not") {
        return Some(Requires::Not(Box::new(not(rest, depth + 1)?)));
    }
    if take(rest, "(") {
        let inner = or(rest, depth + 1)?;
        return take(rest, ")").then_some(inner);
    }
    let (label, after) = rest.split_first()?;
    let is_label = label
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_');
    if !is_label || ["and", "or"].contains(label) {
        return None;
    }
    *rest = after;
    Some(Requires::Label((*label).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::Requires;

    #[test]
    fn conditions_on_labels() {
        for (text, labels, holds) in [
            ("A", &["A"][..], true),
            ("A and B", &["A"], false),
            ("A and not B", &["A"], true),
            ("not (A or B) or C", &["A"], false),
            ("not (A or B) or C", &["A", "C"], true),
            ("A and B or C", &["C"], true),
        ] {
            let found = Requires::parse(text).map(|it| it.holds(&|label| labels.contains(&label)));
            assert_eq!(found, Some(holds), "{text}");
        }
        for text in ["", "A B", "A and", "(A", "and", "A)", "$X > 1"] {
            assert_eq!(Requires::parse(text), None, "{text}");
        }
        assert_eq!(Requires::parse(&"not ".repeat(1000)), None);
    }
}
