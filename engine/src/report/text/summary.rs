//! The summary: counts by severity and kind, what was looked at and what was not, the advisory data, the score.

use std::io;

use super::line::{
    BOLD, DIM, GREEN, Line, PLAIN, Printer, RED, YELLOW, colour, count, size, thousands,
};
use crate::finding::{FindingKind, Severity};
use crate::report::{LockfileStatus, Report, SkipReason};

/// Where the values of the summary begin.
const VALUES: usize = 16;
/// Width of a column of counts.
const COLUMN: usize = 10;

/// Writes the summary.
pub(super) fn write(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let targets: Vec<&str> = report
        .targets
        .iter()
        .map(|target| target.location.as_str())
        .collect();
    let note = match targets.as_slice() {
        [one] if one.chars().count() <= 40 => (*one).to_owned(),
        [] | [_] => String::new(),
        many => count(many.len() as u64, "target", "targets"),
    };
    printer.heading("Summary", &note)?;
    table(printer, report)?;
    printer.blank()?;
    files(printer, report)?;
    if !report.lockfiles.is_empty() {
        packages(printer, report)?;
        advisories(printer, report)?;
    }
    silenced(printer, report)?;
    attention(printer, report)?;
    score(printer, report)
}

fn label(name: &str) -> Line {
    let mut line = Line::indented(2).with(BOLD, name);
    line.pad_to(VALUES);
    line
}

/// Findings by kind and severity; kinds without findings are left out.
fn table(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    if report.findings.is_empty() {
        return printer.line(&label("findings").with(GREEN, "none"));
    }
    let mut head = Line::indented(VALUES);
    for severity in Severity::ALL {
        head.push(DIM, &format!("{severity:>COLUMN$}"));
    }
    head.push(DIM, &format!("{:>COLUMN$}", "total"));
    printer.line(&head)?;
    let kinds = [
        ("code", FindingKind::Code),
        ("secrets", FindingKind::Secret),
        ("dependencies", FindingKind::Vulnerability),
        ("checks", FindingKind::Check),
    ];
    let mut rows = 0;
    for (name, kind) in kinds {
        if report.findings.iter().any(|finding| finding.kind == kind) {
            row(printer, name, report, |other| other == kind)?;
            rows += 1;
        }
    }
    if rows > 1 {
        row(printer, "total", report, |_| true)
    } else {
        Ok(())
    }
}

fn row(
    printer: &mut Printer<'_>,
    name: &str,
    report: &Report,
    wanted: impl Fn(FindingKind) -> bool,
) -> io::Result<()> {
    let mut line = label(name);
    let mut all = 0;
    for severity in Severity::ALL {
        let findings = report.findings.iter();
        let number = findings
            .filter(|it| wanted(it.kind) && it.severity == severity)
            .count() as u64;
        all += number;
        let colour = if number > 0 { colour(severity) } else { DIM };
        line.push(colour, &format!("{:>COLUMN$}", thousands(number)));
    }
    line.push(BOLD, &format!("{:>COLUMN$}", thousands(all)));
    printer.line(&line)
}

fn files(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    let text = format!(
        "{} scanned ({}) with {}",
        count(summary.files_scanned, "file", "files"),
        size(summary.bytes_scanned),
        count(summary.rules, "rule", "rules")
    );
    printer.line(&label("files").with(PLAIN, &text))?;
    let skipped: Vec<_> = summary
        .files_skipped
        .iter()
        .map(|(reason, number)| (*number, describe(*reason)))
        .collect();
    let text = listed(&skipped);
    if text.is_empty() {
        return Ok(());
    }
    printer.wrapped(Line::indented(VALUES), DIM, &format!("skipped: {text}"))
}

fn describe(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Ignored => "ignored",
        SkipReason::Excluded => "excluded",
        SkipReason::NotIncluded => "not included",
        SkipReason::TooLarge => "too large",
        SkipReason::Binary => "binary",
        SkipReason::Minified => "minified",
        SkipReason::NoRules => "without rules",
        SkipReason::NotAFile => "links or special files",
        SkipReason::Unreadable => "unreadable",
    }
}

fn packages(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let with = |wanted: &[LockfileStatus]| {
        report
            .lockfiles
            .iter()
            .filter(|lockfile| wanted.contains(&lockfile.status))
            .count() as u64
    };
    let read = with(&[
        LockfileStatus::Checked,
        LockfileStatus::SampleOnly,
        LockfileStatus::NotChecked,
    ]);
    let mut pieces = vec![Line::default().with(
        PLAIN,
        &format!(
            "{} in {}",
            count(report.summary.packages, "package", "packages"),
            count(read, "lockfile", "lockfiles")
        ),
    )];
    for (statuses, colour, text) in [
        ([LockfileStatus::NotChecked].as_slice(), RED, "not checked"),
        (&[LockfileStatus::Broken], RED, "broken"),
        (&[LockfileStatus::Unsupported], YELLOW, "not supported"),
    ] {
        match with(statuses) {
            0 => {}
            number => {
                let text = format!("{} {text}", count(number, "lockfile", "lockfiles"));
                pieces.push(Line::default().with(colour, &text));
            }
        }
    }
    printer.pieces(label("packages"), VALUES, pieces)
}

/// Where the verdict on packages comes from, and how far it goes.
fn advisories(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let data = &report.advisory_data;
    let records = count(data.records.values().sum(), "record", "records");
    let hash = data.hash.as_deref().unwrap_or_default();
    let hash: String = hash.chars().take(12).collect();
    let day = |time: &Option<String>| {
        time.as_deref()
            .unwrap_or("?")
            .chars()
            .take(10)
            .collect::<String>()
    };
    match data.kind.as_str() {
        "sample" => {
            let text = format!(
                "only the built-in sample: {records} as of {}, {hash}",
                day(&data.fetched)
            );
            printer.wrapped(label("advisories"), YELLOW, &text)?;
            let text = "This is no verdict on your dependencies: most advisories are not in the sample. \
                        `cortex db update` fetches them all.";
            printer.wrapped(Line::indented(VALUES), PLAIN, text)
        }
        "database" => {
            let age = match data.age_days {
                Some(0) => "fetched today".to_owned(),
                Some(days) => format!("{} old", count(days, "day", "days")),
                None => "of unknown age".to_owned(),
            };
            let text = format!(
                "{records} from {}, {age} ({}), {hash}",
                data.source.as_deref().unwrap_or("?"),
                day(&data.fetched)
            );
            printer.wrapped(label("advisories"), PLAIN, &text)
        }
        _ => printer.wrapped(
            label("advisories"),
            RED,
            "none; `cortex db update` fetches them",
        ),
    }
}

fn silenced(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    let pieces = listed(&[
        (summary.suppressed, "by comments"),
        (summary.ignored, "by cortex.toml"),
        (summary.in_baseline, "in the baseline"),
    ]);
    if pieces.is_empty() {
        Ok(())
    } else {
        printer.line(&label("silenced").with(PLAIN, &pieces))
    }
}

fn attention(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let plural = |number: usize, one, many| (number as u64, if number == 1 { one } else { many });
    let text = listed(&[
        plural(report.errors.len(), "error", "errors"),
        plural(report.warnings.len(), "warning", "warnings"),
        plural(
            report.expired_ignores.len(),
            "expired ignore",
            "expired ignores",
        ),
        plural(
            report.unused_suppressions.len(),
            "unused suppression",
            "unused suppressions",
        ),
    ]);
    if text.is_empty() {
        Ok(())
    } else {
        printer.line(&label("attention").with(YELLOW, &text))
    }
}

fn listed(counts: &[(u64, &str)]) -> String {
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let texts: Vec<String> = counts
        .map(|(number, what)| format!("{} {what}", thousands(*number)))
        .collect();
    texts.join(", ")
}

fn score(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let colour = match report.score {
        score if score >= 80.0 => GREEN.bold(),
        score if score >= 50.0 => YELLOW,
        _ => RED,
    };
    let line = label("score")
        .with(colour, &format!("{:.1}", report.score))
        .with(DIM, " of 100");
    printer.line(&line)
}
