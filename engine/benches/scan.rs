//! What a scan costs beside what it cannot do without: reading the files, and parsing them.
//!
//! `cargo bench -p cortex-engine --bench scan -- FOLDER [--rules PATH]... [--jobs N] [--rounds N]`, with a folder that
//! `benches/corpus.sh` made or any other; without rules named, those that are built in. Without a folder,
//! `CORTEX_BENCH_CORPUS` names it.
//!
//! Each measure runs in a process of its own, so that its peak memory is its own; the measures take turns, so that a
//! busy moment of the machine does not fall on one of them alone. All use the same number of threads and look at the
//! same files: JavaScript and TypeScript of at most 1 MB, whatever ignore files say, but not what
//! `select::classify` leaves out (binary, minified). The scan's time also holds listing the folder, loading the rules,
//! reading lockfiles and putting the report together; the others' begins when the list of files is there.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cortex_engine::cancel::Cancel;
use cortex_engine::language::Dialect;
use cortex_engine::matching::{CompiledRules, FileScanner};
use cortex_engine::progress::Silent;
use cortex_engine::rules;
use cortex_engine::scan::{Engine, RuleChoice, ScanRequest};
use cortex_engine::select::{Selection, classify};
use cortex_engine::source::{Candidate, CloneLimits, Source, SourceSpec, open};
use cortex_engine::tree::{Parser, Tree};

/// The command's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PARSE_LIMIT: Duration = Duration::from_secs(5);
/// Threads of a scan have as much.
const STACK_SIZE: usize = 32 << 20;
const MEASURES: [&str; 6] = ["read", "literals", "parse", "lower", "direct", "scan"];

/// What one process found.
#[derive(Clone, Copy, Default)]
struct Measured {
    time: Duration,
    files: u64,
    bytes: u64,
    /// Literals: files left to parse. Parse and lower: trees. Direct: files that the fast front end took. Scan: findings.
    count: u64,
    peak_kib: u64,
}

fn main() {
    let mut folder = std::env::var_os("CORTEX_BENCH_CORPUS").map(PathBuf::from);
    let mut jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rounds = 5;
    let mut measure = None;
    let mut rules = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--jobs" => jobs = arguments.next().unwrap().parse().unwrap(),
            "--rounds" => rounds = arguments.next().unwrap().parse().unwrap(),
            "--measure" => measure = arguments.next(),
            "--rules" => rules.extend(arguments.next().map(PathBuf::from)),
            // `cargo bench` says that it is a benchmark.
            "--bench" => {}
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        eprintln!("skipped: no folder was given and CORTEX_BENCH_CORPUS names none");
        return;
    };
    match measure {
        Some(measure) => {
            let it = run(&measure, &folder, &rules, jobs);
            println!(
                "{} {} {} {} {}",
                it.time.as_nanos(),
                it.files,
                it.bytes,
                it.count,
                it.peak_kib
            );
        }
        None => compare(&folder, &rules, jobs, rounds),
    }
}

/// Runs all measures in turn and prints their medians.
fn compare(folder: &Path, rules: &[PathBuf], jobs: usize, rounds: usize) {
    let mut all: Vec<Vec<Measured>> = vec![Vec::new(); MEASURES.len()];
    // The first turn warms the page cache and does not count.
    for round in 0..=rounds {
        for (name, results) in MEASURES.iter().zip(&mut all) {
            let measured = child(name, folder, rules, jobs);
            if round > 0 {
                results.push(measured);
            }
        }
    }
    println!("{jobs} threads, medians of {rounds} rounds");
    let of_direct = all.iter().zip(MEASURES).find(|(_, name)| *name == "direct");
    if let Some(it) = of_direct.and_then(|(results, _)| results.first()) {
        let share = it.count as f64 / (it.files as f64).max(1.0) * 100.0;
        println!("direct takes {share:.2} % of the files");
    }
    println!("measure        time   spread     files        MB     MB/s    count  peak MiB");
    let mut medians = Vec::new();
    for (name, results) in MEASURES.iter().zip(&mut all) {
        results.sort_by_key(|it| it.time);
        let (Some(first), Some(middle), Some(last)) = (
            results.first(),
            results.get(results.len() / 2),
            results.last(),
        ) else {
            return;
        };
        let seconds = middle.time.as_secs_f64();
        let megabytes = middle.bytes as f64 / 1e6;
        println!(
            "{name:<8} {seconds:>8.3} s {:>6.1} % {:>9} {megabytes:>9.1} {:>8.1} {:>8} {:>9.1}",
            last.time.saturating_sub(first.time).as_secs_f64() / seconds * 100.0,
            middle.files,
            megabytes / seconds,
            middle.count,
            results.iter().map(|it| it.peak_kib).max().unwrap_or(0) as f64 / 1024.0,
        );
        medians.push(seconds);
    }
    if let [read, literals, parse, lower, direct, scan] = medians[..] {
        let own = (direct - read).max(f64::EPSILON);
        println!(
            "bare parse / direct   {:.1} (without reading)",
            (parse - read) / own
        );
        println!(
            "lower / direct        {:.1} (without reading)",
            (lower - read) / own
        );
        println!("scan / bare parse     {:.3}", scan / parse);
        println!("scan / read           {:.3}", scan / read);
        println!("literals / bare parse {:.3}", literals / parse);
    }
}

fn child(measure: &str, folder: &Path, rules: &[PathBuf], jobs: usize) -> Measured {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--measure", measure, "--jobs", &jobs.to_string()]);
    for path in rules {
        command.arg("--rules").arg(path);
    }
    let output = command.arg(folder).output().unwrap();
    assert!(
        output.status.success(),
        "{measure}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [nanoseconds, files, bytes, count, peak_kib] = numbers[..] else {
        panic!("{measure}: unexpected output {text:?}");
    };
    Measured {
        time: Duration::from_nanos(nanoseconds),
        files,
        bytes,
        count,
        peak_kib,
    }
}

fn run(measure: &str, folder: &Path, rules: &[PathBuf], jobs: usize) -> Measured {
    let spec = SourceSpec::Directory(folder.to_path_buf());
    let mut measured = if measure == "scan" {
        let mut request = ScanRequest::new(spec, jiff::Timestamp::UNIX_EPOCH);
        request.jobs = Some(jobs);
        request.ignore_files = false;
        if !rules.is_empty() {
            request.rules = RuleChoice::Paths(rules.to_vec());
        }
        let start = Instant::now();
        let report = Engine::new(None)
            .scan(&request, &Silent, &Cancel::default())
            .unwrap();
        Measured {
            time: start.elapsed(),
            files: report.summary.files_scanned,
            bytes: report.summary.bytes_scanned,
            count: report.findings.len() as u64,
            peak_kib: 0,
        }
    } else {
        let source = open(&spec, &CloneLimits::default(), &Silent, &Cancel::default()).unwrap();
        let selection = Selection {
            ignore_files: false,
            default_ignores: false,
            ..Selection::default()
        };
        let mut files = source.select(&selection, &Silent).unwrap().files;
        files.retain(|file| Dialect::of_path(&file.path).is_some());
        rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .stack_size(STACK_SIZE)
            .build()
            .unwrap()
            .install(|| each(measure, source.as_ref(), rules, &files))
    };
    measured.peak_kib = peak_kib();
    measured
}

/// Reads every file and does with it what the measure is of.
fn each(measure: &str, source: &dyn Source, paths: &[PathBuf], files: &[Candidate]) -> Measured {
    let set = if paths.is_empty() {
        rules::built_in()
    } else {
        rules::load(paths)
    };
    let rules = CompiledRules::compile(&set.unwrap().rules).0;
    let start = Instant::now();
    // The largest first and one set of buffers for each thread, as a scan does it.
    let mut order: Vec<&Candidate> = files.iter().collect();
    order.sort_by_key(|file| std::cmp::Reverse(file.size));
    let next = AtomicUsize::new(0);
    let counted = rayon::broadcast(|_| {
        let mut reader = source.reader().unwrap();
        let (mut buffer, mut parser, mut scanner) = (Vec::new(), Parser::new(), FileScanner::new());
        let mut tree = Tree::default();
        let mut sum = (0, 0, 0);
        while let Some(file) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if reader
                .read(file, Selection::MAX_FILE_SIZE, &mut buffer)
                .is_err()
                || classify(&buffer, &file.path).is_some()
            {
                continue;
            }
            let done = match measure {
                "read" => true,
                "literals" => scanner.candidates(&rules, &file.path, &buffer) > 0,
                "parse" => Dialect::of_path(&file.path)
                    .is_some_and(|it| parser.concrete(&buffer, it, PARSE_LIMIT).is_ok()),
                "lower" => Dialect::of_path(&file.path).is_some_and(|it| {
                    let words = rules.vocabulary();
                    parser
                        .parse_slowly(&buffer, it, words, PARSE_LIMIT, &mut tree)
                        .is_ok()
                }),
                "direct" => Dialect::of_path(&file.path).is_some_and(|it| {
                    parser.parse_directly(&buffer, it, rules.vocabulary(), &mut tree)
                }),
                _ => panic!("no measure is called {measure:?}"),
            };
            sum = (
                sum.0 + 1,
                sum.1 + buffer.len() as u64,
                sum.2 + u64::from(done),
            );
        }
        sum
    });
    let (count_files, bytes, count) = counted
        .into_iter()
        .fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
    Measured {
        time: start.elapsed(),
        files: count_files,
        bytes,
        count,
        peak_kib: 0,
    }
}

/// The most memory this process has held, in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().trim_end_matches("kB").trim().parse().ok()
        })
        .unwrap_or(0)
}
