//! Findings in code: one block for each rule, with the rule's words once and then each place.

use std::io;

use super::frame;
use super::line::{BOLD, CYAN, DIM, GREEN, Line, PLAIN, Printer, clip, colour, count};
use crate::finding::Finding;

/// Places of one rule that are shown with their lines; the others are named.
const FRAMES: usize = 5;
/// Steps of a trace that are shown.
const STEPS: usize = 12;
/// Lines of a fix that are shown.
const FIX_LINES: usize = 8;

/// Writes a part of the report for findings of one kind.
pub(super) fn write(
    printer: &mut Printer<'_>,
    title: &str,
    findings: &[&Finding],
) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let groups = group(findings);
    let note = format!(
        "{}, {}",
        count(findings.len() as u64, "finding", "findings"),
        count(groups.len() as u64, "rule", "rules")
    );
    printer.heading(title, &note)?;
    for places in groups {
        rule(printer, &places)?;
    }
    Ok(())
}

/// Findings that have severity and rule in common, in the order of the report.
fn group<'f>(findings: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut places = std::collections::BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let at = *places
            .entry((finding.severity, &finding.rule_id))
            .or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn rule(printer: &mut Printer<'_>, places: &[&Finding]) -> io::Result<()> {
    let Some(first) = places.first() else {
        return Ok(());
    };
    let mut line = Line::default()
        .with(colour(first.severity), first.severity.as_str())
        .with(PLAIN, "  ")
        .with(BOLD, &first.rule_id);
    let facts = first.rule.as_ref();
    for cwe in facts.iter().flat_map(|facts| &facts.cwe).take(2) {
        line.push(
            DIM,
            &format!("  {}", cwe.split(':').next().unwrap_or(cwe).trim()),
        );
    }
    if places.len() > 1 {
        line.push(DIM, &format!("  {} places", places.len()));
    }
    printer.line(&line)?;
    // Metavariables may make each message another.
    let one_message = places.iter().all(|place| place.message == first.message);
    if one_message {
        printer.wrapped(Line::indented(2), PLAIN, &first.message)?;
    }
    printer.blank()?;
    for (at, finding) in places.iter().enumerate() {
        if at == FRAMES {
            let more = format!(
                "and in {}:",
                count((places.len() - FRAMES) as u64, "more place", "more places")
            );
            printer.line(&Line::indented(2).with(DIM, &more))?;
        }
        place(printer, finding, at < FRAMES, !one_message)?;
    }
    if places.len() > FRAMES {
        printer.blank()?;
    }
    if let Some(facts) = facts {
        if let Some(mend) = &facts.how_to_mend {
            printer.wrapped(Line::indented(2).with(GREEN, "mend: "), PLAIN, mend)?;
        }
        if let Some(reference) = facts.references.first() {
            printer.line(
                &Line::indented(2)
                    .with(DIM, "read: ")
                    .with(DIM, &clip(reference, 300)),
            )?;
        }
        if facts.how_to_mend.is_some() || !facts.references.is_empty() {
            printer.blank()?;
        }
    }
    Ok(())
}

fn place(
    printer: &mut Printer<'_>,
    finding: &Finding,
    full: bool,
    message: bool,
) -> io::Result<()> {
    let location = &finding.location;
    let at = format!(
        "{}:{}:{}",
        location.path, location.start.line, location.start.column
    );
    if !full {
        return printer.line(&Line::indented(6).with(CYAN, &at));
    }
    printer.line(&Line::indented(2).with(DIM, "--> ").with(CYAN, &at))?;
    if message {
        printer.wrapped(Line::indented(6), PLAIN, &finding.message)?;
    }
    if let Some(lines) = &finding.frame {
        frame::write(printer, 2, lines, location, colour(finding.severity))?;
    }
    if let Some(fix) = &finding.fix {
        fixed(printer, fix)?;
    }
    for (number, step) in finding.trace.iter().enumerate() {
        let mut line = Line::indented(2).with(DIM, if number == 0 { "flow: " } else { "      " });
        if number == STEPS {
            line.push(
                DIM,
                &format!(
                    "and {}",
                    count(
                        (finding.trace.len() - STEPS) as u64,
                        "more step",
                        "more steps"
                    )
                ),
            );
            printer.line(&line)?;
            break;
        }
        let place = &step.location;
        line.push(
            CYAN,
            &format!("{}:{}:{}", place.path, place.start.line, place.start.column),
        );
        line.push(PLAIN, &format!("  {}", clip(&step.message, 200)));
        printer.line(&line)?;
    }
    printer.blank()
}

/// What the rule would put in place of the range.
fn fixed(printer: &mut Printer<'_>, fix: &str) -> io::Result<()> {
    if fix.trim().is_empty() {
        return printer.line(
            &Line::indented(2)
                .with(GREEN, "fix:  ")
                .with(PLAIN, "delete it"),
        );
    }
    let lines: Vec<&str> = fix.lines().collect();
    for (number, text) in lines.iter().take(FIX_LINES).enumerate() {
        let label = if number == 0 { "fix:  " } else { "      " };
        printer.line(
            &Line::indented(2)
                .with(GREEN, label)
                .with(GREEN, &clip(text, 300)),
        )?;
    }
    if lines.len() > FIX_LINES {
        let more = count((lines.len() - FIX_LINES) as u64, "more line", "more lines");
        printer.line(&Line::indented(8).with(DIM, &format!("and {more}")))?;
    }
    Ok(())
}
