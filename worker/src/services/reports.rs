//! Reports that were read of late, kept in memory: who waits for a scan asks for it again and again.
//!
//! A report never changes under its key, so nothing here is ever out of date.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

/// Bytes of all reports together.
const ROOM: usize = 16 << 20;
/// Bytes of the largest that is kept.
const LARGEST: usize = 2 << 20;

/// The reports, up to 16 MB of them.
#[derive(Debug, Default)]
pub struct Reports(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<String, Arc<RawValue>>,
    /// The one that was kept first goes first.
    order: VecDeque<String>,
    bytes: usize,
}

impl Reports {
    /// The report under a key, if it is in memory.
    pub fn get(&self, key: &str) -> Option<Arc<RawValue>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_key.get(key).cloned()
    }

    /// Keeps a report, in place of others where there is no room.
    pub fn keep(&self, key: &str, report: &Arc<RawValue>) {
        let size = report.get().len();
        if size > LARGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept
            .by_key
            .insert(key.to_owned(), Arc::clone(report))
            .is_some()
        {
            return;
        }
        kept.order.push_back(key.to_owned());
        kept.bytes += size;
        while kept.bytes > ROOM {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            if let Some(gone) = kept.by_key.remove(&oldest) {
                kept.bytes -= gone.get().len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_room_is_kept_to() {
        let reports = Reports::default();
        let report = |size: usize| -> Arc<RawValue> {
            RawValue::from_string(format!("\"{}\"", "x".repeat(size)))
                .unwrap()
                .into()
        };
        reports.keep("large", &report(LARGEST + 1));
        assert!(reports.get("large").is_none());
        for number in 0..100 {
            reports.keep(&number.to_string(), &report(1 << 20));
            reports.keep(&number.to_string(), &report(1 << 20));
        }
        assert!(reports.get("0").is_none() && reports.get("99").is_some());
        let kept = reports.0.lock().unwrap();
        assert!(kept.bytes <= ROOM && kept.by_key.len() == kept.order.len());
        let bytes: usize = kept.by_key.values().map(|report| report.get().len()).sum();
        assert_eq!(kept.bytes, bytes);
    }
}
