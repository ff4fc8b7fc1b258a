//! When a delivery that failed is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Waits after the first, second, … attempt, in seconds: with the first attempt at once they reach over 24 hours.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 14_400, 7_200, 7_200];
/// From its making on, a delivery is tried for so long, in seconds.
const WHOLE: i64 = 86_400;
/// Part of a wait that jitter adds or takes.
const JITTER: f64 = 0.1;

/// When attempt number `attempt` (from 1) that failed `now` is followed by another; `None`: it is given up. `random` from
/// 0.0 to 1.0 spreads the attempts of many deliveries. A receiver's `Retry-After` is a wait that it wants at least.
pub fn next(
    attempt: u32,
    made: Timestamp,
    now: Timestamp,
    retry_after: Option<Duration>,
    random: f64,
) -> Option<Timestamp> {
    let index = usize::try_from(attempt.saturating_sub(1)).ok()?;
    let wait = *WAITS.get(index)?;
    let spread = 1.0 + JITTER * (2.0 * random.clamp(0.0, 1.0) - 1.0);
    let wait = Duration::from_secs_f64(wait.unsigned_abs() as f64 * spread);
    let wait = wait.max(retry_after.unwrap_or_default());
    let wait = SignedDuration::try_from(wait).ok()?;
    let at = now.checked_add(wait).ok()?;
    let end = made.checked_add(SignedDuration::from_secs(WHOLE)).ok()?;
    (at <= end).then_some(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn seconds(from: Timestamp, to: Timestamp) -> i64 {
        to.as_second() - from.as_second()
    }

    #[test]
    fn attempts_reach_over_a_day_and_no_further() {
        let made = Timestamp::UNIX_EPOCH;
        let (mut now, mut waits) = (made, Vec::new());
        let mut attempt = 1;
        while let Some(at) = next(attempt, made, now, None, 0.5) {
            waits.push(seconds(now, at));
            now = at;
            attempt += 1;
        }
        assert_eq!(waits[..6], [5, 300, 1_800, 7_200, 18_000, 36_000]);
        let whole = seconds(made, now);
        assert!((20 * 3_600..=86_400).contains(&whole), "{whole}");
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_more_than_a_day() {
        let made = Timestamp::UNIX_EPOCH;
        let after = |secs| next(1, made, made, Some(Duration::from_secs(secs)), 0.0);
        assert_eq!(seconds(made, after(60).unwrap()), 60);
        assert_eq!(seconds(made, after(1).unwrap()), 4);
        assert_eq!(after(90_000), None);
        assert_eq!(after(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_ahead_and_within_the_day(attempt in 0_u32..20, late in 0_i64..90_000, wait: Option<u32>, random in 0.0..1.0) {
            let made = Timestamp::UNIX_EPOCH;
            let now = made + SignedDuration::from_secs(late);
            if let Some(at) = next(attempt, made, now, wait.map(|s| Duration::from_secs(s.into())), random) {
                prop_assert!(at > now && seconds(made, at) <= 86_400);
            }
        }
    }
}
