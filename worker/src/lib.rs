//! The service behind Cortex: store, job queue, HTTP API, webhooks and fix pull requests.
//!
//! One process answers requests, another (or the same) runs jobs; what they share is the database. SQLite in the data
//! folder is the embedded default, PostgreSQL serves many processes.
//!
//! ```
//! use axum::body::Body;
//! use axum::http::Request;
//! use cortex_worker::api;
//! use cortex_worker::services::callers::Caller;
//! use cortex_worker::services::tokens::{self, NewToken};
//! use cortex_worker::services::Core;
//! use cortex_worker::settings::Settings;
//! use tower::ServiceExt as _;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let core = Core::start(Settings::new(folder.path().to_owned())).await?;
//! let tenant = tokens::local_tenant(&core, None).await?;
//! let token = NewToken {
//!     name: "ci".to_owned(),
//!     scopes: vec!["scans:read".to_owned()],
//!     expires_at: None,
//!     rate_limits: None,
//! };
//! let token = tokens::create(&core, &Caller::system(&tenant), token).await?;
//!
//! let request = Request::get("/v1/scans")
//!     .header("Authorization", format!("Bearer {}", token.text))
//!     .body(Body::empty())?;
//! let answer = api::router(core).oneshot(request).await?;
//! assert_eq!(answer.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | tenant | an organisation; owns everything below it, and sees nothing of another's |
//! | caller | who asks: a token or a JWT, with scopes: [`services::callers`] |
//! | surface | a part of the API as one published reference has it; a folder of [`api`] without logic of its own |
//! | service | what a surface, a worker or the command line asks for: [`services`] |
//! | store | rows, in SQLite or PostgreSQL, by the same migrations: [`store`] |
//! | artifact | what is too large for a row, such as a report: [`artifacts`] |
//! | job | a row that says what is to be done; the rows are the queue: [`queue`] |
//! | lease | a worker's claim on a job, kept alive by heartbeats |
//! | turn | a job's place in the queue, fair between tenants |
//! | joining | a scan's findings put to those known of the repository, by fingerprint: [`services::joining`] |
//! | triage | what people decided about a finding, with its history: [`services::triage`] |
//! | delivery | one event on its way to one webhook: [`webhooks`] |
//! | forge | GitHub, GitLab or Gitea, where pull requests are opened: [`forge`] |
//! | guard | judges every address that a stranger names before it is connected to: [`guard`] |
//! | sealed | encrypted at rest: forge tokens, webhook secrets: [`seal`] |
//!
//! # What holds
//!
//! - **A job takes effect once.** It is enqueued in the transaction that makes what it is for; what it brings about is
//!   committed with its end, on the condition that its lease is still held.
//! - **Nobody is starved.** A tenant's one job is next, whatever others have queued.
//! - **No address is trusted.** Clones, webhooks and forges go through the guard: resolved once, judged, pinned.
//! - **No secret is readable.** Tokens are hashes, other secrets are sealed, none is in a log.
//! - **Every query names the tenant.** What is another's is not found.

pub mod advisories;
pub mod api;
pub mod artifacts;
pub mod error;
pub mod forge;
pub mod guard;
pub mod id;
pub mod metrics;
pub mod queue;
pub mod runner;
pub mod seal;
pub mod services;
pub mod settings;
pub mod store;
pub mod time;
pub mod webhooks;
