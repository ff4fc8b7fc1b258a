//! What both front ends put into `sub` of nodes that a kind alone does not tell apart.

/// A construct without a kind of its own: a hash of its grammar's name for it, which is the same in every grammar.
pub(super) const fn other(name: &str) -> u8 {
    let bytes = name.as_bytes();
    let mut hash = 0x811c_9dc5_u32;
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        rest = tail;
    }
    (hash ^ (hash >> 8) ^ (hash >> 16)) as u8
}

/// The flags of a regular expression, a bit each.
pub(super) fn regex_flags(flags: &[u8]) -> u8 {
    flags.iter().fold(0, |bits, flag| {
        bits | match flag {
            b'g' => 1,
            b'i' => 1 << 1,
            b'm' => 1 << 2,
            b's' => 1 << 3,
            b'u' | b'v' => 1 << 4,
            b'y' => 1 << 5,
            b'd' => 1 << 6,
            _ => 1 << 7,
        }
    })
}
