//! `cortex serve`: the HTTP API, and workers in the same process.

use cortex_worker::services::Core;
use cortex_worker::settings::Secret;
use cortex_worker::{api, metrics, runner};

use super::service::{block_on, file_settings, given, settings, start_log, stop_signal};
use crate::args::ServeArguments;
use crate::{Outcome, output};

pub(crate) fn run(arguments: &ServeArguments) -> anyhow::Result<Outcome> {
    let file = file_settings(arguments.service.config.as_deref())?;
    let mut settings = settings(&arguments.service, &file)?;
    if let Some(listen) = given(arguments.listen.as_ref()).or_else(|| file.listen.clone()) {
        settings.listen = listen;
    }
    if let Some(workers) = arguments.workers.or(file.workers) {
        settings.workers = workers;
    }
    if let Some(limits) = given(arguments.rate_limits.as_ref()).or_else(|| file.rate_limits.clone())
    {
        settings.rate_limits = limits
            .parse()
            .map_err(|error| anyhow::anyhow!("CORTEX_RATE_LIMITS: {error}"))?;
    }
    settings.bootstrap_token = given(arguments.bootstrap_token.as_ref()).map(Secret::new);
    settings.bootstrap_tenant = given(arguments.bootstrap_tenant.as_ref());
    settings.jwt_secret = given(arguments.jwt_secret.as_ref())
        .or_else(|| file.jwt_secret.clone())
        .map(Secret::new);
    if arguments.print_config {
        output::print(&serde_json::to_string_pretty(&settings)?)?;
        return Ok(Outcome::Done);
    }
    start_log(&arguments.service)?;
    metrics::install();
    block_on(async move {
        let stop = stop_signal();
        let (listen, workers) = (settings.listen.clone(), settings.workers);
        let core = Core::start(settings).await?;
        let router = api::router(std::sync::Arc::clone(&core));
        let background = tokio::spawn(runner::run_all(core, workers, stop.clone()));
        api::serve(router, &listen, stop, |address| {
            tracing::info!(%address, workers, "listening");
        })
        .await?;
        background.await?;
        Ok(Outcome::Done)
    })
}
