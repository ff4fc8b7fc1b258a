//! Files to threads: the largest first, so that no thread is left alone with a large file at the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::source::Candidate;

/// Runs `work` on all files, on all threads of the current pool, with what `init` makes once for each thread. The
/// results stand in the order of the files.
pub(super) fn largest_first<W, R: Default + Send>(
    files: &[Candidate],
    init: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Candidate) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<usize> = (0..files.len()).collect();
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
    let mut results: Vec<R> = Vec::new();
    results.resize_with(files.len(), R::default);
    for (at, result) in done.into_iter().flatten() {
        if let Some(place) = results.get_mut(at) {
            *place = result;
        }
    }
    results
}
