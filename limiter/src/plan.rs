//! What will be when all who wait were served.

use crate::algorithm::Algorithm;
use crate::slow::Slow;

/// A wait that shadow mode let pass at once, and takes for when its turn would
/// have come: so the line looks as it would in earnest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pretended {
    due: u64,
    cost: u64,
}

impl<A: Algorithm> Slow<A> {
    /// Whether nobody waits, nor would.
    pub(crate) fn is_alone(&self) -> bool {
        self.line.len() == self.absent.len && self.pretended.is_empty()
    }

    /// When `n` fit after all who wait; `None` if they never do.
    pub(crate) fn fits_after_line(&mut self, n: u64, now: u64) -> Option<u64> {
        if n > self.algorithm.burst() {
            return None;
        }
        let free = self.free_at(now);
        if self.is_alone() {
            // The next take is not in it.
            self.plan = None;
            return Some(self.algorithm.fits_at(&self.state, free, n));
        }
        let (state, at) = self.plan(free);
        let fits = self.algorithm.fits_at(&state, at.max(free), n);
        self.plan = Some((state, at));
        Some(fits)
    }

    /// How many are there at `now` for who does not wait.
    pub(crate) fn left(&mut self, now: u64) -> u64 {
        let free = self.free_at(now);
        if free > now {
            return 0;
        }
        if self.is_alone() {
            return self.algorithm.left(&self.state, now);
        }
        let (state, at) = self.plan(free);
        if at > now || self.line.len() > self.absent.len {
            0
        } else {
            self.algorithm.left(&state, now)
        }
    }

    /// Takes the plan, which is made anew where it is not there, or holds no more.
    fn plan(&mut self, free: u64) -> (A::State, u64) {
        let head = self.line.iter().next().map(|place| place.expected);
        let first = head.or(self.pretended.front().map(|wait| wait.due));
        let holds = first.is_none_or(|first| first >= free) && self.absent.len == 0;
        if let Some(plan) = self.plan.take().filter(|_| holds) {
            return plan;
        }
        let pretended: u64 = self.pretended.iter().map(|wait| wait.cost).sum();
        let present = self.line.cost().saturating_sub(self.absent.cost);
        let ahead = present.saturating_add(pretended);
        if let Some(state) = self.algorithm.skip(&self.state, free, ahead) {
            return (state, free);
        }
        let (mut at, mut state) = (free, self.state.clone());
        let burst = self.algorithm.burst();
        let passed = usize::try_from(self.absent.len).unwrap_or(usize::MAX);
        let waits = self.line.iter().skip(passed).map(|place| place.cost);
        for cost in waits.chain(self.pretended.iter().map(|wait| wait.cost)) {
            let cost = cost.min(burst);
            at = self.algorithm.fits_at(&state, at, cost);
            self.algorithm.take(&mut state, at, cost);
        }
        (state, at)
    }

    /// A place in the line, the turn of which is expected `at` that time.
    pub(crate) fn enter(&mut self, n: u64, deadline: u64, at: u64) -> usize {
        self.put_in_plan(n, at);
        self.line.enter(n, deadline, at)
    }

    /// The same in shadow mode, where nobody is kept waiting.
    pub(crate) fn pretend_to_enter(&mut self, n: u64, at: u64) {
        self.put_in_plan(n, at);
        self.pretended.push_back(Pretended { due: at, cost: n });
    }

    fn put_in_plan(&mut self, n: u64, at: u64) {
        if let Some((state, last)) = &mut self.plan {
            self.algorithm.take(state, at, n);
            *last = at;
        }
    }

    /// Takes for those who would have had their turn by now.
    pub(crate) fn pretend(&mut self, now: u64) {
        while let Some(wait) = self.pretended.front().filter(|wait| wait.due <= now) {
            self.algorithm.take(&mut self.state, wait.due, wait.cost);
            self.pretended.pop_front();
        }
    }
}
