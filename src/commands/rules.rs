//! `cortex rules`.

use std::path::PathBuf;

use cortex_engine::matching::{CompiledRules, SampleReport, test_samples};
use cortex_engine::report::neutralise::JsonFormatter;
use cortex_engine::rules::{self, RuleSet};
use serde_json::json;

use crate::args::{ListFormat, RulesCommand};
use crate::{Outcome, output};

pub(crate) fn run(command: &RulesCommand) -> anyhow::Result<Outcome> {
    match command {
        RulesCommand::List { rules, format } => list(&load(rules)?, *format),
        RulesCommand::Validate { paths } => validate(paths),
        RulesCommand::Test { paths } => test(paths),
    }
}

fn load(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    Ok(if paths.is_empty() {
        rules::built_in()?
    } else {
        rules::load(paths)?
    })
}

fn list(set: &RuleSet, format: ListFormat) -> anyhow::Result<Outcome> {
    if format == ListFormat::Json {
        let rules: Vec<_> = set
            .rules
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.id,
                    "severity": rule.severity,
                    "languages": rule
                        .languages
                        .iter()
                        .map(|language| format!("{language:?}").to_lowercase())
                        .collect::<Vec<_>>(),
                    "message": rule.message,
                    "metadata": rule.metadata,
                    "file": rule.origin.file.display().to_string(),
                })
            })
            .collect();
        output::to_stdout(|_, output| JsonFormatter::write(&rules, output))?;
        return Ok(Outcome::Done);
    }
    let longest = set
        .rules
        .iter()
        .map(|rule| rule.id.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    let mut text = String::new();
    for rule in &set.rules {
        let cwe = rule
            .facts
            .cwe
            .first()
            .and_then(|cwe| cwe.split(':').next())
            .unwrap_or("-");
        // Messages may be folded over several lines; the first sentence tells a rule from the others.
        let message = rule
            .message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let sentence = message
            .split_once(". ")
            .map_or(message.as_str(), |(first, _)| first);
        text.push_str(&format!(
            "{:<8}  {cwe:<8}  {:<longest$}  {sentence}\n",
            rule.severity, rule.id
        ));
    }
    text.push_str(&format!("{} rules\n", set.rules.len()));
    output::print(&text)?;
    Ok(Outcome::Done)
}

fn validate(paths: &[PathBuf]) -> anyhow::Result<Outcome> {
    let set = rules::load(paths)?;
    let (compiled, errors) = CompiledRules::compile(&set.rules);
    let mut text = String::new();
    for error in &errors {
        text.push_str(&format!("{error}\n"));
    }
    for issue in &set.issues {
        text.push_str(&format!(
            "{}:{}:{}: rule {:?} is left out: {}\n",
            issue.origin.file.display(),
            issue.origin.line,
            issue.origin.column,
            issue.rule,
            issue.message
        ));
    }
    text.push_str(&format!(
        "{} rules can be used, {} are left out, {} are wrong\n",
        compiled.len(),
        set.issues.len(),
        errors.len()
    ));
    output::print(&text)?;
    Ok(if errors.is_empty() {
        Outcome::Done
    } else {
        Outcome::Incomplete
    })
}

fn test(paths: &[PathBuf]) -> anyhow::Result<Outcome> {
    let mut reports: Vec<SampleReport> = Vec::new();
    for path in paths {
        reports.extend(test_samples(path)?);
    }
    let mut text = String::new();
    let (mut passed, mut failed, mut untested, mut left_out, mut lines) = (0, 0, 0, 0, 0);
    for report in &reports {
        left_out += report.left_out.len();
        if report.rules.is_empty() && report.problems.is_empty() {
            continue;
        }
        lines += report
            .samples
            .iter()
            .map(|(_, outcome)| outcome.right)
            .sum::<u32>();
        if report.passed() {
            passed += 1;
            continue;
        }
        if report.samples.is_empty() && report.problems.is_empty() {
            untested += 1;
            text.push_str(&format!("{}: no sample\n", report.rule_file.display()));
            continue;
        }
        failed += 1;
        for problem in &report.problems {
            text.push_str(&format!("{problem}\n"));
        }
        for (sample, outcome) in &report.samples {
            let sample = sample.display();
            for (rule, line) in &outcome.missed {
                text.push_str(&format!("{sample}:{line}: {rule} should match here\n"));
            }
            for (rule, line) in &outcome.unexpected {
                text.push_str(&format!("{sample}:{line}: {rule} should not match here\n"));
            }
        }
    }
    text.push_str(&format!(
        "{passed} rule files right, {failed} wrong, {untested} without samples, {left_out} rules left out; {lines} lines as they should be\n"
    ));
    output::print(&text)?;
    Ok(if failed == 0 {
        Outcome::Done
    } else {
        Outcome::Incomplete
    })
}
