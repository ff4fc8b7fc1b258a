//! Constructs without a kind of their own are told apart by a hash of the grammar's name for them, as `lower` has it.

/// The number of a construct.
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
