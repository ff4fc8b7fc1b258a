//! Writing nodes.

use super::Reader;
use super::items::Item;
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::vocabulary::Word;

/// As `lower` has it: longer strings are never looked up.
const LONGEST_WORD: usize = 256;

impl Reader<'_> {
    /// A node without children.
    #[inline]
    pub(super) fn leaf(&mut self, kind: Kind, start: u32, end: u32, name: Word) {
        self.items.push(Item {
            start,
            end,
            name,
            size: 1,
            kind,
            sub: 0,
            flags: 0,
            levels: 0,
        });
    }

    /// An empty slot: like everything that takes no room in the source, it stands where the lowering was when it noticed.
    #[inline]
    pub(super) fn absent(&mut self, at: u32) {
        self.leaf(Kind::Absent, at, at, Word::NONE);
    }

    /// A node above all that was written since there were `mark` nodes; it ends where what was taken last ends.
    #[inline]
    pub(super) fn close(&mut self, mark: usize, kind: Kind, start: u32) -> &mut Item {
        let end = self.last_end;
        self.close_at(mark, kind, start, end)
    }

    #[inline]
    pub(super) fn close_at(&mut self, mark: usize, kind: Kind, start: u32, end: u32) -> &mut Item {
        let size = (self.items.len() - mark) as u32 + 1;
        let place = self.items.len();
        self.items.push(Item {
            start,
            end,
            name: Word::NONE,
            size,
            kind,
            sub: 0,
            flags: 0,
            levels: 0,
        });
        // What was pushed just now is there.
        &mut self.items[place]
    }

    /// A construct without a kind of its own; `sub` from [`crate::tree::construct::other`].
    #[inline]
    pub(super) fn close_other(&mut self, mark: usize, sub: u8, start: u32) {
        self.close(mark, Kind::Other, start).sub = sub;
    }

    /// The number of what stands between two places.
    #[inline]
    pub(super) fn word_at(&self, start: u32, end: u32) -> Word {
        self.vocabulary
            .get(self.slice(start as usize, end as usize))
    }

    /// The current token as a leaf, looked up by its text; goes on.
    #[inline]
    pub(super) fn name_leaf(&mut self, kind: Kind) {
        let (start, end) = (self.token.start, self.token.end);
        let word = self.word_at(start, end);
        self.leaf(kind, start, end, word);
        self.next();
    }

    /// The current token as a leaf that is not looked up; goes on.
    pub(super) fn plain_leaf(&mut self, kind: Kind, sub: u8) {
        self.leaf(kind, self.token.start, self.token.end, Word::NONE);
        self.change(|item| item.sub = sub);
        self.next();
    }

    /// The number of a string's content.
    pub(super) fn content_word(&self, start: usize, end: usize) -> Word {
        let content = self.slice(start, end);
        if content.len() > LONGEST_WORD {
            Word::NONE
        } else {
            self.vocabulary.get(&marks::unescape(content))
        }
    }

    /// The root of what was written last.
    #[inline]
    pub(super) fn last(&self) -> Option<&Item> {
        self.items.last()
    }

    /// Changes the root of what was written last.
    #[inline]
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.last_mut() {
            change(item);
        }
    }

    /// The grammar has a level above what was written last that has no node.
    #[inline]
    pub(super) fn add_level(&mut self) {
        self.change(|item| item.levels = item.levels.saturating_add(1));
    }

    /// The word of what was written last, for what is looked up by it.
    #[inline]
    pub(super) fn name_of_last(&self) -> Word {
        self.last().map_or(Word::NONE, |item| match item.kind {
            Kind::Name
            | Kind::Definition
            | Kind::Property
            | Kind::TypeName
            | Kind::Member
            | Kind::String => item.name,
            _ => Word::NONE,
        })
    }

    /// Makes exactly one node of what was written since there were `mark`: the lowering's `one`.
    pub(super) fn make_one(&mut self, mark: usize, start: u32) {
        let written = self.items.len() - mark;
        match self.last() {
            Some(last) if written > 0 => {
                if (last.size as usize) < written {
                    self.close(mark, Kind::Block, start);
                }
            }
            _ => self.leaf(Kind::Opaque, start, self.last_end, Word::NONE),
        }
    }

    /// Remembers the parentheses around what was written last.
    pub(super) fn parenthesised(&mut self, start: u32) {
        let end = self.last_end;
        if let Some(item) = self.items.last() {
            self.parentheses
                .push(((item.start, item.end), (start, end)));
        }
    }
}
