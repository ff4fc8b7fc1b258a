//! Ignore files: `.cortexignore`, `.semgrepignore` and `.gitignore`, in git's syntax.
//!
//! `.cortexignore` outweighs `.semgrepignore`, which outweighs `.gitignore`, wherever they stand;
//! among files of one kind a deeper folder outweighs a higher one, and within a file a later line an
//! earlier one. As in git, nothing can be taken back in that is in a folder left out.
//!
//! Where they differ from git on purpose, so that a folder and a commit give the same files:
//! `.git/info/exclude` and the user's global excludes are not read; a file that is tracked although
//! a pattern names it is left out; patterns hold in folders that are in no repository too. Files
//! above the target folder count as far as the root of the repository that it is in.
//!
//! In a `.semgrepignore` at the root, Semgrep's `:include FILE` puts the lines of another file of
//! the repository in its place; one level deep.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Names of ignore files, the one that outweighs the others first.
pub const NAMES: [&str; 3] = [".cortexignore", ".semgrepignore", ".gitignore"];

/// What is ignored where the root (and the folders above it in its repository) has neither a
/// `.cortexignore` nor a `.semgrepignore`: code that was fetched or generated. Weaker than any ignore
/// file, so that `!dist/` in a `.gitignore` takes `dist` back in.
pub const DEFAULTS: [&str; 11] = [
    "node_modules/",
    "bower_components/",
    "vendor/",
    "dist/",
    "build/",
    ".venv/",
    ".tox/",
    ".npm/",
    ".yarn/",
    "*.min.js",
    "*.min.css",
];

/// Larger ignore files are not honoured, in bytes.
pub(crate) const MAX_SIZE: u64 = 256 << 10;

/// Longer lines are not honoured, in bytes.
const MAX_LINE: usize = 1024;

const KINDS: usize = NAMES.len() + 1;
const DEFAULT_KIND: usize = NAMES.len();

static DEFAULT_RULES: LazyLock<Gitignore> = LazyLock::new(|| {
    let mut builder = GitignoreBuilder::new("");
    for line in DEFAULTS {
        // The lines are constants; the tests see that they hold.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
});

/// Gives the content of a file that an ignore file includes.
pub(crate) type Include<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// The rules of one ignore file, and what was wrong in it.
pub(crate) struct Rules {
    matcher: Gitignore,
    /// How many patterns, for the bound on all of them.
    pub(crate) patterns: u64,
    /// The first thing that could not be understood.
    pub(crate) error: Option<String>,
}

/// Reads an ignore file. `include` gives the lines of `:include FILE`, where that is allowed.
pub(crate) fn parse(text: &[u8], include: Option<Include<'_>>) -> Rules {
    let mut parser = Parser {
        builder: GitignoreBuilder::new(""),
        patterns: 0,
        error: None,
    };
    parser.lines(text, include);
    let matcher = parser.builder.build().unwrap_or_else(|error| {
        parser.error.get_or_insert(format!(
            "its patterns are too much together ({error}); none is honoured"
        ));
        Gitignore::empty()
    });
    Rules {
        matcher,
        patterns: parser.patterns,
        error: parser.error,
    }
}

struct Parser {
    builder: GitignoreBuilder,
    patterns: u64,
    error: Option<String>,
}

impl Parser {
    fn lines(&mut self, text: &[u8], include: Option<Include<'_>>) {
        let text =
            String::from_utf8_lossy(text.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(text));
        for (number, line) in text.lines().enumerate() {
            let mut fail = |reason: &str| {
                let shown: String = line.chars().take(100).collect();
                self.error
                    .get_or_insert(format!("line {}: {shown:?}: {reason}", number + 1));
            };
            if let Some(name) = line.strip_prefix(":include ") {
                let Some(read) = include else {
                    fail("only the .semgrepignore at the root can include a file");
                    continue;
                };
                if let Some(text) = read(name.trim()) {
                    self.lines(&text, None);
                } else {
                    fail("no such regular file in the repository, or it is too large");
                }
                continue;
            }
            if line.len() > MAX_LINE {
                fail("the line is too long");
                continue;
            }
            match self.builder.add_line(None, line) {
                Ok(_) => {
                    self.patterns += u64::from(!line.trim().is_empty() && !line.starts_with('#'));
                }
                Err(error) => fail(&error.to_string()),
            }
        }
    }
}

/// The ignore files that hold in a folder: its own and those of the folders above.
#[derive(Clone, Default)]
pub(crate) struct Stack(Option<Arc<Level>>);

struct Level {
    above: Stack,
    /// Bytes of a path (relative to the target) that lead to the folder, with the slash.
    strip: usize,
    /// For a folder above the target: the way from it to the target, with a slash at the end.
    lead: String,
    rules: [Option<Gitignore>; KINDS],
}

impl Stack {
    /// Adds the ignore files of a folder; `rules` are by index in [`NAMES`].
    pub(crate) fn push(&self, folder: &str, rules: Vec<(usize, Rules)>) -> Self {
        let strip = if folder.is_empty() {
            0
        } else {
            folder.len() + 1
        };
        self.level(strip, String::new(), rules)
    }

    /// Adds the ignore files of a folder above the target. `lead` is the way from it to the target,
    /// without a slash at the end.
    pub(crate) fn push_above(&self, lead: &str, rules: Vec<(usize, Rules)>) -> Self {
        self.level(0, format!("{lead}/"), rules)
    }

    fn level(&self, strip: usize, lead: String, files: Vec<(usize, Rules)>) -> Self {
        let mut rules: [Option<Gitignore>; KINDS] = Default::default();
        for (kind, file) in files {
            if let Some(slot) = rules.get_mut(kind) {
                *slot = Some(file.matcher);
            }
        }
        if rules.iter().all(Option::is_none) {
            return self.clone();
        }
        Self(Some(Arc::new(Level {
            above: self.clone(),
            strip,
            lead,
            rules,
        })))
    }

    /// Adds [`DEFAULTS`], unless there is a `.cortexignore` or `.semgrepignore`.
    pub(crate) fn with_defaults(&self) -> Self {
        let own = self
            .levels()
            .any(|level| level.rules.iter().take(2).any(Option::is_some));
        if own {
            return self.clone();
        }
        let mut rules: [Option<Gitignore>; KINDS] = Default::default();
        if let Some(slot) = rules.get_mut(DEFAULT_KIND) {
            *slot = Some(DEFAULT_RULES.clone());
        }
        Self(Some(Arc::new(Level {
            above: self.clone(),
            strip: 0,
            lead: String::new(),
            rules,
        })))
    }

    /// Whether a file or folder in the folder of this stack is ignored.
    pub(crate) fn is_ignored(&self, path: &str, is_folder: bool) -> bool {
        if self.0.is_none() {
            return false;
        }
        for kind in 0..KINDS {
            for level in self.levels() {
                let Some(Some(rules)) = level.rules.get(kind) else {
                    continue;
                };
                match rules.matched(Path::new(&*level.relative(path)), is_folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
        }
        false
    }

    fn levels(&self) -> impl Iterator<Item = &Level> {
        std::iter::successors(self.0.as_deref(), |level| level.above.0.as_deref())
    }
}

impl Level {
    fn relative<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.lead.is_empty() {
            Cow::Borrowed(path.get(self.strip..).unwrap_or(path))
        } else {
            Cow::Owned(format!("{}{path}", self.lead))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(files: &[(&str, usize, &str)]) -> Stack {
        files
            .iter()
            .fold(Stack::default(), |stack, (folder, kind, text)| {
                stack.push(folder, vec![(*kind, parse(text.as_bytes(), None))])
            })
    }

    #[test]
    fn kinds_outweigh_each_other_and_deeper_files_outweigh_higher_ones() {
        let both = stack(&[("", 0, "!keep.js\n"), ("", 2, "*.js\n")]);
        assert!(!both.is_ignored("keep.js", false));
        assert!(both.is_ignored("x/other.js", false));

        let nested = stack(&[("", 2, "*.js\n"), ("x", 2, "!*.js\n/z.js\n")]);
        assert!(!nested.is_ignored("x/a.js", false));
        assert!(nested.is_ignored("x/z.js", false));
        assert!(!nested.is_ignored("x/y/z.js", false));
        assert!(stack(&[("", 2, "build/")]).is_ignored("x/build", true));
        assert!(!stack(&[("", 2, "build/")]).is_ignored("x/build", false));
    }

    #[test]
    fn files_above_the_target_hold_for_the_whole_way() {
        let above = Stack::default()
            .push_above("sub/dir", vec![(2, parse(b"/sub/dir/gen\n*.log\n", None))]);
        assert!(above.is_ignored("gen", true));
        assert!(!above.is_ignored("x/gen", true));
        assert!(above.is_ignored("x/a.log", false));
    }

    #[test]
    fn the_defaults_hold_unless_the_repository_has_its_own() {
        assert_eq!(DEFAULT_RULES.len(), DEFAULTS.len());
        let plain = stack(&[("", 2, "!dist/\n")]).with_defaults();
        assert!(plain.is_ignored("x/node_modules", true));
        assert!(plain.is_ignored("x/a.min.js", false));
        assert!(!plain.is_ignored("dist", true));
        assert!(!plain.is_ignored("tests", true));
        let own = stack(&[("", 1, "# nothing\n")]).with_defaults();
        assert!(!own.is_ignored("node_modules", true));
    }

    #[test]
    fn what_cannot_be_understood_is_said_and_the_rest_holds() {
        let long = format!("*.log\n{}\n:include other\n", "x".repeat(5000));
        let rules = parse(long.as_bytes(), None);
        assert_eq!(rules.patterns, 1);
        assert!(
            rules
                .error
                .as_ref()
                .is_some_and(|e| e.starts_with("line 2:"))
        );
        let stack = Stack::default().push("", vec![(2, rules)]);
        assert!(stack.is_ignored("a.log", false));
    }

    #[test]
    fn semgrep_includes_are_spliced_in() {
        let read = |name: &str| (name == ".gitignore").then(|| b"a.js\n:include x\n".to_vec());
        let rules = parse(b":include .gitignore\n!b.js\n", Some(&read));
        assert!(
            rules.error.is_some(),
            "an include within an include is refused"
        );
        let stack = Stack::default().push("", vec![(1, rules)]);
        assert!(stack.is_ignored("a.js", false));
    }
}
