//! Where results go: standard output, or a file that appears as a whole.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use cortex_engine::report::{Style, neutralise};

/// Narrowest and widest text, in columns: a wider terminal does not make sentences easier to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=120;

/// Writes to standard output, with the style that suits it. A reader that has read enough is no error.
pub(crate) fn to_stdout(
    write: impl FnOnce(Style, &mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let stdout = io::stdout();
    // `NO_COLOR`, `CLICOLOR_FORCE` and the like, and whether it is a terminal.
    let choice = anstream::AutoStream::choice(&stdout);
    let style = Style {
        color: choice != anstream::ColorChoice::Never,
        width: width(&stdout).unwrap_or(Style::PLAIN.width),
    };
    let mut output = BufWriter::new(stdout.lock());
    let written = write(style, &mut output).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no reader.
            let _ = output.into_parts();
            Ok(())
        }
        other => other.context("the output could not be written"),
    }
}

fn width(stdout: &io::Stdout) -> Option<usize> {
    let terminal = || terminal_size::terminal_size_of(stdout).map(|(width, _)| width.0.into());
    let set = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let columns: usize = set.or_else(terminal)?;
    Some(columns.clamp(*WIDTHS.start(), *WIDTHS.end()))
}

/// Prints text that may hold words of strangers, line by line.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    to_stdout(|_, output| {
        for line in text.lines() {
            writeln!(output, "{}", neutralise::log_line(line))?;
        }
        Ok(())
    })
}

/// Writes a file as a whole, so that a reader never sees half a report, and what was there before stays if this fails.
pub(crate) fn to_file(
    path: &Path,
    write: impl FnOnce(Style, &mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    replace(path, write)
        .with_context(|| format!("{}: the report could not be written", path.display()))
}

fn replace(
    path: &Path,
    write: impl FnOnce(Style, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // The file behind a link is replaced, not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.metadata().is_ok_and(|meta| !meta.is_file()) {
        // A pipe or a device is written to; a folder is refused by the system.
        let mut output = BufWriter::new(OpenOptions::new().write(true).open(&target)?);
        write(Style::PLAIN, &mut output)?;
        return output.flush();
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = new_file(folder.unwrap_or(Path::new(".")))?;
    let mut output = BufWriter::new(&mut file);
    write(Style::PLAIN, &mut output)?;
    output.flush()?;
    drop(output);
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file with the permissions of any other file that the user makes.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cortex-");
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt as _;
        // The system takes away what the user's mask says.
        std::fs::Permissions::from_mode(0o666)
    };
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(folder)
}
