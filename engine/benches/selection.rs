//! Selection and the cache on 18,000 files in 1,200 folders, made for the purpose, and on the folder
//! that `CORTEX_BENCH_CORPUS` names, if any.
//!
//! `cargo bench -p cortex-engine --bench selection`

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a benchmark fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cortex_engine::cache::{Cache, content_key};
use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::select::{Selection, classify};
use cortex_engine::source::{CloneLimits, ContentRef, Selected, Source, SourceSpec, open};
use divan::Bencher;
use divan::counter::BytesCount;
use tempfile::TempDir;

fn main() {
    divan::main();
}

static SYNTHETIC: LazyLock<TempDir> = LazyLock::new(|| {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(".gitignore"), "*.log\n/coverage/\n.env\n").unwrap();
    for package in 0..300 {
        for folder in ["src", "lib", "lib/util", "test"] {
            let path = root.path().join(format!("package-{package}/{folder}"));
            fs::create_dir_all(&path).unwrap();
            for file in 0..15 {
                let content = format!("export const value = {};\n", package * file);
                fs::write(path.join(format!("module-{file}.js")), content).unwrap();
            }
        }
    }
    root
});

fn source(path: &Path) -> Box<dyn Source> {
    let spec = SourceSpec::Directory(path.into());
    open(&spec, &CloneLimits::default(), &Silent, &Cancel::default()).unwrap()
}

fn select(path: &Path) -> Selected {
    let selection = Selection {
        default_ignores: false,
        ..Selection::default()
    };
    source(path).select(&selection, &Silent).unwrap()
}

fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("CORTEX_BENCH_CORPUS").map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: CORTEX_BENCH_CORPUS names no folder");
    }
    path
}

#[divan::bench]
fn select_18000_files(bencher: Bencher<'_, '_>) {
    assert_eq!(select(SYNTHETIC.path()).files.len(), 18_001);
    bencher.bench(|| select(SYNTHETIC.path()));
}

/// The synthetic tree as a commit, in one pack, as a clone is.
#[divan::bench(sample_count = 20)]
fn select_commit_of_18000_files(bencher: Bencher<'_, '_>) {
    let store = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        Command::new("git")
            .env("GIT_DIR", store.path())
            .env("GIT_WORK_TREE", SYNTHETIC.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .status()
            .is_ok_and(|status| status.success())
    };
    if !["init -q", "add -A", "commit -q -m m", "gc -q"]
        .iter()
        .all(|line| git(&line.split(' ').collect::<Vec<_>>()))
    {
        eprintln!("skipped: no git program");
        return;
    }
    let spec = SourceSpec::Local {
        path: store.path().into(),
        reference: "HEAD".into(),
    };
    let source = open(&spec, &CloneLimits::default(), &Silent, &Cancel::default()).unwrap();
    let selection = Selection {
        default_ignores: false,
        ..Selection::default()
    };
    let count = source.select(&selection, &Silent).unwrap().files.len();
    assert_eq!(count, 18_001);
    bencher.bench(|| source.select(&selection, &Silent).unwrap());
}

#[divan::bench]
fn select_corpus(bencher: Bencher<'_, '_>) {
    if let Some(path) = corpus() {
        bencher.bench(|| select(&path));
    }
}

#[divan::bench]
fn read_and_classify_18000_files(bencher: Bencher<'_, '_>) {
    let source = source(SYNTHETIC.path());
    let selected = select(SYNTHETIC.path());
    bencher.bench(|| {
        let mut reader = source.reader().unwrap();
        let mut buffer = Vec::new();
        for file in &selected.files {
            reader.read(file, 1_000_000, &mut buffer).unwrap();
            divan::black_box(classify(&buffer, &file.path));
        }
    });
}

#[divan::bench]
fn classify_one_megabyte(bencher: Bencher<'_, '_>) {
    let code = "export function add(first, second) {\n  return first + second;\n}\n".repeat(15_000);
    bencher
        .counter(BytesCount::of_str(&code))
        .bench(|| classify(divan::black_box(code.as_bytes()), "a.ts"));
}

/// A cache of the synthetic tree, with values of 200 bytes.
fn filled(folder: &Path) -> Cache {
    let cache = Cache::open(folder, [1; 32]);
    for file in &select(SYNTHETIC.path()).files {
        let content = content_key(file.path.as_bytes());
        cache.put(content, 0, vec![7; 200]);
        if let ContentRef::Disk { stamp } = file.content {
            let old = cortex_engine::source::Stamp {
                mtime_ns: 1,
                ctime_ns: 1,
                ..stamp
            };
            cache.stamp("/root", &file.path, old, content, 0);
        }
    }
    cache
}

#[divan::bench]
fn open_cache_of_18000_files(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    assert!(filled(folder.path()).save().unwrap());
    bencher.bench(|| Cache::open(folder.path(), [1; 32]));
}

#[divan::bench]
fn look_up_18000_files(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    assert!(filled(folder.path()).save().unwrap());
    let cache = Cache::open(folder.path(), [1; 32]);
    let files = select(SYNTHETIC.path()).files;
    bencher.bench(|| {
        let mut lookup = cache.lookup("/root");
        for file in &files {
            let ContentRef::Disk { stamp } = file.content else {
                continue;
            };
            let old = cortex_engine::source::Stamp {
                mtime_ns: 1,
                ctime_ns: 1,
                ..stamp
            };
            divan::black_box(lookup.get(&file.path, &old).unwrap());
        }
    });
}

#[divan::bench]
fn save_cache_of_18000_files(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    bencher
        .with_inputs(|| filled(folder.path()))
        .bench_values(|cache| cache.save().unwrap());
}
