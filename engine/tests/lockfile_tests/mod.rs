mod common;
mod fixtures;
mod hostile;
#[path = "../../../advisories/tests/common/plain.rs"]
mod plain;
mod round_trip;
mod shared;
