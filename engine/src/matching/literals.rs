//! What a pattern needs: names, strings and keywords that stand in any code that it matches, and its shapes.

use super::place::Place;
use super::prefilter::{Literal, Need};
use super::shape;
use super::words::is_word;
use crate::pattern::{Pattern, Root};
use crate::rules::regex::Regex;
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::node::flags;
use crate::tree::operator::known;

/// What every match of a pattern holds. `expressions` are those of the rule's `"=~/…/"`.
pub(crate) fn of_pattern(pattern: &Pattern, expressions: &[Regex]) -> Need<Literal> {
    let (first, last) = range(pattern);
    let mut words = Vec::new();
    let mut strings = Vec::new();
    for id in first..last {
        let node = pattern.tree.node(id);
        let text = pattern.text(id);
        // The type of a typed metavariable may be inferred from a literal.
        if text.starts_with(marks::TYPED) {
            continue;
        }
        let word = match node.kind {
            Kind::Name | Kind::Definition | Kind::TypeName => text,
            Kind::Property => text.trim_matches(['"', '\'']),
            Kind::String => text
                .get(1..text.len().saturating_sub(1))
                .filter(|content| !content.contains('\\'))
                .unwrap_or_default(),
            Kind::RegexMatch => {
                let expression = expressions.get(node.name.index() as usize);
                strings.extend(expression.map(Need::string));
                continue;
            }
            Kind::Template if has_substitution(pattern, id) => {
                strings.push(Need::words(vec!["${".to_owned()], false));
                continue;
            }
            Kind::AnyString if node.flags & flags::TEMPLATE != 0 => {
                strings.push(Need::words(vec!["`".to_owned()], false));
                continue;
            }
            Kind::Binary if node.sub == known::PLUS => {
                strings.push(Need::words(vec!["+".to_owned()], false));
                continue;
            }
            Kind::Spread => {
                strings.push(Need::words(vec!["...".to_owned()], false));
                continue;
            }
            Kind::Conditional => {
                strings.push(Need::words(vec!["?".to_owned()], false));
                continue;
            }
            Kind::Undefined => "undefined",
            Kind::For | Kind::ForEach => "for",
            Kind::While => "while",
            Kind::Switch => "switch",
            Kind::Try => "try",
            Kind::Throw => "throw",
            Kind::New => "new",
            Kind::Class => "class",
            Kind::Await => "await",
            _ => continue,
        };
        // `lib.${` and `: ${` look as if code began in a template.
        if word == "$" && matches!(node.kind, Kind::Property | Kind::TypeName) {
            continue;
        }
        let is_typed = word.contains(marks::TYPED) || word.contains(marks::ELLIPSIS);
        if !word.is_empty() && !is_typed && is_inside_typed(pattern, id).is_none() {
            match place(pattern, id) {
                Place::Anywhere => words.push(word.to_owned()),
                Place::Object if let Some((property, place)) = property(pattern, id) => {
                    strings.push(Need::member(word, property, place));
                }
                place => strings.push(Need::placed(word.to_owned(), place)),
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    strings.insert(0, Need::words(words, true));
    let shapes = shape::of_pattern(pattern, first..last);
    strings.extend(shapes.into_iter().map(Need::Shape));
    Need::all(strings)
}

/// The nodes of a pattern.
fn range(pattern: &Pattern) -> (u32, u32) {
    match pattern.root {
        Root::Node(root) => (root, pattern.tree.node(root).next),
        Root::Statements(list) => (list + 1, pattern.tree.node(list).next),
    }
}

/// Where what a metavariable, by its number, is bound to in any match must stand, as far as one of the places that it has
/// in the pattern tells. `names_stay` says that names of the code are not replaced by what they hold.
pub(crate) fn bound_at(pattern: &Pattern, metavariable: u32, names_stay: bool) -> Place {
    let tree = &pattern.tree;
    let node = |id: u32| tree.node(id);
    let (first, last) = range(pattern);
    let places = (first..last).filter_map(|id| {
        let member = node(id).parent;
        let is_it = node(id).kind == Kind::Metavariable && node(id).name.index() == metavariable;
        let is_property = node(member).kind == Kind::Member && tree.child(member, 1) == Some(id);
        let call = node(member).parent;
        let is_called = node(call).kind == Kind::Call && member == call + 1;
        (is_it && is_property).then_some(if is_called && names_stay {
            Place::Method
        } else {
            Place::Member
        })
    });
    places.fold(Place::Anywhere, Place::stricter)
}

/// The property of the member that a name is the object of, and where that stands.
fn property(pattern: &Pattern, object: u32) -> Option<(&str, Place)> {
    let property = pattern.tree.child(pattern.tree.node(object).parent, 1)?;
    let text = pattern.text(property);
    let is_plain = text.bytes().all(is_word) && !text.is_empty();
    let is_plain = is_plain && !text.contains(marks::TYPED) && !text.contains(marks::ELLIPSIS);
    (is_plain && pattern.tree.node(property).kind == Kind::Property)
        .then(|| (text, place(pattern, property)))
}

/// Where a name stands, or the member that it is the property of.
fn place(pattern: &Pattern, id: u32) -> Place {
    let node = |id: u32| pattern.tree.node(id);
    let parent = node(id).parent;
    let whole = match node(id).kind {
        Kind::Name => id,
        Kind::Property if node(parent).kind == Kind::Member => parent,
        _ => return Place::Anywhere,
    };
    let parent = node(whole).parent;
    match node(parent).kind {
        // `a?.b` may be meant so.
        Kind::Member if node(parent).flags & flags::OPTIONAL != 0 => Place::Anywhere,
        Kind::Member if whole == id && whole == parent + 1 => Place::Object,
        _ if whole != parent + 1 => Place::Anywhere,
        Kind::Call => Place::Called,
        Kind::New if whole == id => Place::Constructed,
        Kind::Assign | Kind::AugmentedAssign if whole != id => Place::Assigned,
        _ => Place::Anywhere,
    }
}

fn has_substitution(pattern: &Pattern, id: u32) -> bool {
    let tree = &pattern.tree;
    let is_code = |part: u32| !matches!(tree.node(part).kind, Kind::TemplateText | Kind::Ellipsis);
    tree.children(id).any(is_code)
}

/// The typed metavariable whose type node `id` belongs to.
fn is_inside_typed(pattern: &Pattern, id: u32) -> Option<u32> {
    let mut at = id;
    for _ in 0..8 {
        let parent = pattern.tree.node(at).parent;
        if parent == at {
            return None;
        }
        if pattern.tree.node(parent).kind == Kind::Cast
            && pattern.text(at).starts_with(marks::TYPED)
        {
            return Some(parent);
        }
        at = parent;
    }
    None
}
