//! What holds for all code of a small grammar, and for text that is no code at all.

use cortex_engine::matching::{FileLimits, FileScanner};
use proptest::prelude::*;

use super::compile;

/// An expression as words, so that the space between them can vary.
fn expression() -> impl Strategy<Value = Vec<String>> {
    let words = |text: &[&str]| {
        text.iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let leaf = prop_oneof![
        Just(words(&["a"])),
        Just(words(&["bc"])),
        Just(words(&["12"])),
        Just(words(&["'text'"])),
        Just(words(&["null"])),
        Just(words(&["this"])),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop_oneof![Just("+"), Just("&&"), Just("*"), Just("===")],
                inner.clone()
            )
                .prop_map(|(left, operator, right)| {
                    [
                        vec!["(".into()],
                        left,
                        vec![operator.into()],
                        right,
                        vec![")".into()],
                    ]
                    .concat()
                }),
            ("[f-h]", prop::collection::vec(inner.clone(), 0..3)).prop_map(|(name, arguments)| {
                [
                    vec![name, "(".into()],
                    arguments.join(&",".to_owned()),
                    vec![")".into()],
                ]
                .concat()
            }),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| {
                [
                    vec!["[".into()],
                    items.join(&",".to_owned()),
                    vec!["]".into()],
                ]
                .concat()
            }),
            (inner.clone(), "[p-r]").prop_map(|(object, property)| {
                [
                    vec!["(".into()],
                    object,
                    vec![")".into(), ".".into(), property],
                ]
                .concat()
            }),
            (inner.clone(), inner.clone()).prop_map(|(object, key)| {
                [
                    vec!["(".into()],
                    object,
                    vec![")".into(), "[".into()],
                    key,
                    vec!["]".into()],
                ]
                .concat()
            }),
            inner.clone().prop_map(|value| {
                [
                    vec!["(".into(), "{".into(), "k".into(), ":".into()],
                    value,
                    vec!["}".into(), ")".into()],
                ]
                .concat()
            }),
            inner.prop_map(
                |operand| [vec!["!".into(), "(".into()], operand, vec![")".into()]].concat()
            ),
        ]
    })
}

/// Any call, so that a pattern cut from code is never a lone name or literal.
fn call() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(expression(), 1..3).prop_map(|arguments| {
        [
            vec!["f".into(), "(".into()],
            arguments.join(&",".to_owned()),
            vec![")".into()],
        ]
        .concat()
    })
}

fn yaml(pattern: &str) -> String {
    format!("pattern: {}", serde_json::to_string(pattern).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_pattern_cut_from_code_matches_that_code(before in call(), cut in call(), after in call()) {
        let cut = cut.concat();
        let prefix = format!("{};\nx = ", before.concat());
        let code = format!("{prefix}{cut};\n{};\n", after.concat());
        for path in ["a.js", "a.ts"] {
            let rules = compile(path, &yaml(&cut)).map_err(TestCaseError::fail)?;
            let outcome = FileScanner::new().scan(&rules, path, code.as_bytes(), &FileLimits::default());
            let place = (prefix.len() as u32, (prefix.len() + cut.len()) as u32);
            prop_assert!(
                outcome.matches.iter().any(|found| (found.start, found.end) == place),
                "{path}: {cut:?} in {code:?}: {outcome:?}"
            );
        }
    }

    #[test]
    fn space_changes_no_finding(
        statements in prop::collection::vec(call(), 1..5),
        spaces in prop::collection::vec(prop_oneof![Just(" "), Just("\n    "), Just("\t"), Just(" /* c */ ")], 1..9),
    ) {
        let plain: String = statements.iter().map(|words| words.concat() + ";\n").collect();
        let mut gaps = spaces.iter().cycle();
        let mut spaced = String::new();
        for words in &statements {
            for word in words {
                spaced.push_str(word);
                spaced.push_str(gaps.next().unwrap());
            }
            spaced.push_str(";\n");
        }
        for pattern in ["f($X)", "$A + $B", "$O.p", "f(..., a, ...)", "<... bc ...>", "$X === $X", "[..., 12, ...]"] {
            let rules = compile("a.js", &yaml(pattern)).map_err(TestCaseError::fail)?;
            let mut scanner = FileScanner::new();
            let mut texts = |code: &str| -> Vec<String> {
                scanner
                    .scan(&rules, "a.js", code.as_bytes(), &FileLimits::default())
                    .matches
                    .iter()
                    .map(|found| {
                        code[found.start as usize..found.end as usize]
                            .replace("/* c */", "")
                            .split_whitespace()
                            .collect::<String>()
                    })
                    .collect()
            };
            prop_assert_eq!(texts(&plain), texts(&spaced), "{} in {:?}", pattern, spaced);
        }
    }

    #[test]
    fn any_text_as_a_pattern_is_a_pattern_or_an_error(
        text in prop_oneof![
            any::<String>(),
            "[a-c$X.(){}\\[\\],;:'\"`<>=~/+! \n]{0,40}",
            "(\\.\\.\\.|<\\.\\.\\.|\\.\\.\\.>|\\$X|\\$\\.\\.\\.Y|f\\(|\\)|\\{|\\}|if |class |import |=|,|;| |\"){0,12}",
        ]
    ) {
        for path in ["a.js", "a.tsx"] {
            if let Ok(rules) = compile(path, &yaml(&text)) {
                FileScanner::new().scan(&rules, path, b"f(a, {b: 'c'}); class A { m() { if (x) y() } }", &FileLimits::default());
            }
        }
    }

    #[test]
    fn any_bytes_as_code_end_in_an_outcome(
        code in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            "[a-c$X.(){}\\[\\],;:'\"`<>=~/+! \n]{0,120}".prop_map(String::into_bytes),
            "(f\\(|\\)|\\{|\\}|if |else |class |import |=>|=|,|;| |'|`|\\$\\{|a){0,40}".prop_map(String::into_bytes),
        ]
    ) {
        for path in ["a.js", "a.ts", "a.jsx"] {
            for pattern in ["$X", "f(..., <... $A ...>, ...)", "$X = $Y; ... ; f($X)", "class $C { ... }"] {
                let rules = compile(path, &yaml(pattern)).map_err(TestCaseError::fail)?;
                let outcome = FileScanner::new().scan(&rules, path, &code, &FileLimits::default());
                for found in &outcome.matches {
                    prop_assert!(found.start <= found.end && found.end as usize <= code.len());
                }
            }
        }
    }
}
