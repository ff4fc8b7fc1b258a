//! Lines on standard error: errors, warnings and hints, in which nothing acts on a terminal or a CI log.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use cortex_engine::report::neutralise;

/// Something could not be done. Error texts of the house end in `; what to do`, which becomes a line of its own.
pub(crate) fn error(text: &str) {
    let (problem, help) = split_help(text);
    line("error", AnsiColor::Red, problem);
    if let Some(help) = help {
        line("help", AnsiColor::Cyan, help);
    }
}

/// Something should be looked at.
pub(crate) fn warning(text: &str) {
    line("warning", AnsiColor::Yellow, text);
}

/// Something is good to know.
pub(crate) fn note(text: &str) {
    line("note", AnsiColor::Cyan, text);
}

/// What went wrong, and what to do about it. A text of several lines is a list: it has no such end.
fn split_help(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once("; ") {
        Some((problem, help)) if !text.contains('\n') => (problem, Some(help)),
        _ => (text, None),
    }
}

fn line(label: &str, color: AnsiColor, text: &str) {
    let style = Style::new().fg_color(Some(color.into())).bold();
    // Where nobody reads standard error, there is nobody to tell.
    let mut stderr = anstream::stderr().lock();
    let mut lines = text.trim_end().lines();
    let first = neutralise::terminal(lines.next().unwrap_or_default());
    let _ = writeln!(stderr, "{style}{label}{style:#}: {first}");
    for line in lines {
        let _ = writeln!(stderr, "  {}", neutralise::log_line(line));
    }
}

#[cfg(test)]
mod tests {
    use super::split_help;

    #[test]
    fn the_remedy_is_apart() {
        assert_eq!(
            split_help("a: 1; 2 is wrong; do b"),
            ("a: 1; 2 is wrong", Some("do b"))
        );
        assert_eq!(split_help("a is wrong"), ("a is wrong", None));
        assert_eq!(split_help("a; b\nc"), ("a; b\nc", None));
    }
}
