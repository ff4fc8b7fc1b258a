//! Rules made ready to match: patterns parsed, expressions compiled, words numbered, the literals that a match cannot
//! do without collected.

use std::sync::{Arc, OnceLock};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use super::candidates::Start;
use super::gates::Gates;
use super::literals;
use super::prefilter::{Literal, Need, Table};
use super::search::{Literals, Seen};
use super::taint::{
    CompiledPropagator, CompiledSanitizer, CompiledSink, CompiledSource, CompiledTaint,
    is_within_functions, mark_asked,
};
use crate::language::Dialect;
use crate::pattern::Pattern;
use crate::rules::generic::GenericPattern;
use crate::rules::regex::Regex;
use crate::rules::rule::{Condition, Formula, Located, Origin, Rule, RuleLanguage, RulePaths};
use crate::rules::taint::Taint;
use crate::tree::marks::Marks;
use crate::tree::{GrowingVocabulary, Parser, Vocabulary};

/// A rule that cannot be made ready, with the place in its file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: rule {rule}: {message}", file = origin.file.display(), line = origin.line, column = origin.column)]
pub struct CompileError {
    /// The rule's id.
    pub rule: String,
    /// Where.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
}

/// A set of rules, ready to match files. Shared by all threads.
pub struct CompiledRules {
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) vocabulary: Vocabulary,
    /// The literals of all rules, looked for in one pass.
    literals: Literals,
    /// Those of the rules that look at files of any language.
    text_literals: Literals,
    /// What of the literals opens which rule.
    gates: Gates,
    text_gates: Gates,
}

/// One rule, ready to match.
pub(crate) struct CompiledRule {
    pub(crate) rule: Arc<Rule>,
    pub(crate) formula: Compiled,
    /// Present in taint mode; the formula is empty then.
    pub(crate) taint: Option<CompiledTaint>,
    pub(crate) metavariables: Arc<[String]>,
    /// Its place in the set.
    pub(crate) place: u32,
    /// Metavariables that stand for groups of regular expressions, by number.
    pub(crate) unchecked: Vec<bool>,
    pub(crate) regexes: Vec<Regex>,
    /// What a file must hold.
    need: Need<u32>,
    /// The same by the numbers of the literals of rules for files of any language, where this is one.
    text_need: Option<Need<u32>>,
    /// What a file must hold for each pattern over trees.
    pub(crate) part_needs: Vec<Need<u32>>,
    /// Present in taint mode.
    parts: Option<PartNeeds<u32>>,
    /// In taint mode: whether data can come from another function.
    crosses_functions: bool,
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    pub(crate) uses_tree: bool,
}

/// A formula with its parts compiled.
pub(crate) enum Compiled {
    /// With the place of what it needs in [`CompiledRule::part_needs`].
    Pattern(Box<Pattern>, Start, usize),
    /// With the numbers of the metavariables that its groups bind.
    Regex(Box<Regex>, Vec<u32>),
    Generic(Box<GenericPattern>),
    All {
        terms: Vec<Compiled>,
        negative: Vec<Compiled>,
        conditions: Vec<CompiledCondition>,
        focus: Vec<Vec<u32>>,
    },
    Any(Vec<Compiled>),
    Inside(Box<Compiled>),
}

impl Compiled {
    /// Whether its matches are what metavariables are bound to.
    fn is_focused(&self) -> bool {
        match self {
            Self::All { focus, .. } => !focus.is_empty(),
            Self::Any(branches) => branches.iter().all(Self::is_focused),
            _ => false,
        }
    }

    /// Whether its matches only say where others must lie.
    pub(crate) fn is_inside(&self) -> bool {
        match self {
            Self::Inside(_) => true,
            Self::Any(branches) => branches.iter().all(Self::is_inside),
            _ => false,
        }
    }
}

/// A condition with its parts compiled.
pub(crate) enum CompiledCondition {
    Regex {
        metavariable: u32,
        regex: Box<Regex>,
        constants: bool,
    },
    Pattern {
        metavariable: u32,
        language: Option<RuleLanguage>,
        formula: Box<Compiled>,
    },
    /// Read from the rule when it is evaluated.
    Other(Condition),
}

impl CompiledRules {
    /// The words that the rules mention: what trees for them are made with.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Compiles rules. A rule that cannot be compiled is an error of its own; the others are usable without it.
    pub fn compile(rules: &[Arc<Rule>]) -> (Self, Vec<CompileError>) {
        let vocabulary = GrowingVocabulary::default();
        let ready: Vec<_> = rules
            .par_iter()
            .map_init(Parser::new, |parser, rule| {
                compile_rule(rule, parser, &vocabulary)
            })
            .collect();
        let (mut table, mut text_table) = (Table::default(), Table::default());
        let mut compiled = Vec::with_capacity(ready.len());
        let mut errors = Vec::new();
        let mut needs_of_patterns = Vec::with_capacity(ready.len());
        for rule in ready {
            match rule {
                Ok((mut rule, need, parts, of_patterns)) => {
                    needs_of_patterns.push(of_patterns);
                    rule.parts = parts.map(|parts| parts.numbered(&mut table));
                    if rule.is_for_text() {
                        rule.text_need = Some(need.clone().numbered(&mut text_table));
                    }
                    rule.need = need.numbered(&mut table);
                    rule.place = compiled.len() as u32;
                    compiled.push(rule);
                }
                Err(error) => errors.push(error),
            }
        }
        // These find no literals for themselves: what is looked for anyway tells patterns apart well enough.
        for (rule, needs) in compiled.iter_mut().zip(needs_of_patterns) {
            let known = needs.into_iter().map(|need| need.known(&table));
            rule.part_needs = known.collect();
        }
        let mut set = Self {
            rules: compiled,
            vocabulary: vocabulary.finish(),
            literals: Literals::new(table),
            text_literals: Literals::new(text_table),
            gates: Gates::default(),
            text_gates: Gates::default(),
        };
        set.set_gates();
        (set, errors)
    }

    fn set_gates(&mut self) {
        let some = Some(Dialect::JavaScript);
        let needs = |dialect| self.rules.iter().map(move |rule| rule.need(dialect));
        self.gates = Gates::new(needs(some), self.literals.all());
        self.text_gates = Gates::new(needs(None), self.text_literals.all());
    }

    /// The rules that a file with these literals may match, with their places in the set.
    pub(crate) fn opened<'r, 's>(
        &'r self,
        dialect: Option<Dialect>,
        seen: &'s Seen,
    ) -> impl Iterator<Item = (u32, &'r CompiledRule)> + use<'r, 's> {
        let gates = match dialect {
            Some(_) => &self.gates,
            None => &self.text_gates,
        };
        let opened = gates.opened(seen).into_ones();
        let rules = opened.filter_map(|number| Some((number as u32, self.rules.get(number)?)));
        rules.filter(move |(_, rule)| rule.need(dialect).may_hold(seen))
    }

    /// The same rules, tried on every file whatever it holds. Slow: for checking that nothing is missed otherwise.
    #[must_use]
    pub fn without_prefilter(mut self) -> Self {
        for rule in &mut self.rules {
            rule.need = Need::Nothing;
            if let Some(parts) = &mut rule.parts {
                *parts = PartNeeds {
                    sources: Need::Nothing,
                    sinks: Need::Nothing,
                    sanitizers: Some(Need::Nothing),
                };
            }
            rule.part_needs.fill_with(|| Need::Nothing);
            rule.text_need = rule.text_need.is_some().then_some(Need::Nothing);
        }
        self.set_gates();
        self
    }

    /// The literals of the rules that can be for a file of this language.
    pub(crate) fn literals(&self, dialect: Option<Dialect>) -> &Literals {
        match dialect {
            Some(_) => &self.literals,
            None => &self.text_literals,
        }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules, in their order.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter().map(|rule| &rule.rule)
    }

    /// A number that is the same for two paths which the same rules look at.
    pub fn path_salt(&self, path: &str) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for (number, rule) in self.rules.iter().enumerate() {
            if !rule.admits_path(path) {
                hash = (hash ^ (number as u64 + 1)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash
    }

    /// The rules in taint mode that can find more between functions than within, with their places in the set.
    pub(crate) fn taints(&self) -> impl Iterator<Item = (u32, &CompiledRule)> {
        let rules = self.rules.iter().zip(0..);
        rules
            .filter(|(rule, _)| rule.crosses_functions)
            .map(|(rule, number)| (number, rule))
    }

    /// Whether any rule is for a file of this path, or may be once the file is read.
    pub fn any_for(&self, path: &str) -> bool {
        let is_for = |dialect| self.rules.iter().any(|rule| rule.is_for(dialect, path));
        is_for(Dialect::of_path(path))
            || Dialect::may_be_script(path)
                && (is_for(Some(Dialect::JavaScript)) || is_for(Some(Dialect::TypeScript)))
    }

    /// Whether any rule is for a file.
    pub(crate) fn any_for_file(&self, path: &str, source: &[u8]) -> bool {
        let dialect = Dialect::of(path, source);
        self.rules.iter().any(|rule| rule.is_for(dialect, path))
    }
}

impl CompiledRule {
    /// Whether the rule looks at a file.
    pub(crate) fn is_for(&self, dialect: Option<Dialect>, path: &str) -> bool {
        let language = dialect.is_some_and(|dialect| {
            let own = dialect.rule_language();
            self.rule.languages.contains(&own)
        });
        (language || self.is_for_text()) && self.admits_path(path)
    }

    /// Whether the language of a file does not matter to the rule.
    fn is_for_text(&self) -> bool {
        let any = [RuleLanguage::Regex, RuleLanguage::Generic];
        self.rule
            .languages
            .iter()
            .any(|language| any.contains(language))
    }

    /// What a file of this language must hold, by the numbers of [`CompiledRules::literals`]. A rule that cannot be for it
    /// needs nothing.
    pub(crate) fn need(&self, dialect: Option<Dialect>) -> &Need<u32> {
        match (&self.text_need, dialect) {
            (_, Some(_)) => &self.need,
            (Some(need), None) => need,
            (None, None) => &Need::Nothing,
        }
    }

    /// What of a flow a file can hold, judging by its literals; `None` where the rule is not in taint mode.
    pub(crate) fn parts(&self, seen: &Seen) -> Option<Parts> {
        let parts = self.parts.as_ref()?;
        Some(Parts {
            source: parts.sources.may_hold(seen),
            sink: parts.sinks.may_hold(seen),
            sanitizer: parts
                .sanitizers
                .as_ref()
                .is_some_and(|need| need.may_hold(seen)),
        })
    }

    /// Whether the rule's `paths` let it look at a file.
    fn admits_path(&self, path: &str) -> bool {
        self.include
            .as_ref()
            .is_none_or(|globs| globs.is_match(path))
            && self
                .exclude
                .as_ref()
                .is_none_or(|globs| !globs.is_match(path))
    }
}

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

fn compile_rule(
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
type Ready = (
    CompiledRule,
    Need<Literal>,
    Option<PartNeeds<Literal>>,
    Vec<Need<Literal>>,
);

/// What a file must hold that has a source, a sink, or a sanitizer as far as that is known.
struct PartNeeds<L> {
    sources: Need<L>,
    sinks: Need<L>,
    sanitizers: Option<Need<L>>,
}

impl PartNeeds<Literal> {
    fn numbered(self, table: &mut Table) -> PartNeeds<u32> {
        PartNeeds {
            sources: self.sources.numbered(table),
            sinks: self.sinks.numbered(table),
            sanitizers: self.sanitizers.map(|need| need.numbered(table)),
        }
    }
}

/// The parts of flows of a rule that a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) source: bool,
    pub(crate) sink: bool,
    pub(crate) sanitizer: bool,
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
                            Need::bound(regex)
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
        let needs = PartNeeds {
            sources: Need::any(source_needs),
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

/// Numbers of metavariables by name, for conditions that name them.
pub(crate) fn number_of(rule: &CompiledRule, name: &str) -> Option<usize> {
    rule.metavariables.iter().position(|known| known == name)
}
