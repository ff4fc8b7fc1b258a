//! Random dependency graphs, written in each format and read back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cortex_engine::dependencies::Lockfile;
use proptest::prelude::*;

use super::common::{Project, parsed};

/// Packages by name, each with a version and the names that it depends on; and the names that the project depends on.
#[derive(Clone, Debug)]
struct Graph {
    packages: BTreeMap<String, (String, Vec<String>)>,
    direct: Vec<String>,
}

fn graph() -> impl Strategy<Value = Graph> {
    let version = "(0|[1-9][0-9]?)\\.[0-9]\\.[0-9](-rc\\.[0-9])?";
    let package = (version, prop::collection::vec(0..12_usize, 0..4));
    (
        prop::collection::btree_map("(@s[a-c]/)?[a-d][a-z0-9-]{0,6}[a-z]", package, 1..12),
        prop::collection::vec(0..12_usize, 1..4),
    )
        .prop_map(|(packages, direct)| {
            let names: Vec<String> = packages.keys().cloned().collect();
            let name = |number: &usize| names[number % names.len()].clone();
            let chosen = |numbers: &[usize]| {
                let mut chosen: Vec<String> = numbers.iter().map(name).collect();
                chosen.sort();
                chosen.dedup();
                chosen
            };
            Graph {
                direct: chosen(&direct),
                packages: packages
                    .iter()
                    .map(|(own, (version, needs))| {
                        let needs = chosen(needs)
                            .into_iter()
                            .filter(|other| other != own)
                            .collect();
                        (own.clone(), (version.clone(), needs))
                    })
                    .collect(),
            }
        })
}

impl Graph {
    fn version(&self, name: &str) -> &str {
        &self.packages[name].0
    }

    fn map(&self, names: &[String]) -> String {
        let entries: Vec<String> = names
            .iter()
            .map(|name| format!("\"{name}\": \"{}\"", self.version(name)))
            .collect();
        format!("{{{}}}", entries.join(", "))
    }

    fn npm(&self) -> String {
        let mut text = format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{\n\"\": {{\"dependencies\": {}}}",
            self.map(&self.direct)
        );
        for (name, (version, needs)) in &self.packages {
            let needs = self.map(needs);
            write!(text, ",\n\"node_modules/{name}\": {{\"version\": \"{version}\", \"dependencies\": {needs}}}").unwrap();
        }
        text + "\n}}\n"
    }

    fn yarn(&self) -> String {
        let mut text = String::from("# yarn lockfile v1\n");
        for (name, (version, needs)) in &self.packages {
            write!(text, "\n\"{name}@{version}\":\n  version \"{version}\"\n").unwrap();
            if !needs.is_empty() {
                text.push_str("  dependencies:\n");
            }
            for need in needs {
                writeln!(text, "    \"{need}\" \"{}\"", self.version(need)).unwrap();
            }
        }
        text
    }

    fn pnpm(&self) -> String {
        let mut text =
            String::from("lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n");
        for name in &self.direct {
            let version = self.version(name);
            writeln!(
                text,
                "      '{name}':\n        specifier: {version}\n        version: {version}"
            )
            .unwrap();
        }
        text.push_str("packages:\n");
        for (name, (version, _)) in &self.packages {
            writeln!(
                text,
                "  '{name}@{version}':\n    resolution: {{integrity: sha512-x}}"
            )
            .unwrap();
        }
        text.push_str("snapshots:\n");
        for (name, (version, needs)) in &self.packages {
            if needs.is_empty() {
                writeln!(text, "  '{name}@{version}': {{}}").unwrap();
                continue;
            }
            writeln!(text, "  '{name}@{version}':\n    dependencies:").unwrap();
            for need in needs {
                writeln!(text, "      '{need}': {}", self.version(need)).unwrap();
            }
        }
        text
    }

    fn cargo(&self) -> String {
        let plain = |name: &str| name.replace(['@', '/'], "");
        let list = |names: &[String]| {
            let names: Vec<String> = names
                .iter()
                .map(|name| format!("\"{}\"", plain(name)))
                .collect();
            format!("[{}]", names.join(", "))
        };
        let mut text = format!(
            "version = 4\n\n[[package]]\nname = \"the-root\"\nversion = \"0.0.0\"\ndependencies = {}\n",
            list(&self.direct)
        );
        for (name, (version, needs)) in &self.packages {
            write!(
                text,
                "\n[[package]]\nname = \"{}\"\nversion = \"{version}\"\nsource = \"registry+https://index.example\"\ndependencies = {}\n",
                plain(name),
                list(needs)
            )
            .unwrap();
        }
        text
    }
}

/// What the lockfile tells of each package: version, whether it is direct, and the text of its line.
fn told(lockfile: &Lockfile, text: &str) -> BTreeMap<String, (String, bool, String)> {
    let lines: Vec<&str> = text.lines().collect();
    lockfile
        .packages
        .iter()
        .filter(|package| package.name != "the-root")
        .map(|package| {
            let line = lines[package.line as usize - 1..].iter().take(2).copied();
            let fact = (package.version.clone(), package.direct, line.collect());
            (package.name.clone(), fact)
        })
        .collect()
}

fn check(graph: &Graph, file: &str, text: &str, knows_direct: bool, name: fn(&str) -> String) {
    let lockfile = parsed(file, text, &Project::default());
    let told = told(&lockfile, text);
    assert_eq!(told.len(), graph.packages.len(), "{text}");
    for (own, (version, _)) in &graph.packages {
        let (found, direct, line) = &told[&name(own)];
        assert_eq!(found, version, "{text}");
        assert!(line.contains(&name(own)), "{own}: {line:?}\n{text}");
        if knows_direct {
            assert_eq!(*direct, graph.direct.contains(own), "{own}\n{text}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(graph in graph()) {
        let same: fn(&str) -> String = str::to_owned;
        check(&graph, "package-lock.json", &graph.npm(), true, same);
        check(&graph, "pnpm-lock.yaml", &graph.pnpm(), true, same);
        check(&graph, "yarn.lock", &graph.yarn(), false, same);
        let plain = |name: &str| name.replace(['@', '/'], "");
        let names: std::collections::BTreeSet<String> = graph.packages.keys().map(|name| plain(name)).collect();
        if names.len() == graph.packages.len() {
            check(&graph, "Cargo.lock", &graph.cargo(), true, plain);
        }
    }
}
