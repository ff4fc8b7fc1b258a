//! Many whole words, to be looked for in one pass over a text.
//!
//! Code is mostly words, and hardly any of them is looked for. So each is hashed on the way through, and one bit of a
//! small table says that it is none of those.

use rustc_hash::FxHashMap;

/// Bits of the table, as a power of two.
const BITS: u32 = 15;

/// Words to look for.
#[derive(Debug)]
pub(super) struct Words {
    /// A bit for each hash that a word has.
    hashes: Vec<u64>,
    /// What begins with a word, and is one or goes on after it.
    by_first: FxHashMap<Box<[u8]>, Vec<u32>>,
}

impl Words {
    /// Texts that begin with a character of words, each with its number.
    pub(super) fn new<'t>(texts: impl Iterator<Item = (u32, &'t [u8])>) -> Self {
        let mut words = Self {
            hashes: vec![0; 1 << (BITS - 6)],
            by_first: FxHashMap::default(),
        };
        for (number, text) in texts {
            let length = text.iter().take_while(|byte| is_word(**byte)).count();
            let first = text.get(..length).unwrap_or_default();
            let slot = slot(first.iter().fold(0, |hash, byte| add(hash, *byte)));
            if let Some(bits) = words.hashes.get_mut(slot / 64) {
                *bits |= 1 << (slot % 64);
            }
            let same = words.by_first.entry(first.into()).or_default();
            same.push(number);
        }
        words
    }

    /// Whether a word with this hash may be one of those. Of what is not a word, 0, it may say so too.
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let slot = slot(hash);
        let bits = self.hashes.get(slot / 64).copied().unwrap_or(0);
        bits >> (slot % 64) & 1 != 0
    }

    /// Where the word that ends at `end` begins, and the numbers of the texts that begin with it.
    pub(super) fn at_end(&self, bytes: &[u8], end: usize) -> Option<(usize, &[u32])> {
        let before = bytes.get(..end)?;
        let length = before
            .iter()
            .rev()
            .take_while(|byte| is_word(**byte))
            .count();
        let start = end - length;
        Some((start, self.by_first.get(before.get(start..)?)?))
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Words, add, is_word};

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
                if !is_word(byte)
                    && words.may_hold(hash)
                    && let Some((start, numbers)) = words.at_end(text.as_bytes(), at)
                {
                    found.extend(numbers.iter().map(|number| (start, *number)));
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
