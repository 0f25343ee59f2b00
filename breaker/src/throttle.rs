use core::time::Duration;
use std::sync::Arc;

use seawall_errors::family::CIRCUIT_THROTTLED;
use seawall_errors::{Outcome, Rejected};

use crate::draws;
use crate::faults::{InvalidPolicy, nanos};
use crate::mode::Mode;
use crate::odds::{Odds, Seen};
use crate::rules::{WHOLE, millionths, thousandths};
use crate::shared::{Core as Breaking, LATEST};
use crate::sync::Mutex;
use crate::throttle_permit::{Began, ThrottlePermit, Try};
use crate::throttle_policy::ThrottlePolicy;
use crate::ticket::Receipt;
use crate::time::Clock;
use crate::tries::Tries;

/// Refuses a part of the calls to a backend that refuses most of them: as many
/// as it would turn away anyway, so that it need not.
///
/// Where a [`Breaker`](crate::Breaker) cuts everybody off at a threshold, this
/// refuses the more the less is taken, and never all: some call goes each
/// second, and what comes of it is what it knows. Clones share its state.
///
/// ```
/// use std::time::Duration;
/// use seawall_breaker::{Throttle, ThrottlePolicy};
///
/// let at = Duration::from_millis;
/// let search = Throttle::new(ThrottlePolicy::new().with_seed(7))?;
/// let mut sent = 0;
/// for now in 0..1000 {
///     if let Ok(permit) = search.try_acquire_at(at(now)) {
///         sent += 1;
///         permit.fail_at(at(now));
///     }
/// }
/// assert!(sent < 200, "{sent} of a thousand were sent to a backend that takes none");
/// assert!(search.success_probability_at(at(1000)) < 0.2);
/// # Ok::<(), seawall_breaker::InvalidPolicy>(())
/// ```
///
/// # Trade-offs
///
/// Each call takes a short lock twice and reads the clock. With few calls it
/// knows little: below [`spared`](ThrottlePolicy::with_spared) requests in the
/// window it refuses nobody. A backend that answers nothing at all is noticed
/// after two buckets of the window: until then its calls are only slow.
#[derive(Clone, Debug)]
pub struct Throttle(pub(crate) Arc<Core>);

#[derive(Debug)]
pub(crate) struct Core {
    name: &'static str,
    seed: Option<u64>,
    parent: Option<Throttle>,
    state: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    tries: Tries,
    odds: Odds,
    floor: u64,
    mode: Mode,
    mode_until: u64,
    shadowed: u64,
}

/// A throttle in numbers, at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThrottleSnapshot {
    /// Calls that came in the window, refused ones among them.
    pub requests: u64,
    /// Calls that the backend took.
    pub accepted: u64,
    /// Calls that came back from it.
    pub ended: u64,
    /// The share of calls that is refused now, from 0 to 1.
    pub refusal: f64,
    /// The chance of a call that is sent, from 0 to 1.
    pub success_probability: f64,
    /// The mode.
    pub mode: Mode,
    /// How many calls passed that would have been refused, in shadow mode.
    pub shadowed: u64,
}

fn odds(policy: &ThrottlePolicy) -> Odds {
    Odds {
        factor: thousandths(policy.factor),
        spared: policy.spared.into(),
        most: millionths(policy.most),
        prior: millionths(policy.prior),
        weight: policy.weight.into(),
    }
}

fn from_millionths(share: u32) -> f64 {
    f64::from(share) / f64::from(WHOLE)
}

impl Inner {
    /// After a leap of the clock and back, the end of a mode goes back with it.
    fn steady(&mut self, now: u64) -> u64 {
        let before = self.tries.latest();
        let now = self.tries.steady(now);
        if self.mode_until != u64::MAX {
            self.mode_until = self.mode_until.saturating_sub(before.saturating_sub(now));
        }
        now
    }

    fn began(&self, now: u64) -> Began {
        Began { at: now, generation: self.tries.generation }
    }

    fn mode(&self, now: u64) -> Mode {
        if now >= self.mode_until { Mode::Normal } else { self.mode }
    }
}

impl Throttle {
    /// Makes a throttle that has seen nothing.
    pub fn new(policy: ThrottlePolicy) -> Result<Self, InvalidPolicy> {
        Self::make(policy, None)
    }

    /// The same as a part of `parent`, such as one endpoint of a service: all
    /// that it sees its parent sees too, and what it does not know yet it
    /// takes from there.
    pub fn with_parent(policy: ThrottlePolicy, parent: &Throttle) -> Result<Self, InvalidPolicy> {
        Self::make(policy, Some(parent.clone()))
    }

    fn make(policy: ThrottlePolicy, parent: Option<Throttle>) -> Result<Self, InvalidPolicy> {
        policy.check()?;
        // Calibrates the clock here, not in the first call.
        Clock::get();
        let floor = nanos(policy.floor);
        Ok(Throttle(Arc::new(Core {
            name: policy.name,
            seed: policy.seed,
            parent,
            state: Mutex::new(Inner {
                tries: Tries::new(nanos(policy.length), policy.buckets, floor),
                odds: odds(&policy),
                floor,
                mode: Mode::Normal,
                mode_until: u64::MAX,
                shadowed: 0,
            }),
        })))
    }

    /// The time on the scale that all verbs without `_at` use.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(Breaking::now())
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Asks whether a call may go; the permit says how it ended.
    pub fn try_acquire(&self) -> Result<ThrottlePermit, Rejected> {
        self.take(Breaking::now(), false)
    }

    /// [`try_acquire`](Self::try_acquire) at a given time. A permit that is
    /// dropped then goes by the latest time that the throttle has seen.
    pub fn try_acquire_at(&self, now: Duration) -> Result<ThrottlePermit, Rejected> {
        self.take(nanos(now), true)
    }

    fn take(&self, now: u64, given: bool) -> Result<ThrottlePermit, Rejected> {
        let own = self.0.admit(now)?;
        let ticket = Try { own, parent: own.and_then(|_| self.parent_came(now)), given };
        Ok(ThrottlePermit { throttle: self.clone(), ticket: Some(ticket) })
    }

    fn parent_came(&self, now: u64) -> Option<Began> {
        self.0.parent.as_ref().and_then(|parent| parent.0.came(now))
    }

    /// Takes in an outcome without a permit, such as that of a connect.
    pub fn report(&self, outcome: Outcome) -> Receipt {
        self.report_at(outcome, self.now())
    }

    /// [`report`](Self::report) at a given time.
    pub fn report_at(&self, outcome: Outcome, now: Duration) -> Receipt {
        let now = nanos(now);
        let own = self.0.came(now);
        let parent = own.and_then(|_| self.parent_came(now));
        self.finish(Try { own, parent, given: true }, outcome, now)
    }

    pub(crate) fn finish(&self, ticket: Try, outcome: Outcome, now: u64) -> Receipt {
        if let (Some(parent), Some(began)) = (&self.0.parent, ticket.parent) {
            parent.0.ended(began, outcome, now);
        }
        ticket.own.map_or(Receipt::Ignored, |began| self.0.ended(began, outcome, now))
    }

    /// The chance that a call which is sent now succeeds, from 0 to 1: what was
    /// seen in the window, and while that is little, what the parent has seen or
    /// the policy thinks. Worth a look before optional work.
    pub fn success_probability(&self) -> f64 {
        self.success_probability_at(self.now())
    }

    /// [`success_probability`](Self::success_probability) at a given time.
    pub fn success_probability_at(&self, now: Duration) -> f64 {
        from_millionths(self.chance(nanos(now)))
    }

    fn chance(&self, now: u64) -> u32 {
        let prior = self.0.parent.as_ref().map(|parent| parent.chance(now));
        let inner = self.0.state.lock();
        let seen = inner.tries.seen(now.max(inner.tries.latest()));
        inner.odds.success(seen, prior)
    }

    /// How it stands.
    pub fn snapshot(&self) -> ThrottleSnapshot {
        self.snapshot_at(self.now())
    }

    /// [`snapshot`](Self::snapshot) at a given time.
    pub fn snapshot_at(&self, now: Duration) -> ThrottleSnapshot {
        let now = nanos(now);
        let chance = self.chance(now);
        let inner = self.0.state.lock();
        let now = now.max(inner.tries.latest());
        let seen = inner.tries.seen(now);
        let Seen { requests, accepted, ended, .. } = seen;
        ThrottleSnapshot {
            requests,
            accepted,
            ended,
            refusal: from_millionths(inner.odds.refusal(seen)),
            success_probability: from_millionths(chance),
            mode: inner.mode(now),
            shadowed: inner.shadowed,
        }
    }

    /// Switches the mode, until it is switched again: forced open it refuses
    /// all, forced closed none, and both count nothing.
    pub fn set_mode(&self, mode: Mode) {
        let mut inner = self.0.state.lock();
        (inner.mode, inner.mode_until) = (mode, u64::MAX);
    }

    /// Switches the mode for so long; then it is normal again.
    pub fn set_mode_for(&self, mode: Mode, time: Duration) {
        self.set_mode_for_at(mode, time, self.now());
    }

    /// [`set_mode_for`](Self::set_mode_for) at a given time.
    pub fn set_mode_for_at(&self, mode: Mode, time: Duration, now: Duration) {
        let mut inner = self.0.state.lock();
        let now = inner.steady(nanos(now));
        (inner.mode, inner.mode_until) = (mode, now.saturating_add(nanos(time)));
    }

    /// Forgets everything it has seen. Results under way count no more.
    pub fn reset(&self) {
        self.0.state.lock().tries.clear();
    }

    /// Changes the policy at once; what it has seen counts on. A policy that is
    /// not valid changes nothing; name and seed stay.
    pub fn update(&self, policy: ThrottlePolicy) -> Result<(), InvalidPolicy> {
        policy.check()?;
        let mut inner = self.0.state.lock();
        inner.floor = nanos(policy.floor);
        inner.odds = odds(&policy);
        inner.tries.reshape(nanos(policy.length), policy.buckets, nanos(policy.floor));
        Ok(())
    }
}

impl Core {
    /// `None`: it goes through, and counts nowhere.
    fn admit(&self, now: u64) -> Result<Option<Began>, Rejected> {
        let mut inner = self.state.lock();
        let now = inner.steady(now);
        let (mode, odds, floor) = (inner.mode(now), inner.odds, inner.floor);
        match mode {
            Mode::ForcedClosed => return Ok(None),
            Mode::ForcedOpen => return Err(Rejected::new(CIRCUIT_THROTTLED, self.name)),
            Mode::Normal | Mode::Shadow => {}
        }
        inner.tries.draws = inner.tries.draws.wrapping_add(1);
        let draw = draws::next(self.seed, inner.tries.draws);
        if let Err(wait) = inner.tries.pass(&odds, floor, now, draw) {
            if mode == Mode::Normal {
                return Err(self.refuse(inner.tries.seen(now), wait));
            }
            inner.shadowed = inner.shadowed.saturating_add(1);
        }
        inner.tries.left(now);
        Ok(Some(inner.began(now)))
    }

    fn refuse(&self, seen: Seen, wait: u64) -> Rejected {
        let percent = seen.accepted.saturating_mul(100).checked_div(seen.requests).unwrap_or(0);
        Rejected::new(CIRCUIT_THROTTLED, self.name)
            .with_numbers(&[percent.min(100), seen.requests])
            .with_retry_after(Duration::from_nanos(wait))
    }

    /// Counts one who comes without being asked for.
    fn came(&self, now: u64) -> Option<Began> {
        let mut inner = self.state.lock();
        let now = inner.steady(now);
        if inner.mode(now).is_forced() {
            return None;
        }
        inner.tries.came(now);
        inner.tries.left(now);
        Some(inner.began(now))
    }

    fn ended(&self, began: Began, outcome: Outcome, now: u64) -> Receipt {
        let mut inner = self.state.lock();
        let now = if now == LATEST { inner.tries.latest() } else { inner.steady(now) };
        if inner.tries.generation != began.generation {
            return Receipt::Late;
        }
        if inner.mode(now).is_forced() {
            // As if it had never come.
            inner.tries.ended(began.at, now, Outcome::Neutral);
            return Receipt::Ignored;
        }
        inner.tries.ended(began.at, now, outcome);
        Receipt::Recorded
    }
}
