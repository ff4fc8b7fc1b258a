//! The order of texts that npm uses wherever it sorts: that of the Unicode Collation Algorithm for English.
//!
//! Letters are compared without regard to case first; only texts that are then equal are told apart by case, small
//! letters first. Signs have an order of their own, in which `_` and `-` come before `.`, `@` and `/`, and all of them
//! before digits. Characters outside ASCII are compared by their code points, behind all others: names of packages are
//! ASCII.

use std::cmp::Ordering;

/// The signs of ASCII in their order.
const SIGNS: &[u8] = b" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// As JavaScript's `a.localeCompare(b, 'en')`.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    a.chars()
        .map(primary)
        .cmp(b.chars().map(primary))
        // A capital letter comes after its small one.
        .then_with(|| {
            a.chars()
                .map(|c| c.is_ascii_uppercase())
                .cmp(b.chars().map(|c| c.is_ascii_uppercase()))
        })
        .then_with(|| a.cmp(b))
}

fn primary(c: char) -> u32 {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii_digit() => 1000 + u32::from(byte - b'0'),
        Ok(byte) if byte.is_ascii_alphabetic() => {
            2000 + u32::from(byte.to_ascii_lowercase() - b'a')
        }
        Ok(byte) if byte.is_ascii() => SIGNS
            .iter()
            .position(|sign| *sign == byte)
            .map_or(u32::from(byte), |at| 200 + at as u32),
        _ => 10_000 + c as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn as_in_javascript() {
        let mut names = [
            "node_modules/a/node_modules/b",
            "node_modules/a-b",
            "node_modules/a.b",
            "node_modules/ab",
            "node_modules/@s/a",
            "node_modules/JSONStream",
            "node_modules/json",
            "node_modules/a",
            "",
            "Ab",
            "aB",
        ];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            [
                "",
                "aB",
                "Ab",
                "node_modules/@s/a",
                "node_modules/a",
                "node_modules/a-b",
                "node_modules/a.b",
                "node_modules/a/node_modules/b",
                "node_modules/ab",
                "node_modules/json",
                "node_modules/JSONStream",
            ]
        );
    }
}
