//! Where data and caches live: as the environment says, else as the platform has it.

use std::path::PathBuf;

use anyhow::Context as _;
use etcetera::BaseStrategy as Platform;

/// The folder of the advisory database: `CORTEX_DATA_DIR`, or the platform's.
pub(crate) fn data() -> anyhow::Result<PathBuf> {
    folder("CORTEX_DATA_DIR", |base| base.data_dir())
}

/// The folder of cached results: `CORTEX_CACHE_DIR`, or the platform's.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    folder("CORTEX_CACHE_DIR", |base| base.cache_dir())
}

fn folder(
    variable: &str,
    of_platform: impl Fn(&dyn Platform) -> PathBuf,
) -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let base = etcetera::choose_base_strategy()
        .with_context(|| format!("the home folder is not known; set {variable}"))?;
    Ok(of_platform(&base).join("cortex"))
}
