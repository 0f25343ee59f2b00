//! What all limiters have in common: one state behind a lock, a line of those
//! who wait for it, a mode, and a block that can be put on it.
//!
//! Whoever waits takes nothing before his turn, and takes it himself: so
//! leaving the line gives nothing back, and there is no permit that could be
//! granted and lost.

use core::time::Duration;

use seawall_errors::family::{COST_ABOVE_LIMIT, RATE_LIMITED};
use seawall_errors::{Code, Rejected};

use crate::algorithm::{Algorithm, Narrow};
use crate::mode::Mode;
use crate::quota::Quota;
use crate::slow::{Slow, Verdict};
use crate::sync::{Mutex, Padded};
use crate::time::Clock;
use crate::turns::Absent;
use crate::wake::Wakes;
use crate::word::{Refused, Shared};

#[derive(Debug)]
pub(crate) struct Gate<A: Algorithm> {
    pub(crate) shared: A::Shared,
    slow: Padded<Mutex<Slow<A>>>,
    clock: &'static Clock,
    pub(crate) name: &'static str,
}

impl<A: Algorithm> Gate<A> {
    pub(crate) fn new(algorithm: A, quota: &Quota, slack: u64) -> Self {
        Gate {
            shared: A::Shared::new(&algorithm),
            slow: Padded(Mutex::new(Slow::new(algorithm, quota, slack))),
            clock: Clock::get(),
            name: quota.name(),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Runs `change` on the state, which is the lock's meanwhile, and wakes
    /// afterwards.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Slow<A>, &mut Wakes) -> R) -> R {
        self.change_with(&mut Wakes::default(), change)
    }

    /// The same for who wakes later: once he has noted what came of it.
    pub(crate) fn change_with<R>(
        &self,
        wakes: &mut Wakes,
        change: impl FnOnce(&mut Slow<A>, &mut Wakes) -> R,
    ) -> R {
        self.change_locked(&mut self.slow.0.lock(), wakes, change)
    }

    fn change_locked<R>(
        &self,
        slow: &mut Slow<A>,
        wakes: &mut Wakes,
        change: impl FnOnce(&mut Slow<A>, &mut Wakes) -> R,
    ) -> R {
        if !slow.out {
            self.shared.check_out(&mut slow.state);
            slow.out = true;
        }
        let result = change(slow, wakes);
        let closed = slow.mode != Mode::Normal || slow.block.is_some() || !slow.line.is_empty();
        if !closed {
            self.shared.check_in(&slow.state);
            slow.out = false;
        }
        result
    }

    /// Runs `look` on the state without stopping those who take.
    pub(crate) fn look<R>(&self, now: u64, look: impl FnOnce(&mut Slow<A>) -> R) -> R {
        let mut slow = self.slow.0.lock();
        let slow = &mut *slow;
        if !slow.out {
            self.shared.look(&mut slow.state);
        }
        // A reading that is wrong may make the state anew or end the block: for
        // this answer only.
        let (state, block, plan) = (slow.state.clone(), slow.block, slow.plan.clone());
        slow.absent = slow.absent(now);
        let answer = look(slow);
        slow.absent = Absent::default();
        (slow.state, slow.block, slow.plan) = (state, block, plan);
        answer
    }

    /// What does not depend on time.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Slow<A>) -> R) -> R {
        read(&self.slow.0.lock())
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
        let mut slow = self.slow.0.lock();
        // Where only the lock holds the state, most calls come here and pass.
        if A::Shared::LOCKED && slow.take_plainly(n, now) {
            return Ok(());
        }
        let mut wakes = Wakes::default();
        let answer = self.take_closely(&mut slow, &mut wakes, n, now);
        drop(slow);
        answer
    }

    #[inline(never)]
    fn take_closely(
        &self,
        slow: &mut Slow<A>,
        wakes: &mut Wakes,
        n: u64,
        now: u64,
    ) -> Result<(), Rejected> {
        self.change_locked(slow, wakes, |slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(n, now);
            if let Verdict::Fits(at) = verdict {
                slow.algorithm.take(&mut slow.state, at, n);
            }
            slow.shadow(self.answer(slow, &verdict, n, now))
        })
    }

    /// Takes as many as fit, at most `n`.
    pub(crate) fn try_take_up_to(&self, n: u64, now: u64) -> u64 {
        self.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let taken = match slow.verdict(n.min(1), now) {
                Verdict::Pass => n,
                Verdict::Fits(at) => slow.take_most(n, at),
                Verdict::Later(_) | Verdict::Above | Verdict::Shut => 0,
            };
            if taken < n && slow.mode == Mode::Shadow {
                slow.shadowed = slow.shadowed.saturating_add(1);
                return n;
            }
            taken
        })
    }

    /// Takes as many as fit, `least` to `most`.
    pub(crate) fn take_between(&self, least: u64, most: u64, now: u64) -> Result<u64, Rejected> {
        self.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(least, now);
            let taken = match verdict {
                Verdict::Fits(at) => slow.take_most(most, at),
                _ => least,
            };
            slow.shadow(self.answer(slow, &verdict, least, now)).map(|()| taken)
        })
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
                if slow.block.is_some() || !slow.is_alone() {
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

    pub(crate) fn above(&self, slow: &Slow<A>, n: u64) -> Rejected {
        let (name, limit) = slow.algorithm.smallest();
        Rejected::new(COST_ABOVE_LIMIT, name.unwrap_or(self.name)).with_numbers(&[limit, n])
    }

    pub(crate) fn in_line(&self, slow: &Slow<A>, code: Code, wait: u64) -> Rejected {
        Rejected::new(code, self.name)
            .with_numbers(&[slow.max_waiting.into(), slow.waiting().into()])
            .with_retry_after(Duration::from_nanos(wait))
    }
}

pub(crate) fn cut(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
