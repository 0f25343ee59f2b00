//! A counter that starts anew at each multiple of the period.
//!
//! Invariant: between two multiples of the period at most `limit` are let
//! through; so in any window of that length at most twice as many.
//!
//! Multiples are counted from the `phase`. Within, times are moved so that it
//! lies at a multiple from zero on.

use crate::algorithm::{Algorithm, SLACK};
use crate::quota::Quota;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    limit: u64,
    period: u64,
    /// A moment at which a window begins.
    phase: u64,
    /// How far times are moved: less than a period.
    shift: u64,
}

/// How many were let through in the window that begins at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    start: u64,
    count: u64,
}

impl Fixed {
    pub(crate) fn new(quota: &Quota) -> Self {
        let (limit, period) = (u64::from(quota.limit()), quota.period_nanos());
        Fixed { limit, period, phase: 0, shift: 0 }
    }

    /// The same with a window that begins at `phase`.
    pub(crate) fn beginning(self, phase: u64) -> Self {
        let shift = match phase % self.period.max(1) {
            0 => 0,
            early => self.period - early,
        };
        Fixed { phase, shift, ..self }
    }

    fn moved(&self, now: u64) -> u64 {
        now.saturating_add(self.shift)
    }

    /// When the window of a moved time begins.
    fn start(&self, moved: u64) -> u64 {
        moved - moved % self.period.max(1)
    }

    /// The window of `now`; a later one stays.
    fn at(&self, state: &Count, now: u64) -> Count {
        let moved = self.moved(now);
        if moved >= state.start.saturating_add(self.period) {
            Count { start: self.start(moved), count: 0 }
        } else {
            *state
        }
    }

    fn end(&self, state: &Count) -> u64 {
        state.start.saturating_add(self.period).saturating_sub(self.shift)
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
        let moved = self.moved(now);
        if state.start.saturating_sub(moved) > self.period.saturating_add(SLACK) {
            *state = Count { start: self.start(moved), count: 0 };
        }
        moved.max(state.start).saturating_sub(self.shift)
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

    /// What was let through in this window counts in the one of the new length
    /// that holds this moment.
    fn carry(&self, to: &mut Self, state: &mut Count, now: u64) {
        *to = to.beginning(self.phase);
        *state = Count { start: to.start(to.moved(now)), count: self.at(state, now).count };
    }
}
