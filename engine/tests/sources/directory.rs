//! Folders on disk, the hostile kind too.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cortex_engine::progress::Silent;
use cortex_engine::report::{FileErrorKind, SkipReason};
use cortex_engine::select::Selection;
use cortex_engine::source::{ReadError, Role, Selected, SourceSpec};

use crate::git::{open, write};

fn select(root: &Path, selection: &Selection) -> Selected {
    open(&SourceSpec::Directory(root.into()))
        .select(selection, &Silent)
        .unwrap()
}

fn paths(selected: &Selected) -> Vec<&str> {
    selected
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect()
}

#[test]
fn special_files_are_never_opened_and_links_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), b"passwords.js", "secret");
    write(root, b"a.js", "a");
    fs::create_dir(root.join("x")).unwrap();
    symlink("..", root.join("x/up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink(outside.path().join("passwords.js"), root.join("out.js")).unwrap();
    let _socket = UnixListener::bind(root.join("socket.js")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(root.join("pipe.js"))
            .status()
            .unwrap()
            .success()
    );

    let begin = Instant::now();
    let selected = select(root, &Selection::default());
    assert_eq!(paths(&selected), ["a.js"]);
    assert_eq!(selected.skipped[&SkipReason::NotAFile], 6);
    assert_eq!(selected.errors, []);

    // Between selection and reading, a file may become something else.
    let source = open(&SourceSpec::Directory(root.into()));
    let mut reader = source.reader().unwrap();
    let mut buffer = Vec::new();
    fs::remove_file(root.join("a.js")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(root.join("a.js"))
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(
        reader.read(&selected.files[0], 100, &mut buffer),
        Err(ReadError::NotAFile)
    ));
    fs::remove_file(root.join("a.js")).unwrap();
    symlink(outside.path().join("passwords.js"), root.join("a.js")).unwrap();
    assert!(reader.read(&selected.files[0], 100, &mut buffer).is_err());
    assert!(buffer.is_empty());
    fs::remove_file(root.join("a.js")).unwrap();
    write(root, b"a.js", &"grown".repeat(1000));
    assert!(matches!(
        reader.read(&selected.files[0], 100, &mut buffer),
        Err(ReadError::TooLarge { limit: 100 })
    ));
    assert!(buffer.len() <= 101);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn no_path_leads_out_of_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    write(folder.path(), b"outside.json", "secret");
    write(&root, b"x/package.json", "{}");
    symlink("..", root.join("up")).unwrap();
    symlink("../outside.json", root.join("link.json")).unwrap();
    let source = open(&SourceSpec::Directory(root.clone()));
    let mut reader = source.reader().unwrap();
    assert_eq!(
        reader.read_path("x/package.json", 100),
        Some(b"{}".to_vec())
    );
    assert_eq!(
        reader.read_path("x/package.json", 1),
        None,
        "over the limit"
    );
    let absolute = folder.path().join("outside.json");
    for path in [
        "../outside.json",
        "x/../../outside.json",
        "x/./package.json",
        "x//package.json",
        "/x/package.json",
        absolute.to_str().unwrap(),
        "up/outside.json",
        "link.json",
        "x",
        "x/package.json/y",
        "",
        "x/package.json\0",
        "missing",
    ] {
        assert_eq!(reader.read_path(path, 100), None, "{path:?}");
    }
}

#[test]
fn a_huge_file_is_left_out_unread() {
    let folder = tempfile::tempdir().unwrap();
    let huge = fs::File::create(folder.path().join("huge.js")).unwrap();
    huge.set_len(500 << 20).unwrap();
    let lock = fs::File::create(folder.path().join("package-lock.json")).unwrap();
    lock.set_len(500 << 20).unwrap();
    let selection = Selection {
        is_lockfile: |path| path == "package-lock.json",
        ..Selection::default()
    };
    let begin = Instant::now();
    let selected = select(folder.path(), &selection);
    assert!(begin.elapsed() < Duration::from_millis(500));
    assert_eq!(selected.skipped[&SkipReason::TooLarge], 2);
    // A lockfile that is not read must not look like one in which nothing was found.
    assert_eq!(selected.errors.len(), 1);
    assert_eq!(selected.errors[0].path, "package-lock.json");
    assert_eq!(selected.errors[0].kind, FileErrorKind::Lockfile);
}

#[test]
fn unreadable_folders_and_endless_depth_are_errors_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, b"a.js", "a");
    write(root, b"closed/b.js", "b");
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o0)).unwrap();
    fs::create_dir_all(root.join("d/".repeat(300))).unwrap();
    write(root, format!("{}e.js", "d/".repeat(299)).as_bytes(), "e");
    write(root, format!("{}f.js", "d/".repeat(200)).as_bytes(), "f");
    // Root reads closed folders too.
    let closed = fs::read_dir(root.join("closed")).is_err();
    let selected = select(root, &Selection::default());
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();

    assert_eq!(
        selected.errors.len(),
        1 + usize::from(closed),
        "{:?}",
        selected.errors
    );
    assert!(
        selected
            .errors
            .iter()
            .any(|e| e.path.len() > 500 && e.message.contains("deep"))
    );
    assert_eq!(selected.errors.iter().any(|e| e.path == "closed"), closed);
    assert!(paths(&selected).contains(&"a.js"));
    assert!(paths(&selected).iter().any(|p| p.ends_with("f.js")));
    assert!(!paths(&selected).iter().any(|p| p.ends_with("e.js")));
}

#[test]
fn include_and_exclude_choose_files_and_lockfiles_pass_the_includes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in [
        "src/a.ts",
        "src/a.js",
        "src/gen/b.ts",
        "tests/c.ts",
        "d.ts",
        "package-lock.json",
        "tests/package-lock.json",
    ] {
        write(root, path.as_bytes(), "x");
    }
    let lockfiles = Selection {
        is_lockfile: |path| path.ends_with("package-lock.json"),
        ..Selection::default()
    };
    let chosen = Selection {
        include: vec!["*.ts".into(), "src/*.js".into()],
        exclude: vec!["tests".into(), "src/gen/**".into()],
        ..lockfiles.clone()
    };
    let selected = select(root, &chosen);
    assert_eq!(
        paths(&selected),
        ["d.ts", "package-lock.json", "src/a.js", "src/a.ts"]
    );
    assert_eq!(selected.files[1].role, Role::Lockfile);
    assert_eq!(selected.skipped[&SkipReason::Excluded], 2);

    let folder_only = Selection {
        include: vec!["src".into()],
        ..lockfiles
    };
    assert_eq!(
        paths(&select(root, &folder_only)),
        [
            "package-lock.json",
            "src/a.js",
            "src/a.ts",
            "src/gen/b.ts",
            "tests/package-lock.json"
        ]
    );
    let broken = Selection {
        exclude: vec!["{".into()],
        ..Selection::default()
    };
    let error = open(&SourceSpec::Directory(root.into()))
        .select(&broken, &Silent)
        .unwrap_err();
    assert!(error.to_string().contains("\"{\""), "{error}");
}

#[test]
fn ignore_files_and_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in [
        "a.js",
        "node_modules/x.js",
        "x/dist/y.js",
        "tests/t.js",
        "v.min.js",
        "listed.js",
    ] {
        write(root, path.as_bytes(), "x");
    }
    write(root, b".gitignore", "listed.js\n!/x/dist/\n");
    let selected = select(root, &Selection::default());
    assert_eq!(
        paths(&selected),
        [".gitignore", "a.js", "tests/t.js", "x/dist/y.js"]
    );
    assert_eq!(selected.skipped[&SkipReason::Ignored], 3);

    write(
        root,
        b".semgrepignore",
        ":include .gitignore\ntests/\n:include ../../etc/passwd\n",
    );
    let selected = select(root, &Selection::default());
    assert_eq!(
        paths(&selected),
        [
            ".gitignore",
            ".semgrepignore",
            "a.js",
            "node_modules/x.js",
            "v.min.js",
            "x/dist/y.js"
        ]
    );
    assert_eq!(selected.errors.len(), 1);
    assert!(
        selected.errors[0].message.starts_with("line 3:"),
        "{:?}",
        selected.errors
    );

    let everything = Selection {
        ignore_files: false,
        default_ignores: false,
        ..Selection::default()
    };
    assert_eq!(select(root, &everything).files.len(), 8);
}

#[test]
fn ignore_files_of_any_size_and_content_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, b"a.js", "x");
    write(root, b".gitignore", &"[a-z]*{x,y}**/?\n".repeat(100_000));
    write(
        root,
        b"x/.gitignore",
        &"{a,b}*{c,d}?[!x]{e,f}*\n".repeat(5_000),
    );
    write(root, b"x/b.js", "x");
    fs::write(
        root.join("x/.cortexignore"),
        b"\xff\xfe\x00*.ts\n{{{{\n[\n!\n/\n**/**/**\\",
    )
    .unwrap();
    let begin = Instant::now();
    let selected = select(root, &Selection::default());
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert!(paths(&selected).contains(&"a.js"));
    assert!(
        selected.errors.iter().any(|e| e.path == ".gitignore"),
        "{:?}",
        selected.errors
    );
}

#[test]
fn a_named_file_is_scanned_whatever_the_rules_say() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, b".gitignore", "*.js\n");
    write(root, b"node_modules/a.js", "let a;");
    write(root, b"node_modules/package.json", "{}");
    let source =
        open(&SourceSpec::parse(root.join("node_modules/a.js").to_str().unwrap(), None).unwrap());
    let selection = Selection {
        include: vec!["*.ts".into()],
        exclude: vec!["node_modules".into()],
        ..Selection::default()
    };
    let selected = source.select(&selection, &Silent).unwrap();
    assert_eq!(paths(&selected), ["a.js"]);
    assert_eq!(source.target().kind, "file");
    write(root, b"node_modules/cortex.toml", "exclude = ['**']");
    assert_eq!(source.config().unwrap(), None);
    let mut reader = source.reader().unwrap();
    let mut buffer = Vec::new();
    reader.read(&selected.files[0], 100, &mut buffer).unwrap();
    assert_eq!(buffer, b"let a;");
    assert!(reader.read_path("package.json", 100).is_some());
    assert!(reader.read_path("../.gitignore", 100).is_none());

    let capped = Selection {
        max_file_size: 3,
        ..selection
    };
    let selected = source.select(&capped, &Silent).unwrap();
    assert_eq!(selected.skipped[&SkipReason::TooLarge], 1);
}

#[test]
fn files_come_in_the_order_of_their_paths_however_folders_are_named_and_filled() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut expected = Vec::new();
    let mut add = |path: String| {
        write(root, path.as_bytes(), "x");
        expected.push(path);
    };
    for name in ["a", "a-", "a0", "a.b", "b"] {
        for inner in ["a", "a-b", "a/c/d", "a.js"] {
            add(format!("{name}/{inner}/x.js"));
        }
        add(format!("{name}.js"));
        add(format!("{name}--.js"));
    }
    // More names than the system tells in one call.
    for number in 0..2_000 {
        add(format!("many/{}-{number}.js", "long".repeat(20)));
    }
    expected.sort_unstable();
    let selected = select(root, &Selection::default());
    let differs = paths(&selected)
        .into_iter()
        .zip(&expected)
        .find(|(is, should)| is != should);
    assert_eq!(differs, None);
    assert_eq!(selected.files.len(), expected.len());
}
