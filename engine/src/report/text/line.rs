//! Lines of the text report. Text and colours stay apart until a line is written, so that its width and its safety are
//! judged on the text alone, and there is one place through which every line goes.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Colour};
use unicode_width::UnicodeWidthStr;

use super::super::Style;
use super::super::neutralise::terminal;
use crate::finding::Severity;

pub(super) const PLAIN: Colour = Colour::new();
pub(super) const BOLD: Colour = Colour::new().bold();
pub(super) const DIM: Colour = Colour::new().dimmed();
pub(super) const GREEN: Colour = AnsiColor::Green.on_default();
pub(super) const YELLOW: Colour = AnsiColor::Yellow.on_default().bold();
pub(super) const RED: Colour = AnsiColor::Red.on_default().bold();
pub(super) const CYAN: Colour = AnsiColor::Cyan.on_default();

/// Most characters of one text that are shown; a message has a few hundred.
const LONGEST_TEXT: usize = 2_000;

/// The colour of a severity's word and of the marks under code.
pub(super) fn colour(severity: Severity) -> Colour {
    match severity {
        Severity::Critical => AnsiColor::Magenta.on_default().bold(),
        Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low => CYAN.bold(),
        Severity::Info => AnsiColor::Blue.on_default().bold(),
    }
}

/// A line in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    spans: Vec<(Colour, String)>,
    width: usize,
}

impl Line {
    /// A line that begins with this many blanks.
    pub(super) fn indented(blanks: usize) -> Self {
        Self::default().with(PLAIN, &" ".repeat(blanks))
    }

    /// Adds text, ours or a stranger's.
    pub(super) fn with(mut self, colour: Colour, text: &str) -> Self {
        self.push(colour, text);
        self
    }

    /// Adds text, ours or a stranger's.
    pub(super) fn push(&mut self, colour: Colour, text: &str) {
        let text = terminal(text).replace('\t', " ");
        self.width += text.width();
        self.spans.push((colour, text));
    }

    /// Adds blanks up to a column, and at least one.
    pub(super) fn pad_to(&mut self, column: usize) {
        let blanks = column.saturating_sub(self.width).max(1);
        self.push(PLAIN, &" ".repeat(blanks));
    }

    /// Columns it takes.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Adds another line's text.
    pub(super) fn append(&mut self, other: Self) {
        self.width += other.width;
        self.spans.extend(other.spans);
    }
}

/// Writes lines.
pub(super) struct Printer<'o> {
    output: &'o mut dyn Write,
    pub(super) style: Style,
}

impl<'o> Printer<'o> {
    pub(super) fn new(output: &'o mut dyn Write, style: Style) -> Self {
        Self { output, style }
    }

    /// Columns that a line may take.
    pub(super) fn width(&self) -> usize {
        self.style.width.clamp(40, 200)
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.output.write_all(b"\n")
    }

    /// Writes a line; blanks at its end are left out.
    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        let text: String = line.spans.iter().map(|(_, text)| text.as_str()).collect();
        let mut left = text.trim_end().len();
        // GitHub obeys a line that begins with `::`, whatever blanks stand before it.
        let mut harmless = !text.trim_start().starts_with("::");
        for (colour, text) in &line.spans {
            let text = text.get(..left.min(text.len())).unwrap_or(text);
            left -= text.len();
            if !harmless && !text.trim_start().is_empty() {
                self.output.write_all(b"\\")?;
                harmless = true;
            }
            if self.style.color && *colour != PLAIN && !text.is_empty() {
                write!(self.output, "{colour}{text}{colour:#}")?;
            } else {
                self.output.write_all(text.as_bytes())?;
            }
        }
        self.blank()
    }

    /// Writes text broken at blanks, behind `first` on the first line and as many blanks on the others. An empty line in
    /// the text begins a new line.
    pub(super) fn wrapped(&mut self, first: Line, colour: Colour, text: &str) -> io::Result<()> {
        let indent = first.width();
        let width = self.width().max(indent + 30);
        let text = clip(text, LONGEST_TEXT);
        let mut line = first;
        for paragraph in text.split("\n\n") {
            let mut begun = false;
            for word in paragraph.split_whitespace() {
                let word = terminal(word);
                if begun && line.width() + 1 + word.width() > width {
                    self.line(&line)?;
                    line = Line::indented(indent);
                    begun = false;
                }
                if begun {
                    line.push(colour, " ");
                }
                line.push(colour, &word);
                begun = true;
            }
            if begun {
                self.line(&line)?;
                line = Line::indented(indent);
            }
        }
        Ok(())
    }

    /// Writes pieces side by side, two blanks between them, on as many lines as it takes; the lines after the first are
    /// indented by `hang`.
    pub(super) fn pieces(&mut self, first: Line, hang: usize, pieces: Vec<Line>) -> io::Result<()> {
        let width = self.width();
        let mut line = first;
        let mut begun = false;
        for piece in pieces {
            if begun && line.width() + 2 + piece.width() > width {
                self.line(&line)?;
                line = Line::indented(hang);
                begun = false;
            }
            if begun {
                line.push(PLAIN, "  ");
            }
            line.append(piece);
            begun = true;
        }
        self.line(&line)
    }

    /// Writes the heading of a part of the report.
    pub(super) fn heading(&mut self, title: &str, note: &str) -> io::Result<()> {
        let mut line = Line::default()
            .with(DIM, "── ")
            .with(BOLD, title)
            .with(PLAIN, " ");
        let note = if note.is_empty() {
            String::new()
        } else {
            format!(" {note}")
        };
        let room = self.width().saturating_sub(line.width() + note.width());
        line.push(DIM, &"─".repeat(room));
        line.push(DIM, &note);
        self.line(&line)?;
        self.blank()
    }
}

/// The beginning of a text, with a mark where it is cut.
pub(super) fn clip(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

/// `1 file`, `12,345 files`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(number),
        if number == 1 { one } else { many }
    )
}

/// `12,345`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `512 B`, `1.2 MB`.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        // 999.95 would be shown as 1000.0.
        if value < 999.95 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::{clip, count, size};

    #[test]
    fn numbers_for_people() {
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
        assert_eq!(
            [size(0), size(999), size(1_200_000)],
            ["0 B", "999 B", "1.2 MB"]
        );
        assert_eq!([size(999_950), size(u64::MAX)], ["1.0 MB", "18446744.1 TB"]);
    }

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(clip("漢字かな", 2), "漢字…");
        assert_eq!(clip("漢字", 2), "漢字");
    }
}
