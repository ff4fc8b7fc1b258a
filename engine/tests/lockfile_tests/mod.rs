mod common;
mod fixtures;
#[path = "../../../advisories/tests/common/plain.rs"]
mod plain;
mod shared;
