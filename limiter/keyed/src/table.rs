use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use crate::counts::{Full, Snapshot};
use crate::hash::Seeded;
use crate::policy::{InvalidPolicy, Overflow, Policy};
use crate::rule::{Found, Rule};
use crate::shard::{BATCH, Evicted, Shard};
use crate::sync::{Mutex, Padded};

#[cfg(seawall_loom)]
use loom::sync::MutexGuard;
#[cfg(not(seawall_loom))]
use parking_lot::MutexGuard;

type Locked<K, V> = Padded<Mutex<Shard<K, V>>>;

/// A state of any type for each key, keys kept, in bounded memory.
///
/// Each call locks one shard for as long as its closure runs. `Hash`, `Eq` and
/// `ToOwned` of the key, the [`Rule`] and the closure all run under that lock:
/// they must be short, and must not use the same table, which would wait for
/// itself. A closure that panics leaves its key with the state that it had made
/// of it so far, or without one if the key was new; the table goes on. Keys and
/// states that are forgotten are dropped after the lock.
pub struct Table<K, V> {
    shards: Box<[Locked<K, V>]>,
    seeded: Seeded,
    overflow: Overflow,
    capacity: usize,
    /// What the keys without room share.
    shared: Padded<Mutex<Option<V>>>,
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// A table that never holds more than `policy.capacity()` keys.
    ///
    /// All memory is reserved here: nothing grows later.
    pub fn new(policy: Policy) -> Result<Self, InvalidPolicy> {
        policy.check()?;
        let count = policy.shards();
        let (each, more) = (policy.capacity() / count, policy.capacity() % count);
        let shards: Option<Box<[_]>> = (0..count)
            .map(|i| Shard::new(each + usize::from(i < more)).map(|s| Padded(Mutex::new(s))))
            .collect();
        Ok(Table {
            shards: shards.ok_or_else(|| policy.too_much())?,
            seeded: Seeded::new(policy.seed()),
            overflow: policy.overflow(),
            capacity: policy.capacity(),
            shared: Padded(Mutex::new(None)),
        })
    }

    #[inline]
    fn shard(&self, hash: u64) -> Option<&Mutex<Shard<K, V>>> {
        // The low bits: the others choose the cell.
        #[expect(clippy::cast_possible_truncation, reason = "masked")]
        let at = hash as usize & (self.shards.len() - 1);
        self.shards.get(at).map(|shard| &shard.0)
    }

    /// Runs `f` on the state of `key`, which is made if there is none.
    ///
    /// A new key looks at a constant number of others, and takes the places of
    /// up to two that are idle at `now`. `Full`: there is none, and the policy
    /// says [`Overflow::Refuse`].
    #[inline]
    pub fn with<Q, U, R>(
        &self,
        key: &Q,
        now: u64,
        rule: &U,
        f: impl FnOnce(&mut V, Found) -> R,
    ) -> Result<R, Full>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        U: Rule<Q, V>,
    {
        let hash = self.seeded.hash(key);
        let Some(shard) = self.shard(hash) else { return Err(Full {}) };
        let mut locked = shard.lock();
        if let Some(value) = locked.get_mut(hash, key) {
            return Ok(f(value, Found::Held));
        }
        self.first(locked, hash, key, now, rule, f)
    }

    /// The key is new. Never inlined, for the sake of hits.
    #[inline(never)]
    fn first<Q, U, R>(
        &self,
        locked: MutexGuard<'_, Shard<K, V>>,
        hash: u64,
        key: &Q,
        now: u64,
        rule: &U,
        f: impl FnOnce(&mut V, Found) -> R,
    ) -> Result<R, Full>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
        U: Rule<Q, V>,
    {
        // Dropped after the lock, also by a panic, since this is code of the
        // key's type: first declared, last dropped.
        let mut evicted: Evicted<K, V> = [None, None];
        let mut locked = locked;
        locked.evict(now, rule, &self.seeded, &mut evicted);
        if locked.len() < locked.room() {
            // A panic on the way leaves the key out.
            let mut value = rule.fresh(key, locked.horizon());
            let answer = f(&mut value, Found::New);
            let pushed = locked.push(hash, key.to_owned(), value);
            return pushed.map(|()| answer).map_err(|_| Full {});
        }
        if self.overflow == Overflow::Refuse {
            locked.counts.refused += 1;
            return Err(Full {});
        }
        locked.counts.shared += 1;
        drop(locked);
        // It is never forgotten, so there is nothing to make it as of.
        let mut shared = self.shared.0.lock();
        Ok(f(shared.get_or_insert_with(|| rule.fresh(key, 0)), Found::Shared))
    }

    /// Runs `f` on the state of `key`, if it is held.
    #[inline]
    pub fn with_existing<Q, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.seeded.hash(key);
        self.shard(hash)?.lock().get_mut(hash, key).map(f)
    }

    /// Forgets `key`, whatever its state.
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.seeded.hash(key);
        let gone = self.shard(hash)?.lock().remove(hash, key, &self.seeded);
        gone.map(|(_, value)| value)
    }

    /// Runs `f` on each key. Some 64 of them at a time are visited under their
    /// shard's lock, so calls go on meanwhile. A key that is held all the
    /// time is visited, and only where others went meanwhile it may be twice.
    pub fn for_each(&self, mut f: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            let mut end = usize::MAX;
            while end > 0 {
                let locked = shard.0.lock();
                let (batch, begin) = locked.batch(end);
                batch.for_each(|(key, value)| f(key, value));
                end = begin;
            }
        }
    }

    /// Forgets each key for which `keep` answers `false`, and counts them. Goes
    /// over all as [`for_each`](Self::for_each) does.
    pub fn retain(&self, mut keep: impl FnMut(&K, &mut V) -> bool) -> usize {
        self.walk(None, &mut keep)
    }

    /// Forgets all keys that are idle at `now`, and counts them. Nothing needs
    /// it: new keys do it little by little. Goes over all as
    /// [`for_each`](Self::for_each) does.
    pub fn sweep<Q, U>(&self, now: u64, rule: &U) -> usize
    where
        K: Borrow<Q>,
        Q: ?Sized,
        U: Rule<Q, V>,
    {
        self.walk(Some(now), &mut |key, value| !rule.is_idle(key.borrow(), value, now))
    }

    fn walk(&self, idle_at: Option<u64>, keep: &mut impl FnMut(&K, &mut V) -> bool) -> usize {
        let mut count = 0;
        // Dropped without the lock, also by a panic: declared before it is taken.
        let mut gone = Vec::with_capacity(BATCH);
        for shard in &self.shards {
            let mut end = usize::MAX;
            while end > 0 {
                let mut locked = shard.0.lock();
                end = locked.retain(end, idle_at, &self.seeded, &mut gone, &mut *keep);
                drop(locked);
                count += gone.len();
                gone.clear();
            }
        }
        count
    }

    /// How many keys are held, idle ones among them.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.0.lock().len()).sum()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most keys that are ever held.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The bytes that were reserved, without what keys and states own elsewhere.
    pub fn bytes(&self) -> usize {
        let shards: usize = self.shards.iter().map(|shard| shard.0.lock().bytes()).sum();
        shards + size_of_val(&*self.shards) + size_of::<Self>()
    }

    /// What is held, and what has been counted.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot { capacity: self.capacity, ..Snapshot::default() };
        for shard in &self.shards {
            let shard = shard.0.lock();
            snapshot.len += shard.len();
            snapshot.add(shard.counts);
        }
        snapshot
    }
}

/// Neither keys nor states, of which there are many, nor the seed, which is
/// secret. Takes no lock.
impl<K, V> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
