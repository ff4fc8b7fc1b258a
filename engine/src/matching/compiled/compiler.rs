//! From a rule as it was read to one that is ready: what it asks of a tree, and what a file must hold for it.

use std::sync::{Arc, OnceLock};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{CompileError, Compiled, CompiledCondition, CompiledRule};
use crate::matching::candidates::Start;
use crate::matching::literals;
use crate::matching::place::Place;
use crate::matching::prefilter::{Literal, Need, Table};
use crate::matching::taint::{
    CompiledPropagator, CompiledSanitizer, CompiledSink, CompiledSource, CompiledTaint,
    is_within_functions, mark_asked,
};
use crate::pattern::Pattern;
use crate::rules::generic::GenericPattern;
use crate::rules::regex::Regex;
use crate::rules::rule::{Condition, Formula, Located, Origin, Rule, RuleLanguage, RulePaths};
use crate::rules::taint::Taint;
use crate::tree::marks::Marks;
use crate::tree::{GrowingVocabulary, Parser};

struct Compiler<'c> {
    rule: &'c Rule,
    language: RuleLanguage,
    parser: &'c mut Parser,
    vocabulary: &'c GrowingVocabulary,
    marks: Marks,
    /// Those of `marks`, compiled.
    regexes: Vec<Regex>,
    unchecked: Vec<u32>,
    /// Of each pattern over trees.
    needs: Vec<Need<Literal>>,
    uses_tree: bool,
}

pub(super) fn compile_rule(
    rule: &Arc<Rule>,
    parser: &mut Parser,
    vocabulary: &GrowingVocabulary,
) -> Result<Ready, CompileError> {
    let mut compiler = Compiler {
        rule,
        language: rule.pattern_language(),
        parser,
        vocabulary,
        marks: Marks::default(),
        regexes: Vec::new(),
        unchecked: Vec::new(),
        needs: Vec::new(),
        uses_tree: false,
    };
    let (mut formula, mut need) = compiler.formula(&rule.formula)?;
    let mut parts = None;
    let taint = match &rule.taint {
        Some(taint) => {
            let (taint, needs) = compiler.taint(taint)?;
            formula = Compiled::Any(Vec::new());
            need = Need::all(vec![needs.sources.clone(), needs.sinks.clone()]);
            parts = Some(needs);
            Some(taint)
        }
        None => None,
    };
    let Compiler {
        marks,
        regexes,
        unchecked,
        needs,
        uses_tree,
        ..
    } = compiler;
    let (include, exclude) = path_globs(&rule.paths).map_err(|message| CompileError {
        rule: rule.id.clone(),
        origin: rule.origin.clone(),
        message,
    })?;
    let compiled = CompiledRule {
        formula,
        crosses_functions: taint
            .as_ref()
            .is_some_and(|taint| !is_within_functions(taint)),
        taint,
        unchecked: (0..marks.metavariables.len() as u32)
            .map(|number| unchecked.contains(&number))
            .collect(),
        metavariables: marks.metavariables.into(),
        place: 0,
        regexes,
        need: Need::Nothing,
        text_need: None,
        part_needs: Vec::new(),
        parts: None,
        include,
        exclude,
        uses_tree,
        rule: Arc::clone(rule),
    };
    Ok((compiled, need, parts, needs))
}

/// A rule, what files must hold that it can match, in taint mode what those must that hold a part of a flow, and what each
/// pattern needs.
pub(super) type Ready = (
    CompiledRule,
    Need<Literal>,
    Option<PartNeeds<Literal>>,
    Vec<Need<Literal>>,
);

/// What a file must hold that has a source, a sink, or a sanitizer as far as that is known.
pub(super) struct PartNeeds<L> {
    pub(super) sources: Need<L>,
    pub(super) sinks: Need<L>,
    pub(super) sanitizers: Option<Need<L>>,
}

impl PartNeeds<Literal> {
    pub(super) fn numbered(self, table: &mut Table) -> PartNeeds<u32> {
        PartNeeds {
            sources: self.sources.numbered(table),
            sinks: self.sinks.numbered(table),
            sanitizers: self.sanitizers.map(|need| need.numbered(table)),
        }
    }
}

/// `paths` of a rule: as the reference, a pattern without a slash matches any part of the path, and one that names a
/// folder matches what is in it.
fn path_globs(paths: &RulePaths) -> Result<(Option<GlobSet>, Option<GlobSet>), String> {
    let build = |globs: &[String]| -> Result<Option<GlobSet>, String> {
        if globs.is_empty() {
            return Ok(None);
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let anchored = glob.strip_prefix('/').unwrap_or(glob).trim_end_matches('/');
            let prefix = if glob.starts_with('/') || anchored.starts_with("**/") {
                ""
            } else {
                "**/"
            };
            for text in [
                format!("{prefix}{anchored}"),
                format!("{prefix}{anchored}/**"),
            ] {
                let glob = GlobBuilder::new(&text)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| format!("`paths`: {error}"))?;
                set.add(glob);
            }
        }
        set.build()
            .map(Some)
            .map_err(|error| format!("`paths`: {error}"))
    };
    Ok((build(&paths.include)?, build(&paths.exclude)?))
}

impl Compiler<'_> {
    fn error(&self, origin: &Origin, message: String) -> CompileError {
        CompileError {
            rule: self.rule.id.clone(),
            origin: origin.clone(),
            message,
        }
    }

    fn number(&mut self, name: &str) -> u32 {
        let known = &mut self.marks.metavariables;
        if let Some(at) = known.iter().position(|other| other == name) {
            at as u32
        } else {
            known.push(name.to_owned());
            known.len() as u32 - 1
        }
    }

    fn formula(&mut self, formula: &Formula) -> Result<(Compiled, Need<Literal>), CompileError> {
        match formula {
            Formula::Pattern(text) => self.pattern(text),
            Formula::Regex(text) => {
                let regex = self.regex(&text.value, &text.origin)?;
                let need = Need::expression(&regex);
                let groups = (1..=regex.group_count())
                    .map(|group| {
                        let number = self.number(&format!("${group}"));
                        self.unchecked.push(number);
                        number
                    })
                    .collect();
                Ok((Compiled::Regex(Box::new(regex), groups), need))
            }
            Formula::Any(branches) => {
                let mut compiled = Vec::new();
                let mut needs = Vec::new();
                for branch in branches {
                    let (formula, need) = self.formula(branch)?;
                    compiled.push(formula);
                    needs.push(need);
                }
                Ok((Compiled::Any(compiled), Need::any(needs)))
            }
            Formula::Inside(inner) => {
                let (inner, need) = self.formula(inner)?;
                Ok((Compiled::Inside(Box::new(inner)), need))
            }
            // A formula that only forbids matches nothing by itself; rule files are checked for that.
            Formula::Not(inner) => Ok((self.formula(inner)?.0, Need::Nothing)),
            Formula::All(conjunction) => {
                let (mut terms, mut negative) = (Vec::new(), Vec::new());
                let mut needs = Vec::new();
                for term in &conjunction.terms {
                    let (compiled, need) = self.formula(term)?;
                    if matches!(term, Formula::Not(_)) {
                        negative.push(compiled);
                    } else {
                        needs.push(need);
                        terms.push(compiled);
                    }
                }
                // Patterns before `pattern-inside`, which only narrow them.
                terms.sort_by_key(Compiled::is_inside);
                let mut conditions = Vec::new();
                for condition in &conjunction.conditions {
                    let compiled = self.condition(condition)?;
                    // What a metavariable is bound to stands in the file, and so does what its text must hold.
                    if let Condition::Regex { metavariable, .. } = &condition.value
                        && let CompiledCondition::Regex {
                            regex,
                            constants: false,
                            ..
                        } = &compiled
                    {
                        // `$1`, a group of another expression, may be any part of a word.
                        let is_group = metavariable
                            .trim_start_matches('$')
                            .starts_with(|first: char| first.is_ascii_digit());
                        let need = if is_group {
                            Need::expression(regex)
                        } else {
                            let number = self.number(metavariable);
                            let names_stay = !self.rule.options.symbolic_propagation;
                            let places = terms.iter().map(|it| it.binds_at(number, names_stay));
                            let place = places.fold(Place::Anywhere, Place::stricter);
                            Need::bound(regex, place)
                        };
                        needs.push(need);
                    }
                    conditions.push(compiled);
                }
                let focus = conjunction
                    .focus
                    .iter()
                    .map(|names| names.iter().map(|name| self.number(name)).collect())
                    .collect();
                Ok((
                    Compiled::All {
                        terms,
                        negative,
                        conditions,
                        focus,
                    },
                    Need::all(needs),
                ))
            }
        }
    }

    /// The formulas of a rule in taint mode: something of the sources and something of the sinks is needed.
    fn taint(
        &mut self,
        taint: &Taint,
    ) -> Result<(CompiledTaint, PartNeeds<Literal>), CompileError> {
        let mut labels: Vec<String> = Vec::new();
        let mut number = |label: &str| {
            let known = labels.iter().position(|other| other == label);
            known.unwrap_or_else(|| {
                labels.push(label.to_owned());
                labels.len() - 1
            }) as u32
        };
        let (mut sources, mut source_needs) = (Vec::new(), Vec::new());
        for source in &taint.sources {
            let (formula, need) = self.formula(&source.formula)?;
            source_needs.push(need);
            sources.push(CompiledSource {
                formula,
                exact: source.exact,
                by_side_effect: source.by_side_effect,
                label: number(&source.label),
                requires: source.requires.clone(),
                control: source.control,
                is_asked: true,
                likeness: OnceLock::new(),
            });
        }
        let (mut sinks, mut sink_needs) = (Vec::new(), Vec::new());
        for sink in &taint.sinks {
            let (formula, need) = self.formula(&sink.formula)?;
            sink_needs.push(need);
            sinks.push(CompiledSink {
                is_focused: formula.is_focused(),
                formula,
                exact: sink.exact,
                requires: sink.requires.clone(),
                at_exit: sink.at_exit,
            });
        }
        let (mut sanitizers, mut sanitizer_needs) = (Vec::new(), Vec::new());
        for sanitizer in &taint.sanitizers {
            let (formula, need) = self.formula(&sanitizer.formula)?;
            sanitizer_needs.push(need);
            sanitizers.push(CompiledSanitizer {
                formula,
                likeness: OnceLock::new(),
                exact: sanitizer.exact,
                by_side_effect: sanitizer.by_side_effect,
            });
        }
        let mut propagators = Vec::new();
        for propagator in &taint.propagators {
            propagators.push(CompiledPropagator {
                formula: self.formula(&propagator.formula)?.0,
                from: self.number(&propagator.from),
                to: self.number(&propagator.to),
                by_side_effect: propagator.by_side_effect,
                requires: propagator.requires.clone(),
                label: propagator.label.as_deref().map(&mut number),
                replaced: propagator
                    .replaced
                    .as_ref()
                    .map(|labels| labels.iter().map(|label| number(label)).collect()),
            });
        }
        let mut compiled = CompiledTaint {
            sources,
            sinks,
            sanitizers,
            propagators,
            labels,
        };
        mark_asked(&mut compiled);
        let mut asked_needs = Vec::new();
        for (source, need) in compiled.sources.iter().zip(source_needs) {
            // What only says that data does not count is no beginning of a flow.
            let needs = if source.is_asked {
                &mut asked_needs
            } else {
                &mut sanitizer_needs
            };
            needs.push(need);
        }
        let needs = PartNeeds {
            sources: Need::any(asked_needs),
            sinks: Need::any(sink_needs),
            // One that may be in any file selects none.
            sanitizers: Some(Need::any(sanitizer_needs))
                .filter(|need| !matches!(need, Need::Nothing)),
        };
        Ok((compiled, needs))
    }

    fn regex(&self, source: &str, origin: &Origin) -> Result<Regex, CompileError> {
        Regex::new(source).map_err(|error| {
            self.error(
                origin,
                format!("not a regular expression that can be used here: {error}"),
            )
        })
    }

    fn pattern(
        &mut self,
        text: &Located<String>,
    ) -> Result<(Compiled, Need<Literal>), CompileError> {
        match self.language {
            RuleLanguage::Generic => {
                let pattern = GenericPattern::parse(&text.value, &self.rule.options)
                    .map_err(|message| self.error(&text.origin, message))?;
                for name in pattern.metavariables() {
                    self.marks.hole(name.as_bytes());
                }
                let need = Need::words(pattern.required_literals(), false);
                Ok((Compiled::Generic(Box::new(pattern)), need))
            }
            // Where there is no tree, every pattern is a regular expression.
            RuleLanguage::Regex => {
                let regex = self.regex(&text.value, &text.origin)?;
                let need = Need::expression(&regex);
                Ok((Compiled::Regex(Box::new(regex), Vec::new()), need))
            }
            language => {
                let pattern = Pattern::parse(
                    &text.value,
                    language,
                    self.parser,
                    self.vocabulary,
                    &mut self.marks,
                )
                .map_err(|error| self.error(&text.origin, error.to_string()))?;
                self.uses_tree = true;
                while let Some(source) = self.marks.regexes.get(self.regexes.len()) {
                    let regex = self.regex(source, &text.origin)?;
                    self.regexes.push(regex);
                }
                let mut need = literals::of_pattern(&pattern, &self.regexes);
                if self.rule.options.symbolic_propagation {
                    need = need.anywhere();
                }
                let start = Start::of(&pattern, !self.rule.options.symbolic_propagation);
                self.needs.push(need.clone());
                let compiled = Compiled::Pattern(Box::new(pattern), start, self.needs.len() - 1);
                Ok((compiled, need))
            }
        }
    }

    fn condition(
        &mut self,
        condition: &Located<Condition>,
    ) -> Result<CompiledCondition, CompileError> {
        Ok(match &condition.value {
            Condition::Regex {
                metavariable,
                regex,
                constant_propagation,
            } => CompiledCondition::Regex {
                metavariable: self.number(metavariable),
                regex: Box::new(self.regex(regex, &condition.origin)?),
                constants: *constant_propagation,
            },
            Condition::Pattern {
                metavariable,
                language,
                formula,
            } => {
                let metavariable = self.number(metavariable);
                let outer = self.language;
                if let Some(language) = language {
                    self.language = *language;
                }
                let compiled = self.formula(formula);
                self.language = outer;
                CompiledCondition::Pattern {
                    metavariable,
                    language: *language,
                    formula: Box::new(compiled?.0),
                }
            }
            other => CompiledCondition::Other(other.clone()),
        })
    }
}
