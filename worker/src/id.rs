//! Identifiers that users see: a prefix that names the kind, then a ULID in lower case.
//!
//! ULIDs (<https://github.com/ulid/spec>) sort by the time of their making, to the millisecond.

use ulid::Ulid;

/// A fresh identifier, such as `scan_01jb3f…`.
pub fn fresh(prefix: &str) -> String {
    format!(
        "{prefix}_{}",
        Ulid::generate().to_string().to_ascii_lowercase()
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_id_has_its_prefix_and_is_like_no_other() {
        let (one, two) = (super::fresh("scan"), super::fresh("scan"));
        assert!(one.starts_with("scan_") && one.len() == 31);
        assert_ne!(one, two);
    }
}
