//! Regular expressions of rules: PCRE's syntax on engines that cannot be made to hang.
//!
//! Semgrep compiles `pattern-regex`, `metavariable-regex` and `"=~/…/"` with PCRE2, multi-line, UTF-8, ASCII classes.
//! Here an expression is translated first (`translate`), then run by the `regex` crate in linear time. One
//! that looks around, refers back or is atomic runs on `fancy-regex`, but only where a linear over-approximation of it
//! matches, and with bounded backtracking.
//!
//! Known differences from PCRE2: where `fancy-regex` runs, `\b` is Unicode-aware; `^` also matches at the very
//! end of a text that ends in a line feed.

mod class;
mod literals;
mod translate;

pub use literals::RequiredLiteral;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use fancy_regex::RegexInput;
use regex_syntax::hir::{Hir, HirKind};

/// Longest source text, in bytes.
const MAX_SOURCE: usize = 64 * 1024;
/// Memory of a compiled expression, in bytes.
const SIZE_LIMIT: usize = 10 << 20;
/// Instructions of a backtracking program: calls of groups are inlined and could grow without bound.
const MAX_PROGRAM: usize = 100_000;
/// Steps back that nearly every attempt stays under.
const QUICK_STEPS: usize = 2_000;
/// Steps back of an attempt that needs more.
const PATIENT_STEPS: usize = 500_000;
/// How many attempts in one search may need more.
const PATIENT_ATTEMPTS: u32 = 20;
/// Attempts in one search.
const MAX_ATTEMPTS: u32 = 1_000_000;

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegexError {
    /// Not PCRE's syntax.
    #[error("malformed regular expression at byte {position}: {reason}")]
    Syntax {
        /// Byte in the source, from 0.
        position: usize,
        /// What is wrong there.
        reason: String,
    },
    /// PCRE knows it, this engine does not.
    #[error(
        "the regular expression uses {what} at byte {position}, which is not supported; rewrite it without"
    )]
    Unsupported {
        /// Byte in the source, from 0.
        position: usize,
        /// What is used.
        what: String,
    },
    /// Longer than any sensible rule.
    #[error(
        "the regular expression has {length} bytes, at most {MAX_SOURCE} are allowed; split the rule"
    )]
    TooLong {
        /// Bytes of the source.
        length: usize,
    },
    /// The engine refused the translated expression.
    #[error("the regular expression cannot be compiled: {reason}")]
    Engine {
        /// The engine's words.
        reason: String,
    },
}

/// A backtracking search took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression backtracks too much on this text")]
pub struct BudgetExceeded;

/// A match of a [`Regex`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexMatch {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Groups from `$1` on; `None` for one that took no part.
    pub groups: Vec<Option<Range<usize>>>,
}

/// A compiled regular expression. Cheap to clone.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    source: String,
    names: Vec<Option<String>>,
    /// Matches at least where the expression does; itself where that takes no looking around or back.
    relaxed: Lazy,
    /// Present where the relaxed expression is not enough.
    backtracking: Option<Backtracking>,
    literals: OnceLock<Option<Vec<RequiredLiteral>>>,
}

/// A linear expression whose engine is built when it is first used: most rules meet no text to try theirs on.
struct Lazy {
    source: String,
    hir: Hir,
    engine: OnceLock<Option<regex::Regex>>,
}

/// How large an engine can become before it is built at once, to be refused at once. Far below [`SIZE_LIMIT`].
const SMALL: usize = 20_000;

impl Lazy {
    fn new(source: String) -> Result<Self, RegexError> {
        let engine_error = |reason: String| RegexError::Engine { reason };
        let hir = regex_syntax::ParserBuilder::new()
            .multi_line(true)
            .build()
            .parse(&source)
            .map_err(|error| engine_error(error.to_string()))?;
        let engine = OnceLock::new();
        if states(&hir) > SMALL {
            let built = Self::build(&source).map_err(|error| engine_error(error.to_string()))?;
            let _ = engine.set(Some(built));
        }
        Ok(Self {
            source,
            hir,
            engine,
        })
    }

    fn build(source: &str) -> Result<regex::Regex, regex::Error> {
        regex::RegexBuilder::new(source)
            .multi_line(true)
            .size_limit(SIZE_LIMIT)
            .build()
    }

    fn get(&self) -> Result<&regex::Regex, BudgetExceeded> {
        self.engine
            .get_or_init(|| Self::build(&self.source).ok())
            .as_ref()
            .ok_or(BudgetExceeded)
    }

    fn names(&self) -> Vec<Option<String>> {
        let mut names = Vec::new();
        let mut pending = vec![&self.hir];
        while let Some(hir) = pending.pop() {
            match hir.kind() {
                HirKind::Capture(capture) => {
                    let index = capture.index as usize;
                    if names.len() < index {
                        names.resize(index, None);
                    }
                    if let Some(name) = names.get_mut(index.wrapping_sub(1)) {
                        *name = capture.name.as_deref().map(str::to_owned);
                    }
                    pending.push(&capture.sub);
                }
                HirKind::Repetition(repetition) => pending.push(&repetition.sub),
                HirKind::Concat(parts) | HirKind::Alternation(parts) => pending.extend(parts),
                HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
            }
        }
        names
    }
}

/// About how many states an engine needs. The parser bounds how deep an expression nests, and with it this recursion.
fn states(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| {
        parts
            .iter()
            .fold(1_usize, |sum, part| sum.saturating_add(states(part)))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => 4 * class.ranges().len(),
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            states(&repetition.sub).saturating_mul(times)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

struct Backtracking {
    source: String,
    quick: fancy_regex::Regex,
    patient: OnceLock<Option<fancy_regex::Regex>>,
}

impl Backtracking {
    fn build(source: &str, steps: usize) -> Result<fancy_regex::Regex, RegexError> {
        fancy_regex::RegexBuilder::new(source)
            .multi_line(true)
            .backtrack_limit(steps)
            .delegate_size_limit(SIZE_LIMIT)
            .max_prog_size(MAX_PROGRAM)
            .build()
            .map_err(|error| RegexError::Engine {
                reason: error.to_string(),
            })
    }

    fn new(source: String) -> Result<Self, RegexError> {
        Ok(Self {
            quick: Self::build(&source, QUICK_STEPS)?,
            patient: OnceLock::new(),
            source,
        })
    }

    fn patient(&self) -> Result<&fancy_regex::Regex, BudgetExceeded> {
        self.patient
            .get_or_init(|| Self::build(&self.source, PATIENT_STEPS).ok())
            .as_ref()
            .ok_or(BudgetExceeded)
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Regex({:?})", self.0.source)
    }
}

impl Regex {
    /// Compiles a PCRE expression.
    pub fn new(source: &str) -> Result<Self, RegexError> {
        if source.len() > MAX_SOURCE {
            return Err(RegexError::TooLong {
                length: source.len(),
            });
        }
        let translated = translate::translate(source)?;
        let relaxed = Lazy::new(translated.relaxed)?;
        let backtracking = translated
            .backtracks
            .then(|| Backtracking::new(translated.exact))
            .transpose()?;
        let names = match &backtracking {
            Some(engine) => names(engine.quick.capture_names()),
            None => relaxed.names(),
        };
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            names,
            relaxed,
            backtracking,
            literals: OnceLock::new(),
        })))
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether `text` holds a match.
    pub fn is_match(&self, text: &str) -> Result<bool, BudgetExceeded> {
        let relaxed = self.0.relaxed.get()?;
        match &self.0.backtracking {
            None => Ok(relaxed.is_match(text)),
            Some(engine) => {
                let mut found = false;
                engine.search(relaxed, text, &mut |_| {
                    found = true;
                    false
                })?;
                Ok(found)
            }
        }
    }

    /// Whether a match begins at the first byte of `text`.
    pub fn is_match_at_start(&self, text: &str) -> Result<bool, BudgetExceeded> {
        match &self.0.backtracking {
            // The leftmost match begins at 0 exactly if some match does.
            None => {
                let found = self.0.relaxed.get()?.find(text);
                Ok(found.is_some_and(|found| found.start() == 0))
            }
            Some(engine) => {
                let mut patience = PATIENT_ATTEMPTS;
                Ok(engine.attempt(text, 0, &mut patience)?.is_some())
            }
        }
    }

    /// The first `max` matches, left to right, without overlap.
    pub fn find_all(&self, text: &str, max: usize) -> Result<Vec<RegexMatch>, BudgetExceeded> {
        let mut found = Vec::new();
        if max == 0 {
            return Ok(found);
        }
        let relaxed = self.0.relaxed.get()?;
        match &self.0.backtracking {
            None if self.0.names.is_empty() => {
                found.extend(relaxed.find_iter(text).take(max).map(|hit| RegexMatch {
                    range: hit.range(),
                    groups: Vec::new(),
                }));
            }
            None => {
                found.extend(relaxed.captures_iter(text).take(max).map(|captures| {
                    RegexMatch {
                        range: captures.get_match().range(),
                        groups: captures
                            .iter()
                            .skip(1)
                            .map(|group| group.map(|hit| hit.range()))
                            .collect(),
                    }
                }));
            }
            Some(engine) => engine.search(relaxed, text, &mut |hit| {
                found.push(hit);
                found.len() < max
            })?,
        }
        Ok(found)
    }

    /// How many groups there are, the whole match not counted.
    pub fn group_count(&self) -> usize {
        self.0.names.len()
    }

    /// The names of the groups, from `$1` on.
    pub fn group_names(&self) -> &[Option<String>] {
        &self.0.names
    }

    /// Literals of at least three bytes, at least one of which occurs in any text with a match. `None` if no such set
    /// is known.
    pub fn required_literals(&self) -> Option<Vec<RequiredLiteral>> {
        self.0
            .literals
            .get_or_init(|| literals::required(&self.0.relaxed.hir))
            .clone()
    }

    /// An expression that matches in any text of which a part matches this one: without looking around or back, and
    /// without minding where the part begins and ends. `None` where that would match nearly anything.
    pub fn within_text(&self) -> Option<regex::bytes::Regex> {
        let anywhere = literals::unanchored(&self.0.relaxed.hir)?;
        regex::bytes::RegexBuilder::new(&anywhere.to_string())
            .size_limit(SIZE_LIMIT)
            .build()
            .ok()
    }
}

fn names<'n>(names: impl Iterator<Item = Option<&'n str>>) -> Vec<Option<String>> {
    names.skip(1).map(|name| name.map(str::to_owned)).collect()
}

impl Backtracking {
    /// Gives matches to `visit` until it returns false.
    fn search(
        &self,
        relaxed: &regex::Regex,
        text: &str,
        visit: &mut dyn FnMut(RegexMatch) -> bool,
    ) -> Result<(), BudgetExceeded> {
        let mut patience = PATIENT_ATTEMPTS;
        let mut attempts = MAX_ATTEMPTS;
        let mut from = 0;
        let mut last_end = None;
        while let Some(candidate) = relaxed.find_at(text, from) {
            let start = candidate.start();
            attempts = attempts.checked_sub(1).ok_or(BudgetExceeded)?;
            let found = self.attempt(text, start, &mut patience)?;
            let end = found.as_ref().map_or(start, |hit| hit.range.end);
            // As with the `regex` crate, no empty match right after a match.
            if let Some(hit) = found
                && !(hit.range.is_empty() && last_end == Some(end))
            {
                last_end = Some(end);
                if !visit(hit) {
                    break;
                }
            }
            from = if end > start {
                end
            } else {
                next_character(text, start)
            };
            if from > text.len() {
                break;
            }
        }
        Ok(())
    }

    /// A match that begins at `start`.
    fn attempt(
        &self,
        text: &str,
        start: usize,
        patience: &mut u32,
    ) -> Result<Option<RegexMatch>, BudgetExceeded> {
        let input = || RegexInput::new(text).from_pos(start).anchored(true);
        let captures = if let Ok(captures) = self.quick.captures_input(input()) {
            captures
        } else {
            *patience = patience.checked_sub(1).ok_or(BudgetExceeded)?;
            self.patient()?
                .captures_input(input())
                .map_err(|_| BudgetExceeded)?
        };
        Ok(captures.and_then(|captures| {
            Some(RegexMatch {
                range: captures.get(0)?.range(),
                groups: captures
                    .iter()
                    .skip(1)
                    .map(|group| group.map(|hit| hit.range()))
                    .collect(),
            })
        }))
    }
}

fn next_character(text: &str, position: usize) -> usize {
    let rest = text.get(position..).and_then(|rest| rest.chars().next());
    position + rest.map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use proptest::prelude::*;

    use super::*;

    fn found(source: &str, text: &str) -> Vec<String> {
        let regex = Regex::new(source).unwrap();
        let hits = regex.find_all(text, 100).unwrap();
        hits.into_iter()
            .map(|hit| text[hit.range].to_owned())
            .collect()
    }

    fn literals(source: &str) -> Option<Vec<String>> {
        let found = Regex::new(source).unwrap().required_literals()?;
        let shown = |literal: RequiredLiteral| {
            let flags = if literal.caseless { "(?i)" } else { "" };
            format!("{flags}{}", literal.text)
        };
        Some(found.into_iter().map(shown).collect())
    }

    #[test]
    fn pcre_only_syntax_means_what_pcre_means() {
        let cases: &[(&str, &str, &[&str])] = &[
            (r"a\/b", "a/b", &["a/b"]),
            (r"{{\s*x\s*}}", "{{ x }}", &["{{ x }}"]),
            (r"a{,2}", "a{,2} aa", &["a{,2}"]),
            (r"[[a]+", "[[a]", &["[[a"]),
            (r"[]x]+", "]x[", &["]x"]),
            (r"[\w-.]+", "a-b.c!", &["a-b.c"]),
            (r"[a\-z]+", "a-zb", &["a-z"]),
            (r"[a&&b~~]+", "a&b~c", &["a&b~"]),
            (r"[[:alpha:][:^digit:]]+", "a!1", &["a!"]),
            (r"\<b\>", "<b>", &["<b>"]),
            (r"a\hb", "a\tb a\nb", &["a\tb"]),
            (r"\x41\x{42}\103\cA", "ABC\x01", &["ABC\x01"]),
            (r"\Qa.b\E+", "a.bb axb", &["a.bb"]),
            (
                r"(?x) a b # ab
               \ c",
                "ab c",
                &["ab c"],
            ),
            (r"(?<q>['`])x\k<q>", "'x' `x'", &["'x'"]),
            (r"(?P<q>.)(?P=q)", "abba", &["bb"]),
            (r"(a)(b)\2\g{-1}", "abbb", &["abbb"]),
            (r"\d+", "12 \u{664}", &["12"]),
            (r"^b$", "a\nb\nc", &["b"]),
            (r"c\Z", "c\nc\n", &["c"]),
            (r"foo\Kbar", "foobar bar", &["bar"]),
            (r"a++b|c?+d", "aab cd", &["aab", "cd"]),
            (r"(?:ab){2}+c", "ababc", &["ababc"]),
            (r"(?>a|ab)c", "abc ac", &["ac"]),
            (r"(?<!x)y(?=z)", "xyz yz", &["y"]),
            (r"(?=a){2,}\w", "ab", &["a"]),
            (r"(a)?(?(1)b|c)", "ab c", &["ab", "c"]),
            (r"\((?:[^()]|(?R))*\)", "x(a(b)c)", &["(a(b)c)"]),
            (r"(?i)key(?-i)X", "KEYX keyx", &["KEYX"]),
        ];
        for (source, text, expected) in cases {
            assert_eq!(&found(source, text), expected, "{source}");
        }
    }

    #[test]
    fn malformed_expressions_say_where() {
        for (source, at) in [
            ("a(b", 3),
            ("ab)", 2),
            ("*a", 0),
            ("a[b", 1),
            (r"a\yb", 1),
            ("[z-a]", 1),
        ] {
            match Regex::new(source) {
                Err(RegexError::Syntax { position, .. }) => assert_eq!(position, at, "{source}"),
                other => panic!("{source}: {other:?}"),
            }
        }
        assert!(Regex::new(&"(".repeat(50_000)).is_err());
        assert!(Regex::new("(a{1000}){1000}").is_err());
    }

    #[test]
    fn groups_are_numbered_and_named() {
        let regex = Regex::new(r"(?<scheme>\w+)://(\d+)?(?!x)").unwrap();
        assert_eq!(regex.group_count(), 2);
        assert_eq!(regex.group_names(), [Some("scheme".to_owned()), None]);
        let hits = regex.find_all("é ftp://", 9).unwrap();
        assert_eq!(
            hits,
            [RegexMatch {
                range: 3..9,
                groups: vec![Some(3..6), None]
            }]
        );
    }

    #[test]
    fn a_match_at_the_start_is_anchored() {
        let anchored =
            |source: &str, text| Regex::new(source).unwrap().is_match_at_start(text).unwrap();
        assert!(anchored("b*a", "abc"));
        assert!(!anchored("b", "abc"));
        assert!(!anchored("(?!a)b", "ab"));
        assert!(anchored("(?!b)", "ab"));
    }

    #[test]
    fn backtracking_ends() {
        let regex = Regex::new(r"(a+)+\1b(?!c)").unwrap();
        let text = "a".repeat(5_000) + "b";
        let hostile = "a".repeat(5_000) + "c" + &"a".repeat(40) + "bc";
        assert_eq!(regex.is_match(&text), Ok(true));
        assert_eq!(regex.is_match(&hostile), Err(BudgetExceeded));
        assert_eq!(regex.is_match(&"a".repeat(100_000)), Ok(false));
    }

    #[test]
    fn expressions_within_a_text() {
        let within = |source| {
            Regex::new(source)
                .unwrap()
                .within_text()
                .map(|regex| regex.to_string())
        };
        assert_eq!(
            within(r"^(?:.*_)?(?:pass|pwd)$").unwrap(),
            "(?:(?:pass)|(?:pwd))"
        );
        assert_eq!(within(r"^\w+$"), None);
    }

    #[test]
    fn required_literals_are_in_every_match() {
        let some = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(literals(r"\bAKIA[0-9A-Z]{16}\b"), some(&["AKIA"]));
        assert_eq!(literals(r"https?://[^/]+\.internal"), some(&[".internal"]));
        assert_eq!(
            literals("(?:eval|exec)Sync"),
            some(&["evalSync", "execSync"])
        );
        assert_eq!(literals("(?!secret)token=(?=x)"), some(&["token="]));
        assert_eq!(literals("(?i)secret"), some(&["(?i)secret"]));
        assert_eq!(literals("(?i)Ab-(?-i)C"), some(&["(?i)ab-c"]));
        assert_eq!(literals("[xX]y(?:z|[wW])"), some(&["(?i)xyw", "(?i)xyz"]));
        assert_eq!(literals("(?i)\u{e9}tat"), some(&["(?i)tat"]));
        assert_eq!(literals("(foo)?bar|ba"), None);
        assert_eq!(literals("(?:ab?){2,}cd"), None);
    }

    proptest! {
        #[test]
        fn any_text_compiles_or_is_refused(source in r"[\\\[\](){}?*+|^$.,:<>=!#&~abwdpQEkgx1-9-]{0,24}", text in "[ab1 ]{0,12}") {
            if let Ok(regex) = Regex::new(&source) {
                let _ = regex.find_all(&text, 10);
                let _ = regex.is_match_at_start(&text);
                let _ = regex.required_literals();
            }
        }

        #[test]
        fn look_around_finds_what_the_linear_engine_finds(source in "[ab][ab.*]{0,6}", text in "[ab]{0,12}") {
            prop_assume!(!source.contains("**"));
            let plain = Regex::new(&source).unwrap().find_all(&text, 50).unwrap();
            let fancy = Regex::new(&format!("(?=){source}")).unwrap().find_all(&text, 50).unwrap();
            prop_assert_eq!(plain, fancy);
        }

        #[test]
        fn a_match_holds_a_required_literal(source in "(abc|[ab]cd){1,2}(x|yy)?[bc]{0,2}(def)?", text in "[abcdefxy]{0,24}") {
            let regex = Regex::new(&source).unwrap();
            if let Some(literals) = regex.required_literals() && regex.is_match(&text).unwrap() {
                prop_assert!(literals.iter().any(|literal| text.contains(&literal.text)));
            }
        }

        #[test]
        fn a_caseless_match_holds_a_required_literal(source in "(?:[ab]ck|sd)(x|yy)?(?:SE|k)", text in "[abcdksxySKE\u{17f}\u{212a}]{0,12}") {
            let regex = Regex::new(&format!("(?i){source}")).unwrap();
            let folds = text.contains(['\u{17f}', '\u{212a}']);
            if let Some(literals) = regex.required_literals() && !folds && regex.is_match(&text).unwrap() {
                let text = text.to_ascii_lowercase();
                prop_assert!(literals.iter().any(|literal| text.contains(&literal.text)));
            }
        }

        #[test]
        fn what_a_part_matches_is_found_in_the_whole(source in "(\\^)?(\\.\\*)?a[bc]{1,2}(d|\\\\be)?f?[$]?", part in "[abcdef]{0,8}", around in "[ax \n]{0,3}") {
            let regex = Regex::new(&source).unwrap();
            if let Some(anywhere) = regex.within_text() && regex.is_match(&part).unwrap() {
                let text = format!("{around}{part}{around}");
                prop_assert!(anywhere.is_match(text.as_bytes()), "{} in {:?}", anywhere, text);
            }
        }
    }
}
