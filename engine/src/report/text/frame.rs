//! Code frames: the lines of a finding with their numbers, and marks under the range.
//!
//! A tab is as wide as it takes to the next multiple of four, a wide character two columns, what would act on the
//! terminal as many as its escape; marks stand under what they mean all the same. A line that does not fit is cut
//! around its marks.

use std::io;

use anstyle::Style as Colour;
use unicode_width::UnicodeWidthStr;

use super::line::{DIM, Line, PLAIN, Printer};
use crate::finding::{CodeFrame, Location};
use crate::report::neutralise::terminal;

const TAB: usize = 4;

/// Most lines of a range that are shown; from the middle of longer ones lines are left out.
const MOST_LINES: usize = 9;

/// Writes a frame, indented by `indent`.
pub(super) fn write(
    printer: &mut Printer<'_>,
    indent: usize,
    frame: &CodeFrame,
    location: &Location,
    colour: Colour,
) -> io::Result<()> {
    let lines: Vec<(u32, &str)> = (frame.first_line..)
        .zip(frame.lines.iter().map(String::as_str))
        .collect();
    let digits = lines
        .last()
        .map_or(1, |(number, _)| number.to_string().len());
    let room = printer.width().saturating_sub(indent + digits + 5).max(20);
    let several = location.end.line > location.start.line;
    let left_out = lines.len().saturating_sub(MOST_LINES);
    for (at, (number, text)) in lines.into_iter().enumerate() {
        if left_out > 0 && (MOST_LINES - 3..MOST_LINES - 3 + left_out).contains(&at) {
            if at == MOST_LINES - 3 {
                printer.line(&gutter(indent, digits, "", "⋮"))?;
            }
            continue;
        }
        let inside = (location.start.line..=location.end.line).contains(&number);
        let cells = Cells::new(text);
        let marks = inside.then(|| cells.marks(number, text, location));
        let (shown, shift) = cells.window(room, marks);
        let mut line = Line::indented(indent);
        line.push(colour, if inside && several { "> " } else { "  " });
        line.push(DIM, &format!("{number:>digits$} │ "));
        line.push(PLAIN, &shown);
        printer.line(&line)?;
        // Several lines are marked at their side, and the first one below as well, to show where it begins.
        if let Some((from, to)) = marks.filter(|_| number == location.start.line)
            && from >= shift
            && from - shift < room
        {
            let mut line = gutter(indent, digits, "", "│");
            line.push(PLAIN, &" ".repeat(1 + from - shift));
            line.push(colour, &"^".repeat((to - shift).min(room) - (from - shift)));
            printer.line(&line)?;
        }
    }
    Ok(())
}

fn gutter(indent: usize, digits: usize, label: &str, bar: &str) -> Line {
    Line::indented(indent + 2).with(DIM, &format!("{label:>digits$} {bar}"))
}

/// A line as it is shown, character by character.
struct Cells {
    pieces: Vec<String>,
    /// Where each begins, in columns; one more for the end.
    columns: Vec<usize>,
}

impl Cells {
    fn new(text: &str) -> Self {
        let mut cells = Self {
            pieces: Vec::new(),
            columns: vec![0],
        };
        let mut width = 0;
        for character in text.chars() {
            let piece = if character == '\t' {
                " ".repeat(TAB - width % TAB)
            } else {
                terminal(character.encode_utf8(&mut [0; 4])).into_owned()
            };
            width += piece.width();
            cells.columns.push(width);
            cells.pieces.push(piece);
        }
        cells
    }

    /// The column at which a character begins, or the line ends. Characters count from 1.
    fn column(&self, character: u32) -> usize {
        let at = (character.max(1) - 1) as usize;
        self.columns
            .get(at)
            .or(self.columns.last())
            .copied()
            .unwrap_or(0)
    }

    /// The columns of a location on one of its lines, at least one wide.
    fn marks(&self, number: u32, text: &str, location: &Location) -> (usize, usize) {
        let from = if number == location.start.line {
            self.column(location.start.column)
        } else {
            let indent = text
                .chars()
                .take_while(|character| character.is_whitespace())
                .count();
            self.column(indent as u32 + 1)
        };
        let to = if number == location.end.line {
            self.column(location.end.column)
        } else {
            self.column(text.trim_end().chars().count() as u32 + 1)
        };
        (from, to.max(from + 1))
    }

    /// What fits into `room` columns, and how many columns are left out before it. Begins further right where the marks
    /// would not be seen.
    fn window(&self, room: usize, marks: Option<(usize, usize)>) -> (String, usize) {
        let width = self.columns.last().copied().unwrap_or(0);
        let skip = match marks {
            Some((from, to)) if to > room && from > room / 2 => {
                (to + 10).saturating_sub(room).min(from.saturating_sub(8))
            }
            _ => 0,
        };
        let first = self.columns.partition_point(|column| *column < skip);
        let start = self.columns.get(first).copied().unwrap_or(0);
        let mut shown = String::new();
        // The mark takes the place of one column.
        let shift = if first > 0 {
            shown.push('…');
            start.saturating_sub(1)
        } else {
            0
        };
        for (piece, end) in self
            .pieces
            .iter()
            .zip(self.columns.iter().skip(1))
            .skip(first)
        {
            if end - shift > room || (end - shift == room && *end < width) {
                shown.push('…');
                break;
            }
            shown.push_str(piece);
        }
        (shown, shift)
    }
}
