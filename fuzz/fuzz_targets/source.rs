//! Source files: the built-in rules, and patterns that no literal spares from parsing.

#![no_main]

use std::sync::LazyLock;

use cortex_engine::matching::{CompiledRules, FileScanner};
use cortex_engine::rules;

static BUILT_IN: LazyLock<CompiledRules> = LazyLock::new(|| {
    let set = rules::built_in().expect("the built-in rules load");
    CompiledRules::compile(&set.rules).0
});

static ANYTHING: LazyLock<CompiledRules> = LazyLock::new(|| {
    cortex_fuzz::rules_of(&[
        "$X",
        "$F(..., $X, ...)",
        "$X = $Y",
        "$X + $Y",
        "if ($X) { ... $Y; ... }",
        "$F(<... $X ...>)",
        "function $F(..., $X, ...) { ... $Y ... }",
        "<$X $Y={...} />",
        "$X. ... .$Y(...)",
        "{..., $X: $Y, ...}",
        "class $X { ... }",
        "\"...\"",
        "$X\n...\n$Y",
    ])
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut scanner = FileScanner::new();
    for path in ["a.js", "a.ts", "a.tsx"] {
        for rules in [&*BUILT_IN, &*ANYTHING] {
            let outcome = scanner.scan(rules, path, data, &cortex_fuzz::limits());
            cortex_fuzz::check(&outcome, data);
        }
    }
});
