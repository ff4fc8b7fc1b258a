//! The report for people.

use cortex_engine::finding::Severity;
use cortex_engine::report::Style;

use crate::{sample, written};

const WIDE: Style = Style {
    color: false,
    width: 100,
};

#[test]
fn one_of_everything() {
    insta::assert_snapshot!(written(&sample::rich(), "text", WIDE));
}

#[test]
fn one_of_everything_in_a_narrow_terminal() {
    insta::assert_snapshot!(written(
        &sample::rich(),
        "text",
        Style {
            color: false,
            width: 60
        }
    ));
}

/// Colours only add to the text: what is left without them is the plain report.
#[test]
fn colours() {
    let plain = written(&sample::rich(), "text", WIDE);
    let coloured = written(
        &sample::rich(),
        "text",
        Style {
            color: true,
            ..WIDE
        },
    );
    insta::assert_snapshot!(coloured.replace('\u{1b}', "␛"));
    let mut bare = String::new();
    let mut parts = coloured.split("\u{1b}[");
    bare.push_str(parts.next().unwrap());
    for part in parts {
        bare.push_str(part.split_once('m').unwrap().1);
    }
    // With a colour before it, a line cannot begin with `::`, and its backslash is not missed.
    assert_eq!(bare.replace("\\::", "::"), plain.replace("\\::", "::"));
}

#[test]
fn only_the_sample() {
    let text = written(&sample::sampled(), "text", WIDE);
    assert!(text.contains("only the built-in sample") && text.contains("cortex db update"));
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_found() {
    insta::assert_snapshot!(written(&sample::empty(), "text", WIDE));
}

/// A range in a very long line is brought into sight; tabs and wide characters do not shift the marks.
#[test]
fn frames() {
    let filler = "x".repeat(200);
    let far = format!("{filler}eval(input);{filler}");
    let check = |line: &str, start: u32, end: u32| {
        let location = sample::place("a.js", (1, start), (1, end));
        let finding = sample::code("eval", Severity::Medium, location, 1, &[line]);
        let text = written(&sample::with(vec![finding]), "text", WIDE);
        let mut lines = text.lines().skip_while(|line| !line.contains("1 │"));
        let (code, marks) = (lines.next().unwrap(), lines.next().unwrap());
        let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
        assert!(width(code) <= 100 && width(marks) <= 100, "{code}\n{marks}");
        let from = width(marks.split_once('^').unwrap().0);
        let to = width(marks);
        // What stands above the marks.
        let mut column = 0;
        let above = code.chars().filter(|character| {
            let here = column;
            column += unicode_width::UnicodeWidthChar::width(*character).unwrap_or(0);
            (from..to).contains(&here)
        });
        above.collect::<String>()
    };
    assert_eq!(check(&far, 201, 212), "eval(input)");
    assert_eq!(check("\teval(x)", 2, 9), "eval(x)");
    assert_eq!(check("漢字\t'é'; eval(x)", 9, 16), "eval(x)");
    assert_eq!(check("\u{1b}[2Jeval(x)", 5, 12), "eval(x)");
    assert_eq!(check("漢字eval(漢字)", 3, 11), "eval(漢字)");
    // An empty range gets one mark, one past the end of the line too.
    assert_eq!(check("ab", 2, 2), "b");
    assert_eq!(check("ab", 3, 3), "");
    assert_eq!(check("ab", 900, 901), "");
}

/// Long lists stay readable: places of one rule, and notes of one sort, are named in short.
#[test]
fn many_of_a_kind() {
    let findings = (1..=40).map(|line| {
        let location = sample::place("a.js", (line, 1), (line, 5));
        sample::code("eval", Severity::Medium, location, line, &["eval(x)"])
    });
    let mut report = sample::with(findings.collect());
    report.warnings = (0..50).map(|number| format!("warning {number}")).collect();
    let text = written(&report, "text", WIDE);
    assert_eq!(text.matches("eval(x)").count(), 5);
    assert!(text.contains("and in 35 more places:") && text.contains("a.js:40:1"));
    assert!(text.contains("and 30 like these"));
}
