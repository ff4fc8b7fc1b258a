//! Many whole words, to be looked for in one pass over a text.
//!
//! Code is mostly words, and hardly any of them is looked for. So each is hashed on the way through, and one bit of a
//! small table says that it is none of those.

use rustc_hash::FxHashMap;

/// Bits of the table, as a power of two.
const BITS: u32 = 15;

/// A bit for each hash that a word to look for has.
pub(super) type Bits = [u64; 1 << (BITS - 6)];

/// Words to look for.
#[derive(Debug)]
pub(super) struct Words {
    bits: Box<Bits>,
    by_slot: FxHashMap<usize, Vec<Word>>,
}

/// What begins with a word, and is one or goes on after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) hash: u64,
    /// Of the word, in bytes.
    pub(super) length: usize,
    /// Of the whole text.
    pub(super) number: u32,
}

impl Words {
    /// Texts that begin with a character of words, each with its number.
    pub(super) fn new<'t>(texts: impl Iterator<Item = (u32, &'t [u8])>) -> Self {
        let mut bits = Box::new([0; 1 << (BITS - 6)]);
        let mut by_slot: FxHashMap<usize, Vec<Word>> = FxHashMap::default();
        for (number, text) in texts {
            let length = text.iter().take_while(|byte| is_word(**byte)).count();
            let first = text.get(..length).unwrap_or_default();
            let hash = first.iter().fold(0, |hash, byte| add(hash, *byte));
            let slot = slot(hash);
            bits[slot / 64] |= 1 << (slot % 64);
            by_slot.entry(slot).or_default().push(Word {
                hash,
                length,
                number,
            });
        }
        Self { bits, by_slot }
    }

    /// For [`may_be`].
    pub(super) fn bits(&self) -> &Bits {
        &self.bits
    }

    /// All that share a bit with this hash.
    pub(super) fn beside(&self, hash: u64) -> &[Word] {
        self.by_slot.get(&slot(hash)).map_or(&[], Vec::as_slice)
    }
}

/// Whether a word with this hash may be one of those. Of what is not a word, 0, it may say so too.
pub(super) fn may_be(bits: &Bits, hash: u64) -> bool {
    let slot = slot(hash);
    bits[slot / 64] >> (slot % 64) & 1 != 0
}

/// Takes the words that share a bit with this hash out of those that are looked for.
pub(super) fn forget(bits: &mut Bits, hash: u64) {
    let slot = slot(hash);
    bits[slot / 64] &= !(1 << (slot % 64));
}

/// The hash of a word with one more byte; 0, that of no word, if the byte is not of a word.
pub(super) fn add(hash: u64, byte: u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(byte)) & MASKS[byte as usize]
}

fn slot(hash: u64) -> usize {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS)) as usize
}

/// All bits where a byte is of a word, and none where it is not: no branch depends on where words end.
const MASKS: [u64; 256] = {
    let mut masks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let it = byte as u8;
        if it.is_ascii_alphanumeric() || it == b'_' || it == b'$' {
            masks[byte] = u64::MAX;
        }
        byte += 1;
    }
    masks
};

/// Whether a byte goes on as a word.
pub(super) fn is_word(byte: u8) -> bool {
    MASKS[byte as usize] != 0
}

/// The word that some code ends with, if any, and what stands before it.
pub(super) fn last_word(code: &[u8]) -> (&[u8], &[u8]) {
    let length = code.iter().rev().take_while(|byte| is_word(**byte)).count();
    code.split_at(code.len() - length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Words, add, is_word, may_be};

    proptest! {
        #[test]
        fn finds_each_word_where_it_stands(
            texts in prop::collection::vec("[ab_$][ab.-]{0,3}", 0..6),
            text in "[ab_$. -]{0,40}",
        ) {
            let all = texts.iter().zip(0..);
            let words = Words::new(all.map(|(text, number)| (number, text.as_bytes())));
            let mut found = Vec::new();
            let mut hash = 0;
            for (at, byte) in text.bytes().chain([b' ']).enumerate() {
                if !is_word(byte) && may_be(words.bits(), hash) {
                    let same = words.beside(hash).iter().filter(|word| word.hash == hash);
                    found.extend(same.map(|word| (at - word.length, word.number)));
                }
                hash = add(hash, byte);
            }
            let mut expected = Vec::new();
            for (number, wanted) in (0_u32..).zip(&texts) {
                let first: String = wanted.chars().take_while(|c| is_word(*c as u8)).collect();
                let mut at = 0;
                for part in text.split_inclusive(|c: char| !is_word(c as u8)) {
                    if part.trim_end_matches(|c: char| !is_word(c as u8)) == first {
                        expected.push((at, number));
                    }
                    at += part.len();
                }
            }
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
