//! What the store must know of the states that it keeps, and what is decided on
//! a key for which nobody waits.

use core::fmt::Debug;
use core::time::Duration;

use seawall_errors::Rejected;
use seawall_errors::family::{COST_ABOVE_LIMIT, RATE_LIMITED};

use super::control::{Control, Stance};
use super::plan::Checked;
use super::tag::Tag;
use crate::algorithm::Algorithm;
use crate::quota::{InvalidQuota, Quota};
use crate::slow::Verdict;
use crate::word::Refused;

/// One kind of state, with the settings by which states are read.
///
/// A state is either the key's own, or marked as *out*: then it stands in a gate,
/// and the mark says which.
pub(crate) trait Kind: Debug + Send + Sync + 'static {
    type Algorithm: Algorithm;
    type State: Clone + Send + Sync + 'static;
    /// Settings that were read before the key was looked up.
    type Hot;

    fn control(&self) -> &Control;
    /// The settings of a plan; `None` if they are gone already.
    fn hot(&self, stance: Stance, plan: usize) -> Option<Self::Hot>;
    /// Takes `n` if they fit and nothing stands in the way. `false`: look closer.
    fn admit(&self, hot: &Self::Hot, state: &mut Self::State, now: u64, n: u64) -> bool;
    /// Why `n` do not fit, if that is soon told.
    fn refuse(&self, hot: &Self::Hot, state: &Self::State, now: u64, n: u64) -> Option<Refused>;

    /// A state in which nothing was taken, since then.
    fn fresh(&self, plan: usize, since: u64) -> Self::State;
    /// Whether nobody could tell the state, which is not out, from a fresh one.
    fn is_idle(&self, state: &mut Self::State, now: u64) -> bool;
    /// Has the state, which is not out, read by the newest settings of a plan.
    fn with<R>(
        &self,
        state: &mut Self::State,
        plan: usize,
        now: u64,
        f: impl FnOnce(&Self::Algorithm, &mut StateOf<Self>) -> R,
    ) -> R;
    /// Has the state, which is not out, converted to the newest settings of its plan.
    fn renew(&self, state: &mut Self::State, now: u64);

    /// The gate in which the state stands.
    fn out(state: &Self::State) -> Option<u64>;
    /// Marks a state as out, which [`with`](Self::with) has copied.
    fn put_out(state: &mut Self::State, gate: u64);
    /// The way back.
    fn put_back(
        &self,
        state: &mut Self::State,
        algorithm: &Self::Algorithm,
        own: StateOf<Self>,
        tag: Tag,
    );

    /// What a gate is made of: the algorithm in the form of new states.
    fn settings(&self, plan: usize) -> (Self::Algorithm, Quota, Tag);
    /// What those who wait must know.
    fn quota(&self, plan: usize) -> Quota;
    /// Corrects what was taken.
    fn correct(
        algorithm: &Self::Algorithm,
        state: &mut StateOf<Self>,
        now: u64,
        correction: Correction,
    );
    /// Checks plans, of which there are as many as before, and makes them the
    /// newest edition. One thread at a time.
    fn publish(&self, plans: Checked, now: u64) -> Result<(), InvalidQuota>;
}

pub(crate) type StateOf<S> = <<S as Kind>::Algorithm as Algorithm>::State;

/// What a charge turns out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Correction {
    /// So many less, taken at that time.
    Back { n: u64, taken_at: u64 },
    /// So many more.
    More(u64),
}

/// What is said to a take, as [`Slow::verdict`](crate::slow::Slow::verdict) says
/// it where nobody waits.
pub(crate) fn decide<A: Algorithm>(a: &A, state: &mut A::State, n: u64, now: u64) -> Verdict {
    if n == 0 {
        return Verdict::Pass;
    }
    let at = a.steady(state, now);
    if n > a.burst() {
        return Verdict::Above;
    }
    match a.fits_at(state, at, n) {
        fits if fits <= at => Verdict::Fits(at),
        fits => Verdict::Later(fits.max(at.saturating_add(1))),
    }
}

/// A verdict in the words of [`Gate`](crate::gate::Gate).
pub(crate) fn answer<A: Algorithm>(
    a: &A,
    state: &A::State,
    verdict: &Verdict,
    n: u64,
    now: u64,
    name: &'static str,
) -> Result<(), Rejected> {
    match *verdict {
        Verdict::Pass | Verdict::Fits(_) => Ok(()),
        Verdict::Later(at) => {
            Err(limited(Refused { narrow: a.narrowest(state, now, n), at }, now, name))
        }
        Verdict::Above => {
            let (own, limit) = a.smallest();
            let above = Rejected::new(COST_ABOVE_LIMIT, own.unwrap_or(name));
            Err(above.with_numbers(&[limit, n]))
        }
        Verdict::Shut => Err(Rejected::new(RATE_LIMITED, name)),
    }
}

pub(crate) fn limited(refused: Refused, now: u64, name: &'static str) -> Rejected {
    let narrow = refused.narrow;
    Rejected::new(RATE_LIMITED, narrow.name.unwrap_or(name))
        .with_numbers(&[narrow.limit, narrow.left])
        .with_retry_after(Duration::from_nanos(refused.at.saturating_sub(now)))
}
