//! Work that is done on all threads, and taken in order on one.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Runs jobs on all threads, and gives what comes of them to `take`, in the order of the jobs, on this thread. At most so many
/// are under way or wait to be taken. Where nothing is to be taken this thread does jobs, too.
///
/// A job must not wait for work of rayon's: a thread that does may be given a part of this, which waits for the job.
///
/// # Errors
///
/// The first error of `take`. Jobs that no thread has begun are then left.
pub(super) fn in_order<J: Send, T: Send, E>(
    jobs: impl Iterator<Item = J> + Send,
    at_once: usize,
    run: impl Fn(J) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let state = State { jobs, begun: 0, done: BTreeMap::new(), taken: 0, is_over: false };
    let desk = Desk { state: Mutex::new(state), changed: Condvar::new(), at_once: at_once.max(1) };
    rayon::in_place_scope(|scope| {
        // However this ends, by a panic too, the others are not left waiting.
        let _over = Over(&desk);
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| {
                while let Some((number, job)) = desk.job() {
                    desk.work(number, job, &run);
                }
            });
        }
        while let Some(next) = desk.next() {
            match next {
                Next::Take(done) => take(done)?,
                Next::Job(number, job) => desk.work(number, job, &run),
            }
        }
        Ok(())
    })
}

/// Where jobs are fetched, and left when they are done.
struct Desk<I, T> {
    state: Mutex<State<I, T>>,
    changed: Condvar,
    at_once: usize,
}

struct State<I, T> {
    jobs: I,
    begun: usize,
    done: BTreeMap<usize, T>,
    taken: usize,
    /// Nothing more is taken.
    is_over: bool,
}

enum Next<J, T> {
    Take(T),
    Job(usize, J),
}

impl<J, T, I: Iterator<Item = J>> Desk<I, T> {
    /// What the thread that takes is to do next; none when all is taken.
    fn next(&self) -> Option<Next<J, T>> {
        let mut state = self.state();
        while !state.is_over {
            let number = state.taken;
            if let Some(done) = state.done.remove(&number) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(Next::Take(done));
            }
            if let Some((number, job)) = self.begin(&mut state) {
                return Some(Next::Job(number, job));
            }
            if state.taken == state.begun {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// A job for another thread; none when there is no more.
    fn job(&self) -> Option<(usize, J)> {
        let mut state = self.state();
        while !state.is_over {
            if let Some(job) = self.begin(&mut state) {
                return Some(job);
            }
            if state.begun - state.taken < self.at_once {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn begin(&self, state: &mut State<I, T>) -> Option<(usize, J)> {
        if state.begun - state.taken >= self.at_once {
            return None;
        }
        let job = state.jobs.next()?;
        state.begun += 1;
        Some((state.begun - 1, job))
    }

    fn work(&self, number: usize, job: J, run: impl Fn(J) -> T) {
        // Who waits for what a panic leaves undone would wait for ever.
        let over = Over(self);
        let done = run(job);
        std::mem::forget(over);
        self.state().done.insert(number, done);
        self.changed.notify_all();
    }
}

impl<I, T> Desk<I, T> {
    fn state(&self) -> MutexGuard<'_, State<I, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends everything when it is dropped.
struct Over<'a, I, T>(&'a Desk<I, T>);

impl<I, T> Drop for Over<'_, I, T> {
    fn drop(&mut self) {
        self.0.state().is_over = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_comes_of_jobs_is_taken_in_order_and_not_too_much_waits() {
        for at_once in [0, 1, 2, 7, 1_000] {
            for jobs in [0, 1, 2, 300_usize] {
                let begun = AtomicUsize::new(0);
                let mut taken = Vec::new();
                let run = |job: usize| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    // Some take longer than those after them.
                    (0..job % 3 * 1_000).fold(job, |sum, number| std::hint::black_box(sum ^ number ^ number))
                };
                let outcome: Result<(), Infallible> = in_order(0..jobs, at_once, run, |job| {
                    taken.push(job);
                    assert!(begun.load(Ordering::SeqCst) <= taken.len() + at_once.max(1));
                    Ok(())
                });
                assert_eq!(outcome, Ok(()));
                assert_eq!(taken, (0..jobs).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let begun = AtomicUsize::new(0);
        let run = |job: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            job
        };
        let outcome = in_order(0..1_000, 4, run, |job| if job == 10 { Err(job) } else { Ok(()) });
        assert_eq!(outcome, Err(10));
        assert!(begun.load(Ordering::SeqCst) <= 15, "those that nobody takes are not begun");
    }

    #[test]
    fn a_panic_in_a_job_comes_out_and_nobody_waits_for_ever() {
        for wrong in [0, 1, 50, 99] {
            let run = |job: usize| assert_ne!(job, wrong, "a job that cannot be done");
            let outcome =
                catch_unwind(AssertUnwindSafe(|| in_order(0..100, 8, run, |()| Ok::<_, Infallible>(()))));
            assert!(outcome.is_err(), "job {wrong}");
        }
    }
}
