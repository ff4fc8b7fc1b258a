//! A folder written by somebody who wishes the scan ill: everything ends in a report, and what is beside it is found.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Place;

#[test]
fn everything_ends_in_a_report() {
    let place = Place::new();
    let app = place.path("app");
    let deep = 20_000;
    place
        .file("src/found.js", "const { exec } = require('child_process');\nfunction f(req) { exec('ls ' + req.query.a); }\n")
        .file("src/brackets.js", "eval(x);".to_owned() + &"[\n".repeat(deep) + &"]".repeat(deep))
        .file("src/elements.jsx", "eval(x);".to_owned() + &"<a>\n".repeat(deep))
        .file("src/not-utf8.js", b"eval('\xff\xfe' + location.hash)\n\0")
        .file("src/minified.min.js", "a=1;".repeat(50_000))
        .file("deep/package-lock.json", "{\"a\":".repeat(deep))
        .file("wrong/package-lock.json", "{\"lockfileVersion\": [], \"packages\": 7}")
        .file("empty/yarn.lock", "")
        .file("bomb/pnpm-lock.yaml", bomb("lockfileVersion: '9.0'\n"))
        .file("bomb/yarn.lock", bomb("__metadata:\n  version: 8\n"))
        .file("cut/Cargo.lock", "version = 4\n[[package]]\nname = \"a\nversion")
        .file(
            "up/package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"../../etc/passwd": "1"}},
                "node_modules/../../../etc/passwd": {"version": "1.0.0"},
                "../../../outside": {"version": "1.0.0"}}}"#,
        );
    // A hole of 500 MB takes no space.
    let huge = File::create(app.join("src/huge.js")).unwrap();
    huge.set_len(500_000_000).unwrap();
    let huge = File::create(app.join("package-lock.json")).unwrap();
    huge.set_len(500_000_000).unwrap();
    symlink("..", app.join("src/round-and-round")).unwrap();
    symlink("loop", app.join("src/loop")).unwrap();
    symlink("/etc", app.join("src/outside")).unwrap();
    symlink("/dev/zero", app.join("src/endless.js")).unwrap();
    let strange = app.join(OsStr::from_bytes(b"src/\xff\x1b[31m\n.js"));
    std::fs::write(strange, "eval(location.hash)\n").unwrap();

    let begin = Instant::now();
    let ran = place
        .run(&["scan", "--no-cache", "--format", "json"])
        .exits_with(0);
    let took = begin.elapsed();
    assert!(took < Duration::from_mins(1), "{took:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let paths = |list: &str| -> Vec<String> {
        let entries = report[list].as_array().unwrap();
        let path = |entry: &Value| {
            let place = if list == "errors" {
                entry
            } else {
                &entry["location"]
            };
            place["path"].as_str().unwrap_or_default().to_owned()
        };
        entries.iter().map(path).collect()
    };
    let (found, errors) = (paths("findings"), paths("errors"));
    assert!(found.contains(&"src/found.js".to_owned()), "{found:?}");
    for broken in [
        "src/brackets.js",
        "src/elements.jsx",
        "deep/package-lock.json",
        "wrong/package-lock.json",
        "bomb/pnpm-lock.yaml",
        "cut/Cargo.lock",
    ] {
        assert!(errors.contains(&broken.to_owned()), "{broken}: {errors:#?}");
    }
    for format in ["text", "sarif"] {
        let ran = place
            .run(&["scan", "--no-cache", "--format", format])
            .exits_with(0);
        assert!(!ran.stdout.contains('\x1b'), "{format}");
    }
}

/// Ten lists, each of ten times the one before.
fn bomb(head: &str) -> String {
    let mut text = format!("{head}a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        let list = vec![alias; 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    text.push_str("packages:\n  x@1.0.0: *a9\n");
    text
}
