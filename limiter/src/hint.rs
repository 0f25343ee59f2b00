//! When to come back: what a bucket that is overrun does most of the time.

use crate::algorithm::Narrow;
use crate::gcra::{Gcra, SHIFT};
use crate::word::Refused;

impl Gcra {
    /// Why `n` do not fit. `None` if they do, or if it takes more than the word
    /// to tell.
    ///
    /// What [`fits_at`](Algorithm::fits_at) and [`left`](Algorithm::left)
    /// answer, in one go: a limiter that is overrun does little else.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the rate is at most 2^62")]
    pub(crate) fn refuse(&self, tat: u64, now: u64, n: u64) -> Option<Refused> {
        let product = u128::from(now) * u128::from(self.rate);
        let units = ((product >> SHIFT) as u64).wrapping_add(self.base);
        let amount = if n == 1 { self.cost } else { self.amount(n) };
        let owed = tat.saturating_sub(units);
        let late = owed.wrapping_add(amount).wrapping_sub(self.cap);
        // A word that is checked out owes more than any bucket. Where nothing is
        // late, it has been checked in again meanwhile, and they fit.
        let fits = late == 0 || late > owed;
        if n == 0 || amount > self.cap || owed > self.legal || fits {
            return None;
        }
        let permit = self.cost.trailing_zeros();
        // Where one does not fit, none does.
        let left = if n == 1 { 0 } else { self.cap.saturating_sub(owed) >> permit };
        let narrow = Narrow { name: None, limit: self.cap >> permit, left };
        Some(Refused { narrow, at: self.nanos_after(now, product, late) })
    }

    /// The first nanosecond at which `late` units have gone by since `now`,
    /// `product` being `now` times the rate.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "times fit")]
    fn nanos_after(&self, now: u64, product: u128, late: u64) -> u64 {
        if self.inverse == 0 {
            let begun = product & ((1 << SHIFT) - 1);
            let missing = (u128::from(late) << SHIFT).saturating_sub(begun);
            let wait = missing.div_ceil(u128::from(self.rate.max(1)));
            return now.saturating_add(u64::try_from(wait).unwrap_or(u64::MAX));
        }
        // A unit is less than two nanoseconds here, and the first of those that
        // are missing has begun: so this is one to four too early.
        let wait = (u128::from(late) * u128::from(self.inverse)) >> SHIFT;
        let early = now.wrapping_add(wait as u64).wrapping_sub(2);
        // What is missing then, as a product like `product`: at most four rates,
        // so the lower words tell. No branch, since none could be predicted.
        let due = ((product >> SHIFT) as u64).wrapping_add(late);
        let missing = (due << SHIFT).wrapping_sub(early.wrapping_mul(self.rate));
        let more = |rates: u64| u64::from(missing > rates.wrapping_mul(self.rate));
        early.wrapping_add(1 + more(1) + more(2) + more(3))
    }
}
