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

/// Whether a regular expression can backtrack without bound: a repetition of something that can match in several
/// lengths, and something behind it that can fail. These are the expressions that the reference names; it does not look
/// whether what is repeated tells the rounds apart, as in `(\w+-)*x`.
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
        .octal(true)
        .build()
        .parse(&source);
    parsed.is_ok_and(|ast| is_vulnerable(&ast))
}

/// Fewest rounds that make a repetition one of many.
const MANY: u32 = 4;

/// Whether anywhere in an expression a repetition is followed that nests. The depth is bounded by the parser's limit.
fn is_vulnerable(ast: &Ast) -> bool {
    if let Ast::Concat(concat) = ast {
        let mut nests = false;
        for part in &concat.asts {
            if nests && holds(part, can_fail) {
                return true;
            }
            nests |= holds(part, nests_choices);
        }
    }
    inner(ast).iter().any(is_vulnerable)
}

/// What an expression is made of.
fn inner(ast: &Ast) -> &[Ast] {
    match ast {
        Ast::Repetition(repetition) => std::slice::from_ref(&*repetition.ast),
        Ast::Group(group) => std::slice::from_ref(&*group.ast),
        Ast::Alternation(alternation) => &alternation.asts,
        Ast::Concat(concat) => &concat.asts,
        _ => &[],
    }
}

fn holds(ast: &Ast, test: fn(&Ast) -> bool) -> bool {
    test(ast) || inner(ast).iter().any(|part| holds(part, test))
}

/// Whether it asks for something that need not stand there.
fn can_fail(ast: &Ast) -> bool {
    inner(ast).is_empty() && !matches!(ast, Ast::Empty(_) | Ast::Flags(_) | Ast::Concat(_))
}

/// Whether it is a repetition of many rounds, each of them in one of several lengths.
fn nests_choices(ast: &Ast) -> bool {
    let Ast::Repetition(repetition) = ast else {
        return false;
    };
    rounds(&repetition.op.kind)
        .1
        .is_none_or(|most| most >= MANY)
        && holds(&repetition.ast, is_choice)
}

/// Whether it is a repetition that can match more than once, in several numbers of rounds.
fn is_choice(ast: &Ast) -> bool {
    let Ast::Repetition(repetition) = ast else {
        return false;
    };
    let (least, most) = rounds(&repetition.op.kind);
    most.is_none_or(|most| most > least.max(1))
}

/// The fewest and most rounds of a repetition.
fn rounds(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(rounds)) => (*rounds, Some(*rounds)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
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
            "(a+){10}b",
            "(a+){2,4}b",
            "(a{1,2})*b",
            "(a{0,2})*b",
            "(?:(a+)+)?b",
            "((a+)+)?$",
            r"(-(a*)(\.(b*))*)?c",
            r"((a+)+)\b",
            "(a+)+b*",
            r"([^\0-\x7f]+)*b",
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
            "(a+){3}b",
            "(a+){2,3}b",
            "(a{2})*b",
            "(a?)*b",
            "(a+)?b",
            "((a+)+()())",
            "((a+)+)?(?:)",
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
