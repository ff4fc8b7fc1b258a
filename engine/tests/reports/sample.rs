//! A report with one of everything, with text in it that means harm to whoever prints it.

use std::collections::BTreeMap;

use cortex_engine::dependencies::{Package, PackageSource, Scope};
use cortex_engine::finding::{
    CodeFrame, Finding, FindingKind, Location, Position, RuleFacts, Severity, TraceStep,
    Vulnerability,
};
use cortex_engine::report::{
    AdvisoryData, ExpiredIgnore, FileError, FileErrorKind, LockedPackage, LockfileReport,
    LockfileStatus, Report, SCHEMA_VERSION, SkipReason, Summary, Target, Tool, UnusedSuppression,
};
use cortex_engine::score::score;

/// A report with nothing in it.
pub(crate) fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool {
            name: "cortex".to_owned(),
            version: "0.1.0".to_owned(),
        },
        targets: vec![Target {
            location: ".".to_owned(),
            kind: "directory".to_owned(),
            reference: None,
            commit: None,
        }],
        score: 100.0,
        summary: Summary {
            findings: Severity::ALL
                .into_iter()
                .map(|severity| (severity, 0))
                .collect(),
            rules: 46,
            ..Summary::default()
        },
        findings: Vec::new(),
        lockfiles: Vec::new(),
        packages: Vec::new(),
        advisory_data: AdvisoryData {
            kind: "none".to_owned(),
            ..AdvisoryData::default()
        },
        unused_suppressions: Vec::new(),
        expired_ignores: Vec::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
    }
}

/// With these findings, counted.
pub(crate) fn with(findings: Vec<Finding>) -> Report {
    let mut report = empty();
    for finding in &findings {
        *report.summary.findings.entry(finding.severity).or_default() += 1;
    }
    report.score = score(&findings);
    report.findings = findings;
    report
}

/// A place on one line or several: (line, column) of the first character and just past the last.
pub(crate) fn place(path: &str, start: (u32, u32), end: (u32, u32)) -> Location {
    let position = |(line, column)| Position {
        line,
        column,
        offset: line * 40 + column,
    };
    Location {
        path: path.to_owned(),
        start: position(start),
        end: position(end),
    }
}

/// A finding of a rule in code, with the lines that begin at `first_line`.
pub(crate) fn code(
    rule: &str,
    severity: Severity,
    location: Location,
    first_line: u32,
    lines: &[&str],
) -> Finding {
    Finding {
        fingerprint: format!("{:0>32}", format!("{:x}", location.start.offset)),
        kind: FindingKind::Code,
        rule_id: rule.to_owned(),
        severity,
        message: "A query is built from request data by joining strings, so whoever sends the request can change \
                  what the database is asked."
            .to_owned(),
        location,
        frame: Some(CodeFrame { first_line, lines: lines.iter().map(|line| (*line).to_owned()).collect() }),
        rule: Some(RuleFacts {
            cwe: vec!["CWE-89: SQL injection".to_owned()],
            owasp: vec!["A03:2021 - Injection".to_owned()],
            confidence: Some("high".to_owned()),
            likelihood: Some("high".to_owned()),
            references: vec!["https://cheatsheetseries.owasp.org/cheatsheets/Query_Parameterization_Cheat_Sheet.html".to_owned()],
            why: Some("The text of a request becomes part of the statement.".to_owned()),
            how_to_mend: Some("Pass the values beside the statement: `db.query(\"… WHERE id = ?\", [id])`.".to_owned()),
        }),
        metavariables: BTreeMap::from([("$ID".to_owned(), "req.query.id".to_owned())]),
        fix: None,
        trace: Vec::new(),
        vulnerability: None,
    }
}

/// A vulnerable dependency.
pub(crate) fn dependency(
    package: &str,
    version: &str,
    advisory: &str,
    severity: Severity,
    line: u32,
) -> Finding {
    let at = place("web/package-lock.json", (line, 1), (line, 1));
    Finding {
        kind: FindingKind::Vulnerability,
        message: format!("Something is wrong in {package}"),
        rule: Some(RuleFacts {
            cwe: vec!["CWE-1321".to_owned()],
            ..RuleFacts::default()
        }),
        metavariables: BTreeMap::new(),
        frame: None,
        vulnerability: Some(Vulnerability {
            purl: format!("pkg:npm/{package}@{version}"),
            ecosystem: "npm".to_owned(),
            package: package.to_owned(),
            version: version.to_owned(),
            advisory: advisory.to_owned(),
            aliases: Vec::new(),
            fixed_versions: Vec::new(),
            safe_version: None,
            cvss_score: None,
            cvss_vector: None,
            epss: None,
            kev: false,
            published: Some("2021-05-06T16:05:51Z".to_owned()),
            direct: true,
            scope: Scope::Prod,
            reachable: None,
            paths: vec![vec![format!("{package}@{version}")]],
        }),
        ..code(advisory, severity, at, 1, &[])
    }
}

fn vulnerable(finding: Finding, change: impl FnOnce(&mut Vulnerability)) -> Finding {
    let mut vulnerability = finding.vulnerability.unwrap();
    change(&mut vulnerability);
    Finding {
        vulnerability: Some(vulnerability),
        ..finding
    }
}

/// One of everything.
pub(crate) fn rich() -> Report {
    let handler = [
        "app.get('/users', (req, res) => {",
        "  const id = req.query.id;",
        "\tdb.query(\"SELECT * FROM users WHERE name = '漢字' AND id = \" + id);",
        "});",
    ];
    let mut flow = code(
        "sql-injection",
        Severity::High,
        place("src/routes/users.js", (14, 2), (14, 64)),
        12,
        &handler,
    );
    flow.trace = vec![
        TraceStep {
            location: place("src/routes/users.js", (13, 14), (13, 26)),
            message: "request data comes in".to_owned(),
        },
        TraceStep {
            location: place("src/routes/users.js", (14, 62), (14, 64)),
            message: "and reaches the query".to_owned(),
        },
    ];
    let mut fixed = code(
        "sql-injection",
        Severity::High,
        place("src/routes/orders.js", (3, 1), (6, 4)),
        2,
        &[
            "",
            "db.query(",
            "  \"SELECT * FROM orders WHERE id = \" +",
            "    req.params.id",
            ");",
            "done();",
        ],
    );
    fixed.fix =
        Some("db.query(\n  \"SELECT * FROM orders WHERE id = ?\", [req.params.id]\n)".to_owned());
    let mut secret = code(
        "hard-coded-secret",
        Severity::Critical,
        place("config/a b#1.js", (1, 15), (1, 41)),
        1,
        &["const token = 'csk_0123456789abcdef0123';"],
    );
    secret.kind = FindingKind::Secret;
    secret.message = "A credential stands in the source.".to_owned();
    secret.rule = None;
    let mut hostile = code(
        "evil\u{1b}]0;owned\u{7}[1](http://evil.example)",
        Severity::Low,
        place("src/::error::\u{202e}gpj.js", (1, 1), (1, 9)),
        1,
        &[
            "::error file=x::y\u{1b}[2J</script><img src=x onerror=alert(1)>",
            "##vso[task.setvariable]=cmd|' /c calc'!A0",
        ],
    );
    hostile.message = "::error::owned\n\n##[error]owned [click](http://evil.example) </script>\u{9b}31m \u{2028}=cmd|'/c calc'!A0".to_owned();
    hostile.rule = Some(RuleFacts {
        references: vec![
            "javascript:alert(1)".to_owned(),
            "https://a.example/><script>".to_owned(),
        ],
        how_to_mend: Some("::set-output name=x::y\u{1b}[0m".to_owned()),
        ..RuleFacts::default()
    });
    let lodash = |advisory: &str, severity, line| {
        vulnerable(
            dependency("lodash", "4.17.11", advisory, severity, line),
            |it| {
                it.safe_version = Some("4.17.21".to_owned());
                it.direct = false;
                it.paths = vec![
                    vec![
                        "grunt@1.0.4".to_owned(),
                        "grunt-legacy-util@1.1.1".to_owned(),
                        "lodash@4.17.11".to_owned(),
                    ],
                    vec![
                        "winston@1.0.0".to_owned(),
                        "async@2.6.0".to_owned(),
                        "lodash@4.17.11".to_owned(),
                    ],
                ];
            },
        )
    };
    let polluted = vulnerable(
        lodash("GHSA-jf85-cpcp-j695", Severity::Critical, 40),
        |it| {
            it.aliases = vec![
                "CVE-2019-10744".to_owned(),
                "SNYK-JS-LODASH-450202".to_owned(),
            ];
            it.fixed_versions = vec!["4.17.12".to_owned()];
            it.cvss_score = Some(9.1);
            it.cvss_vector = Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H".to_owned());
            it.epss = Some(0.123);
        },
    );
    let injected = vulnerable(lodash("GHSA-35jh-r3h4-6jhm", Severity::High, 40), |it| {
        it.aliases = vec!["CVE-2021-23337".to_owned()];
        it.fixed_versions = vec!["4.17.21".to_owned()];
        it.cvss_score = Some(7.2);
        it.epss = Some(0.000_4);
        it.kev = true;
    });
    let unfixed = vulnerable(
        dependency(
            "left\u{1b}[31m-pad",
            "1.0.0",
            "CVE-2099-1",
            Severity::Medium,
            88,
        ),
        |it| it.scope = Scope::Dev,
    );
    let mut report = with(vec![
        secret, polluted, fixed, flow, injected, unfixed, hostile,
    ]);
    report.targets = vec![Target {
        location: "https://git.example/team/app.git".to_owned(),
        kind: "git".to_owned(),
        reference: Some("main".to_owned()),
        commit: Some("1f0e3dad99908345f7439f8ffabdffc4cc2d8c5b".to_owned()),
    }];
    report.summary.files_scanned = 12_804;
    report.summary.bytes_scanned = 81_234_567;
    report.summary.files_skipped = BTreeMap::from([
        (SkipReason::Ignored, 1_204),
        (SkipReason::TooLarge, 1),
        (SkipReason::Binary, 35),
        (SkipReason::Minified, 7),
        (SkipReason::NoRules, 410),
        (SkipReason::Unreadable, 0),
    ]);
    report.summary.packages = 1_290;
    report.summary.suppressed = 2;
    report.summary.ignored = 1;
    report.summary.in_baseline = 14;
    let lockfile = |path: &str, kind: &str, packages, status, note: Option<&str>| LockfileReport {
        path: path.to_owned(),
        kind: kind.to_owned(),
        ecosystem: (status != LockfileStatus::Unsupported).then(|| "npm".to_owned()),
        packages,
        status,
        note: note.map(str::to_owned),
    };
    report.lockfiles = vec![
        lockfile(
            "web/package-lock.json",
            "package-lock.json (v3)",
            1_290,
            LockfileStatus::Checked,
            None,
        ),
        lockfile(
            "api/poetry.lock",
            "poetry.lock",
            0,
            LockfileStatus::Unsupported,
            Some("this kind of lockfile is not read; its packages were not checked"),
        ),
        lockfile(
            "old/yarn.lock",
            "yarn.lock",
            0,
            LockfileStatus::Broken,
            Some("it could not be read; its packages were not checked"),
        ),
    ];
    report.packages = vec![LockedPackage {
        lockfile: "web/package-lock.json".to_owned(),
        package: Package {
            ecosystem: "npm".to_owned(),
            name: "lodash".to_owned(),
            alias: None,
            version: "4.17.11".to_owned(),
            purl: "pkg:npm/lodash@4.17.11".to_owned(),
            source: PackageSource::Registry,
            direct: false,
            scope: Scope::Prod,
            paths: vec![vec!["grunt@1.0.4".to_owned(), "lodash@4.17.11".to_owned()]],
            line: 40,
        },
    }];
    report.advisory_data = AdvisoryData {
        kind: "database".to_owned(),
        source: Some("https://osv.example/bucket".to_owned()),
        fetched: Some("2026-11-17T06:30:00Z".to_owned()),
        age_days: Some(3),
        hash: Some("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262".to_owned()),
        records: BTreeMap::from([("crates.io".to_owned(), 2_100), ("npm".to_owned(), 190_331)]),
    };
    report.unused_suppressions = vec![
        UnusedSuppression {
            path: "src/a.js".to_owned(),
            line: 7,
            rules: Vec::new(),
        },
        UnusedSuppression {
            path: "src/b.js".to_owned(),
            line: 19,
            rules: vec!["eval".to_owned(), "sql-injection".to_owned()],
        },
    ];
    report.expired_ignores = vec![ExpiredIgnore {
        entry: "id = \"CVE-2020-8203\"".to_owned(),
        until: "2026-06-30".to_owned(),
        reason: Some("waiting for the vendor".to_owned()),
    }];
    report.warnings = vec![
        "web/package-lock.json:51: the version \"not\u{1b}a version\" of x cannot be compared"
            .to_owned(),
    ];
    report.errors = vec![
        FileError { path: "old/yarn.lock".to_owned(), kind: FileErrorKind::Lockfile, message: "line 3: an entry is expected; remake it with `yarn install`".to_owned() },
        FileError { path: "src/deep.js".to_owned(), kind: FileErrorKind::ParseLimit, message: "nests deeper than 500 levels; the rest of the file was not analysed, which is a long enough story for two lines".to_owned() },
    ];
    report
}

/// As a first scan without a database: the sample only, and a lockfile of an ecosystem it has nothing on.
pub(crate) fn sampled() -> Report {
    let mut report = with(vec![vulnerable(
        dependency(
            "minimist",
            "1.2.5",
            "CVE-2021-44906",
            Severity::Critical,
            12,
        ),
        |it| {
            it.fixed_versions = vec!["1.2.6".to_owned()];
            it.safe_version = Some("1.2.6".to_owned());
            it.cvss_score = Some(9.8);
        },
    )]);
    report.summary.packages = 2;
    report.summary.files_scanned = 1;
    report.summary.bytes_scanned = 310;
    report.lockfiles = vec![LockfileReport {
        path: "web/package-lock.json".to_owned(),
        kind: "package-lock.json (v3)".to_owned(),
        ecosystem: Some("npm".to_owned()),
        packages: 2,
        status: LockfileStatus::SampleOnly,
        note: Some(
            "held against the built-in sample only; `cortex db update` fetches the full data"
                .to_owned(),
        ),
    }];
    report.advisory_data = AdvisoryData {
        kind: "sample".to_owned(),
        source: Some("built-in sample".to_owned()),
        fetched: Some("2026-10-02T00:00:00Z".to_owned()),
        age_days: Some(49),
        hash: Some("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".to_owned()),
        records: BTreeMap::from([("crates.io".to_owned(), 18), ("npm".to_owned(), 43)]),
    };
    report
}
