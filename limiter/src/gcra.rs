//! Token bucket and leaky bucket as one number: the time at which the bucket
//! is full again (the generic cell rate algorithm).
//!
//! Time is measured in units of which one permit costs a power of two, so no
//! rate is rounded to whole nanoseconds: a unit is one to two nanoseconds, or
//! longer where a large burst at a slow rate would not fit into a word.
//!
//! Invariants, `tat` being the stored time and `u` the time in units:
//! - `max(tat, u) - u` is what is owed; at most `cap` of it is let through.
//! - Any `i..=j` of admitted takes: their sum is at most
//!   `burst + rate × (t_j - t_i)`, and one unit.
//! - `tat` never falls but by a credit, so a late reading admits nothing more.

use crate::algorithm::{Algorithm, SLACK};
use crate::quota::Quota;
use crate::word::Word;

/// Fraction bits of `rate`.
pub(crate) const SHIFT: u32 = 62;
/// The most that `cap` may be.
const MOST: u64 = 1 << 60;
/// Bases lie below this. With times below 2^62, two caps and a base, a `tat`
/// stays below 2^63.
const BASES: u64 = 1 << 60;
/// Two settings never share a base by chance (2^64 divided by the golden ratio).
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gcra {
    /// Units per nanosecond, in 62 bits of fraction, rounded up: three a second
    /// are three again after exactly one second.
    pub(crate) rate: u64,
    /// Added to every time in units, and other after each change of the
    /// settings: a thread that read the old settings finds another word.
    pub(crate) base: u64,
    /// Units per permit, a power of two.
    pub(crate) cost: u64,
    /// Units per burst.
    pub(crate) cap: u64,
    /// The most that may be owed without a booking; beyond it a clock was wrong.
    pub(crate) legal: u64,
    /// Nanoseconds per unit, in 62 bits of fraction, rounded down; zero where
    /// a unit is too long for that.
    pub(crate) inverse: u64,
}

/// The state of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// When the bucket is full again, in units.
    pub(crate) tat: u64,
    /// Up to which `tat` there are reservations.
    pub(crate) booked: u64,
    /// Up to which `tat` there are debts.
    pub(crate) deep: u64,
    /// The longest wait that a reservation was ever granted, in units.
    pub(crate) longest: u64,
    /// When the latest reservation starts, in nanoseconds: under a block that is later
    /// than `booked` tells.
    pub(crate) starts: u64,
}

impl Gcra {
    #[expect(clippy::cast_possible_truncation, reason = "compared before")]
    pub(crate) fn new(quota: &Quota, burst: u32) -> Self {
        let (limit, period) = (u64::from(quota.limit().max(1)), quota.period_nanos());
        let burst = u64::from(burst.max(1));
        // The largest power of two that makes a unit at least a nanosecond, and
        // lets the burst fit.
        let most = (period / limit).min(MOST / burst).max(1);
        let cost = 1_u64 << most.ilog2();
        // At most 2^62, since `limit * cost <= period`.
        let rate = ((u128::from(limit) * u128::from(cost)) << SHIFT).div_ceil(u128::from(period));
        let rate = u64::try_from(rate).unwrap_or(1 << SHIFT);
        let cap = burst * cost;
        let mut gcra = Gcra { rate, base: 0, cost, cap, legal: 0, inverse: 0 };
        // Twice the burst: what is let through, and what may be settled as a debt.
        gcra.legal = gcra.units(SLACK).saturating_add(cap * 2);
        gcra.inverse = match (1_u128 << (2 * SHIFT)) / u128::from(rate) {
            inverse if inverse < 1 << 63 => inverse as u64,
            _ => 0,
        };
        gcra
    }

    /// The same settings on a scale on which no stamp of `old` means anything.
    #[cfg(feature = "keyed")]
    pub(crate) fn after(self, old: &Self) -> Self {
        Gcra { base: old.base.wrapping_add(STRIDE) % BASES, ..self }
    }

    /// A time in units.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the rate is at most 2^62")]
    pub(crate) fn units(&self, now: u64) -> u64 {
        let raw = (u128::from(now) * u128::from(self.rate)) >> SHIFT;
        (raw as u64).wrapping_add(self.base)
    }

    /// The first nanosecond at which it is `units` or later.
    pub(crate) fn nanos(&self, units: u64) -> u64 {
        let raw = units.saturating_sub(self.base);
        let nanos = (u128::from(raw) << SHIFT).div_ceil(u128::from(self.rate.max(1)));
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    /// The next `tat` if `amount` units fit at `now`.
    #[inline]
    pub(crate) fn admit(&self, tat: u64, now: u64, amount: u64) -> Option<u64> {
        let now = self.units(now);
        let next = tat.max(now).wrapping_add(amount);
        (next.wrapping_sub(now) <= self.cap).then_some(next)
    }

    /// What is owed at `now`, in units.
    pub(crate) fn owed(&self, tat: u64, now: u64) -> u64 {
        tat.saturating_sub(self.units(now))
    }

    /// What is owed, begun permits counted whole.
    pub(crate) fn level(&self, level: &Level, now: u64) -> u64 {
        self.owed(level.tat, now).div_ceil(self.cost.max(1))
    }

    /// What `n` cost: exact up to the burst, and above the cap beyond it.
    #[inline]
    pub(crate) fn amount(&self, n: u64) -> u64 {
        n.saturating_mul(self.cost).min(MOST + 1)
    }

    /// Gives back `n`. Does nothing while a reservation lies ahead: what came
    /// back would be taken at once by somebody who comes before it, and the
    /// slot that was promised could not be kept.
    pub(crate) fn credit(&self, level: &mut Level, now: u64, n: u64) {
        let units = self.units(now);
        if level.booked > units.saturating_add(self.cap) || level.starts > now {
            return;
        }
        let least = level.tat.min(units);
        level.tat = level.tat.saturating_sub(self.amount(n)).max(least);
    }

    /// Takes `n` whether they fit or not. At most one burst is owed beyond what
    /// is let through or booked; the rest is forgiven.
    pub(crate) fn debit(&self, level: &mut Level, now: u64, n: u64) {
        let (now, _) = self.reading(level, now);
        let units = self.units(now);
        let most = units.saturating_add(self.cap).max(level.booked).saturating_add(self.cap);
        let tat = level.tat.max(units).saturating_add(self.amount(n));
        level.tat = tat.min(most.max(level.tat));
        if self.owed(level.tat, now) > self.cap {
            level.deep = level.tat;
        }
    }

    /// The latest reading that the level proves, if it is later than `now`, and
    /// whether a reservation lies ahead of it. Nobody takes more than the burst,
    /// runs up a debt of more than another, or books further ahead than the longest
    /// wait: so where more is owed, the clock was read later than `now`.
    fn reading(&self, level: &Level, now: u64) -> (u64, bool) {
        let debt = if level.deep < level.tat { 0 } else { self.cap };
        let after = |now: u64, most: u64| {
            let proved = self.nanos(level.tat.saturating_sub(most.saturating_add(debt)));
            now.max(proved)
        };
        let is_ahead = |now| level.booked > self.units(now).saturating_add(self.cap);
        let now = if is_ahead(now) { after(now, level.longest.max(self.cap)) } else { now };
        if is_ahead(now) { (now, true) } else { (after(now, self.cap), false) }
    }

    /// Books `n` as soon as they fit after `from`, within `max_wait`: when, and
    /// the `tat` that belongs to the booking.
    pub(crate) fn book(
        &self,
        level: &mut Level,
        now: u64,
        from: u64,
        n: u64,
        max_wait: u64,
    ) -> Result<(u64, u64), u64> {
        let at = self.fits_at(level, from, n);
        // No word holds more than a few caps.
        let tat = level.tat.max(self.units(from)).saturating_add(self.amount(n));
        let ahead = self.owed(tat, now);
        if at.saturating_sub(now) > max_wait || ahead > MOST {
            return Err(at);
        }
        self.take(level, from, n);
        if at > now {
            level.booked = level.tat;
            level.starts = level.starts.max(at);
            level.longest = level.longest.max(ahead);
        }
        Ok((at, level.tat))
    }

    /// Undoes a booking if nobody came after it, `before` being when the one
    /// before it starts.
    pub(crate) fn unbook(&self, level: &mut Level, now: u64, n: u64, own: u64, before: u64) {
        if level.tat == own {
            let least = own.min(self.units(now));
            level.tat = own.saturating_sub(self.amount(n)).max(least);
            level.booked = level.booked.min(level.tat);
            level.starts = before;
        }
    }

    /// How long an empty bucket needs to be full, in nanoseconds.
    pub(crate) fn refill(&self) -> u64 {
        self.nanos(self.base.saturating_add(self.cap))
    }
}

impl Algorithm for Gcra {
    type State = Level;
    type Shared = Word;

    fn fresh(&self) -> Level {
        Level { tat: self.base, booked: 0, deep: 0, longest: 0, starts: 0 }
    }

    fn burst(&self) -> u64 {
        self.cap >> self.cost.trailing_zeros()
    }

    fn steady(&self, level: &mut Level, now: u64) -> u64 {
        if self.owed(level.tat, now) > self.legal.saturating_add(level.longest) {
            *level = self.fresh();
            level.tat = self.units(now);
        }
        now
    }

    fn fits_at(&self, level: &Level, now: u64, n: u64) -> u64 {
        let next = level.tat.max(self.units(now)).saturating_add(self.amount(n));
        self.nanos(next.saturating_sub(self.cap)).max(now)
    }

    fn take(&self, level: &mut Level, now: u64, n: u64) {
        level.tat = level.tat.max(self.units(now)).saturating_add(self.amount(n));
    }

    fn left(&self, level: &Level, now: u64) -> u64 {
        self.cap.saturating_sub(self.owed(level.tat, now)) >> self.cost.trailing_zeros()
    }

    fn full_at(&self, level: &Level, now: u64) -> u64 {
        self.nanos(level.tat).max(now)
    }

    /// What is left stays: a larger burst is not given at once, it is earned.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^60")]
    fn carry(&self, to: &mut Self, level: &mut Level, now: u64) {
        to.base = self.base.wrapping_add(STRIDE) % BASES;
        // The new rate counts from the latest reading. Debt beyond one burst is
        // forgiven, but a slot that was promised is owed in full.
        let (now, ahead) = self.reading(level, now);
        let owed = self.owed(level.tat, now).min(MOST);
        // Rounded so that nobody wins by it.
        let scaled = |units: u64| u128::from(units) * u128::from(to.cost);
        let new = if owed <= self.cap {
            let left = scaled(self.cap - owed) / u128::from(self.cost);
            to.cap.saturating_sub(left.min(u128::from(to.cap)) as u64)
        } else {
            let debt = scaled(owed - self.cap).div_ceil(u128::from(self.cost));
            let most = if ahead { MOST.saturating_sub(to.cap) } else { to.cap };
            to.cap + debt.min(u128::from(most)) as u64
        };
        let tat = to.units(now).saturating_add(new);
        let (booked, longest) = if ahead { (tat, new) } else { (0, 0) };
        let deep = if new > to.cap { tat } else { 0 };
        *level = Level { tat, booked, deep, longest, starts: level.starts };
    }

    fn skip(&self, level: &Level, now: u64, ahead: u64) -> Option<Level> {
        let tat = level.tat.max(self.units(now)).saturating_add(ahead.saturating_mul(self.cost));
        Some(Level { tat, ..*level })
    }
}
