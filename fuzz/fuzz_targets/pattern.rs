//! A pattern over code that holds most kinds of syntax, and over itself read as code.

#![no_main]

use cortex_engine::matching::FileScanner;

const CODE: &str = r#"import fs, { readFile as read } from 'fs';
export default class A extends B { #x = 1; static async *run(a, { b = 2, ...c }, [d]) { yield* this.f?.(a)?.[b]; } }
const f = async (x) => { for await (const y of x) { if (y > 1 && y !== 'z') continue; else break; } };
label: while (true) { try { throw new Error(`a ${f(1) + 2} b`); } catch { delete a.b; } finally { i++; } }
switch (x) { case 1: eval(x + 'a'); default: exec("ls " + dir, { shell: true }); }
var { p, q: [r] } = module.exports = function (n) { return n ? /re+/g.test(n) : void 0; };
const el = <div className="a" {...props} on={() => go(x)}>text {x}<br/></div>;
"#;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(pattern) = std::str::from_utf8(data) else {
        return;
    };
    let rules = cortex_fuzz::rules_of(&[pattern]);
    let mut scanner = FileScanner::new();
    for code in [CODE, pattern] {
        for path in ["a.js", "a.tsx"] {
            let outcome = scanner.scan(&rules, path, code.as_bytes(), &cortex_fuzz::limits());
            cortex_fuzz::check(&outcome, code.as_bytes());
        }
    }
});
