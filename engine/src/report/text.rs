//! The report for people: code findings with their lines, vulnerable dependencies with what mends them, a summary.

use std::collections::BTreeMap;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::neutralise::{line as safe, log_line};
use super::{LockfileStatus, Report, SkipReason, Style};
use crate::dependencies::Scope;
use crate::finding::{Finding, Severity};

/// Writes the report.
pub(super) fn write(report: &Report, style: Style, output: &mut dyn Write) -> io::Result<()> {
    let mut printer = Printer { output, style };
    let (code, dependencies): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.vulnerability.is_none());
    for finding in &code {
        printer.code(finding)?;
    }
    printer.dependencies(&dependencies)?;
    printer.lockfiles(report)?;
    printer.notes(report)?;
    printer.summary(report, code.len(), dependencies.len())
}

struct Printer<'o> {
    output: &'o mut dyn Write,
    style: Style,
}

const BOLD: &str = "1";
const DIM: &str = "2";

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;97;41",
        Severity::High => "1;31",
        Severity::Medium => "1;33",
        Severity::Low => "1;36",
        Severity::Info => "1;34",
    }
}

impl Printer<'_> {
    fn paint(&self, codes: &str, text: &str) -> String {
        if self.style.color {
            format!("\x1b[{codes}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Text broken at blanks to the width, every line behind `indent`.
    fn wrapped(&mut self, indent: &str, text: &str) -> io::Result<()> {
        let room = self.style.width.saturating_sub(indent.len()).max(30);
        let mut current = String::new();
        for word in safe(text).split_whitespace() {
            if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > room {
                writeln!(self.output, "{indent}{}", log_line(&current))?;
                current.clear();
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        if !current.is_empty() {
            writeln!(self.output, "{indent}{}", log_line(&current))?;
        }
        Ok(())
    }

    fn code(&mut self, finding: &Finding) -> io::Result<()> {
        let severity = self.paint(colour(finding.severity), &format!(" {} ", finding.severity));
        let severity = if self.style.color {
            severity
        } else {
            format!("[{}]", finding.severity)
        };
        writeln!(
            self.output,
            "{severity} {}",
            self.paint(BOLD, &safe(&finding.rule_id))
        )?;
        let place = format!(
            "{}:{}:{}",
            safe(&finding.location.path),
            finding.location.start.line,
            finding.location.start.column
        );
        writeln!(self.output, "  {} {}", self.paint("34", "-->"), place)?;
        self.frame(finding)?;
        self.wrapped("  ", &finding.message)?;
        if let Some(mend) = finding
            .rule
            .as_ref()
            .and_then(|facts| facts.how_to_mend.as_ref())
        {
            self.wrapped("  ", &format!("Mend: {mend}"))?;
        }
        if let Some(fix) = &finding.fix {
            writeln!(self.output, "  {} {}", self.paint("32", "Fix:"), safe(fix))?;
        }
        writeln!(self.output)
    }

    fn frame(&mut self, finding: &Finding) -> io::Result<()> {
        let Some(frame) = &finding.frame else {
            return Ok(());
        };
        let (start, end) = (finding.location.start, finding.location.end);
        let last = frame.first_line + frame.lines.len() as u32;
        let digits = last.to_string().len();
        let bar = self.paint("34", "|");
        for (offset, text) in frame.lines.iter().enumerate() {
            let number = frame.first_line + offset as u32;
            let (shown, columns) = expanded(text);
            let shown = cut(&shown, self.style.width.saturating_sub(digits + 5).max(40));
            let label = self.paint("34", &format!("{number:>digits$}"));
            writeln!(self.output, "  {label} {bar} {shown}")?;
            if number < start.line || number > end.line {
                continue;
            }
            let from = if number == start.line {
                start.column as usize - 1
            } else {
                indent_of(text)
            };
            let to = if number == end.line {
                end.column as usize - 1
            } else {
                text.trim_end().chars().count()
            };
            let at = |column: usize| columns.get(column).or(columns.last()).copied().unwrap_or(0);
            let (from, to) = (at(from), at(to).max(at(from) + 1));
            let room = self.style.width.saturating_sub(digits + 5).max(40);
            if from >= room {
                continue;
            }
            let marks = "^".repeat(to.min(room) - from);
            writeln!(
                self.output,
                "  {:digits$} {bar} {}{}",
                "",
                " ".repeat(from),
                self.paint(colour_of_marks(finding.severity), &marks)
            )?;
        }
        Ok(())
    }

    fn dependencies(&mut self, findings: &[&Finding]) -> io::Result<()> {
        // One block for each package of each lockfile.
        let mut groups: BTreeMap<(&str, &str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            if let Some(vulnerability) = &finding.vulnerability {
                groups
                    .entry((
                        &finding.location.path,
                        &vulnerability.package,
                        &vulnerability.version,
                    ))
                    .or_default()
                    .push(finding);
            }
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, group)| {
            std::cmp::Reverse(group.iter().map(|finding| finding.severity).max())
        });
        for ((path, package, version), group) in groups {
            let Some(first) = group
                .first()
                .and_then(|finding| finding.vulnerability.as_ref())
            else {
                continue;
            };
            let worst = group
                .iter()
                .map(|finding| finding.severity)
                .max()
                .unwrap_or(Severity::Info);
            let severity = if self.style.color {
                self.paint(colour(worst), &format!(" {worst} "))
            } else {
                format!("[{worst}]")
            };
            let name = self.paint(BOLD, &format!("{} {}", safe(package), safe(version)));
            let line = group
                .first()
                .map_or(0, |finding| finding.location.start.line);
            let kind = match (first.direct, first.scope) {
                (true, Scope::Prod) => "direct",
                (true, Scope::Dev) => "direct, dev",
                (true, Scope::Optional) => "direct, optional",
                (false, Scope::Prod) => "transitive",
                (false, Scope::Dev) => "transitive, dev",
                (false, Scope::Optional) => "transitive, optional",
            };
            writeln!(self.output, "{severity} {name} ({kind})")?;
            writeln!(
                self.output,
                "  {} {}:{line}",
                self.paint("34", "-->"),
                safe(path)
            )?;
            if let Some(way) = first.paths.first().filter(|way| way.len() > 1) {
                let way: Vec<_> = way.iter().map(|step| safe(step)).collect();
                writeln!(
                    self.output,
                    "  {} {}",
                    self.paint(DIM, "by way of"),
                    way.join(" > ")
                )?;
            }
            for finding in group {
                let Some(vulnerability) = &finding.vulnerability else {
                    continue;
                };
                let mut facts = vec![finding.severity.to_string()];
                if let Some(score) = vulnerability.cvss_score {
                    facts.push(format!("CVSS {score:.1}"));
                }
                if let Some(epss) = vulnerability.epss {
                    facts.push(format!("EPSS {:.1}%", epss * 100.0));
                }
                if vulnerability.kev {
                    facts.push("known exploited".to_owned());
                }
                let fixed = match vulnerability.fixed_versions.first() {
                    Some(version) => self.paint("32", &format!("fixed in {}", safe(version))),
                    None => "no fixed version known".to_owned(),
                };
                let alias = vulnerability
                    .aliases
                    .iter()
                    .find(|alias| alias.starts_with("CVE-"))
                    .map_or_else(String::new, |cve| format!(" ({})", safe(cve)));
                writeln!(
                    self.output,
                    "  - {}{alias}  {}  {fixed}",
                    safe(&vulnerability.advisory),
                    facts.join(", "),
                )?;
                self.wrapped("    ", &finding.message)?;
            }
            writeln!(self.output)?;
        }
        Ok(())
    }

    fn lockfiles(&mut self, report: &Report) -> io::Result<()> {
        for lockfile in &report.lockfiles {
            let status = match lockfile.status {
                LockfileStatus::Checked => continue,
                LockfileStatus::SampleOnly => "sample only",
                LockfileStatus::NotChecked => "NOT CHECKED",
                LockfileStatus::Unsupported => "not supported",
                LockfileStatus::Broken => "BROKEN",
            };
            writeln!(
                self.output,
                "{} {} ({}): {status}{}",
                self.paint("33", "lockfile"),
                safe(&lockfile.path),
                safe(&lockfile.kind),
                lockfile
                    .note
                    .as_ref()
                    .map(|note| format!("; {}", safe(note)))
                    .unwrap_or_default()
            )?;
        }
        Ok(())
    }

    fn notes(&mut self, report: &Report) -> io::Result<()> {
        for entry in &report.expired_ignores {
            writeln!(
                self.output,
                "{} the ignore of {} in cortex.toml expired on {}",
                self.paint("33", "expired"),
                safe(&entry.entry),
                safe(&entry.until)
            )?;
        }
        for unused in &report.unused_suppressions {
            let rules = if unused.rules.is_empty() {
                "every rule".to_owned()
            } else {
                unused.rules.join(", ")
            };
            writeln!(
                self.output,
                "{} {}:{}: the comment for {} silences nothing",
                self.paint("33", "unused"),
                safe(&unused.path),
                unused.line,
                safe(&rules)
            )?;
        }
        for warning in &report.warnings {
            writeln!(
                self.output,
                "{} {}",
                self.paint("33", "warning"),
                safe(warning)
            )?;
        }
        for error in &report.errors {
            writeln!(
                self.output,
                "{} {}: {}",
                self.paint("31", "problem"),
                safe(&error.path),
                safe(&error.message)
            )?;
        }
        let any = !report.expired_ignores.is_empty()
            || !report.unused_suppressions.is_empty()
            || !report.warnings.is_empty()
            || !report.errors.is_empty()
            || report
                .lockfiles
                .iter()
                .any(|lockfile| lockfile.status != LockfileStatus::Checked);
        if any { writeln!(self.output) } else { Ok(()) }
    }

    fn summary(&mut self, report: &Report, code: usize, dependencies: usize) -> io::Result<()> {
        let summary = &report.summary;
        let mut counts = Vec::new();
        for severity in Severity::ALL {
            let count = summary.findings.get(&severity).copied().unwrap_or(0);
            if count > 0 {
                counts.push(self.paint(colour_of_marks(severity), &format!("{count} {severity}")));
            }
        }
        let counts = if counts.is_empty() {
            "nothing found".to_owned()
        } else {
            counts.join(", ")
        };
        let rule = "─".repeat(self.style.width.min(72));
        writeln!(self.output, "{}", self.paint(DIM, &rule))?;
        writeln!(
            self.output,
            "  {}  {counts}",
            self.paint(BOLD, "Findings     ")
        )?;
        writeln!(
            self.output,
            "  {}  {} ({} rules), {} in code and {} in dependencies",
            self.paint(BOLD, "Looked at    "),
            files(summary.files_scanned),
            summary.rules,
            code,
            dependencies
        )?;
        let skipped: Vec<String> = summary
            .files_skipped
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(reason, count)| format!("{count} {}", describe(*reason)))
            .collect();
        if !skipped.is_empty() {
            writeln!(
                self.output,
                "  {}  {}",
                self.paint(BOLD, "Left out     "),
                skipped.join(", ")
            )?;
        }
        if summary.packages > 0 || !report.lockfiles.is_empty() {
            writeln!(
                self.output,
                "  {}  {} packages in {} lockfiles",
                self.paint(BOLD, "Dependencies "),
                summary.packages,
                report.lockfiles.len()
            )?;
            self.advisory_data(report)?;
        }
        let mut silenced = Vec::new();
        for (count, by) in [
            (summary.suppressed, "by comments"),
            (summary.ignored, "by cortex.toml"),
            (summary.in_baseline, "as in the baseline"),
        ] {
            if count > 0 {
                silenced.push(format!("{count} {by}"));
            }
        }
        if !silenced.is_empty() {
            writeln!(
                self.output,
                "  {}  {}",
                self.paint(BOLD, "Silenced     "),
                silenced.join(", ")
            )?;
        }
        let colour = match report.score {
            score if score >= 80.0 => "1;32",
            score if score >= 50.0 => "1;33",
            _ => "1;31",
        };
        writeln!(
            self.output,
            "  {}  {} of 100",
            self.paint(BOLD, "Score        "),
            self.paint(colour, &format!("{:.1}", report.score))
        )
    }

    fn advisory_data(&mut self, report: &Report) -> io::Result<()> {
        let data = &report.advisory_data;
        let records: u64 = data.records.values().sum();
        let hash = data
            .hash
            .as_deref()
            .and_then(|hash| hash.get(..12))
            .unwrap_or("-");
        let text = match data.kind.as_str() {
            "sample" => format!(
                "only the built-in sample ({records} records, {hash}); run `cortex db update` for the full data"
            ),
            "database" => format!(
                "{records} records from {}, {} days old ({hash})",
                safe(data.source.as_deref().unwrap_or("?")),
                data.age_days.unwrap_or(0)
            ),
            _ => "none; run `cortex db update`".to_owned(),
        };
        writeln!(
            self.output,
            "  {}  {text}",
            self.paint(BOLD, "Advisories   ")
        )
    }
}

fn files(count: u64) -> String {
    if count == 1 {
        "1 file".to_owned()
    } else {
        format!("{count} files")
    }
}

fn colour_of_marks(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "1;31",
        other => colour(other),
    }
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
        SkipReason::NotAFile => "links and the like",
        SkipReason::Unreadable => "unreadable",
    }
}

/// A line as it is shown, and for each of its characters the screen column at which it begins; one more for the end.
fn expanded(text: &str) -> (String, Vec<usize>) {
    let mut shown = String::new();
    let mut columns = Vec::new();
    let mut width = 0;
    for character in text.chars() {
        columns.push(width);
        if character == '\t' {
            let stop = 4 - width % 4;
            shown.push_str(&" ".repeat(stop));
            width += stop;
            continue;
        }
        let one = character.to_string();
        let piece = safe(&one);
        width += piece.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
        shown.push_str(&piece);
    }
    columns.push(width);
    (shown, columns)
}

/// The part of a line that fits, marked where it is cut.
fn cut(text: &str, room: usize) -> String {
    let mut width = 0;
    for (at, character) in text.char_indices() {
        width += character.width().unwrap_or(0);
        if width > room {
            return format!("{}…", text.get(..at).unwrap_or_default());
        }
    }
    text.to_owned()
}

fn indent_of(text: &str) -> usize {
    text.chars()
        .take_while(|character| character.is_whitespace())
        .count()
}
