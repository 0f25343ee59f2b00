use core::time::Duration;
use std::sync::Arc;

use seawall_errors::{Outcome, Rejected};

use crate::event::{Events, Reason};
use crate::faults::{InvalidPolicy, nanos};
use crate::machine::{ENDLESS, FRESH, Phase};
use crate::mode::{Mode, Snapshot};
use crate::permit::{OwnedPermit, Permit};
use crate::policy::Policy;
use crate::rules::{Rules, Tally};
use crate::shared::{Core, Fixed};
use crate::ticket::Receipt;
use crate::word::State;

/// Stops calling a backend that does not answer, and finds out when it does
/// again. Clones share its state.
///
/// ```
/// use std::time::Duration;
/// use seawall_breaker::{Breaker, Policy, Receipt, State};
///
/// let at = Duration::from_secs;
/// let policy = Policy::new().with_consecutive(3).with_open_time(at(5)).with_jitter(0.0);
/// let orders = Breaker::new(policy.with_probes(1).with_name("orders"))?;
///
/// let slow = orders.try_acquire_at(at(0)).unwrap();
/// for _ in 0..3 {
///     orders.try_acquire_at(at(1)).unwrap().fail_at(at(1));
/// }
/// let refused = orders.try_acquire_at(at(2)).unwrap_err();
/// assert_eq!((refused.who(), refused.retry_after()), ("orders", Some(at(4))));
///
/// // Its call began before the breaker opened: that it went well says nothing.
/// assert_eq!(slow.succeed_at(at(3)), Receipt::Late);
///
/// let probe = orders.try_acquire_at(at(6)).unwrap();
/// assert!(probe.is_probe() && orders.try_acquire_at(at(6)).is_err());
/// probe.succeed_at(at(7));
/// assert_eq!(orders.state(), State::Closed);
/// # Ok::<(), seawall_breaker::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug)]
pub struct Breaker(pub(crate) Arc<Core>);

impl Breaker {
    /// Makes a closed breaker. Takes a while the first time in a process, to
    /// calibrate the clock.
    pub fn new(policy: Policy) -> Result<Self, InvalidPolicy> {
        policy.check()?;
        let rules = Arc::new(Rules::new(&policy));
        Ok(Breaker(Arc::new(Core::new(Arc::new(Fixed::new(&policy)), rules))))
    }

    /// The time on the scale that all verbs without `_at` use: one origin per
    /// process.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(Core::now())
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.0.fixed.name
    }

    /// Asks whether a call may go; the permit says how it ended.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, Rejected> {
        self.0.admit(Core::now).map(|ticket| Permit::new(&self.0, ticket))
    }

    /// [`try_acquire`](Self::try_acquire) at a given time. A permit that is
    /// dropped then goes by the latest time that the breaker has seen.
    #[inline]
    pub fn try_acquire_at(&self, now: Duration) -> Result<Permit<'_>, Rejected> {
        self.0.admit(|| nanos(now)).map(|ticket| Permit::new(&self.0, ticket.given()))
    }

    /// [`try_acquire`](Self::try_acquire) with a permit that may go to another
    /// task or thread.
    #[inline]
    pub fn try_acquire_owned(&self) -> Result<OwnedPermit, Rejected> {
        self.0.admit(Core::now).map(|ticket| OwnedPermit::new(self.0.clone(), ticket))
    }

    /// [`try_acquire_owned`](Self::try_acquire_owned) at a given time.
    #[inline]
    pub fn try_acquire_owned_at(&self, now: Duration) -> Result<OwnedPermit, Rejected> {
        let ticket = self.0.admit(|| nanos(now))?.given();
        Ok(OwnedPermit::new(self.0.clone(), ticket))
    }

    /// Takes in an outcome without a permit: a connect that failed, a health
    /// check. Half open, a failure opens it again and a success says nothing:
    /// only probes close it.
    pub fn report(&self, outcome: Outcome) -> Receipt {
        self.report_at(outcome, self.now())
    }

    /// [`report`](Self::report) at a given time.
    pub fn report_at(&self, outcome: Outcome, now: Duration) -> Receipt {
        self.0.step(nanos(now), |held| held.report(outcome.into()))
    }

    /// Opens it for so long, up to the cap for hints: a server said when to
    /// come back. Does nothing in a forced state.
    pub fn open_for(&self, time: Duration) {
        self.open_for_at(time, self.now());
    }

    /// [`open_for`](Self::open_for) at a given time.
    pub fn open_for_at(&self, time: Duration, now: Duration) {
        self.0.step(nanos(now), |held| {
            held.machine.expire(held.step.now, &mut held.log);
            if !held.machine.mode.is_forced() {
                let hint = Some(nanos(time));
                let tally = held.tally();
                held.machine.open(Reason::Asked, hint, tally, held.step, &mut held.log);
            }
        });
    }

    /// What it is doing. An open time that is over shows at the next arrival:
    /// no timer runs.
    #[inline]
    pub fn state(&self) -> State {
        self.0.word().state()
    }

    /// Whether so many calls fail that optional work should be left out: from
    /// the share set as [`degrade`](Policy::with_degrade_from) on, and always
    /// while it is not closed.
    pub fn is_degraded(&self) -> bool {
        self.is_degraded_at(self.now())
    }

    /// [`is_degraded`](Self::is_degraded) at a given time.
    pub fn is_degraded_at(&self, now: Duration) -> bool {
        self.snapshot_at(now).degraded
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.mode_at(self.now())
    }

    /// [`mode`](Self::mode) at a given time.
    pub fn mode_at(&self, now: Duration) -> Mode {
        self.snapshot_at(now).mode
    }

    /// Switches the mode, until it is switched again. Into a forced state and
    /// out of it a generation begins, closed and with an empty window.
    pub fn set_mode(&self, mode: Mode) {
        self.switch(mode, None, self.now());
    }

    /// [`set_mode`](Self::set_mode) at a given time.
    pub fn set_mode_at(&self, mode: Mode, now: Duration) {
        self.switch(mode, None, now);
    }

    /// Switches the mode for so long; then it is normal again.
    pub fn set_mode_for(&self, mode: Mode, time: Duration) {
        self.switch(mode, Some(time), self.now());
    }

    /// [`set_mode_for`](Self::set_mode_for) at a given time.
    pub fn set_mode_for_at(&self, mode: Mode, time: Duration, now: Duration) {
        self.switch(mode, Some(time), now);
    }

    fn switch(&self, mode: Mode, time: Option<Duration>, now: Duration) {
        self.0.step(nanos(now), |held| {
            let now = held.step.now;
            let until = time.map_or(ENDLESS, |time| now.saturating_add(nanos(time)));
            held.machine.set_mode(mode, until, now, &mut held.log);
        });
    }

    /// Closes it and forgets everything; a mode stays. One step: no result that
    /// is under way counts afterwards.
    pub fn reset(&self) {
        self.reset_at(self.now());
    }

    /// [`reset`](Self::reset) at a given time.
    pub fn reset_at(&self, now: Duration) {
        self.0.step(nanos(now), |held| {
            let (mode, none) = (held.machine.mode, Tally::default());
            held.machine.attempts = 0;
            held.machine.go((FRESH, mode), Reason::Reset, held.step.now, none, &mut held.log);
        });
    }

    /// Changes the policy at once. Counts, states and open times that run stay;
    /// a window of another shape begins with what the old one held, and then
    /// results of calls that are under way come too late. A policy that is not
    /// valid changes nothing; name and seed stay.
    pub fn update(&self, policy: Policy) -> Result<(), InvalidPolicy> {
        self.update_at(policy, self.now())
    }

    /// [`update`](Self::update) at a given time.
    pub fn update_at(&self, policy: Policy, now: Duration) -> Result<(), InvalidPolicy> {
        policy.check()?;
        self.0.update(Arc::new(Rules::new(&policy)), nanos(now));
        Ok(())
    }

    /// Its transitions from now on. At most `capacity` of them wait to be taken.
    pub fn subscribe(&self, capacity: usize) -> Events {
        self.0.step(crate::shared::LATEST, |held| held.listeners().add(capacity))
    }

    /// The bytes that this breaker has for itself, without its rules, which all
    /// of a table share, and without listeners.
    pub fn bytes(&self) -> usize {
        // An `Arc` has two counts before its content.
        2 * size_of::<usize>() + size_of::<Core>() + self.0.ring_bytes()
    }

    /// How it stands.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(self.now())
    }

    /// [`snapshot`](Self::snapshot) at a given time. A `now` that lies ahead of
    /// the clock of the calls changes no verdict of theirs.
    pub fn snapshot_at(&self, now: Duration) -> Snapshot {
        self.0.look(nanos(now))
    }

    /// Makes a breaker that goes on where another one stood, in this process
    /// or an earlier one: its state, counts, attempts, mode, and what was left
    /// of its open time. What it had under way is unknown here, so a half-open
    /// one begins its probes anew. Numbers that make no sense are cut.
    pub fn restore(policy: Policy, snapshot: &Snapshot) -> Result<Self, InvalidPolicy> {
        let breaker = Self::new(policy)?;
        breaker.restore_at(snapshot, breaker.now());
        Ok(breaker)
    }

    /// Takes over a snapshot at a given time; see [`restore`](Self::restore).
    pub fn restore_at(&self, snapshot: &Snapshot, now: Duration) {
        self.0.step(nanos(now), |held| held.restore(snapshot));
    }
}

impl crate::held::Held<'_> {
    fn restore(&mut self, snapshot: &Snapshot) {
        let (now, rules) = (self.step.now, self.step.rules);
        let left = nanos(snapshot.open_left.unwrap_or_default());
        let percent = snapshot.failed.saturating_mul(100).checked_div(snapshot.calls).unwrap_or(0);
        let phase = match snapshot.state {
            State::Open => Phase::Open {
                until: now.saturating_add(left.min(rules.open_max.max(rules.legal))),
                percent: u8::try_from(percent).unwrap_or(100),
                calls: u32::try_from(snapshot.calls).unwrap_or(u32::MAX),
            },
            State::HalfOpen => {
                Phase::HalfOpen { next: now, silent: now, in_flight: 0, succeeded: 0 }
            }
            _ => FRESH,
        };
        let tally = Tally { calls: snapshot.calls, failed: snapshot.failed, slow: snapshot.slow };
        self.machine.go((phase, snapshot.mode), Reason::Restored, now, tally, &mut self.log);
        if matches!(phase, Phase::Closed { .. }) && !snapshot.mode.is_forced() {
            self.carried = tally;
            self.machine.streak = snapshot.streak;
        }
        self.machine.mode_until =
            snapshot.mode_left.map_or(ENDLESS, |left| now.saturating_add(nanos(left)));
        self.machine.attempts = snapshot.attempts;
        self.machine.since = now.saturating_sub(nanos(snapshot.age));
    }
}
