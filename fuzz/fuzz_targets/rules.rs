//! Rule files: read, compiled, and run over a small file.

#![no_main]

use std::path::Path;

use cortex_engine::matching::FileScanner;
use cortex_engine::rules;

const CODE: &[u8] = b"const cp = require('child_process');\ncp.exec('ls ' + req.query.dir);\n";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parsed = rules::parse(text, Path::new("fuzz.yaml"));
    let compiled = cortex_fuzz::compile(parsed.rules);
    let outcome = FileScanner::new().scan(&compiled, "a.js", CODE, &cortex_fuzz::limits());
    cortex_fuzz::check(&outcome, CODE);
});
