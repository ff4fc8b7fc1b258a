//! Repositories made with the `git` program, and what a source finds in them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::report::SkipReason;
use cortex_engine::select::Selection;
use cortex_engine::source::{self, CloneLimits, Role, Source, SourceSpec};

/// Whether there is a `git` to make repositories with.
pub(crate) fn is_there() -> bool {
    let there = Command::new("git").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: no git program");
    }
    there
}

/// Runs git, away from the user's own configuration.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "a")
            .env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    command
}

/// Writes a file whose path may be any bytes.
pub(crate) fn write(root: &Path, path: &[u8], content: &str) {
    let path = root.join(OsStr::from_bytes(path));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub(crate) fn init(root: &Path) {
    git(root, &["init", "-q", "-b", "main"]);
}

pub(crate) fn commit(root: &Path, message: &str) -> String {
    // Forced: a tracked file may be named by an ignore file.
    git(root, &["add", "-A", "-f"]);
    git(root, &["commit", "-q", "--allow-empty", "-m", message]);
    git(root, &["rev-parse", "HEAD"])
}

/// A tree that holds whatever makes selection hard.
pub(crate) fn awkward(root: &Path, module: &Path) {
    init(root);
    for (path, content) in [
        (
            &b".gitignore"[..],
            "*.log\n!keep.log\n/generated/\ndoc/**/x.js\n\\#odd.js\ntrail.js   \n",
        ),
        (b"a.js", "let a = 1;\n"),
        (b"empty.js", ""),
        (b"b.log", "b"),
        (b"keep.log", "keep"),
        (b"generated/x.js", "x"),
        (b"#odd.js", "x"),
        (b"trail.js", "x"),
        (b"doc/a/b/x.js", "x"),
        (b"doc/x.js", "x"),
        (b"doc/y.js", "x"),
        (b".cortexignore", "secret/\n!important.log\n"),
        (b"secret/x.js", "x"),
        (b"important.log", "x"),
        (b".hidden/h.js", "h"),
        (b"node_modules/x/index.js", "x"),
        (b"sub/.gitignore", "\u{FEFF}!b.log\n/only.js\n*.ts\r\n"),
        (b"sub/.semgrepignore", "skipme.js\n"),
        (b"sub/b.log", "b"),
        (b"sub/only.js", "x"),
        (b"sub/skipme.js", "x"),
        (b"sub/generated/y.js", "y"),
        (b"sub/package-lock.json", "{}"),
        (b"sub/deep/.gitignore", "!t.ts\n"),
        (b"sub/deep/only.js", "x"),
        (b"sub/deep/t.ts", "x"),
        (b"sub/deep/u.ts", "x"),
        (b"sub/deep/keep.js", "x"),
        (b"caf\xe9.js", "e9"),
        (b"caf\xe8.js", "e8"),
        ("caf\u{FFFD}e9.js".as_bytes(), "shown"),
        ("größe/日本.js".as_bytes(), "x"),
        (b"odd [x] {y}.js", "x"),
        (b"back\\slash.js", "x"),
        (b"new\nline.js", "x"),
        (b"-rf.js", "x"),
        (b"big.js", &"x".repeat(3000)),
        (b"cortex.toml", "exclude = []\n"),
    ] {
        write(root, path, content);
    }
    symlink("a.js", root.join("link.js")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("sub", root.join("folder-link")).unwrap();
    fs::create_dir(root.join("linked")).unwrap();
    symlink("../.gitignore", root.join("linked/.gitignore")).unwrap();
    write(root, b"linked/z.log", "z");

    init(module);
    write(module, b"m.js", "m");
    commit(module, "module");
    git(
        root,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            "-f",
            module.to_str().unwrap(),
            "module",
        ],
    );
    commit(root, "awkward");
}

/// What a source has: path, role and bytes of every file, and the counts of what was left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) files: BTreeMap<String, (Role, Vec<u8>)>,
    pub(crate) skipped: BTreeMap<SkipReason, u64>,
    pub(crate) config: Option<Vec<u8>>,
}

pub(crate) fn selection() -> Selection {
    Selection {
        max_file_size: 2000,
        is_lockfile: |path| path.ends_with("package-lock.json"),
        ..Selection::default()
    }
}

pub(crate) fn contents(source: &dyn Source, selection: &Selection) -> Contents {
    let selected = source.select(selection, &Silent).unwrap();
    assert_eq!(selected.errors, []);
    assert!(selected.files.is_sorted_by(|a, b| a.path < b.path));
    let mut reader = source.reader().unwrap();
    let mut files = BTreeMap::new();
    let mut buffer = Vec::new();
    for file in &selected.files {
        reader.read(file, 1 << 20, &mut buffer).unwrap();
        assert_eq!(buffer.len() as u64, file.size, "{}", file.path);
        assert_eq!(
            reader.read_path(&file.path, 1 << 20).as_ref(),
            Some(&buffer),
            "{}",
            file.path
        );
        files.insert(file.path.clone(), (file.role, buffer.clone()));
    }
    Contents {
        files,
        skipped: selected.skipped,
        config: selected.config,
    }
}

pub(crate) fn open(spec: &SourceSpec) -> Box<dyn Source> {
    source::open(spec, &CloneLimits::default(), &Silent, &Cancel::default()).unwrap()
}
