//! The operators of a rule.

use super::{check, scan};

#[test]
fn conjunctions_and_alternatives() {
    check(
        "a.js",
        &[
            (
                "pattern",
                "pattern: eval($X)",
                "eval(a) // match\nevil(a)\neval(a, b)",
            ),
            (
                "patterns",
                "patterns:\n- pattern: eval($X)\n- pattern-not: eval('...')",
                "eval(a) // match\neval('1')\neval(\"2\")",
            ),
            (
                "pattern-either",
                "pattern-either:\n- pattern: eval($X)\n- pattern: exec($X)",
                "eval(a) // match\nexec(a) // match\nexecute(a)",
            ),
            (
                "pattern-either within patterns",
                "patterns:\n- pattern-either:\n  - pattern: f($X, 1)\n  - pattern: f(2, $X)\n- pattern-not: f(2, 1)",
                "f(a, 1) // match\nf(2, a) // match\nf(2, 1)\nf(a, 3)",
            ),
            (
                "pattern-not is about the same code",
                "patterns:\n- pattern: send($X, ...)\n- pattern-not: send($X, safe)",
                "send(a) // match\nsend(a, safe)\nsend(a, safe, c) // match\nwrap(send(a, safe))",
            ),
            (
                "pattern-inside",
                "patterns:\n- pattern: eval($X)\n- pattern-inside: |\n    function $F(..., $X, ...) { ... }",
                "function f(a, b) {\n  eval(b) // match\n  eval(c)\n}\neval(b)",
            ),
            (
                "pattern-not-inside",
                "patterns:\n- pattern: eval($X)\n- pattern-not-inside: if (safe($X)) { ... }",
                "if (safe(a)) {\n  eval(a)\n  eval(b) // match\n}\neval(a) // match",
            ),
            (
                "pattern-inside of following statements",
                "patterns:\n- pattern-inside: |\n    $A = input();\n    ...\n- pattern: run($A)",
                "run(a)\na = input();\nother();\nrun(a) // match\nrun(b)",
            ),
            (
                "statements that assign to the same",
                "pattern: |\n  $X = $Y;\n  $X = $Z;",
                "a = 1 // match\na = 2\nb = 3\nvar c = 1 // match\nc = 2\nf(d = 1) // match\nd = 2\nd.e = 1 // match\nd.e = 2\nd.f = 3\ng = () => { h = 1 }\nh = 2",
            ),
            (
                "a method that has one of some names",
                "patterns:\n- pattern: $O.$M($X)\n- metavariable-regex:\n    metavariable: $M\n    regex: ^(append|html)$",
                "a.html(b) // match\na.text(b)\na.html.text(b)\na.b.append(c) // match\nhtml(a)\na.htmlOf(b)",
            ),
            (
                "pattern-regex",
                "pattern-regex: TO(DO|FIX)",
                "let a // TOFIX // match\nlet b // TOP\nlet TODO // match",
            ),
            (
                "pattern-not-regex",
                "patterns:\n- pattern: f($X)\n- pattern-not-regex: .*secret.*",
                "f(a) // match\nf(secretly)\nf(public) // match",
            ),
            (
                "pattern-regex binds its groups",
                "patterns:\n- pattern-regex: token=(\\w+)\n- metavariable-regex:\n    metavariable: $1\n    regex: ^[a-f]+$",
                "'token=abc' // match\n'token=xyz'",
            ),
        ],
    );
}

#[test]
fn conditions() {
    check(
        "a.js",
        &[
            (
                "metavariable-regex is anchored at the start",
                "patterns:\n- pattern: $F(...)\n- metavariable-regex: {metavariable: $F, regex: (sha1|md5)}",
                "md5(a) // match\nmd5sum(a) // match\nmymd5(a)\nsha256(a)",
            ),
            (
                "metavariable-pattern",
                "patterns:\n- pattern: query($X)\n- metavariable-pattern:\n    metavariable: $X\n    pattern: $A + $B",
                "query(a + b) // match\nquery(a)\nquery(a - b)",
            ),
            (
                "metavariable-pattern with operators",
                "patterns:\n- pattern: query($X)\n- metavariable-pattern:\n    metavariable: $X\n    patterns:\n    - pattern-either:\n      - pattern: $A + $B\n      - pattern: f(...)\n    - pattern-not: f()",
                "query(a + b) // match\nquery(f())\nquery(f(1)) // match",
            ),
            (
                "metavariable-comparison",
                "patterns:\n- pattern: wait($N)\n- metavariable-comparison:\n    metavariable: $N\n    comparison: $N >= 10 and $N % 2 == 0",
                "wait(10) // match\nwait(11)\nwait(8)\nwait(0x10) // match\nwait(n)",
            ),
            (
                "metavariable-comparison of strings",
                "patterns:\n- pattern: set($N)\n- metavariable-comparison:\n    metavariable: $N\n    comparison: int($N) < 0o700\n    strip: true",
                "set('12') // match\nset('700')",
            ),
            (
                "metavariable-analysis: entropy",
                "patterns:\n- pattern: const $K = $V\n- metavariable-analysis: {analyzer: entropy, metavariable: $V}",
                "const a = 'kJ8x2Qz9Lm4Tn7Wp1Rv6Yb3Hc5Df0Gs' // match\nconst b = 'passwordpassword'",
            ),
            (
                "metavariable-analysis: redos",
                "patterns:\n- pattern: new RegExp($R)\n- metavariable-analysis: {analyzer: redos, metavariable: $R}",
                "new RegExp('(a+)+$') // match\nnew RegExp('^a+$')",
            ),
            (
                "the type of another variable of the name says nothing",
                "patterns:\n- pattern: f($X)\n- metavariable-type: {metavariable: $X, type: number}",
                "function a(b) {\n  f(b)\n}\nfunction c() {\n  const b = 1\n  f(b) // match\n  {\n    const b = g()\n    f(b)\n  }\n}",
            ),
            (
                "focus-metavariable",
                "patterns:\n- pattern: |\n    call(..., $X, ...)\n- focus-metavariable: $X\n- metavariable-regex: {metavariable: $X, regex: bad}",
                "call(\n  good,\n  bad, // match\n  fine)",
            ),
        ],
    );
    check(
        "a.ts",
        &[(
            "metavariable-type",
            "patterns:\n- pattern: $X.run()\n- metavariable-type: {metavariable: $X, type: Job}",
            "function f(a: Job, b: Task) {\n  a.run() // match\n  b.run()\n  c.run()\n}",
        )],
    );
}

#[test]
fn options() {
    check(
        "a.js",
        &[
            (
                "constants are followed",
                "pattern: f('x')",
                "const x = 'x'\nf(x) // match\nconst y = 'y'\nf(y)",
            ),
            (
                "constants are not followed on request",
                "options: {constant_propagation: false}\npattern: f('x')",
                "const x = 'x'\nf(x)\nf('x') // match",
            ),
            (
                "sides of == keep their places",
                "pattern: $X == null",
                "a == null // match\nnull == a",
            ),
            (
                "sides of == swap on request",
                "options: {symmetric_eq: true}\npattern: $X == null",
                "a == null // match\nnull == a // match\nnull < a",
            ),
            (
                "a declaration is an assignment",
                "pattern: $X = secret()",
                "const a = secret() // match\nb = secret() // match\nlet c = public()",
            ),
            (
                "a declaration is not an assignment on request",
                "options: {vardef_assign: false}\npattern: $X = secret()",
                "const a = secret()\nb = secret() // match",
            ),
            (
                "an arrow is a function",
                "pattern: |\n  function ($X) { return eval($X) }",
                "on((a) => { return eval(a) }) // match\non(function (a) { return eval(a) }) // match\non((a) => { return eval(b) })",
            ),
        ],
    );
}

#[test]
fn paths() {
    let body =
        "pattern: f()\npaths:\n  include: ['src/**', '*.test.js']\n  exclude: ['**/vendor/**']";
    for (path, expected) in [
        ("src/a.js", 1),
        ("src/deep/b.js", 1),
        ("other/c.test.js", 1),
        ("other/c.js", 0),
        ("src/vendor/d.js", 0),
    ] {
        assert_eq!(scan(path, body, "f()").matches.len(), expected, "{path}");
    }
}

#[test]
fn messages_and_fixes() {
    let body = "message: $F gets $X and $MISSING\npattern: $F($X)\nfix: safe($X)";
    let outcome = scan("a.js", body, "run( a.b )");
    let found = outcome.matches.first().unwrap();
    assert_eq!(found.message, "run gets a.b and $MISSING");
    assert_eq!(found.fix.as_deref(), Some("safe(a.b)"));
    assert_eq!((found.start, found.end), (0, 10));

    let body = "pattern: $F(...)\nfix-regex:\n  regex: (run)\\(\n  replacement: \\1Safely(";
    let outcome = scan("a.js", body, "run(a)");
    let found = outcome.matches.first().unwrap();
    assert_eq!(found.fix.as_deref(), Some("runSafely(a)"));

    let body = "message: $...ARGS\npattern: f($...ARGS)";
    let outcome = scan("a.js", body, "f(a, b,  c)");
    assert_eq!(outcome.matches.first().unwrap().message, "a, b,  c");
}
