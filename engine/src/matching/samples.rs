//! Running rules on their annotated samples, for `cortex rules test`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::compiled::CompiledRules;
use super::file::{FileLimits, FileScanner};
use crate::language::Dialect;
use crate::rules::samples::{self, Outcome};
use crate::rules::{LoadError, RuleIssue, load, rule_files};

/// How the rules of one file did on their samples.
#[derive(Clone, Debug)]
pub struct SampleReport {
    /// The rule file.
    pub rule_file: PathBuf,
    /// Ids of the rules that were tried.
    pub rules: Vec<String>,
    /// The samples, and how the rules did on each.
    pub samples: Vec<(PathBuf, Outcome)>,
    /// Why rules could not be tried.
    pub problems: Vec<String>,
    /// Rules that this version leaves out.
    pub left_out: Vec<RuleIssue>,
}

impl SampleReport {
    /// Whether every rule was tried on a sample and was right on every line.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
            && !self.samples.is_empty()
            && self
                .samples
                .iter()
                .all(|(_, outcome)| outcome.missed.is_empty() && outcome.unexpected.is_empty())
    }
}

/// Runs every rule file below `path` on the samples beside it.
pub fn test_samples(path: &Path) -> Result<Vec<SampleReport>, LoadError> {
    let files = rule_files(path)?;
    Ok(files.par_iter().map(|file| test_file(file)).collect())
}

fn test_file(file: &Path) -> SampleReport {
    let mut report = SampleReport {
        rule_file: file.to_path_buf(),
        rules: Vec::new(),
        samples: Vec::new(),
        problems: Vec::new(),
        left_out: Vec::new(),
    };
    let set = match load(&[file.to_path_buf()]) {
        Ok(set) => set,
        Err(error) => {
            report.problems.push(error.to_string());
            return report;
        }
    };
    report.left_out = set.issues;
    // A sample is for its rules wherever they would look.
    let rules: Vec<Arc<_>> = set
        .rules
        .iter()
        .map(|rule| {
            let mut rule = (**rule).clone();
            rule.paths = crate::rules::rule::RulePaths::default();
            Arc::new(rule)
        })
        .collect();
    let (compiled, errors) = CompiledRules::compile(&rules);
    report
        .problems
        .extend(errors.iter().map(ToString::to_string));
    report.rules = compiled.rules().map(|rule| rule.id.clone()).collect();
    let mut scanner = FileScanner::new();
    for sample in samples::files_of(file) {
        let name = sample.to_string_lossy();
        if !compiled.any_for(&name) && Dialect::of_path(&name).is_some() {
            continue;
        }
        let bytes = match std::fs::read(&sample) {
            Ok(bytes) => bytes,
            Err(error) => {
                report
                    .problems
                    .push(format!("{}: {error}", sample.display()));
                continue;
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let outcome = scanner.scan(&compiled, &name, text.as_bytes(), &FileLimits::default());
        let lines = LineStarts::new(text.as_bytes());
        let findings: Vec<(String, u32)> = outcome
            .matches
            .iter()
            .filter_map(|found| {
                let rule = compiled.rules().nth(found.rule as usize)?;
                Some((rule.id.clone(), lines.line(found.start)))
            })
            .collect();
        let expected = samples::read(&text);
        report.samples.push((
            sample,
            samples::compare(&report.rules, &expected, &findings),
        ));
    }
    report
}

/// Finds the line of an offset.
#[derive(Clone, Debug)]
pub(crate) struct LineStarts {
    starts: Vec<u32>,
}

impl LineStarts {
    pub(crate) fn new(source: &[u8]) -> Self {
        let starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', source).map(|at| at as u32 + 1))
            .collect();
        Self { starts }
    }

    /// The line, from 1.
    pub(crate) fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// The offset at which a line, from 1, begins.
    pub(crate) fn start(&self, line: u32) -> u32 {
        self.starts
            .get(line.saturating_sub(1) as usize)
            .copied()
            .unwrap_or(0)
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> u32 {
        self.starts.len() as u32
    }
}
