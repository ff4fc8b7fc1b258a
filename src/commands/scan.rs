//! `cortex scan`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use cortex_advisories::{Database, DatabaseError, INDEX_FILE};
use cortex_engine::cancel::Cancel;
use cortex_engine::matching::{Costs, FileLimits};
use cortex_engine::report::{Format, LockfileStatus, Report};
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::source::{CloneOptions, Credentials, SourceSpec};

use crate::args::ScanArguments;
use crate::progress::Bars;
use crate::{Outcome, folders, notice, output};

/// Rules and files that a profile shows.
const SHOWN: usize = 20;

pub(crate) fn run(arguments: &ScanArguments) -> anyhow::Result<Outcome> {
    let Some(format) = Format::by_name(&arguments.format) else {
        anyhow::bail!(
            "{}: no such format; `cortex scan --help` lists them",
            arguments.format
        );
    };
    let request = request(arguments)?;
    let engine = Engine::new(Some(database()?));
    let bars = Bars::new(arguments.quiet);
    let report = engine.scan(&request, &bars, &Cancel::default());
    drop(bars);
    let report = report?;
    if let Some(profile) = &request.profile {
        notice::note(&costs(&profile.costs()));
    }
    let fixed = if arguments.autofix {
        autofix(arguments, &engine, &request, &report)?
    } else {
        String::new()
    };
    match &arguments.output {
        _ if arguments.dry_run => output::print(&fixed)?,
        Some(path) => {
            output::to_file(path, |style, output| format.write(&report, style, output))?;
        }
        None => output::to_stdout(|style, output| format.write(&report, style, output))?,
    }
    // The outcome does not depend on whether anyone read the report to its end.
    Ok(judge(arguments, &report))
}

/// Writes fixes, or with `--dry-run` gives them as a diff.
fn autofix(
    arguments: &ScanArguments,
    engine: &Engine,
    request: &ScanRequest,
    report: &Report,
) -> anyhow::Result<String> {
    let [SourceSpec::Directory(root) | SourceSpec::File(root)] = request.targets.as_slice() else {
        anyhow::bail!("--autofix takes one local folder or file");
    };
    let mut diff = String::new();
    let (mut fixes, mut files) = (0, 0);
    for file in engine.autofix(request, report)? {
        for refused in &file.refused {
            notice::warning(&format!("{}: not fixed: {refused}", file.path));
        }
        if file.applied == 0 {
            continue;
        }
        (fixes, files) = (fixes + file.applied, files + 1);
        if arguments.dry_run {
            let (old, new) = (
                String::from_utf8_lossy(&file.before),
                String::from_utf8_lossy(&file.after),
            );
            let text = similar::TextDiff::from_lines(old.as_ref(), new.as_ref())
                .unified_diff()
                .header(&format!("a/{}", file.path), &format!("b/{}", file.path))
                .to_string();
            diff.push_str(&text);
            continue;
        }
        let path = if root.is_dir() {
            root.join(&file.path)
        } else {
            root.clone()
        };
        output::to_file(&path, |_, writer| writer.write_all(&file.after))
            .with_context(|| format!("{}: the fix could not be written", path.display()))?;
    }
    let would = if arguments.dry_run { "would be " } else { "" };
    notice::note(&format!("{fixes} fixes in {files} files {would}applied"));
    Ok(diff)
}

/// The dearest rules and files, for people.
fn costs(costs: &Costs) -> String {
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    let mut text = format!(
        "{:.1} ms parsing {} files, {:.1} ms matching, all threads together\n\n\
         parsing for it alone (ms)  files  matching (ms)  files  matches  rule\n",
        millis(costs.parsing),
        costs.parsed,
        millis(costs.matching)
    );
    let mut rules: Vec<_> = costs.rules.iter().collect();
    rules.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.time + cost.parsing_alone));
    for (id, cost) in rules.into_iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "{:>25.1}  {:>5}  {:>13.1}  {:>5}  {:>7}  {id}",
            millis(cost.parsing_alone),
            cost.parsed_alone,
            millis(cost.time),
            cost.files,
            cost.matches
        );
    }
    text.push_str("\nparsing (ms)  matching (ms)  size (kB)  file\n");
    for file in costs.files.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "{:>12.1}  {:>13.1}  {:>9.1}  {}",
            millis(file.parsing),
            millis(file.matching),
            file.size as f64 / 1_000.0,
            file.path
        );
    }
    text
}

fn request(arguments: &ScanArguments) -> anyhow::Result<ScanRequest> {
    let targets = arguments
        .targets
        .iter()
        .map(|target| SourceSpec::parse(target, arguments.reference.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ScanRequest {
        targets,
        rules: if arguments.rules.is_empty() {
            RuleChoice::BuiltIn
        } else {
            RuleChoice::Paths(arguments.rules.clone())
        },
        include: arguments.include.clone(),
        exclude: arguments.exclude.clone(),
        max_file_size: arguments.max_file_size,
        ignore_files: !arguments.no_ignore,
        minified: arguments.minified,
        interprocedural: arguments.interprocedural,
        baseline: arguments.baseline.clone(),
        jobs: arguments.jobs.map(usize::from),
        background: false,
        profile: arguments.profile_rules.then(Arc::default),
        cache_dir: if arguments.no_cache || arguments.profile_rules {
            None
        } else {
            folders::cache().ok()
        },
        use_config: !arguments.no_config,
        offline: arguments.offline,
        now: jiff::Timestamp::now(),
        clone: CloneOptions {
            credentials: Credentials::from_environment(),
            ..CloneOptions::default()
        },
        file_limits: FileLimits::default(),
        only_tree_sitter: false,
    })
}

/// The downloaded data, or the built-in sample where none has been downloaded yet. Data that cannot be read is an
/// error: the sample would say too little.
pub(super) fn database() -> anyhow::Result<Database> {
    let Ok(folder) = folders::data() else {
        return Ok(Database::sample());
    };
    match Database::open(&folder.join(INDEX_FILE)) {
        Ok(database) => Ok(database),
        Err(DatabaseError::Absent { .. }) => Ok(Database::sample()),
        Err(error) => Err(error.into()),
    }
}

/// The outcome, and on standard error why it is not plainly done.
fn judge(arguments: &ScanArguments, report: &Report) -> Outcome {
    let mut incomplete = false;
    for lockfile in &report.lockfiles {
        let note = lockfile
            .note
            .as_deref()
            .unwrap_or("no verdict on its packages");
        match lockfile.status {
            LockfileStatus::NotChecked => {
                incomplete = true;
                notice::error(&format!("{} was not checked: {note}", lockfile.path));
            }
            // A gate must not pass what nobody could read.
            LockfileStatus::Broken if arguments.fail_on.is_some() => {
                incomplete = true;
                notice::error(&format!("{}: {note}", lockfile.path));
            }
            LockfileStatus::Broken => notice::warning(&format!("{}: {note}", lockfile.path)),
            LockfileStatus::Checked | LockfileStatus::SampleOnly | LockfileStatus::Unsupported => {}
        }
    }
    let data = &report.advisory_data;
    let used = !report.lockfiles.is_empty();
    if used
        && data.kind == "database"
        && let Some(age) = data.age_days.filter(|age| *age > arguments.max_db_age)
    {
        let limit = arguments.max_db_age;
        let text = format!(
            "the advisory data is {age} days old, more than the {limit} of --max-db-age; run `cortex db update`"
        );
        if arguments.fail_on.is_some() {
            incomplete = true;
            notice::error(&text);
        } else {
            notice::warning(&text);
        }
    }
    // The text report on a terminal says so itself.
    if used && data.kind == "sample" && (arguments.format != "text" || arguments.output.is_some()) {
        notice::note(
            "only the built-in sample of advisories was consulted; `cortex db update` fetches the full data",
        );
    }
    if incomplete {
        return Outcome::Incomplete;
    }
    match arguments.fail_on {
        Some(limit)
            if report
                .findings
                .iter()
                .any(|finding| finding.severity >= limit) =>
        {
            Outcome::Findings
        }
        _ => Outcome::Done,
    }
}
