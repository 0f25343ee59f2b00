//! What every algorithm answers. Integers only: times are nanoseconds since an
//! origin, at most [`END`](crate::quota::END).

use core::fmt::Debug;
use core::time::Duration;

use crate::gate::cut;
use crate::mode::Room;
use crate::quota::Quota;
use crate::word::Shared;

/// A reading further behind than this is a clock that was wrong, not a thread
/// that was slow.
pub(crate) const SLACK: u64 = 10_000_000_000;

/// Settings and arithmetic of one algorithm; its state is kept apart.
///
/// Invariants that the callers rely on:
/// - [`fits_at`](Self::fits_at) is the one truth: `n` are let through at `now`
///   exactly if `fits_at(state, now, n) <= now`.
/// - Once something fits it goes on fitting, as long as nobody takes.
/// - Nothing but [`take`](Self::take) makes anything fit later.
pub(crate) trait Algorithm: Clone + Debug + Send + Sync + 'static {
    type State: Clone + Debug + Send + Sync;
    /// Where threads share the state while nobody waits: a word, or only the lock.
    type Shared: Shared<Self>;

    /// The state in which nothing was taken.
    fn fresh(&self) -> Self::State;
    /// The most that one call may ever take.
    fn burst(&self) -> u64;
    /// The reading that counts: `now`, or the highest seen if `now` is behind
    /// it. Where it is behind by more than anything legal explains, the state
    /// starts anew.
    fn steady(&self, state: &mut Self::State, now: u64) -> u64;
    /// When `n` fit, not before `now`. `n` is at most the burst.
    fn fits_at(&self, state: &Self::State, now: u64, n: u64) -> u64;
    /// Takes `n`, which fit at `now`.
    fn take(&self, state: &mut Self::State, now: u64, n: u64);
    /// How many fit at `now`.
    fn left(&self, state: &Self::State, now: u64) -> u64;
    /// When everything that was taken is back.
    fn full_at(&self, state: &Self::State, now: u64) -> u64;
    /// Turns the state into one for `to`: what is left stays, cut to the new burst.
    fn carry(&self, to: &mut Self, state: &mut Self::State, now: u64);

    /// The state after `ahead` permits more, each taken as early as it fits.
    fn skip(&self, _state: &Self::State, _now: u64, _ahead: u64) -> Option<Self::State> {
        None
    }
    /// Whose limit it is that holds `n` back, where there are several.
    fn narrowest(&self, state: &Self::State, now: u64, _n: u64) -> Narrow {
        Narrow { name: None, limit: self.burst(), left: self.left(state, now) }
    }
    /// How much room each of the limits has, the fullest first.
    fn rooms(&self, state: &Self::State, now: u64, own: &Quota) -> Vec<Room> {
        vec![room(self, state, now, own)]
    }
    /// Whose limit is the smallest, where there are several, and that limit.
    fn smallest(&self) -> (Option<&'static str>, u64) {
        (None, self.burst())
    }
}

/// What a refusal tells of the limit that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Narrow {
    pub(crate) name: Option<&'static str>,
    pub(crate) limit: u64,
    pub(crate) left: u64,
}

/// How much room one limit has.
pub(crate) fn room<A: Algorithm>(algorithm: &A, state: &A::State, now: u64, quota: &Quota) -> Room {
    let left = algorithm.left(state, now);
    let more = left.saturating_add(1);
    let next = (more <= algorithm.burst()).then(|| algorithm.fits_at(state, now, more));
    Room {
        quota: *quota,
        remaining: cut(left),
        next_in: next.map(|at| Duration::from_nanos(at.saturating_sub(now))),
    }
}
