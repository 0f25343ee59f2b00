//! A counter that starts anew at each multiple of the period.
//!
//! Invariant: between two multiples of the period at most `limit` are let
//! through; so in any window of that length at most twice as many.

use crate::algorithm::{Algorithm, SLACK};
use crate::quota::Quota;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    limit: u64,
    period: u64,
}

/// How many were let through in the window that begins at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    start: u64,
    count: u64,
}

impl Fixed {
    pub(crate) fn new(quota: &Quota) -> Self {
        Fixed { limit: u64::from(quota.limit()), period: quota.period_nanos() }
    }

    fn start(&self, now: u64) -> u64 {
        now - now % self.period.max(1)
    }

    /// The window of `now`; a later one stays.
    fn at(&self, state: &Count, now: u64) -> Count {
        if now >= state.start.saturating_add(self.period) {
            Count { start: self.start(now), count: 0 }
        } else {
            *state
        }
    }

    fn end(&self, state: &Count) -> u64 {
        state.start.saturating_add(self.period)
    }
}

impl Algorithm for Fixed {
    type State = Count;
    type Shared = ();

    fn fresh(&self) -> Count {
        Count { start: 0, count: 0 }
    }

    fn burst(&self) -> u64 {
        self.limit
    }

    fn steady(&self, state: &mut Count, now: u64) -> u64 {
        if state.start.saturating_sub(now) > self.period.saturating_add(SLACK) {
            *state = Count { start: self.start(now), count: 0 };
        }
        now.max(state.start)
    }

    fn fits_at(&self, state: &Count, now: u64, n: u64) -> u64 {
        let state = self.at(state, now);
        if state.count.saturating_add(n) <= self.limit { now } else { self.end(&state) }
    }

    fn take(&self, state: &mut Count, now: u64, n: u64) {
        *state = self.at(state, now);
        state.count = state.count.saturating_add(n);
    }

    fn left(&self, state: &Count, now: u64) -> u64 {
        self.limit.saturating_sub(self.at(state, now).count)
    }

    fn full_at(&self, state: &Count, now: u64) -> u64 {
        let state = self.at(state, now);
        if state.count == 0 { now } else { self.end(&state) }
    }

    fn give_back(&self, state: &mut Count, at: u64, _now: u64, n: u64) {
        if at >= state.start {
            state.count = state.count.saturating_sub(n);
        }
    }

    fn carry(&self, to: &mut Self, state: &mut Count, now: u64) {
        *state = Count { start: to.start(now), count: self.at(state, now).count };
    }
}
