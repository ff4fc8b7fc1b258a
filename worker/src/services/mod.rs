//! What the service does, one file a service. The surfaces under `api/` call these and hold no logic of their own;
//! workers and the command line call the same.

pub mod announce;
pub mod audit;
pub mod badge;
pub mod callers;
pub mod comments;
pub mod findings;
pub mod fixes;
pub mod gate;
pub mod joining;
pub mod page;
pub mod reports;
pub mod repositories;
pub mod scans;
pub mod sla;
pub mod tokens;
pub mod triage;
pub mod webhooks;

use std::sync::Arc;

use crate::advisories::Advisories;
use crate::artifacts::{ArtifactError, Artifacts};
use crate::guard::{AllowHosts, Guard};
use crate::queue::{self, Wake};
use crate::seal::{SealError, Sealer};
use crate::settings::{Secret, Settings};
use crate::store::{Store, StoreError};

/// The service could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The artifacts.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
    /// The key of sealed secrets.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A setting.
    #[error("{0}")]
    Setting(String),
    /// The address to listen on.
    #[error("{address}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A query.
    #[error("the database: {0}")]
    Database(#[from] sea_orm::DbErr),
}

/// Everything the services share.
#[derive(Debug)]
pub struct Core {
    /// Rows.
    pub store: Store,
    /// Reports.
    pub artifacts: Artifacts,
    /// Reports that were read of late.
    pub reports: reports::Reports,
    /// Advisory data.
    pub advisories: Advisories,
    /// Sealed secrets.
    pub sealer: Sealer,
    /// Which addresses may be connected to.
    pub guard: Guard,
    /// Wakes workers.
    pub wake: Wake,
    /// Settings.
    pub settings: Settings,
}

impl Core {
    /// Opens everything, brings the schema up to date, and makes the first token of an empty database.
    pub async fn start(settings: Settings) -> Result<Arc<Self>, StartError> {
        std::fs::create_dir_all(&settings.data_dir).map_err(|source| {
            StartError::Store(StoreError::Folder {
                path: settings.data_dir.display().to_string(),
                source,
            })
        })?;
        let url = settings.database_url.as_ref().map(Secret::expose);
        let store = Store::open(url, &settings.data_dir).await?;
        let sealer = match &settings.secret_key {
            Some(key) => Sealer::from_secret(key.expose())?,
            None => Sealer::from_file(&settings.data_dir.join("secret.key"))?,
        };
        let artifacts = Artifacts::open(
            settings.artifacts_url.as_deref(),
            &settings.data_dir.join("artifacts"),
        )?;
        let allowed: AllowHosts = settings
            .allow_hosts
            .parse()
            .map_err(|error| StartError::Setting(format!("CORTEX_ALLOW_HOSTS: {error}")))?;
        let core = Arc::new(Self {
            advisories: Advisories::open(&settings),
            guard: Guard::new(allowed),
            wake: Wake::default(),
            reports: reports::Reports::default(),
            store,
            artifacts,
            sealer,
            settings,
        });
        tokens::bootstrap(&core).await?;
        Ok(core)
    }

    /// Queue depth and the like, for metrics.
    pub async fn queue_depth(&self) -> Result<Vec<(String, i64)>, sea_orm::DbErr> {
        queue::depth(&self.store).await
    }
}
