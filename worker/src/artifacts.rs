//! Artifacts: what is too large for a row. Reports of scans today.
//!
//! They lie in a folder, or in a bucket that several machines share (`CORTEX_ARTIFACTS_URL`). An artifact is written once
//! under a name of its own and never changed; the row that names it is committed afterwards, so that a reader finds
//! either all of it or none.

use std::path::Path;
use std::sync::Arc;

use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use url::Url;

/// Largest artifact that is read into memory, in bytes.
const LARGEST: u64 = 256 << 20;

/// Artifacts that cannot be kept or had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The address is of no known kind.
    #[error("CORTEX_ARTIFACTS_URL: {0}; it begins with file:// or s3://")]
    Address(String),
    /// The folder cannot be made.
    #[error("{path}: {source}")]
    Folder {
        /// The folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The store refuses.
    #[error("artifacts: {0}")]
    Store(#[from] object_store::Error),
    /// It cannot be packed or unpacked.
    #[error("artifacts: {0}")]
    Packing(#[from] std::io::Error),
}

/// Where artifacts are. Clones share it.
#[derive(Clone, Debug)]
pub struct Artifacts {
    store: Arc<dyn ObjectStore>,
    base: Key,
}

impl Artifacts {
    /// At `url`, or in `folder` without one. Keys of an `s3://` bucket come from the environment, as the AWS tools read it.
    pub fn open(url: Option<&str>, folder: &Path) -> Result<Self, ArtifactError> {
        let url = if let Some(url) = url {
            Url::parse(url).map_err(|error| ArtifactError::Address(error.to_string()))?
        } else {
            let failed = |source| ArtifactError::Folder {
                path: folder.display().to_string(),
                source,
            };
            std::fs::create_dir_all(folder).map_err(failed)?;
            let whole = folder.canonicalize().map_err(failed)?;
            Url::from_directory_path(whole)
                .map_err(|()| ArtifactError::Address(folder.display().to_string()))?
        };
        if !matches!(url.scheme(), "file" | "s3") {
            return Err(ArtifactError::Address(format!("{}://", url.scheme())));
        }
        let environment = std::env::vars()
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, base) = object_store::parse_url_opts(&url, environment)?;
        Ok(Self {
            store: Arc::from(store),
            base,
        })
    }

    fn key(&self, name: &str) -> Key {
        name.split('/').fold(self.base.clone(), Key::join)
    }

    /// Keeps `bytes`, packed, under `name`.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ArtifactError> {
        let packed = tokio::task::spawn_blocking(move || zstd::encode_all(bytes.as_slice(), 3))
            .await
            .map_err(std::io::Error::other)??;
        self.store
            .put(&self.key(name), PutPayload::from(packed))
            .await?;
        Ok(())
    }

    /// What was kept under `name`.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, ArtifactError> {
        let packed = self.store.get(&self.key(name)).await?.bytes().await?;
        let unpack = move || {
            use std::io::Read as _;
            let mut bytes = Vec::new();
            zstd::Decoder::new(packed.as_ref())?
                .take(LARGEST)
                .read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes)
        };
        // A report of a small repository is unpacked faster than a thread is found for it.
        Ok(unpack()?)
    }

    /// Forgets what was kept under `name`; it need not be there.
    pub async fn delete(&self, name: &str) -> Result<(), ArtifactError> {
        match self.store.delete(&self.key(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_had_again() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(None, &folder.path().join("a b")).unwrap();
        let report = b"{\"findings\": []}".repeat(1_000);
        artifacts
            .put("scans/one/1.json", report.clone())
            .await
            .unwrap();
        assert_eq!(artifacts.get("scans/one/1.json").await.unwrap(), report);
        assert!(artifacts.get("scans/two/1.json").await.is_err());
        artifacts.delete("scans/one/1.json").await.unwrap();
        artifacts.delete("scans/one/1.json").await.unwrap();
        assert!(artifacts.get("scans/one/1.json").await.is_err());
        assert!(Artifacts::open(Some("ftp://x/y"), folder.path()).is_err());
    }
}
