//! The verbs that take nothing.

use core::time::Duration;

use seawall_errors::Rejected;

use crate::algorithm::Algorithm;
use crate::gate::{Gate, cut};
use crate::mode::{Mode, Room, Snapshot};
use crate::slow::Verdict;

impl<A: Algorithm> Gate<A> {
    pub(crate) fn remaining(&self, now: u64) -> u64 {
        self.look(now, |slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            if slow.mode == Mode::ForcedOn { 0 } else { slow.left(at) }
        })
    }

    pub(crate) fn peek(&self, n: u64, now: u64) -> Result<(), Rejected> {
        self.look(now, |slow| {
            let verdict = slow.verdict(n, now);
            match self.answer(slow, &verdict, n, now) {
                Err(_) if slow.mode == Mode::Shadow => Ok(()),
                answer => answer,
            }
        })
    }

    /// How long until `n` fit; `None` if they never do.
    pub(crate) fn fits_in(&self, n: u64, now: u64) -> Option<u64> {
        self.look(now, |slow| match slow.verdict(n, now) {
            Verdict::Pass | Verdict::Fits(_) => Some(0),
            _ if slow.mode == Mode::Shadow => Some(0),
            Verdict::Later(at) => Some(at.saturating_sub(now)),
            Verdict::Above | Verdict::Shut => None,
        })
    }

    /// How much room each limit has: none while others wait, or it is blocked.
    pub(crate) fn rooms(&self, now: u64) -> Vec<Room> {
        self.look(now, |slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            let mut rooms = slow.algorithm.rooms(&slow.state, at, &slow.quota);
            if slow.mode == Mode::ForcedOn || !slow.is_alone() || slow.blocked(at).is_some() {
                let next = slow.fits_after_line(1, at).filter(|_| slow.mode != Mode::ForcedOn);
                let next_in = next.map(|next| Duration::from_nanos(next.saturating_sub(at).max(1)));
                for room in &mut rooms {
                    (room.remaining, room.next_in) = (0, next_in.max(room.next_in));
                }
            }
            rooms
        })
    }

    pub(crate) fn snapshot(&self, now: u64) -> Snapshot {
        self.look(now, |slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            let full_at = slow.algorithm.full_at(&slow.state, at);
            let left = if slow.mode == Mode::ForcedOn { 0 } else { slow.left(at) };
            Snapshot {
                limit: cut(slow.algorithm.burst()),
                remaining: cut(left),
                full_in: Duration::from_nanos(full_at.saturating_sub(now)),
                waiting: slow.line.len(),
                blocked_for: slow
                    .blocked(at)
                    .map(|until| Duration::from_nanos(until.saturating_sub(now))),
                mode: slow.mode,
                shadowed: slow.shadowed,
                delayed: slow.delayed,
            }
        })
    }
}
