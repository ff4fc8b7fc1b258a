//! Webhooks: what is announced, in which shape, how it is signed and sent, when it is tried again. No database here: see
//! [`crate::services::webhooks`].

pub mod event;
mod payload;
pub mod schedule;
pub mod send;
pub mod signature;

pub use self::event::{Event, EventKind};
pub use self::payload::ChannelType;
pub use self::send::Outgoing;
