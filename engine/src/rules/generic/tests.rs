#![allow(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;

use super::GenericPattern;
use crate::rules::rule::RuleOptions;

/// Pattern, text, the matches that the reference reports.
const CASES: &[(&str, &str, &[&str])] = &[
    ("a ... z", "a b z", &["a b z"]),
    ("a ... z", "a\nb\nz", &["a\nb\nz"]),
    ("a ... z", "a\n(b)\nz", &["a\n(b)\nz"]),
    ("a ... z", "a (b z) c z", &["a (b z"]),
    ("( ... x", "(a (x) x", &["(x"]),
    ("a ... z", "(a b) z", &[]),
    ("a ... z", "{ a\n} z", &["a\n} z"]),
    ("a ... z", "a\n\n\n\n\n\n\n\n\nz", &["a\n\n\n\n\n\n\n\n\nz"]),
    (
        "a ... z",
        "a\n\n\n\n\n\n\n\n\n\nz",
        &["a\n\n\n\n\n\n\n\n\n\nz"],
    ),
    ("a ... z", "a\n\n\n\n\n\n\n\n\n\n\nz", &[]),
    (
        "a ... z",
        "a\nb\nb\nb\nb\nb\nb\nb\nb\nb\nz",
        &["a\nb\nb\nb\nb\nb\nb\nb\nb\nb\nz"],
    ),
    ("a ... z", "a\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nz", &[]),
    ("$X = $X", "a = b, c = c", &["c = c"]),
    ("$X = $Y", "foo=bar", &["foo=bar"]),
    ("$X", "foo-bar baz", &["foo", "bar", "baz"]),
    ("$X = $Y", "'a' = 1.5", &[]),
    (
        "set $...ARGS ;",
        "set a b ;\nset c\n;",
        &["set a b ;", "set c\n;"],
    ),
    ("set $...ARGS ;", "set ;", &["set ;"]),
    ("f($...A)", "f(a, b, (c))", &["f(a, b, (c)"]),
    ("f(...)", "f(a,\n b, (c))", &["f(a,\n b, (c)"]),
    ("f(...)", "f()", &["f()"]),
    ("f(...)", "f ( )", &["f ( )"]),
    ("foo: $X", "foo: bar", &["foo: bar"]),
    ("foo:\n  bar", "foo:\n  bar", &["foo:\n  bar"]),
    ("foo:\n  bar", "foo: bar", &[]),
    ("foo:\n  bar", "foo:\nbar", &[]),
    ("foo bar", "foo\nbar", &["foo\nbar"]),
    ("foo bar", "foo\n  bar", &["foo\n  bar"]),
    (
        "foo:\n  ...\n  bar",
        "foo:\n  x\n  bar",
        &["foo:\n  x\n  bar"],
    ),
    ("foo:\n  ...\n  bar", "foo:\n  x\nbar", &[]),
    ("foo\n...\nbar", "foo\n  x\n  bar", &["foo\n  x\n  bar"]),
    ("foo\n...\nbar", "foo\n  x\nbar", &["foo\n  x\nbar"]),
    ("foo\n...", "foo\na\nb", &["foo\na\nb"]),
    ("foo ...", "foo a b\nc d", &["foo a b\nc d"]),
    ("foo ...", "foo\n  a\n  b\nc", &["foo\n  a\n  b\nc"]),
    ("... foo", "a b\nc foo", &["a b\nc foo"]),
    ("<script>", "<script>", &["<script>"]),
    ("< script >", "<script>", &["<script>"]),
    (
        "<%- $X %>",
        "<%- name %> <%-x%>",
        &["<%- name %>", "<%-x%>"],
    ),
    ("{{{ ... }}}", "{{{ a b }}} {{ c }}", &["{{{ a b }}}"]),
    ("a.b", "a.b", &["a.b"]),
    ("a.b", "a . b", &["a . b"]),
    ("a-b", "a-b", &["a-b"]),
    ("a-b", "a - b", &["a - b"]),
    ("A", "a", &[]),
    ("foo", "foobar", &[]),
    ("foo", "foo_bar", &[]),
    ("foo", "foo-bar", &["foo"]),
    ("1", "1.5", &["1"]),
    ("é", "é", &["é"]),
    ("日本", "日本語", &["日本"]),
    (
        "\"...\"",
        "\"a b\" c \"d\"",
        &["\"a b\"", "\" c \"", "\"d\""],
    ),
    ("'...'", "'a b' c", &["'a b'"]),
    ("x ... y", "x 'y", &["x 'y"]),
    ("x ... y", "x ( y", &["x ( y"]),
    ("x ... y", "x ) y", &["x ) y"]),
    ("x ... y", "x [ y ]", &["x [ y"]),
    ("x ... y", "x { a } y", &["x { a } y"]),
    ("a ... b ... c", "a 1 b 2 c", &["a 1 b 2 c"]),
    ("a ... a", "a a a", &["a a", "a a"]),
    ("a a", "a a a a", &["a a", "a a", "a a"]),
    ("a ... b", "a a b b", &["a b"]),
    ("(a)", "((a))", &["(a)"]),
    ("( ... )", "((a))", &["(a)"]),
    ("( ... )", "(a) (b)", &["(a)", "(b)"]),
    ("$X: $X", "a: a", &["a: a"]),
    ("$X ... $X", "a b a", &["a b a"]),
    ("$_ = $_", "a = b", &[]),
    ("$...X", "a b", &["a b"]),
    ("a $...X b", "a 1 2 b", &["a 1 2 b"]),
    ("a $...X b", "a 1\n2 b", &["a 1\n2 b"]),
    ("a $...X b", "a\n1 b", &["a\n1 b"]),
    ("a $...X b c", "a b b c", &["a b b c"]),
    ("$...X = 1", "a b = 1", &["a b = 1"]),
    ("$x", "$x", &["$x"]),
    ("$X", "$X", &["X"]),
    ("$1", "$1", &["$1"]),
    ("a $ b", "a $ b", &["a $ b"]),
    ("...", "a b\nc", &["a b\nc"]),
    ("a...b", "a.b", &["a.b"]),
    ("a...b", "a x b", &["a x b"]),
    ("a ....", "a . b", &[]),
    ("a ... ... b", "a x b", &["a x b"]),
    ("foo\nbar", "foo\nbar", &["foo\nbar"]),
    ("foo\nbar", "foo bar", &["foo bar"]),
    ("foo\n\nbar", "foo\nbar", &["foo\nbar"]),
    ("foo\nbar", "foo\n\n\nbar", &["foo\n\n\nbar"]),
    ("  foo\n  bar", "foo\nbar", &[]),
    ("foo\n  bar\nbaz", "foo\n  bar\nbaz", &["foo\n  bar\nbaz"]),
    ("foo\n  bar\nbaz", "foo\n bar\nbaz", &["foo\n bar\nbaz"]),
    ("foo\n  bar\nbaz", "foo\nbar\nbaz", &[]),
    ("foo\n  bar\nbaz", "foo bar baz", &[]),
    ("a b", "a\n\n\nb", &["a\n\n\nb"]),
    ("a ... d", "a\n  b\n    c\n  d", &["a\n  b\n    c\n  d"]),
    ("a ... d", "  a\n  b\nd", &[]),
    ("a ... d", "    a\n  d", &[]),
    ("foo { ... }", "foo {\n a\n}", &["foo {\n a\n}"]),
    (
        "foo { ... bar ... }",
        "foo {\n a\n bar\n b\n}",
        &["foo {\n a\n bar\n b\n}"],
    ),
    (
        "foo { ... bar ... }",
        "foo {\n a {\n bar\n }\n b\n}",
        &["foo {\n a {\n bar\n }"],
    ),
    ("location $P { ... }", "location /x {\n  a;\n}", &[]),
    (
        "server { ... listen $P; ... }",
        "server {\n  a;\n  listen 80;\n  b;\n}\nserver {\n x;\n listen 443;\n}",
        &[
            "server {\n  a;\n  listen 80;\n  b;\n}",
            "server {\n x;\n listen 443;\n}",
        ],
    ),
    (
        "proxy_set_header Host $$host",
        "proxy_set_header Host $host;",
        &[],
    ),
    ("$http_host", "$http_host", &["$http_host"]),
    ("a = \"$X\"", "a = \"b\"", &["a = \"b\""]),
    ("a = \"$X\"", "a = \"b c\"", &[]),
    ("a = \"$...X\"", "a = \"b c\"", &["a = \"b c\""]),
    ("$X=$Y", "a==b", &[]),
    ("..x", "..x", &["..x"]),
    ("a..b", "a..b", &["a..b"]),
    ("#$X", "# foo", &["# foo"]),
    ("# ... foo", "# bar foo", &["# bar foo"]),
    ("a /* b", "a /* b", &["a /* b"]),
    ("a\tb", "a b", &["a b"]),
    ("foo;", "foo ;", &["foo ;"]),
    (
        "a ... z",
        "a (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) z",
        &["a (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) (b) z"],
    ),
    ("a ... z", "a ((b) z", &["a ((b) z"]),
    ("a ... ) z", "a ((b) z", &["a ((b) z"]),
    ("x { a ... b }", "x { a } b }", &["x { a } b }"]),
    (
        "Access-Control-Allow-Origin: *",
        "Access-Control-Allow-Origin: *",
        &["Access-Control-Allow-Origin: *"],
    ),
    (
        "<$TAG ... href=\"$URL\" ...>",
        "<a class=\"b\" href=\"http\" id=x>",
        &["<a class=\"b\" href=\"http\" id=x>"],
    ),
    (
        "<$TAG ... href=$...URL ...>",
        "<a class=\"b\" href=x/y id=x>",
        &["<a class=\"b\" href=x/y id=x>"],
    ),
    ("$A ... $B", "a b c", &["a b", "b c"]),
    ("a ... $B", "a b c", &["a b"]),
    ("a ... $B c", "a b c", &["a b c"]),
    ("f($X, ...)", "f(a)", &[]),
    ("f($X ...)", "f(a)", &["f(a)"]),
    ("f(..., $X)", "f(a, b)", &["f(a, b)"]),
    ("f(..., x, ...)", "f(a, x, b)", &["f(a, x, b)"]),
];

#[test]
fn matches_are_those_of_the_reference() {
    for (pattern, text, expected) in CASES {
        let parsed = GenericPattern::parse(pattern, &RuleOptions::default()).unwrap();
        let found: Vec<&str> = parsed
            .find_all(text, &mut 1_000_000)
            .iter()
            .map(|found| &text[found.range.clone()])
            .collect();
        assert_eq!(&found, expected, "{pattern:?} in {text:?}");
    }
}

fn bound(pattern: &str, text: &str, options: &RuleOptions) -> Vec<String> {
    let pattern = GenericPattern::parse(pattern, options).unwrap();
    pattern
        .find_all(text, &mut 1_000_000)
        .iter()
        .flat_map(|found| &found.bindings)
        .map(|(name, range)| format!("{name}={}", &text[range.clone()]))
        .collect()
}

#[test]
fn bindings() {
    let options = RuleOptions::default();
    assert_eq!(
        bound("set $...ARGS ;", "set a b ;", &options),
        ["$...ARGS= a b"]
    );
    assert_eq!(bound("set $...ARGS ;", "set ;", &options), ["$...ARGS="]);
    assert_eq!(
        bound("$X = $...Y;", "  a = b c;", &options),
        ["$X=a", "$...Y= b c"]
    );
    assert_eq!(bound("a $...X ... b", "a c b", &options), ["$...X= c"]);
    assert_eq!(bound("$...A = $...A", "x y=x y", &options), ["$...A=x y"]);
    assert!(bound("$...A = $...A", "x y = x y", &options).is_empty());
    assert_eq!(bound("$Foo $Foo", "a b a a", &options), ["$Foo=a"]);
}

#[test]
fn switches() {
    let with = |name: &str, value: serde_json::Value| {
        let mut options = RuleOptions::default();
        options.raw.insert(name.to_owned(), value);
        options
    };
    let cpp = with("generic_comment_style", "cpp".into());
    assert_eq!(bound("a $X", "a // é c\n b", &cpp), ["$X=b"]);
    assert_eq!(bound("a $X", "a /* c\n */ b", &cpp), ["$X=b"]);
    let shell = with("generic_comment_style", "shell".into());
    assert_eq!(bound("a $X", "a # c\n b", &shell), ["$X=b"]);
    let one_line = RuleOptions {
        generic_ellipsis_max_span: 0,
        ..RuleOptions::default()
    };
    assert_eq!(
        bound("a ... $X z", "a b\nc z", &one_line),
        Vec::<String>::new()
    );
    assert_eq!(bound("a ... $X z", "a b c z", &one_line), ["$X=c"]);
    let caseless = RuleOptions {
        generic_caseless: true,
        ..RuleOptions::default()
    };
    assert_eq!(bound("Foo $X", "fOO bar", &caseless), ["$X=bar"]);
}

#[test]
fn literals_are_the_words_that_must_be_there() {
    let literals = |pattern: &str| {
        GenericPattern::parse(pattern, &RuleOptions::default())
            .unwrap()
            .required_literals()
    };
    assert_eq!(
        literals("proxy_pass $$X:// ... a;\n  foo"),
        ["proxy_pass", "foo"]
    );
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    for pattern in ["", " \n", "... $...X", "$...X $...Y"] {
        assert!(
            GenericPattern::parse(pattern, &RuleOptions::default()).is_err(),
            "{pattern:?}"
        );
    }
    let deep = (0..200).fold(String::new(), |text, depth| {
        text + &" ".repeat(depth) + "a\n"
    });
    assert!(GenericPattern::parse(&deep, &RuleOptions::default()).is_err());
    assert!(GenericPattern::parse(&"... a ".repeat(200), &RuleOptions::default()).is_err());
    assert!(GenericPattern::parse(&".".repeat(20_000), &RuleOptions::default()).is_err());
}

#[test]
fn one_long_line_takes_linear_time() {
    let text = "a b ( ".repeat(50_000);
    for pattern in ["a ... z", "a ... b ... c ... z", "( ... $X ... ) ... z"] {
        let pattern = GenericPattern::parse(pattern, &RuleOptions::default()).unwrap();
        let mut budget = 20_000_000;
        assert!(pattern.find_all(&text, &mut budget).is_empty());
        assert!(budget > 0, "{pattern:?}");
    }
    let brackets = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    let pattern = GenericPattern::parse("( $X )", &RuleOptions::default()).unwrap();
    assert_eq!(pattern.find_all(&brackets, &mut 20_000_000).len(), 1);
}

proptest! {
    #[test]
    fn never_panics(pattern in "(a|b|\\$X|\\$\\.\\.\\.Y|\\.\\.\\.| |\n  |\\(|\\)|é){1,12}", text in "(a|b|c| |\n|\n  |\n    |\\(|\\)|\\[|\\]|é){0,60}") {
        if let Ok(pattern) = GenericPattern::parse(&pattern, &RuleOptions::default()) {
            for found in pattern.find_all(&text, &mut 100_000) {
                prop_assert!(text.get(found.range).is_some());
                for (_, range) in found.bindings {
                    prop_assert!(text.get(range).is_some());
                }
            }
        }
    }

    /// What is remembered of failed attempts changes no result.
    #[test]
    fn remembering_changes_nothing(pattern in "(a |b |\\.\\.\\. |\\( |\\) ){1,8}", text in "(a|b|c|\n|\n  |\\(|\\)| ){0,60}") {
        let Ok(pattern) = GenericPattern::parse(&pattern, &RuleOptions { generic_ellipsis_max_span: 2, ..RuleOptions::default() }) else {
            return Ok(());
        };
        let mut forgetful = pattern.clone();
        forgetful.parsed.repeats = true;
        let mut plenty = u64::MAX;
        prop_assert_eq!(pattern.find_all(&text, &mut plenty), forgetful.find_all(&text, &mut 50_000_000));
    }
}
