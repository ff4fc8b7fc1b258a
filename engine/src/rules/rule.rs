//! The rule model: what a rule file says, before its patterns are parsed.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::{RuleFacts, Severity};

/// A place in a rule file, for error messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The rule file.
    pub file: Arc<PathBuf>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub origin: Origin,
}

/// A language that rules are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleLanguage {
    /// JavaScript and JSX (`js`, `jsx`, `javascript`).
    JavaScript,
    /// TypeScript and TSX (`ts`, `tsx`, `typescript`).
    TypeScript,
    /// Regular expressions over any text (`regex`, `none`).
    Regex,
    /// Token patterns over any text (`generic`).
    Generic,
}

impl RuleLanguage {
    /// Whether texts in it have a syntax tree.
    pub fn parses(self) -> bool {
        match self {
            Self::JavaScript | Self::TypeScript => true,
            Self::Regex | Self::Generic => false,
        }
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique in a rule set.
    pub id: String,
    /// May hold `$X` and `value($X)`.
    pub message: String,
    /// How bad a match is.
    pub severity: Severity,
    /// At least one.
    pub languages: Vec<RuleLanguage>,
    /// The whole `metadata` block.
    pub metadata: serde_json::Value,
    /// What reports use of it.
    pub facts: RuleFacts,
    /// What it matches; nothing in taint mode.
    pub formula: Formula,
    /// What it says in taint mode.
    pub taint: Option<super::taint::Taint>,
    /// Switches of the matcher.
    pub options: RuleOptions,
    /// Which files it looks at.
    pub paths: RulePaths,
    /// Text to put in place of a match.
    pub fix: Option<String>,
    /// A regular-expression edit of a match.
    pub fix_regex: Option<FixRegex>,
    /// Where the rule begins.
    pub origin: Origin,
    /// Whether findings are secrets: `metadata.category` is `secret`, or CWE-798 or CWE-321 stands first.
    pub is_secret: bool,
}

/// A formula: what to match, as a tree.
#[derive(Clone, Debug)]
pub enum Formula {
    /// Code with holes.
    Pattern(Located<String>),
    /// A regular expression over the text.
    Regex(Located<String>),
    /// All of them, on ranges that nest.
    All(Conjunction),
    /// Any of them.
    Any(Vec<Formula>),
    /// The range in which another match must lie. Only inside a [`Conjunction`].
    Inside(Box<Formula>),
    /// What a match must not be. Only inside a [`Conjunction`].
    Not(Box<Formula>),
}

/// The terms of `patterns` (or `all` with `where`).
#[derive(Clone, Debug)]
pub struct Conjunction {
    /// Positive terms, [`Formula::Inside`], [`Formula::Not`] (which may hold an `Inside`).
    pub terms: Vec<Formula>,
    /// Conditions on metavariables.
    pub conditions: Vec<Located<Condition>>,
    /// `focus-metavariable`: each entry is a union of metavariables; entries intersect.
    pub focus: Vec<Vec<String>>,
}

/// A condition on a metavariable.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `metavariable-regex`: matches from the left.
    Regex {
        /// With its `$`.
        metavariable: String,
        /// Source text of the expression.
        regex: String,
        /// `constant-propagation`.
        constant_propagation: bool,
    },
    /// `metavariable-pattern`: the bound code contains what the formula matches.
    Pattern {
        /// With its `$`.
        metavariable: String,
        /// Another language for the bound text.
        language: Option<RuleLanguage>,
        /// What must match within.
        formula: Box<Formula>,
    },
    /// `metavariable-comparison`.
    Comparison {
        /// With its `$`; optional in the newer syntax.
        metavariable: Option<String>,
        /// Parsed expression.
        comparison: super::comparison::Expression,
        /// Strip quotes before reading a number.
        strip: bool,
        /// Base of the number, 2 to 36.
        base: Option<u32>,
    },
    /// `metavariable-analysis`.
    Analysis {
        /// With its `$`.
        metavariable: String,
        /// Which analysis.
        analyzer: Analyzer,
    },
    /// `metavariable-name`: the name is imported from one of these modules.
    Name {
        /// With its `$`.
        metavariable: String,
        /// Any of these.
        modules: Vec<String>,
    },
    /// `metavariable-type`.
    Type {
        /// With its `$`.
        metavariable: String,
        /// Any of these.
        types: Vec<String>,
    },
}

/// Analyses of a metavariable's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analyzer {
    /// Looks random enough for a secret.
    Entropy,
    /// A regular expression that backtracks without bound.
    Redos,
}

impl Rule {
    /// What patterns of a rule for several languages are read as: the first that it is one of.
    pub(crate) fn pattern_language(&self) -> RuleLanguage {
        let languages = self.languages.iter().copied();
        languages
            .min_by_key(|language| *language as u8)
            .unwrap_or(RuleLanguage::Regex)
    }
}

/// Options of a rule, with Semgrep's defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOptions {
    /// `x` matches a constant that `x` holds.
    pub constant_propagation: bool,
    /// `x` matches the expression that `x` holds.
    pub symbolic_propagation: bool,
    /// A metavariable that is bound to a variable is not another variable of the same name.
    pub unify_ids_strictly: bool,
    /// `==` and the like match with their sides swapped.
    pub symmetric_eq: bool,
    /// `&&` and `||` match with their sides swapped.
    pub commutative_boolop: bool,
    /// `+`, `*` and the like match up to associativity.
    pub ac_matching: bool,
    /// `$X = 1` matches `var x = 1`.
    pub vardef_assign: bool,
    /// `function (…) {…}` matches `(…) => {…}`.
    pub arrow_is_function: bool,
    /// `var x` matches `let x`.
    pub let_is_var: bool,
    /// A pattern expression is searched within statements' expressions.
    pub implicit_deep_exprstmt: bool,
    /// JSX attributes in a pattern may have others between them.
    pub xml_attrs_implicit_ellipsis: bool,
    /// A self-closing JSX element in a pattern matches one with children.
    pub xml_singleton_loose_matching: bool,
    /// Most lines `...` may span in `generic` mode.
    pub generic_ellipsis_max_span: u32,
    /// Letters match in any case in `generic` mode.
    pub generic_caseless: bool,
    /// The whole `options` block, for what later readers need.
    pub raw: serde_json::Map<String, serde_json::Value>,
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self {
            constant_propagation: true,
            symbolic_propagation: false,
            unify_ids_strictly: true,
            symmetric_eq: false,
            commutative_boolop: false,
            ac_matching: true,
            vardef_assign: true,
            arrow_is_function: true,
            let_is_var: true,
            implicit_deep_exprstmt: true,
            xml_attrs_implicit_ellipsis: true,
            xml_singleton_loose_matching: true,
            generic_ellipsis_max_span: 10,
            generic_caseless: false,
            raw: serde_json::Map::new(),
        }
    }
}

/// `paths` of a rule: globs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePaths {
    /// If any, one must match.
    pub include: Vec<String>,
    /// None may match.
    pub exclude: Vec<String>,
}

/// `fix-regex` of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixRegex {
    /// What to look for in the matched text.
    pub regex: String,
    /// May hold `\1`.
    pub replacement: String,
    /// How many times; `None` for all.
    pub count: Option<u32>,
}

/// Bytes of a file, from start to end.
pub type ByteRange = Range<usize>;
