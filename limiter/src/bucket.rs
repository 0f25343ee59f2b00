//! What only buckets do: give back, settle, book ahead.

use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::QUEUE_TIMEOUT;

use crate::algorithm::Algorithm;
use crate::gate::Gate;
use crate::gcra::{Gcra, Level};
#[cfg(all(feature = "tower", feature = "tokio"))]
use crate::mode::Mode;
use crate::quota::nanos;
use crate::slow::Verdict;
use crate::word::Shared;

impl Gate<Gcra> {
    /// Takes `n`, and says how many of them count.
    fn take_counted(&self, n: u64, now: u64) -> Result<u64, Rejected> {
        if self.shared.admit(now, n) {
            return Ok(n);
        }
        self.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(n, now);
            let mut counted = 0;
            if let Verdict::Fits(at) = verdict {
                slow.algorithm.take(&mut slow.state, at, n);
                counted = n;
            }
            slow.shadow(self.answer(slow, &verdict, n, now)).map(|()| counted)
        })
    }

    /// Gives back `n`, and wakes who may have waited for them.
    pub(crate) fn credit(&self, n: u64, now: u64) {
        self.adjust(now, |gcra, level| gcra.credit(level, now, n));
    }

    fn adjust(&self, now: u64, adjust: impl FnOnce(&Gcra, &mut Level)) {
        self.change(|slow, wakes| {
            adjust(&slow.algorithm, &mut slow.state);
            slow.replan(now, wakes);
        });
    }
}

/// A bucket that is borrowed, or owned with others.
#[derive(Clone, Debug)]
enum Bucket<'a> {
    Borrowed(&'a Arc<Gate<Gcra>>),
    Owned(Arc<Gate<Gcra>>),
}

impl Bucket<'_> {
    fn gate(&self) -> &Gate<Gcra> {
        match self {
            Bucket::Borrowed(gate) => gate,
            Bucket::Owned(gate) => gate,
        }
    }

    fn into_owned(self) -> Bucket<'static> {
        match self {
            Bucket::Borrowed(gate) => Bucket::Owned(Arc::clone(gate)),
            Bucket::Owned(gate) => Bucket::Owned(gate),
        }
    }
}

/// Permits that were taken for an estimate, with the right to correct it.
///
/// Dropping it leaves them spent. It can be corrected once:
///
/// ```compile_fail,E0382
/// # use seawall_limiter::{Quota, TokenBucket};
/// let bucket = TokenBucket::new(Quota::per_second(10)).unwrap();
/// let charge = bucket.charge(4).unwrap();
/// charge.refund();
/// charge.refund();
/// ```
#[derive(Debug)]
#[must_use = "a charge that is neither settled nor refunded needs no charge: use `try_acquire`"]
pub struct Charge<'a> {
    bucket: Bucket<'a>,
    /// Zero if the mode let the call pass uncounted.
    counted: u64,
    at: u64,
    passed: bool,
}

impl<'a> Charge<'a> {
    pub(crate) fn new(gate: &'a Arc<Gate<Gcra>>, n: u32, now: u64) -> Result<Self, Rejected> {
        let counted = gate.take_counted(n.into(), now)?;
        let bucket = Bucket::Borrowed(gate);
        Ok(Charge { bucket, counted, at: now, passed: counted < n.into() })
    }

    /// Over `n` that were waited for and granted just now; `None` where nothing is counted.
    #[cfg(all(feature = "tower", feature = "tokio"))]
    pub(crate) fn waited(gate: &Arc<Gate<Gcra>>, n: u32) -> Option<Charge<'static>> {
        let bucket = Bucket::Owned(Arc::clone(gate));
        let charge = Charge { bucket, counted: n.into(), at: gate.now(), passed: false };
        // What passes in another mode was not taken, or not yet.
        (n > 0 && gate.mode() == Mode::Normal).then_some(charge)
    }

    /// The same charge without a borrow, to be sent along with the call.
    pub fn into_owned(self) -> Charge<'static> {
        let Charge { bucket, counted, at, passed } = self;
        Charge { bucket: bucket.into_owned(), counted, at, passed }
    }

    /// Gives all of it back: the call was not made.
    pub fn refund(self) {
        let now = self.bucket.gate().now();
        self.correct(0, now);
    }

    /// [`refund`](Self::refund) at a given time.
    pub fn refund_at(self, now: Duration) {
        self.correct(0, nanos(now));
    }

    /// Corrects the estimate: gives back what was not needed, or takes what
    /// was needed besides, if need be as a debt of at most one burst.
    ///
    /// Between two moments no more passes than the burst, plus what the rate
    /// gives, plus what was given back. What is given back later than the
    /// bucket needs to fill up is not: it has come back by itself. The same
    /// where a reservation lies ahead, whose slot was promised already.
    pub fn settle(self, actual: u32) {
        let now = self.bucket.gate().now();
        self.correct(actual, now);
    }

    /// [`settle`](Self::settle) at a given time.
    pub fn settle_at(self, actual: u32, now: Duration) {
        self.correct(actual, nanos(now));
    }

    fn correct(&self, actual: u32, now: u64) {
        let actual = u64::from(actual);
        if self.passed {
            return;
        }
        self.bucket.gate().adjust(now, |gcra, level| {
            let back = self.counted.saturating_sub(actual);
            if back == 0 {
                gcra.debit(level, now, actual.saturating_sub(self.counted));
            } else if now.saturating_sub(self.at) < gcra.refill() {
                gcra.credit(level, now, back);
            }
        });
    }
}

/// Permits that are booked ahead: they are taken, and may be used from
/// [`starts_at`](Self::starts_at) on.
///
/// Dropping it leaves them booked.
#[derive(Debug)]
#[must_use = "the permits are to be used at a later time, or cancelled"]
pub struct Reservation<'a> {
    bucket: Bucket<'a>,
    booking: Option<Booking>,
    at: u64,
}

#[derive(Debug)]
struct Booking {
    n: u64,
    own: u64,
    /// When the latest reservation before this one starts.
    before: u64,
    version: u64,
}

impl<'a> Reservation<'a> {
    pub(crate) fn new(
        gate: &'a Arc<Gate<Gcra>>,
        n: u32,
        max_wait: Duration,
        now: u64,
    ) -> Result<Self, Rejected> {
        let (n, max_wait) = (u64::from(n), nanos(max_wait));
        let none = |()| Reservation { bucket: Bucket::Borrowed(gate), booking: None, at: now };
        gate.change(|slow, wakes| {
            slow.call(None, now, wakes);
            let verdict = slow.verdict(n, now);
            let wait = match verdict {
                Verdict::Fits(at) | Verdict::Later(at) => at.saturating_sub(now),
                _ => {
                    let answer = slow.shadow(gate.answer(slow, &verdict, n, now));
                    return answer.map(none);
                }
            };
            // Who waits in line has taken nothing yet, so a booking would pass
            // him by: it is had at once, or not at all.
            let before = slow.state.starts;
            let booked = if wait > 0 && !slow.is_alone() {
                Err(now.saturating_add(wait))
            } else {
                slow.book(n, max_wait, now)
            };
            match booked {
                Ok((at, own)) => {
                    let booking = Some(Booking { n, own, before, version: slow.version });
                    Ok(Reservation { bucket: Bucket::Borrowed(gate), booking, at })
                }
                Err(at) => {
                    let refused = gate.in_line(slow, QUEUE_TIMEOUT, at.saturating_sub(now));
                    slow.shadow(Err(refused)).map(none)
                }
            }
        })
    }

    /// The same reservation without a borrow, to be sent along with the call.
    pub fn into_owned(self) -> Reservation<'static> {
        let Reservation { bucket, booking, at } = self;
        Reservation { bucket: bucket.into_owned(), booking, at }
    }

    /// When the permits may be used, on the limiter's own scale of time.
    pub fn starts_at(&self) -> Duration {
        Duration::from_nanos(self.at)
    }

    /// How long it is until then.
    pub fn delay(&self) -> Duration {
        self.delay_at(Duration::from_nanos(self.bucket.gate().now()))
    }

    /// [`delay`](Self::delay) at a given time.
    pub fn delay_at(&self, now: Duration) -> Duration {
        self.starts_at().saturating_sub(now)
    }

    /// Gives the permits back if nobody has booked or taken any since.
    ///
    /// Otherwise they are forfeit: slots that were promised to others do not move.
    pub fn cancel(self) {
        let now = self.bucket.gate().now();
        self.undo(now);
    }

    /// [`cancel`](Self::cancel) at a given time.
    pub fn cancel_at(self, now: Duration) {
        self.undo(nanos(now));
    }

    fn undo(&self, now: u64) {
        let Some(Booking { n, own, before, version }) = self.booking else { return };
        self.bucket.gate().change(|slow, wakes| {
            if slow.version == version {
                slow.algorithm.unbook(&mut slow.state, now, n, own, before);
            }
            slow.replan(now, wakes);
        });
    }
}

impl Gate<Gcra> {
    /// What is owed, begun permits counted whole.
    pub(crate) fn level(&self, now: u64) -> u64 {
        self.look(now, |slow| {
            let at = slow.algorithm.steady(&mut slow.state, now);
            slow.algorithm.level(&slow.state, at)
        })
    }
}
