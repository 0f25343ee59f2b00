//! The verbs of every limiter, each with the key for which it is asked.

use core::time::Duration;

use seawall_errors::Rejected;

use super::Key;
use super::charge::KeyedCharge;
use super::handle::{Either, Keyed, each};
use crate::gate::cut;
use crate::mode::{Room, Snapshot};
use crate::quota::nanos;
use crate::ticket::Ticket;

impl<K: Key + ?Sized> Keyed<K> {
    /// The time on the scale that all verbs without `_at` use: one origin per
    /// process.
    pub fn now(&self) -> Duration {
        each!(self, store => Duration::from_nanos(store.clock.now()))
    }

    /// Takes one permit if it fits now.
    #[inline]
    pub fn try_acquire(&self, key: &K) -> Result<(), Rejected> {
        each!(self, store => store.try_take(key, 1, store.clock.now()))
    }

    /// [`try_acquire`](Self::try_acquire) at a given time.
    #[inline]
    pub fn try_acquire_at(&self, key: &K, now: Duration) -> Result<(), Rejected> {
        each!(self, store => store.try_take(key, 1, nanos(now)))
    }

    /// Takes `n` permits if they all fit now. Zero always do, and take nothing.
    /// More than ever fit at once are refused as such, and leave the state alone.
    #[inline]
    pub fn try_acquire_many(&self, key: &K, n: u32) -> Result<(), Rejected> {
        each!(self, store => store.try_take(key, n.into(), store.clock.now()))
    }

    /// [`try_acquire_many`](Self::try_acquire_many) at a given time.
    #[inline]
    pub fn try_acquire_many_at(&self, key: &K, n: u32, now: Duration) -> Result<(), Rejected> {
        each!(self, store => store.try_take(key, n.into(), nanos(now)))
    }

    /// Takes as many permits as fit now, at most `n`; returns how many.
    pub fn try_acquire_up_to(&self, key: &K, n: u32) -> u32 {
        self.try_acquire_up_to_at(key, n, self.now())
    }

    /// [`try_acquire_up_to`](Self::try_acquire_up_to) at a given time.
    pub fn try_acquire_up_to_at(&self, key: &K, n: u32, now: Duration) -> u32 {
        cut(each!(self, store => store.try_take_up_to(key, n.into(), nanos(now))))
    }

    /// What [`try_acquire_many`](Self::try_acquire_many) would answer if there is
    /// room for the key; takes nothing, and holds no key.
    pub fn peek(&self, key: &K, n: u32) -> Result<(), Rejected> {
        self.peek_at(key, n, self.now())
    }

    /// [`peek`](Self::peek) at a given time.
    pub fn peek_at(&self, key: &K, n: u32, now: Duration) -> Result<(), Rejected> {
        each!(self, store => store.peek(key, n.into(), nanos(now)))
    }

    /// How many permits could be taken now: none while others wait.
    pub fn remaining(&self, key: &K) -> u32 {
        self.remaining_at(key, self.now())
    }

    /// [`remaining`](Self::remaining) at a given time.
    pub fn remaining_at(&self, key: &K, now: Duration) -> u32 {
        cut(each!(self, store => store.remaining(key, nanos(now))))
    }

    /// How long until `n` permits fit, if nobody takes any; `None` if they never do.
    pub fn fits_in(&self, key: &K, n: u32) -> Option<Duration> {
        self.fits_in_at(key, n, self.now())
    }

    /// [`fits_in`](Self::fits_in) at a given time.
    pub fn fits_in_at(&self, key: &K, n: u32, now: Duration) -> Option<Duration> {
        each!(self, store => store.fits_in(key, n.into(), nanos(now))).map(Duration::from_nanos)
    }

    /// How much room each of the key's limits has, the fullest first.
    pub fn rooms(&self, key: &K) -> Vec<Room> {
        self.rooms_at(key, self.now())
    }

    /// [`rooms`](Self::rooms) at a given time.
    pub fn rooms_at(&self, key: &K, now: Duration) -> Vec<Room> {
        each!(self, store => store.rooms(key, nanos(now)))
    }

    /// How the key stands. What passed in shadow mode is counted for all keys
    /// together, in [`snapshot`](Self::snapshot).
    pub fn snapshot_of(&self, key: &K) -> Snapshot {
        self.snapshot_of_at(key, self.now())
    }

    /// [`snapshot_of`](Self::snapshot_of) at a given time.
    pub fn snapshot_of_at(&self, key: &K, now: Duration) -> Snapshot {
        each!(self, store => store.snapshot_of(key, nanos(now)))
    }

    /// Takes `n` permits for an estimate that is corrected later: settled to what
    /// it was, or refunded. Copies the key.
    pub fn charge(&self, key: &K, n: u32) -> Result<KeyedCharge<K>, Rejected> {
        self.charge_at(key, n, self.now())
    }

    /// [`charge`](Self::charge) at a given time.
    pub fn charge_at(&self, key: &K, n: u32, now: Duration) -> Result<KeyedCharge<K>, Rejected> {
        let (n, at) = (u64::from(n), nanos(now));
        let taken = each!(self, store => store.charge(key, n, at))?;
        Ok(KeyedCharge { keyed: self.clone(), key: key.to_owned(), taken, n, at })
    }

    /// Lets nothing of this key pass before `until`, since an upstream said so; on
    /// the scale of [`now`](Self::now). A day at most; a block is never made
    /// shorter by another.
    ///
    /// `Err`: there is no room to remember it. Where the keys without room share a
    /// limit, all of these are blocked.
    pub fn block_until(&self, key: &K, until: Duration) -> Result<(), Rejected> {
        self.block_until_at(key, until, self.now())
    }

    /// [`block_until`](Self::block_until) at a given time.
    pub fn block_until_at(&self, key: &K, until: Duration, now: Duration) -> Result<(), Rejected> {
        each!(self, store => store.block_until(key, nanos(until), nanos(now)))
    }

    /// [`block_until`](Self::block_until), counted from now: what a `Retry-After`
    /// says.
    pub fn block_for(&self, key: &K, time: Duration) -> Result<(), Rejected> {
        let now = self.now();
        self.block_until_at(key, now.saturating_add(time), now)
    }

    /// Ends the block.
    pub fn unblock(&self, key: &K) {
        each!(self, store => store.unblock(key));
    }

    /// Takes permits that fit at once, or a place in the key's line. The longest
    /// wait of the key's quota holds where none is given. With the feature `tokio`
    /// the ticket can be awaited, and nothing is allocated if it was served at once.
    pub fn join(
        &self,
        key: &K,
        n: u32,
        max_wait: impl Into<Option<Duration>>,
    ) -> Result<Ticket<'static>, Rejected> {
        self.join_at(key, n, max_wait, self.now())
    }

    /// [`join`](Self::join) at a given time.
    pub fn join_at(
        &self,
        key: &K,
        n: u32,
        max_wait: impl Into<Option<Duration>>,
        now: Duration,
    ) -> Result<Ticket<'static>, Rejected> {
        let max_wait = max_wait.into().map(nanos);
        each!(self, store => store.join(key, n.into(), max_wait, nanos(now)))
    }
}
