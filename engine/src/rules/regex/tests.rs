//! What PCRE means, kept by both engines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;

use super::*;

fn found(source: &str, text: &str) -> Vec<String> {
    let regex = Regex::new(source).unwrap();
    let hits = regex.find_all(text, 100).unwrap();
    hits.into_iter()
        .map(|hit| text[hit.range].to_owned())
        .collect()
}

fn literals(source: &str) -> Option<Vec<String>> {
    let found = Regex::new(source).unwrap().required_literals()?;
    let shown = |literal: RequiredLiteral| {
        let flags = if literal.caseless { "(?i)" } else { "" };
        format!("{flags}{}", literal.text)
    };
    Some(found.into_iter().map(shown).collect())
}

#[test]
fn pcre_only_syntax_means_what_pcre_means() {
    let cases: &[(&str, &str, &[&str])] = &[
        (r"a\/b", "a/b", &["a/b"]),
        (r"{{\s*x\s*}}", "{{ x }}", &["{{ x }}"]),
        (r"a{,2}", "a{,2} aa", &["a{,2}"]),
        (r"[[a]+", "[[a]", &["[[a"]),
        (r"[]x]+", "]x[", &["]x"]),
        (r"[\w-.]+", "a-b.c!", &["a-b.c"]),
        (r"[a\-z]+", "a-zb", &["a-z"]),
        (r"[a&&b~~]+", "a&b~c", &["a&b~"]),
        (r"[[:alpha:][:^digit:]]+", "a!1", &["a!"]),
        (r"\<b\>", "<b>", &["<b>"]),
        (r"a\hb", "a\tb a\nb", &["a\tb"]),
        (r"\x41\x{42}\103\cA", "ABC\x01", &["ABC\x01"]),
        (r"\Qa.b\E+", "a.bb axb", &["a.bb"]),
        (
            r"(?x) a b # ab
           \ c",
            "ab c",
            &["ab c"],
        ),
        (r"(?<q>['`])x\k<q>", "'x' `x'", &["'x'"]),
        (r"(?P<q>.)(?P=q)", "abba", &["bb"]),
        (r"(a)(b)\2\g{-1}", "abbb", &["abbb"]),
        (r"\d+", "12 \u{664}", &["12"]),
        (r"^b$", "a\nb\nc", &["b"]),
        (r"c\Z", "c\nc\n", &["c"]),
        (r"foo\Kbar", "foobar bar", &["bar"]),
        (r"a++b|c?+d", "aab cd", &["aab", "cd"]),
        (r"(?:ab){2}+c", "ababc", &["ababc"]),
        (r"(?>a|ab)c", "abc ac", &["ac"]),
        (r"(?<!x)y(?=z)", "xyz yz", &["y"]),
        (r"(?=a){2,}\w", "ab", &["a"]),
        (r"(a)?(?(1)b|c)", "ab c", &["ab", "c"]),
        (r"\((?:[^()]|(?R))*\)", "x(a(b)c)", &["(a(b)c)"]),
        (r"(?i)key(?-i)X", "KEYX keyx", &["KEYX"]),
    ];
    for (source, text, expected) in cases {
        assert_eq!(&found(source, text), expected, "{source}");
    }
}

#[test]
fn malformed_expressions_say_where() {
    for (source, at) in [
        ("a(b", 3),
        ("ab)", 2),
        ("*a", 0),
        ("a[b", 1),
        (r"a\yb", 1),
        ("[z-a]", 1),
    ] {
        match Regex::new(source) {
            Err(RegexError::Syntax { position, .. }) => assert_eq!(position, at, "{source}"),
            other => panic!("{source}: {other:?}"),
        }
    }
    assert!(Regex::new(&"(".repeat(50_000)).is_err());
    assert!(Regex::new("(a{1000}){1000}").is_err());
}

#[test]
fn groups_are_numbered_and_named() {
    let regex = Regex::new(r"(?<scheme>\w+)://(\d+)?(?!x)").unwrap();
    assert_eq!(regex.group_count(), 2);
    assert_eq!(regex.group_names(), [Some("scheme".to_owned()), None]);
    let hits = regex.find_all("é ftp://", 9).unwrap();
    assert_eq!(
        hits,
        [RegexMatch {
            range: 3..9,
            groups: vec![Some(3..6), None]
        }]
    );
}

#[test]
fn a_match_at_the_start_is_anchored() {
    let anchored =
        |source: &str, text| Regex::new(source).unwrap().is_match_at_start(text).unwrap();
    assert!(anchored("b*a", "abc"));
    assert!(!anchored("b", "abc"));
    assert!(!anchored("(?!a)b", "ab"));
    assert!(anchored("(?!b)", "ab"));
}

#[test]
fn backtracking_ends() {
    let regex = Regex::new(r"(a+)+\1b(?!c)").unwrap();
    let text = "a".repeat(5_000) + "b";
    let hostile = "a".repeat(5_000) + "c" + &"a".repeat(40) + "bc";
    assert_eq!(regex.is_match(&text), Ok(true));
    assert_eq!(regex.is_match(&hostile), Err(BudgetExceeded));
    assert_eq!(regex.is_match(&"a".repeat(100_000)), Ok(false));
}

#[test]
fn expressions_within_a_text() {
    let within = |source| {
        Regex::new(source)
            .unwrap()
            .within_text()
            .map(|regex| regex.to_string())
    };
    assert_eq!(
        within(r"^(?:.*_)?(?:pass|pwd)$").unwrap(),
        "(?:(?:pass)|(?:pwd))"
    );
    assert_eq!(within(r"^\w+$"), None);
}

#[test]
fn required_literals_are_in_every_match() {
    let some = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(literals(r"\bAKIA[0-9A-Z]{16}\b"), some(&["AKIA"]));
    assert_eq!(literals(r"https?://[^/]+\.internal"), some(&[".internal"]));
    assert_eq!(
        literals("(?:eval|exec)Sync"),
        some(&["evalSync", "execSync"])
    );
    assert_eq!(literals("(?!secret)token=(?=x)"), some(&["token="]));
    assert_eq!(literals("(?i)secret"), some(&["(?i)secret"]));
    assert_eq!(literals("(?i)Ab-(?-i)C"), some(&["(?i)ab-c"]));
    assert_eq!(literals("[xX]y(?:z|[wW])"), some(&["(?i)xyw", "(?i)xyz"]));
    assert_eq!(literals("(?i)\u{e9}tat"), some(&["(?i)tat"]));
    assert_eq!(literals("(foo)?bar|ba"), None);
    // What parts begin and end with stands beside the parts before and after.
    assert_eq!(literals("(?:ab?){2,}cd"), some(&["abcd", "acd"]));
    assert_eq!(
        literals("x[)-]+(?:yy[a-z]+|z0[0-9]+)"),
        some(&[")yy", ")z0", "-yy", "-z0"])
    );
    assert_eq!(literals("(?:a+|b?)cd"), None);
}

#[test]
fn what_looks_ahead_first_is_guarded() {
    for (source, guarded) in [
        ("(?i)^(?!.*xxx)[a-z]+$", true),
        ("(?is)\\A(?=a)(?![b)])c", true),
        ("(?!a)b|c", false),
        ("(?!a)b(?!c)", false),
        ("(?!a(?=b))c", false),
        ("(?=(a))b", false),
        ("(?!a)(b)\\1", false),
    ] {
        let regex = Regex::new(source).unwrap();
        let found = matches!(regex.0.exactly, Exactly::Guarded(_));
        assert_eq!(found, guarded, "{source}");
    }
}

#[test]
fn words_that_must_stand_alone() {
    let words = |source: &str| -> Option<Vec<String>> {
        let words = Regex::new(source).unwrap().whole_words(true)?;
        Some(words.into_iter().map(|word| word.text).collect())
    };
    let some = |words: &[&str]| Some(words.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(words("^(_?req|ctx)$"), some(&["_req", "ctx", "req"]));
    assert_eq!(words("(query|body)$"), some(&["body", "query"]));
    assert_eq!(words("(?i)^(Db)$"), some(&["db"]));
    assert_eq!(words("^(query|body)"), None);
    assert_eq!(words("^(a|bc)$"), None);
    assert_eq!(words(r"^(ab\()$"), None);
    assert_eq!(words("^ab.*$"), None);
    let anywhere = |source: &str| Regex::new(source).unwrap().whole_words(false);
    assert!(anywhere("^(host)$").is_some());
    assert!(anywhere("(host)$").is_none());
}

/// Expressions of parts that are known whole, by their ends, or not at all.
fn expressions() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "bc",
        "[ab]",
        "c+",
        "d?",
        "(?:a|bc)",
        "(?:ab?|d)",
        "(?:b|ca)+",
        "(?:ab[cd]*|d+a)",
        "(?:a+|bd){2}",
        "(?:cd)*",
        ".",
        r"\b",
    ]);
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_compiles_or_is_refused(source in r"[\\\[\](){}?*+|^$.,:<>=!#&~abwdpQEkgx1-9-]{0,24}", text in "[ab1 ]{0,12}") {
        if let Ok(regex) = Regex::new(&source) {
            let _ = regex.find_all(&text, 10);
            let _ = regex.is_match_at_start(&text);
            let _ = regex.required_literals();
        }
    }

    #[test]
    fn look_around_finds_what_the_linear_engine_finds(source in "[ab][ab.*]{0,6}", text in "[ab]{0,12}") {
        prop_assume!(!source.contains("**"));
        let plain = Regex::new(&source).unwrap().find_all(&text, 50).unwrap();
        let fancy = Regex::new(&format!("(?:)(?=){source}")).unwrap().find_all(&text, 50).unwrap();
        prop_assert_eq!(plain, fancy);
    }

    #[test]
    fn guards_find_what_backtracking_finds(
        anchor in "[\\^]?",
        looks in prop::collection::vec(prop::sample::select(vec!["(?!a)", "(?!.*b)", "(?=a|bb)", "(?!(a)b|[)c]$)", "(?!\\()"]), 1..3),
        source in "(\\(a\\))?[abc][abc.*]{0,6}",
        text in "[abc(\n]{0,12}",
    ) {
        prop_assume!(!source.contains("**"));
        let source = format!("{anchor}{}{source}", looks.concat());
        let guarded = Regex::new(&source).unwrap();
        prop_assert!(matches!(guarded.0.exactly, Exactly::Guarded(_)), "{}", source);
        let fancy = Regex::new(&format!("(?:){source}")).unwrap();
        prop_assert!(matches!(fancy.0.exactly, Exactly::Backtracking(_)));
        prop_assert_eq!(guarded.find_all(&text, 50).unwrap(), fancy.find_all(&text, 50).unwrap());
        prop_assert_eq!(guarded.is_match(&text).unwrap(), fancy.is_match(&text).unwrap());
        prop_assert_eq!(guarded.is_match_at_start(&text).unwrap(), fancy.is_match_at_start(&text).unwrap());
        prop_assert_eq!(guarded.group_count(), fancy.group_count());
    }

    #[test]
    fn a_match_holds_a_required_literal(source in expressions(), text in "[abcd]{0,16}") {
        let regex = Regex::new(&source).unwrap();
        if let Some(literals) = regex.required_literals() && regex.is_match(&text).unwrap() {
            prop_assert!(literals.iter().any(|literal| text.contains(&literal.text)), "{} in {}", source, text);
        }
    }

    #[test]
    fn a_caseless_match_holds_a_required_literal(source in expressions(), text in "[abcdksABKS\u{17f}\u{212a}]{0,16}") {
        let source = source.replace('c', "k").replace('d', "s");
        let regex = Regex::new(&format!("(?i){source}")).unwrap();
        let folds = text.contains(['\u{17f}', '\u{212a}']);
        if let Some(literals) = regex.required_literals() && !folds && regex.is_match(&text).unwrap() {
            let text = text.to_ascii_lowercase();
            prop_assert!(literals.iter().any(|literal| text.contains(&literal.text)), "{} in {}", source, text);
        }
    }

    #[test]
    fn what_a_part_matches_is_found_in_the_whole(source in "(\\^)?(\\.\\*)?a[bc]{1,2}(d|\\\\be)?f?[$]?", part in "[abcdef]{0,8}", around in "[ax \n]{0,3}") {
        let regex = Regex::new(&source).unwrap();
        if let Some(anywhere) = regex.within_text() && regex.is_match(&part).unwrap() {
            let text = format!("{around}{part}{around}");
            prop_assert!(anywhere.is_match(text.as_bytes()), "{} in {:?}", anywhere, text);
        }
    }
}
