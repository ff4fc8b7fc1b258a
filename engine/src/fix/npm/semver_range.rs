//! Version ranges as npm reads them: the grammar of node-semver's documentation ("Ranges"), in its loose form, which is
//! the one that npm uses for dependencies.
//!
//! A range is a list of alternatives, each a list of comparators that must all hold. `^1.2`, `~1`, `1.x` and `1 - 2` are
//! shorthands for two comparators. A version with a prerelease tag is only within an alternative if one of its
//! comparators has a tag on the same three numbers. Parts that are no comparators are passed over; a range in which
//! nothing else is left is none.

use node_semver::Version;

use super::specifier::parse_version;

/// Longest text that is read, as in npm.
const LONGEST: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    alternatives: Vec<Vec<Comparator>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Comparator {
    Any,
    None,
    Is(Operator, Version),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Below,
    UpTo,
    Above,
    From,
    Exactly,
}

/// Numbers of a version, as far as they are given, and what stands behind them.
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    tag: String,
}

impl Range {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let alternatives: Vec<Vec<Comparator>> = text
            .split("||")
            .map(alternative)
            .filter(|comparators| !comparators.is_empty())
            .collect();
        // One that admits everything leaves nothing to the others.
        let any = vec![Comparator::Any];
        if alternatives.contains(&any) {
            return Some(Self {
                alternatives: vec![any],
            });
        }
        (!alternatives.is_empty()).then_some(Self { alternatives })
    }

    pub(crate) fn satisfies(&self, version: &Version) -> bool {
        self.alternatives
            .iter()
            .any(|comparators| holds(comparators, version))
    }

    /// Whether some version may be within both.
    pub(crate) fn intersects(&self, other: &Self) -> bool {
        let satisfiable = |comparators: &[Comparator]| {
            comparators
                .iter()
                .enumerate()
                .all(|(number, a)| comparators.iter().skip(number + 1).all(|b| a.meets(b)))
        };
        self.alternatives
            .iter()
            .filter(|comparators| satisfiable(comparators))
            .any(|mine| {
                other
                    .alternatives
                    .iter()
                    .filter(|comparators| satisfiable(comparators))
                    .any(|theirs| mine.iter().all(|a| theirs.iter().all(|b| a.meets(b))))
            })
    }
}

fn holds(comparators: &[Comparator], version: &Version) -> bool {
    let same_numbers = |other: &Version| {
        (other.major, other.minor, other.patch) == (version.major, version.minor, version.patch)
    };
    comparators.iter().all(|comparator| comparator.admits(version))
        && (!version.is_prerelease()
            || comparators.iter().any(|comparator| {
                matches!(comparator, Comparator::Is(_, other) if other.is_prerelease() && same_numbers(other))
            }))
}

impl Comparator {
    fn admits(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::None => false,
            Self::Is(operator, other) => match operator {
                Operator::Below => version < other,
                Operator::UpTo => version <= other,
                Operator::Above => version > other,
                Operator::From => version >= other,
                Operator::Exactly => version == other,
            },
        }
    }

    fn meets(&self, other: &Self) -> bool {
        use Operator::{Above, Below, Exactly, From, UpTo};
        let (Self::Is(a, x), Self::Is(b, y)) = (self, other) else {
            return *self != Self::None && *other != Self::None;
        };
        match (a, b) {
            (Exactly, _) => holds(std::slice::from_ref(other), x),
            (_, Exactly) => holds(std::slice::from_ref(self), y),
            (Above | From, Above | From) | (Below | UpTo, Below | UpTo) => true,
            (From, UpTo) | (UpTo, From) if x == y => true,
            (Above | From, Below | UpTo) => x < y,
            (Below | UpTo, Above | From) => x > y,
        }
    }
}

fn alternative(text: &str) -> Vec<Comparator> {
    let text = text.trim();
    if text.is_empty() {
        return vec![Comparator::Any];
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [from, "-", to] = words.as_slice()
        && let (Some(from), Some(to)) = (Partial::parse(from), Partial::parse(to))
    {
        return hyphen(&from, &to);
    }
    let mut comparators = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let is_operator = matches!(word, "<" | "<=" | ">" | ">=" | "=" | "~" | "~>" | "^");
        let joined;
        let word = match words.as_slice().first() {
            // An operator may stand away from its version.
            Some(next) if is_operator => {
                joined = format!("{word}{next}");
                words.next();
                joined.as_str()
            }
            _ => word,
        };
        comparators.extend(comparator(word));
    }
    comparators
}

fn comparator(word: &str) -> Vec<Comparator> {
    let (operator, rest) = operator(word);
    let Some(partial) = Partial::parse(rest) else {
        return Vec::new();
    };
    match operator {
        "^" => partial.caret(),
        "~" | "~>" => partial.tilde(),
        operator => partial.compared(operator),
    }
}

fn operator(word: &str) -> (&str, &str) {
    let length = ["<=", ">=", "~>", "<", ">", "=", "~", "^"]
        .iter()
        .find(|operator| word.starts_with(**operator))
        .map_or(0, |operator| operator.len());
    word.split_at(length)
}

fn version(major: u64, minor: u64, patch: u64, tag: &str) -> Option<Version> {
    parse_version(&format!("{major}.{minor}.{patch}{tag}"))
}

fn is(operator: Operator, version: Option<Version>) -> Comparator {
    version.map_or(Comparator::None, |version| {
        Comparator::Is(operator, version)
    })
}

/// From one version up to, but not with, another and its prereleases.
fn between(from: Option<Version>, to: (u64, u64, u64)) -> Vec<Comparator> {
    let below = version(to.0, to.1, to.2, "-0");
    vec![is(Operator::From, from), is(Operator::Below, below)]
}

fn hyphen(from: &Partial, to: &Partial) -> Vec<Comparator> {
    let mut comparators = Vec::new();
    if let Some(major) = from.major {
        let (minor, patch) = (from.minor.unwrap_or(0), from.patch.unwrap_or(0));
        let tag = if from.patch.is_some() { &from.tag } else { "" };
        comparators.push(is(Operator::From, version(major, minor, patch, tag)));
    }
    comparators.extend(match (to.major, to.minor, to.patch) {
        (None, _, _) => None,
        (Some(major), None, _) => Some(is(Operator::Below, version(major + 1, 0, 0, "-0"))),
        (Some(major), Some(minor), None) => {
            Some(is(Operator::Below, version(major, minor + 1, 0, "-0")))
        }
        (Some(major), Some(minor), Some(patch)) => {
            Some(is(Operator::UpTo, version(major, minor, patch, &to.tag)))
        }
    });
    if comparators.is_empty() {
        comparators.push(Comparator::Any);
    }
    comparators
}

impl Partial {
    /// `1`, `1.x`, `v1.2.3-beta+build`, `*`.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(['v', '=']);
        let mut parts = text.splitn(3, '.');
        let major = number(parts.next()?)?;
        let minor = parts.next().map_or(Some(None), number)?;
        let Some(last) = parts.next() else {
            return Some(Self {
                major,
                minor: major.and(minor),
                patch: None,
                tag: String::new(),
            });
        };
        let digits = last
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(last.len());
        let (patch, rest) = match last.strip_prefix(['x', 'X', '*']) {
            Some(rest) => (None, rest),
            None => (number(last.get(..digits)?)?, last.get(digits..)?),
        };
        let (tag, build) = rest
            .split_once('+')
            .map_or((rest, None), |(tag, build)| (tag, Some(build)));
        let tag = tag.strip_prefix('-').unwrap_or(tag);
        let is_tag = |text: &str| {
            text.split('.').all(|part| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
        };
        let is_well_formed =
            (tag.is_empty() && !rest.starts_with('-') || is_tag(tag)) && build.is_none_or(is_tag);
        let patch = major.and(minor).and(patch);
        is_well_formed.then(|| Self {
            major,
            minor: major.and(minor),
            patch,
            tag: if tag.is_empty() {
                String::new()
            } else {
                format!("-{tag}")
            },
        })
    }

    fn caret(&self) -> Vec<Comparator> {
        let Some(major) = self.major else {
            return vec![Comparator::Any];
        };
        let from = |minor, patch, tag| version(major, minor, patch, tag);
        match (self.minor, self.patch) {
            (None, _) => between(from(0, 0, ""), (major + 1, 0, 0)),
            (Some(minor), None) if major == 0 => between(from(minor, 0, ""), (0, minor + 1, 0)),
            (Some(minor), None) => between(from(minor, 0, ""), (major + 1, 0, 0)),
            (Some(minor), Some(patch)) => {
                let to = match (major, minor) {
                    (0, 0) => (0, 0, patch + 1),
                    (0, minor) => (0, minor + 1, 0),
                    _ => (major + 1, 0, 0),
                };
                between(from(minor, patch, &self.tag), to)
            }
        }
    }

    fn tilde(&self) -> Vec<Comparator> {
        let Some(major) = self.major else {
            return vec![Comparator::Any];
        };
        let Some(minor) = self.minor else {
            return between(version(major, 0, 0, ""), (major + 1, 0, 0));
        };
        let tag = if self.patch.is_some() { &self.tag } else { "" };
        let from = version(major, minor, self.patch.unwrap_or(0), tag);
        between(from, (major, minor + 1, 0))
    }

    fn compared(&self, operator: &str) -> Vec<Comparator> {
        let Some(major) = self.major else {
            return vec![match operator {
                "<" | ">" => Comparator::None,
                _ => Comparator::Any,
            }];
        };
        if let (Some(minor), Some(patch)) = (self.minor, self.patch) {
            let operator = match operator {
                "<" => Operator::Below,
                "<=" => Operator::UpTo,
                ">" => Operator::Above,
                ">=" => Operator::From,
                _ => Operator::Exactly,
            };
            return vec![is(operator, version(major, minor, patch, &self.tag))];
        }
        let start = (major, self.minor.unwrap_or(0), 0);
        let next = match self.minor {
            None => (major + 1, 0, 0),
            Some(minor) => (major, minor + 1, 0),
        };
        let at = |(major, minor, patch), tag| version(major, minor, patch, tag);
        match operator {
            "<" => vec![is(Operator::Below, at(start, "-0"))],
            "<=" => vec![is(Operator::Below, at(next, "-0"))],
            ">" => vec![is(Operator::From, at(next, ""))],
            ">=" => vec![is(Operator::From, at(start, ""))],
            _ => between(at(start, ""), next),
        }
    }
}

/// A number, or none for `x`; nothing where it is neither.
#[expect(
    clippy::option_option,
    reason = "not a part of a version, any number, and a number are three answers"
)]
fn number(text: &str) -> Option<Option<u64>> {
    if matches!(text, "x" | "X" | "*") {
        return Some(None);
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // The largest number of a version, as in npm: what JavaScript can tell apart.
    let number: u64 = is_number.then(|| text.parse().ok())??;
    (number <= 9_007_199_254_740_991).then_some(Some(number))
}
