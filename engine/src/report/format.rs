//! Output formats by name. A new one is a file and an entry in [`FORMATS`]; tests walk that list.

use std::io;

use super::{Report, json, sarif, text};

/// Choices that a format may heed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Colours, for a terminal.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Style {
    /// For a file, or whatever else is no terminal.
    pub const PLAIN: Self = Self {
        color: false,
        width: 100,
    };
}

/// An output format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    write: fn(&Report, Style, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats.
pub static FORMATS: &[Format] = &[
    Format {
        name: "text",
        about: "For people",
        write: text::write,
    },
    Format {
        name: "json",
        about: "The whole report; `cortex schema` prints its schema",
        write: |report, _, output| json::write(report, output),
    },
    Format {
        name: "sarif",
        about: "SARIF 2.1.0, for code scanning services and editors",
        write: |report, _, output| sarif::write(report, output),
    },
];

impl Format {
    /// The format of a name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// Writes a report.
    pub fn write(
        &self,
        report: &Report,
        style: Style,
        output: &mut dyn io::Write,
    ) -> io::Result<()> {
        (self.write)(report, style, output)
    }
}
