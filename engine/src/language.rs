//! Languages: which grammar reads a file, and which rules are for it.

use tree_sitter::Language as Grammar;

use crate::rules::rule::RuleLanguage;

/// A grammar. One rule language has several: TypeScript's `<T>x` and TSX's `<T>x</T>` exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// JavaScript with JSX.
    JavaScript,
    /// TypeScript without JSX.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

/// File name endings of each dialect. A new one is one line.
const EXTENSIONS: [(&str, Dialect); 9] = [
    ("js", Dialect::JavaScript),
    ("jsx", Dialect::JavaScript),
    ("mjs", Dialect::JavaScript),
    ("cjs", Dialect::JavaScript),
    ("es6", Dialect::JavaScript),
    ("ts", Dialect::TypeScript),
    ("mts", Dialect::TypeScript),
    ("cts", Dialect::TypeScript),
    ("tsx", Dialect::Tsx),
];

/// Programs that run scripts, as a script names them in its first line.
const INTERPRETERS: [(&[u8], Dialect); 6] = [
    (b"node", Dialect::JavaScript),
    (b"nodejs", Dialect::JavaScript),
    (b"bun", Dialect::TypeScript),
    (b"deno", Dialect::TypeScript),
    (b"ts-node", Dialect::TypeScript),
    (b"tsx", Dialect::Tsx),
];

/// Longest first line of a script.
const LONGEST_FIRST_LINE: usize = 200;

impl Dialect {
    /// The dialect of a file: by the ending of its name, or of a script without one by the program that it is for.
    pub fn of(path: &str, source: &[u8]) -> Option<Self> {
        Self::of_path(path).or_else(|| {
            let is_script = Self::may_be_script(path) && source.starts_with(b"#!");
            is_script.then(|| interpreter(source)).flatten()
        })
    }

    /// Whether a file may say in its first line what it is: its name has no ending.
    pub fn may_be_script(path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        !name.contains('.')
    }

    /// The dialect of a file, by the ending of its name.
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        EXTENSIONS
            .iter()
            .find(|(known, _)| extension.eq_ignore_ascii_case(known))
            .map(|(_, dialect)| *dialect)
    }

    /// The language that rules call it by.
    pub fn rule_language(self) -> RuleLanguage {
        match self {
            Self::JavaScript => RuleLanguage::JavaScript,
            Self::TypeScript | Self::Tsx => RuleLanguage::TypeScript,
        }
    }

    /// The tree-sitter grammar.
    pub fn grammar(self) -> Grammar {
        match self {
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }
}

/// What the program reads that a script's first line names: `#!/usr/bin/node`, `#!/usr/bin/env -S A=1 node`.
fn interpreter(source: &[u8]) -> Option<Dialect> {
    let line = source.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let line = line.get(2..line.len().min(LONGEST_FIRST_LINE))?;
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let name = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec);
    let mut program = name(words.next()?)?;
    if program == b"env" {
        program = name(words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='))?)?;
    }
    INTERPRETERS
        .iter()
        .find(|(known, _)| *known == program)
        .map(|(_, dialect)| *dialect)
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn scripts() {
        for first in [
            "#!/usr/bin/env node\n",
            "#! /usr/local/bin/nodejs --trace\r\n",
            "#!/usr/bin/env -S A=1 node --x",
        ] {
            let dialect = Dialect::of("bin/run", first.as_bytes());
            assert_eq!(dialect, Some(Dialect::JavaScript), "{first}");
        }
        assert_eq!(
            Dialect::of("run", b"#!/usr/bin/env ts-node"),
            Some(Dialect::TypeScript)
        );
        for (path, text) in [
            ("run", "#!/bin/sh\nnode a"),
            ("run", "#!"),
            ("run", "#!/usr/bin/env"),
            ("run", "node"),
            ("run.txt", "#!/usr/bin/env node"),
        ] {
            assert_eq!(Dialect::of(path, text.as_bytes()), None, "{path} {text}");
        }
    }

    #[test]
    fn endings() {
        assert_eq!(Dialect::of_path("a/b.test.JS"), Some(Dialect::JavaScript));
        assert_eq!(Dialect::of_path("a.tsx"), Some(Dialect::Tsx));
        assert_eq!(Dialect::of_path("a.d.ts"), Some(Dialect::TypeScript));
        assert_eq!(Dialect::of_path("js"), None);
        assert_eq!(Dialect::of_path("a.json"), None);
    }
}
