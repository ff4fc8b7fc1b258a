//! Code made to break a scanner. Every case ends in an outcome: findings or a problem, never a panic.

use cortex_engine::matching::{FileLimits, FileScanner};
use cortex_engine::report::FileErrorKind;

use super::{compile, scan};

const DEPTH: usize = 5_000;

#[test]
fn deep_nesting_ends_in_an_outcome() {
    let nested = [
        ("brackets", "[".repeat(DEPTH) + &"]".repeat(DEPTH)),
        ("parentheses", "(".repeat(DEPTH) + "1" + &")".repeat(DEPTH)),
        ("calls", "f(".repeat(DEPTH) + "evil()" + &")".repeat(DEPTH)),
        ("blocks", "{".repeat(DEPTH) + &"}".repeat(DEPTH)),
        ("unclosed", "({[".repeat(DEPTH)),
        ("concatenations", "x = a".to_owned() + &" + a".repeat(DEPTH)),
        (
            "else if",
            "if (a) { b() }".to_owned() + &" else if (a) { b() }".repeat(DEPTH),
        ),
        ("members", "x = a".to_owned() + &".b".repeat(DEPTH)),
        ("chained calls", "a".to_owned() + &".b()".repeat(DEPTH)),
        ("negations", "!".repeat(DEPTH) + "a"),
        ("arrows", "a => ".repeat(DEPTH) + "a"),
        ("elements", "<a>".repeat(DEPTH) + &"</a>".repeat(DEPTH)),
        ("templates", "`${".repeat(DEPTH) + "a" + &"}`".repeat(DEPTH)),
    ];
    let patterns = [
        "pattern: evil(...)",
        "pattern: f(<... evil() ...>)",
        "pattern: $A + $B",
        "pattern: $X. ... .b()",
        "pattern: \"if ($X) { ... }\"",
    ];
    for (name, code) in &nested {
        let code = format!("evil(0)\n;{code}\n;evil(1)\n");
        for pattern in patterns {
            for path in ["a.js", "a.tsx"] {
                let outcome = scan(path, pattern, &code);
                assert!(
                    pattern != "pattern: evil(...)" || outcome.parsed,
                    "{name} {pattern} {path}"
                );
            }
        }
    }
}

#[test]
fn what_lies_too_deep_is_reported() {
    let code = "[".repeat(DEPTH) + "evil()" + &"]".repeat(DEPTH);
    let outcome = scan("a.js", "pattern: evil()", &code);
    assert!(outcome.matches.is_empty());
    assert!(
        outcome
            .problems
            .iter()
            .any(|(kind, _)| *kind == FileErrorKind::ParseLimit),
        "{:?}",
        outcome.problems
    );
}

#[test]
fn one_line_of_900_kilobytes() {
    let mut code = "a.b(c,1);".repeat(100_000);
    code.push_str("evil(d)");
    let outcome = scan("a.js", "pattern: evil($X)", &code);
    assert_eq!(outcome.matches.len(), 1, "{:?}", outcome.problems);
}

#[test]
fn few_steps_are_reported_not_silent() {
    let rules = compile("a.js", "pattern: f(..., $X, ..., $Y, ..., $Z, ..., evil)").unwrap();
    let code = format!("f({}evil2)", "evil, ".repeat(300).replace("evil", "a"));
    let limits = FileLimits {
        steps: 1_000,
        ..FileLimits::default()
    };
    let code = format!("{code}; evil");
    let outcome = FileScanner::new().scan(&rules, "a.js", code.as_bytes(), &limits);
    assert_eq!(
        outcome.problems.first().map(|(kind, _)| *kind),
        Some(FileErrorKind::MatchLimit)
    );
}

#[test]
fn text_that_is_not_utf8() {
    let rules = compile("a.js", "pattern: evil($X)").unwrap();
    let mut scanner = FileScanner::new();
    for code in [
        &b"evil('\xff\xfe')\n"[..],
        b"\xff\xff\xff",
        b"evil(\xc3\x28",
        b"\0\0evil(a)",
        b"\xef\xbb\xbfevil(a)",
    ] {
        let outcome = scanner.scan(&rules, "a.js", code, &FileLimits::default());
        for found in &outcome.matches {
            assert!(found.start < found.end && found.end as usize <= code.len());
        }
    }
    let outcome = scanner.scan(
        &rules,
        "a.js",
        b"x = '\xff'\nevil(a)\n",
        &FileLimits::default(),
    );
    assert_eq!(outcome.matches.len(), 1);
}

#[test]
fn a_name_that_is_written_and_read_everywhere_ends() {
    let lines = 20_000;
    for line in ["f(x)\n", "x = 'a'\nf(x)\n", "if (y) x = 'a'\nf(x)\n"] {
        let code = format!("let x = 'b'\n{}", line.repeat(lines));
        let begin = std::time::Instant::now();
        let outcome = scan("a.js", "pattern: f(\"...\")", &code);
        // Where more writes than can be told apart may reach the name, what it holds is not known.
        assert_eq!(outcome.matches.len() < lines, line.starts_with("if"));
        assert!(begin.elapsed() < std::time::Duration::from_secs(20));
    }
}
