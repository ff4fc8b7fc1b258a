//! Rules made ready to match: patterns parsed, expressions compiled, words numbered, the literals that a match cannot
//! do without collected.

mod compiler;

use std::sync::Arc;

use globset::GlobSet;
use rayon::prelude::*;

use self::compiler::{PartNeeds, compile_rule};
use super::candidates::Start;
use super::gates::Gates;
use super::literals;
use super::place::Place;
use super::prefilter::{Need, Table};
use super::search::{Literals, Seen};
use super::taint::CompiledTaint;
use crate::language::Dialect;
use crate::pattern::Pattern;
use crate::rules::generic::GenericPattern;
use crate::rules::regex::Regex;
use crate::rules::rule::{Condition, Origin, Rule, RuleLanguage};
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
    /// The same by the numbers of the literals of rules for files of any language; present where this is one.
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
    /// Where what a metavariable, by its number, is bound to in any match must stand. `names_stay` says that names of the
    /// code are not replaced by what they hold.
    fn binds_at(&self, metavariable: u32, names_stay: bool) -> Place {
        let of = |inner: &Self| inner.binds_at(metavariable, names_stay);
        match self {
            Self::Pattern(pattern, ..) => literals::bound_at(pattern, metavariable, names_stay),
            Self::Inside(inner) => of(inner),
            Self::All { terms, .. } => terms.iter().map(of).fold(Place::Anywhere, Place::stricter),
            Self::Any(branches) => branches
                .iter()
                .map(of)
                .reduce(Place::looser)
                .unwrap_or(Place::Anywhere),
            Self::Regex(..) | Self::Generic(_) => Place::Anywhere,
        }
    }

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
        let language = || {
            let own = dialect.map(Dialect::rule_language);
            own.is_some_and(|own| self.rule.languages.contains(&own))
        };
        (self.text_need.is_some() || language()) && self.admits_path(path)
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

/// The parts of flows of a rule that a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) source: bool,
    pub(crate) sink: bool,
    pub(crate) sanitizer: bool,
}

/// Numbers of metavariables by name, for conditions that name them.
pub(crate) fn number_of(rule: &CompiledRule, name: &str) -> Option<usize> {
    rule.metavariables.iter().position(|known| known == name)
}
