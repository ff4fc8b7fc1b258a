//! Analyses of a metavariable's text: does it look like a random secret, does it backtrack without bound.

use regex_syntax::ast::{Ast, GroupKind, RepetitionKind, RepetitionRange};

/// Shortest text that can be called random.
const SHORTEST_SECRET: usize = 12;

/// Whether a text looks random enough for a secret: many different characters in an order that words do not have.
///
/// Shannon entropy in bits per character (Shannon 1948), held against a bound that grows with how many kinds of
/// characters there are; words separated by `-`, `_`, `.` or blanks are judged by their longest part.
pub fn entropy(text: &str) -> bool {
    let longest = text
        .split(|c: char| c.is_whitespace())
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    if longest.len() < SHORTEST_SECRET {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in longest.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let length = longest.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    let has = |test: fn(&u8) -> bool| longest.as_bytes().iter().any(test);
    let digits = has(u8::is_ascii_digit);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let hexadecimal = longest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal {
        return digits && bits >= 3.0;
    }
    // Words have no digits in their middle and seldom capitals there.
    (digits && bits >= 3.3) || (mixed && digits && bits >= 3.0) || bits >= 4.2
}

/// Whether a regular expression can backtrack without bound: a repetition without an upper limit whose inside can
/// match one text in several ways, by repeating without limit itself or by alternatives that begin alike.
pub fn redos(source: &str) -> bool {
    let source = source.strip_prefix('/').map_or(source, |rest| {
        rest.rsplit_once('/').map_or(rest, |(body, _)| body)
    });
    let parser = regex_syntax::ast::parse::ParserBuilder::new()
        .nest_limit(200)
        .build()
        .parse(source);
    match parser {
        Ok(ast) => vulnerable(&ast, false),
        Err(_) => false,
    }
}

/// The nesting is bounded by the parser's limit.
fn vulnerable(ast: &Ast, repeated: bool) -> bool {
    match ast {
        Ast::Repetition(repetition) => {
            let unbounded = is_unbounded(&repetition.op.kind);
            if repeated && unbounded && !is_fixed(&repetition.ast) {
                return true;
            }
            vulnerable(&repetition.ast, repeated || unbounded)
        }
        Ast::Group(group) => {
            let _ = matches!(group.kind, GroupKind::NonCapturing(_));
            vulnerable(&group.ast, repeated)
        }
        Ast::Alternation(alternation) => {
            (repeated && begin_alike(&alternation.asts))
                || alternation
                    .asts
                    .iter()
                    .any(|branch| vulnerable(branch, repeated))
        }
        Ast::Concat(concat) => {
            // `(\d+,)*` is told apart by its separator: only a part that can stand next to itself is ambiguous.
            let separated = concat.asts.iter().any(is_separator);
            concat
                .asts
                .iter()
                .any(|part| vulnerable(part, repeated && !separated))
        }
        _ => false,
    }
}

fn is_unbounded(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => true,
        RepetitionKind::ZeroOrOne => false,
        RepetitionKind::Range(range) => matches!(range, RepetitionRange::AtLeast(_)),
    }
}

/// A repetition of nothing in particular (an assertion) is harmless.
fn is_fixed(ast: &Ast) -> bool {
    matches!(ast, Ast::Empty(_) | Ast::Assertion(_))
}

fn is_separator(ast: &Ast) -> bool {
    matches!(ast, Ast::Literal(_))
}

fn begin_alike(branches: &[Ast]) -> bool {
    let mut firsts: Vec<String> = branches.iter().map(first).collect();
    let total = firsts.len();
    firsts.sort_unstable();
    firsts.dedup();
    firsts.len() < total || firsts.iter().any(|first| first == ".")
}

/// What a branch begins with, as text.
fn first(ast: &Ast) -> String {
    match ast {
        Ast::Concat(concat) => concat.asts.first().map_or_else(String::new, first),
        Ast::Group(group) => first(&group.ast),
        Ast::Repetition(repetition) => first(&repetition.ast),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{entropy, redos};

    #[test]
    fn random_and_not() {
        for text in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "AKIAIOSFODNN7EXAMPLQ",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        ] {
            assert!(entropy(text), "{text}");
        }
        for text in [
            "password",
            "correct horse battery staple",
            "aaaaaaaaaaaaaaaaaaaa",
            "",
            "your-api-key-here",
        ] {
            assert!(!entropy(text), "{text}");
        }
    }

    #[test]
    fn backtracking() {
        for source in [
            "(a+)+$",
            "^(a|a)*$",
            "([a-zA-Z]+)*",
            "/(.*)*x/",
            r"(\d+\w*)+z",
            "(a|ab)+c",
        ] {
            assert!(redos(source), "{source}");
        }
        for source in ["a+", r"(\d+,)*", "(a|b)+", "^[a-z]+$", "(abc)?", "("] {
            assert!(!redos(source), "{source}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            entropy(&text);
            redos(&text);
        }
    }
}
