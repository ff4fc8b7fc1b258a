//! Literals that every match of a regular expression contains, for finding files worth searching.
//!
//! Walks the expression and keeps, for each part, either all strings it can match (when they are few) or a set of
//! strings of which any match contains at least one.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Shorter literals occur in nearly every file.
const SHORTEST: usize = 3;
/// Shorter words do.
const SHORTEST_WORD: usize = 2;
/// A larger set costs more to look for than it saves.
const MOST: usize = 64;
/// Longer strings are cut off: a few bytes select as well.
const LONGEST: usize = 32;

/// A letter in either case: its lower case with this added.
const EITHER_CASE: u16 = 0x100;

/// Bytes, some of them letters in either case.
type Strings = Vec<Vec<u16>>;

/// A text that must occur.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequiredLiteral {
    /// In lower case where the case does not matter.
    pub text: String,
    /// ASCII letters may have either case.
    pub caseless: bool,
}

/// What is known of a part.
struct Known {
    /// All strings that it matches.
    exact: Option<Strings>,
    /// One of these occurs in each match.
    any_of: Option<Strings>,
    /// Each match begins with one of these, and ends with one of those.
    ends: [Strings; 2],
}

impl Known {
    fn nothing() -> Self {
        Self {
            exact: None,
            any_of: None,
            ends: [anything(), anything()],
        }
    }

    fn exact(strings: Strings) -> Self {
        Self {
            ends: [strings.clone(), strings.clone()],
            exact: Some(strings),
            any_of: None,
        }
    }

    fn into_any_of(self) -> Option<Strings> {
        better(
            self.exact.filter(|strings| worth(strings).is_some()),
            self.any_of,
        )
    }
}

/// What begins and ends everything.
fn anything() -> Strings {
    vec![Vec::new()]
}

/// Literals of at least three bytes of which any match of an expression contains at least one. Of the letters that
/// Unicode folds to ASCII ones (`\u{17f}` to `s`, `\u{212a}` to `k`) nothing is known here; who looks for caseless literals
/// takes a text with one of them for a text with all literals.
pub(super) fn required(hir: &Hir) -> Option<Vec<RequiredLiteral>> {
    let found = walk(hir).into_any_of()?;
    texts(found)
}

fn texts(strings: Strings) -> Option<Vec<RequiredLiteral>> {
    let mut texts = strings
        .into_iter()
        .map(|units| {
            let caseless = units.iter().any(|unit| *unit >= EITHER_CASE);
            let bytes = units.iter().map(|unit| (unit & 0xff) as u8).collect();
            let text = String::from_utf8(bytes).ok()?;
            Some(RequiredLiteral {
                text: if caseless {
                    text.to_ascii_lowercase()
                } else {
                    text
                },
                caseless,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    texts.sort_unstable();
    texts.dedup();
    Some(texts)
}

/// All texts that an expression matches, where it matches whole texts only (or the end of lines) and these are few and
/// begin and end as words do. `from_start`: only matches that begin where the text does count, even if the expression
/// does not say so.
pub(super) fn whole(hir: &Hir, from_start: bool) -> Option<Vec<RequiredLiteral>> {
    let HirKind::Concat(parts) = hir.kind() else {
        return None;
    };
    let tied = parts.last()?.properties().look_set_suffix();
    let begins = parts.first()?.properties().look_set_prefix();
    let tied_to_start =
        from_start || begins.contains(Look::Start) || begins.contains(Look::StartLF);
    if !tied_to_start || !(tied.contains(Look::End) || tied.contains(Look::EndLF)) {
        return None;
    }
    let strings = walk(hir).exact?;
    let word = |unit: &u16| {
        let byte = (unit & 0xff) as u8;
        byte.is_ascii_alphanumeric() || byte == b'_'
    };
    let words = strings.iter().all(|string| {
        string.len() >= SHORTEST_WORD
            && string.first().is_some_and(word)
            && string.last().is_some_and(word)
    });
    words.then(|| texts(strings)).flatten()
}

/// The expression without what ties it to the beginning, the end or a word's edge of the text it is meant for, and
/// without what it may begin or end with. `None` where less than [`SHORTEST`] bytes are left to look for.
pub(super) fn unanchored(hir: &Hir) -> Option<Hir> {
    let mut free = untied(hir);
    if let HirKind::Concat(parts) = free.kind() {
        let optional = |part: &&Hir| match part.kind() {
            HirKind::Repetition(repetition) => repetition.min == 0,
            _ => false,
        };
        let skip = parts.iter().take_while(optional).count();
        let rest = parts.get(skip..).unwrap_or_default();
        let last = rest.iter().rev().take_while(optional).count();
        let kept = rest.get(..rest.len() - last).unwrap_or_default();
        free = Hir::concat(kept.to_vec());
    }
    let shortest = free.properties().minimum_len().unwrap_or(0);
    (shortest >= SHORTEST).then_some(free)
}

fn untied(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Capture(capture) => untied(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(untied(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(untied).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(untied).collect()),
    }
}

/// How selective a set is: the length of its shortest string, then how few there are.
fn worth(strings: &Strings) -> Option<(usize, usize)> {
    let shortest = strings.iter().map(Vec::len).min()?;
    (shortest >= SHORTEST && strings.len() <= MOST).then(|| (shortest.min(8), MOST - strings.len()))
}

fn better(left: Option<Strings>, right: Option<Strings>) -> Option<Strings> {
    match (left, right) {
        (Some(left), Some(right)) if worth(&right) > worth(&left) => Some(right),
        (Some(left), _) => Some(left),
        (None, right) => right,
    }
}

/// The parser bounds how deep an expression nests, and with it this recursion.
fn walk(hir: &Hir) -> Known {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Known::exact(vec![Vec::new()]),
        HirKind::Literal(literal) => Known::exact(vec![
            literal.0.iter().map(|byte| u16::from(*byte)).collect(),
        ]),
        HirKind::Class(class) => characters(class).map_or_else(Known::nothing, Known::exact),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Repetition(repetition) => {
            let mut known = walk(&repetition.sub);
            match (repetition.min, repetition.max) {
                (1, Some(1)) => known,
                (0, Some(1)) => {
                    if let Some(strings) = &mut known.exact {
                        strings.push(Vec::new());
                    }
                    known.any_of = None;
                    known.ends = [anything(), anything()];
                    known
                }
                (0, _) => Known::nothing(),
                _ => Known {
                    exact: None,
                    ends: known.ends.clone(),
                    any_of: known.into_any_of(),
                },
            }
        }
        HirKind::Alternation(branches) => alternation(branches),
        HirKind::Concat(parts) => concatenation(parts),
    }
}

/// The few characters of a class, each as a string; a letter in both cases, as `(?i)` makes it, is one string.
fn characters(class: &Class) -> Option<Strings> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut found = Vec::new();
    for range in class.ranges() {
        for character in range.start()..=range.end() {
            found.push(character);
            if found.len() > 8 {
                return None;
            }
        }
    }
    let mut strings = Strings::new();
    for letter in 'a'..='z' {
        if found.contains(&letter) && found.contains(&letter.to_ascii_uppercase()) {
            strings.push(vec![letter as u16 | EITHER_CASE]);
            found.retain(|other| !other.to_lowercase().eq([letter]) && !folds_to(*other, letter));
        }
    }
    // Other letters would have to be looked for in every mixture of cases.
    let both_cases = found.iter().any(|&character| {
        let mut lower = character.to_lowercase();
        found
            .iter()
            .any(|&other| other != character && other.to_lowercase().eq(lower.by_ref()))
    });
    strings.extend(
        found
            .iter()
            .map(|character| character.to_string().bytes().map(u16::from).collect()),
    );
    (!both_cases && !strings.is_empty()).then_some(strings)
}

/// Letters beyond ASCII that are an ASCII letter in another case.
fn folds_to(character: char, letter: char) -> bool {
    matches!((character, letter), ('\u{17f}', 's') | ('\u{212a}', 'k'))
}

fn alternation(branches: &[Hir]) -> Known {
    let mut exact = Some(Vec::new());
    let mut any_of = Some(Vec::new());
    let mut ends = [Strings::new(), Strings::new()];
    for branch in branches {
        let known = walk(branch);
        for (all, of_branch) in ends.iter_mut().zip(&known.ends) {
            all.extend(of_branch.iter().cloned());
        }
        match (&mut exact, &known.exact) {
            (Some(all), Some(strings)) if all.len() + strings.len() <= MOST => {
                all.extend(strings.iter().cloned());
            }
            _ => exact = None,
        }
        match (&mut any_of, known.into_any_of()) {
            (Some(all), Some(strings)) if all.len() + strings.len() <= MOST => all.extend(strings),
            _ => any_of = None,
        }
    }
    let ends = ends.map(|all| if all.len() <= MOST { all } else { anything() });
    Known {
        exact,
        any_of,
        ends,
    }
}

fn concatenation(parts: &[Hir]) -> Known {
    let mut best = None;
    let mut run = anything();
    let mut begin = None;
    for part in parts {
        let known = walk(part);
        match known.exact {
            Some(strings) if run.len() * strings.len() <= MOST && !too_long(&run) => {
                run = product(&run, &strings);
            }
            _ => {
                let [prefixes, suffixes] = known.ends;
                if run.len() * prefixes.len() <= MOST && !too_long(&run) {
                    run = product(&run, &prefixes);
                }
                best = better(best, Some(run.clone()).filter(|it| worth(it).is_some()));
                begin.get_or_insert(run);
                run = suffixes;
                best = better(best, known.any_of);
            }
        }
    }
    let Some(begin) = begin else {
        return Known::exact(run);
    };
    Known {
        exact: None,
        any_of: better(best, Some(run.clone()).filter(|it| worth(it).is_some())),
        ends: [begin, run],
    }
}

fn too_long(run: &Strings) -> bool {
    run.iter().any(|string| string.len() >= LONGEST)
}

fn product(left: &Strings, right: &Strings) -> Strings {
    left.iter()
        .flat_map(|head| {
            right
                .iter()
                .map(move |tail| [head.as_slice(), tail].concat())
        })
        .collect()
}
