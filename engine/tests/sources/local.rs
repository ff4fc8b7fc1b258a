//! Commits of local repositories: the same as the work tree, file for file.

use std::fs;
use std::path::Path;

use cortex_engine::cancel::Cancel;
use cortex_engine::progress::Silent;
use cortex_engine::report::SkipReason;
use cortex_engine::select::Selection;
use cortex_engine::source::{CloneLimits, SourceError, SourceSpec, open as try_open};
use proptest::prelude::*;

use crate::git::{self, awkward, contents, git, open, selection, write};

fn at(path: &Path, reference: &str) -> SourceSpec {
    SourceSpec::Local {
        path: path.into(),
        reference: reference.into(),
    }
}

#[test]
fn a_commit_equals_the_work_tree() {
    if !git::is_there() {
        return;
    }
    let (root, module) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    awkward(root.path(), module.path());
    for folder in ["", "sub", "sub/deep", "größe"] {
        let folder = if folder.is_empty() {
            root.path().into()
        } else {
            root.path().join(folder)
        };
        let disk = contents(&*open(&SourceSpec::Directory(folder.clone())), &selection());
        let commit = contents(&*open(&at(&folder, "HEAD")), &selection());
        assert_eq!(disk, commit, "{}", folder.display());
        if folder == root.path() {
            check_awkward(&commit);
        }
        let filtered = Selection {
            include: vec!["*.js".into(), "/sub/deep/".into()],
            exclude: vec!["caf*".into(), "sub/generated".into(), ".hidden/**".into()],
            ..selection()
        };
        assert_eq!(
            contents(&*open(&SourceSpec::Directory(folder.clone())), &filtered).files,
            contents(&*open(&at(&folder, "main")), &filtered).files
        );
    }
}

fn check_awkward(commit: &git::Contents) {
    let has = |path: &str| commit.files.contains_key(path);
    for path in [
        "a.js",
        "empty.js",
        "keep.log",
        "important.log",
        "doc/y.js",
        ".hidden/h.js",
        "node_modules/x/index.js",
        "sub/b.log",
        "sub/generated/y.js",
        "sub/package-lock.json",
        "sub/deep/only.js",
        "sub/deep/t.ts",
        "caf\u{FFFD}e9.js",
        "caf\u{FFFD}e8.js",
        "caf\u{FFFD}ef\u{FFFD}bf\u{FFFD}bde9.js",
        "größe/日本.js",
        "odd [x] {y}.js",
        "back\\slash.js",
        "new\nline.js",
        "-rf.js",
    ] {
        assert!(has(path), "{path} is missing");
    }
    for path in [
        "b.log",
        "generated/x.js",
        "#odd.js",
        "trail.js",
        "doc/a/b/x.js",
        "doc/x.js",
        "secret/x.js",
        "sub/only.js",
        "sub/skipme.js",
        "sub/deep/u.ts",
        "link.js",
        "module/m.js",
        "linked/z.log",
        "big.js",
    ] {
        assert!(!has(path), "{path} is there");
    }
    assert_eq!(commit.files["caf\u{FFFD}e9.js"].1, b"e9");
    assert_eq!(commit.files["caf\u{FFFD}e8.js"].1, b"e8");
    assert_eq!(commit.skipped[&SkipReason::TooLarge], 1);
    assert_eq!(commit.skipped[&SkipReason::NotAFile], 6);
}

#[test]
fn the_work_tree_is_not_touched_and_any_ref_can_be_named() {
    if !git::is_there() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    git::init(root.path());
    write(root.path(), b"a.js", "first");
    let first = git::commit(root.path(), "first");
    git(root.path(), &["tag", "-a", "v1", "-m", "one"]);
    write(root.path(), b"a.js", "second");
    git::commit(root.path(), "second");
    write(root.path(), b"a.js", "not committed");
    let before = git(root.path(), &["status", "--porcelain"]);
    for (reference, expected) in [
        ("HEAD", "second"),
        ("main", "second"),
        ("v1", "first"),
        ("HEAD~1", "first"),
        (&first[..], "first"),
        (&first[..9], "first"),
        ("refs/tags/v1", "first"),
    ] {
        let source = open(&at(root.path(), reference));
        assert_eq!(
            contents(&*source, &selection()).files["a.js"].1,
            expected.as_bytes(),
            "{reference}"
        );
        let target = source.target();
        assert_eq!(target.reference.as_deref(), Some(reference));
        assert_eq!(target.commit.as_ref().map(String::len), Some(40));
    }
    assert_eq!(
        fs::read_to_string(root.path().join("a.js")).unwrap(),
        "not committed"
    );
    assert_eq!(git(root.path(), &["status", "--porcelain"]), before);

    let bare = tempfile::tempdir().unwrap();
    git(
        bare.path(),
        &["clone", "-q", "--bare", root.path().to_str().unwrap(), "."],
    );
    // A repository's own folder, also where its settings forget to say that it is bare.
    let own = contents(&*open(&at(bare.path(), "HEAD")), &selection());
    git(bare.path(), &["config", "core.bare", "false"]);
    let forgetful = contents(&*open(&at(bare.path(), "HEAD")), &selection());
    git(bare.path(), &["config", "core.bare", "true"]);
    assert_eq!(own.files, forgetful.files);
    assert!(!own.files.is_empty());
    let url = format!("file://{}", bare.path().display());
    assert_eq!(
        contents(
            &*open(&SourceSpec::parse(&url, None).unwrap()),
            &selection()
        )
        .files["a.js"]
            .1,
        b"second"
    );

    let fail = |spec: &SourceSpec| {
        try_open(spec, &CloneLimits::default(), &Silent, &Cancel::default())
            .err()
            .unwrap()
    };
    assert!(matches!(
        fail(&at(root.path(), "nope")),
        SourceError::NoSuchReference { .. }
    ));
    fs::create_dir(root.path().join("new")).unwrap();
    assert!(matches!(
        fail(&at(&root.path().join("new"), "HEAD")),
        SourceError::NoSuchReference { .. }
    ));
    let plain = tempfile::tempdir().unwrap();
    assert!(matches!(
        fail(&at(plain.path(), "HEAD")),
        SourceError::NotARepository { .. }
    ));
}

#[test]
fn repositories_in_a_folder_that_is_none_are_ordinary_folders() {
    if !git::is_there() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        let clone = root.path().join(name);
        fs::create_dir(&clone).unwrap();
        git::init(&clone);
        write(&clone, b"a.js", name);
    }
    let found = contents(
        &*open(&SourceSpec::Directory(root.path().into())),
        &selection(),
    );
    assert_eq!(
        found.files.keys().collect::<Vec<_>>(),
        ["one/a.js", "two/a.js"]
    );
}

/// Writes the files of a folder on disk as git objects, without the git program.
fn store(repository: &git2::Repository, folder: &Path) -> git2::Oid {
    let mut builder = repository.treebuilder(None).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            let tree = store(repository, &entry.path());
            builder.insert(name, tree, 0o040_000).unwrap();
        } else {
            let blob = repository.blob(&fs::read(entry.path()).unwrap()).unwrap();
            builder.insert(name, blob, 0o100_644).unwrap();
        }
    }
    builder.write().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn any_tree_gives_the_same_files_from_disk_and_from_git(
        files in prop::collection::vec("([abc]/){0,3}[abc]\\.(js|ts)", 1..20),
        ignores in prop::collection::vec(
            ("([abc]/){0,2}", prop::sample::select(vec![".gitignore", ".cortexignore", ".semgrepignore"]),
             "(!?/?([abc*]|\\*\\*)(/[abc*]|\\.js|\\.ts)?/?\n){1,4}"), 0..5),
        exclude in prop::collection::vec("[abc*](/[abc*])?", 0..2),
    ) {
        let (root, store_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for path in &files {
            write(root.path(), path.as_bytes(), path);
        }
        for (folder, name, text) in &ignores {
            write(root.path(), format!("{folder}{name}").as_bytes(), text);
        }
        let repository = git2::Repository::init_bare(store_folder.path()).unwrap();
        let tree = repository.find_tree(store(&repository, root.path())).unwrap();
        let who = git2::Signature::new("a", "a@example.com", &git2::Time::new(0, 0)).unwrap();
        repository.commit(Some("HEAD"), &who, &who, "m", &tree, &[]).unwrap();

        let selection = Selection { exclude, ..selection() };
        let disk = contents(&*open(&SourceSpec::Directory(root.path().into())), &selection);
        let commit = contents(&*open(&at(store_folder.path(), "HEAD")), &selection);
        prop_assert_eq!(disk, commit);
    }
}
