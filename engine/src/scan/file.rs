//! One file of a scan: from its bytes, or the cache, to findings with places and frames.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{CodeFrame, Position};
use crate::language::Dialect;
use crate::matching::{CompiledRules, FileLimits, FileScanner, LineStarts, as_text};
use crate::project::Outline;
use crate::report::{FileErrorKind, SkipReason};
use crate::rules::suppression::Suppressions;
use crate::select;

/// Lines shown before and after a finding.
const FRAME_CONTEXT: u32 = 2;
/// Most lines in a frame.
const FRAME_LINES: u32 = 12;
/// Most characters of a line in a frame.
const FRAME_COLUMNS: usize = 300;

/// What came of one file; everything that a report needs of it, so that an unchanged file need not be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileResult {
    pub(crate) skip: Option<SkipReason>,
    pub(crate) bytes: u64,
    pub(crate) findings: Vec<FileFinding>,
    pub(crate) suppressed: u64,
    pub(crate) unused_suppressions: Vec<(u32, Vec<String>)>,
    pub(crate) problems: Vec<(FileErrorKind, String)>,
    /// For flow between files, where that is asked for. Apart, as there are many results and few outlines.
    pub(crate) outline: Option<Box<Outline>>,
}

/// A finding in terms of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFinding {
    /// Place in the rule set.
    pub(crate) rule: u32,
    pub(crate) message: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) frame: CodeFrame,
    pub(crate) metavariables: BTreeMap<String, String>,
    pub(crate) fix: Option<String>,
    /// The places that data goes through, from source to sink.
    pub(crate) trace: Vec<TracePlace>,
    /// Hash of the matched text without its layout, for the fingerprint.
    pub(crate) text_hash: [u8; 16],
}

/// A place that data goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TracePlace {
    /// Where it is another file than the finding's.
    pub(crate) path: Option<String>,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// How a file is to be scanned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileOptions<'r> {
    /// Bounds on the work.
    pub(crate) limits: &'r FileLimits,
    /// Whether what flow between files needs is wanted too.
    pub(crate) outlined: bool,
    /// Whether a minified file is looked at.
    pub(crate) minified: bool,
}

/// Scans one file's bytes.
pub(crate) fn scan_file(
    scanner: &mut FileScanner,
    rules: &CompiledRules,
    path: &str,
    source: &[u8],
    options: FileOptions<'_>,
) -> FileResult {
    let FileOptions {
        limits, outlined, ..
    } = options;
    let mut result = FileResult {
        bytes: source.len() as u64,
        ..FileResult::default()
    };
    result.skip = select::classify(source, path)
        .filter(|reason| *reason != SkipReason::Minified || !options.minified);
    if result.skip.is_none() && Dialect::may_be_script(path) && !rules.any_for_file(path, source) {
        result.skip = Some(SkipReason::NoRules);
    }
    if result.skip.is_some() {
        return result;
    }
    let (outcome, parts) = scanner.scan_for(rules, path, source, limits, outlined);
    result.outline = outlined.then(|| Box::new(Outline::new(source, parts)));
    result.problems = outcome.problems;
    let mut suppressions = Suppressions::scan(source);
    if !outcome.matches.is_empty() {
        let lines = LineStarts::new(source);
        for found in outcome.matches {
            let Some(rule) = rules.rules().nth(found.rule as usize) else {
                continue;
            };
            let start = position(source, &lines, found.start);
            if !suppressions.is_empty() && suppressions.check(&rule.id, start.line) {
                result.suppressed += 1;
                continue;
            }
            let end = position(source, &lines, found.end);
            let text = source
                .get(found.start as usize..found.end as usize)
                .unwrap_or_default();
            result.findings.push(FileFinding {
                rule: found.rule,
                message: found.message,
                frame: frame(source, &lines, start.line, end.line),
                start,
                end,
                metavariables: found.metavariables,
                fix: found.fix,
                trace: found
                    .trace
                    .into_iter()
                    .map(|(start, end)| {
                        let place = |offset| position(source, &lines, offset);
                        TracePlace {
                            path: None,
                            start: place(start),
                            end: place(end),
                        }
                    })
                    .collect(),
                text_hash: text_hash(text),
            });
        }
    }
    result.unused_suppressions = suppressions.unused();
    result
}

/// Hash of a text whose layout does not count.
pub(crate) fn text_hash(text: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in text
        .split(u8::is_ascii_whitespace)
        .filter(|part| !part.is_empty())
    {
        hasher.update(part);
        hasher.update(b" ");
    }
    let mut short = [0; 16];
    hasher.finalize_xof().fill(&mut short);
    short
}

pub(super) fn position(source: &[u8], lines: &LineStarts, offset: u32) -> Position {
    let line = lines.line(offset);
    let before = source
        .get(lines.start(line) as usize..offset as usize)
        .unwrap_or_default();
    let column = as_text(before).chars().count() as u32 + 1;
    Position {
        line,
        column,
        offset,
    }
}

pub(super) fn frame(source: &[u8], lines: &LineStarts, first: u32, last: u32) -> CodeFrame {
    let from = first.saturating_sub(FRAME_CONTEXT).max(1);
    let to = (last + FRAME_CONTEXT)
        .min(lines.count())
        .min(from + FRAME_LINES - 1);
    let texts = (from..=to)
        .map(|line| {
            let start = lines.start(line) as usize;
            let end = if line < lines.count() {
                lines.start(line + 1) as usize
            } else {
                source.len()
            };
            let bytes = source.get(start..end).unwrap_or_default();
            // No more is read than can be shown, be the line as long as the file.
            let shown = bytes.get(..FRAME_COLUMNS * 4).unwrap_or(bytes);
            let text = as_text(shown);
            text.trim_end_matches(['\n', '\r'])
                .chars()
                .take(FRAME_COLUMNS)
                .collect()
        })
        .collect();
    CodeFrame {
        first_line: from,
        lines: texts,
    }
}
