//! Imports before parsing: the names of modules that stand in a file's bytes, and the files that they name.
//!
//! Found in the text, so one in a comment counts too: it costs a look at a file, never a finding.

use rustc_hash::FxHashMap;

/// More imports than any file written by hand has.
const MOST_IMPORTS: usize = 2_000;
/// In the order in which they are tried, as bundlers do.
const EXTENSIONS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];

/// The relative names of modules that a file imports, requires or exports from.
pub(super) fn of(source: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    // Every such name begins with a quote and a dot.
    for at in memchr::memmem::find_iter(source, b".") {
        let Some((quote @ (b'"' | b'\'' | b'`'), before)) = source
            .get(..at)
            .and_then(<[u8]>::split_last)
            .map(|(quote, before)| (*quote, before))
        else {
            continue;
        };
        if !follows_import(before) {
            continue;
        }
        let rest = source.get(at..).unwrap_or_default();
        let Some(end) = memchr::memchr2(quote, b'\n', rest) else {
            continue;
        };
        let name = rest.get(..end).unwrap_or_default();
        if found.len() < MOST_IMPORTS
            && let Ok(name) = std::str::from_utf8(name)
        {
            found.push(name.to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

fn follows_import(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    if let Some(called) = before.strip_suffix(b"(") {
        let called = called.trim_ascii_end();
        return called.ends_with(b"require") || called.ends_with(b"import");
    }
    before.ends_with(b"from") || before.ends_with(b"import")
}

/// The files of a project by their paths.
pub(super) struct Paths<'p> {
    paths: &'p [&'p str],
    numbers: FxHashMap<&'p str, usize>,
}

impl<'p> Paths<'p> {
    pub(super) fn new(paths: &'p [&'p str]) -> Self {
        let numbers = paths.iter().zip(0..).map(|(path, number)| (*path, number));
        Self {
            paths,
            numbers: numbers.collect(),
        }
    }

    /// The file that a relative name means in a file.
    pub(super) fn resolve(&self, file: usize, name: &str) -> Option<usize> {
        if !name.starts_with('.') {
            return None;
        }
        let from = self.paths.get(file)?;
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        let number = |path: &str| self.numbers.get(path).copied();
        let with = |path: &str| {
            let mut tried = format!("{path}.");
            EXTENSIONS.iter().find_map(|extension| {
                tried.truncate(path.len() + 1);
                tried.push_str(extension);
                number(&tried)
            })
        };
        let index = if path.is_empty() {
            "index".to_owned()
        } else {
            format!("{path}/index")
        };
        // TypeScript names what a file will be compiled to: `./run.js` is `run.ts`.
        let compiled = || {
            let (stem, extension) = path.rsplit_once('.')?;
            ["js", "jsx", "mjs", "cjs"]
                .contains(&extension)
                .then(|| with(stem))?
        };
        number(&path)
            .or_else(|| with(&path))
            .or_else(compiled)
            .or_else(|| with(&index))
    }
}

#[cfg(test)]
mod tests {
    use super::{Paths, of};

    #[test]
    fn names_of_modules() {
        let text = br#"
            import a, { b } from './a';
            import "./b.css"
            export * from "../c";
            const d = require( './d' ), e = await import(`./e`);
            const no = join('./f'), url = 'from ./g';
            import g from 'express'; x('.h')
        "#;
        assert_eq!(of(text), ["../c", "./a", "./b.css", "./d", "./e"]);
    }

    #[test]
    fn files_of_names() {
        let paths = ["a/b.ts", "a/c/index.js", "a/d.tsx", "e.js", "index.js"];
        let paths = Paths::new(&paths);
        for (from, name, expected) in [
            (0, "./c", Some(1)),
            (0, "./d.js", Some(2)),
            (1, "../b", Some(0)),
            (1, "../../e", Some(3)),
            (3, ".", Some(4)),
            (0, "..", Some(4)),
            (3, "../e", None),
            (3, "express", None),
        ] {
            assert_eq!(paths.resolve(from, name), expected, "{name}");
        }
    }
}
