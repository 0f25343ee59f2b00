//! Entering the line, having one's turn, leaving.

use core::task::Waker;
use core::time::Duration;

use seawall_errors::Rejected;
use seawall_errors::family::{QUEUE_FULL, QUEUE_TIMEOUT, RATE_LIMITED};

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::mode::Mode;
use crate::slow::{Step, Verdict};
use crate::ticket::Turn;
use crate::word::Shared;

/// A place in the line, or none needed.
#[derive(Debug)]
pub(crate) enum Entry {
    Granted,
    Waits { key: usize, expected: u64 },
}

impl<A: Algorithm> Gate<A> {
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
                // Who asks without a waker does not silence the one before.
                if let Some(place) = slow.line.get_mut(key).filter(|_| waker.is_some()) {
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
                    // Those before him come first, even if their time has come.
                    let at = slow.fits_after_line(n, now).unwrap_or(now).max(now.saturating_add(1));
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
}
