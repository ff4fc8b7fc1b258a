//! Looking for the literals of all rules in one pass over a file's bytes: words by their hashes, and the rest with an
//! automaton.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind, StartKind};

use super::place::{Place, ends_as_object};
use super::prefilter::{Literal, Table};
use super::shape::Shapes;
use super::words::{self, Words};

/// All literals of a rule set, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Literals {
    /// Those that begin with a word of code.
    words: Words,
    /// Those of one or two bytes: in most files, and found at their first.
    short: Vec<u32>,
    /// All others, with their numbers; `None` where there are too many: every file holds all literals.
    automaton: Option<(DFA, Vec<u32>)>,
    /// Tells many times faster whether there is any, where they are few.
    any: Option<regex::bytes::Regex>,
    all: Vec<Literal>,
}

/// More literals than this make a vectorised search slower than the automaton.
const FEW: usize = 48;

/// Letters that are `s` and `k` in another case without being ASCII. A text with one of them is taken to hold all
/// caseless literals.
const FOLDED: [&str; 2] = ["\u{17f}", "\u{212a}"];

impl Literals {
    pub(crate) fn new(table: Table) -> Self {
        let Table { literals, .. } = table;
        let is_short = |literal: &Literal| {
            literal.text.len() <= 2
                && !(literal.whole && literal.text.bytes().any(words::is_word))
                && !literal.caseless
                && literal.place == Place::Anywhere
        };
        let is_word = |literal: &Literal| {
            literal.whole
                && !literal.caseless
                && literal.text.bytes().next().is_some_and(words::is_word)
        };
        let (mut short, mut others) = (Vec::new(), Vec::new());
        for (literal, number) in literals.iter().zip(0..) {
            if is_short(literal) {
                short.push(number);
            } else if !is_word(literal) {
                others.push((number, literal));
            }
        }
        let numbered = literals.iter().zip(0..);
        let words = numbered.filter(|(literal, _)| is_word(literal));
        let words = Words::new(words.map(|(literal, number)| (number, literal.text.as_bytes())));
        let folded: &[&str] = if others.iter().any(|(_, literal)| literal.caseless) {
            &FOLDED
        } else {
            &[]
        };
        let texts = others.iter().map(|(_, literal)| literal.text.as_str());
        let automaton = DFA::builder()
            .match_kind(MatchKind::Standard)
            .start_kind(StartKind::Unanchored)
            .prefilter(false)
            .ascii_case_insensitive(!folded.is_empty())
            .build(texts.chain(folded.iter().copied()));
        Self {
            words,
            short,
            automaton: automaton.ok().map(|automaton| {
                (
                    automaton,
                    others.iter().map(|(number, _)| *number).collect(),
                )
            }),
            any: (1..=FEW)
                .contains(&literals.len())
                .then(|| any_of(&literals))
                .flatten(),
            all: literals,
        }
    }

    /// By their numbers.
    pub(crate) fn all(&self) -> &[Literal] {
        &self.all
    }
}

fn any_of(literals: &[Literal]) -> Option<regex::bytes::Regex> {
    let alternatives: Vec<String> = literals
        .iter()
        .map(|literal| {
            let flags = if literal.caseless { "i" } else { "" };
            format!("(?{flags}:{})", regex::escape(&literal.text))
        })
        .collect();
    regex::bytes::Regex::new(&alternatives.join("|")).ok()
}

/// Which literals a file holds: a bit each. Reused from file to file.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    bits: Vec<u64>,
    pub(super) shapes: Shapes,
}

impl Seen {
    /// Looks for all literals in `bytes`.
    pub(crate) fn find(&mut self, literals: &Literals, bytes: &[u8]) {
        self.bits.clear();
        self.shapes.clear();
        let count = literals.all.len();
        let Some((automaton, numbers)) = &literals.automaton else {
            self.bits.resize(count.div_ceil(64), u64::MAX);
            return;
        };
        self.bits.resize(count.div_ceil(64), 0);
        if literals
            .any
            .as_ref()
            .is_some_and(|any| !any.is_match(bytes))
        {
            return;
        }
        for number in &literals.short {
            if let Some(literal) = literals.all.get(*number as usize)
                && memchr::memmem::find(bytes, literal.text.as_bytes()).is_some()
            {
                self.add(*number);
            }
        }
        let Some(mut pass) = Pass::new(&literals.words, automaton, bytes) else {
            return;
        };
        while let Some(found) = pass.next() {
            if let Some(hash) = found.word {
                let mut all_seen = true;
                for word in literals.words.beside(hash) {
                    if word.hash == hash {
                        let start = found.at.saturating_sub(word.length);
                        self.try_at(literals, word.number, bytes, start);
                    }
                    all_seen &= self.has(word.number);
                }
                if all_seen {
                    words::forget(&mut pass.bits, hash);
                }
            }
            let Some(state) = found.state else { continue };
            for number in 0..automaton.match_len(state) {
                let pattern = automaton.match_pattern(state, number);
                match numbers.get(pattern.as_usize()) {
                    Some(number) => {
                        let start = (found.at + 1).saturating_sub(automaton.pattern_len(pattern));
                        self.try_at(literals, *number, bytes, start);
                    }
                    None => self.add_caseless(literals),
                }
            }
        }
    }

    /// Notes a literal if it stands at `start` as it should.
    fn try_at(&mut self, literals: &Literals, number: u32, bytes: &[u8], start: usize) {
        if self.has(number) {
            return;
        }
        let Some(literal) = literals.all.get(number as usize) else {
            return;
        };
        let end = start + literal.text.len();
        let Some(text) = bytes.get(start..end) else {
            return;
        };
        let reads_so = if literal.caseless {
            text.eq_ignore_ascii_case(literal.text.as_bytes())
        } else {
            text == literal.text.as_bytes()
        };
        if reads_so
            && (!literal.whole || stands_alone(bytes, start, end))
            && literal.place.admits(bytes, start, end)
            && literal
                .of
                .as_deref()
                .is_none_or(|of| is_member_of(bytes, start, of))
        {
            self.add(number);
        }
    }

    fn add(&mut self, number: u32) {
        if let Some(word) = self.bits.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// What was found, to be kept.
    pub(super) fn bits(&self) -> &[u64] {
        &self.bits
    }

    /// Takes what was found in another file.
    pub(super) fn restore(&mut self, bits: &[u64]) {
        self.bits.clear();
        self.bits.extend_from_slice(bits);
        self.shapes.clear();
    }

    /// The numbers of the literals that were found.
    pub(crate) fn literals(&self) -> impl Iterator<Item = usize> {
        self.bits.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit)
            })
        })
    }

    fn add_caseless(&mut self, literals: &Literals) {
        for (literal, number) in literals.all.iter().zip(0..) {
            if literal.caseless {
                self.add(number);
            }
        }
    }

    /// Whether a literal was found.
    pub(super) fn has(&self, literal: u32) -> bool {
        self.bits
            .get(literal as usize / 64)
            .is_some_and(|word| word & (1 << (literal % 64)) != 0)
    }
}

/// One pass over a file: the hash of the word that is being read and the automaton go side by side, so that neither waits for
/// the other.
struct Pass<'l, 'b> {
    /// The words that are still looked for.
    bits: words::Bits,
    automaton: &'l DFA,
    bytes: &'b [u8],
    at: usize,
    hash: u64,
    state: StateID,
}

/// Where something may have been found.
struct Found {
    /// Of the last byte that was read, which may be the one after the end of the file.
    at: usize,
    /// The hash of a word that ends before that byte and may be looked for.
    word: Option<u64>,
    /// The automaton's state, if it tells of literals that end with that byte.
    state: Option<StateID>,
}

impl<'l, 'b> Pass<'l, 'b> {
    fn new(words: &Words, automaton: &'l DFA, bytes: &'b [u8]) -> Option<Self> {
        Some(Self {
            bits: *words.bits(),
            automaton,
            bytes,
            at: 0,
            hash: 0,
            state: automaton.start_state(Anchored::No).ok()?,
        })
    }

    /// Goes on to where something may have been found. A function of its own, so that all it needs stays in registers.
    #[inline(never)]
    fn next(&mut self) -> Option<Found> {
        let (bits, automaton) = (&self.bits, self.automaton);
        let (mut hash, mut state) = (self.hash, self.state);
        let rest = self.bytes.get(self.at..)?;
        for (at, byte) in (self.at..).zip(rest) {
            let ends_word = !words::is_word(*byte) & words::may_be(bits, hash);
            let word = hash;
            hash = words::add(hash, *byte);
            state = automaton.next_state(Anchored::No, state, *byte);
            if ends_word | automaton.is_special(state) {
                (self.hash, self.state, self.at) = (hash, state, at + 1);
                return Some(Found {
                    at,
                    word: ends_word.then_some(word),
                    state: automaton.is_match(state).then_some(state),
                });
            }
        }
        self.at = self.bytes.len() + 1;
        Some(Found {
            at: self.bytes.len(),
            word: words::may_be(bits, hash).then_some(hash),
            state: None,
        })
    }
}

/// Whether a name, no property, and a dot stand before a place, with nothing but space between.
fn is_member_of(bytes: &[u8], start: usize, object: &str) -> bool {
    let before = bytes.get(..start).unwrap_or_default().trim_ascii_end();
    let before = before.strip_suffix(b".").unwrap_or_default();
    let before = before.trim_ascii_end().strip_suffix(object.as_bytes());
    before.is_some_and(|before| {
        let is_whole = before.last().is_none_or(|last| !words::is_word(*last));
        is_whole && !ends_as_object(before)
    })
}

/// What stands before a name that may be followed by a brace.
const BEFORE_BODIES: [&[u8]; 10] = [
    b"*/",
    b"class",
    b"extends",
    b"implements",
    b"enum",
    b"interface",
    b"namespace",
    b"module",
    b",",
    b"<",
];

/// Whether what stands between `start` and `end` does not go on as a word on either side.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    // It begins code in a template. A name stands so only before the body of what is declared, or the attributes of a tag.
    if bytes.get(start..=end) == Some(b"${") {
        let before = bytes.get(..start).unwrap_or_default().trim_ascii_end();
        return BEFORE_BODIES.iter().any(|word| before.ends_with(word))
            || !before.last().is_none_or(u8::is_ascii);
    }
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| words::is_word(*byte));
    let begins = is_word(bytes.get(start));
    let ends = is_word(end.checked_sub(1).and_then(|at| bytes.get(at)));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let goes_on = (begins && is_word(before)) || (ends && is_word(bytes.get(end)));
    !goes_on
}
