//! What a pattern can say, and which ways of writing code are the same to it.

use super::check;

#[test]
fn metavariables() {
    check(
        "a.js",
        &[
            (
                "repeated metavariables are equal",
                "pattern: $X === $X",
                "a === a // match\na.b() === a . b( ) // match\na === b",
            ),
            (
                "$_ is anything each time",
                "pattern: f($_, $_)",
                "f(a, b) // match\nf(a, a) // match\nf(a)",
            ),
            (
                "$...ARGS takes any number",
                "pattern: f($...ARGS, last)",
                "f(last) // match\nf(a, b, last) // match\nf(last, a)",
            ),
            (
                "a name as a metavariable",
                "pattern: function $F() { ... }",
                "function f() { return 1 } // match\nfunction g(a) {}",
            ),
            (
                "a property as a metavariable",
                "pattern: $O.$P = $V",
                "a.b = c // match\na = c",
            ),
            (
                "the same property twice",
                "pattern: $A.$P === $B.$P",
                "a.x === b.x // match\na.x === b.y",
            ),
        ],
    );
}

#[test]
fn ellipses() {
    check(
        "a.js",
        &[
            (
                "in arguments",
                "pattern: f(..., 1, ...)",
                "f(1) // match\nf(a, 1, b) // match\nf(a, 2)",
            ),
            (
                "in statements",
                "pattern: |\n  open($X);\n  ...\n  close($X);",
                "open(a); // match\nuse(a);\nclose(a);\nopen(b);\nclose(c);",
            ),
            (
                "in objects",
                "pattern: \"f({..., unsafe: true, ...})\"",
                "f({unsafe: true}) // match\nf({a: 1, unsafe: true, b: 2}) // match\nf({unsafe: false})\nf({a: 1})",
            ),
            (
                "properties in any order",
                "pattern: \"f({a: 1, ..., b: 2})\"",
                "f({a: 1, b: 2}) // match\nf({b: 2, c: 3, a: 1}) // match\nf({a: 1})",
            ),
            (
                "in arrays",
                "pattern: f([..., evil, ...])",
                "f([a, evil]) // match\nf([evil]) // match\nf([a])",
            ),
            (
                "in member chains",
                "pattern: app. ... .listen(...)",
                "app.listen(1) // match\napp.use(x).set().listen(1) // match\nother.listen(1)",
            ),
            (
                "in parameters",
                "pattern: function f(..., b, ...) { ... }",
                "function f(a, b) { g() } // match\nfunction f(a) { g() }",
            ),
            (
                "in blocks",
                "pattern: \"if ($C) { ... evil(); ... }\"",
                "if (a) { x(); evil(); y() } // match\nif (a) { x(); }",
            ),
            (
                "any string",
                "pattern: f(\"...\")",
                "f('a') // match\nf(\"\") // match\nf(1)\nf(a)",
            ),
            (
                "a string by regex",
                "pattern: f(\"=~/^http:/\")",
                "f('http://a') // match\nf('https://a')",
            ),
            (
                "a string in a string",
                "pattern: f(\"$X\")",
                "f('abc') // match\nf(abc)",
            ),
            (
                "not in what a function in the expression does",
                "pattern: f(<... secret ...>)",
                "f({ a: secret }) // match\nf({ a() { g(secret) } })\nf({ get a() { return secret } })\nf(class { a() { g(secret) } })\nf(() => { g(secret) })",
            ),
            (
                "a statement is not what a method in it does",
                "pattern: secret();",
                "const a = { b: g(secret()) } // match\nconst c = {\n  d() {\n    g(secret()) // match\n  } }\nfunction h() {\n  return {\n    d() {\n      g(secret()) // match\n    } }\n}",
            ),
            (
                "statements at any depth of a property of an object",
                "patterns:\n- pattern-inside: |\n    function ... (...) { ... $X = made(); ... }\n- pattern: use($X)",
                "run({ a() { if (b) { c = made(); use(c) } } }) // match\nrun({ d: function () { for (;;) { e = made(); use(e) } } }) // match\nrun({ f: function () { for (;;) { g = other(); use(g) } } })",
            ),
            (
                "statements at any depth, but in no property of an object",
                "patterns:\n- pattern-inside: |\n    run(() => { ... $X = made(); ... })\n- pattern: use($X)",
                "run(() => { if (b) { c = made(); use(c) } }) // match\nrun(() => { e(() => { f = made(); use(f) }) }) // match\nrun(() => { class A { m() { h = made(); use(h) } } }) // match\nrun(() => { x({ m: () => { j = made(); use(j) } }) })\nrun(() => { x({ m() { l = made(); use(l) } }) })\nrun(() => { x = class { m() { o = made(); use(o) } } })\nrun(() => { x({ m() { y(() => { p = made(); use(p) }) } }) }) // match",
            ),
            (
                "deep",
                "pattern: f(<... secret ...>)",
                "f(secret) // match\nf(a(b + [secret])) // match\nf(a(b))",
            ),
            (
                "deep in a condition",
                "pattern: \"if (<... admin($X) ...>) { ... }\"",
                "if (a && !admin(b)) { c() } // match\nif (a && user(b)) { c() }",
            ),
        ],
    );
}

#[test]
fn modules() {
    check(
        "a.js",
        &[
            (
                "a default by its name",
                "pattern: import $X from 'axios'",
                "import a from 'axios' // match\nimport { default as b } from 'axios' // match\nconst { default: c } = require('axios') // match\nimport { d } from 'axios'\nconst { e } = require('axios')\nimport f from 'got'",
            ),
            (
                "require",
                "pattern: child_process.exec(...)",
                "const cp = require('child_process')\ncp.exec(a) // match\ncp.spawn(a)",
            ),
            (
                "require with a pattern",
                "pattern: child_process.exec(...)",
                "const {exec: run, spawn} = require('child_process')\nrun(x) // match\nspawn(x)",
            ),
            (
                "import of all",
                "pattern: child_process.exec(...)",
                "import * as cp from 'child_process'\ncp.exec(a) // match\nother.exec(a)",
            ),
            (
                "import of names",
                "pattern: child_process.exec(...)",
                "import {exec as run, spawn} from 'child_process'\nrun(a) // match\nspawn(a)",
            ),
            (
                "import as a pattern",
                "pattern: import $X from 'lodash'",
                "import a from 'lodash' // match\nimport b from 'underscore'",
            ),
            (
                "require as a pattern",
                "pattern: $X = require('fs')",
                "const a = require('fs') // match\nconst b = require('path')",
            ),
        ],
    );
}

#[test]
fn equal_ways_of_writing() {
    check(
        "a.js",
        &[
            (
                "quotes, spaces, semicolons, parentheses, comments",
                "pattern: f('a', $X + 1)",
                "f(\"a\", b+1); // match\nf('a', (b + 1)) // match\nf('a' /* c */, b + 1) // match\nf('b', b + 1)",
            ),
            (
                "let, const and var",
                "pattern: var $X = f()",
                "let a = f() // match\nconst b = f() // match\nvar c = f() // match\nvar d = g()",
            ),
            (
                "const is only const",
                "pattern: const $X = f()",
                "const b = f() // match\nlet a = f()",
            ),
            (
                "optional chaining",
                "pattern: $X.run($Y)",
                "a.run(b) // match\na?.run(b) // match\na?.walk(b)",
            ),
            (
                "a body of one statement is a block in an if, not in a loop",
                "pattern-either:\n- pattern: if (a) { ... }\n- pattern: for (...) { ... }\n- pattern: while (b) f()",
                "if (a) g(); // match\nif (a) { g(); } // match\nfor (;;) g();\nfor (;;) { g(); } // match\nwhile (b) f(); // match\nwhile (b) { f(); }",
            ),
            (
                "what a later statement assigns",
                "pattern: |\n  function $F(a) { ... }\n  ...\n  exports.h = $F;",
                "exports.h = k;\nfunction k(a) { g(); }\nfunction l(a) { g(); }\nfunction m(a) { g(); } // match\nother.h = l;\nexports.h = m;",
            ),
            (
                "a statement within what another computes, but not within what it tests or makes",
                "pattern: $X = f();",
                "a && (b = f()); // match\n!(b = f()); // match\ng(1 + (b = f())); // match\nc = `${b = f()}`; // match\ng(...(b = f())); // match\nt`${b = f()}`; // match\na ? (b = f()) : c;\nnew A(b = f());\nx[b = f()];\n(b = f(), c);",
            ),
            (
                "a function of any name, and fields that hold one",
                "pattern: function $F($X) { return eval($X) }",
                "class A { f = (a) => { return eval(a) } } // match\nclass B { f(a) { return eval(a) } } // match\nx = { f: function (a) { return eval(a) } } // match\nclass C { f = other((a) => { return eval(a) }) }\nclass D { f = (a) => { return eval(b) } }",
            ),
            (
                "a method and a property with a function",
                "pattern: \"f({m($X) { ... }})\"",
                "f({m(a) { g() }}) // match\nf({n(a) { g() }})",
            ),
            (
                "await is part of the code",
                "pattern: await $X",
                "async function f() {\n  await a // match\n  b\n}",
            ),
            (
                "new is no call",
                "pattern: new Function(...)",
                "new Function('a') // match\nnew Thing('a')",
            ),
            (
                "constants by name",
                "patterns:\n- pattern: createHash($A)\n- metavariable-regex: {metavariable: $A, regex: .*md5}",
                "createHash('md5') // match\ncreateHash('sha256')",
            ),
            (
                "the text of a template is a string",
                "pattern: '\"=~/^ab/\"'",
                "f(`ab${x}`) // match\nf(`${x}ab`) // match\nf(`x ab${x}`)\nf(t`${x}ab`) // match\nf(`${ab}`)",
            ),
            (
                "a template without its tag is a template of its own",
                "pattern: '`...`'",
                "f(`a${x}`) // match\nf(`a`) // match\nf(t`a${x}`)\nf(t`a`)",
            ),
            (
                "a substitution is no text",
                "pattern: '`${$X}`'",
                "f(`${x}`) // match\nf(`x`)",
            ),
            (
                "templates",
                "pattern: f(`...${$X}...`)",
                "f(`a ${b} c`) // match\nf(`abc`)",
            ),
            (
                "associative operators",
                "pattern: f($X + 'a')",
                "f(b + 'a') // match\nf('a' + b)",
            ),
            (
                "return without a value",
                "pattern: return $X",
                "function f() {\n  if (a) return b // match\n  return\n}",
            ),
            (
                "catch",
                "pattern: \"try { ... } catch ($E) { }\"",
                "try { a() } catch (e) { } // match\ntry { a() } catch (e) { log(e) }",
            ),
            (
                "loops",
                "pattern: \"for (let $I = 0; $I < $N; $I++) { ... }\"",
                "for (let i = 0; i < 9; i++) { a() } // match\nfor (let i = 1; i < 9; i++) { a() }",
            ),
            (
                "regular expressions",
                "pattern: /.../.test($X)",
                "/^a$/.test(b) // match\nx.test(b)",
            ),
            (
                "regular expressions by what stands in them",
                "patterns:\n- pattern: /$X/\n- metavariable-regex:\n    metavariable: $X\n    regex: ^a.*c$",
                "const re = /ab+c/ // match\nre.test('abc') // match\nf('abbc', ac, /b+c/)",
            ),
            (
                "object by key string",
                "pattern: \"({secret: $X})\"",
                "f({secret: 'a'}) // match\nf({public: 'a'})",
            ),
        ],
    );
}

#[test]
fn classes() {
    check(
        "a.js",
        &[
            (
                "a class",
                "pattern: \"class $C extends Base { ... }\"",
                "class A extends Base { m() {} } // match\nclass B extends Other { m() {} }",
            ),
            (
                "a method within a class",
                "pattern: \"class $C { ... render() { ... } ... }\"",
                "class A { a() {} render() { b() } } // match\nclass B { a() {} }",
            ),
            (
                "inside a class",
                "patterns:\n- pattern: this.state = $X\n- pattern-inside: \"class $C extends Component { ... }\"",
                "class A extends Component { m() {\n  this.state = 1 // match\n} }\nclass B { m() {\n  this.state = 1\n} }",
            ),
        ],
    );
}

#[test]
fn jsx() {
    check(
        "a.jsx",
        &[
            (
                "an attribute",
                "pattern: <div dangerouslySetInnerHTML={$X} />",
                "const a = <div dangerouslySetInnerHTML={b} />; // match\nconst c = <div className={b} />;",
            ),
            (
                "an attribute among others",
                "pattern: <$T ... href={$X} ... />",
                "const a = <a id=\"x\" href={b} />; // match\nconst c = <a id={b} />;",
            ),
            (
                "an element with children",
                "pattern: <a href={$X}>...</a>",
                "const a = <a href={b}>text <b/></a>; // match\nconst c = <p href={b}>text</p>;",
            ),
        ],
    );
}

#[test]
fn typescript() {
    check(
        "a.ts",
        &[
            (
                "typed metavariables",
                "pattern: ($X as Request).body",
                "(a as Request).body // match\n(a as Response).body",
            ),
            (
                "typed parameter",
                "pattern: \"($X: Request).param(...)\"",
                "function f(a: Request, b: Other) {\n  a.param(1) // match\n  b.param(1)\n}",
            ),
            (
                "typed declarations",
                "pattern: \"($X: Job).run()\"",
                "const a: Job = g()\na.run() // match\nconst b: Task = g()\nb.run()",
            ),
            (
                "types in code do not stand in the way",
                "pattern: |\n  function $F($A) { ... eval($A); ... }",
                "function f(a: string): void { eval(a); } // match\nfunction g(a: string): void { exec(a); }",
            ),
            (
                "a declared type does not stand in the way",
                "pattern: const $X = f()",
                "const a: string = f() // match\nconst b: string = g()",
            ),
            (
                "any cast",
                "pattern: $X as any",
                "a as any // match\na as string",
            ),
            (
                "import with types",
                "pattern: child_process.exec(...)",
                "import {exec} from 'child_process'\nexec(a as string) // match\nother(a)",
            ),
        ],
    );
    check(
        "a.tsx",
        &[(
            "an element",
            "pattern: <div dangerouslySetInnerHTML={$X} />",
            "const a = <div id=\"b\" dangerouslySetInnerHTML={b as any}></div>; // match\nconst c = <div id=\"b\"></div>;",
        )],
    );
}

#[test]
fn types_in_javascript() {
    check(
        "a.js",
        &[
            (
                "types that a build step takes away",
                "pattern: eval($X)",
                "function f(a: string, b: ?Array<number>): any {\n  eval(a) // match\n  exec(a)\n}",
            ),
            (
                "a type is imported",
                "pattern: |\n  class $C { ... $M($A) { ... } ... }",
                "import type { T } from './t'\nexport class A { // match\n  m(a: T) { return a }\n}\nclass B { m(a: T, b: T) {} }",
            ),
            (
                "what is no type is read as ever",
                "pattern: f($X)",
                "f(a < b, c > (d))\nf(<T>a</T>) // match",
            ),
        ],
    );
}

#[test]
fn a_quick_look_hides_nothing() {
    check(
        "a.js",
        &[
            (
                "what a leading ellipsis skips may be of any kind",
                "patterns:\n- pattern: decode($X)\n- pattern-not-inside: |\n    ...\n    verify($X)\n    ...",
                "function f(a) {\n  if (a) log()\n  log(a)\n  verify(a)\n  return decode(a)\n}\nfunction g(a) {\n  log(a)\n  return decode(a) // match\n}",
            ),
            (
                "an element in an assignment that is part of a statement",
                "pattern: |\n  $X = $A[$B];\n  $X($C);",
                "let f = a[b] // match\nf(c)\ng(h = a[b]) // match\nh(c)\nlet i = a.b\ni(c)\nlet j = a[b]\nlog()\nj(c)",
            ),
            (
                "a call behind what is looked through",
                "pattern: $A[$B]($C)",
                "(a[b])(c); // match\na.b(c);\n(a?.[b])(c); // match",
            ),
            (
                "names that an import gives are no words of the code",
                "pattern: if (<... tools.check($X) ...>) { ... }",
                "import { check as ok } from 'tools'\nif (a && ok(b)) { c() } // match\nif (a && check(b)) { c() }",
            ),
            (
                "what is assigned may be a constant",
                "pattern: $X = 'a'",
                "const a = 'a' // match\nlet b; b = a // match\nlet c = f(a)",
            ),
        ],
    );
}
