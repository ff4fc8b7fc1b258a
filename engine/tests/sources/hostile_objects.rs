//! Git objects that no git would write.

use std::path::Path;
use std::time::{Duration, Instant};

use cortex_engine::progress::Silent;
use cortex_engine::report::SkipReason;
use cortex_engine::select::Selection;
use cortex_engine::source::{SourceError, SourceSpec};
use git2::{ObjectType, Oid, Repository};

use crate::git::open;

/// A tree object from raw entries: mode, name, id.
fn tree(repository: &Repository, entries: &[(&str, &[u8], Oid)]) -> Oid {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend(*name);
        bytes.push(0);
        bytes.extend(id.as_bytes());
    }
    repository
        .odb()
        .unwrap()
        .write(ObjectType::Tree, &bytes)
        .unwrap()
}

fn commit(repository: &Repository, tree: Oid) {
    let text = format!("tree {tree}\nauthor a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\n\nm\n");
    let id = repository
        .odb()
        .unwrap()
        .write(ObjectType::Commit, text.as_bytes())
        .unwrap();
    repository
        .reference("refs/heads/hostile", id, true, "")
        .unwrap();
}

fn spec(root: &Path) -> SourceSpec {
    SourceSpec::Local {
        path: root.into(),
        reference: "hostile".into(),
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let repository = Repository::init_bare(root.path()).unwrap();
    let blob = repository.blob(b"let a;").unwrap();
    let missing = Oid::from_str("0123456789abcdef0123456789abcdef01234567").unwrap();
    let inner = tree(&repository, &[("100644", b"evil.js", blob)]);
    let top = tree(
        &repository,
        &[
            ("40000", b"..", inner),
            ("100644", b"a.js", blob),
            ("100644", b"a.js", blob),
            ("100644", b"a/../../b.js", blob),
            ("40000", b".", inner),
            ("40000", b".git", inner),
            ("100644", b"gone.js", missing),
            ("40000", b"gone", missing),
            ("100644", b"tree.js", inner),
            ("120000", b"link.js", blob),
            ("10", b"odd.js", blob),
        ],
    );
    commit(&repository, top);
    let source = open(&spec(root.path()));
    let selected = source.select(&Selection::default(), &Silent).unwrap();
    let paths: Vec<_> = selected.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["a.js"]);
    assert_eq!(selected.skipped[&SkipReason::NotAFile], 2);
    let errors: Vec<_> = selected
        .errors
        .iter()
        .map(|e| (e.path.as_str(), e.message.as_str()))
        .collect();
    assert!(
        errors
            .iter()
            .any(|(path, message)| *path == "." && message.starts_with("3 entries")),
        "{errors:?}"
    );
    for path in ["a.js", "gone.js", "gone", "tree.js"] {
        assert!(errors.iter().any(|(p, _)| *p == path), "{path}: {errors:?}");
    }
    let mut reader = source.reader().unwrap();
    assert_eq!(reader.read_path("../evil.js", 100), None);
    assert_eq!(reader.read_path("link.js", 100), None);
    assert_eq!(reader.read_path("tree.js", 100), None);
}

#[test]
fn a_tree_that_holds_itself_over_and_over_ends() {
    let root = tempfile::tempdir().unwrap();
    let repository = Repository::init_bare(root.path()).unwrap();
    let blob = repository.blob(b"let a;").unwrap();
    let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
    let mut top = tree(&repository, &[("100644", b"a.js", blob)]);
    for _ in 0..12 {
        let entries: Vec<_> = names.iter().map(|n| ("40000", n.as_bytes(), top)).collect();
        top = tree(&repository, &entries);
    }
    commit(&repository, top);
    let begin = Instant::now();
    let error = open(&spec(root.path()))
        .select(&Selection::default(), &Silent)
        .unwrap_err();
    assert!(
        matches!(error, SourceError::TooManyEntries { .. }),
        "{error}"
    );
    assert!(
        begin.elapsed() < Duration::from_mins(1),
        "{:?}",
        begin.elapsed()
    );

    let mut deep = tree(&repository, &[("100644", b"a.js", blob)]);
    for _ in 0..5000 {
        deep = tree(
            &repository,
            &[("40000", b"d", deep), ("100644", b"f.js", blob)],
        );
    }
    commit(&repository, deep);
    let selected = open(&spec(root.path()))
        .select(&Selection::default(), &Silent)
        .unwrap();
    assert_eq!(selected.errors.len(), 1);
    assert!(selected.files.len() > 200);
}
