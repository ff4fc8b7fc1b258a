//! The service behind Cortex: store, job queue, HTTP API, webhooks and fix pull requests.

pub mod forge;
pub mod guard;
pub mod webhooks;
