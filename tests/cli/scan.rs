//! `cortex scan`: streams, files, exit codes.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::{Place, Ran};

const RULES: &str = r"
rules:
  - id: no-eval
    languages: [javascript]
    severity: ERROR
    message: Text becomes code.
    pattern: eval(...)
";

/// A dependency that the built-in sample knows: its worst advisory is critical.
const LOCKFILE: &str = r#"{
  "name": "app", "lockfileVersion": 3,
  "packages": {
    "": { "name": "app", "dependencies": { "lodash": "4.17.11" } },
    "node_modules/lodash": { "version": "4.17.11" }
  }
}"#;

fn with_code() -> Place {
    let place = Place::new();
    place
        .file("rules.yaml", RULES)
        .file("src/a.js", "const x = 1;\neval(name);\n");
    place
}

fn scan(place: &Place, arguments: &[&str]) -> Ran {
    let mut all = vec!["scan", "--rules", "rules.yaml"];
    all.extend(arguments);
    place.run(&all)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn findings_change_the_exit_code_when_asked_to() {
    let place = with_code();
    let ran = scan(&place, &[]).exits_with(0);
    assert!(
        ran.stdout.contains("no-eval") && ran.stdout.contains("src/a.js:2:1"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "");
    scan(&place, &["--fail-on", "high"]).exits_with(1);
    scan(&place, &["--fail-on", "info"]).exits_with(1);
    scan(&place, &["--fail-on", "critical"]).exits_with(0);
}

#[test]
fn every_format_has_standard_output_to_itself() {
    let place = with_code();
    place.file("package-lock.json", LOCKFILE);
    for format in ["json", "sarif"] {
        let ran = scan(&place, &["--format", format]).exits_with(0);
        json(&ran);
        assert!(
            ran.stderr.contains("note: only the built-in sample"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn the_sample_is_called_a_sample() {
    let place = with_code();
    place.file("package-lock.json", LOCKFILE);
    let ran = scan(&place, &[]).exits_with(0);
    assert!(
        ran.stdout.contains("only the built-in sample"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("cortex db update"));
    assert!(
        ran.stdout.contains("lodash 4.17.11 → 4.17.21"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "", "the text says it already");
    scan(&place, &["--fail-on", "critical"]).exits_with(1);
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let place = with_code();
    let path = place.path("report.json");
    std::fs::write(&path, "old").unwrap();
    let name = path.to_str().unwrap();
    let ran = scan(&place, &["--format", "json", "-o", name]).exits_with(0);
    assert_eq!(ran.stdout, "");
    let report: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["findings"][0]["rule_id"], "no-eval");
    // A scan that cannot be done leaves the last report where it is, and nothing beside it.
    std::fs::write(&path, "old").unwrap();
    scan(&place, &["-o", name, "no/such/folder"]).exits_with(2);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    let names = std::fs::read_dir(place.root.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["app", "cache", "data", "report.json"]);
    scan(&place, &["-o", "src"])
        .exits_with(2)
        .says("src: the report could not be written");
}

#[cfg(unix)]
#[test]
fn a_file_has_the_permissions_of_other_files_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = with_code();
    let plain = place.path("plain");
    std::fs::write(&plain, "").unwrap();
    std::os::unix::fs::symlink(&plain, place.path("link")).unwrap();
    let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode();
    let expected = mode("plain");
    scan(&place, &["-o", place.path("new").to_str().unwrap()]).exits_with(0);
    assert_eq!(mode("new"), expected);
    scan(&place, &["-o", place.path("link").to_str().unwrap()]).exits_with(0);
    assert!(place.path("link").is_symlink());
    assert!(std::fs::read_to_string(&plain).unwrap().contains("no-eval"));
    // A device is written to.
    let ran = scan(&place, &["-o", "/dev/stdout"]).exits_with(0);
    assert!(ran.stdout.contains("no-eval"));
}

/// A reader that stops early is no error; what was found still counts.
#[test]
fn a_broken_pipe_is_quiet() {
    let place = with_code();
    // More than a pipe holds.
    place.file("src/b.js", "eval(name);\n".repeat(2_000));
    for (fail_on, code) in [("critical", 0), ("high", 1)] {
        let mut command = place.command(&[
            "scan",
            "--rules",
            "rules.yaml",
            "--format",
            "json",
            "--fail-on",
            fail_on,
        ]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let ran = Ran::new(child.wait_with_output().unwrap()).exits_with(code);
        assert_eq!(ran.stderr, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let place = with_code();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = place
        .command(&["scan", "--rules", "rules.yaml"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    Ran::new(output)
        .exits_with(2)
        .says("error: the output could not be written");
}

#[test]
fn colours_are_for_terminals_and_those_who_force_them() {
    let place = with_code();
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = place.command(&["scan", "--rules", "rules.yaml"]);
        command.envs(variables.iter().copied());
        let ran = Ran::new(command.output().unwrap()).exits_with(0);
        ran.stdout.contains('\u{1b}')
    };
    assert!(!coloured(&[]), "not a terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn a_broken_lockfile_is_told_and_the_scan_goes_on() {
    let place = with_code();
    place.file("package-lock.json", "{ \"lockfileVersion\": ");
    let ran = scan(&place, &["--format", "json"])
        .exits_with(0)
        .says("warning: package-lock.json");
    let report = json(&ran);
    assert_eq!(report["lockfiles"][0]["status"], "broken");
    assert_eq!(report["errors"][0]["path"], "package-lock.json");
    assert_eq!(report["findings"][0]["rule_id"], "no-eval");
    // Where a gate is asked for, what could not be read does not pass it.
    scan(&place, &["--fail-on", "critical"])
        .exits_with(2)
        .says("error: package-lock.json");
}

#[test]
fn a_profile_names_rules_and_files() {
    let place = with_code();
    // Twice: what is cached would cost nothing.
    for _ in 0..2 {
        scan(&place, &["--profile-rules"])
            .exits_with(0)
            .says("parsing 1 files")
            .says("no-eval");
    }
}

#[test]
fn minified_files_are_scanned_when_asked_for() {
    let place = with_code();
    place.file(
        "dist/a.js",
        format!("{}eval(name);", "var a=1;".repeat(2000)),
    );
    let paths = |arguments: &[&str]| -> Vec<String> {
        let report = json(&scan(&place, arguments).exits_with(0));
        let findings = report["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["location"]["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let arguments = ["--format", "json", "--no-ignore"];
    assert_eq!(paths(&arguments), ["src/a.js"]);
    // Results of the first scan are not taken for those of the second, nor the other way round.
    let with = ["--format", "json", "--no-ignore", "--minified"];
    assert_eq!(paths(&with), ["dist/a.js", "src/a.js"]);
    assert_eq!(paths(&arguments), ["src/a.js"]);
}
