//! Advisories for Cortex: which versions of which packages have which known vulnerabilities.
//!
//! The data are records in the OSV format (<https://ossf.github.io/osv-schema/>), downloaded from an OSV
//! bucket and compiled into one memory-mapped file. This crate knows nothing of source code, lockfiles
//! or reports; it answers one question, about a package at a version:
//!
//! ```
//! use cortex_advisories::{Database, Severity};
//!
//! let database = Database::sample();
//! let matches = database.query("npm", "lodash", "4.17.11")?;
//! let worst = &matches[0];
//! assert_eq!(worst.id, "GHSA-jf85-cpcp-j695");
//! assert_eq!(worst.aliases, ["CVE-2019-10744"]);
//! assert_eq!(worst.severity, Severity::Critical);
//! assert_eq!(worst.fixed_versions, ["4.17.12"]);
//!
//! // No data is an error, never an empty answer.
//! assert!(database.query("PyPI", "django", "1.0").is_err());
//! # Ok::<_, cortex_advisories::QueryError>(())
//! ```
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | record | one advisory in OSV format: [`osv::Record`] |
//! | ecosystem | a world of package names with its own version order: [`ecosystem`] |
//! | key | a version as bytes that compare as the versions do: [`ecosystem::VersionKey`] |
//! | range, event, interval | affected versions as written, and as stretches: [`matching`] |
//! | bucket | where records come from: `<ecosystem>/all.zip`, `<ecosystem>/modified_id.csv` |
//! | data folder | what [`update()`] keeps: the archives, and the index made from them |
//! | index | the compiled file that queries read: [`Database`] |
//! | group | records and ids that are aliases of each other: one vulnerability |
//! | match | a group that a package version is affected by: [`Match`] |
//! | sample | a few records that are part of the program: [`Database::sample`] |
//!
//! # What holds
//!
//! - **No clean verdict without data.** An ecosystem without records is an error ([`Database::covers`]
//!   asks beforehand), and so is an advisory that cannot be decided ([`QueryError::Undecided`]).
//! - **Readers never wait and never see half an index.** An update writes a new file and renames it.
//! - **Opening is cheap** whatever the size of the index, and texts are decoded for matches only.
//! - **Records, archives and index files are not trusted.** Sizes and counts are bounded, a broken record
//!   is counted and the rest is used, a damaged index is an error that says what to do.
//! - **The same records give the same bytes**, and matches come in a fixed order.
//!
//! # Adding an ecosystem
//!
//! One file in `src/ecosystem/` and its entry in [`ecosystem::ALL`]; tests walk that list.

mod aliases;
pub mod ecosystem;
pub mod exploit;
mod index;
pub mod matching;
pub mod osv;
mod rating;
mod sample;
mod severity;
mod status;
pub mod update;

pub use index::{
    Database, DatabaseError, DatabaseInfo, DatabaseKind, EcosystemInfo, INDEX_FILE, Match,
    QueryError, Reference,
};
pub use rating::UNRATED;
pub use severity::{Severity, UnknownSeverity};
pub use status::{Status, status};
pub use update::{
    BrokenRecord, DEFAULT_OSV_URL, EcosystemUpdate, Limits, Progress, UpdateError, UpdateOptions,
    UpdateSummary, update,
};
