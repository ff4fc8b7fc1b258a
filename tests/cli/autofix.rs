//! `cortex scan --autofix`: what it writes, what it shows, and that a second run changes nothing.

use crate::{Place, Ran};

const RULES: &str = r"
rules:
  - id: loose
    languages: [javascript]
    severity: WARNING
    message: Compares after conversion.
    pattern: $A == $B
    fix: $A === $B
  - id: broken
    languages: [javascript]
    severity: WARNING
    message: m
    pattern: unsafe($X)
    fix: safe($X
";
const CODE: &str = "if (a == b) {\n  f(c == (d == e))\n}\n";

fn place() -> Place {
    let place = Place::new();
    place.file("rules.yaml", RULES).file("a.js", CODE);
    place
}

fn scan(place: &Place, arguments: &[&str]) -> Ran {
    let mut all = vec!["scan", "--rules", "rules.yaml", "--exclude", "rules.yaml"];
    all.extend(arguments);
    all.push(".");
    place.run(&all)
}

fn text(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path("app").join(name)).unwrap()
}

#[test]
fn files_are_fixed_once() {
    let place = place();
    scan(&place, &["--autofix"])
        .exits_with(0)
        .says("3 fixes in 1 files applied");
    let fixed = "if (a === b) {\n  f(c === (d === e))\n}\n";
    assert_eq!(text(&place, "a.js"), fixed);
    scan(&place, &["--autofix"])
        .exits_with(0)
        .says("0 fixes in 0 files applied");
    assert_eq!(text(&place, "a.js"), fixed);
}

#[test]
fn a_dry_run_is_a_diff() {
    let place = place();
    let ran = scan(&place, &["--autofix", "--dry-run"]).exits_with(0);
    for part in [
        "--- a/a.js\n+++ b/a.js\n",
        "-if (a == b) {\n",
        "+if (a === b) {\n",
    ] {
        assert!(
            ran.stdout.contains(part),
            "{part:?} is not in:\n{}",
            ran.stdout
        );
    }
    assert_eq!(text(&place, "a.js"), CODE);
}

#[test]
fn what_would_not_parse_stays() {
    let place = place();
    place.file("b.js", "unsafe(1)\n");
    scan(&place, &["--autofix"])
        .exits_with(0)
        .says("b.js: not fixed: broken: the file would not parse with its fix");
    assert_eq!(text(&place, "b.js"), "unsafe(1)\n");
}
