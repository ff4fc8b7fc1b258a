//! The tables, one file each.

#![allow(missing_docs, reason = "what SeaORM derives has no docs")]

pub mod attempt;
pub mod audit;
pub mod comment;
pub mod delivery;
pub mod finding;
pub mod fix_pull;
pub mod idempotency;
pub mod job;
pub mod rate_counter;
pub mod repository;
pub mod scan;
pub mod sla_policy;
pub mod tenant;
pub mod token;
pub mod triage_event;
pub mod webhook;
