//! The advisory data that scans are held against: fetched at start and from time to time, swapped under running scans.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cortex_advisories::{Database, INDEX_FILE, UpdateOptions, update};
use tokio::sync::watch;

use crate::settings::Settings;

/// The data in use. Clones share it.
#[derive(Clone)]
pub struct Advisories {
    current: Arc<RwLock<Database>>,
    ready: watch::Sender<bool>,
    folder: PathBuf,
    options: Option<UpdateOptions>,
    interval: Option<Duration>,
}

impl std::fmt::Debug for Advisories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Advisories").finish_non_exhaustive()
    }
}

/// How long an update that failed is waited for before the next try.
const RETRY: Duration = Duration::from_mins(1);

impl Advisories {
    /// What is in the data folder, or the built-in sample.
    pub fn open(settings: &Settings) -> Self {
        let folder = settings.data_dir.clone();
        let found = Database::open(&folder.join(INDEX_FILE));
        let options = settings.osv_url.as_ref().map(|url| {
            let mut options = UpdateOptions::new(url.clone(), folder.clone());
            options.epss_url = settings.epss_url.clone();
            options.kev_url = settings.kev_url.clone();
            options
        });
        let ready = found.is_ok() || options.is_none();
        Self {
            current: Arc::new(RwLock::new(found.unwrap_or_else(|_| Database::sample()))),
            ready: watch::Sender::new(ready),
            folder,
            options,
            interval: settings.update_interval,
        }
    }

    /// The data to scan with now.
    pub fn database(&self) -> Database {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until the first update has succeeded or failed: a scan before that would know the sample only.
    pub async fn ready(&self) {
        let mut ready = self.ready.subscribe();
        let _ = ready.wait_for(|ready| *ready).await;
    }

    /// Fetches what is new and swaps it in. Blocks.
    fn bring_up_to_date(&self, options: &UpdateOptions) -> Result<(), String> {
        let summary = update(options, &mut |_| ()).map_err(|error| error.to_string())?;
        for warning in &summary.warnings {
            tracing::warn!(%warning, "advisories");
        }
        let database =
            Database::open(&self.folder.join(INDEX_FILE)).map_err(|error| error.to_string())?;
        tracing::info!(hash = %database.info().hash, "advisories are up to date");
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = database;
        Ok(())
    }

    /// Updates now and then, for as long as it is polled.
    pub async fn keep_up_to_date(self) {
        let Some(options) = self.options.clone() else {
            return;
        };
        loop {
            let (this, options) = (self.clone(), options.clone());
            let outcome =
                tokio::task::spawn_blocking(move || this.bring_up_to_date(&options)).await;
            let failed = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(reason)) => Some(reason),
                Err(error) => Some(error.to_string()),
            };
            self.ready.send_replace(true);
            if let Some(reason) = &failed {
                tracing::error!(%reason, "advisories could not be brought up to date");
            }
            let Some(interval) = self.interval else {
                return;
            };
            tokio::time::sleep(if failed.is_some() {
                RETRY.min(interval)
            } else {
                interval
            })
            .await;
        }
    }
}
