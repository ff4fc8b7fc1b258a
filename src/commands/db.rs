//! `cortex db`.

use cortex_advisories::{DEFAULT_OSV_URL, DatabaseInfo, Progress, UpdateOptions, status, update};
use cortex_engine::report::neutralise;

use super::print;
use crate::Outcome;
use crate::args::DbCommand;
use crate::folders;
use crate::progress::Bars;

pub(crate) fn run(command: &DbCommand) -> anyhow::Result<Outcome> {
    let folder = folders::data()?;
    match command {
        DbCommand::Update {
            url,
            epss_url,
            kev_url,
            full,
            quiet,
        } => {
            let url = url.clone().unwrap_or_else(|| DEFAULT_OSV_URL.to_owned());
            let mut options = UpdateOptions::new(url, folder);
            options.epss_url.clone_from(epss_url);
            options.kev_url.clone_from(kev_url);
            options.full = *full;
            let bars = Bars::new(*quiet);
            let bar = bars.bar("Advisories");
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
                anstream::eprintln!("warning: {}", neutralise::log_line(warning));
            }
            for broken in &summary.broken {
                anstream::eprintln!(
                    "warning: {}",
                    neutralise::log_line(&format!("{}: {}", broken.name, broken.reason))
                );
            }
            print(&describe(&summary.info))
        }
        DbCommand::Status => {
            let status = status(&folder);
            match (status.info, status.problem) {
                (Some(info), _) => print(&format!(
                    "{}index      {} ({} bytes)\n",
                    describe(&info),
                    status.path.display(),
                    status.bytes
                )),
                (None, Some(problem)) => anyhow::bail!("{problem}"),
                (None, None) => print(
                    "No advisory data has been downloaded; scans use the built-in sample. Run `cortex db update`.\n",
                ),
            }
        }
    }
}

fn describe(info: &DatabaseInfo) -> String {
    let mut text = format!(
        "source     {}\nfetched    {}\nhash       {}\n",
        neutralise::terminal(&info.source),
        info.fetched,
        info.hash
    );
    for (ecosystem, records) in &info.records {
        text.push_str(&format!("records    {records:>8} {ecosystem}\n"));
    }
    if let Some(date) = &info.epss_date {
        text.push_str(&format!("EPSS       {}\n", neutralise::terminal(date)));
    }
    if let Some(version) = &info.kev_version {
        text.push_str(&format!("KEV        {}\n", neutralise::terminal(version)));
    }
    text
}
