//! Files to threads: the largest first, so that no thread is left alone with a large file at the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::source::Candidate;

/// Runs `work` on the files that have no result yet, on all threads of the current pool, with what `init` makes once for
/// each thread.
pub(super) fn largest_first<W, R: Send>(
    files: &[Candidate],
    results: &mut [Option<R>],
    init: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Candidate) -> R + Sync,
) {
    let missing = results.iter().enumerate();
    let missing = missing.filter(|(_, result)| result.is_none());
    let mut order: Vec<usize> = missing.map(|(at, _)| at).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(files.get(at).map_or(0, |file| file.size)));
    let next = AtomicUsize::new(0);
    let done = rayon::broadcast(|_| {
        let mut worker = init();
        let mut done = Vec::new();
        while let Some(&at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(file) = files.get(at) {
                done.push((at, work(&mut worker, file)));
            }
        }
        done
    });
    for (at, result) in done.into_iter().flatten() {
        if let Some(place) = results.get_mut(at) {
            *place = Some(result);
        }
    }
}
