//! What more rules cost, and what a second scan costs.
//!
//! `cargo bench -p cortex-engine --bench growth -- FOLDER [--rules FOLDER] [--rounds N] [--tree-sitter]` scans `FOLDER` with 20
//! rules and with 200: evenly chosen files of the built-in pack and of the folder of rules; where these are fewer than 200, the pack
//! counts again under other ids. Then it scans with the built-in pack and an empty cache, changes one file (it adds one
//! and removes it at the end), and scans again. With `--tree-sitter` rules are scanned with once more without the fast front
//! end: what they cost is about the same, what they are added to is not. Without a folder, `CORTEX_BENCH_CORPUS` names it.
//! Medians; the scans take turns.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cortex_engine::cancel::Cancel;
use cortex_engine::matching::CompiledRules;
use cortex_engine::progress::Silent;
use cortex_engine::rules;
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::source::SourceSpec;

/// The command's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FEW: usize = 20;
const MANY: usize = 200;

fn main() {
    let mut folder = std::env::var_os("CORTEX_BENCH_CORPUS").map(PathBuf::from);
    let mut more = None;
    let mut rounds = 3;
    let mut tree_sitter = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rules" => more = arguments.next().map(PathBuf::from),
            "--rounds" => rounds = arguments.next().unwrap().parse().unwrap(),
            "--tree-sitter" => tree_sitter = true,
            // `cargo bench` says that it is a benchmark.
            "--bench" => {}
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        eprintln!("skipped: no folder was given and CORTEX_BENCH_CORPUS names none");
        return;
    };
    more_rules(&folder, more.as_deref(), rounds, tree_sitter);
    second_scan(&folder, rounds);
}

fn more_rules(folder: &Path, more: Option<&Path>, rounds: usize, tree_sitter: bool) {
    let files = rule_files(more);
    let work = tempfile::tempdir().unwrap();
    let choose = |count: usize| {
        let chosen = work.path().join(count.to_string());
        std::fs::create_dir(&chosen).unwrap();
        for number in 0..count {
            let text = &files[number * files.len() / count];
            std::fs::write(chosen.join(format!("{number}.yaml")), text).unwrap();
        }
        RuleChoice::Paths(vec![chosen])
    };
    let (few, many) = (choose(FEW), choose(MANY));
    for only_tree_sitter in [false, true] {
        if only_tree_sitter && !tree_sitter {
            continue;
        }
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..=rounds {
            for (rules, times) in [&few, &many].into_iter().zip(&mut times) {
                let mut request = request(folder);
                request.rules = rules.clone();
                request.only_tree_sitter = only_tree_sitter;
                let time = scan(&request);
                // The first turn warms the page cache and does not count.
                if round > 0 {
                    times.push(time);
                }
            }
        }
        let [few, many] = times.map(median);
        let front_end = if only_tree_sitter {
            ", tree-sitter alone"
        } else {
            ""
        };
        println!("{FEW} rules   {few:>8.3} s{front_end}");
        println!(
            "{MANY} rules  {many:>8.3} s   {:.3} times as long, {:.3} s more",
            many / few,
            many - few
        );
    }
}

/// Texts of rule files: those of the pack, those of `more` that can be used, and as many again as it takes.
fn rule_files(more: Option<&Path>) -> Vec<String> {
    let pack = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"));
    let mut files = pack.clone();
    if let Some(more) = more {
        files.extend(texts(more));
    }
    let missing = MANY.saturating_sub(files.len());
    let again = pack.iter().map(|text| {
        let mut lines = text.lines();
        let renamed = lines.by_ref().map(|line| match line.split_once("- id: ") {
            Some((indent, id)) => format!("{indent}- id: {id}-again\n"),
            None => format!("{line}\n"),
        });
        renamed.collect::<String>()
    });
    files.extend(again.take(missing));
    assert!(files.len() >= MANY, "only {} rule files", files.len());
    println!(
        "{} rule files, {missing} of them the pack's under other ids",
        files.len()
    );
    files
}

fn texts(folder: &Path) -> Vec<String> {
    let (mut found, mut pending) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path
                .extension()
                .is_some_and(|it| it == "yaml" || it == "yml")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    let usable = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        let parsed = rules::parse(&text, &path);
        let whole = parsed.errors.is_empty() && parsed.issues.is_empty();
        let rules: Vec<_> = parsed.rules.into_iter().map(Into::into).collect();
        let compiles = CompiledRules::compile(&rules).1.is_empty();
        (whole && compiles && !rules.is_empty()).then_some(text)
    };
    found.into_iter().filter_map(usable).collect()
}

fn second_scan(folder: &Path, rounds: usize) {
    let changed = Changed(folder.join("changed-by-the-growth-bench.js"));
    let (mut first, mut second, mut third) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let cache = tempfile::tempdir().unwrap();
        let mut request = request(folder);
        request.cache_dir = Some(cache.path().to_path_buf());
        let text = |turn: &str| format!("eval(location.hash + {round} + \"{turn}\")\n");
        std::fs::write(&changed.0, text("before")).unwrap();
        first.push(scan(&request));
        second.push(scan(&request));
        std::fs::write(&changed.0, text("after")).unwrap();
        third.push(scan(&request));
    }
    let [first, second, third] = [first, second, third].map(median);
    println!("first scan        {first:>8.3} s");
    println!(
        "nothing changed   {second:>8.3} s   {:.2} % of it",
        second / first * 100.0
    );
    println!(
        "one file changed  {third:>8.3} s   {:.2} % of it",
        third / first * 100.0
    );
}

/// The file that changes; removed at the end.
struct Changed(PathBuf);

impl Drop for Changed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn request(folder: &Path) -> ScanRequest {
    let spec = SourceSpec::Directory(folder.to_path_buf());
    let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
    request.ignore_files = false;
    request
}

fn scan(request: &ScanRequest) -> Duration {
    let start = Instant::now();
    Engine::new(None)
        .scan(request, &Silent, &Cancel::default())
        .unwrap();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}
