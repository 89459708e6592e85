//! How much memory the files that are being worked on may take together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Source files up to this size are in memory as a whole while they are open.
const WHOLE_FILE_BYTES: u64 = 16 << 20;

/// What a file takes however small it is: encoders, buffers, the open files.
pub(crate) const LEAST_BYTES: u64 = 4 << 20;

/// What an open source takes.
pub(crate) fn open_bytes(source_bytes: u64) -> u64 {
    source_bytes.min(WHOLE_FILE_BYTES)
}

/// Memory that is shared out among files. One that needs more than there is gets it alone.
pub(super) struct Budget {
    bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What is held, by those that wait too.
    held: u64,
    /// How many are at work.
    admitted: usize,
    /// Who comes next: in the order of asking, so that a large file is not passed by until the small ones are done.
    next: u64,
    tickets: u64,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Notes what a file takes before its table is known. That is little, and is not waited for.
    pub(super) fn open(&self, bytes: u64) -> Share<'_> {
        self.state().held += bytes;
        Share { budget: self, bytes, is_admitted: false }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one file holds of a [`Budget`]. Dropped, it is given back.
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
    is_admitted: bool,
}

impl Share<'_> {
    /// Waits until so much more may be taken.
    pub(crate) fn admit(&mut self, more: u64) {
        let budget = self.budget;
        let mut state = budget.state();
        let ticket = state.tickets;
        state.tickets += 1;
        let must_wait = |state: &State| {
            let fits = state.held.saturating_add(more) <= budget.bytes;
            state.next != ticket || (state.admitted > 0 && !fits)
        };
        while must_wait(&state) {
            state = budget.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.next += 1;
        state.admitted += 1;
        state.held = state.held.saturating_add(more);
        self.bytes = self.bytes.saturating_add(more);
        self.is_admitted = true;
        drop(state);
        budget.changed.notify_all();
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.held = state.held.saturating_sub(self.bytes);
        state.admitted -= usize::from(self.is_admitted);
        drop(state);
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn files_together_stay_within_the_budget_and_one_that_is_larger_is_alone() {
        const BUDGET: u64 = 100;
        let budget = Budget::new(BUDGET);
        let (taken, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (budget, taken, most) = (&budget, &taken, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        let wanted = if (thread + round) % 17 == 0 {
                            5 * BUDGET
                        } else {
                            10 + (thread * 7 + round) % 40
                        };
                        let mut share = budget.open(0);
                        share.admit(wanted);
                        let now = taken.fetch_add(wanted, Ordering::SeqCst) + wanted;
                        if wanted > BUDGET {
                            assert_eq!(now, wanted, "it is alone");
                        } else {
                            most.fetch_max(now, Ordering::SeqCst);
                        }
                        thread::yield_now();
                        taken.fetch_sub(wanted, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= BUDGET);
        assert_eq!(budget.state().held, 0);
    }

    #[test]
    fn what_waits_open_does_not_keep_the_first_from_starting() {
        let budget = Budget::new(10);
        let mut shares = [budget.open(8), budget.open(8)];
        shares[0].admit(5);
        assert_eq!(budget.state().admitted, 1);
    }
}
