//! Flow from function to function and file to file, as findings of the files that the sinks are in.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::file::{FileFinding, FileResult, TracePlace, frame, position, text_hash};
use super::{ScanRequest, Target};
use crate::finding::Position;
use crate::matching::LineStarts;
use crate::matching::taint::{Crossing, Place};
use crate::project::{self, Files, ProjectFlows, Trees};
use crate::report::FileErrorKind;
use crate::rules::message;
use crate::rules::suppression::Suppressions;
use crate::source::{Candidate, Reader};

/// The files of a target that were scanned.
struct ScannedFiles<'s> {
    reader: Box<dyn Reader + 's>,
    buffer: Vec<u8>,
    files: &'s [Candidate],
    results: &'s [FileResult],
    limit: u64,
}

impl Files for ScannedFiles<'_> {
    fn read(&mut self, file: usize) -> Option<&[u8]> {
        let candidate = self.files.get(file)?;
        if self.results.get(file)?.skip.is_some() {
            return None;
        }
        let limit = self.limit.max(candidate.size);
        self.reader.read(candidate, limit, &mut self.buffer).ok()?;
        Some(&self.buffer)
    }
}

/// Adds what flows beyond functions to what was found within them, and takes away what turns out not to flow: where a call
/// within a function was only supposed to give back what it was given.
pub(super) fn apply(
    target: &Target<'_>,
    request: &ScanRequest,
    files: &[Candidate],
    results: &mut [FileResult],
    trees: &Trees,
) {
    let outlines = results
        .iter_mut()
        .map(|result| {
            result
                .outline
                .take()
                .map(|outline| *outline)
                .unwrap_or_default()
        })
        .collect();
    let found = {
        let results = &*results;
        let open = || {
            Some(ScannedFiles {
                reader: target.source.reader().ok()?,
                buffer: Vec::new(),
                files,
                results,
                limit: request.max_file_size,
            })
        };
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let flows = project::flows(
            &target.rules,
            &request.file_limits,
            &paths,
            outlines,
            trees,
            open,
        );
        let refuted = refuted(&flows, results);
        let crossings = new_ones(flows.crossings, results);
        let Some(mut reader) = open() else {
            return;
        };
        let findings = findings(target, files, &crossings, &mut reader);
        (findings, refuted, flows.incomplete, flows.failed)
    };
    let (mut findings, refuted, incomplete, failed) = found;
    for file in failed {
        if let Some(result) = results.get_mut(file) {
            result.problems.push(super::failure());
        }
    }
    for (file, numbers) in refuted {
        if let Some(result) = results.get_mut(file) {
            let mut number = 0;
            result.findings.retain(|_| {
                number += 1;
                !numbers.contains(&(number - 1))
            });
        }
    }
    for (file, rule) in incomplete {
        if let Some(result) = results.get_mut(file) {
            result.problems.push((
                FileErrorKind::MatchLimit,
                format!(
                    "rule {rule:?} gave up between functions; its findings here may be incomplete"
                ),
            ));
        }
    }
    for (file, result) in results.iter_mut().enumerate() {
        let Some((suppressions, found)) = findings.remove(&file) else {
            continue;
        };
        let unused = suppressions.unused();
        let before = result.unused_suppressions.len();
        result
            .unused_suppressions
            .retain(|unused_before| unused.contains(unused_before));
        result.suppressed += (before - result.unused_suppressions.len()) as u64;
        result.findings.extend(found);
    }
}

/// The findings, by file and number there, of rules that were followed to the end without coming to them.
fn refuted(flows: &ProjectFlows, results: &[FileResult]) -> Vec<(usize, Vec<usize>)> {
    let reached: HashSet<(u32, Place)> = flows
        .crossings
        .iter()
        .map(|(rule, crossing)| (*rule, crossing.sink.place))
        .collect();
    let mut refuted = Vec::new();
    for (file, result) in results.iter().enumerate() {
        let findings = result.findings.iter().enumerate();
        let numbers: Vec<usize> = findings
            .filter(|(_, finding)| {
                let place = Place {
                    file: file as u32,
                    start: finding.start.offset,
                    end: finding.end.offset,
                };
                flows.followed.contains(&(file, finding.rule))
                    && !reached.contains(&(finding.rule, place))
                    && !flows.supposed.contains(&(finding.rule, place))
            })
            .map(|(number, _)| number)
            .collect();
        if !numbers.is_empty() {
            refuted.push((file, numbers));
        }
    }
    refuted
}

/// One flow for each rule and sink that has no finding yet.
fn new_ones(crossings: Vec<(u32, Crossing)>, results: &[FileResult]) -> Vec<(u32, Crossing)> {
    let mut kept: Vec<(u32, Crossing)> = Vec::new();
    for (rule, crossing) in crossings {
        let sink = crossing.sink.place;
        let is_known = results.get(sink.file as usize).is_none_or(|result| {
            result.findings.iter().any(|finding| {
                finding.rule == rule
                    && (finding.start.offset, finding.end.offset) == (sink.start, sink.end)
            })
        });
        let is_repeated = kept
            .last()
            .is_some_and(|(other, last)| *other == rule && last.sink.place == sink);
        if !is_known && !is_repeated {
            kept.push((rule, crossing));
        }
    }
    kept
}

type Found = HashMap<usize, (Suppressions, Vec<FileFinding>)>;

fn findings(
    target: &Target<'_>,
    files: &[Candidate],
    crossings: &[(u32, Crossing)],
    reader: &mut ScannedFiles<'_>,
) -> Found {
    let rules: Vec<_> = target.rules.rules().collect();
    let mut positions: HashMap<Place, (Position, Position)> = HashMap::new();
    let mut sinks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, (_, crossing)) in crossings.iter().enumerate() {
        sinks
            .entry(crossing.sink.place.file as usize)
            .or_default()
            .push(number);
    }
    let mut found: Found = HashMap::new();
    let mut at_sinks: HashMap<usize, FileFinding> = HashMap::new();
    for (file, places) in project::places(crossings) {
        let Some(source) = reader.read(file) else {
            continue;
        };
        let lines = LineStarts::new(source);
        for place in places {
            let at = |offset| position(source, &lines, offset);
            positions.insert(place, (at(place.start), at(place.end)));
        }
        let Some(numbers) = sinks.get(&file) else {
            continue;
        };
        let mut suppressions = Suppressions::scan(source);
        for number in numbers {
            let Some((place, crossing)) = crossings.get(*number) else {
                continue;
            };
            let Some(rule) = rules.get(*place as usize) else {
                continue;
            };
            let sink = crossing.sink.place;
            let start = position(source, &lines, sink.start);
            let end = position(source, &lines, sink.end);
            if suppressions.check(&rule.id, start.line) {
                continue;
            }
            let mut metavariables = crossing.source.metavariables.clone();
            metavariables.extend(crossing.sink.metavariables.clone());
            let lookup = |name: &str| metavariables.get(name).cloned();
            let text = source
                .get(sink.start as usize..sink.end as usize)
                .unwrap_or_default();
            at_sinks.insert(
                *number,
                FileFinding {
                    rule: *place,
                    message: message::interpolate(&rule.message, &lookup),
                    fix: rule
                        .fix
                        .as_ref()
                        .map(|fix| message::interpolate(fix, &lookup)),
                    frame: frame(source, &lines, start.line, end.line),
                    start,
                    end,
                    metavariables,
                    trace: Vec::new(),
                    text_hash: text_hash(text),
                },
            );
        }
        found.insert(file, (suppressions, Vec::new()));
    }
    for (number, (_, crossing)) in crossings.iter().enumerate() {
        let Some(mut finding) = at_sinks.remove(&number) else {
            continue;
        };
        let sink = crossing.sink.place;
        let mut way = vec![crossing.source.place];
        way.extend(&crossing.steps);
        way.push(sink);
        way.dedup();
        let place = |place: &Place| {
            let (start, end) = *positions.get(place)?;
            let elsewhere = (place.file != sink.file).then(|| files.get(place.file as usize));
            let path = elsewhere.flatten().map(|file| file.path.clone());
            Some(TracePlace { path, start, end })
        };
        finding.trace = way.iter().filter_map(place).collect();
        if let Some((_, findings)) = found.get_mut(&(sink.file as usize)) {
            findings.push(finding);
        }
    }
    found
}
