//! Entering the line, having one's turn, leaving.

use core::task::Waker;
use core::time::Duration;

use seawall_errors::Rejected;
use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::slow::Verdict;
use crate::ticket::Turn;
use crate::turns::Step;
use crate::wake::{Old, Wakes};
use crate::word::Shared;

/// A place in the line, or none needed.
#[derive(Debug)]
pub(crate) enum Entry {
    Granted,
    Waits { key: usize, expected: u64 },
}

impl<A: Algorithm> Gate<A> {
    /// Takes `n`, or a place in the line.
    pub(crate) fn enter(
        &self,
        n: u64,
        max_wait: Option<u64>,
        now: u64,
        wakes: &mut Wakes,
    ) -> Result<Entry, Rejected> {
        if self.shared.admit(now, n) {
            return Ok(Entry::Granted);
        }
        self.change_with(wakes, |slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(n, now);
            match verdict {
                Verdict::Fits(at) => slow.algorithm.take(&mut slow.state, at, n),
                Verdict::Later(at) => {
                    let max_wait = max_wait.unwrap_or(slow.max_wait);
                    let wait = at.saturating_sub(now);
                    let full = slow.waiting() >= slow.max_waiting;
                    if full || wait > max_wait {
                        let code = if full { QUEUE_FULL } else { QUEUE_TIMEOUT };
                        let refused = Err(self.in_line(slow, code, wait));
                        return slow.shadow(refused).map(|()| Entry::Granted);
                    }
                    if slow.mode == Mode::Shadow {
                        slow.delayed = slow.delayed.saturating_add(1);
                        slow.pretend_to_enter(n, at);
                        return Ok(Entry::Granted);
                    }
                    let key = slow.enter(n, now.saturating_add(max_wait), at);
                    return Ok(Entry::Waits { key, expected: at });
                }
                Verdict::Pass | Verdict::Above | Verdict::Shut => {}
            }
            slow.shadow(self.answer(slow, &verdict, n, now)).map(|()| Entry::Granted)
        })
    }

    /// Whether it is the turn of `key`. Once this does not say `NotBefore`, the
    /// place is gone.
    pub(crate) fn turn(
        &self,
        key: usize,
        waker: Option<&Waker>,
        now: u64,
        later: &mut Wakes,
    ) -> (Turn, Old) {
        // A waker is foreign code: it is cloned, dropped and woken outside the lock.
        let mut waker = waker.cloned();
        let (turn, old) = self.change_with(later, |slow, wakes| {
            // Who asks need not be woken; who asks without a waker does not
            // silence the one before.
            let mut old = slow.line.get_mut(key).and_then(|place| place.waker.take());
            slow.come_back(key);
            slow.call(Some(key), now, wakes);
            let step = slow.step(key, now);
            if let Step::NotBefore(at) = step {
                if let Some(place) = slow.line.get_mut(key) {
                    place.waker = waker.take().or_else(|| old.take());
                }
                return (Turn::NotBefore(Duration::from_nanos(at)), old);
            }
            if slow.mode != Mode::Normal || !matches!(step, Step::Grant) {
                slow.plan = None;
            }
            slow.line.leave(key);
            let turn = match step {
                Step::Grant | Step::NotBefore(_) => Turn::Granted,
                Step::Shut => Turn::Refused(Rejected::new(RATE_LIMITED, self.name)),
                Step::Above(n) => Turn::Refused(self.above(slow, n)),
                Step::TooLate(n) => {
                    // Those before him come first, even if their time has come.
                    let at = slow.fits_after_line(n, now).unwrap_or(now).max(now.saturating_add(1));
                    Turn::Refused(self.in_line(slow, QUEUE_TIMEOUT, at.saturating_sub(now)))
                }
            };
            slow.call(None, now, wakes);
            (turn, old)
        });
        (turn, [waker, old])
    }

    /// Gives up a place.
    pub(crate) fn leave(&self, key: usize) {
        let old = self.change(|slow, wakes| slow.leave(key, wakes));
        drop(old);
    }
}
