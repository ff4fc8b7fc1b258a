//! Time as the store keeps it: milliseconds since 1970 in UTC, so that both databases order and compare it alike.

use jiff::{Timestamp, Unit};

/// Milliseconds since 1970.
pub type Millis = i64;

/// Milliseconds of a second, minute, hour and day.
pub const SECOND: Millis = 1_000;
/// See [`SECOND`].
pub const MINUTE: Millis = 60 * SECOND;
/// See [`SECOND`].
pub const HOUR: Millis = 60 * MINUTE;
/// See [`SECOND`].
pub const DAY: Millis = 24 * HOUR;

/// The time of the system's clock.
pub fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

/// RFC 3339 in UTC, to the millisecond: `2026-01-31T12:00:00.250Z`; whole seconds have no fraction.
pub fn rfc3339(at: Millis) -> String {
    timestamp(at).to_string()
}

/// As a timestamp. Times that the calendar does not hold become the epoch.
pub fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at)
        .and_then(|time| time.round(Unit::Millisecond))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(super::rfc3339(1_500), "1970-01-01T00:00:01.5Z");
        assert_eq!(super::rfc3339(i64::MAX), "1970-01-01T00:00:00Z");
    }
}
