//! What the lock of a gate holds, and what is decided under it.

use std::collections::VecDeque;

use seawall_errors::Rejected;

use crate::algorithm::{Algorithm, SLACK};
use crate::gcra::Gcra;
use crate::line::Line;
use crate::mode::Mode;
use crate::plan::Pretended;
use crate::quota::Quota;
use crate::turns::Absent;
use crate::wake::Wakes;

/// What the lock holds.
#[derive(Debug)]
pub(crate) struct Slow<A: Algorithm> {
    pub(crate) algorithm: A,
    /// Up to date while it is checked out.
    pub(crate) state: A::State,
    pub(crate) out: bool,
    pub(crate) line: Line,
    /// While somebody looks: who would be passed over.
    pub(crate) absent: Absent,
    /// Who would wait if this were not shadow mode.
    pub(crate) pretended: VecDeque<Pretended>,
    /// The state after all who wait were served, and when the last of them is.
    pub(crate) plan: Option<(A::State, u64)>,
    pub(crate) mode: Mode,
    pub(crate) block: Option<Block>,
    pub(crate) shadowed: u64,
    pub(crate) delayed: u64,
    pub(crate) quota: Quota,
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

impl<A: Algorithm> Slow<A> {
    pub(crate) fn new(algorithm: A, quota: &Quota, slack: u64) -> Self {
        Slow {
            state: algorithm.fresh(),
            algorithm,
            out: false,
            line: Line::default(),
            absent: Absent::default(),
            pretended: VecDeque::new(),
            plan: None,
            mode: Mode::Normal,
            block: None,
            shadowed: 0,
            delayed: 0,
            quota: *quota,
            max_wait: quota.max_wait_nanos(),
            max_waiting: quota.max_waiting(),
            slack,
            version: 0,
        }
    }

    /// Whether `n` fit.
    pub(crate) fn verdict(&mut self, n: u64, now: u64) -> Verdict {
        if n == 0 {
            return Verdict::Pass;
        }
        match self.mode {
            Mode::ForcedOff => return Verdict::Pass,
            Mode::ForcedOn => return Verdict::Shut,
            Mode::Normal | Mode::Shadow => {}
        }
        let now = self.algorithm.steady(&mut self.state, now);
        match self.fits_after_line(n, now) {
            Some(at) if at <= now && self.is_alone() => Verdict::Fits(now),
            // Those in the line come first, even if their time has come.
            Some(at) => Verdict::Later(at.max(now.saturating_add(1))),
            None => Verdict::Above,
        }
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

    /// Takes `n` if nothing stands in the way of it. What
    /// [`verdict`](Self::verdict) says where nobody waits, nothing blocks and no
    /// mode is forced, without all that is needed to say more.
    #[inline]
    pub(crate) fn take_plainly(&mut self, n: u64, now: u64) -> bool {
        let plain = self.mode == Mode::Normal && self.block.is_none() && self.line.is_empty();
        if !plain || n == 0 || n > self.algorithm.burst() {
            return false;
        }
        let at = self.algorithm.steady(&mut self.state, now);
        let fits = self.algorithm.fits_at(&self.state, at, n) <= at;
        if fits {
            self.algorithm.take(&mut self.state, at, n);
        }
        fits
    }

    /// Takes as many as are there, at most `most`. One is.
    pub(crate) fn take_most(&mut self, most: u64, at: u64) -> u64 {
        let taken = most.min(self.algorithm.left(&self.state, at));
        self.algorithm.take(&mut self.state, at, taken);
        taken
    }

    /// How many wait, or would.
    pub(crate) fn waiting(&self) -> u32 {
        let pretended = u32::try_from(self.pretended.len()).unwrap_or(u32::MAX);
        self.line.len().saturating_add(pretended)
    }

    /// After the state was changed: the head may fit sooner.
    pub(crate) fn replan(&mut self, now: u64, wakes: &mut Wakes) {
        self.plan = None;
        self.call(None, now, wakes);
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
