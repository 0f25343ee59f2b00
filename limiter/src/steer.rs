//! What is done to a limiter while it runs: its mode, its quota, a block.

use core::task::Waker;

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::quota::Quota;
use crate::slow::Block;
use crate::word::Shared;

/// No block is longer: what an upstream says is not believed without end.
const LONGEST_BLOCK: u64 = 24 * 60 * 60 * 1_000_000_000;

impl<A: Algorithm> Gate<A> {
    pub(crate) fn mode(&self) -> Mode {
        self.look(|slow| slow.mode)
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
}
