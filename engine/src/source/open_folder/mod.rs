//! A folder on disk that is open: its entries, and what the system tells of them.
//!
//! A walk lists the folders beside each other one after the other. Where the system can look up a name below an open
//! folder, that spares looking up all folders above for each of them.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "portable.rs"]
mod system;

pub(super) use system::OpenFolder;
