use core::borrow::Borrow;
use core::hash::Hash;

use crate::counts::{Full, Snapshot};
use crate::hash::Seeded;
use crate::policy::{InvalidPolicy, Overflow, Policy};
use crate::rule::Rule;
use crate::shard::{Evicted, Shard};
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
/// of it so far, or without one if the key was new; the table goes on.
#[derive(Debug)]
pub struct Table<K, V> {
    shards: Box<[Locked<K, V>]>,
    seeded: Seeded,
    overflow: Overflow,
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
        f: impl FnOnce(&mut V) -> R,
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
            return Ok(f(value));
        }
        self.first(locked, hash, key, now, rule, f)
    }

    /// The key is new.
    fn first<Q, U, R>(
        &self,
        locked: MutexGuard<'_, Shard<K, V>>,
        hash: u64,
        key: &Q,
        now: u64,
        rule: &U,
        f: impl FnOnce(&mut V) -> R,
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
            let answer = f(&mut value);
            let pushed = locked.push(hash, key.to_owned(), value);
            return pushed.map(|()| answer).map_err(|_| Full {});
        }
        if self.overflow == Overflow::Refuse {
            locked.counts.refused += 1;
            return Err(Full {});
        }
        locked.counts.shared += 1;
        let since = locked.horizon();
        drop(locked);
        Ok(f(self.shared.0.lock().get_or_insert_with(|| rule.fresh(key, since))))
    }

    /// Runs `f` on the state of `key`, if there is one.
    #[inline]
    pub fn get<Q, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R>
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

    /// Runs `f` on each key, shard by shard, each under its lock.
    pub fn for_each(&self, mut f: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            shard.0.lock().entries().iter().for_each(|(key, value)| f(key, value));
        }
    }

    /// Forgets each key for which `keep` answers `false`, and counts them.
    /// Looks at all, shard by shard, each under its lock.
    pub fn retain(&self, mut keep: impl FnMut(&K, &mut V) -> bool) -> usize {
        self.shards.iter().map(|shard| shard.0.lock().retain(&self.seeded, &mut keep)).sum()
    }

    /// Forgets all keys that are idle at `now`, and counts them. Nothing needs
    /// it: new keys do it little by little.
    pub fn sweep<U: Rule<K, V>>(&self, now: u64, rule: &U) -> usize {
        let sweep = |shard: &Locked<K, V>| {
            let mut shard = shard.0.lock();
            // First, so that a panic on the way leaves no key without it.
            shard.raise(now);
            let gone = shard.retain(&self.seeded, |key, value| !rule.is_idle(key, value, now));
            shard.counts.evicted += gone as u64;
            gone
        };
        self.shards.iter().map(sweep).sum()
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
        self.shards.iter().map(|shard| shard.0.lock().room()).sum()
    }

    /// The bytes that were reserved, without what keys and states own elsewhere.
    pub fn bytes(&self) -> usize {
        let shards: usize = self.shards.iter().map(|shard| shard.0.lock().bytes()).sum();
        shards + size_of_val(&*self.shards) + size_of::<Self>()
    }

    /// What is held, and what has been counted.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for shard in &self.shards {
            let shard = shard.0.lock();
            snapshot.len += shard.len();
            snapshot.capacity += shard.room();
            snapshot.add(shard.counts);
        }
        snapshot
    }
}
