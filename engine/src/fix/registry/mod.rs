//! Where versions of packages and their manifests come from.
//!
//! A [`Registry`] answers for a package with its [`Packument`]: all versions with what a lockfile needs to know of each.
//! [`NpmRegistry`] asks the registry that npm's own configuration names ([`npmrc`]); tests answer from memory.

mod npm;
pub mod npmrc;
mod packument;

use std::sync::Arc;

pub use npm::{NpmRegistry, RegistryLimits};
pub use packument::Packument;

/// Answers for packages by their names.
pub trait Registry: Sync {
    /// All versions of a package. Called many times for the same name: an implementation keeps its answers.
    fn packument(&self, name: &str) -> Result<Arc<Packument>, RegistryError>;

    /// Names that will soon be asked for, which an implementation may fetch at the same time.
    fn prefetch(&self, names: &[String]) {
        let _ = names;
    }

    /// Whether lockfiles leave out where archives were fetched from, if that is the registry
    /// (`omit-lockfile-registry-resolved`).
    fn omits_resolved(&self) -> bool {
        false
    }
}

/// A registry that does not answer as it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No registry is configured.
    #[error(
        "no registry is configured; set `registry=https://…` in ~/.npmrc or the environment variable npm_config_registry"
    )]
    NotConfigured,
    /// A file of npm's configuration cannot be used.
    #[error("{path}: {reason}; mend this file of npm's configuration")]
    Configuration {
        /// The file or variable.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The registry does not have the package.
    #[error("{name}: the registry has no such package")]
    NoSuchPackage {
        /// Its name.
        name: String,
    },
    /// The text is no name of a package.
    #[error("{name:?} is not the name of a package")]
    Name {
        /// The text.
        name: String,
    },
    /// The registry asks for other credentials.
    #[error("{name}: the registry answered {status}; check the token in ~/.npmrc")]
    Denied {
        /// The package.
        name: String,
        /// HTTP status.
        status: u16,
    },
    /// It could not be reached, or its answer is not one.
    #[error("{name}: {reason}; try again later, or check `registry` in ~/.npmrc")]
    Answer {
        /// The package.
        name: String,
        /// What went wrong.
        reason: String,
    },
    /// More packages were asked for than a plan may take.
    #[error(
        "more than {limit} packages were asked for; raise the limit if the project is that large"
    )]
    TooMany {
        /// The limit.
        limit: usize,
    },
}
