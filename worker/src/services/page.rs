//! Pages of a list: a limit, and a cursor that says where the next one begins.
//!
//! The cursor is the place of the last item in the list's order, in base64; a list that grows or shrinks meanwhile
//! neither repeats nor skips what was there all along.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::error::ServiceError;

/// Items of a page, unless asked otherwise.
pub const DEFAULT_LIMIT: u64 = 50;
/// Most items of a page.
pub const MOST: u64 = 500;

/// Which page is asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items of a page, 1 to 500; 50 by default.
    pub limit: Option<u64>,
    /// `next_cursor` of the page before; empty for the first.
    pub cursor: Option<String>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; `None` on the last.
    pub next: Option<String>,
}

impl PageQuery {
    /// The limit, within bounds.
    pub fn limit(&self) -> Result<u64, ServiceError> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(limit @ 1..=MOST) => Ok(limit),
            Some(_) => Err(ServiceError::invalid("limit", "a number from 1 to 500")),
        }
    }

    /// The place after which the page begins: a number and a text, as [`place`] wrote them.
    pub fn after(&self) -> Result<Option<(i64, String)>, ServiceError> {
        let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| {
                let (number, rest) = text.split_once(' ')?;
                Some((number.parse().ok()?, rest.to_owned()))
            })
            .map(Some)
            .ok_or_else(|| ServiceError::invalid("cursor", "the next_cursor of a page before"))
    }
}

/// The cursor of a place.
pub fn place(number: i64, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{number} {text}"))
}

impl<T> Page<T> {
    /// From one item more than the limit, if there is one: it shows that there is a next page.
    pub fn new(mut items: Vec<T>, limit: u64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_cursor_comes_back_and_another_text_does_not() {
        let query = |cursor: &str| PageQuery {
            limit: None,
            cursor: Some(cursor.to_owned()),
        };
        let after = query(&place(-5, "scan_1 x")).after().unwrap();
        assert_eq!(after, Some((-5, "scan_1 x".to_owned())));
        assert_eq!(query("").after().unwrap(), None);
        for wrong in ["%", "abc", "AAAA"] {
            assert!(query(wrong).after().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = Page::new(vec![1, 2, 3], 2, ToString::to_string);
        assert_eq!((page.items, page.next.as_deref()), (vec![1, 2], Some("2")));
        assert_eq!(Page::new(vec![1, 2], 2, ToString::to_string).next, None);
    }
}
