//! The bytes of an advisory index: opened, verified and asked.

#![no_main]

use cortex_advisories::Database;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(database) = Database::from_bytes(data.to_vec()) else {
        return;
    };
    let _ = database.verify();
    for (ecosystem, name, version) in [
        ("npm", "minimist", "1.2.5"),
        ("npm", "lodash", "4.17.20"),
        ("npm", "", ""),
        ("crates.io", "time", "0.1.43"),
    ] {
        let _ = database.query(ecosystem, name, version);
    }
    let _ = database.query_purl("pkg:npm/%40babel/traverse@7.0.0");
    let _ = database.epss("CVE-2021-44906");
    let _ = database.is_known_exploited("CVE-2021-44906");
});
