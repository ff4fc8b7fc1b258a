//! Leaves: names, literals, and in patterns the holes that stand in their place.

use super::{Builder, Form, Words};
use crate::tree::construct::regex_flags;
use crate::tree::kind::Kind;
use crate::tree::marks::{self, Hole};
use crate::tree::node::{NodeId, flags};
use crate::tree::vocabulary::Word;

/// Strings longer than this are never looked up as a whole: no pattern names them.
const LONGEST_WORD: usize = 256;

impl Builder<'_, '_, '_> {
    pub(super) fn leaf(&mut self, form: Form, parent: NodeId) {
        match form {
            Form::Identifier | Form::ImportKeyword => {
                let kind = if self.binding {
                    Kind::Definition
                } else {
                    Kind::Name
                };
                self.name(kind, parent);
            }
            Form::PropertyName | Form::StatementLabel => self.name(Kind::Property, parent),
            Form::TypeName => {
                let kind = if self.binding {
                    Kind::Definition
                } else {
                    Kind::TypeName
                };
                self.name(kind, parent);
            }
            Form::This => self.plain(Kind::This, parent, 0),
            Form::Super => self.plain(Kind::Super, parent, 0),
            Form::Null => self.plain(Kind::Null, parent, 0),
            Form::Undefined => self.plain(Kind::Undefined, parent, 0),
            Form::Boolean(value) => self.plain(Kind::Boolean, parent, u8::from(value)),
            Form::Number => self.number(parent),
            Form::String => {
                let (start, end) = self.range();
                self.string(
                    Kind::String,
                    parent,
                    (start + 1).min(end),
                    end.saturating_sub(1),
                );
            }
            Form::Regex => self.regex(parent),
            Form::ShorthandProperty | Form::ShorthandPattern => {
                if let Some(Hole::Ellipsis | Hole::MetavariableEllipsis(_)) = self.hole() {
                    return self.name(Kind::Property, parent);
                }
                let id = self.open(Kind::Pair, parent);
                self.name(Kind::Property, id);
                let bound = form == Form::ShorthandPattern && self.binding;
                self.name(if bound { Kind::Definition } else { Kind::Name }, id);
                self.close(id);
                self.name_after(id, id + 1);
            }
            _ => {}
        }
    }

    fn plain(&mut self, kind: Kind, parent: NodeId, sub: u8) {
        let id = self.open(kind, parent);
        self.update(id, |node| node.sub = sub);
    }

    /// The hole that the text under the cursor is, in a pattern.
    pub(super) fn hole(&mut self) -> Option<Hole> {
        let (start, end) = self.range();
        let source = self.source;
        let text = source.get(start as usize..end as usize)?;
        self.marks().and_then(|marks| marks.hole(text))
    }

    /// A name, or the hole in its place.
    pub(super) fn name(&mut self, kind: Kind, parent: NodeId) {
        let hole = self.hole();
        let (start, end) = self.range();
        let id = self.open(kind, parent);
        match hole {
            None => {
                let word = self.word(start, end);
                self.update(id, |node| node.name = word);
            }
            Some(hole) => self.make_hole(id, hole, kind),
        }
    }

    /// Turns a written node into a hole. `sub` of a hole is the kind of node it stands for.
    pub(super) fn make_hole(&mut self, id: NodeId, hole: Hole, stands_for: Kind) {
        let (kind, name) = match hole {
            Hole::Ellipsis => (Kind::Ellipsis, Word::NONE),
            Hole::Metavariable(n) => (Kind::Metavariable, Word::from_index(n)),
            Hole::MetavariableEllipsis(n) => (Kind::MetavariableEllipsis, Word::from_index(n)),
        };
        self.update(id, |node| {
            node.kind = kind;
            node.name = name;
            node.sub = stands_for as u8;
        });
    }

    /// Looks a node up by the word of another: a call by its callee, a pair by its key.
    pub(super) fn name_after(&mut self, id: NodeId, other: NodeId) {
        let Some(node) = self.get(other) else { return };
        let word = match node.kind {
            Kind::Name
            | Kind::Definition
            | Kind::Property
            | Kind::TypeName
            | Kind::Member
            | Kind::String => node.name,
            _ => return,
        };
        self.update(id, |node| node.name = word);
    }

    /// A string whose content stands between `start` and `end`.
    pub(super) fn string(&mut self, kind: Kind, parent: NodeId, start: u32, end: u32) {
        let id = self.open(kind, parent);
        let source = self.source;
        let content = source
            .get(start as usize..end.max(start) as usize)
            .unwrap_or_default();
        if let Words::Growing(_, marks) = &mut self.words
            && let Some((kind, index)) = marks.string(content)
        {
            self.update(id, |node| {
                node.kind = kind;
                node.name = Word::from_index(index);
            });
            return;
        }
        let word = self.content_word(content);
        self.update(id, |node| node.name = word);
    }

    pub(super) fn content_word(&mut self, content: &[u8]) -> Word {
        if content.len() > LONGEST_WORD && matches!(self.words, Words::Fixed(_)) {
            return Word::NONE;
        }
        let unescaped = marks::unescape(content);
        match &mut self.words {
            Words::Growing(vocabulary, _) => vocabulary.add(&unescaped),
            Words::Fixed(vocabulary) => vocabulary.get(&unescaped),
        }
    }

    fn number(&mut self, parent: NodeId) {
        let id = self.open(Kind::Number, parent);
        let (start, end) = self.range();
        let source = self.source;
        let text = source.get(start as usize..end as usize).unwrap_or_default();
        let canonical = marks::canonical_number(text);
        let word = match &mut self.words {
            Words::Growing(vocabulary, _) => vocabulary.add(&canonical),
            Words::Fixed(vocabulary) => vocabulary.get(&canonical),
        };
        self.update(id, |node| node.name = word);
    }

    fn regex(&mut self, parent: NodeId) {
        let id = self.open(Kind::Regex, parent);
        let text = self.text();
        let close = text.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let flag_bits = regex_flags(text.get(close + 1..).unwrap_or_default());
        let body = text.get(1..close).unwrap_or_default().to_vec();
        if let Some(marks) = self.marks() {
            if body == marks::ELLIPSIS.as_bytes() || body == b"..." {
                self.update(id, |node| node.kind = Kind::AnyRegex);
                return;
            }
            if let Some(hole) = marks.hole(&body) {
                self.make_hole(id, hole, Kind::Regex);
                self.update(id, |node| node.flags |= flags::IMPLICIT);
                return;
            }
        }
        let word = self.content_word(&body);
        self.update(id, |node| {
            node.name = word;
            node.sub = flag_bits;
        });
    }
}
