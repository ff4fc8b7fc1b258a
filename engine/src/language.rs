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

impl Dialect {
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

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn endings() {
        assert_eq!(Dialect::of_path("a/b.test.JS"), Some(Dialect::JavaScript));
        assert_eq!(Dialect::of_path("a.tsx"), Some(Dialect::Tsx));
        assert_eq!(Dialect::of_path("a.d.ts"), Some(Dialect::TypeScript));
        assert_eq!(Dialect::of_path("js"), None);
        assert_eq!(Dialect::of_path("a.json"), None);
    }
}
