//! The service behind Cortex: store, job queue, HTTP API, webhooks and fix pull requests.

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
