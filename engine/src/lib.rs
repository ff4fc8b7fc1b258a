//! The Cortex engine: from a source repository to findings, a score, a report, and fixes.
//!
//! ```
//! use cortex_advisories::Database;
//! use cortex_engine::cancel::Cancel;
//! use cortex_engine::progress::Silent;
//! use cortex_engine::scan::{Engine, ScanRequest};
//! use cortex_engine::source::SourceSpec;
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("app.js"), "app.get('/', (req, res) => eval(req.query.code));")?;
//!
//! let engine = Engine::new(Some(Database::sample()));
//! let target = SourceSpec::Directory(folder.path().to_owned());
//! let request = ScanRequest::new(target, jiff::Timestamp::now());
//! let report = engine.scan(&request, &Silent, &Cancel::default())?;
//!
//! assert_eq!(report.findings[0].rule_id, "code-injection-request");
//! assert_eq!(report.findings[0].location.path, "app.js");
//! assert!(report.score < 100.0);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | source | a folder, a file, or a commit of a git repository: [`mod@source`] |
//! | selection | which files of a source are looked at, and why others are not: [`select`] |
//! | rule | what is looked for, in Semgrep's format: [`rules`] |
//! | pattern | code with holes: metavariables (`$X`) and ellipses (`...`): [`pattern`] |
//! | tree | code and patterns, lowered to one language-neutral form: [`tree`] |
//! | taint | data that a stranger controls, from its source to a sink: [`matching`] |
//! | lockfile, package, purl | dependencies as a package manager has resolved them: [`dependencies`] |
//! | finding | a place that a rule matches, or a package with a known vulnerability: [`finding`] |
//! | fingerprint | what is the same for a finding from scan to scan: [`finding::Finding`] |
//! | score | 0 to 100, 100 when nothing is open: [`mod@score`] |
//! | report | all findings, and what could not be looked at: [`report`] |
//! | fix | versions without known vulnerabilities, and the files that ask for them: [`fix`] |
//!
//! # What holds
//!
//! - A repository is a stranger's: sizes, depth, steps and time are bounded where it is read, nothing of it is run, and
//!   its texts are neutralised where they are printed.
//! - Nothing is left out in silence: files are counted by the reason they were skipped for, and a lockfile without
//!   advisory data is reported as not checked.
//! - The report does not depend on the number of threads, or on what was cached.
//! - The engine knows no servers, databases or command lines. Its only network is the clone of a repository, and the
//!   registry that a fix asks for versions.

pub mod cache;
pub mod cancel;
pub mod config;
pub mod dependencies;
pub mod finding;
pub mod fix;
pub mod language;
pub mod matching;
pub mod pattern;
pub mod progress;
mod project;
pub mod report;
pub mod rules;
pub mod scan;
pub mod score;
pub mod select;
pub mod source;
pub mod tree;
pub mod yaml;
