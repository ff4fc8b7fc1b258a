//! Globs that choose files: `--include`, `--exclude`, and the paths in `cortex.toml`.
//!
//! One meaning everywhere:
//!
//! * a pattern without a slash is matched against the base name, at any depth: `*.js`, `tests`;
//! * a pattern with a slash is matched against the path from the root: `src/*.js`, `/tests`,
//!   `**/gen/*.ts`; `*` and `?` do not match a slash, `**` does;
//! * a folder that matches stands for all that is in it, and a pattern that ends with a slash
//!   matches folders only; `dir/**` means the same as `/dir/`;
//! * letters match exactly; `[a-z]`, `{a,b}` and `\*` are understood.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The longest glob that is read, in bytes.
const MAX_LENGTH: usize = 4096;

/// A glob cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("glob {pattern:?}: {reason}")]
pub struct GlobError {
    /// As given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A set of globs.
#[derive(Clone, Debug)]
pub struct Globs {
    names: Sets,
    paths: Sets,
    is_empty: bool,
}

#[derive(Clone, Debug)]
struct Sets {
    /// Match files and folders.
    any: GlobSet,
    /// Match folders only.
    folders: GlobSet,
}

impl Sets {
    fn is_match(&self, text: &str, is_folder: bool) -> bool {
        (!self.any.is_empty() && self.any.is_match(Path::new(text)))
            || (is_folder && !self.folders.is_empty() && self.folders.is_match(Path::new(text)))
    }
}

struct Builders {
    any: GlobSetBuilder,
    folders: GlobSetBuilder,
}

impl Builders {
    fn new() -> Self {
        Self {
            any: GlobSetBuilder::new(),
            folders: GlobSetBuilder::new(),
        }
    }

    fn build(&self) -> Result<Sets, globset::Error> {
        Ok(Sets {
            any: self.any.build()?,
            folders: self.folders.build()?,
        })
    }
}

impl Globs {
    /// Compiles patterns.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, GlobError> {
        let mut names = Builders::new();
        let mut paths = Builders::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let fail = |reason: String| GlobError {
                pattern: pattern.chars().take(200).collect(),
                reason,
            };
            if pattern.len() > MAX_LENGTH {
                return Err(fail(format!("longer than {MAX_LENGTH} bytes")));
            }
            let mut body = pattern.strip_prefix("./").unwrap_or(pattern);
            let mut folders_only = false;
            if let Some(folder) = body.strip_suffix('/') {
                body = folder;
                folders_only = true;
            }
            let mut anchored = body.contains('/');
            if let Some(folder) = body.strip_suffix("/**")
                && !folder.is_empty()
            {
                body = folder;
                folders_only = true;
                anchored = true;
            }
            let body = body.strip_prefix('/').unwrap_or(body);
            if matches!(body, "" | "." | "..") {
                return Err(fail(
                    "it names nothing; \"**\" stands for everything".to_owned(),
                ));
            }
            let glob = GlobBuilder::new(body)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| fail(error.kind().to_string()))?;
            let builders = if anchored { &mut paths } else { &mut names };
            if folders_only {
                builders.folders.add(glob);
            } else {
                builders.any.add(glob);
            }
        }
        let build = |builders: &Builders| {
            builders.build().map_err(|error| GlobError {
                pattern: error.glob().unwrap_or("all together").to_owned(),
                reason: error.kind().to_string(),
            })
        };
        Ok(Self {
            names: build(&names)?,
            paths: build(&paths)?,
            is_empty: patterns.is_empty(),
        })
    }

    /// Whether there are no globs at all.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether the file at `path`, or a folder it is in, matches.
    pub fn matches(&self, path: &str) -> bool {
        !self.is_empty
            && (self.matches_entry(path, false)
                || path
                    .match_indices('/')
                    .any(|(at, _)| self.matches_entry(path.get(..at).unwrap_or_default(), true)))
    }

    /// Whether this very file or folder matches, whatever it is in. For a walk that has asked the
    /// same of the folders above.
    pub(crate) fn matches_entry(&self, path: &str, is_folder: bool) -> bool {
        if self.is_empty {
            return false;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        self.names.is_match(name, is_folder) || self.paths.is_match(path, is_folder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Globs::new(&[pattern]).unwrap().matches(path)
    }

    #[test]
    fn patterns_mean_what_the_table_says() {
        for (pattern, yes, no) in [
            (
                "*.js",
                &["a.js", "x/y/a.js", "x/.js", "lib.js/a.ts"][..],
                &["a.jsx", "x/a.ts"][..],
            ),
            (
                "tests",
                &["tests/a.js", "x/tests/y/a.js", "tests"],
                &["tests2/a.js", "x/atests"],
            ),
            (
                "tests/",
                &["tests/a.js", "x/tests/a.js"],
                &["tests", "x/tests"],
            ),
            ("/tests", &["tests/a.js", "tests"], &["x/tests/a.js"]),
            (
                "src/*.js",
                &["src/a.js"],
                &["src/x/a.js", "y/src/a.js", "src/a.ts"],
            ),
            ("./src/*.js", &["src/a.js"], &["y/src/a.js"]),
            ("src/**/*.js", &["src/a.js", "src/x/y/a.js"], &["a.js"]),
            (
                "**/gen/*.ts",
                &["gen/a.ts", "x/y/gen/a.ts"],
                &["gen/x/a.ts"],
            ),
            (
                "node_modules/**",
                &["node_modules/a", "node_modules/x/a.js"],
                &["node_modules", "x/node_modules/a"],
            ),
            (
                "**/fixtures/**",
                &["fixtures/a", "x/fixtures/y/a"],
                &["fixtures", "x/fixtures"],
            ),
            ("**", &["a", "x/a"], &[]),
            ("{a,b}.js", &["a.js", "x/b.js"], &["c.js"]),
            ("[a-c].js", &["b.js"], &["d.js", "B.js"]),
            ("\\*.js", &["*.js"], &["a.js"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} must match {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} must not match {path}");
            }
        }
    }

    #[test]
    fn a_broken_glob_is_named() {
        for pattern in ["[", "{a", "/", "./", "..", "", "a{b,c"] {
            let error = Globs::new(&["ok", pattern]).unwrap_err();
            assert_eq!(error.pattern, pattern);
        }
    }

    /// `*`, `?`, `**` and literals, by plain backtracking over path components.
    fn component(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|n| component(rest, &text[n..])),
            Some((b'?', rest)) => !text.is_empty() && component(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && component(rest, &text[1..]),
        }
    }

    fn whole(pattern: &[&str], path: &[&str]) -> bool {
        match pattern.split_first() {
            None => path.is_empty(),
            // At the end `**` stands for at least one component, elsewhere for none or more.
            Some((&"**", [])) => !path.is_empty(),
            Some((&"**", rest)) => (0..=path.len()).any(|n| whole(rest, &path[n..])),
            Some((first, rest)) => {
                path.first()
                    .is_some_and(|c| component(first.as_bytes(), c.as_bytes()))
                    && whole(rest, &path[1..])
            }
        }
    }

    fn brute_force(pattern: &str, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let (body, folders_only) = match pattern.strip_suffix('/') {
            Some(body) => (body, true),
            None => (pattern, false),
        };
        let anchored = body.contains('/');
        let (body, folders_only) = match body.strip_suffix("/**") {
            Some(folder) if !folder.is_empty() => (folder, true),
            _ => (body, folders_only),
        };
        (1..=parts.len()).any(|n| {
            let is_folder = n < parts.len();
            let prefix = &parts[..n];
            if folders_only && !is_folder {
                return false;
            }
            if anchored {
                let body: Vec<&str> = body.trim_start_matches('/').split('/').collect();
                whole(&body, prefix)
            } else {
                component(body.as_bytes(), prefix[n - 1].as_bytes())
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, max_global_rejects: 100_000, ..ProptestConfig::default() })]
        #[test]
        fn globs_agree_with_brute_force(
            parts in prop::collection::vec(
                prop_oneof![3 => "[ab.*?]{1,3}", 1 => Just("**".to_owned())], 1..4),
            leading in any::<bool>(),
            trailing in any::<bool>(),
            path in r"(\.[ab]|[ab][ab.]?)(/(\.[ab]|[ab][ab.]?)){0,3}",
        ) {
            // Only a whole component `**` is special; `a**` is left to globset.
            prop_assume!(parts.iter().all(|p| p == "**" || !p.contains("**")));
            // `./` is stripped before a pattern is read.
            prop_assume!(parts.iter().all(|p| p != "." && p != ".."));
            // `x/**/` matches no folder but those within x, and is not worth a rule of its own.
            prop_assume!(!(trailing && parts.last().is_some_and(|p| p == "**")));
            let mut pattern = parts.join("/");
            if leading { pattern.insert(0, '/'); }
            if trailing { pattern.push('/'); }
            prop_assert_eq!(matches(&pattern, &path), brute_force(&pattern, &path), "{} {}", pattern, path);
        }
    }
}
