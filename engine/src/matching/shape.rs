//! What the punctuation of a pattern demands of a text: `$A[$B](...)` asks for a bracket that closes before a parenthesis
//! opens, whatever the names. Such shapes tell files apart where a pattern holds few words.

use std::cell::Cell;
use std::sync::OnceLock;

use regex::bytes::Regex;

use crate::pattern::Pattern;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// A shape that code has in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// `a[b](…)`.
    IndexCalled,
    /// `a[b] = …`.
    IndexAssigned,
    /// `a[b].c = …`.
    MemberOfIndexAssigned,
    /// `a[b][c]`.
    IndexOfIndex,
    /// `f(a[b], …)`.
    IndexBeforeArgument,
}

const COUNT: usize = Shape::IndexBeforeArgument as usize + 1;

/// What may stand between two parts of an expression: space, comments, and what matching looks through (parentheses, `!`,
/// `?.`).
const GAP: &str = r"(?:[\s)!?.\x80-\xff]|/\*(?:[^*]|\*+[^*/])*\*+/|//[^\n]*)*";
/// A cast may hold anything.
const CAST: &str = r"as\b|satisfies\b";
const ASSIGNED: &str = r"[-+*/%&|^?<>]{0,3}=";

impl Shape {
    fn source(self) -> String {
        let next = match self {
            Self::IndexCalled => "[(<`]".to_owned(),
            Self::IndexAssigned => ASSIGNED.to_owned(),
            // The gap before holds the point.
            Self::MemberOfIndexAssigned => {
                format!(r"#?[\w$\\{{}}\x80-\xff]+{GAP}(?:{CAST}|{ASSIGNED})")
            }
            Self::IndexOfIndex => r"\[".to_owned(),
            Self::IndexBeforeArgument => ",".to_owned(),
        };
        let index = match self {
            // Arrays end so as well: `[a, b],`.
            Self::IndexBeforeArgument => index(),
            _ => r"\]".to_owned(),
        };
        format!(r"(?-u){index}{GAP}(?:{CAST}|{next})")
    }

    fn regex(self) -> Option<&'static Regex> {
        static REGEXES: [OnceLock<Option<Regex>>; COUNT] = [const { OnceLock::new() }; COUNT];
        REGEXES
            .get(self as usize)?
            .get_or_init(|| Regex::new(&self.source()).ok())
            .as_ref()
    }
}

/// The end of `a[b]`, from a bracket that opens after an expression. Unless brackets nest, or one may stand in a string, an
/// expression or a comment: there the nearest bracket tells nothing.
fn index() -> String {
    let opened = r"[\w$)\]}>`\x22'\x80-\xff]";
    let plain = r"[^\[\]]*";
    let odd = |quote: &str| {
        let other = format!(r"[^\[\]{quote}]*");
        format!(r"\[{other}{quote}(?:{other}{quote}{other}{quote})*{other}\]")
    };
    let ways = [
        format!(r"{opened}{GAP}\[{plain}\]"),
        format!(r"\]{plain}\]"),
        odd(r"\x22"),
        odd("'"),
        odd("`"),
        format!(r"\[{plain}/{plain}\]"),
    ];
    format!("(?:{})", ways.join("|"))
}

/// The shapes of the current file, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    known: [Cell<Option<bool>>; COUNT],
}

impl Shapes {
    /// Forgets the last file.
    pub(crate) fn clear(&mut self) {
        self.known = Default::default();
    }

    /// Whether the file has a shape.
    pub(crate) fn has(&self, shape: Shape, bytes: &[u8]) -> bool {
        let look = || shape.regex().is_none_or(|regex| regex.is_match(bytes));
        let Some(known) = self.known.get(shape as usize) else {
            return true;
        };
        let has = known.get().unwrap_or_else(look);
        known.set(Some(has));
        has
    }
}

/// The shapes of a pattern.
pub(crate) fn of_pattern(pattern: &Pattern, nodes: std::ops::Range<NodeId>) -> Vec<Shape> {
    let tree = &pattern.tree;
    let kind = |id: NodeId| tree.node(id).kind;
    let mut shapes = Vec::new();
    for id in nodes {
        let child = id + 1;
        match kind(id) {
            Kind::Call if kind(child) == Kind::Index => shapes.push(Shape::IndexCalled),
            Kind::Index if kind(child) == Kind::Index => shapes.push(Shape::IndexOfIndex),
            Kind::Assign | Kind::AugmentedAssign => match kind(child) {
                Kind::Index => shapes.push(Shape::IndexAssigned),
                Kind::Member if kind(child + 1) == Kind::Index => {
                    shapes.push(Shape::MemberOfIndexAssigned);
                }
                _ => {}
            },
            Kind::Arguments => {
                let arguments: Vec<Kind> = tree.children(id).map(kind).collect();
                let before_another = |pair: &[Kind]| matches!(pair, [Kind::Index, next] if !matches!(next, Kind::Ellipsis | Kind::MetavariableEllipsis));
                if arguments.windows(2).any(before_another) {
                    shapes.push(Shape::IndexBeforeArgument);
                }
            }
            _ => {}
        }
    }
    shapes.sort_unstable();
    shapes.dedup();
    shapes
}

#[cfg(test)]
mod tests {
    use super::{Shape, Shapes};

    #[test]
    fn shapes_are_seen_through_layout() {
        use Shape::{
            IndexAssigned, IndexBeforeArgument, IndexCalled, IndexOfIndex, MemberOfIndexAssigned,
        };
        for (shape, text, has) in [
            (IndexCalled, "a[b](c)", true),
            (IndexCalled, "(a[b]) /* x */ // y\n ?.(c)", true),
            (IndexCalled, "(a[b] as any)(c)", true),
            (IndexCalled, "a[b]<T>(c)", true),
            (IndexCalled, "f([a]); g(a[b])", false),
            (IndexAssigned, "a[b]! = c", true),
            (IndexAssigned, "a[b] ||= c", true),
            (IndexAssigned, "a[b]\u{a0}/= c", true),
            (IndexAssigned, "f(a[b])", false),
            (MemberOfIndexAssigned, "a[b] . c = d", true),
            (MemberOfIndexAssigned, "a[b]?.#c /**/ += d", true),
            (MemberOfIndexAssigned, "a[b].c(d)", false),
            (IndexOfIndex, "a[b] [c]", true),
            (IndexOfIndex, "a[b[c]]", false),
            (IndexBeforeArgument, "f(a[b] /* , */, c)", true),
            (IndexBeforeArgument, "f(a[b])", false),
            (IndexBeforeArgument, "[[a, 'b'], [c], d]", false),
            (IndexBeforeArgument, "f(a?.[b], c)", true),
            (IndexBeforeArgument, "f(a[b[c] + 1], c)", true),
            (IndexBeforeArgument, "f(a[[b]], c)", true),
            (IndexBeforeArgument, "f(a[\"([\"], c)", true),
            (IndexBeforeArgument, "f(a['(['], c)", true),
            (IndexBeforeArgument, "f(a[`([`], c)", true),
            (IndexBeforeArgument, "f(a[/([/], c)", true),
            (IndexBeforeArgument, "f(a[/* ([ */ b], c)", true),
        ] {
            assert_eq!(
                Shapes::default().has(shape, text.as_bytes()),
                has,
                "{shape:?} in {text}"
            );
        }
    }
}
