//! What should be known beside the findings: what was not checked, what could not be read, silencings without effect.

use std::io;

use anstyle::Style as Colour;

use super::line::{CYAN, DIM, Line, PLAIN, Printer, RED, YELLOW, count};
use crate::report::{LockfileStatus, Report};

/// Entries of one sort that are shown; the JSON report has them all.
const MOST: usize = 20;

struct Note {
    colour: Colour,
    label: &'static str,
    place: String,
    text: String,
}

/// Writes the part of the report that asks for attention.
pub(super) fn write(printer: &mut Printer<'_>, report: &Report) -> io::Result<()> {
    let groups = [
        lockfiles(report),
        errors(report),
        warnings(report),
        expired(report),
        unused(report),
    ];
    let total: usize = groups.iter().map(Vec::len).sum();
    if total == 0 {
        return Ok(());
    }
    printer.heading("Attention", &count(total as u64, "note", "notes"))?;
    for notes in groups {
        for note in notes.iter().take(MOST) {
            let mut line = Line::default()
                .with(note.colour, note.label)
                .with(PLAIN, ": ");
            if note.place.is_empty() {
                printer.wrapped(line, PLAIN, &note.text)?;
                continue;
            }
            line.push(CYAN, &note.place);
            // The place stands on the line of the label, the text behind it or below.
            let room = printer.width().saturating_sub(line.width() + 2);
            if note.text.chars().count() <= room {
                line.push(PLAIN, &format!("  {}", note.text));
                printer.line(&line)?;
            } else {
                printer.line(&line)?;
                printer.wrapped(Line::indented(4), PLAIN, &note.text)?;
            }
        }
        if let Some(more) = notes.len().checked_sub(MOST).filter(|more| *more > 0) {
            let text = format!("and {more} like these; --format json has them all");
            printer.line(&Line::indented(4).with(DIM, &text))?;
        }
    }
    printer.blank()
}

fn lockfiles(report: &Report) -> Vec<Note> {
    report
        .lockfiles
        .iter()
        .filter_map(|lockfile| {
            let (colour, label) = match lockfile.status {
                // The summary speaks of the sample.
                LockfileStatus::Checked | LockfileStatus::SampleOnly => return None,
                LockfileStatus::NotChecked => (RED, "not checked"),
                LockfileStatus::Unsupported => (YELLOW, "not supported"),
                // Its error says more.
                LockfileStatus::Broken => (RED, "not checked"),
            };
            let note = lockfile.note.clone().unwrap_or_default();
            Some(Note {
                colour,
                label,
                place: lockfile.path.clone(),
                text: format!("{}: {note}", lockfile.kind),
            })
        })
        .collect()
}

fn errors(report: &Report) -> Vec<Note> {
    let notes = report.errors.iter().map(|error| Note {
        colour: RED,
        label: "error",
        place: error.path.clone(),
        text: error.message.clone(),
    });
    notes.collect()
}

fn warnings(report: &Report) -> Vec<Note> {
    let notes = report.warnings.iter().map(|warning| Note {
        colour: YELLOW,
        label: "warning",
        place: String::new(),
        text: warning.clone(),
    });
    notes.collect()
}

fn expired(report: &Report) -> Vec<Note> {
    let notes = report.expired_ignores.iter().map(|ignore| {
        let reason = ignore
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(" (its reason: {reason})"));
        Note {
            colour: YELLOW,
            label: "expired ignore",
            place: "cortex.toml".to_owned(),
            text: format!(
                "{} was ignored until {}{reason}; mend it, or set a later date",
                ignore.entry, ignore.until
            ),
        }
    });
    notes.collect()
}

fn unused(report: &Report) -> Vec<Note> {
    let notes = report.unused_suppressions.iter().map(|unused| Note {
        colour: YELLOW,
        label: "unused suppression",
        place: format!("{}:{}", unused.path, unused.line),
        text: if unused.rules.is_empty() {
            "it silences nothing; remove it".to_owned()
        } else {
            format!(
                "it silences nothing ({}); remove it",
                unused.rules.join(", ")
            )
        },
    });
    notes.collect()
}
