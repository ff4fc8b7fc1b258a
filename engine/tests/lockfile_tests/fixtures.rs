//! What each format says of the same project.

use cortex_engine::dependencies::{Lockfile, PackageSource, Scope};

use super::common::{Project, find, fixtures, parsed};

const COMMIT: &str = "ca0dda567dd8054335f53c0402dbe40de0282552";

/// Folder, file and what the report calls it.
const NPM: [(&str, &str, &str); 10] = [
    ("npm-v1", "package-lock.json", "package-lock.json v1"),
    ("npm-v2", "package-lock.json", "package-lock.json v2"),
    ("npm-v3", "package-lock.json", "package-lock.json v3"),
    ("yarn-v1", "yarn.lock", "yarn.lock v1"),
    ("yarn-berry-3", "yarn.lock", "yarn.lock (berry, version 6)"),
    ("yarn-berry-4", "yarn.lock", "yarn.lock (berry, version 8)"),
    ("pnpm-v5", "pnpm-lock.yaml", "pnpm-lock.yaml v5.4"),
    ("pnpm-v6", "pnpm-lock.yaml", "pnpm-lock.yaml v6.0"),
    ("pnpm-v9", "pnpm-lock.yaml", "pnpm-lock.yaml v9.0"),
    ("bun-v1", "bun.lock", "bun.lock v1"),
];

fn read(folder: &str, file: &str, project: &Project) -> (String, Lockfile) {
    let text = std::fs::read_to_string(fixtures().join(folder).join(file)).unwrap();
    let lockfile = parsed(file, &text, project);
    (text, lockfile)
}

#[test]
fn every_format_tells_the_same_of_one_project() {
    use Scope::{Dev, Optional, Prod};
    let project = Project::read(&fixtures().join("npm-project"));
    for (folder, file, kind) in NPM {
        let (text, lockfile) = read(folder, file, &project);
        assert_eq!(lockfile.kind, kind);
        assert_eq!(lockfile.ecosystem, "npm");
        assert_eq!(lockfile.warnings, [""; 0], "{kind}");
        for (name, version, direct, scope) in [
            ("@sindresorhus/is", "0.7.0", true, Prod),
            ("chokidar", "3.5.1", true, Prod),
            ("lodash", "4.17.15", true, Prod),
            ("lodash", "4.17.20", true, Prod),
            ("fsevents", "2.3.3", false, Optional),
            ("nan", "2.14.0", true, Optional),
            ("mkdirp", "0.5.1", true, Dev),
            ("minimist", "0.0.8", false, Dev),
            ("minimist", "1.2.0", true, Dev),
            ("ms", "2.0.0", false, Prod),
            ("ms", "2.1.2", false, Prod),
            ("inherits", "2.0.4", false, Prod),
            ("react", "16.8.0", true, Prod),
            ("scheduler", "0.13.6", false, Prod),
        ] {
            let package = find(&lockfile, name, version);
            let place = format!("{kind}: {name}@{version}");
            assert_eq!((package.direct, package.scope), (direct, scope), "{place}");
            assert_eq!(package.source, PackageSource::Registry, "{place}");
            let first = package
                .paths
                .first()
                .unwrap_or_else(|| panic!("{place} has no way"));
            assert_eq!(first.len() == 1, direct, "{place}: {first:?}");
            let line = text.lines().nth(package.line as usize - 1).unwrap();
            assert!(
                line.contains(name.rsplit('/').next().unwrap()) || line.contains("lodash-old"),
                "{place}: {line}"
            );
        }
        let aliased = find(&lockfile, "lodash", "4.17.15");
        assert_eq!(aliased.alias.as_deref(), Some("lodash-old"), "{kind}");
        assert_eq!(aliased.purl, "pkg:npm/lodash@4.17.15");
        assert_eq!(find(&lockfile, "lodash", "4.17.20").alias, None, "{kind}");
        assert_eq!(
            find(&lockfile, "minimist", "0.0.8").paths,
            [["mkdirp@0.5.1", "minimist@0.0.8"]]
        );
        assert_eq!(
            find(&lockfile, "to-regex-range", "5.0.1").paths,
            [[
                "chokidar@3.5.1",
                "braces@3.0.3",
                "fill-range@7.1.1",
                "to-regex-range@5.0.1"
            ]]
        );
        assert!(
            !lockfile
                .packages
                .iter()
                .any(|package| package.name == "fixture-root"),
            "{kind}"
        );
    }
}

#[test]
fn what_comes_from_no_registry_says_so() {
    let project = Project::read(&fixtures().join("npm-project"));
    for (folder, file, kind) in NPM {
        let (_, lockfile) = read(folder, file, &project);
        let by_name = |name: &str| {
            let found: Vec<_> = lockfile
                .packages
                .iter()
                .filter(|package| package.name == name)
                .collect();
            assert!(
                found.len() < 2,
                "{kind}: {name} is there {} times",
                found.len()
            );
            found.first().copied()
        };
        let git = by_name("from-git").unwrap_or_else(|| panic!("{kind}: from-git"));
        let fragment = if kind.contains("berry") {
            "commit="
        } else {
            ""
        };
        assert_eq!(
            git.source,
            PackageSource::Git(format!(
                "git://forge.example/u/from-git.git#{fragment}{COMMIT}"
            )),
            "{kind}"
        );
        // Version 1 of npm's and Bun's lockfile have no version of a repository's package.
        let version = if ["package-lock.json v1", "bun.lock v1"].contains(&kind) {
            COMMIT
        } else {
            "2.0.0"
        };
        assert_eq!(git.version, version, "{kind}");
        assert!(git.purl.contains("?vcs_url=git%2Bgit:"), "{}", git.purl);
        for (name, path) in [("local-folder", "local"), ("local-archive", "archive.tgz")] {
            let package = by_name(name).unwrap_or_else(|| panic!("{kind}: {name}"));
            let PackageSource::File(found) = &package.source else {
                panic!("{kind}: {name} is {:?}", package.source)
            };
            assert_eq!(found.trim_start_matches("./"), path, "{kind}");
            assert!(package.direct);
        }
        for (name, path) in [("@fixture/a", "packages/a"), ("@fixture/b", "packages/b")] {
            match by_name(name) {
                Some(member) => {
                    assert_eq!(
                        member.source,
                        PackageSource::Workspace(path.to_owned()),
                        "{kind}"
                    );
                    assert!(member.direct, "{kind}: {name}");
                }
                None => assert_eq!(kind, "yarn.lock v1", "{name}"),
            }
        }
    }
}

#[test]
fn without_manifests_the_lockfile_speaks_alone() {
    let nothing = Project::default();
    for (folder, file, kind) in NPM {
        let (_, lockfile) = read(folder, file, &nothing);
        let (_, with) = read(
            folder,
            file,
            &Project::read(&fixtures().join("npm-project")),
        );
        let ids = |lockfile: &Lockfile| -> Vec<_> {
            lockfile
                .packages
                .iter()
                .filter(|p| p.source == PackageSource::Registry)
                .map(|p| p.purl.clone())
                .collect()
        };
        assert_eq!(ids(&lockfile), ids(&with), "{kind}");
        let tells_all = [
            "package-lock.json v2",
            "package-lock.json v3",
            "bun.lock v1",
        ]
        .contains(&kind)
            || kind.starts_with("pnpm");
        assert_eq!(
            lockfile.warnings.is_empty(),
            tells_all,
            "{kind}: {:?}",
            lockfile.warnings
        );
        assert!(
            lockfile
                .packages
                .iter()
                .all(|package| !package.paths.is_empty()),
            "{kind}"
        );
        if kind != "yarn.lock v1" && !kind.contains("berry") {
            assert_eq!(
                find(&lockfile, "minimist", "0.0.8").scope,
                Scope::Dev,
                "{kind}"
            );
        }
    }
}

#[test]
fn cargo_lock_of_every_version() {
    let project = Project::read(&fixtures().join("cargo-project"));
    let mut all = Vec::new();
    for version in 1..=4 {
        let (text, lockfile) = read(&format!("cargo-v{version}"), "Cargo.lock", &project);
        assert_eq!(lockfile.kind, format!("Cargo.lock v{version}"));
        assert_eq!(lockfile.warnings, [""; 0]);
        // The project itself is no package of its own.
        assert_eq!(
            lockfile.packages.len(),
            text.matches("[[package]]").count() - 1
        );
        for package in &lockfile.packages {
            let lines: Vec<&str> = text
                .lines()
                .skip(package.line as usize - 1)
                .take(3)
                .collect();
            assert_eq!(
                lines,
                [
                    "[[package]]",
                    &format!("name = \"{}\"", package.name),
                    &format!("version = \"{}\"", package.version)
                ]
            );
        }
        all.push(
            lockfile
                .packages
                .into_iter()
                .map(|mut package| {
                    package.line = 0;
                    package
                })
                .collect::<Vec<_>>(),
        );
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    let packages = &all[0];
    let facts: Vec<_> = packages
        .iter()
        .map(|package| {
            (
                package.name.as_str(),
                package.version.as_str(),
                package.direct,
                package.scope,
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("autocfg", "1.1.0", true, Scope::Prod),
            ("beside", "0.3.0", true, Scope::Prod),
            ("fixture-a", "1.1.0", true, Scope::Prod),
            ("fixture-b", "1.2.0", true, Scope::Prod),
            ("from-git", "0.2.0", true, Scope::Prod),
            ("itoa", "0.4.8", true, Scope::Dev),
            ("itoa", "1.0.1", true, Scope::Prod),
            ("libc", "0.2.191", false, Scope::Prod),
            ("matches", "0.1.9", true, Scope::Dev),
            ("scopeguard", "1.1.0", true, Scope::Dev),
            ("smallvec", "1.6.0", true, Scope::Prod),
            ("time", "0.1.43", true, Scope::Prod),
            ("winapi", "0.3.9", false, Scope::Prod),
            ("winapi-i686-pc-windows-gnu", "0.4.0", false, Scope::Prod),
            ("winapi-x86_64-pc-windows-gnu", "0.4.0", false, Scope::Prod),
        ]
    );
    let of = |name: &str| {
        packages
            .iter()
            .find(|package| package.name == name)
            .unwrap()
    };
    assert_eq!(
        of("beside").source,
        PackageSource::Workspace("beside".to_owned())
    );
    assert_eq!(
        of("from-git").source,
        PackageSource::Git(
            "https://forge.example/u/from-git.git#d8f9d534c975b639bdfe1f329ed1aed113318e97"
                .to_owned()
        )
    );
    assert_eq!(of("libc").paths, [["time@0.1.43", "libc@0.2.191"]]);
    assert_eq!(of("libc").purl, "pkg:cargo/libc@0.2.191");
}

#[test]
fn cargo_lock_without_manifests_warns() {
    let (_, lockfile) = read("cargo-v4", "Cargo.lock", &Project::default());
    assert_eq!(lockfile.warnings.len(), 1);
    assert!(
        lockfile.warnings[0].starts_with("Cargo.lock: the Cargo.toml of 4 folders"),
        "{:?}",
        lockfile.warnings
    );
    assert!(
        lockfile
            .packages
            .iter()
            .all(|package| package.scope == Scope::Prod)
    );
}
