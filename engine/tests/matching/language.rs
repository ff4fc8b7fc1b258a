//! The rule language, operator by operator: each row is a rule with code that it matches and code that it does not, and
//! a line of `docs/RULES.md`. `CORTEX_UPDATE_DOCS=1 cargo test -p cortex-engine --test matching` writes the file anew.

use std::fmt::Write as _;
use std::path::Path;

use cortex_engine::rules::parse;

use super::check;

/// An operator or option, where it differs from Semgrep's community edition, a rule, and code with marks.
type Row = (&'static str, &'static str, &'static str, &'static str);

const OPERATORS: &[Row] = &[
    ("`pattern`", "", "pattern: f($X)", "f(1) // match\ng(1)"),
    (
        "`patterns`",
        "",
        "patterns: [{pattern: f($X)}, {pattern: $Y(1)}]",
        "f(1) // match\nf(2)",
    ),
    (
        "`pattern-either`",
        "",
        "pattern-either: [{pattern: f()}, {pattern: g()}]",
        "f() // match\ng() // match\nh()",
    ),
    (
        "`pattern-not`",
        "",
        "patterns: [{pattern: f(...)}, {pattern-not: f(1)}]",
        "f(2) // match\nf(1)",
    ),
    (
        "`pattern-inside`",
        "",
        "patterns: [{pattern: f()}, {pattern-inside: 'function g() { ... }'}]",
        "function g() {\nf() // match\n}\nf()",
    ),
    (
        "`pattern-not-inside`",
        "",
        "patterns: [{pattern: f()}, {pattern-not-inside: 'function g() { ... }'}]",
        "function g() {\nf()\n}\nf() // match",
    ),
    (
        "`pattern-regex`",
        "Linear time, unless look-around or back-references ask for a bounded backtracking search.",
        "pattern-regex: a+b",
        "aab // match\nac",
    ),
    (
        "`pattern-not-regex`",
        "",
        "patterns: [{pattern: f(...)}, {pattern-not-regex: secret}]",
        "f(a) // match\nf(secret)",
    ),
    (
        "`focus-metavariable`",
        "",
        "patterns: [{pattern: 'f($X,\n      $Y)'}, {focus-metavariable: $Y}]",
        "f(1,\n2) // match\ng(1,\n2)",
    ),
    (
        "`metavariable-regex`",
        "",
        "patterns: [{pattern: $F()}, {metavariable-regex: {metavariable: $F, regex: '^get'}}]",
        "getA() // match\nsetA()",
    ),
    (
        "`metavariable-pattern`",
        "",
        "patterns: [{pattern: f($X)}, {metavariable-pattern: {metavariable: $X, pattern: g(...)}}]",
        "f(g(1)) // match\nf(h(1))",
    ),
    (
        "`metavariable-pattern` with `language`",
        "JavaScript, TypeScript, `generic` and `regex`; what the inner formula binds is not known outside.",
        "patterns: [{pattern: 'f(\"$X\")'}, {metavariable-pattern: {metavariable: $X, language: javascript, pattern: g(...)}}]",
        "f('g(1)') // match\nf('h(1)')",
    ),
    (
        "`metavariable-comparison`",
        "Arithmetic, comparisons, `and`, `or`, `not`, `in`, `int`, `str`, `len`, `re.match`, `base`, `strip`.",
        "patterns: [{pattern: f($X)}, {metavariable-comparison: {metavariable: $X, comparison: '$X % 2 == 0 and $X < 10'}}]",
        "f(4) // match\nf(5)\nf(12)",
    ),
    (
        "`metavariable-analysis: redos`",
        "",
        "patterns: [{pattern: f(/$X/)}, {metavariable-analysis: {metavariable: $X, analyzer: redos}}]",
        "f(/(a+)+$/) // match\nf(/a+$/)",
    ),
    (
        "`metavariable-analysis: entropy`",
        "Shannon entropy with bounds of our own; borderline strings may differ.",
        "patterns: [{pattern: 'f(\"$X\")'}, {metavariable-analysis: {metavariable: $X, analyzer: entropy}}]",
        "f('9f86d081884c7d659a2feaa0c55ad015') // match\nf('password')",
    ),
    (
        "`metavariable-type`",
        "By literals, `new`, casts and annotations of the file.",
        "patterns: [{pattern: f($X)}, {metavariable-type: {metavariable: $X, type: string}}]",
        "f('a') // match\nf(1)",
    ),
    (
        "`metavariable-name`",
        "By the file's imports; the community edition reads it and reports nothing.",
        "patterns: [{pattern: $F(...)}, {metavariable-name: {metavariable: $F, module: '@a/b'}}]",
        "import {f} from '@a/b'; import {g} from 'b'; import * as m from '@a/b'\nf(1) // match\nm.x() // match\ng(1); h(1)",
    ),
    (
        "`match`, `all`, `any`, `inside`, `not`, `where`",
        "",
        "match: {all: [f($X), {not: f(1)}]}",
        "f(2) // match\nf(1)",
    ),
    (
        "`fix`, `fix-regex`",
        "`cortex scan --autofix`: a fix after which the file would not parse is refused, and a second run changes nothing.",
        "pattern: f($X)\nfix: g($X)",
        "f(1) // match\ng(1)",
    ),
    (
        "`mode: taint`, `pattern-sources`, `pattern-sinks`",
        "Inside a function and the anonymous functions in it; `--interprocedural` follows calls, of other files too.",
        "mode: taint\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]",
        "function a() { const x = source(); const y = 'a' + x\nsink(y) // match\nsink(1) }",
    ),
    (
        "`pattern-sanitizers`",
        "",
        "mode: taint\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]\npattern-sanitizers: [{pattern: clean(...)}]",
        "function a() { const x = source()\nsink(x) // match\nsink(clean(x)) }",
    ),
    (
        "`pattern-propagators`",
        "",
        "mode: taint\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]\npattern-propagators: [{pattern: $TO.add($FROM), from: $FROM, to: $TO}]",
        "function a() { const x = []; const y = []; x.add(source())\nsink(x) // match\nsink(y) }",
    ),
    (
        "`requires`, `label`, `replace-labels` of propagators",
        "",
        "mode: taint\npattern-sources: [{pattern: a(), label: A}, {pattern: b(), label: B}]\npattern-sinks: [{pattern: sink(...), requires: C}]\npattern-propagators: [{pattern: $TO.add($FROM), from: $FROM, to: $TO, requires: A, label: C, replace-labels: [A]}]",
        "function f() { const x = []; const y = []; x.add(a()); y.add(b())\nsink(x) // match\nsink(y)\nsink(a()) }",
    ),
    (
        "`control` of sources",
        "A function that is called by its name is not followed.",
        "mode: taint\npattern-sources: [{pattern: start(), control: true}]\npattern-sinks: [{pattern: sink()}]",
        "function a() { sink(); start()\nsink() // match\n}",
    ),
    (
        "`at-exit` of sinks",
        "The community edition reads it and reports nothing.",
        "mode: taint\npattern-sources: [{pattern: start(), control: true}]\npattern-sinks: [{pattern: sink(), at-exit: true}]",
        "function a() { start(); sink()\nsink() // match\n}",
    ),
    (
        "`by-side-effect`",
        "",
        "mode: taint\npattern-sources: [{patterns: [{pattern: mark($X)}, {focus-metavariable: $X}], by-side-effect: true}]\npattern-sinks: [{pattern: sink(...)}]",
        "function a(x, y) { mark(x)\nsink(x) // match\nsink(y) }",
    ),
    (
        "`exact`",
        "",
        "mode: taint\npattern-sources: [{pattern: 'source(...)', exact: true}]\npattern-sinks: [{pattern: sink(...)}]",
        "function a(x) {\nsink(source(x)) // match\nsink(x) }",
    ),
    (
        "`label`, `requires`",
        "",
        "mode: taint\npattern-sources: [{pattern: a(), label: A}, {pattern: b(), label: B}]\npattern-sinks: [{pattern: sink(...), requires: A and not B}]",
        "function f() { const x = a(), y = b()\nsink(x) // match\nsink(x + y)\nsink(y) }",
    ),
];

const PATTERNS: &[Row] = &[
    (
        "`$X`, equal where repeated",
        "Variables of one name are equal only if they are one variable (`unify_ids_strictly`).",
        "pattern: f($X, $X)",
        "f(a, a) // match\nf(a, b)",
    ),
    ("`$_`", "", "pattern: f($_, $_)", "f(a, b) // match\nf(a)"),
    (
        "`$...ARGS`",
        "",
        "pattern: f($...A, 1)",
        "f(2, 1) // match\nf(1, 2)",
    ),
    (
        "`...` in arguments, lists, objects, statements",
        "",
        "pattern: 'f(..., [1, ...], {a: $X, ...})'",
        "f(0, [1, 2], {b: 1, a: 2}) // match\nf([2], {a: 2})",
    ),
    (
        "`a. ... .b()`",
        "",
        "pattern: a. ... .b()",
        "a.c().d.b() // match\nc.b()",
    ),
    (
        "`<... x ...>`",
        "",
        "pattern: if (<... f() ...>) { ... }",
        "if (a && f()) {} // match\nif (a) {}",
    ),
    (
        "`\"...\"`, `'$X'`",
        "",
        "pattern: f(\"...\")",
        "f('a') // match\nf(a)",
    ),
    (
        "`\"=~/re/\"`",
        "",
        "pattern: f(\"=~/^a/\")",
        "f('ab') // match\nf('b')",
    ),
    (
        "`/.../`, `/$X/`",
        "",
        "pattern: f(/.../)",
        "f(/a/) // match\nf('a')",
    ),
    (
        "`` `...${...}...` ``",
        "",
        "pattern: f(`...${$X}...`)",
        "f(`a${b}`) // match\nf(`a`)",
    ),
    (
        "Imports by any name",
        "`require`, default, named and namespace imports, destructured and renamed.",
        "pattern: child_process.exec(...)",
        "import { exec as run } from 'child_process'\nconst cp = require('child_process')\nrun(a) // match\ncp.exec(a) // match\nexec(a)",
    ),
    (
        "Constants",
        "Along every way that leads to the name, as in the reference; sums of numbers are not worked out.",
        "pattern: f('a')",
        "const x = 'a', y = 'b'\nf(x) // match\nf(y)",
    ),
    (
        "JSX",
        "",
        "pattern: <a href={$X} ... />",
        "x = <a b='1' href={y}>z</a> // match\nx = <b href={y}/>",
    ),
    (
        "Decorators",
        "Of classes, methods and fields.",
        "pattern: 'class $C { @Get() $F() { ... } }'",
        "class A { @Get() f() {} } // match\nclass B { f() {} }",
    ),
];

const OPTIONS: &[Row] = &[
    (
        "`constant_propagation` (on)",
        "",
        "pattern: f('a')\noptions: {constant_propagation: false}",
        "const x = 'a'\nf('a') // match\nf(x)",
    ),
    (
        "`symbolic_propagation` (off)",
        "",
        "pattern: f(g())\noptions: {symbolic_propagation: true}",
        "const x = g(), y = 1\nf(x) // match\nf(y)",
    ),
    (
        "`unify_ids_strictly` (on)",
        "",
        "pattern: |\n  a($X);\n  ...\n  b($X);\noptions: {unify_ids_strictly: false}",
        "function f(x) {\na(x) // match\n;(function (x) { b(x) })() }\nfunction g(x, y) { a(x); b(y) }",
    ),
    (
        "`symmetric_eq` (off)",
        "",
        "pattern: 1 == $X\noptions: {symmetric_eq: true}",
        "a == 1 // match\na == 2",
    ),
    (
        "`commutative_boolop` (off)",
        "",
        "pattern: a && b\noptions: {commutative_boolop: true}",
        "b && a // match\nb || a",
    ),
    (
        "`ac_matching` (on)",
        "For `&&`, `||`, `&`, `|`, `^`; sums match as they nest.",
        "pattern: a && (b && c)\noptions: {ac_matching: false}",
        "a && (b && c) // match\na && b && c",
    ),
    (
        "`vardef_assign` (on)",
        "",
        "pattern: $X = f()\noptions: {vardef_assign: false}",
        "x = f() // match\nconst y = f()",
    ),
    (
        "`arrow_is_function` (on)",
        "Heeded between methods and properties only.",
        "pattern: '({f: function () { ... }})'\noptions: {arrow_is_function: false}",
        "x = {f: function () {}} // match\ny = {f() {}}",
    ),
    (
        "`let_is_var` (on)",
        "",
        "pattern: var $X = f()\noptions: {let_is_var: false}",
        "var x = f() // match\nlet y = f()",
    ),
    (
        "`implicit_deep_exprstmt` (on)",
        "",
        "pattern: |\n  f();\noptions: {implicit_deep_exprstmt: false}",
        "f(); // match\ng(f());",
    ),
    (
        "`xml_attrs_implicit_ellipsis` (on)",
        "",
        "pattern: <a b={1} />\noptions: {xml_attrs_implicit_ellipsis: false}",
        "x = <a b={1} /> // match\nx = <a b={1} c={2} />",
    ),
    (
        "`xml_singleton_loose_matching` (on)",
        "",
        "pattern: <a />\noptions: {xml_singleton_loose_matching: false}",
        "x = <a /> // match\nx = <a>b</a>",
    ),
    (
        "`taint_unify_mvars` (off)",
        "",
        "mode: taint\noptions: {taint_unify_mvars: true}\npattern-sources: [{pattern: source($X)}]\npattern-sinks: [{pattern: 'sink($X, ...)'}]",
        "function f(a, b) { const v = source(a)\nsink(a, v) // match\nsink(b, v) }",
    ),
    (
        "`taint_assume_safe_functions` (off)",
        "",
        "mode: taint\noptions: {taint_assume_safe_functions: true}\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]",
        "function f() { const v = source()\nsink(v) // match\nsink(g(v)) }",
    ),
    (
        "`taint_assume_safe_indexes` (off)",
        "",
        "mode: taint\noptions: {taint_assume_safe_indexes: true}\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]",
        "function f(a) { const v = source()\nsink(v) // match\nsink(a[v]) }",
    ),
    (
        "`taint_assume_safe_comparisons` (off)",
        "",
        "mode: taint\noptions: {taint_assume_safe_comparisons: true}\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]",
        "function f(a) { const v = source()\nsink(v) // match\nsink(v == 1) }",
    ),
    (
        "`taint_only_propagate_through_assignments` (off)",
        "",
        "mode: taint\noptions: {taint_only_propagate_through_assignments: true}\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]",
        "function f(a) { const v = source()\nsink(v) // match\nsink(v + 1) }",
    ),
];

/// What is refused or left out with a word about it, and why; the rule that shows it.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "`mode: join`, `extract`, `steps`",
        "Rules across files by their bindings are rare; a rule of these modes is left out and named.",
        "mode: join\njoin: {rules: []}",
    ),
    (
        "`requires` of sinks for each metavariable",
        "The rule is left out and named.",
        "mode: taint\npattern-sources: [{pattern: a()}]\npattern-sinks: [{pattern: b($X), requires: [{$X: A}]}]",
    ),
    (
        "`pattern-where-python`",
        "Runs code of the rule.",
        "pattern: f()\npattern-where-python: 'True'",
    ),
];

fn all() -> impl Iterator<Item = &'static Row> {
    OPERATORS.iter().chain(PATTERNS).chain(OPTIONS)
}

#[test]
fn every_row_matches_what_it_says() {
    let jsx: Vec<_> = all().map(|row| (row.0, row.2, row.3)).collect();
    let (typed, plain): (Vec<_>, Vec<_>) = jsx
        .into_iter()
        .partition(|(name, ..)| *name == "Decorators");
    check("a.js", &plain);
    check("a.ts", &typed);
}

#[test]
fn refused_rules_are_named() {
    for (name, _, body) in REFUSED {
        let body = body.replace('\n', "\n  ");
        let text = format!(
            "rules:\n- id: rule\n  message: m\n  severity: ERROR\n  languages: [javascript]\n  {body}\n"
        );
        let parsed = parse(&text, Path::new("rule.yaml"));
        let said = format!("{:?}{:?}", parsed.errors, parsed.issues);
        let mut quoted = name.split('`').skip(1).step_by(2);
        let is_said = quoted.any(|words| said.contains(words.trim_start_matches("mode: ")));
        assert!(is_said, "{name}: {said}");
    }
}

#[test]
fn the_document_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/RULES.md");
    let text = document();
    if std::env::var_os("CORTEX_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap();
    assert!(
        known == text,
        "docs/RULES.md differs; run CORTEX_UPDATE_DOCS=1 cargo test -p cortex-engine --test matching"
    );
}

fn document() -> String {
    let mut text = String::from(
        "# The rule language\n\n\
         Rules are Semgrep's, unchanged. Each row below is held by a test with a rule that uses it, code that the rule must\n\
         match and code that it must not (`engine/tests/matching/language.rs`, which also writes this page). The reference\n\
         is Semgrep's community edition, 1.182; where Cortex differs the row says so.\n",
    );
    let groups = [
        ("Operators", "operator", OPERATORS),
        ("Patterns", "in a pattern", PATTERNS),
        ("Options", "option", OPTIONS),
    ];
    for (title, what, rows) in groups {
        let _ = write!(
            text,
            "\n## {title}\n\n| {what} | supported | difference |\n|---|---|---|\n"
        );
        for (name, difference, ..) in rows {
            let name = name.replace('|', "\\|");
            let difference = difference.replace('|', "\\|");
            let _ = writeln!(text, "| {name} | yes | {difference} |");
        }
    }
    text.push_str("\n## Not supported\n\n| what | what happens |\n|---|---|\n");
    for (name, why, _) in REFUSED {
        let _ = writeln!(text, "| {name} | {why} |");
    }
    text.push_str(
        "\nLanguages: JavaScript, JSX, TypeScript, TSX by syntax tree; `generic` and `regex` on any text file. JavaScript with types,\n\
         as Flow's, is read as TypeScript; a script without an ending is what its first line says (`#!/usr/bin/env node`). The options\n\
         `generic_ellipsis_max_span` and `generic_caseless` and the other `generic_*` options are tested in\n\
         `engine/src/rules/generic/tests.rs`. Options that are not in the table are read and change nothing.\n",
    );
    text
}
