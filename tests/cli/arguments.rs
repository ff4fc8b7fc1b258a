//! Arguments that cannot be used: exit code 2, the reason and the remedy on standard error, nothing on standard output.

use crate::Place;

#[test]
fn what_cannot_be_used_is_refused() {
    let place = Place::new();
    for (arguments, reason) in [
        (
            &["scan", "--format", "pdf"][..],
            "[possible values: text, json, sarif]",
        ),
        (
            &["scan", "--fail-on", "awful"],
            "use critical, high, medium, low or info",
        ),
        (&["scan", "--max-file-size", "lots"], "--max-file-size"),
        (&["scan", "--max-file-size", "5TB"], "kB, MB, KiB or MiB"),
        (&["scan", "--jobs", "0"], "--jobs"),
        (&["scan", "--max-db-age", "old"], "--max-db-age"),
        (&["scan", "--no-such-flag"], "unexpected argument"),
        (&["scan", "no/such/folder"], "help: give a path"),
        (&["scan", "gopher://a.example/b"], "help: use https"),
        (&["scan", "--rules", "no/such/rules"], "no/such/rules"),
        (&["scan", "--include", "[a"], "[a"),
        (&["scan", "--baseline", "main"], "error: "),
        (
            &["scan", "--offline", "https://a.example/b.git"],
            "help: clone it first",
        ),
        (
            &["scan", "-o", "no/such/folder/report"],
            "the report could not be written",
        ),
        (&["rules", "validate"], "PATH"),
        (&["rules", "test", "no/such/folder"], "no/such/folder"),
        (&["completions", "cmd"], "[possible values:"),
        (&["man", "dance"], "help: `cortex --help` lists them"),
        (
            &["db", "update", "--url", "gopher://a.example"],
            "help: give the base",
        ),
        (&["db"], "Usage:"),
        (&["dance"], "unrecognized subcommand"),
        (&[], "Usage:"),
    ] {
        let ran = place.run(arguments).exits_with(2).says(reason);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

/// What a name on the command line holds does not act on the terminal or the CI log that shows the error.
#[test]
fn errors_are_neutralised() {
    let place = Place::new();
    let ran = place
        .run(&["scan", "no\u{1b}[2J##[error]such"])
        .exits_with(2);
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains("##["),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("no\\u{1b}[2J##\\[error]such"),
        "{}",
        ran.stderr
    );
}

#[test]
fn sizes_take_units() {
    let place = Place::new();
    place.file("a.js", "x".repeat(1_500));
    let skipped = |size: &str| {
        let ran = place
            .run(&["scan", "--format", "json", "--max-file-size", size])
            .exits_with(0);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        report["summary"]["files_skipped"]["too_large"]
            .as_u64()
            .unwrap_or(0)
    };
    assert_eq!(["1499", "1KiB", "1kB"].map(skipped), [1, 1, 1]);
    assert_eq!(["1500", "2KiB", "1MB", "1 MB"].map(skipped), [0, 0, 0, 0]);
}
