//! Conditions of a conjunction: what a metavariable's code must be, match, hold or compare to.

use std::time::Duration;

use super::{Evaluation, Scope};
use crate::language::Dialect;
use crate::matching::binding::{Binding, as_text};
use crate::matching::compiled::{Compiled, CompiledCondition, number_of};
use crate::matching::index::KindIndex;
use crate::matching::matcher::{self, Code};
use crate::matching::names::Names;
use crate::matching::ranges::{Match, Origin};
use crate::rules::analysis;
use crate::rules::rule::{Analyzer, Condition, RuleLanguage};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};

/// Longest time to parse a text that is read as code.
const LONGEST_PARSE: Duration = Duration::from_millis(200);
/// What reading a byte of it counts for, in steps of the matcher.
const STEPS_PER_BYTE: u64 = 5;

impl<'a> Evaluation<'a> {
    /// Keeps a match if the condition holds for it, with the bindings that the condition adds.
    pub(super) fn condition(
        &mut self,
        condition: &'a CompiledCondition,
        found: Match,
        kept: &mut Vec<Match>,
    ) {
        let (tree, source) = (self.code.tree, self.code.source);
        let binding = |number: usize| found.bindings.get(number).copied().flatten();
        match condition {
            CompiledCondition::Regex {
                metavariable,
                regex,
                constants,
            } => {
                let Some(value) = binding(*metavariable as usize) else {
                    return;
                };
                let value = if *constants {
                    self.constant(value)
                } else {
                    value
                };
                let text = as_text(value.text(source));
                match regex.is_match_at_start(&text) {
                    Ok(true) => kept.push(found),
                    Ok(false) => {}
                    Err(_) => self.fuel = 0,
                }
            }
            CompiledCondition::Pattern {
                metavariable,
                language,
                formula,
            } => {
                let Some(value) = binding(*metavariable as usize) else {
                    return;
                };
                if let Some(language) = language
                    && language.parses()
                {
                    if self.matches_text(formula, value, *language, &found) {
                        kept.push(found);
                    }
                    return;
                }
                for inner in self.within(formula, value, *language, &found) {
                    // What the inner formula binds is known outside too.
                    let bindings = found
                        .bindings
                        .iter()
                        .zip(&inner.bindings)
                        .map(|(own, inner)| own.or(*inner))
                        .collect();
                    kept.push(Match {
                        bindings,
                        ..found.clone()
                    });
                }
            }
            CompiledCondition::Other(Condition::Comparison {
                comparison,
                strip,
                base,
                ..
            }) => {
                let lookup = |name: &str| {
                    let value = number_of(self.rule, name).and_then(binding)?;
                    let value = self.constant(value);
                    Some(as_text(value.text(source)).into_owned())
                };
                if comparison.evaluate(&lookup, *strip, *base) == Some(true) {
                    kept.push(found);
                }
            }
            CompiledCondition::Other(Condition::Analysis {
                metavariable,
                analyzer,
            }) => {
                let Some(value) = number_of(self.rule, metavariable).and_then(binding) else {
                    return;
                };
                let value = self.constant(value);
                let names = self.code.names;
                let joined = value.joined();
                let joined = joined.and_then(|node| names.joined_text(tree, source, node));
                let text = joined.as_deref();
                let text = text.unwrap_or_else(|| value.content(tree, source));
                let text = as_text(text);
                let holds = match analyzer {
                    Analyzer::Entropy => analysis::entropy(&text),
                    Analyzer::Redos => analysis::redos(&text),
                };
                if holds {
                    kept.push(found);
                }
            }
            CompiledCondition::Other(Condition::Name {
                metavariable,
                modules,
            }) => {
                let names = self.code.names;
                let is_of = |node| {
                    let mut modules = modules.iter();
                    modules.any(|module| names.is_of_module(tree, source, node, module))
                };
                if self.bound_node(metavariable, &found).is_some_and(is_of) {
                    kept.push(found);
                }
            }
            CompiledCondition::Other(Condition::Type {
                metavariable,
                types,
            }) => {
                let code = self.code;
                let has_any = |node| {
                    let mut types = types.iter();
                    types.any(|wanted| matcher::has_type(code, node, wanted))
                };
                if self.bound_node(metavariable, &found).is_some_and(has_any) {
                    kept.push(found);
                }
            }
            CompiledCondition::Other(Condition::Regex { .. } | Condition::Pattern { .. }) => {}
        }
    }

    /// The node that a metavariable is bound to.
    fn bound_node(&self, metavariable: &str, found: &Match) -> Option<NodeId> {
        let number = number_of(self.rule, metavariable)?;
        let bound = found.bindings.get(number).copied().flatten()?;
        bound.node(self.code.tree)
    }

    /// The literal that a bound name holds, else what is bound.
    fn constant(&self, value: Binding) -> Binding {
        value
            .node(self.code.tree)
            .and_then(|node| {
                self.code
                    .names
                    .constant(self.code.tree, self.code.source, node)
            })
            .map_or(value, |literal| Binding::of_node(self.code.tree, literal))
    }

    /// Whether a formula matches the text that a metavariable is bound to, read as code of its own. What is bound
    /// outside is known inside, by its text.
    fn matches_text(
        &mut self,
        formula: &'a Compiled,
        value: Binding,
        language: RuleLanguage,
        found: &Match,
    ) -> bool {
        let value = self.constant(value);
        let mut text = value.content(self.code.tree, self.code.source).to_vec();
        let length = text.len();
        self.fuel = self.fuel.saturating_sub(length as u64 * STEPS_PER_BYTE);
        if self.fuel == 0 {
            return false;
        }
        let mut tree = Tree::default();
        let dialect = match language {
            RuleLanguage::TypeScript => Dialect::TypeScript,
            _ => Dialect::JavaScript,
        };
        let vocabulary = self.code.vocabulary;
        let parsed = self
            .parser
            .parse(&text, dialect, vocabulary, LONGEST_PARSE, &mut tree);
        if parsed.is_err() {
            return false;
        }
        let names = Names::resolve(&mut tree, &text, vocabulary);
        let mut index = KindIndex::default();
        index.build(&tree);
        let bound: Vec<Option<Binding>> = found
            .bindings
            .iter()
            .map(|binding| {
                let bound = binding.as_ref()?.text(self.code.source);
                let start = text.len() as u32;
                text.extend_from_slice(bound);
                Some(Binding::of_text(start, text.len() as u32))
            })
            .collect();
        let code = Code {
            tree: &tree,
            source: &text,
            names: &names,
            ..self.code
        };
        let mut inner = Evaluation::new(code, &index, self.rule, self.fuel);
        let scope = Scope {
            nodes: (0, tree.len()),
            bytes: (0, length as u32),
        };
        let matches = inner.formula(formula, scope, &bound, false, None);
        self.fuel = inner.fuel;
        !matches.is_empty()
    }

    /// The matches of a formula within what a metavariable is bound to.
    fn within(
        &mut self,
        formula: &'a Compiled,
        value: Binding,
        language: Option<RuleLanguage>,
        found: &Match,
    ) -> Vec<Match> {
        let tree = self.code.tree;
        let textual = matches!(language, Some(RuleLanguage::Regex | RuleLanguage::Generic));
        let mut bytes = (value.start, value.end);
        if textual
            && value
                .node(tree)
                .is_some_and(|node| tree.node(node).kind == Kind::String)
            && bytes.1 > bytes.0 + 1
        {
            bytes = (bytes.0 + 1, bytes.1 - 1);
        }
        let nodes = match value.node(tree) {
            Some(node) => (node, tree.node(node).next),
            None if value.first != crate::matching::binding::NO_NODE => (value.first, value.last),
            None => (0, 0),
        };
        let context = Match {
            start: bytes.0,
            end: bytes.1,
            origin: Origin::Pattern,
            bindings: found.bindings.clone(),
        };
        let scope = Scope { nodes, bytes };
        // Names bound in here are not those that the conditions around speak of.
        let filters = std::mem::take(&mut self.filters);
        let matches = self.formula(formula, scope, &found.bindings, false, Some(&context));
        self.filters = filters;
        matches
    }
}
