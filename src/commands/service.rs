//! What the commands of the service share: settings from flags, environment and configuration file; logs; signals.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cortex_advisories::DEFAULT_OSV_URL;
use cortex_worker::settings::{Secret, Settings};
use serde::Deserialize;
use tokio::sync::watch;

use super::db::{DEFAULT_EPSS_URL, DEFAULT_KEV_URL};
use crate::args::ServiceArguments;
use crate::folders;

/// The configuration file that is read if it is there.
const CONFIG_FILE: &str = "cortex.toml";

/// The table `[service]` of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct FileSettings {
    pub(super) listen: Option<String>,
    pub(super) workers: Option<usize>,
    pub(super) rate_limits: Option<String>,
    pub(super) jwt_secret: Option<String>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    artifacts_url: Option<String>,
    allow_hosts: Option<String>,
    secret_key: Option<String>,
    osv_url: Option<String>,
    epss_url: Option<String>,
    kev_url: Option<String>,
    public_url: Option<String>,
    scan_threads: Option<std::num::NonZeroUsize>,
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    service: FileSettings,
}

/// Reads the configuration file: the one named, or the one of this folder if there is one.
pub(super) fn file_settings(named: Option<&Path>) -> anyhow::Result<FileSettings> {
    let path = named.unwrap_or(Path::new(CONFIG_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(FileSettings::default());
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(file.service)
}

/// An empty variable is how some shells unset one.
pub(super) fn given(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// The settings that all commands of the service have.
pub(super) fn settings(
    arguments: &ServiceArguments,
    file: &FileSettings,
) -> anyhow::Result<Settings> {
    let first = |flag: &Option<String>, file: &Option<String>| {
        given(flag.as_ref()).or_else(|| given(file.as_ref()))
    };
    let data_dir = match arguments.data_dir.clone().or_else(|| file.data_dir.clone()) {
        Some(folder) => folder,
        None => folders::data()?,
    };
    let mut settings = Settings::new(data_dir);
    settings.database_url = first(&arguments.database_url, &file.database_url).map(Secret::new);
    settings.artifacts_url = first(&arguments.artifacts_url, &file.artifacts_url);
    settings.allow_hosts = first(&arguments.allow_hosts, &file.allow_hosts).unwrap_or_default();
    settings.secret_key = first(&arguments.secret_key, &file.secret_key).map(Secret::new);
    settings.public_url = first(&arguments.public_url, &file.public_url);
    if let Some(threads) = arguments.scan_threads.or(file.scan_threads) {
        settings.scan_threads = threads.get();
    }
    if !arguments.offline {
        // As `cortex db update`: who names a bucket of their own is not made to ask anyone else.
        let own = first(&arguments.osv_url, &file.osv_url);
        let public = |address: &str| own.is_none().then(|| address.to_owned());
        settings.epss_url =
            first(&arguments.epss_url, &file.epss_url).or_else(|| public(DEFAULT_EPSS_URL));
        settings.kev_url =
            first(&arguments.kev_url, &file.kev_url).or_else(|| public(DEFAULT_KEV_URL));
        settings.osv_url = Some(own.unwrap_or_else(|| DEFAULT_OSV_URL.to_owned()));
    }
    Ok(settings)
}

/// Logs to standard error from now on.
pub(super) fn start_log(arguments: &ServiceArguments) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    // What the database driver says of each statement is nobody's business.
    let filter = EnvFilter::try_new(format!(
        "{},sqlx=warn,sea_orm_migration=warn",
        arguments.log
    ))
    .with_context(|| format!("--log {}", arguments.log))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if arguments.log_json {
        builder.json().try_init()
    } else {
        let colour = anstream::AutoStream::choice(&std::io::stderr());
        builder
            .with_ansi(colour != anstream::ColorChoice::Never)
            .try_init()
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Runs a future to its end on a runtime of its own.
pub(super) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("cortex-service")
        .build()
        .context("threads could not be started")?
        .block_on(future)
}

/// Raised by SIGTERM or SIGINT.
pub(super) fn stop_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: what runs is finished or released");
        sender.send_replace(true);
        // A second signal means at once.
        wait_for_signal().await;
        std::process::exit(130);
    });
    receiver
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
