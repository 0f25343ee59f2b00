//! A toy limiter: the state is the time at which the bucket is full again.
#![allow(dead_code, reason = "each test takes what it needs")]

use seawall_keyed::{Fingerprints, Full, Rule, Table, WordRule};

/// `cap / cost` at once, one each `cost`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toy {
    pub(crate) cost: u64,
    pub(crate) cap: u64,
}

impl Toy {
    pub(crate) fn take(self, tat: u64, now: u64) -> Option<u64> {
        let next = tat.max(now).saturating_add(self.cost);
        (next - now <= self.cap).then_some(next)
    }
}

impl<Q: ?Sized> Rule<Q, u64> for Toy {
    fn fresh(&self, _: &Q, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, _: &Q, tat: &mut u64, now: u64) -> bool {
        *tat <= now
    }
}

impl WordRule for Toy {
    const BITS: u32 = 60;
    fn fresh(&self, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, tat: u64, now: u64) -> bool {
        tat <= now
    }
}

/// What both tables can do.
pub(crate) trait Keyed {
    fn take(&self, toy: Toy, key: u64, now: u64) -> Result<bool, Full>;
    fn look(&self, toy: Toy, key: u64) -> Option<u64>;
}

impl Keyed for Table<u64, u64> {
    fn take(&self, toy: Toy, key: u64, now: u64) -> Result<bool, Full> {
        self.with(&key, now, &toy, |tat, _| {
            let next = toy.take(*tat, now);
            *tat = next.unwrap_or(*tat);
            next.is_some()
        })
    }
    fn look(&self, _: Toy, key: u64) -> Option<u64> {
        self.with_existing(&key, |tat| *tat)
    }
}

impl Keyed for Fingerprints {
    fn take(&self, toy: Toy, key: u64, now: u64) -> Result<bool, Full> {
        self.update(&key, now, &toy, |tat, _| {
            let next = toy.take(tat, now);
            (next, next.is_some())
        })
    }
    fn look(&self, toy: Toy, key: u64) -> Option<u64> {
        self.get(&key, &toy)
    }
}
