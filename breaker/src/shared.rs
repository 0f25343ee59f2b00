//! What threads share of a breaker: two words for the common calls, and the
//! machine under a short lock for all others.

use core::task::Waker;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::{CIRCUIT_FORCED_OPEN, CIRCUIT_OPEN, CIRCUIT_PROBING};

use crate::draws;
use crate::extra::Extra;
use crate::held::Held;
use crate::log::Log;
#[cfg(feature = "tower")]
use crate::machine::ENDLESS;
use crate::machine::{Machine, Step};
#[cfg(feature = "keyed")]
use crate::machine::{Moment, Phase};
#[cfg(any(feature = "keyed", feature = "tower"))]
use crate::mode::Mode;
use crate::mode::Snapshot;
use crate::policy::Policy;
use crate::publish::{LEGAL, NOT_SLOW, limits, words};
use crate::ring::Ring;
use crate::rules::{NEVER, Rules, Tally};
use crate::sync::{AtomicU64, Mutex, Ordering};
use crate::time::Clock;
use crate::window::{Pace, Shape};
use crate::word::{State, Word};

/// What never changes. Breakers of one table share it.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) name: &'static str,
    pub(crate) seed: Option<u64>,
    #[cfg(feature = "keyed")]
    pub(crate) group: Option<crate::group::Group>,
}

impl Fixed {
    pub(crate) fn new(policy: &Policy) -> Self {
        // Calibrates the clock here, not in the first call.
        Clock::get();
        Fixed {
            name: policy.name,
            seed: policy.seed,
            #[cfg(feature = "keyed")]
            group: None,
        }
    }
}

/// The order of the fields keeps the words that every call reads away from
/// what handles and failures write. One per breaker, and no padding: there may
/// be a hundred thousand.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Core {
    cold: Mutex<Cold>,
    pub(crate) fixed: Arc<Fixed>,
    state: AtomicU64,
    /// Before it, a gated state refuses. Written before the word of the state,
    /// and only ever a hint: who is let past it asks the machine.
    until: AtomicU64,
    /// Written before the word of the state, too.
    pace: AtomicU64,
    limits: AtomicU64,
    pub(crate) ring: Ring,
}

/// Under the lock.
#[derive(Debug)]
struct Cold {
    rules: Arc<Rules>,
    machine: Machine,
    extra: Option<Box<Extra>>,
}

/// Who is to hear of it after the lock.
#[derive(Debug, Default)]
struct Wakers {
    wakers: Vec<Waker>,
    /// Whether there was any transition.
    told: bool,
}

/// Stands for the latest time that was seen.
pub(crate) const LATEST: u64 = u64::MAX;
impl Core {
    pub(crate) fn new(fixed: Arc<Fixed>, rules: Arc<Rules>) -> Self {
        let ring = Ring::new(rules.keep);
        let core = Core {
            fixed,
            state: AtomicU64::new(0),
            until: AtomicU64::new(0),
            pace: AtomicU64::new(0),
            limits: AtomicU64::new(limits(&rules)),
            ring,
            cold: Mutex::new(Cold {
                machine: Machine::new(),
                extra: rules.hanging.then(|| Box::new(Extra::new(&rules))),
                rules,
            }),
        };
        {
            let cold = core.cold.lock();
            let shape = core.ring.shape(&cold.rules);
            core.ring.clear(cold.rules.keep, shape, 0);
            core.publish(&cold.machine, &cold.rules, shape);
        }
        core
    }

    /// The process clock's reading.
    #[inline]
    pub(crate) fn now() -> u64 {
        Clock::get().now()
    }

    /// The state in one word.
    #[inline]
    pub(crate) fn word(&self) -> Word {
        // Acquire: what was written before a transition is seen after it.
        Word(self.state.load(Ordering::Acquire))
    }

    #[inline]
    pub(crate) fn until(&self) -> u64 {
        self.until.load(Ordering::Relaxed)
    }

    /// The longest legal wait, in nanoseconds.
    #[inline]
    pub(crate) fn legal(&self) -> u64 {
        let seconds = self.limits.load(Ordering::Relaxed) & ((1 << LEGAL) - 1);
        seconds * 1_000_000_000
    }

    /// After how many nanoseconds a call is slow.
    #[inline]
    pub(crate) fn slow_after(&self) -> u64 {
        match self.limits.load(Ordering::Relaxed) >> LEGAL {
            NOT_SLOW => NEVER,
            after => after,
        }
    }

    // Acquire: pairs with the release in `publish`; the bucket is as new as the
    // pace says. Which generation it belongs to its tag tells.

    /// Adds a success to the current bucket. `false`: ask the lock.
    #[inline]
    pub(crate) fn add_success(&self, word: Word, now: u64) -> bool {
        let pace = Pace(self.pace.load(Ordering::Acquire));
        pace.covers(now) && self.ring.add_success(pace, word.generation())
    }

    /// Steps over a success in the window of the last results. `false`: ask the lock.
    #[inline]
    pub(crate) fn step_success(&self, word: Word) -> bool {
        let pace = Pace(self.pace.load(Ordering::Acquire));
        self.ring.step_success(pace, word.generation(), word.judges_slow())
    }

    /// Takes the lock, lets `act` change the machine, and tells everybody.
    pub(crate) fn step<R>(&self, now: u64, act: impl FnOnce(&mut Held<'_>) -> R) -> R {
        let mut wake = Wakers::default();
        let result = self.locked(&mut self.cold.lock(), now, &mut wake, act);
        self.afterwards(wake);
        result
    }

    fn locked<R>(
        &self,
        cold: &mut Cold,
        now: u64,
        wake: &mut Wakers,
        act: impl FnOnce(&mut Held<'_>) -> R,
    ) -> R {
        let Cold { rules, machine, extra } = cold;
        let shape = self.ring.shape(rules);
        let moment = machine.steady(if now == LATEST { machine.latest } else { now }, rules.legal);
        self.ring.settle(rules.keep, shape, machine.generation, moment);
        let now = moment.now;
        let draw = draws::next(self.fixed.seed, (u64::from(machine.generation) << 32) ^ now);
        let generation = machine.generation;
        let wanted = Extra::listens(extra.as_deref());
        let mut held = Held {
            core: self,
            shape,
            step: Step { now, rules, draw },
            log: Log::new(self.fixed.name, wanted),
            carried: Tally::default(),
            #[cfg(feature = "keyed")]
            reserved: false,
            machine,
            extra,
        };
        let result = act(&mut held);
        if held.machine.generation != generation {
            held.begin_generation();
        }
        let events = held.log.events;
        wake.told |= !events.is_empty();
        Extra::deliver(extra, events, &mut wake.wakers);
        self.publish(machine, rules, shape);
        result
    }

    /// What foreign code has to run after the lock.
    #[inline]
    fn afterwards(&self, wake: Wakers) {
        if wake.told {
            wake.wakers.into_iter().for_each(Waker::wake);
            self.tell();
        }
    }

    /// Writes the words anew where they have changed.
    fn publish(&self, machine: &Machine, rules: &Rules, shape: Shape) {
        let (word, until) = words(machine, rules);
        let pace = self.ring.pace(rules.keep, shape, machine.generation, machine.latest);
        if self.pace.load(Ordering::Relaxed) != pace.0 {
            // Release: pairs with `add_success` and `step_success`.
            self.pace.store(pace.0, Ordering::Release);
        }
        if self.until.load(Ordering::Relaxed) != until {
            self.until.store(until, Ordering::Relaxed);
        }
        if self.state.load(Ordering::Relaxed) != word.0 {
            // Release: pairs with `word`.
            self.state.store(word.0, Ordering::Release);
        }
    }

    /// Changes the rules. What the window holds is carried over.
    pub(crate) fn update(&self, rules: Arc<Rules>, now: u64) {
        let mut wake = Wakers::default();
        {
            let mut cold = self.cold.lock();
            let carried = self.locked(&mut cold, now, &mut wake, |held| {
                held.machine.expire(held.step.now, &mut held.log);
                held.tally()
            });
            let reshaped = cold.rules.keep != rules.keep;
            cold.rules = rules;
            let Cold { rules, extra, .. } = &mut *cold;
            Extra::reshape(extra, rules);
            self.limits.store(limits(rules), Ordering::Relaxed);
            self.locked(&mut cold, now, &mut wake, |held| {
                if reshaped {
                    held.reshape(carried);
                }
            });
        }
        self.afterwards(wake);
    }

    pub(crate) fn ring_bytes(&self) -> usize {
        self.ring.bytes()
    }

    /// How it stands, as seen at `now`; changes nothing.
    pub(crate) fn look(&self, now: u64) -> Snapshot {
        let cold = self.cold.lock();
        let Cold { rules, machine, extra } = &*cold;
        let shape = self.ring.shape(rules);
        let mut machine = *machine;
        let moment = machine.steady(now, rules.legal);
        let now = moment.now;
        machine.expire(now, &mut Log::default());
        let tally = if machine.generation == cold.machine.generation {
            self.ring.seen(rules.keep, shape, machine.generation, moment)
        } else {
            Tally::default()
        };
        machine.snapshot(now, rules, tally, extra.as_deref().map_or(0, |extra| extra.shadowed))
    }

    /// Whether an arrival would be refused now; changes nothing.
    #[cfg(feature = "tower")]
    #[cold]
    pub(crate) fn is_shut_locked(&self, now: u64) -> bool {
        let cold = self.cold.lock();
        let mut machine = cold.machine;
        let now = machine.steady(now, cold.rules.legal).now;
        machine.expire(now, &mut Log::default());
        match machine.mode {
            Mode::ForcedOpen => true,
            Mode::Normal => now < machine.gate(&cold.rules),
            Mode::Shadow | Mode::ForcedClosed => false,
        }
    }

    /// Whether nobody could tell it from a fresh one, or nobody has come for so
    /// long that what it knows is worth nothing.
    #[cfg(feature = "keyed")]
    pub(crate) fn is_idle(&self, now: u64) -> bool {
        let cold = self.cold.lock();
        let Cold { rules, machine, extra } = &*cold;
        let shape = self.ring.shape(rules);
        let moment = Moment { before: machine.latest, now: now.max(machine.latest), leapt: false };
        let now = moment.now;
        // Failures in a row, and a state that any arrival would end, know no end
        // of their own: hosts that are gone for good must not fill the table.
        let left = now.saturating_sub(machine.latest) > rules.legal;
        let plain = match machine.phase {
            Phase::Closed { ramp_until, .. } => ramp_until <= now && (machine.streak == 0 || left),
            Phase::Open { until, .. } => now.saturating_sub(until) > rules.legal && left,
            Phase::HalfOpen { .. } => left,
        };
        // Next time it would stay open for longer.
        let well = machine.attempts == 0
            || now.saturating_sub(machine.since) >= rules.open_time(machine.attempts - 1);
        let empty =
            self.ring.seen(rules.keep, shape, machine.generation, moment) == Tally::default();
        let heard = extra.as_deref().is_some_and(|extra| !extra.listeners.is_empty());
        machine.mode == Mode::Normal && plain && well && empty && !heard
    }

    /// The refusal of a gated state.
    #[inline]
    pub(crate) fn refuse(&self, word: Word, wait: Option<u64>) -> Rejected {
        let name = self.fixed.name;
        let rejected = match word.state() {
            State::HalfOpen => Rejected::new(CIRCUIT_PROBING, name).with_numbers(&word.probes()),
            State::ForcedOpen => Rejected::new(CIRCUIT_FORCED_OPEN, name),
            State::Open => Rejected::new(CIRCUIT_OPEN, name).with_numbers(&word.share()),
            // Closed just now: only a part goes through.
            _ => Rejected::new(CIRCUIT_PROBING, name),
        };
        match wait {
            Some(wait) => rejected.with_retry_after(Duration::from_nanos(wait)),
            None => rejected,
        }
    }

    /// The refusal of one who was not asked for readiness, whatever the state
    /// is by now.
    #[cfg(feature = "tower")]
    pub(crate) fn turn_away(&self, now: u64) -> Rejected {
        let word = self.word();
        match (word.state(), self.until()) {
            (State::Closed | State::ForcedClosed, _) => {
                Rejected::new(CIRCUIT_OPEN, self.fixed.name).with_retry_after(Duration::ZERO)
            }
            (_, ENDLESS) => self.refuse(word, None),
            (_, until) => self.refuse(word, Some(until.saturating_sub(now))),
        }
    }

    /// Passes transitions on to metrics and tracing: in order, one thread at a
    /// time, outside of the lock.
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    fn tell(&self) {
        loop {
            let event = {
                let mut cold = self.cold.lock();
                match cold.extra.as_deref_mut().and_then(Extra::next_untold) {
                    Some(event) => event,
                    None => return,
                }
            };
            // A recorder that panics must not silence all that comes after.
            let _telling = Telling(self);
            crate::tell::tell(&event);
        }
    }

    #[cfg(not(any(feature = "metrics", feature = "tracing")))]
    #[expect(clippy::unused_self, reason = "there is nobody to tell")]
    fn tell(&self) {}
}

#[cfg(any(feature = "metrics", feature = "tracing"))]
struct Telling<'a>(&'a Core);

#[cfg(any(feature = "metrics", feature = "tracing"))]
impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if let Some(extra) = self.0.cold.lock().extra.as_deref_mut() {
            extra.told();
        }
    }
}

#[cfg(feature = "keyed")]
impl Drop for Core {
    fn drop(&mut self) {
        if let Some(group) = &self.fixed.group {
            group.leave(self.word().state());
        }
    }
}
