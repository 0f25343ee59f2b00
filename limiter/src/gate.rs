//! What all limiters have in common: one state behind a lock, a line of those
//! who wait for it, a mode, and a block that can be put on it.
//!
//! Whoever waits takes nothing before his turn, and takes it himself: so
//! leaving the line gives nothing back, and there is no permit that could be
//! granted and lost.

use core::task::Waker;
use core::time::Duration;

use seawall_errors::family::{COST_ABOVE_LIMIT, QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};
use seawall_errors::{Code, Rejected};

use crate::algorithm::{Algorithm, Narrow, SLACK};
use crate::all::All;
use crate::gcra::Gcra;
use crate::line::Line;
use crate::mode::{Mode, Snapshot};
use crate::quota::Quota;
use crate::sync::{Mutex, Padded};
use crate::ticket::Turn;
use crate::time::Clock;
use crate::word::{Refused, Shared};

/// No block is longer: what an upstream says is not believed without end.
const LONGEST_BLOCK: u64 = 24 * 60 * 60 * 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Gate<A: Algorithm> {
    pub(crate) shared: A::Shared,
    slow: Padded<Mutex<Slow<A>>>,
    clock: &'static Clock,
    name: &'static str,
}

/// What the lock holds.
#[derive(Debug)]
pub(crate) struct Slow<A: Algorithm> {
    pub(crate) algorithm: A,
    /// Up to date while it is checked out.
    pub(crate) state: A::State,
    out: bool,
    line: Line,
    /// The state after all who wait were served, and when the last of them is.
    plan: Option<(A::State, u64)>,
    mode: Mode,
    block: Option<Block>,
    shadowed: u64,
    max_wait: u64,
    max_waiting: u32,
    /// By how much a turn that was served late may be dated back.
    slack: u64,
    /// Counts the changes of the quota.
    pub(crate) version: u64,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    until: u64,
    span: u64,
}

/// What is said to a take before it happens.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Lets it pass without counting it.
    Pass,
    /// Fits at this reading.
    Fits(u64),
    /// Fits then.
    Later(u64),
    Above,
    Shut,
}

/// What is decided on somebody who waits.
#[derive(Debug)]
enum Step {
    Grant,
    Shut,
    Above(u64),
    TooLate(u64),
    NotBefore(u64),
}

/// A place in the line, or none needed.
#[derive(Debug)]
pub(crate) enum Entry {
    Granted,
    Waits { key: usize, expected: u64 },
}

impl<A: Algorithm> Gate<A> {
    pub(crate) fn new(algorithm: A, quota: &Quota, slack: u64) -> Self {
        Gate {
            shared: A::Shared::new(&algorithm),
            slow: Padded(Mutex::new(Slow {
                state: algorithm.fresh(),
                algorithm,
                out: false,
                line: Line::default(),
                plan: None,
                mode: Mode::Normal,
                block: None,
                shadowed: 0,
                max_wait: quota.max_wait_nanos(),
                max_waiting: quota.max_waiting(),
                slack,
                version: 0,
            })),
            clock: Clock::get(),
            name: quota.name(),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Runs `change` on the state, which is the lock's meanwhile.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Slow<A>) -> R) -> R {
        let mut slow = self.slow.0.lock();
        let slow = &mut *slow;
        if !slow.out {
            self.shared.check_out(&mut slow.state);
            slow.out = true;
        }
        let result = change(slow);
        let closed = slow.mode != Mode::Normal || slow.block.is_some() || !slow.line.is_empty();
        if !closed {
            self.shared.check_in(&slow.state);
            slow.out = false;
        }
        result
    }

    /// Runs `look` on the state without stopping those who take.
    fn look<R>(&self, look: impl FnOnce(&mut Slow<A>) -> R) -> R {
        let mut slow = self.slow.0.lock();
        let slow = &mut *slow;
        if !slow.out {
            self.shared.look(&mut slow.state);
        }
        look(slow)
    }

    #[inline]
    pub(crate) fn try_take(&self, n: u64, now: u64) -> Result<(), Rejected> {
        if self.shared.admit(now, n) { Ok(()) } else { self.refuse(n, now) }
    }

    /// [`try_take`](Self::try_take) for one.
    #[inline]
    pub(crate) fn try_take_one(&self, now: u64) -> Result<(), Rejected> {
        if self.shared.admit(now, 1) { Ok(()) } else { self.refuse_one(now) }
    }

    // These two stand apart so that the path of a call that is let through
    // needs no stack, and one knows that `n` is one.

    #[cold]
    #[inline(never)]
    fn refuse_one(&self, now: u64) -> Result<(), Rejected> {
        match self.shared.refuse(now, 1) {
            Some(refused) => Err(self.limited(refused, now)),
            None => self.take_locked(1, now),
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, n: u64, now: u64) -> Result<(), Rejected> {
        match self.shared.refuse(now, n) {
            Some(refused) => Err(self.limited(refused, now)),
            None => self.take_locked(n, now),
        }
    }

    #[inline(never)]
    fn take_locked(&self, n: u64, now: u64) -> Result<(), Rejected> {
        self.change(|slow| {
            let verdict = slow.verdict(n, now);
            if let Verdict::Fits(at) = verdict {
                slow.algorithm.take(&mut slow.state, at, n);
            }
            slow.shadow(self.answer(slow, &verdict, n, now))
        })
    }

    pub(crate) fn try_take_up_to(&self, n: u64, now: u64) -> u64 {
        self.change(|slow| match slow.verdict(n.min(1), now) {
            Verdict::Pass => n,
            Verdict::Fits(at) => {
                let taken = n.min(slow.algorithm.left(&slow.state, at));
                slow.algorithm.take(&mut slow.state, at, taken);
                if taken < n && slow.mode == Mode::Shadow {
                    slow.shadowed = slow.shadowed.saturating_add(1);
                    return n;
                }
                taken
            }
            _ if slow.mode == Mode::Shadow => {
                slow.shadowed = slow.shadowed.saturating_add(1);
                n
            }
            _ => 0,
        })
    }

    /// Takes as many as fit, `least` to `most`.
    pub(crate) fn take_between(&self, least: u64, most: u64, now: u64) -> Result<u64, Rejected> {
        self.change(|slow| {
            let verdict = slow.verdict(least, now);
            let mut taken = least;
            if let Verdict::Fits(at) = verdict {
                taken = most.min(slow.algorithm.left(&slow.state, at)).max(least);
                slow.algorithm.take(&mut slow.state, at, taken);
            }
            slow.shadow(self.answer(slow, &verdict, least, now)).map(|()| taken)
        })
    }

    pub(crate) fn remaining(&self, now: u64) -> u64 {
        self.look(|slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            slow.left(at)
        })
    }

    pub(crate) fn peek(&self, n: u64, now: u64) -> Result<(), Rejected> {
        self.look(|slow| {
            let verdict = slow.verdict(n, now);
            match self.answer(slow, &verdict, n, now) {
                Err(_) if slow.mode == Mode::Shadow => Ok(()),
                answer => answer,
            }
        })
    }

    /// How long until `n` fit; `None` if they never do.
    pub(crate) fn fits_in(&self, n: u64, now: u64) -> Option<u64> {
        self.look(|slow| match slow.verdict(n, now) {
            Verdict::Pass | Verdict::Fits(_) => Some(0),
            _ if slow.mode == Mode::Shadow => Some(0),
            Verdict::Later(at) => Some(at.saturating_sub(now)),
            Verdict::Above | Verdict::Shut => None,
        })
    }

    pub(crate) fn snapshot(&self, now: u64) -> Snapshot {
        self.look(|slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            let full_at = slow.algorithm.full_at(&slow.state, at);
            Snapshot {
                limit: cut(slow.algorithm.burst()),
                remaining: cut(slow.left(at)),
                full_in: Duration::from_nanos(full_at.saturating_sub(now)),
                waiting: slow.line.len(),
                blocked_for: slow
                    .blocked(at)
                    .map(|until| Duration::from_nanos(until.saturating_sub(now))),
                mode: slow.mode,
                shadowed: slow.shadowed,
            }
        })
    }

    pub(crate) fn mode(&self) -> Mode {
        self.slow.0.lock().mode
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        let wake = self.change(|slow| {
            slow.mode = mode;
            slow.plan = None;
            // Those who wait ask again, and are told what the mode says.
            slow.wakers()
        });
        wake.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn block_until(&self, until: u64, now: u64) {
        let wake = self.change(|slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            let until = until.min(at.saturating_add(LONGEST_BLOCK));
            let until = until.max(slow.blocked(at).unwrap_or(0));
            if until > at {
                slow.block = Some(Block { until, span: until - at });
            }
            slow.review(at)
        });
        wake.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn unblock(&self) {
        let wake = self.change(|slow| {
            slow.block = None;
            slow.plan = None;
            slow.line.call_head()
        });
        wake.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn update(&self, mut to: A, quota: &Quota, now: u64) {
        let wake = self.change(|slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            slow.algorithm.carry(&mut to, &mut slow.state, at);
            slow.algorithm = to;
            slow.version = slow.version.wrapping_add(1);
            slow.max_wait = quota.max_wait_nanos();
            slow.max_waiting = quota.max_waiting();
            self.shared.configure(&slow.algorithm);
            let mut wake = slow.review(at);
            wake.extend(slow.line.call_head());
            wake
        });
        wake.into_iter().for_each(Waker::wake);
    }

    /// Takes `n`, or a place in the line.
    pub(crate) fn enter(&self, n: u64, max_wait: Option<u64>, now: u64) -> Result<Entry, Rejected> {
        if self.shared.admit(now, n) {
            return Ok(Entry::Granted);
        }
        self.change(|slow| {
            let verdict = slow.verdict(n, now);
            let entry = match verdict {
                Verdict::Fits(at) => {
                    slow.algorithm.take(&mut slow.state, at, n);
                    Ok(Entry::Granted)
                }
                Verdict::Pass => Ok(Entry::Granted),
                Verdict::Later(at) => {
                    let max_wait = max_wait.unwrap_or(slow.max_wait);
                    let full = slow.line.len() >= slow.max_waiting;
                    if full || at.saturating_sub(now) > max_wait {
                        let code = if full { QUEUE_FULL } else { QUEUE_TIMEOUT };
                        Err(self.in_line(slow, code, at.saturating_sub(now)))
                    } else {
                        let key = slow.enter(n, now.saturating_add(max_wait), now);
                        return Ok(Entry::Waits { key, expected: at });
                    }
                }
                Verdict::Above | Verdict::Shut => {
                    self.answer(slow, &verdict, n, now).map(|()| Entry::Granted)
                }
            };
            match entry {
                Err(_) if slow.mode == Mode::Shadow => {
                    slow.shadowed = slow.shadowed.saturating_add(1);
                    Ok(Entry::Granted)
                }
                entry => entry,
            }
        })
    }

    /// Whether it is the turn of `key`. Once this does not say `NotBefore`, the
    /// place is gone.
    pub(crate) fn turn(&self, key: usize, waker: Option<&Waker>, now: u64) -> Turn {
        // A waker is foreign code: it is cloned, dropped and woken outside the lock.
        let mut waker = waker.cloned();
        let (turn, wake) = self.change(|slow| {
            let step = slow.step(key, now);
            if let Step::NotBefore(at) = step {
                if let Some(place) = slow.line.get_mut(key) {
                    core::mem::swap(&mut place.waker, &mut waker);
                }
                return (Turn::NotBefore(Duration::from_nanos(at)), None);
            }
            waker = slow.leave(key, matches!(step, Step::Grant));
            let turn = match step {
                Step::Grant | Step::NotBefore(_) => Turn::Granted,
                Step::Shut => Turn::Refused(Rejected::new(RATE_LIMITED, self.name)),
                Step::Above(n) => Turn::Refused(self.above(slow, n)),
                Step::TooLate(n) => {
                    let at = slow.fits_after_line(n, now).unwrap_or(now);
                    Turn::Refused(self.in_line(slow, QUEUE_TIMEOUT, at.saturating_sub(now)))
                }
            };
            (turn, slow.line.call_head())
        });
        drop(waker);
        wake.into_iter().for_each(Waker::wake);
        turn
    }

    /// Gives up a place.
    pub(crate) fn leave(&self, key: usize) {
        let (old, wake) = self.change(|slow| {
            let was_head = slow.line.head() == Some(key);
            let old = slow.leave(key, false);
            (old, slow.line.call_head().filter(|_| was_head))
        });
        drop(old);
        wake.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn answer(
        &self,
        slow: &Slow<A>,
        verdict: &Verdict,
        n: u64,
        now: u64,
    ) -> Result<(), Rejected> {
        match *verdict {
            Verdict::Pass | Verdict::Fits(_) => Ok(()),
            Verdict::Later(at) => {
                let mut narrow = slow.algorithm.narrowest(&slow.state, now, n);
                if slow.block.is_some() || !slow.line.is_empty() {
                    narrow.left = 0;
                }
                Err(self.limited(Refused { narrow, at }, now))
            }
            Verdict::Above => Err(self.above(slow, n)),
            Verdict::Shut => Err(Rejected::new(RATE_LIMITED, self.name)),
        }
    }

    #[inline]
    fn limited(&self, refused: Refused, now: u64) -> Rejected {
        let Narrow { name, limit, left } = refused.narrow;
        Rejected::new(RATE_LIMITED, name.unwrap_or(self.name))
            .with_numbers(&[limit, left])
            .with_retry_after(Duration::from_nanos(refused.at.saturating_sub(now)))
    }

    fn above(&self, slow: &Slow<A>, n: u64) -> Rejected {
        Rejected::new(COST_ABOVE_LIMIT, self.name).with_numbers(&[slow.algorithm.burst(), n])
    }

    pub(crate) fn in_line(&self, slow: &Slow<A>, code: Code, wait: u64) -> Rejected {
        Rejected::new(code, self.name)
            .with_numbers(&[slow.max_waiting.into(), slow.line.len().into()])
            .with_retry_after(Duration::from_nanos(wait))
    }
}

impl<A: Algorithm> Slow<A> {
    pub(crate) fn verdict(&mut self, n: u64, now: u64) -> Verdict {
        match self.mode {
            Mode::ForcedOff => return Verdict::Pass,
            Mode::ForcedOn => return Verdict::Shut,
            Mode::Normal | Mode::Shadow => {}
        }
        if n == 0 {
            return Verdict::Pass;
        }
        if n > self.algorithm.burst() {
            return Verdict::Above;
        }
        let now = self.algorithm.steady(&mut self.state, now);
        match self.fits_after_line(n, now) {
            Some(at) if at <= now && self.line.is_empty() => Verdict::Fits(now),
            // Those in the line come first, even if their time has come.
            Some(at) => Verdict::Later(at.max(now.saturating_add(1))),
            None => Verdict::Above,
        }
    }

    fn step(&mut self, key: usize, now: u64) -> Step {
        let Some(place) = self.line.get_mut(key) else { return Step::Grant };
        let (n, deadline, doomed) = (place.cost, place.deadline, place.doomed);
        match self.mode {
            Mode::Normal => {}
            Mode::ForcedOn => return Step::Shut,
            Mode::ForcedOff => return Step::Grant,
            Mode::Shadow => {
                self.shadowed = self.shadowed.saturating_add(1);
                return Step::Grant;
            }
        }
        if n > self.algorithm.burst() {
            return Step::Above(n);
        }
        let at = self.algorithm.steady(&mut self.state, now);
        let mut next = deadline;
        if self.line.head() == Some(key) {
            // A timer that was late costs no rate, up to the slack.
            let back = at.saturating_sub(self.slack);
            let from = self.blocked(at).unwrap_or(back);
            let due = self.algorithm.fits_at(&self.state, from, n);
            if due <= at {
                self.algorithm.take(&mut self.state, due, n);
                return Step::Grant;
            }
            next = due.min(deadline);
        }
        if doomed || now >= deadline { Step::TooLate(n) } else { Step::NotBefore(next) }
    }

    /// When `n` fit after all who wait.
    fn fits_after_line(&mut self, n: u64, now: u64) -> Option<u64> {
        if n > self.algorithm.burst() {
            return None;
        }
        let free = self.free_at(now);
        if self.line.is_empty() {
            return Some(self.algorithm.fits_at(&self.state, free, n));
        }
        let (state, at) = match self.plan.take() {
            Some(plan) => plan,
            None => match self.algorithm.skip(&self.state, free, self.line.cost()) {
                Some(state) => (state, free),
                None => self.rehearse(free),
            },
        };
        let fits = self.algorithm.fits_at(&state, at.max(free), n);
        self.plan = Some((state, at));
        Some(fits)
    }

    /// Serves all who wait on a copy of the state.
    fn rehearse(&self, mut at: u64) -> (A::State, u64) {
        let mut state = self.state.clone();
        for cost in self.line.costs() {
            let cost = cost.min(self.algorithm.burst());
            at = self.algorithm.fits_at(&state, at, cost);
            self.algorithm.take(&mut state, at, cost);
        }
        (state, at)
    }

    fn enter(&mut self, n: u64, deadline: u64, now: u64) -> usize {
        if let (Some(at), Some((state, last))) = (self.fits_after_line(n, now), &mut self.plan) {
            self.algorithm.take(state, at, n);
            *last = at;
        }
        self.line.enter(n, deadline)
    }

    fn leave(&mut self, key: usize, granted: bool) -> Option<Waker> {
        // Who was served leaves the plan as it was, where making it anew is dear.
        if A::SKIPS || !granted || self.line.len() == 1 {
            self.plan = None;
        }
        self.line.leave(key)
    }

    /// Marks those who cannot be served in time any more, and returns their wakers.
    fn review(&mut self, now: u64) -> Vec<Waker> {
        self.plan = None;
        let mut wake = Vec::new();
        let mut state = self.state.clone();
        let mut at = self.free_at(now);
        let burst = self.algorithm.burst();
        let keys: Vec<usize> = self.line.keys().collect();
        for key in keys {
            let Some(place) = self.line.get_mut(key) else { continue };
            if place.cost <= burst {
                let fits = self.algorithm.fits_at(&state, at, place.cost);
                if fits <= place.deadline {
                    at = fits;
                    self.algorithm.take(&mut state, at, place.cost);
                    continue;
                }
            }
            place.doomed = true;
            wake.extend(place.waker.clone());
        }
        wake
    }

    fn wakers(&mut self) -> Vec<Waker> {
        let keys: Vec<usize> = self.line.keys().collect();
        let place = |key| self.line.get_mut(key).and_then(|place| place.waker.clone());
        keys.into_iter().filter_map(place).collect()
    }

    /// Until when it is blocked. A block that lies too far ahead of a clock that
    /// went back is over.
    fn blocked(&mut self, now: u64) -> Option<u64> {
        let Block { until, span } = self.block?;
        if until <= now || until - now > span.saturating_add(SLACK) {
            self.block = None;
            return None;
        }
        Some(until)
    }

    pub(crate) fn free_at(&mut self, now: u64) -> u64 {
        self.blocked(now).unwrap_or(now)
    }

    fn left(&mut self, now: u64) -> u64 {
        if self.line.is_empty() && self.blocked(now).is_none() {
            self.algorithm.left(&self.state, now)
        } else {
            0
        }
    }

    pub(crate) fn take(&mut self, at: u64, n: u64) {
        self.algorithm.take(&mut self.state, at, n);
    }

    pub(crate) fn is_queued(&self) -> bool {
        !self.line.is_empty()
    }

    /// After the state was changed: the head, who may fit now.
    pub(crate) fn replan(&mut self) -> Option<Waker> {
        self.plan = None;
        self.line.call_head()
    }

    pub(crate) fn shadow(&mut self, answer: Result<(), Rejected>) -> Result<(), Rejected> {
        if answer.is_err() && self.mode == Mode::Shadow {
            self.shadowed = self.shadowed.saturating_add(1);
            return Ok(());
        }
        answer
    }
}

pub(crate) fn cut(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Gate<Gcra> {
    /// What is owed, begun permits counted whole.
    pub(crate) fn level(&self, now: u64) -> u64 {
        self.look(|slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            slow.algorithm.level(&slow.state, at)
        })
    }
}

impl Gate<All> {
    pub(crate) fn matches(&self, all: &All) -> bool {
        self.look(|slow| all.matches(&slow.state))
    }
}

impl Slow<Gcra> {
    /// Books ahead; see [`Gcra::book`].
    pub(crate) fn book(&mut self, n: u64, max_wait: u64, now: u64) -> Result<(u64, u64), u64> {
        let from = self.free_at(now);
        self.algorithm.book(&mut self.state, now, from, n, max_wait)
    }
}
