//! Analyses of a metavariable's text: does it look like a random secret, does it backtrack without bound.

use regex_syntax::ast::{Ast, RepetitionKind, RepetitionRange};

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

/// Whether a regular expression can backtrack without bound: a repetition without an upper limit in another, and
/// something behind them that can fail. These are the expressions that the reference names; it does not look whether
/// what is repeated tells the rounds apart, as in `(\w+-)*x`.
pub fn redos(source: &str) -> bool {
    let source = source.strip_prefix('/').map_or(source, |rest| {
        rest.rsplit_once('/').map_or(rest, |(body, _)| body)
    });
    // What is looked for ahead or behind is a group like any other here.
    let mut source = source.to_owned();
    for around in ["(?=", "(?!", "(?<=", "(?<!", "(?>"] {
        source = source.replace(around, "(?:");
    }
    let parsed = regex_syntax::ast::parse::ParserBuilder::new()
        .nest_limit(200)
        .build()
        .parse(&source);
    parsed.is_ok_and(|ast| is_vulnerable(&ast, false))
}

/// `followed` says that something stands behind. The nesting is bounded by the parser's limit.
fn is_vulnerable(ast: &Ast, followed: bool) -> bool {
    match ast {
        Ast::Repetition(repetition) => {
            let nests =
                followed && is_unbounded(&repetition.op.kind) && holds_unbounded(&repetition.ast);
            nests || is_vulnerable(&repetition.ast, false)
        }
        Ast::Group(group) => is_vulnerable(&group.ast, followed),
        Ast::Alternation(alternation) => alternation
            .asts
            .iter()
            .any(|branch| is_vulnerable(branch, followed)),
        Ast::Concat(concat) => concat
            .asts
            .iter()
            .enumerate()
            .any(|(place, part)| is_vulnerable(part, followed || place + 1 < concat.asts.len())),
        _ => false,
    }
}

/// Whether a part repeats without an upper limit.
fn holds_unbounded(ast: &Ast) -> bool {
    match ast {
        Ast::Repetition(repetition) => {
            is_unbounded(&repetition.op.kind) || holds_unbounded(&repetition.ast)
        }
        Ast::Group(group) => holds_unbounded(&group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().any(holds_unbounded),
        Ast::Concat(concat) => concat.asts.iter().any(holds_unbounded),
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
            "/(.*)*x/",
            r"(\d+\w*)+z",
            r"(\w+-)*x",
            "((a+)+)x",
            "(a+)+(?=b)",
            "((a+)+b)*",
            "(x{3,}|b)*y",
        ] {
            assert!(redos(source), "{source}");
        }
        for source in [
            "a+",
            "(a+)+",
            "((a+)+)*",
            "x|(a+)+",
            "(a|b)+c",
            "(a|a)*b",
            "(a+){10}b",
            "^[a-z]+$",
            "(abc)?",
            "(",
        ] {
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
