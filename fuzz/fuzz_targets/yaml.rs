//! YAML, and what it becomes as JSON.

#![no_main]

use cortex_engine::yaml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(value) = yaml::parse(text)
    {
        let _ = value.to_json().to_string();
    }
});
