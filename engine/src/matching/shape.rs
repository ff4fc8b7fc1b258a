//! What the punctuation of a pattern demands of a text: `$A[$B](...)` asks for a bracket that closes before a parenthesis
//! opens, whatever the names. Such shapes tell files apart where a pattern holds few words.

use std::cell::Cell;

use super::place::{ends_in_line_comment, is_assigned, is_cast, skip_gap};
use super::words::is_word;
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
    /// `<a/>` or `<a></a>`.
    Tag,
}

/// The bits of all shapes of an index.
const ALL: u8 = (1 << (Shape::IndexBeforeArgument as u8 + 1)) - 1;

impl Shape {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// How many times as many bytes as a text has may be skipped in gaps: comments that do not end, or follow each other, are
/// skipped from each place before them. A text that takes more may have any shape.
const MOST_SKIPPED: usize = 8;

/// The bits of the shapes of an index that a text has: all of them are told by what follows a bracket that closes.
fn of_indexes(bytes: &[u8]) -> u8 {
    let mut found = 0;
    let mut left = bytes.len().saturating_mul(MOST_SKIPPED);
    for at in memchr::memchr_iter(b']', bytes) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let (rest, is_member) = skip_points(rest, &mut left);
        found |= after_index(rest, is_member, &mut left);
        if found & Shape::IndexBeforeArgument.bit() == 0
            && (rest.starts_with(b",") || is_cast(rest))
            && may_be_index(bytes, at)
        {
            found |= Shape::IndexBeforeArgument.bit();
        }
        if left == 0 {
            return ALL;
        }
        if found == ALL {
            break;
        }
    }
    found
}

/// The shapes of an index that ends before `rest` and a gap, but for that of an argument.
fn after_index(rest: &[u8], is_member: bool, left: &mut usize) -> u8 {
    let mut found = 0;
    if is_cast(rest) {
        // A cast may hold anything.
        return ALL & !Shape::IndexBeforeArgument.bit();
    }
    if matches!(rest, [b'(' | b'<' | b'`', ..]) {
        found |= Shape::IndexCalled.bit();
    }
    if rest.starts_with(b"[") {
        found |= Shape::IndexOfIndex.bit();
    }
    if is_assigned(rest) {
        found |= Shape::IndexAssigned.bit();
    }
    if is_member {
        let name = rest.strip_prefix(b"#").unwrap_or(rest);
        let is_of_name = |byte: &u8| is_word(*byte) || matches!(byte, b'\\' | b'{' | b'}' | 0x80..);
        let length = name.iter().take_while(|byte| is_of_name(byte)).count();
        let (after, _) = skip_points(name.get(length..).unwrap_or_default(), left);
        if length > 0 && (is_assigned(after) || is_cast(after)) {
            found |= Shape::MemberOfIndexAssigned.bit();
        }
    }
    found
}

/// What follows a gap, or several with the points of members between; and whether there was a point. What is skipped is
/// taken off `left`.
fn skip_points<'b>(rest: &'b [u8], left: &mut usize) -> (&'b [u8], bool) {
    let mut after = skip_gap(rest);
    let mut is_member = memchr::memmem::find(gap(rest, after), b"?.").is_some();
    while let [b'.', member @ ..] = after {
        is_member = true;
        after = skip_gap(member);
    }
    *left = left.saturating_sub(gap(rest, after).len());
    (after, is_member)
}

/// What was skipped on the way from one rest of a text to another.
fn gap<'b>(rest: &'b [u8], after: &[u8]) -> &'b [u8] {
    rest.get(..rest.len() - after.len()).unwrap_or_default()
}

/// Whether the bracket that closes at a place may be that of `a[b]`: arrays end so as well. The nearest bracket before it
/// opens it, unless brackets nest, or one may stand in a string, an expression or a comment.
fn may_be_index(bytes: &[u8], close: usize) -> bool {
    let before = bytes.get(..close).unwrap_or_default();
    let Some(open) = memchr::memrchr2(b'[', b']', before) else {
        return false;
    };
    let (before, inside) = before.split_at_checked(open).unwrap_or_default();
    let [b'[', inside @ ..] = inside else {
        return true;
    };
    let is_odd = |quote: u8| memchr::memchr_iter(quote, inside).count() % 2 == 1;
    if inside.contains(&b'/') || is_odd(b'"') || is_odd(b'\'') || is_odd(b'`') {
        return true;
    }
    let in_gap =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'!' | b'?' | b'.' | 0x0b);
    let Some(last) = before.iter().rposition(|byte| !in_gap(byte)) else {
        return false;
    };
    let (expression, skipped) = before.split_at_checked(last + 1).unwrap_or_default();
    let ends_expression = |byte: &u8| {
        is_word(*byte)
            || matches!(
                byte,
                b')' | b']' | b'}' | b'>' | b'`' | b'"' | b'\'' | b'/' | 0x80..
            )
    };
    expression.last().is_some_and(ends_expression)
        || (skipped.contains(&b'\n') && ends_in_line_comment(expression))
}

/// Whether there is a tag that closes.
fn has_tag(bytes: &[u8]) -> bool {
    // Space need not be ASCII.
    let opens = |byte: &u8| matches!(byte, b'<' | 0x0b | 0x80..);
    let mut left = bytes.len().saturating_mul(MOST_SKIPPED);
    memchr::memchr_iter(b'/', bytes).any(|at| {
        let (before, after) = bytes.split_at_checked(at).unwrap_or_default();
        let after = after.get(1..).unwrap_or_default();
        let behind = skip_gap(after);
        left = left.saturating_sub(gap(after, behind).len());
        left == 0 || before.trim_ascii_end().last().is_some_and(opens) || behind.starts_with(b">")
    })
}

/// The shapes of the current file, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    of_indexes: Cell<Option<u8>>,
    tag: Cell<Option<bool>>,
}

impl Shapes {
    /// Forgets the last file.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the file has a shape.
    pub(crate) fn has(&self, shape: Shape, bytes: &[u8]) -> bool {
        if shape == Shape::Tag {
            let has_tag = self.tag.get().unwrap_or_else(|| has_tag(bytes));
            self.tag.set(Some(has_tag));
            return has_tag;
        }
        let of_indexes = self.of_indexes.get();
        let of_indexes = of_indexes.unwrap_or_else(|| self::of_indexes(bytes));
        self.of_indexes.set(Some(of_indexes));
        of_indexes & shape.bit() != 0
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
            Kind::Jsx => shapes.push(Shape::Tag),
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
            Tag,
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
            (IndexBeforeArgument, "f(a // b;\n  [c], d)", true),
            (IndexBeforeArgument, "f(a /* b; */ [c], d)", true),
            (Tag, "<a />", true),
            (Tag, "<a / /* b */ >", true),
            (Tag, "<a></a>", true),
            (Tag, "<a>< /a>", true),
            (Tag, "<a><\u{a0}/a\u{a0}>", true),
            (Tag, "a < b / c > d", false),
            (Tag, "// a", false),
        ] {
            assert_eq!(
                Shapes::default().has(shape, text.as_bytes()),
                has,
                "{shape:?} in {text}"
            );
        }
    }

    #[test]
    fn comments_that_would_be_skipped_again_and_again_end_the_search() {
        for text in ["//\n", "]/*", "].a/*", "/ /*"] {
            let text = text.repeat(200_000);
            let shape = if text.contains(']') {
                Shape::IndexCalled
            } else {
                Shape::Tag
            };
            assert!(Shapes::default().has(shape, text.as_bytes()));
        }
    }
}
