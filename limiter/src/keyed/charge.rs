use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use super::Key;
use super::charge_verbs::Taken;
use super::handle::Keyed;
use super::kind::Correction;
use crate::quota::nanos;

/// Permits of one key that were taken for an estimate, with the right to correct
/// it once. Owns the key, so it may go along with the call.
///
/// Dropping it leaves them spent. What holds of [`Charge`](crate::Charge) holds
/// here; and in a stack of limits only its buckets take anything back: a window
/// keeps what it has counted. What was taken from the limit that the keys without
/// room share is not given back.
#[must_use = "a charge that is neither settled nor refunded needs no charge: use `try_acquire`"]
pub struct KeyedCharge<K: Key + ?Sized> {
    pub(super) keyed: Keyed<K>,
    pub(super) key: K::Owned,
    pub(super) taken: Taken,
    pub(super) n: u64,
    pub(super) at: u64,
}

impl<K: Key + ?Sized> KeyedCharge<K> {
    /// Whose it is.
    pub fn key(&self) -> &K {
        self.key.borrow()
    }

    /// Gives all of it back: the call was not made.
    pub fn refund(self) {
        let now = self.keyed.now();
        self.settle_at(0, now);
    }

    /// [`refund`](Self::refund) at a given time.
    pub fn refund_at(self, now: Duration) {
        self.settle_at(0, now);
    }

    /// Corrects the estimate: gives back what was not needed, or takes what was
    /// needed besides, if need be as a debt of at most one burst.
    pub fn settle(self, actual: u32) {
        let now = self.keyed.now();
        self.settle_at(actual, now);
    }

    /// [`settle`](Self::settle) at a given time.
    pub fn settle_at(self, actual: u32, now: Duration) {
        let (actual, counted) = (u64::from(actual), self.taken.counted);
        if counted < self.n {
            return;
        }
        let correction = if actual < counted {
            Correction::Back { n: counted - actual, taken_at: self.at }
        } else {
            Correction::More(actual - counted)
        };
        self.keyed.correct(self.key.borrow(), self.taken, correction, nanos(now));
    }
}

/// Not the key, which may be somebody's name.
impl<K: Key + ?Sized> fmt::Debug for KeyedCharge<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedCharge").field("n", &self.n).finish_non_exhaustive()
    }
}
