//! Advisories in the OSV format.

#![no_main]

use cortex_advisories::osv::Record;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(record) = Record::from_json(data) {
        let _ = record.is_withdrawn();
        let _ = format!("{record:?}");
    }
});
