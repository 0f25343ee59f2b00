//! Two counters, of this window and the last, the last weighed by how much of
//! it a window that ends now would still cover.
//!
//! It takes for granted that the last window was evenly filled, and so
//! promises nothing: see `SlidingCounter`.

use crate::algorithm::{Algorithm, SLACK};
use crate::quota::Quota;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    limit: u64,
    period: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    start: u64,
    last: u64,
    this: u64,
}

impl Counter {
    pub(crate) fn new(quota: &Quota) -> Self {
        Counter { limit: u64::from(quota.limit()), period: quota.period_nanos() }
    }

    fn start(&self, now: u64) -> u64 {
        now - now % self.period.max(1)
    }

    fn at(&self, state: &Counts, now: u64) -> Counts {
        let next = state.start.saturating_add(self.period);
        if now < next {
            *state
        } else if now < next.saturating_add(self.period) {
            Counts { start: next, last: state.this, this: 0 }
        } else {
            Counts { start: self.start(now), last: 0, this: 0 }
        }
    }

    /// From when on in a window `last` weighs no more than `room`.
    #[expect(clippy::cast_possible_truncation, reason = "less than the period")]
    fn weighs(&self, start: u64, last: u64, room: u64) -> u64 {
        if last <= room {
            return start;
        }
        let covered = u128::from(room) * u128::from(self.period) / u128::from(last);
        start.saturating_add(self.period - covered as u64)
    }
}

impl Algorithm for Counter {
    type State = Counts;
    type Shared = ();

    fn fresh(&self) -> Counts {
        Counts { start: 0, last: 0, this: 0 }
    }

    fn burst(&self) -> u64 {
        self.limit
    }

    fn steady(&self, state: &mut Counts, now: u64) -> u64 {
        if state.start.saturating_sub(now) > self.period.saturating_add(SLACK) {
            *state = Counts { start: self.start(now), last: 0, this: 0 };
        }
        now.max(state.start)
    }

    fn fits_at(&self, state: &Counts, now: u64, n: u64) -> u64 {
        let state = self.at(state, now);
        let at = if let Some(room) = self.limit.checked_sub(state.this.saturating_add(n)) {
            self.weighs(state.start, state.last, room)
        } else {
            let next = state.start.saturating_add(self.period);
            self.weighs(next, state.this, self.limit.saturating_sub(n))
        };
        at.max(now)
    }

    fn take(&self, state: &mut Counts, now: u64, n: u64) {
        *state = self.at(state, now);
        state.this = state.this.saturating_add(n);
    }

    #[expect(clippy::cast_possible_truncation, reason = "no more than the last count")]
    fn left(&self, state: &Counts, now: u64) -> u64 {
        let state = self.at(state, now);
        let covered = self.period.saturating_sub(now.saturating_sub(state.start));
        let product = u128::from(state.last) * u128::from(covered);
        let last = product.div_ceil(u128::from(self.period.max(1))) as u64;
        self.limit.saturating_sub(state.this).saturating_sub(last)
    }

    fn full_at(&self, state: &Counts, now: u64) -> u64 {
        let state = self.at(state, now);
        let next = state.start.saturating_add(self.period);
        match (state.last, state.this) {
            (0, 0) => now,
            (_, 0) => next,
            _ => next.saturating_add(self.period),
        }
    }

    fn carry(&self, to: &mut Self, state: &mut Counts, now: u64) {
        let old = self.at(state, now);
        *state = Counts { start: to.start(now), ..old };
    }
}
