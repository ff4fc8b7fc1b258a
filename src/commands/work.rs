//! `cortex work`: workers alone. Any number of them may share a PostgreSQL database with any number of `cortex serve`.

use cortex_worker::services::Core;
use cortex_worker::{metrics, runner};

use super::service::{block_on, file_settings, settings, start_log, stop_signal};
use crate::Outcome;
use crate::args::WorkArguments;

pub(crate) fn run(arguments: &WorkArguments) -> anyhow::Result<Outcome> {
    let file = file_settings(arguments.service.config.as_deref())?;
    let mut settings = settings(&arguments.service, &file)?;
    if let Some(workers) = arguments.workers.map(usize::from).or(file.workers) {
        settings.workers = workers.max(1);
    }
    start_log(&arguments.service)?;
    metrics::install();
    block_on(async move {
        let stop = stop_signal();
        let workers = settings.workers;
        let core = Core::start(settings).await?;
        tracing::info!(workers, "working");
        runner::run_all(core, workers, stop).await;
        Ok(Outcome::Done)
    })
}
