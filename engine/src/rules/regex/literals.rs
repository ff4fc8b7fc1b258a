//! Literals that every match of a regular expression contains, for finding files worth searching.
//!
//! Walks the expression and keeps, for each part, either all strings it can match (when they are few) or a set of
//! strings of which any match contains at least one.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals occur in nearly every file.
const SHORTEST: usize = 3;
/// A larger set costs more to look for than it saves.
const MOST: usize = 64;
/// Longer strings are cut off: a few bytes select as well.
const LONGEST: usize = 32;

type Strings = Vec<Vec<u8>>;

/// What is known of a part.
struct Known {
    /// All strings that it matches.
    exact: Option<Strings>,
    /// One of these occurs in each match.
    any_of: Option<Strings>,
}

impl Known {
    fn nothing() -> Self {
        Self {
            exact: None,
            any_of: None,
        }
    }

    fn exact(strings: Strings) -> Self {
        Self {
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

/// Literals of at least three bytes, in their exact case, of which any match of `pattern` contains at least one.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new()
        .multi_line(true)
        .utf8(false)
        .build()
        .parse(pattern)
        .ok()?;
    let found = walk(&hir).into_any_of()?;
    let mut texts = found
        .into_iter()
        .map(|bytes| String::from_utf8(bytes).ok())
        .collect::<Option<Vec<_>>>()?;
    texts.sort_unstable();
    texts.dedup();
    Some(texts)
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
        HirKind::Literal(literal) => Known::exact(vec![literal.0.to_vec()]),
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
                    known
                }
                (0, _) => Known::nothing(),
                _ => Known {
                    exact: None,
                    any_of: known.into_any_of(),
                },
            }
        }
        HirKind::Alternation(branches) => alternation(branches),
        HirKind::Concat(parts) => concatenation(parts),
    }
}

/// The few characters of a class, each as a string. None if it holds a letter in both cases, which is how `(?i)` is
/// expressed: such literals would have to be looked for in every mixture of cases.
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
    let both_cases = found.iter().any(|&character| {
        let mut lower = character.to_lowercase();
        found
            .iter()
            .any(|&other| other != character && other.to_lowercase().eq(lower.by_ref()))
    });
    let strings = found
        .iter()
        .map(|character| character.to_string().into_bytes());
    (!both_cases && !found.is_empty()).then(|| strings.collect())
}

fn alternation(branches: &[Hir]) -> Known {
    let mut exact = Some(Vec::new());
    let mut any_of = Some(Vec::new());
    for branch in branches {
        let known = walk(branch);
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
    Known { exact, any_of }
}

fn concatenation(parts: &[Hir]) -> Known {
    let mut best = None;
    let mut run: Strings = vec![Vec::new()];
    let mut whole = true;
    for part in parts {
        let known = walk(part);
        match known.exact {
            Some(strings) if run.len() * strings.len() <= MOST && !too_long(&run) => {
                run = product(&run, &strings);
            }
            exact => {
                whole = false;
                best = better(best, Some(run).filter(|strings| worth(strings).is_some()));
                run = exact.unwrap_or_else(|| vec![Vec::new()]);
                best = better(best, known.any_of);
            }
        }
    }
    if whole {
        return Known::exact(run);
    }
    Known {
        exact: None,
        any_of: better(best, Some(run).filter(|strings| worth(strings).is_some())),
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
