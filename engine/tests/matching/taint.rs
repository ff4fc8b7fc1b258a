//! Taint mode: sources, sinks, and the ways between them.

use std::path::Path;
use std::sync::Arc;

use cortex_engine::matching::{CompiledRules, FileLimits, FileScanner};
use cortex_engine::rules::parse;

use super::{check, scan};

#[test]
fn flows() {
    check(
        "a.js",
        &[
            (
                "an expression",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "sink(source()) // match\nsink(other())\nsink('a' + source().trim()) // match\nsource()",
            ),
            (
                "assignments and reassignments",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "let a = source()\nsink(a) // match\na = 'b'\nsink(a)\nlet c\nc = a\nsink(c)",
            ),
            (
                "through variables",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "const a = source()\nconst b = a + 'x'\nlet c = `${b}`\nc += 'y'\nsink(c) // match\nlet d = 'z'\nd += source()\nsink(d) // match",
            ),
            (
                "branches meet",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(x) {\n  let a = 'b'\n  if (x) { a = source() } else { a = 'c' }\n  sink(a) // match\n  if (x) { a = 'd' }\n  sink(a) // match\n  a = 'e'\n  sink(a)\n}",
            ),
            (
                "a branch that ends",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(x) {\n  let a = source()\n  if (x) { a = 'b' } else { return }\n  sink(a)\n}",
            ),
            (
                "loops",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(xs) {\n  let a = 'b', c = 'd'\n  for (const x of xs) {\n    sink(a) // match\n    a = c\n    c = source()\n  }\n  sink(a) // match\n}",
            ),
            (
                "a while loop with break",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(xs) {\n  let a = 'b'\n  while (xs.next()) {\n    if (xs.last) { a = source(); break }\n    sink(a)\n  }\n  sink(a) // match\n}",
            ),
            (
                "not what the reference takes for no variable",
                "mode: taint\npattern-sources:\n- patterns:\n  - pattern-inside: function (..., $A, ...) { ... }\n  - focus-metavariable: $A\npattern-sinks:\n- pattern: sink(...)\n- pattern: require(...)",
                "define(function (require, exports, eval, other) {\nrequire('a')\nsink(require)\nsink(eval.a)\nsink(exports) // match\nrequire(other) // match\n})",
            ),
            (
                "elements of what is gone through",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  for (const x of source()) { sink(x) } // match\n  for (const i in source()) { sink(i) } // match\n}",
            ),
            (
                "switch",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(x) {\n  let a = 'b'\n  switch (x) {\n    case 1: a = source(); break\n    case 2: sink(a); break\n    default: a = 'c'\n  }\n  sink(a) // match\n}",
            ),
            (
                "try",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  let a = 'b'\n  try { a = source(); g(); a = 'c' } catch (e) { sink(a) } finally { h() } // match\n  sink(a) // match\n}",
            ),
            (
                "conditional and logical",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(x) {\n  sink(x ? source() : 'a') // match\n  sink(x || source()) // match\n  const b = x ?? source()\n  sink(b) // match\n}",
            ),
            (
                "calls and methods",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(x) {\n  sink(x(source())) // match\n  sink(source().a().b) // match\n  sink(new URL(source())) // match\n  sink(await source()) // match\n}",
            ),
            (
                "comparisons and types",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  sink(source() === 'a') // match\n  sink(!source()) // match\n  sink(typeof source()) // match\n}",
            ),
        ],
    );
}

#[test]
fn functions_and_fields() {
    check(
        "a.js",
        &[
            (
                "functions one by one",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "let a = source()\nfunction f() { sink(a) } // match\nfunction g(b) { sink(b) }\ng(source())",
            ),
            (
                "lambdas where they stand",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  const a = source()\n  xs.map(x => sink(a)) // match\n  xs.map(a => sink(a))\n  setTimeout(function () { sink(a) }, 1) // match\n}",
            ),
            (
                "fields",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(o) {\n  o.a = source()\n  sink(o.a) // match\n  sink(o.b)\n  sink(o.a.c) // match\n  o.a = 'd'\n  sink(o.a)\n}",
            ),
            (
                "an element is no field that has a name",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(o, i, l) {\n  o[i] = source()\n  sink(o[l]) // match\n  sink(o[l].a) // match\n  sink(o) // match\n  sink(o.a)\n  sink(o.a.b)\n  l[i] += source()\n  sink(l[0]) // match\n  sink(l.length)\n}",
            ),
            (
                "an element of an element",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(o, i, l) {\n  o[i][l] = source()\n  sink(o) // match\n  sink(o.a)\n  l.a[i] = source()\n  sink(l.a) // match\n  sink(l.b)\n}",
            ),
            (
                "a method knows all fields of its object",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(o, l) {\n  o.a = source()\n  sink(o.b())  // match\n  sink(o.c.d())\n  sink(o.b)\n  l[0] = source()\n  sink(l.join()) // match\n  sink(l.a.b())\n  this.a = source()\n  sink(this.b())\n}",
            ),
            (
                "a method, after its arguments",
                "mode: taint\npattern-sources:\n- pattern: source.b\npattern-sinks:\n- pattern: $X.later(...)",
                "function f() {\n  source.later(1)\n  data.later(() => { source.b = 1 })\n  source.later(() => { source.b = 1 }) // match\n}",
            ),
            (
                "a method that makes its object harmless",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- patterns:\n  - pattern: sink($A)\n  - focus-metavariable: $A\npattern-sanitizers:\n- pattern: $X.clean(...)",
                "function f() {\n  const a = source()\n  sink(a.trim()) // match\n  sink(a.clean())\n}",
            ),
            (
                "the fields that are taken out",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(o) {\n  o.a = source()\n  const { a, b } = o\n  sink(a) // match\n  sink(b)\n  const { a: c = 1, d = 2 } = o\n  sink(c) // match\n  sink(d)\n}",
            ),
            (
                "what a function that is given uses later",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- patterns:\n  - pattern: later(<... $F ...>)\n  - focus-metavariable: $F\n- pattern: now(...)",
                "function f() {\n  const a = source()\n  later(a) // match\n  now(a) // match\n  later(() => g(a))\n  later(function () { g(source()) })\n  now(() => { g(source()) })\n}",
            ),
            (
                "what a function that is given leaves behind",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(xs) {\n  let a, b, c = {}, d = source(), e\n  xs.forEach(() => { a = source() })\n  sink(a) // match\n  g(function (b) { b = source() })\n  sink(b)\n  g({ h: () => { c[xs.i][0] = source() } })\n  sink(c) // match\n  g(() => { d = 1 })\n  sink(d) // match\n  g(() => { if (xs) { e = source(); return } e = 2 }).then(() => sink(e)) // match\n}",
            ),
            (
                "what a function that is kept would leave behind",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(xs) {\n  let a, b\n  const c = () => { a = source() }\n  sink(a)\n  g(() => sink(b), () => { b = source() })\n  sink(b) // match\n  g({ h: function () { this.c = source() }, i: function () { sink(this.c) } })\n}",
            ),
            (
                "a loop comes back to what a function left behind",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f(xs) {\n  let a\n  while (xs.next()) {\n    sink(a) // match\n    g(() => { a = source() })\n  }\n}",
            ),
            (
                "fields of a tainted object",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  const o = source()\n  sink(o.a.b) // match\n  o.a = 'c'\n  sink(o.a)\n  sink(o.d) // match\n}",
            ),
            (
                "objects and arrays",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  const o = { a: source(), b: 'c' }\n  sink(o.a) // match\n  sink(o.b)\n  const l = [source()]\n  sink(l[0]) // match\n  sink(l) // match\n}",
            ),
            (
                "taken apart",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "function f() {\n  const { a, b: c } = source()\n  sink(a) // match\n  sink(c) // match\n  const [d, ...e] = source()\n  sink(d) // match\n}",
            ),
            (
                "a class",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)",
                "class A {\n  m() {\n    this.a = source()\n    sink(this.a) // match\n  }\n  n() { sink(this.a) }\n}",
            ),
            (
                "parameters",
                "mode: taint\npattern-sources:\n- patterns:\n  - pattern: function $F(..., $P, ...) {...}\n  - focus-metavariable: $P\npattern-sinks:\n- pattern: sink(...)",
                "function f(a, b = 1) {\n  sink(a) // match\n  sink(b) // match\n  sink(c)\n}",
            ),
            (
                "members of requests",
                "mode: taint\npattern-sources:\n- patterns:\n  - pattern-inside: function ... ($REQ, $RES) {...}\n  - pattern-either:\n    - pattern: $REQ.query\n    - pattern: $REQ.body\npattern-sinks:\n- pattern: sink(...)",
                "app.get('/', (req, res) => {\n  sink(req.query.a) // match\n  const { b } = req.body\n  sink(b) // match\n  sink(req.ip)\n})\nsink(req.query.a)",
            ),
        ],
    );
}

#[test]
fn parts_of_a_rule() {
    check(
        "a.js",
        &[
            (
                "sanitizers",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\npattern-sanitizers:\n- pattern: clean(...)",
                "function f() {\n  const a = source()\n  sink(clean(a))\n  const b = clean(a)\n  sink(b)\n  sink(a) // match\n  sink(clean(a) + a) // match\n}",
            ),
            (
                "sanitizers by side effect",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\npattern-sanitizers:\n- patterns:\n  - pattern: check($X)\n  - focus-metavariable: $X\n  by-side-effect: true",
                "function f() {\n  const a = source()\n  sink(a) // match\n  check(a)\n  sink(a)\n}",
            ),
            (
                "sources by side effect",
                "mode: taint\npattern-sources:\n- patterns:\n  - pattern: fill($X)\n  - focus-metavariable: $X\n  by-side-effect: true\npattern-sinks:\n- pattern: sink(...)",
                "function f(a, b) {\n  sink(a)\n  fill(a)\n  sink(a) // match\n  sink(b)\n}",
            ),
            (
                "one argument",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- patterns:\n  - pattern: sink($X, ...)\n  - focus-metavariable: $X",
                "sink(source(), 1) // match\nsink(1, source())",
            ),
            (
                "assignments as sinks",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: $X.innerHTML = $Y",
                "function f(e) {\n  e.innerHTML = source() // match\n  e.textContent = source()\n  const a = source()\n  e.innerHTML = '<b>' + a // match\n}",
            ),
            (
                "propagators",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\npattern-propagators:\n- pattern: $TO.push($FROM)\n  from: $FROM\n  to: $TO",
                "function f() {\n  const a = [], b = []\n  a.push(source())\n  b.push('c')\n  sink(a) // match\n  sink(b)\n}",
            ),
            (
                "control",
                "mode: taint\npattern-sources:\n- pattern: start()\n  control: true\npattern-sinks:\n- pattern: sink()\npattern-sanitizers:\n- pattern: clean(...)",
                "start()\nsink() // match\nfunction a1() { sink() }\nfunction a2(x) { if (x) { start() }\nsink() } // match\nfunction a3() { start(); return; sink() }\nfunction a4(x) { while (x) {\nsink() // match\nstart() } }\nfunction a5() { g(function () { start() })\nsink() } // match\nfunction a6() { start(); g(() =>\nsink()) } // match\nfunction a7() { g(start(),\nsink()) } // match\nfunction a8() { g(sink(), start()) }\nfunction a9() { if (start()) return\nsink() } // match\nfunction b1() { try { start() } catch (e) {\nsink() } } // match\nfunction b2(x) { x && start() &&\nsink() } // match\nfunction b3(x) { switch (x) { case 1: start(); break; case 2: sink() }\nsink() } // match\nfunction b4() { start(); clean(sink()) }\nfunction b6() { clean(start()); sink() }\nconst b7 = () => { start() }\nfunction b8() { sink() }\nfunction b5() { const d = () => { start() }; d()\nsink() } // match",
            ),
            (
                "control taints no value",
                "mode: taint\npattern-sources:\n- pattern: start()\n  control: true\n  label: A\n- pattern: source()\n  label: B\npattern-sinks:\n- pattern: sink(...)\n  requires: A and not B",
                "function a() { const x = start()\nsink(1) // match\nsink(source()) }\nfunction b(x) { sink(x) }",
            ),
            (
                "at exit",
                "mode: taint\npattern-sources:\n- pattern: start()\npattern-sinks:\n- pattern: sink(...)\n  at-exit: true",
                "function a1() { const x = start(); sink(x); other() }\nfunction a2() { const x = start()\nsink(x) } // match\nfunction a3(y) { const x = start(); if (y) {\nreturn sink(x) } // match\nother() }\nfunction a4(y) { const x = start(); if (y) {\nsink(x) } else { // match\nthrow sink(x) } } // match\nfunction a5(y) { const x = start(); while (y) { sink(x) } }\nfunction a6() { const x = start(); if (sink(x)) { other() } }\nconst a7 = (x = start()) =>\nsink(x) // match",
            ),
            (
                "labels",
                "mode: taint\npattern-sources:\n- pattern: a()\n  label: A\n- pattern: b()\n  label: B\npattern-sinks:\n- pattern: sink(...)\n  requires: A and not B",
                "sink(a()) // match\nsink(b())\nsink(a() + b())",
            ),
            (
                "a label that needs another",
                "mode: taint\npattern-sources:\n- pattern: a()\n  label: A\n- pattern: wrap(...)\n  label: B\n  requires: A\npattern-sinks:\n- pattern: sink(...)\n  requires: B",
                "sink(a())\nsink(wrap(c()))\nsink(wrap(a())) // match",
            ),
            (
                "exact sinks",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\n  exact: true",
                "sink(source()) // match\nsink(g(source())) // match\nsink([source()]) // match",
            ),
            (
                "exact sources",
                "mode: taint\npattern-sources:\n- pattern: source($X)\n  exact: true\npattern-sinks:\n- pattern: sink(...)",
                "function f(y) {\n  sink(source(y)) // match\n  sink(y)\n}",
            ),
            (
                "safe functions",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\noptions:\n  taint_assume_safe_functions: true",
                "sink(g(source()))\nsink(source()) // match\nconst a = g(source())\nsink(a)",
            ),
            (
                "safe comparisons",
                "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)\noptions:\n  taint_assume_safe_comparisons: true",
                "sink(source() == 1)\nsink(source() + 1) // match",
            ),
        ],
    );
}

#[test]
fn more_than_the_reference_sees() {
    const RULE: &str =
        "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)";
    check(
        "a.js",
        &[
            (
                "an element, after a field was assigned",
                RULE,
                "const o = source()\no.a = 'c'\nsink(o[0]) // match",
            ),
            (
                "the rest of an array",
                RULE,
                "const [d, ...e] = source()\nsink(e) // match",
            ),
            (
                "a lambda in a field",
                RULE,
                "class A {\n  f = () => sink(source()) // match\n}",
            ),
        ],
    );
}

#[test]
fn the_way_is_told() {
    let rule =
        "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)";
    let code = "const a = source()\nlet b = a + 'c'\nsink(b)\n";
    let outcome = scan("a.js", rule, code);
    let ways: Vec<Vec<&str>> = outcome
        .matches
        .iter()
        .map(|found| {
            let text = |(start, end): &(u32, u32)| &code[*start as usize..*end as usize];
            found.trace.iter().map(text).collect()
        })
        .collect();
    assert_eq!(ways, [["source()", "a", "b", "sink(b)"]]);
}

#[test]
fn loops_and_branches_end() {
    let rule =
        "mode: taint\npattern-sources:\n- pattern: source()\npattern-sinks:\n- pattern: sink(...)";
    let depth = 60;
    let nested = "for (const x of y) { if (x) { a = b; b = source() } else { ".repeat(depth)
        + "sink(a)"
        + &"} }".repeat(depth);
    let begin = std::time::Instant::now();
    scan("a.js", rule, &nested);
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
}

/// What one rule's sources matched serves others: in the other's terms, whatever the metavariables are numbered.
#[test]
fn rules_with_the_same_source_bind_their_own_metavariables() {
    let rule = |id: &str, sources: &str| {
        format!(
            "- id: {id}\n  languages: [javascript]\n  severity: ERROR\n  message: $B\n  mode: taint\n  \
             pattern-sources:\n{sources}  pattern-sinks:\n  - pattern: sink(...)\n"
        )
    };
    let (first, second) = ("  - pattern: first($A)\n", "  - pattern: second($B)\n");
    let text = format!(
        "rules:\n{}{}",
        rule("two", &format!("{first}{second}")),
        rule("one", second)
    );
    let parsed = parse(&text, Path::new("rules.yaml"));
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let rules: Vec<_> = parsed.rules.into_iter().map(Arc::new).collect();
    let (rules, _) = CompiledRules::compile(&rules);
    let code = b"sink(second(text))";
    let outcome = FileScanner::new().scan(&rules, "a.js", code, &FileLimits::default());
    let found: Vec<_> = outcome
        .matches
        .iter()
        .map(|it| (it.rule, it.message.as_str()))
        .collect();
    assert_eq!(found, [(0, "text"), (1, "text")]);
}
