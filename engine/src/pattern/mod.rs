//! Patterns: code with holes, parsed into the same tree as code.

mod rewrite;

use std::time::Duration;

use self::rewrite::{Choices, rewrite};
use crate::language::Dialect;
use crate::rules::rule::RuleLanguage;
use crate::tree::kind::Kind;
use crate::tree::lower::{self, Words};
use crate::tree::marks::Marks;
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::{GrowingVocabulary, Parser};

/// A pattern that does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the pattern is not an expression, statement, class member or property of {language}: {text:?}"
)]
pub struct PatternError {
    /// The language that it was read as.
    pub language: &'static str,
    /// The pattern, cut at 120 characters.
    pub text: String,
}

/// What a pattern is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Any expression, class member or property: one node of the tree.
    Node(NodeId),
    /// Statements that follow each other: the children of this node.
    Statements(NodeId),
}

/// A pattern, ready to match.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The tree; holes have kinds of their own.
    pub(crate) tree: Tree,
    /// The text that the tree's ranges are in.
    pub(crate) source: String,
    /// Where matching begins.
    pub(crate) root: Root,
}

/// Ways to make a fragment a program, tried in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    Expression,
    Program,
    Property,
    ClassMember,
    CatchClause,
}

impl Wrapping {
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Expression => ("(", "\n)"),
            Self::Program => ("", ""),
            Self::Property => ("({", "\n})"),
            Self::ClassMember => ("class C {", "\n}"),
            Self::CatchClause => ("try {} ", ""),
        }
    }
}

impl Pattern {
    /// Parses a pattern. `marks` numbers the metavariables of the whole rule, `vocabulary` the words of all rules.
    pub fn parse(
        text: &str,
        language: RuleLanguage,
        parser: &mut Parser,
        vocabulary: &GrowingVocabulary,
        marks: &mut Marks,
    ) -> Result<Self, PatternError> {
        let text = text.trim();
        let order = wrappings(text);
        let dialects: &[Dialect] = match language {
            RuleLanguage::TypeScript => &[Dialect::Tsx, Dialect::TypeScript],
            _ if has_typed_parameter(text) => &[Dialect::Tsx, Dialect::JavaScript],
            _ => &[Dialect::JavaScript, Dialect::Tsx],
        };
        // `($X: T)` alone would pass for the signature of a class member.
        let typed_first = text.starts_with("($") && text.contains(':');
        for typed in [typed_first, !typed_first] {
            for dialect in dialects {
                for wrapping in &order {
                    for semicolons in [true, false] {
                        let fragment = rewrite(text, Choices { semicolons, typed });
                        let (before, after) = wrapping.around();
                        let source = format!("{before}{fragment}{after}");
                        if let Some(pattern) =
                            Self::attempt(source, *wrapping, *dialect, parser, vocabulary, marks)
                        {
                            return Ok(pattern);
                        }
                        if !text.contains("...") {
                            break;
                        }
                    }
                }
            }
        }
        Err(PatternError {
            language: match language {
                RuleLanguage::TypeScript => "TypeScript",
                _ => "JavaScript",
            },
            text: text.chars().take(120).collect(),
        })
    }

    fn attempt(
        source: String,
        wrapping: Wrapping,
        dialect: Dialect,
        parser: &mut Parser,
        vocabulary: &GrowingVocabulary,
        marks: &mut Marks,
    ) -> Option<Self> {
        let parsed = parser.faultless(source.as_bytes(), dialect, Duration::from_secs(1))?;
        let mut tree = Tree::default();
        let words = Words::Growing(vocabulary, marks);
        lower::lower(
            parsed.root_node(),
            source.as_bytes(),
            dialect,
            words,
            &mut tree,
        );
        let root = root(&mut tree, wrapping)?;
        Some(Self { tree, source, root })
    }

    /// The text of one of the pattern's nodes.
    pub(crate) fn text(&self, id: NodeId) -> &str {
        let node = self.tree.node(id);
        self.source
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
    }
}

/// The order to try wrappings in: mostly an expression first, so that `{a: 1}` is an object, but a named function
/// or class is a declaration, and `a: 1` a property and not a labelled statement.
fn wrappings(text: &str) -> [Wrapping; 5] {
    use Wrapping::{CatchClause, ClassMember, Expression, Program, Property};
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    let named = |word: Option<&&str>| {
        word.is_some_and(|word| !word.starts_with(['(', '*', '{']) && *word != "extends")
    };
    let declares = match words.as_slice() {
        ["function" | "class" | "function*", ..] => named(words.get(1)),
        ["async", "function", ..] => named(words.get(2)),
        _ => false,
    };
    let label = text.split_once(':').is_some_and(|(key, _)| {
        let key = key.trim().trim_matches(['"', '\'']);
        !key.is_empty()
            && key.bytes().all(|byte| {
                byte == b'$' || byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric()
            })
            && key != "default"
    });
    if declares || is_certainly_statements(text) {
        [Program, Expression, ClassMember, Property, CatchClause]
    } else if label {
        [Property, Program, Expression, ClassMember, CatchClause]
    } else {
        [Expression, Program, ClassMember, Property, CatchClause]
    }
}

/// Whether a pattern can be nothing but statements: it begins with a keyword of theirs, ends in `;`, or has a `...` on a
/// line of its own outside of all brackets. Spares a parse that would fail.
fn is_certainly_statements(text: &str) -> bool {
    const KEYWORDS: [&str; 11] = [
        "const", "for", "if", "import", "let", "return", "switch", "throw", "try", "var", "while",
    ];
    let first: &str = text
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .next()
        .unwrap_or_default();
    // `import(x)` is an expression.
    let is_call = text
        .strip_prefix(first)
        .is_some_and(|rest| rest.starts_with('('));
    if (KEYWORDS.contains(&first) && !(first == "import" && is_call)) || text.ends_with(';') {
        return true;
    }
    let mut depth = 0_i32;
    for line in text.lines() {
        if depth == 0 && line.trim() == "..." {
            return true;
        }
        for byte in line.bytes() {
            depth += match byte {
                b'(' | b'[' | b'{' => 1,
                b')' | b']' | b'}' => -1,
                _ => 0,
            };
        }
    }
    false
}

/// Whether a pattern seems to give a parameter a type, as in `({ $REQ }: Request) => {...}`: a `:` right inside of
/// parentheses, with no `?` before it. Rules for JavaScript have such patterns for the TypeScript that they are used on
/// as well; trying that first spares the parses that would fail.
fn has_typed_parameter(text: &str) -> bool {
    let mut open = Vec::new();
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open.push((byte, false)),
            b')' | b']' | b'}' => drop(open.pop()),
            b'?' => {
                if let Some((_, asked)) = open.last_mut() {
                    *asked = true;
                }
            }
            b':' if open.last() == Some(&(b'(', false)) => return true,
            _ => {}
        }
    }
    false
}

fn root(tree: &mut Tree, wrapping: Wrapping) -> Option<Root> {
    let statements: Vec<NodeId> = tree.children(0).collect();
    match wrapping {
        Wrapping::Expression => {
            let &[only] = statements.as_slice() else {
                return None;
            };
            let node = tree.node(only);
            if node.kind == Kind::ExpressionStatement {
                return Some(Root::Node(only + 1));
            }
            // A hole alone was taken for a statement.
            if node.kind.is_pattern_only() {
                if let Some(node) = tree.nodes.get_mut(only as usize) {
                    node.sub = Kind::Name as u8;
                }
                return Some(Root::Node(only));
            }
            None
        }
        Wrapping::Program | Wrapping::CatchClause => match statements.as_slice() {
            [] => None,
            &[only] => {
                let node = *tree.node(only);
                if wrapping == Wrapping::CatchClause {
                    return tree
                        .children(only)
                        .find(|child| tree.node(*child).kind == Kind::Catch)
                        .map(Root::Node);
                }
                if node.kind == Kind::ExpressionStatement && node.flags & flags::SEMICOLON == 0 {
                    return Some(Root::Node(only + 1));
                }
                // A hole stands for any number of statements, anything else for one node.
                Some(if node.kind.is_pattern_only() {
                    Root::Statements(0)
                } else {
                    Root::Node(only)
                })
            }
            _ => Some(Root::Statements(0)),
        },
        Wrapping::Property => {
            let &[only] = statements.as_slice() else {
                return None;
            };
            let object = only + 1;
            if tree.node(object).kind != Kind::Object {
                return None;
            }
            let mut members = tree.children(object);
            match (members.next(), members.next()) {
                (Some(member), None) => Some(Root::Node(member)),
                _ => None,
            }
        }
        Wrapping::ClassMember => {
            let &[only] = statements.as_slice() else {
                return None;
            };
            let body = tree.child(only, 2)?;
            let mut members = tree.children(body);
            match (members.next(), members.next()) {
                (Some(member), None) => Some(Root::Node(member)),
                _ => None,
            }
        }
    }
}
