//! `cortex.toml`.

#![no_main]

use cortex_engine::config::Config;
use cortex_engine::select::Selection;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(config) = Config::parse(data) {
        config.apply(&mut Selection::default());
    }
});
