//! The front end against tree-sitter and the lowering: the same tree, node for node.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and shares of what is taken are worth seeing"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::{Buffers, parse};
use crate::language::Dialect;
use crate::tree::{Notes, Parser, Tree, Vocabulary};

const LIMIT: Duration = Duration::from_secs(20);

/// A vocabulary of every word of a text.
fn words(source: &[u8]) -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || *byte >= 0x80;
    for word in source.split(|byte| !is_name(byte)) {
        vocabulary.add(word);
    }
    for quoted in source.split(|byte| matches!(byte, b'"' | b'\'' | b'`')) {
        if quoted.len() < 80 {
            vocabulary.add(quoted);
        }
    }
    vocabulary
}

fn lowered(
    parser: &mut Parser,
    source: &[u8],
    dialect: Dialect,
    words: &Vocabulary,
    tree: &mut Tree,
) -> Option<Notes> {
    parser
        .parse_slowly(source, dialect, words, LIMIT, tree)
        .ok()
}

/// The first difference of two trees, to be read by people.
fn difference(ours: &Tree, theirs: &Tree, source: &[u8]) -> Option<String> {
    let show = |tree: &Tree, at: usize| {
        tree.nodes.get(at).map_or("(none)".to_owned(), |node| {
            let text = source
                .get(node.start as usize..node.end as usize)
                .unwrap_or_default();
            let text: String = String::from_utf8_lossy(text).chars().take(60).collect();
            format!(
                "{at}: {:?} {}..{} next {} parent {} name {} sub {} flags {:#x} {text:?}",
                node.kind,
                node.start,
                node.end,
                node.next,
                node.parent,
                node.name.index(),
                node.sub,
                node.flags
            )
        })
    };
    let same = |at: usize| match (ours.nodes.get(at), theirs.nodes.get(at)) {
        (Some(a), Some(b)) => {
            (
                a.start, a.end, a.next, a.parent, a.name, a.kind, a.sub, a.flags,
            ) == (
                b.start, b.end, b.next, b.parent, b.name, b.kind, b.sub, b.flags,
            )
        }
        (a, b) => a.is_none() && b.is_none(),
    };
    let length = ours.nodes.len().max(theirs.nodes.len());
    // Sizes and places of nodes above show a difference below; the deepest cause is what a reader wants.
    let local = |at: usize| match (ours.nodes.get(at), theirs.nodes.get(at)) {
        (Some(a), Some(b)) => {
            (a.start, a.end, a.name, a.kind, a.sub, a.flags)
                == (b.start, b.end, b.name, b.kind, b.sub, b.flags)
        }
        _ => false,
    };
    if (0..length).any(|at| !same(at)) {
        let at = (0..length)
            .find(|at| !local(*at))
            .or_else(|| (0..length).find(|at| !same(*at)))?;
        let start = theirs
            .nodes
            .get(at)
            .or(ours.nodes.get(at))
            .map_or(0, |node| node.start as usize);
        let line = source
            .get(..start)
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .count()
            - 1
            + 1;
        let mut text = format!("line {line}\n");
        for near in at.saturating_sub(1)..(at + 2).min(length) {
            text += &format!(
                "  ours   {}\n  theirs {}\n",
                show(ours, near),
                show(theirs, near)
            );
        }
        return Some(text);
    }
    if ours.parentheses != theirs.parentheses {
        let at = ours
            .parentheses
            .iter()
            .zip(&theirs.parentheses)
            .position(|(a, b)| a != b);
        let at = at.unwrap_or(ours.parentheses.len().min(theirs.parentheses.len()));
        return Some(format!(
            "parentheses {at}: ours {:?} theirs {:?}",
            ours.parentheses.get(at),
            theirs.parentheses.get(at)
        ));
    }
    None
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            files_below(&path, files);
        } else if kind.is_file() && Dialect::of_path(&path.to_string_lossy()).is_some() {
            files.push(path);
        }
    }
}

#[derive(Default)]
struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
    taken: AtomicU64,
    taken_bytes: AtomicU64,
    faulty: AtomicU64,
    deep: AtomicU64,
    faulty_taken: AtomicU64,
    by_dialect: Mutex<BTreeMap<String, (u64, u64)>>,
    /// Where the front end gave up in files that parse.
    unsure: Mutex<Vec<(u64, String)>>,
    mismatches: Mutex<Vec<String>>,
}

fn compare(paths: &[PathBuf], counts: &Counts) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            std::thread::Builder::new()
                .stack_size(8 << 20)
                .spawn_scoped(scope, || {
                    let (mut parser, mut buffers) = (Parser::new(), Buffers::default());
                    let (mut ours, mut theirs) = (Tree::default(), Tree::default());
                    while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                        compare_file(
                            path,
                            counts,
                            &mut parser,
                            &mut buffers,
                            &mut ours,
                            &mut theirs,
                        );
                    }
                })
                .unwrap();
        }
    });
}

fn compare_file(
    path: &Path,
    counts: &Counts,
    parser: &mut Parser,
    buffers: &mut Buffers,
    ours: &mut Tree,
    theirs: &mut Tree,
) {
    let Ok(source) = std::fs::read(path) else {
        return;
    };
    let name = path.to_string_lossy();
    let Some(dialect) = Dialect::of_path(&name) else {
        return;
    };
    if source.len() > 1_000_000 {
        return;
    }
    let words = words(&source);
    super::gave_up_at();
    let taken = parse(&source, dialect, &words, buffers, ours).is_ok();
    let Some(notes) = lowered(parser, &source, dialect, &words, theirs) else {
        return;
    };
    let differs = !taken || difference(ours, theirs, &source).is_some();
    // What the grammar made up for something that is missing is no error to the lowering, but no tree to go by.
    let mut invented = || {
        parser
            .concrete(&source, dialect, LIMIT)
            .is_ok_and(|tree| tree.root_node().has_error())
    };
    if notes.syntax_error.is_some() || (differs && invented()) {
        counts.faulty.fetch_add(1, Ordering::Relaxed);
        counts
            .faulty_taken
            .fetch_add(u64::from(taken), Ordering::Relaxed);
        return;
    }
    if notes.too_deep.is_some() {
        counts.deep.fetch_add(1, Ordering::Relaxed);
        if taken {
            counts
                .mismatches
                .lock()
                .unwrap()
                .push(format!("{name}: too deep, yet taken"));
        }
        return;
    }
    counts.files.fetch_add(1, Ordering::Relaxed);
    counts
        .bytes
        .fetch_add(source.len() as u64, Ordering::Relaxed);
    let mut by_dialect = counts.by_dialect.lock().unwrap();
    let entry = by_dialect.entry(format!("{dialect:?}")).or_default();
    entry.0 += 1;
    entry.1 += u64::from(taken);
    drop(by_dialect);
    if !taken {
        let at = super::gave_up_at();
        let line = source
            .get(..at)
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .count()
            - 1
            + 1;
        let near = source
            .get(at.saturating_sub(40)..(at + 40).min(source.len()))
            .unwrap_or_default();
        let near = String::from_utf8_lossy(near).replace(['\n', '\r'], "⏎");
        counts
            .unsure
            .lock()
            .unwrap()
            .push((source.len() as u64, format!("{name}:{line}: {near}")));
    }
    if !taken {
        return;
    }
    counts.taken.fetch_add(1, Ordering::Relaxed);
    counts
        .taken_bytes
        .fetch_add(source.len() as u64, Ordering::Relaxed);
    if let Some(text) = difference(ours, theirs, &source) {
        counts
            .mismatches
            .lock()
            .unwrap()
            .push(format!("{name}: {text}"));
    }
}

fn report(folder: &Path, counts: &Counts) {
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    eprintln!(
        "{}: {} of {} files ({:.2} %), {:.2} % of bytes; {} with errors ({} of them taken), {} too deep; {:?}",
        folder.display(),
        number(&counts.taken),
        number(&counts.files),
        100.0 * number(&counts.taken) as f64 / (number(&counts.files) as f64).max(1.0),
        100.0 * number(&counts.taken_bytes) as f64 / (number(&counts.bytes) as f64).max(1.0),
        number(&counts.faulty),
        number(&counts.faulty_taken),
        number(&counts.deep),
        counts.by_dialect.lock().unwrap(),
    );
    let unsure = counts.unsure.lock().unwrap();
    for (_, place) in unsure.iter().take(shown("CORTEX_DIRECT_UNSURE", 0)) {
        eprintln!("  unsure: {place}");
    }
    let mismatches = counts.mismatches.lock().unwrap();
    for text in mismatches.iter().take(shown("CORTEX_DIRECT_SHOWN", 8)) {
        eprintln!("DIFFERENT {text}");
    }
    assert!(mismatches.is_empty(), "{} files differ", mismatches.len());
}

fn shown(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn trees_of_the_repository_are_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for name in ["engine/rules", "engine/tests", "fixtures"] {
        files_below(&folder.join(name), &mut files);
    }
    assert!(!files.is_empty());
    let counts = Counts::default();
    compare(&files, &counts);
    report(folder, &counts);
}

#[test]
fn trees_of_the_corpus_are_the_same() {
    let Some(folder) = std::env::var_os("CORTEX_BENCH_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CORTEX_BENCH_CORPUS names no folder");
        return;
    };
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    let counts = Counts::default();
    compare(&files, &counts);
    report(&folder, &counts);
}

/// Parses with the front end alone and asserts that what it is sure of is what tree-sitter sees.
fn holds(source: &str, dialect: Dialect) -> bool {
    let (mut parser, mut buffers) = (Parser::new(), Buffers::default());
    let (mut ours, mut theirs) = (Tree::default(), Tree::default());
    let words = words(source.as_bytes());
    let taken = parse(source.as_bytes(), dialect, &words, &mut buffers, &mut ours).is_ok();
    if taken {
        let notes = lowered(&mut parser, source.as_bytes(), dialect, &words, &mut theirs);
        let notes = notes.unwrap_or_default();
        assert_eq!(notes.too_deep, None);
        let concrete = parser.concrete(source.as_bytes(), dialect, LIMIT);
        if concrete.is_ok_and(|tree| !tree.root_node().has_error()) {
            let text = difference(&ours, &theirs, source.as_bytes());
            assert!(text.is_none(), "{}", text.unwrap_or_default());
        }
    }
    taken
}

const DIALECTS: [Dialect; 3] = [Dialect::JavaScript, Dialect::TypeScript, Dialect::Tsx];

#[test]
fn hostile_input_ends_soon_and_within_the_stack_of_a_thread() {
    let many = [
        "(",
        "[",
        "{",
        "!",
        "a=>",
        "a+",
        "a?b:",
        "a.b",
        "a[",
        "f(",
        "`${",
        "<a>",
        "f<",
        "f<f>(",
        "new ",
        "await ",
        "typeof ",
        "-",
        "- -",
        "++",
        "a**",
        "a,",
        "a=",
        "({a:",
        "[[",
        "(a,",
        "(a=(b=",
        "async(",
        "async()=>",
        "()=>",
        "x=>{",
        "function f(){",
        "class a{b(){",
        "class a extends ",
        "if(a)",
        "if(a){}else ",
        "for(;;)",
        "while(a)",
        "do ",
        "a:",
        "switch(a){case b:",
        "try{",
        "@a ",
        "@a(",
        "import(",
        "{a}",
        "a;",
        "/a/",
        "\"a\"+",
        "a?.",
        "a!",
        "a!.b",
        "a as b ",
        "<b>",
        "<a b={",
        "<a><b>",
        "</a>",
        "let a:{b:",
        "let a:[",
        "let a:(",
        "a<b<",
        "type a=b|",
        "type a=b extends c?",
        "type a=()=>",
        "type a=keyof ",
        "type a={b:",
        "interface a{b:",
        "namespace a{",
        "declare ",
        "declare module a{",
        "export ",
        "export default ",
        "abstract class a{b(",
        "enum a{b=",
        "a?(b):",
        "a?(b)=>",
        "a?(b):c=>",
        "((a)=>",
        "({a}={a}=",
        "[a=[",
        "yield ",
        "a\n",
        "\\",
        "\"",
        "'",
        "/*",
        "//",
        "<!--",
        "\u{2028}",
        "\u{feff}",
        "#!",
        "#a",
        "0",
        "0x",
        "1.",
        "..",
        "...",
        "...a,",
        "a`",
        "return ",
        "throw ",
        "of ",
        "let ",
        "var a=",
        "const{a:",
        "static ",
        "get a",
        "\u{e9}",
        "type a=`${",
        "a satisfies ",
        "(a:",
        "(a?:",
        "(this:",
        "(...",
        "a<b>",
        "a<(b:",
        "a<{",
        "f<T>`",
        "type a=typeof b<",
    ];
    for dialect in DIALECTS {
        for piece in many {
            for count in [3, 50, 199, 201, 450, 5_000, 60_000] {
                let source = piece.repeat(count);
                let begun = std::time::Instant::now();
                let (mut buffers, mut tree) = (Buffers::default(), Tree::default());
                let words = Vocabulary::default();
                let _ = parse(source.as_bytes(), dialect, &words, &mut buffers, &mut tree);
                assert!(
                    begun.elapsed() < Duration::from_secs(2),
                    "{piece:?} {count} times took {:?}",
                    begun.elapsed()
                );
                if count <= 450 {
                    holds(&source, dialect);
                }
            }
        }
    }
}

#[test]
fn long_chains_are_read_as_deep_as_they_are() {
    for (first, rest, last) in [
        ("x=a", "+a", ""),
        ("x=a", ".b", ""),
        ("x=a", ".b()", ""),
        ("x=a", "[0]", ""),
        ("x", "=y", ""),
        ("x=[0", ",0", "]"),
        ("x=`", "${a}b", "`"),
        ("var a", ",a", ""),
        ("x=a", "?b:c", ""),
        ("x={a", ",a", "}"),
        ("", "if(a){}else ", "{}"),
    ] {
        for count in [
            1, 100, 150, 190, 198, 199, 200, 380, 396, 397, 398, 399, 400, 401,
        ] {
            holds(
                &format!("{first}{}{last}", rest.repeat(count)),
                Dialect::JavaScript,
            );
        }
    }
}

#[test]
fn arrays_of_a_million_are_taken() {
    assert!(holds(
        &format!("x=[{}]", "1,".repeat(200_000)),
        Dialect::JavaScript
    ));
    assert!(holds(&"a;".repeat(100_000), Dialect::TypeScript));
}

/// Samples of the repository, short enough to be changed often.
fn samples() -> Vec<(Dialect, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for name in ["rules", "tests"] {
        files_below(&folder.join(name), &mut files);
    }
    files.sort();
    let sample = |path: PathBuf| {
        let dialect = Dialect::of_path(&path.to_string_lossy())?;
        let source = std::fs::read(&path).ok()?;
        (source.len() < 4_000).then_some((dialect, source))
    };
    files.into_iter().filter_map(sample).collect()
}

proptest::proptest! {
    #[test]
    fn changed_samples_are_read_as_tree_sitter_reads_them(
        sample in proptest::num::usize::ANY,
        cut in proptest::num::usize::ANY,
        edits in proptest::collection::vec(
            (proptest::num::usize::ANY, proptest::sample::select(PIECES.to_vec())),
            0..4,
        ),
        dialect in proptest::sample::select(DIALECTS.to_vec()),
        own in proptest::bool::ANY,
    ) {
        static SAMPLES: std::sync::LazyLock<Vec<(Dialect, Vec<u8>)>> = std::sync::LazyLock::new(samples);
        let (known, source) = &SAMPLES[sample % SAMPLES.len()];
        let mut source = source.clone();
        if cut % 3 == 0 {
            source.truncate(cut / 3 % (source.len() + 1));
        }
        for (at, piece) in edits {
            let at = at % (source.len() + 1);
            let end = (at + at % 3).min(source.len());
            source.splice(at..end, piece.bytes());
        }
        let source = String::from_utf8_lossy(&source);
        holds(&source, if own { *known } else { dialect });
    }
}

/// What is written into samples to see what becomes of it.
const PIECES: [&str; 60] = [
    "",
    " ",
    "\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "=>",
    "=",
    "==",
    ",",
    ";",
    ":",
    "?",
    "?.",
    ".",
    "...",
    "!",
    "+",
    "++",
    "-",
    "--",
    "*",
    "**",
    "/",
    "//",
    "/*",
    "*/",
    "`",
    "${",
    "\"",
    "'",
    "\\",
    "#",
    "@",
    "a",
    "1",
    ".5",
    "in ",
    "of ",
    "as ",
    "async ",
    "await ",
    "function ",
    "class ",
    "new ",
    "return ",
    "static ",
    "get ",
    "let ",
    "var ",
    "if(a)",
    "else ",
    "type ",
    "<a>",
    "</a>",
];

#[test]
fn let_at_the_end_of_its_line_is_a_name() {
    for dialect in DIALECTS {
        for source in [
            "let\na = 1",
            "let // b\n a = 1;",
            "let // b\n // c\n  a = 1, d;\nf();",
            "{ f();\nlet // b\n a = 1; }",
            "if (a) let // b\n a",
            "let /* b */ // c\n a = 1",
            "let // b\r\n a = 1;",
            "let // b\n of = 1",
        ] {
            assert!(holds(source, dialect), "{source:?}");
        }
        // Neither of the two takes these for declarations of something else.
        for source in [
            "let /* b\n */ a = 1",
            "let // b\n [a] = c",
            "let // b\n async () => {}",
        ] {
            holds(source, dialect);
        }
    }
}
