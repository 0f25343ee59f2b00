use core::fmt;
use core::hash::Hash;

use crate::claim::Stripes;
use crate::counts::{Full, Snapshot};
use crate::hash::Seeded;
use crate::lines::{Lines, Path};
use crate::policy::{InvalidPolicy, Overflow, Policy};
use crate::rule::{Found, WordRule};
use crate::slot::{Slot, UNUSED, mask};
use crate::sync::{AtomicU64, Ordering, Padded};

/// One word for each key, keys not kept but a 64-bit fingerprint of each, in a
/// table of fixed size. A hit takes no lock, and one cache line mostly.
///
/// Two keys whose fingerprints are equal share one state. The fingerprint is a
/// seeded hash, which is taken for random as long as nobody knows the seed: two
/// given keys meet with probability 2⁻⁶⁴. Among `n` keys that are held at a time
/// there are `n²/2` pairs, so `n²/2 × 2⁻⁶⁴` of them are expected to meet: 3 × 10⁻⁸
/// for a million keys. A million calls a second by keys never seen before meet
/// one of a million that are in use about every seven months.
///
/// A key has sixteen slots that it may stand in: a pair of neighbouring lines,
/// and another pair. There are 1.6 slots for each key of the capacity, so that a
/// table holds its capacity in keys that are in use but for two to four in a
/// million, and may hold more. Idle keys stay until another one needs the slot.
///
/// Closures and rules run without a lock where the key is held, and under a lock
/// that other new keys may want where it is not: they must be short, and must
/// not use the same table, which would wait for itself.
pub struct Fingerprints {
    lines: Lines,
    stripes: Stripes,
    seeded: Seeded,
    overflow: Overflow,
    capacity: usize,
    /// What the keys without room share; unused until the first comes.
    shared: Padded<AtomicU64>,
}

impl Fingerprints {
    /// A table for `policy.capacity()` keys that are in use at a time.
    ///
    /// All memory is taken and written here: 25.6 bytes for each key of the
    /// capacity. `policy.shards()` is the number of locks for new keys.
    pub fn new(policy: Policy) -> Result<Self, InvalidPolicy> {
        policy.check()?;
        Ok(Fingerprints {
            lines: Lines::new(policy.capacity()).ok_or_else(|| policy.too_much())?,
            stripes: Stripes::new(policy.shards()),
            seeded: Seeded::new(policy.seed()),
            overflow: policy.overflow(),
            capacity: policy.capacity(),
            shared: Padded(AtomicU64::new(UNUSED)),
        })
    }

    #[inline]
    fn path<Q: Hash + ?Sized>(&self, key: &Q) -> Path {
        self.lines.path(self.seeded.hash(key))
    }

    /// Runs `f` on the word of `key`, which is made if there is none, and stores
    /// the word that `f` answers, if any. A key whose first word is not stored
    /// takes no slot. `f` runs again where another thread was faster; what it
    /// answered last counts. A word beyond [`WordRule::BITS`] is stored as the
    /// highest that fits.
    ///
    /// A new key looks at its sixteen slots, and takes one that is free or idle
    /// at `now`. `Full`: there is none, and the policy says [`Overflow::Refuse`].
    #[inline]
    pub fn update<Q, U, R>(
        &self,
        key: &Q,
        now: u64,
        rule: &U,
        mut f: impl FnMut(u64, Found) -> (Option<u64>, R),
    ) -> Result<R, Full>
    where
        Q: Hash + ?Sized,
        U: WordRule,
    {
        let path = self.path(key);
        if let Some(slot) = self.lines.find(path) {
            let mut hit = |word| f(word, Found::Held);
            if let Some(answer) = slot.hit::<U, R>(path.print, &mut hit) {
                return Ok(answer);
            }
        }
        self.first(path, now, rule, &mut f)
    }

    /// The key is new, or so it seemed. Never inlined, which would make a hit
    /// save and restore what this needs.
    #[inline(never)]
    fn first<U: WordRule, R>(
        &self,
        path: Path,
        now: u64,
        rule: &U,
        f: &mut impl FnMut(u64, Found) -> (Option<u64>, R),
    ) -> Result<R, Full> {
        let claimed = self.stripes.claim(&self.lines, path, now, rule, self.overflow, f);
        match (claimed, self.overflow) {
            (Some(answer), _) => Ok(answer),
            (None, Overflow::Refuse) => Err(Full {}),
            (None, Overflow::Share) => Ok(self.share::<U, R>(rule, f)),
        }
    }

    /// Runs `f` on the word that all share for whom there is no room.
    fn share<U: WordRule, R>(
        &self,
        rule: &U,
        f: &mut impl FnMut(u64, Found) -> (Option<u64>, R),
    ) -> R {
        // Relaxed: the word stands for itself.
        let mut word = self.shared.0.load(Ordering::Relaxed);
        loop {
            let seen = if word == UNUSED { rule.fresh(0) } else { word };
            let (next, answer) = f(seen, Found::Shared);
            let Some(next) = next else { return answer };
            let next = next.min(mask::<U>());
            match self.shared.0.compare_exchange_weak(
                word,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return answer,
                Err(newer) => word = newer,
            }
        }
    }

    /// As [`update`](Self::update), for a key that is held; `None` if it is not.
    #[inline]
    pub fn update_existing<Q, U, R>(
        &self,
        key: &Q,
        _rule: &U,
        mut f: impl FnMut(u64) -> (Option<u64>, R),
    ) -> Option<R>
    where
        Q: Hash + ?Sized,
        U: WordRule,
    {
        let path = self.path(key);
        // All slots, as in `claim`.
        self.lines.find_map(path, |slot| slot.hit::<U, R>(path.print, &mut f))
    }

    /// The word of `key`, if it is held.
    #[inline]
    pub fn get<Q: Hash + ?Sized, U: WordRule>(&self, key: &Q, _rule: &U) -> Option<u64> {
        let path = self.path(key);
        self.lines.find_map(path, |slot| slot.get::<U>(path.print))
    }

    /// Runs `f` on each word that is held, idle ones among them. Takes no lock:
    /// words that change meanwhile are seen as they were or as they are.
    pub fn for_each<U: WordRule>(&self, _rule: &U, f: impl FnMut(u64)) {
        self.lines.all().filter_map(Slot::any::<U>).for_each(f);
    }

    /// How many keys are held, idle ones among them.
    pub fn len(&self) -> usize {
        self.snapshot().len
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys in use for which there is room.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The most keys that are ever held: 1.6 times the capacity, and a few.
    pub fn slots(&self) -> usize {
        self.lines.slots()
    }

    /// The bytes of the table: there are never more.
    pub fn bytes(&self) -> usize {
        self.lines.bytes() + self.stripes.bytes() + size_of::<Self>()
    }

    /// What is held, and what has been counted.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot { capacity: self.capacity, ..Snapshot::default() };
        self.stripes.count(&mut snapshot);
        snapshot
    }
}

/// Neither the words, of which there are many, nor the seed, which is secret.
impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fingerprints").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
