//! `bun.lock`: JSON with comments and trailing commas.
//!
//! A package is a list: `name@version`, then, by its source, the registry, what it needs, a hash. Its key is the way to
//! where it is installed, `parent/name`; `member/name` below a member of the workspace. `workspaces` maps folders to what
//! the project (`""`) and the members ask for.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::nesting::{Nesting, Place};
use super::{Lockfile, LockfileError, LockfileFormat, ProjectFiles, specifier};
use crate::dependencies::graph::{Graph, Id, Node};
use crate::dependencies::json::{self, Entries, Lines, Maybe, Number, Text};
use crate::dependencies::manifest::package_json::Record;
use crate::dependencies::package::{PackageSource, Scope};

pub(super) struct BunLock;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Document<'t> {
    lockfile_version: Number,
    #[serde(borrow)]
    workspaces: Entries<'t, Maybe<Record<'t>>>,
    #[serde(borrow)]
    packages: Option<Maybe<Entries<'t, Parts<'t>>>>,
}

/// What of a package's list counts: its first text and its first object.
#[derive(Debug, Default)]
struct Parts<'t> {
    descriptor: Text<'t>,
    record: Option<Record<'t>>,
}

/// An element of the list.
struct Part<'t>(Text<'t>, Option<Record<'t>>);

impl<'de: 't, 't> Deserialize<'de> for Part<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartVisitor;

        impl<'p> Visitor<'p> for PartVisitor {
            type Value = Part<'p>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or an object")
            }

            fn visit_borrowed_str<E>(self, text: &'p str) -> Result<Self::Value, E> {
                Ok(Part(Text(Some(text.into())), None))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Part(Text(Some(text.to_owned().into())), None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Part(Text::default(), None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Part(Text::default(), None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Part(Text::default(), None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Part(Text::default(), None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Part(Text::default(), None))
            }

            fn visit_seq<A: SeqAccess<'p>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                while sequence.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Part(Text::default(), None))
            }

            fn visit_map<A: serde::de::MapAccess<'p>>(
                self,
                mapping: A,
            ) -> Result<Self::Value, A::Error> {
                let record =
                    Record::deserialize(serde::de::value::MapAccessDeserializer::new(mapping))?;
                Ok(Part(Text::default(), Some(record)))
            }
        }

        deserializer.deserialize_any(PartVisitor)
    }
}

impl<'de: 't, 't> Deserialize<'de> for Parts<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PartsVisitor;

        impl<'p> Visitor<'p> for PartsVisitor {
            type Value = Parts<'p>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of a package's parts")
            }

            fn visit_seq<A: SeqAccess<'p>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut parts = Parts::default();
                while let Some(Part(text, record)) = sequence.next_element()? {
                    if parts.descriptor.0.is_none() {
                        parts.descriptor = text;
                    }
                    if parts.record.is_none() {
                        parts.record = record;
                    }
                }
                Ok(parts)
            }
        }

        deserializer.deserialize_seq(PartsVisitor)
    }
}

impl LockfileFormat for BunLock {
    fn name(&self) -> &'static str {
        "bun.lock"
    }

    fn file_names(&self) -> &'static [&'static str] {
        &["bun.lock"]
    }

    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn parse(
        &self,
        path: &str,
        text: &str,
        _: &dyn ProjectFiles,
    ) -> Result<Lockfile, LockfileError> {
        let plain = json::without_comments(text);
        let Maybe(Some(document)) = json::read::<Maybe<Document<'_>>>(path, &plain)? else {
            return Err(LockfileError::new(path, Some(1), "an object is expected"));
        };
        let packages = match document.packages {
            Some(Maybe(Some(packages))) => packages,
            None if document.lockfile_version.0.is_some() => Entries::default(),
            _ => {
                return Err(LockfileError::new(
                    path,
                    Some(1),
                    "an object `packages` is expected, as Bun writes it",
                ));
            }
        };
        let graph = resolve(&packages, &document.workspaces, &plain);
        let version = document
            .lockfile_version
            .0
            .map_or_else(|| "?".to_owned(), |version| version.to_string());
        Ok(Lockfile::new(
            &format!("bun.lock v{version}"),
            self.ecosystem(),
            graph,
            Vec::new(),
        ))
    }
}

fn resolve<'t>(
    packages: &Entries<'t, Parts<'t>>,
    workspaces: &Entries<'t, Maybe<Record<'t>>>,
    text: &'t str,
) -> Graph {
    let mut graph = Graph::default();
    let mut tree = Nesting::new();
    let mut lines = Lines::new(text);
    let mut needs: Vec<(Place, Id, &Record<'_>)> = Vec::new();
    let versions: HashMap<&str, &str> = workspaces
        .0
        .iter()
        .filter_map(|(folder, record)| Some((folder.as_ref(), record.0.as_ref()?.version.get()?)))
        .collect();
    for (key, parts) in &packages.0 {
        let line = lines.of(key);
        let Some(descriptor) = parts.descriptor.get() else {
            continue;
        };
        let (name, reference) = specifier::split(descriptor).unwrap_or((descriptor, ""));
        // The project itself, where it depends on itself.
        if reference == "root:" {
            continue;
        }
        let mut place = Nesting::ROOT;
        let mut installed = key.as_ref();
        for name in names(key) {
            place = tree.enter(place, name);
            installed = name;
        }
        let source = specifier::source(reference).unwrap_or(PackageSource::Registry);
        let version = match &source {
            PackageSource::Registry => reference,
            PackageSource::Git(address) => specifier::commit(address).unwrap_or_default(),
            PackageSource::Workspace(folder) => {
                versions.get(folder.as_str()).copied().unwrap_or_default()
            }
            PackageSource::File(_) | PackageSource::Url(_) => "",
        };
        let is_member = matches!(source, PackageSource::Workspace(_));
        let id = graph.add(Node::new(name, version, source.clone(), line).installed_as(installed));
        if is_member {
            graph.direct(id, Scope::Prod);
        }
        tree.put(place, id);
        if let Some(record) = &parts.record {
            needs.push((place, id, record));
        }
    }
    for (place, from, record) in needs {
        for (name, _, scope) in record.needs(false) {
            if let Some(to) = tree.resolve(place, name) {
                graph.edge(from, to, scope);
            }
        }
    }
    for (folder, record) in &workspaces.0 {
        let Some(record) = &record.0 else { continue };
        let place = if folder.is_empty() {
            Nesting::ROOT
        } else {
            tree.enter(Nesting::ROOT, record.name.or_empty())
        };
        for (name, _, scope) in record.needs(true) {
            if let Some(to) = tree.resolve(place, name) {
                graph.direct(to, scope);
            }
        }
    }
    graph
}

/// The names of a key: `@s/a/b` is `@s/a` and `b`.
fn names(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(key);
    std::iter::from_fn(move || {
        let text = rest?;
        let skip = match text.strip_prefix('@') {
            Some(scoped) => scoped.find('/').map_or(text.len(), |at| at + 2),
            None => 0,
        };
        let end = text
            .get(skip..)
            .and_then(|after| after.find('/'))
            .map(|at| at + skip);
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn keys() {
        let split = |key| names(key).collect::<Vec<_>>();
        assert_eq!(split("a"), ["a"]);
        assert_eq!(split("@s/a/b/@t/c"), ["@s/a", "b", "@t/c"]);
        assert_eq!(split("@"), ["@"]);
        assert_eq!(split("a/"), ["a", ""]);
    }
}
