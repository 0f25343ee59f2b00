//! What the lock of a gate holds, and all that is decided under it.

use core::task::Waker;

use seawall_errors::Rejected;

use crate::algorithm::{Algorithm, SLACK};
use crate::gcra::Gcra;
use crate::line::Line;
use crate::mode::Mode;
use crate::quota::Quota;

/// What the lock holds.
#[derive(Debug)]
pub(crate) struct Slow<A: Algorithm> {
    pub(crate) algorithm: A,
    /// Up to date while it is checked out.
    pub(crate) state: A::State,
    pub(crate) out: bool,
    pub(crate) line: Line,
    /// The state after all who wait were served, and when the last of them is.
    pub(crate) plan: Option<(A::State, u64)>,
    pub(crate) mode: Mode,
    pub(crate) block: Option<Block>,
    pub(crate) shadowed: u64,
    pub(crate) max_wait: u64,
    pub(crate) max_waiting: u32,
    /// By how much a turn that was served late may be dated back.
    pub(crate) slack: u64,
    /// Counts the changes of the quota.
    pub(crate) version: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) until: u64,
    pub(crate) span: u64,
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
pub(crate) enum Step {
    Grant,
    Shut,
    Above(u64),
    TooLate(u64),
    NotBefore(u64),
}

impl<A: Algorithm> Slow<A> {
    pub(crate) fn new(algorithm: A, quota: &Quota, slack: u64) -> Self {
        Slow {
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
        }
    }

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

    pub(crate) fn step(&mut self, key: usize, now: u64) -> Step {
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
    pub(crate) fn fits_after_line(&mut self, n: u64, now: u64) -> Option<u64> {
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
    pub(crate) fn rehearse(&self, mut at: u64) -> (A::State, u64) {
        let mut state = self.state.clone();
        for cost in self.line.costs() {
            let cost = cost.min(self.algorithm.burst());
            at = self.algorithm.fits_at(&state, at, cost);
            self.algorithm.take(&mut state, at, cost);
        }
        (state, at)
    }

    pub(crate) fn enter(&mut self, n: u64, deadline: u64, now: u64) -> usize {
        if let (Some(at), Some((state, last))) = (self.fits_after_line(n, now), &mut self.plan) {
            self.algorithm.take(state, at, n);
            *last = at;
        }
        self.line.enter(n, deadline)
    }

    pub(crate) fn leave(&mut self, key: usize, granted: bool) -> Option<Waker> {
        // Who was served leaves the plan as it was, where making it anew is dear.
        if A::SKIPS || !granted || self.line.len() == 1 {
            self.plan = None;
        }
        self.line.leave(key)
    }

    /// Marks those who cannot be served in time any more, and returns their wakers.
    pub(crate) fn review(&mut self, now: u64) -> Vec<Waker> {
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

    pub(crate) fn wakers(&mut self) -> Vec<Waker> {
        let keys: Vec<usize> = self.line.keys().collect();
        let place = |key| self.line.get_mut(key).and_then(|place| place.waker.clone());
        keys.into_iter().filter_map(place).collect()
    }

    /// Until when it is blocked. A block that lies too far ahead of a clock that
    /// went back is over.
    pub(crate) fn blocked(&mut self, now: u64) -> Option<u64> {
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

    pub(crate) fn left(&mut self, now: u64) -> u64 {
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

impl Slow<Gcra> {
    /// Books ahead; see [`Gcra::book`].
    pub(crate) fn book(&mut self, n: u64, max_wait: u64, now: u64) -> Result<(u64, u64), u64> {
        let from = self.free_at(now);
        self.algorithm.book(&mut self.state, now, from, n, max_wait)
    }
}
