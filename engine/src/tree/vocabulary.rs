//! The words that rules mention, numbered, so that comparing a name of the code with a name of a pattern is
//! comparing two integers.
//!
//! Words of the code that no rule mentions are all [`Word::NONE`]: they equal no word of a pattern, and where
//! two pieces of code are compared with each other, their texts are.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// The number of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(u32);

impl Word {
    /// A word that no rule mentions.
    pub const NONE: Self = Self(0);
    /// May be any word: the callee is a name that an import gives another meaning.
    pub const ANY: Self = Self(u32::MAX);

    /// Whether a node that is looked up by `self` can be one that a pattern looks up by `wanted`.
    pub fn admits(self, wanted: Self) -> bool {
        wanted == Self::NONE || wanted == self || self == Self::ANY
    }

    /// A word that is a plain number, for nodes that carry an index instead of text.
    pub(crate) fn from_index(index: u32) -> Self {
        Self(index)
    }

    /// The number.
    pub(crate) fn index(self) -> u32 {
        self.0
    }
}

/// Numbers words. Grows while rules are compiled, is only read while files are scanned.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    words: FxHashMap<Box<[u8]>, Word>,
    /// A bit for each [`look`] that a word has: most names of the code are turned away without hashing them.
    looks: Box<[u64; 1 << (LOOKS - 6)]>,
}

/// Bits of a look.
const LOOKS: u32 = 14;

/// A number of a word's length, its first and its last byte.
fn look(text: &[u8]) -> usize {
    let byte = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or(0));
    let ends = byte(text.first()) | byte(text.last()) << 8;
    let look = (ends | (text.len() as u32) << 16).wrapping_mul(0x9e37_79b9);
    (look >> (32 - LOOKS)) as usize
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self {
            words: FxHashMap::default(),
            looks: Box::new([0; 1 << (LOOKS - 6)]),
        }
    }
}

impl Vocabulary {
    /// The number of a word, making one if need be.
    pub fn add(&mut self, text: &[u8]) -> Word {
        if let Some(word) = self.words.get(text) {
            return *word;
        }
        let word = Word(self.words.len() as u32 + 1);
        self.words.insert(text.into(), word);
        let look = look(text);
        self.looks[look / 64] |= 1 << (look % 64);
        word
    }

    /// The number of a word, or [`Word::NONE`].
    pub fn get(&self, text: &[u8]) -> Word {
        let look = look(text);
        if self.looks[look / 64] >> (look % 64) & 1 == 0 {
            return Word::NONE;
        }
        self.words.get(text).copied().unwrap_or(Word::NONE)
    }
}

/// A vocabulary that several threads add to while they compile rules. Which word gets which number depends on their
/// pace; nothing else does.
#[derive(Debug, Default)]
pub struct GrowingVocabulary(Mutex<Vocabulary>);

impl GrowingVocabulary {
    /// The number of a word, making one if need be.
    pub fn add(&self, text: &[u8]) -> Word {
        let mut vocabulary = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        vocabulary.add(text)
    }

    /// The vocabulary, which grows no more.
    pub fn finish(self) -> Vocabulary {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
