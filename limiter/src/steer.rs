//! What is done to a limiter while it runs: its mode, its quota, a block.

use core::time::Duration;

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::quota::Quota;
use crate::slow::{Block, Slow};
use crate::tell;
use crate::wake::Wakes;
use crate::word::Shared;

/// No block is longer: what an upstream says is not believed without end.
const LONGEST_BLOCK: u64 = 24 * 60 * 60 * 1_000_000_000;

impl<A: Algorithm> Gate<A> {
    pub(crate) fn mode(&self) -> Mode {
        self.read(|slow| slow.mode)
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.set_mode_to(|| mode);
        tell::switched(self.name, mode);
    }

    /// The same, the mode being asked for under the lock.
    pub(crate) fn set_mode_to(&self, mode: impl FnOnce() -> Mode) {
        self.change(|slow, wakes| {
            slow.mode = mode();
            slow.plan = None;
            slow.pretended.clear();
            if slow.mode == Mode::Normal {
                slow.line.all_come_back();
            } else {
                // They ask again, and are told what the mode says.
                slow.dismiss(wakes);
            }
        });
    }

    pub(crate) fn block_until(&self, until: u64, now: u64) {
        let time = self.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let at = slow.algorithm.steady(&mut slow.state, now);
            let until = until.min(at.saturating_add(LONGEST_BLOCK));
            let before = slow.blocked(at).unwrap_or(at);
            let until = until.max(before);
            if until > at {
                slow.block = Some(Block { until, span: until - at });
            }
            slow.review(at, wakes);
            let time = until.saturating_sub(at);
            // Each call that was under way when a server began to refuse may make it longer by some
            // jitter: that is no news.
            (time > before.saturating_sub(at).saturating_mul(2)).then_some(time)
        });
        if let Some(time) = time {
            tell::blocked(self.name, Duration::from_nanos(time));
        }
    }

    pub(crate) fn unblock(&self) {
        self.change(|slow, wakes| {
            slow.block = None;
            slow.call_head(wakes);
        });
        tell::unblocked(self.name);
    }

    pub(crate) fn update(&self, to: A, quota: &Quota, now: u64) {
        self.change(|slow, wakes| {
            let version = slow.version.wrapping_add(1);
            self.retune(slow, to, quota, version, now, wakes);
        });
        tell::updated(self.name, quota);
    }

    /// The change itself, under the lock.
    pub(crate) fn retune(
        &self,
        slow: &mut Slow<A>,
        mut to: A,
        quota: &Quota,
        version: u64,
        now: u64,
        wakes: &mut Wakes,
    ) {
        slow.call(None, now, wakes);
        let at = slow.algorithm.steady(&mut slow.state, now);
        slow.algorithm.carry(&mut to, &mut slow.state, at);
        slow.algorithm = to;
        slow.version = version;
        slow.quota = *quota;
        slow.max_wait = quota.max_wait_nanos();
        slow.max_waiting = quota.max_waiting();
        self.shared.configure(&slow.algorithm);
        slow.review(at, wakes);
    }
}
