//! `yarn.lock` and, after a NUL byte, the manifest beside it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cortex_fuzz::lockfile("yarn.lock", data));
