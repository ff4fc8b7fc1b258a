//! Watches over a fetch from outside: deadline, stall, cancellation, progress.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use git2::Oid;

use crate::cancel::Cancel;
use crate::progress::{Progress, Stage};
use crate::source::{CloneFailure, CloneLimits};

/// How often the watcher looks.
const TICK: Duration = Duration::from_millis(50);

/// Once everything has come, libgit2 writes its index without a sign of life.
const INDEXING: Duration = Duration::from_mins(1);

/// What the thread that fetches and the one that watches share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) stop: AtomicBool,
    /// A credential helper runs.
    pub(super) asking: AtomicBool,
    pub(super) bytes: AtomicU64,
    pub(super) objects: AtomicU64,
    pub(super) total: AtomicU64,
    pub(super) indexed: AtomicU64,
    /// Counts signs of life that are none of the above.
    pub(super) signs: AtomicU64,
}

/// Watches over a fetch.
pub(super) struct Watch<'a> {
    pub(super) limits: &'a CloneLimits,
    pub(super) shared: &'a Shared,
    pub(super) packs: PathBuf,
    pub(super) cancel: &'a Cancel,
    pub(super) progress: &'a dyn Progress,
}

impl Watch<'_> {
    /// Waits for the outcome, or until a bound is passed.
    pub(super) fn until_done(
        &self,
        receiver: &mpsc::Receiver<Result<Oid, CloneFailure>>,
    ) -> Result<Oid, CloneFailure> {
        let begin = Instant::now();
        let mut last_sign = (begin, Default::default());
        let mut shown = (0, 0);
        loop {
            match receiver.recv_timeout(TICK) {
                Ok(outcome) => {
                    self.show(&mut shown);
                    return outcome;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(CloneFailure::Transport("the transport failed".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.show(&mut shown);
            if self.cancel.is_cancelled() {
                return Err(CloneFailure::Cancelled);
            }
            if begin.elapsed() >= self.limits.time {
                return Err(CloneFailure::TimedOut(self.limits.time));
            }
            let signs = self.signs();
            if signs != last_sign.1 || self.shared.asking.load(Ordering::Relaxed) {
                last_sign = (Instant::now(), signs);
            }
            let total = self.shared.total.load(Ordering::Relaxed);
            let complete = total > 0 && self.shared.indexed.load(Ordering::Relaxed) >= total;
            let patience = if complete {
                INDEXING.max(self.limits.stall)
            } else {
                self.limits.stall
            };
            if last_sign.0.elapsed() >= patience {
                return Err(CloneFailure::Stalled(patience));
            }
        }
    }

    /// Changes as long as anything comes. The callbacks are quiet for up to 100 kB of one object, so
    /// the growth of the pack on disk counts too.
    fn signs(&self) -> [u64; 5] {
        let on_disk = fs::read_dir(&self.packs).map_or(0, |entries| {
            entries
                .filter_map(|entry| entry.ok()?.metadata().ok())
                .map(|metadata| metadata.len())
                .sum()
        });
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let shared = self.shared;
        [
            load(&shared.bytes),
            load(&shared.objects),
            load(&shared.indexed),
            load(&shared.signs),
            on_disk,
        ]
    }

    fn show(&self, shown: &mut (u64, u64)) {
        let total = self.shared.total.load(Ordering::Relaxed);
        if total != shown.0 {
            shown.0 = total;
            self.progress.stage(Stage::Clone, Some(total));
        }
        let objects = self.shared.objects.load(Ordering::Relaxed);
        // A second fetch over the same connection counts from the start again.
        self.progress
            .advance(Stage::Clone, objects.saturating_sub(shown.1));
        shown.1 = objects;
    }
}
