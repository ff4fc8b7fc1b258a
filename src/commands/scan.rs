//! `cortex scan`.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use cortex_advisories::{Database, DatabaseError, INDEX_FILE};
use cortex_engine::cancel::Cancel;
use cortex_engine::report::{Format, LockfileStatus, Report, Style, neutralise};
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::source::{CloneLimits, Credentials, SourceSpec};

use crate::Outcome;
use crate::args::ScanArguments;
use crate::folders;
use crate::progress::Bars;

/// Narrowest and widest text report, in columns.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=120;

pub(crate) fn run(arguments: &ScanArguments) -> anyhow::Result<Outcome> {
    let format = Format::by_name(&arguments.format).context("there is no such format")?;
    let targets = arguments
        .targets
        .iter()
        .map(|target| SourceSpec::parse(target, arguments.reference.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let request = ScanRequest {
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
        baseline: arguments.baseline.clone(),
        jobs: arguments.jobs.map(usize::from),
        cache_dir: if arguments.no_cache {
            None
        } else {
            folders::cache().ok()
        },
        use_config: !arguments.no_config,
        offline: arguments.offline,
        now: jiff::Timestamp::now(),
        clone_limits: CloneLimits::default(),
        credentials: Credentials::from_environment(),
        file_limits: cortex_engine::matching::FileLimits::default(),
    };
    let database = database()?;
    let bars = Bars::new(arguments.quiet);
    let report = Engine::new(Some(database)).scan(&request, &bars, &Cancel::default())?;
    match &arguments.output {
        Some(path) => write_file(path, &report, format)?,
        None => write_stdout(&report, format)?,
    }
    Ok(judge(arguments, &report))
}

/// The downloaded data, or the built-in sample where none has been downloaded yet.
fn database() -> anyhow::Result<Database> {
    let Ok(folder) = folders::data() else {
        return Ok(Database::sample());
    };
    match Database::open(&folder.join(INDEX_FILE)) {
        Ok(database) => Ok(database),
        Err(DatabaseError::Absent { .. }) => Ok(Database::sample()),
        Err(error) => Err(error.into()),
    }
}

fn write_stdout(report: &Report, format: &Format) -> anyhow::Result<()> {
    let stdout = std::io::stdout();
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let columns = columns
        .or_else(|| terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0)))
        .unwrap_or(100);
    let style = Style {
        color,
        width: columns.clamp(*WIDTHS.start(), *WIDTHS.end()),
    };
    let mut output = BufWriter::new(stdout.lock());
    format.write(report, style, &mut output)?;
    output.flush()?;
    Ok(())
}

/// Writes a file as a whole: a reader never sees half a report.
fn write_file(path: &Path, report: &Report, format: &Format) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let failed = || format!("{}: the report could not be written", path.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    let style = Style {
        color: false,
        width: 100,
    };
    format
        .write(report, style, &mut BufWriter::new(&mut file))
        .with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

/// The exit code, and on standard error why it is not 0.
fn judge(arguments: &ScanArguments, report: &Report) -> Outcome {
    let mut incomplete = false;
    for lockfile in &report.lockfiles {
        if lockfile.status == LockfileStatus::NotChecked {
            incomplete = true;
            say(&format!(
                "error: {} was not checked: {}",
                lockfile.path,
                lockfile.note.as_deref().unwrap_or_default()
            ));
        }
    }
    let data = &report.advisory_data;
    if let (false, "database", Some(age)) = (
        report.lockfiles.is_empty(),
        data.kind.as_str(),
        data.age_days,
    ) && age > arguments.max_db_age
    {
        let word = if arguments.fail_on.is_some() {
            "error"
        } else {
            "warning"
        };
        say(&format!(
            "{word}: the advisory data is {age} days old, more than {}; run `cortex db update`",
            arguments.max_db_age
        ));
        incomplete |= arguments.fail_on.is_some();
    }
    if data.kind == "sample" && !report.lockfiles.is_empty() {
        say(
            "note: only the built-in sample of advisories was consulted; `cortex db update` fetches the full data",
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

fn say(text: &str) {
    anstream::eprintln!("{}", neutralise::log_line(text));
}
