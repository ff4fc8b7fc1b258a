//! Who follows which file when: each file as soon as those are done that it waits for, whatever the threads.
//!
//! A file waits for what it calls, and has been followed before what calls it is followed again: what each hears is the
//! same as if one thread followed them all in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::order::Group;

/// Following a file once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) file: usize,
    /// Counts from 1. Files that have a turn at the same time do not call each other.
    pub(super) time: u64,
}

/// The turns of all files.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// In order.
    turns: Vec<Turn>,
    /// By turn, those that wait for it.
    waiting: Vec<Vec<usize>>,
    /// By turn, for how many it waits.
    before: Vec<usize>,
}

impl Schedule {
    /// The turns of the wanted files of some groups; `calls` are by file.
    pub(super) fn new(
        levels: &[Vec<Group>],
        calls: &[Vec<usize>],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Self {
        let mut schedule = Self::default();
        let mut of_file: Vec<Vec<usize>> = vec![Vec::new(); calls.len()];
        let mut time = 0;
        for level in levels {
            for round in 1..=level.iter().map(|group| group.rounds).max().unwrap_or(0) {
                let steps = level.iter().map(|group| group.steps.len()).max();
                for step in 0..steps.unwrap_or(0) {
                    time += 1;
                    let groups = level.iter().filter(|group| round <= group.rounds);
                    let files = groups.filter_map(|group| group.steps.get(step)).flatten();
                    for file in files.copied().filter(|file| is_wanted(*file)) {
                        if let Some(turns) = of_file.get_mut(file) {
                            turns.push(schedule.turns.len());
                            schedule.turns.push(Turn { file, time });
                        }
                    }
                }
            }
        }
        schedule.waiting = vec![Vec::new(); schedule.turns.len()];
        schedule.before = vec![0; schedule.turns.len()];
        for (file, turns) in of_file.iter().enumerate() {
            schedule.one_after_the_other(turns);
            for callee in calls.get(file).into_iter().flatten() {
                let theirs = of_file.get(*callee).map_or(&[][..], Vec::as_slice);
                let mut all = [turns, theirs].concat();
                all.sort_unstable();
                schedule.one_after_the_other(&all);
            }
        }
        schedule
    }

    fn one_after_the_other(&mut self, turns: &[usize]) {
        for (before, after) in turns.iter().zip(turns.iter().skip(1)) {
            if let (Some(waiting), Some(count)) =
                (self.waiting.get_mut(*before), self.before.get_mut(*after))
            {
                waiting.push(*after);
                *count += 1;
            }
        }
    }

    /// Gives each file its turns, on all threads of the current pool, with what `init` makes once for each thread. `follow`
    /// is told how many threads have nothing else to do, itself included.
    pub(super) fn run<W>(
        &self,
        init: impl Fn() -> W + Sync,
        follow: impl Fn(&mut W, Turn, usize) + Sync,
    ) {
        let all = rayon::current_num_threads();
        let progress = Progress {
            schedule: self,
            before: self.before.iter().copied().map(AtomicUsize::new).collect(),
            ready: Mutex::default(),
            busy: AtomicUsize::new(0),
            left: AtomicUsize::new(self.turns.len()),
        };
        let first = self.before.iter().enumerate();
        let first = first.filter(|(_, before)| **before == 0);
        progress
            .ready()
            .extend(first.map(|(turn, _)| Reverse(turn)));
        rayon::broadcast(|_| {
            let mut worker = init();
            while progress.left.load(Ordering::Acquire) > 0 {
                let (next, others) = {
                    let mut ready = progress.ready();
                    (ready.pop(), ready.len())
                };
                let turn = next.and_then(|Reverse(next)| Some((next, *self.turns.get(next)?)));
                let Some((number, turn)) = turn else {
                    // Others may have cut their work in parts.
                    if rayon::yield_now() != Some(rayon::Yield::Executed) {
                        std::thread::yield_now();
                    }
                    continue;
                };
                let busy = progress.busy.fetch_add(1, Ordering::AcqRel) + others;
                let done = Done(&progress, number);
                follow(&mut worker, turn, all.saturating_sub(busy).max(1));
                drop(done);
            }
        });
    }
}

/// How far a schedule is.
struct Progress<'s> {
    schedule: &'s Schedule,
    /// By turn, for how many it waits still.
    before: Vec<AtomicUsize>,
    /// The turns that wait for nothing, the first on top.
    ready: Mutex<BinaryHeap<Reverse<usize>>>,
    /// How many are being done.
    busy: AtomicUsize,
    left: AtomicUsize,
}

impl Progress<'_> {
    fn ready(&self) -> MutexGuard<'_, BinaryHeap<Reverse<usize>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that is being done. It is over when this goes, be it by a panic: nobody waits for ever.
struct Done<'p>(&'p Progress<'p>, usize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let Self(progress, turn) = *self;
        let waiting = progress.schedule.waiting.get(turn).into_iter().flatten();
        let ready = waiting.filter(|after| {
            let before = progress.before.get(**after);
            before.is_some_and(|before| before.fetch_sub(1, Ordering::AcqRel) == 1)
        });
        let ready: Vec<Reverse<usize>> = ready.copied().map(Reverse).collect();
        progress.ready().extend(ready);
        progress.busy.fetch_sub(1, Ordering::AcqRel);
        progress.left.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::super::order;
    use super::{Schedule, Turn};

    #[test]
    fn no_file_has_its_turn_before_what_it_waits_for() {
        // 0 calls 1 and 2, which call 3; 3 and 4 call each other; 5 is alone, 6 is not wanted.
        let calls = [
            vec![1, 2],
            vec![3],
            vec![3],
            vec![4],
            vec![3],
            vec![],
            vec![],
        ];
        let is_wanted = |file| file != 6;
        let levels = order::levels(&calls, is_wanted);
        let schedule = Schedule::new(&levels, &calls, is_wanted);
        let done = Mutex::new(Vec::new());
        schedule.run(
            || (),
            |(), turn: Turn, threads| {
                assert!(threads > 0);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push(turn.file);
            },
        );
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let at = |file, nth| {
            let turns = done.iter().enumerate().filter(|(_, turn)| **turn == file);
            turns.map(|(at, _)| at).nth(nth)
        };
        assert_eq!(done.len(), 8);
        let order = [at(4, 0), at(3, 0), at(4, 1), at(3, 1)];
        assert!(order.is_sorted() && order.iter().all(Option::is_some));
        assert!(at(3, 1) < at(1, 0) && at(3, 1) < at(2, 0));
        assert!(at(1, 0) < at(0, 0) && at(2, 0) < at(0, 0));
    }
}
