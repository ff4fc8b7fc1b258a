//! What names hold where they stand: constants, expressions, and which names are the same variable.

use super::check;

const TEXT: &str = "pattern: f(\"...\")";

#[test]
fn a_text_put_together_is_analysed_whole() {
    check(
        "a.js",
        &[(
            "of sums, names and templates",
            "patterns:\n- pattern: f(\"$R\")\n- metavariable-analysis:\n    analyzer: redos\n    metavariable: $R",
            "const a = '(a+', b = ')+b'\nf(a + b) // match\nf(a + ')')\nconst c = '^' + a + b\nf(c) // match\nf(`${a}${b}`) // match\nlet d = a\nd += b\nf(d) // match\nf('(a+)+b') // match\nf(a + b + g)\nf(a + 1 + b)",
        )],
    );
}

#[test]
fn a_string_counts_wherever_it_is_written() {
    let pattern = "pattern: |-\n  $R = g('request')\n  ...\n  $R.get(...)";
    check(
        "a.js",
        &[
            (
                "in a constant",
                pattern,
                "const name = 'request'\nconst r = g(name) // match\nr.get(a)",
            ),
            (
                "in a template",
                pattern,
                "const r = g(`request`) // match\nr.get(a)",
            ),
            (
                "not as a part of another, nor as a name",
                pattern,
                "const request = g('../request')\nrequest.get(a)\nconst r = g(request)\nr.get({ request })",
            ),
        ],
    );
}

#[test]
fn constants_reach_their_uses() {
    check(
        "a.js",
        &[
            (
                "through the first assignment of a name that nothing declares",
                TEXT,
                "function a() { t = 'a'\nf(t) // match\n}\ng = 'x'\nfunction b() {\nf(g) // match\n}",
            ),
            (
                "up to the next assignment",
                TEXT,
                "function a() { let t = 'a'\nf(t) // match\nt = t.concat(q)\nf(t)\n}",
            ),
            (
                "from both branches",
                TEXT,
                "function a(c) { let t = 'a'; if (c) { t = 'b'\nf(t) // match\n}\nf(t) // match\n}",
            ),
            (
                "of which each writes",
                TEXT,
                "function a(c) { if (c) { var t = 'a' } else { t = 'b' }\nf(t) // match\n}",
            ),
            (
                "not where one way leaves it open",
                TEXT,
                "function a(c) { let t; if (c) t = 'a'\nf(t)\n}",
            ),
            (
                "not around a loop that writes something else",
                TEXT,
                "function a(c) { let t = 'a'; while (c) {\nf(t)\nt = g() }\nf(t)\n}",
            ),
            (
                "not past a return",
                TEXT,
                "function a(c) { let t = 'a'; if (c) { t = g(); return }\nf(t) // match\n}",
            ),
            (
                "through try and switch",
                TEXT,
                "function a(c) { try { var t = 'a' } catch (e) {\nf(t) // match\n}\nf(t) // match\nswitch (c) { case 1: t = 'b'\nf(t) // match\nbreak\ncase 2:\nf(t) // match\n}\n}",
            ),
            (
                "a sum of many parts",
                TEXT,
                "const t = 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a' + 'a'\nf(t) // match\nf(t + q)",
            ),
            (
                "as a choice, a sum, a template",
                TEXT,
                "const a = c ? 'a' : 'b', b = 'a' + 'b', t = `x${b}`, n = `x${q}`\nf(a) // match\nf(b) // match\nf(t) // match\nf(n)",
            ),
            (
                "with what is added",
                TEXT,
                "function a() { let t = 'a'; t += 'b'\nf(t) // match\nt += z\nf(t)\n}",
            ),
            (
                "into functions from their only assignment",
                TEXT,
                "let a = 'q'; let b = 'q'; b = 'r'\nfunction g() {\nf(a) // match\nf(b)\n}",
            ),
            (
                "not through fields and parameters",
                TEXT,
                "function g(p = 'a') { const o = {}; o.k = 'v'\nf(o.k)\nf(p)\n}",
            ),
            (
                "numbers only as they are written",
                "pattern: f(5)",
                "const a = 5, b = 2 + 3\nf(a) // match\nf(b)",
            ),
            (
                "not at all where the rule says so",
                "pattern: f(\"...\")\noptions: {constant_propagation: false}",
                "const a = 'a'\nf(a)\nf('a') // match",
            ),
        ],
    );
}

#[test]
fn expressions_reach_their_uses() {
    const SYMBOLIC: &str = "options: {symbolic_propagation: true}\npattern: ";
    let rule = |pattern: &str| -> &'static str { format!("{SYMBOLIC}{pattern}").leak() };
    check(
        "a.js",
        &[
            (
                "through a variable, and several",
                rule("f(g(...))"),
                "function a() { const k = g('a'); k.b()\nf(k) // match\nconst l = k\nf(l) // match\n}\nconst m = g(1)\nfunction b() {\nf(m) // match\n}",
            ),
            (
                "up to the next assignment",
                rule("f(g(...))"),
                "function a(c) { let k = g('a'); if (c) {\nf(k) // match\n}\nk = 3\nf(k)\n}",
            ),
            (
                "as the object of a call",
                rule("mk().run($X)"),
                "function a() { const k = mk()\nk.run(3) // match\non(() => {\nk.run(4) // match\n}) }",
            ),
            (
                "not where nothing but the name stands",
                rule("g(...)"),
                "function a() {\nconst k = g(1) // match\nh(k) }",
            ),
            (
                "not unless the rule asks for it",
                "pattern: f(g(...))",
                "const k = g('a')\nf(k)\nf(g()) // match",
            ),
        ],
    );
}

#[test]
fn variables_of_one_name() {
    check(
        "a.js",
        &[
            (
                "are two in two functions",
                "patterns:\n- pattern-inside: |\n    a();\n    ...\n    var $I = \"...\";\n    ...\n- pattern: f($I)",
                "a();\nfunction g(t) {\nf(t)\n}\nfunction h() { var t = 'a';\nf(t) // match\n}",
            ),
            (
                "and one where a function uses what is around it",
                "pattern: |\n  a($X);\n  ...\n  b($X);",
                "a(u); // match\nfunction f() { b(u) }\n",
            ),
            (
                "inner ones hide outer ones",
                "pattern: |\n  a($X);\n  ...\n  b($X);",
                "function f(x) { a(x); (function (x) { b(x) })() }",
            ),
            (
                "unless the rule looks at names alone",
                "options: {unify_ids_strictly: false}\npattern: |\n  a($X);\n  ...\n  b($X);",
                "function f(x) {\na(x); // match\n(function (x) { b(x) })() }",
            ),
        ],
    );
}

#[test]
fn code_in_strings() {
    check(
        "a.js",
        &[(
            "is read in the language of the condition, with what is bound outside",
            "patterns:\n- pattern-inside: |\n    $E = require('e')\n    ...\n- pattern: run(\"$C\")\n- metavariable-pattern:\n    metavariable: $C\n    language: typescript\n    patterns:\n    - pattern: $E(...)\n    - pattern-not: $E('...')",
            "const e = require('e')\nrun('e(x)') // match\nrun(\"e('x')\")\nrun('d(x)')\nrun(e(x))",
        )],
    );
}

#[test]
fn decorators_belong_to_members() {
    check(
        "a.ts",
        &[(
            "each to the member behind it; the class begins with its own",
            "pattern: |\n  class $C {\n    @Get('a')\n    $F() { ... }\n  }",
            "@Own() // match\nexport class A {\n  @Get('a') @Other()\n  f() {}\n}\nclass B {\n  @Get('b') f() {}\n  @Get('a') g: string;\n}",
        )],
    );
}
