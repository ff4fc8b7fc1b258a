//! `cortex db`: the advisory database.

use cortex_advisories::{DEFAULT_OSV_URL, DatabaseInfo, Progress, UpdateOptions, status, update};
use cortex_engine::report::neutralise;

use crate::args::{DbCommand, UpdateArguments};
use crate::progress::Bars;
use crate::{Outcome, folders, notice, output};

/// The scores that FIRST publishes every day.
pub(super) const DEFAULT_EPSS_URL: &str =
    "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";
/// CISA's catalogue of known exploited vulnerabilities.
pub(super) const DEFAULT_KEV_URL: &str =
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";

pub(crate) fn run(command: &DbCommand) -> anyhow::Result<Outcome> {
    match command {
        DbCommand::Update(arguments) => bring_up_to_date(arguments),
        DbCommand::Status => show_status(),
    }
}

fn bring_up_to_date(arguments: &UpdateArguments) -> anyhow::Result<Outcome> {
    let options = options(arguments, folders::data()?);
    let bars = Bars::new(arguments.quiet);
    let bar = bars.download("Advisories");
    let summary = update(&options, &mut |progress| match progress {
        Progress::Waiting => bar.set_message("waiting for another update"),
        Progress::Download {
            file,
            received,
            total,
        } => {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(received);
            bar.set_message(neutralise::terminal(file).into_owned());
        }
        Progress::Compile {
            ecosystem,
            done,
            total,
        } => {
            bar.set_message(format!("{ecosystem}: {done} of {total} records"));
        }
        // Later kinds of progress are not shown.
        _ => {}
    })?;
    bar.finish_and_clear();
    for warning in &summary.warnings {
        notice::warning(warning);
    }
    for broken in &summary.broken {
        notice::warning(&format!(
            "{}: record {} is left out: {}",
            broken.ecosystem, broken.name, broken.reason
        ));
    }
    output::print(&describe(&summary.info))?;
    Ok(Outcome::Done)
}

/// Where the data come from. Who names a bucket of their own is not made to ask anyone else: scores and catalogue then
/// come from the addresses that are given, or from nowhere.
fn options(arguments: &UpdateArguments, folder: std::path::PathBuf) -> UpdateOptions {
    // An empty variable is how some shells unset one.
    let given = |address: &Option<String>| address.clone().filter(|address| !address.is_empty());
    let own = given(&arguments.url);
    let public = |address: &str| own.is_none().then(|| address.to_owned());
    let epss_url = given(&arguments.epss_url).or_else(|| public(DEFAULT_EPSS_URL));
    let kev_url = given(&arguments.kev_url).or_else(|| public(DEFAULT_KEV_URL));
    let url = own.clone().unwrap_or_else(|| DEFAULT_OSV_URL.to_owned());
    let mut options = UpdateOptions::new(url, folder);
    options.epss_url = epss_url;
    options.kev_url = kev_url;
    options.full = arguments.full;
    options
}

fn show_status() -> anyhow::Result<Outcome> {
    let status = status(&folders::data()?);
    if let Some(problem) = status.problem {
        anyhow::bail!("{problem}");
    }
    let Some(info) = status.info else {
        output::print(
            "No advisory data has been downloaded: scans use the built-in sample.\n\
             Run `cortex db update` to fetch the full data.",
        )?;
        return Ok(Outcome::Done);
    };
    let age = jiff::Timestamp::now().duration_since(info.fetched);
    let mut text = describe(&info);
    text.push_str(&format!(
        "age        {} days\n",
        age.as_secs().max(0) / 86_400
    ));
    text.push_str(&format!(
        "index      {} ({} bytes)\n",
        status.path.display(),
        status.bytes
    ));
    if status.updating {
        text.push_str("update     running now\n");
    }
    output::print(&text)?;
    Ok(Outcome::Done)
}

fn describe(info: &DatabaseInfo) -> String {
    let mut text = format!(
        "source     {}\nfetched    {}\nhash       {}\n",
        info.source, info.fetched, info.hash
    );
    for (ecosystem, records) in &info.records {
        text.push_str(&format!("records    {records:>8} {ecosystem}\n"));
    }
    if let Some(date) = &info.epss_date {
        text.push_str(&format!("EPSS       {date}\n"));
    }
    if let Some(version) = &info.kev_version {
        text.push_str(&format!("KEV        {version}\n"));
    }
    text
}
