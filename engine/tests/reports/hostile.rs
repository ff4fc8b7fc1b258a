//! Whatever text a stranger puts wherever text may stand: no format lets it act on whoever prints the report.

use cortex_engine::report::{FORMATS, Report, Style};
use proptest::prelude::*;
use serde_json::Value;

use crate::{sample, written};

/// Adds to every text of the report that a stranger has a hand in.
fn spoil(value: &mut Value, key: &str, before: &str, after: &str) {
    // These are words and ids of ours; an unknown word would not be read back.
    const OURS: [&str; 9] = [
        "schema_version",
        "kind",
        "severity",
        "status",
        "scope",
        "type",
        "fingerprint",
        "ecosystem",
        "hash",
    ];
    match value {
        Value::String(text) if !OURS.contains(&key) => *text = format!("{before}{text}{after}"),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| spoil(item, key, before, after)),
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                spoil(field, key, before, after);
            }
        }
        _ => {}
    }
}

fn check(before: &str, after: &str) {
    let mut value = serde_json::to_value(sample::rich()).unwrap();
    spoil(&mut value, "", before, after);
    let report: Report = serde_json::from_value(value).unwrap();
    for format in FORMATS {
        // The official schema for SARIF, our own for JSON: whatever the text, they hold.
        let schema = match format.name {
            "sarif" => Some(&*crate::sarif::SCHEMA),
            "json" => Some(&*crate::json::SCHEMA),
            _ => None,
        };
        if let Some(schema) = schema {
            let output = written(&report, format.name, Style::PLAIN);
            schema
                .validate(&serde_json::from_str(&output).unwrap())
                .unwrap();
        }
        for width in [40, 100] {
            let output = written(
                &report,
                format.name,
                Style {
                    color: false,
                    width,
                },
            );
            for line in output.split('\n') {
                let acts = |character: char| {
                    character.is_control()
                        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
                };
                assert!(!line.contains(acts), "{}: {line:?}", format.name);
                assert!(
                    !line.trim_start().starts_with("::"),
                    "{}: {line:?}",
                    format.name
                );
                for command in ["##[", "##vso["] {
                    assert!(!line.contains(command), "{}: {line:?}", format.name);
                }
            }
        }
    }
}

#[test]
fn known_attacks() {
    for attack in [
        "\u{1b}[2J\u{1b}]8;;http://evil.example\u{7}",
        "::error file=a,line=1::x",
        "\n::set-output name=x::y\n",
        "\u{a0}::add-mask::x ",
        "##[error]",
        "##vso[task.complete]",
        "##",
        "\r##[group]\r\n",
        "\u{9b}31m\u{85}\u{2028}\u{202e}\u{feff}::warning::",
        "</script><script>",
        "=cmd|' /c calc'!A0",
    ] {
        check(attack, "");
        check("", attack);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text(
        before in "(\\PC|[\u{0}-\u{1f}]|::|##|\\[|vso|\n|\u{202e}|\u{9b}){0,12}",
        after in "(\\PC|[\u{0}-\u{1f}]|::|##|\\[|vso|\n|\u{202e}|\u{9b}){0,12}",
    ) {
        check(&before, &after);
    }
}
