use core::hash::Hash;

use crate::counts::{Counts, Full, Snapshot};
use crate::hash::{Seeded, spread};
use crate::policy::{InvalidPolicy, Overflow, Policy};
use crate::rule::WordRule;
use crate::slot::{Line, Look, NOBODY, Slot, UNUSED, mask};
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};

/// Lines that processors fetch together.
const PAIR: usize = 2;
/// Keys in use in a pair beyond which the other pair of a key is looked at. Below
/// it, the pair that a key looks at first is taken.
const CROWDED: usize = PAIR * Line::SLOTS * 3 / 4;

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
/// table holds its capacity in keys that are in use but for one in a million or
/// so, and may hold a few more. Idle keys stay until another one needs the slot.
#[derive(Debug)]
pub struct Fingerprints {
    lines: Box<[Line]>,
    pairs: usize,
    /// Who brings a new key holds the lock of its first pair, so that a key gets
    /// one state however many bring it.
    stripes: Box<[Padded<Stripe>]>,
    seeded: Seeded,
    overflow: Overflow,
    capacity: usize,
    /// What the keys without room share; unused until the first comes.
    shared: Padded<AtomicU64>,
}

#[derive(Debug)]
struct Stripe {
    counts: Mutex<Counts>,
    /// The highest time at which a key was evicted from these pairs.
    horizon: AtomicU64,
}

/// The slots of one key.
#[derive(Clone, Copy, Debug)]
struct Path {
    print: u64,
    first: usize,
    /// Which line of the pair comes first.
    flip: usize,
}

impl Path {
    fn lines(self, pair: usize) -> [usize; PAIR] {
        let at = pair * PAIR;
        [at + self.flip, at + (self.flip ^ 1)]
    }
}

impl Fingerprints {
    /// A table for `policy.capacity()` keys that are in use at a time.
    ///
    /// All memory is taken and written here: 25.6 bytes for each key of the
    /// capacity. `policy.shards()` is the number of locks for new keys.
    pub fn new(policy: Policy) -> Result<Self, InvalidPolicy> {
        policy.check()?;
        let slots = (policy.capacity() * 8).div_ceil(5);
        let pairs = slots.div_ceil(PAIR * Line::SLOTS);
        let mut lines = Vec::new();
        lines.try_reserve_exact(pairs * PAIR).map_err(|_| policy.too_much())?;
        lines.resize_with(pairs * PAIR, Line::new);
        let stripe =
            || Stripe { counts: Mutex::new(Counts::default()), horizon: AtomicU64::new(0) };
        Ok(Fingerprints {
            lines: lines.into_boxed_slice(),
            pairs,
            stripes: (0..policy.shards()).map(|_| Padded(stripe())).collect(),
            seeded: Seeded::new(policy.seed()),
            overflow: policy.overflow(),
            capacity: policy.capacity(),
            shared: Padded(AtomicU64::new(UNUSED)),
        })
    }

    #[inline]
    fn path<Q: Hash + ?Sized>(&self, key: &Q) -> Path {
        let hash = self.seeded.hash(key);
        let flip = usize::from(hash & 1 != 0);
        let print = if hash == NOBODY { 1 } else { hash };
        Path { print, first: spread(hash, self.pairs), flip }
    }

    /// The other pair of a key. Never the first one, unless there is but one.
    #[inline]
    fn second(&self, path: Path) -> usize {
        // Other bits than those that chose the first (2^64 / golden ratio).
        let other = path.print.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = path.first + 1 + spread(other, self.pairs - 1);
        if at < self.pairs { at } else { at - self.pairs }
    }

    /// The slots of one pair of a key, those of its first line first.
    fn slots_of(&self, path: Path, pair: usize) -> impl Iterator<Item = Slot<'_>> {
        path.lines(pair).into_iter().filter_map(|at| self.lines.get(at)).flat_map(Line::slots)
    }

    /// All slots of a key: both pairs, or the one that there is.
    fn all_slots(&self, path: Path, second: usize) -> impl Iterator<Item = Slot<'_>> {
        let more = if second == path.first { 0 } else { PAIR * Line::SLOTS };
        self.slots_of(path, path.first).chain(self.slots_of(path, second).take(more))
    }

    /// A slot that seems to be that of the key.
    #[inline]
    fn find(&self, path: Path) -> Option<Slot<'_>> {
        let in_pair = |pair: usize| {
            let [near, far] = path.lines(pair);
            let near = self.lines.get(near)?.find(path.print);
            near.or_else(|| self.lines.get(far)?.find(path.print))
        };
        in_pair(path.first).or_else(|| in_pair(self.second(path)))
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
        mut f: impl FnMut(u64) -> (Option<u64>, R),
    ) -> Result<R, Full>
    where
        Q: Hash + ?Sized,
        U: WordRule,
    {
        let path = self.path(key);
        if let Some(slot) = self.find(path) {
            if let Some(answer) = slot.hit::<U, R>(path.print, &mut f) {
                return Ok(answer);
            }
        }
        self.first(path, now, rule, &mut f)
    }

    fn stripe(&self, pair: usize) -> Option<&Stripe> {
        self.stripes.get(pair & (self.stripes.len() - 1)).map(|stripe| &stripe.0)
    }

    /// The key is new, or so it seemed.
    fn first<U: WordRule, R>(
        &self,
        path: Path,
        now: u64,
        rule: &U,
        f: &mut impl FnMut(u64) -> (Option<u64>, R),
    ) -> Result<R, Full> {
        let second = self.second(path);
        let (Some(own), Some(other)) = (self.stripe(path.first), self.stripe(second)) else {
            return Err(Full {});
        };
        let mut counts = own.counts.lock();
        loop {
            // All slots: one that changes its holder may still show the print of
            // a key that stands elsewhere by now. Nobody else brings this key.
            let mut slots = self.all_slots(path, second);
            if let Some(answer) = slots.find_map(|slot| slot.hit::<U, R>(path.print, f)) {
                return Ok(answer);
            }
            let Some((pair, slot, word, used)) = self.choose(path, second, now, rule) else {
                break;
            };
            // Relaxed: who put it there is known by the word or the print seen.
            let since =
                own.horizon.load(Ordering::Relaxed).max(other.horizon.load(Ordering::Relaxed));
            let (state, answer) = f(rule.fresh(since));
            let Some(state) = state else { return Ok(answer) };
            if used {
                // Before the claim, which publishes it. If the claim fails, the
                // time was true nevertheless.
                let horizon = if pair == path.first { &own.horizon } else { &other.horizon };
                horizon.fetch_max(now, Ordering::Relaxed);
            }
            if slot.claim::<U>(word, path.print, state) {
                counts.made += 1;
                counts.evicted += u64::from(used);
                return Ok(answer);
            }
        }
        if self.overflow == Overflow::Refuse {
            counts.refused += 1;
            return Err(Full {});
        }
        counts.shared += 1;
        drop(counts);
        Ok(self.share::<U, R>(rule, f))
    }

    /// The slot for a new key: the first that can be had of its first pair, or of
    /// the emptier one if the first is crowded.
    fn choose<U: WordRule>(
        &self,
        path: Path,
        second: usize,
        now: u64,
        rule: &U,
    ) -> Option<(usize, Slot<'_>, u64, bool)> {
        let look = |pair: usize| {
            let (mut taken, mut free) = (0, None);
            for slot in self.slots_of(path, pair) {
                match slot.look(rule, now) {
                    Look::Taken => taken += 1,
                    Look::Free { word, used } => free = free.or(Some((pair, slot, word, used))),
                }
            }
            (taken, free)
        };
        let (crowd, here) = look(path.first);
        if crowd < CROWDED {
            return here;
        }
        let (other, there) = look(second);
        if other < crowd { there.or(here) } else { here.or(there) }
    }

    /// Runs `f` on the word that all share for whom there is no room.
    fn share<U: WordRule, R>(&self, rule: &U, f: &mut impl FnMut(u64) -> (Option<u64>, R)) -> R {
        // Relaxed: the word stands for itself.
        let mut word = self.shared.0.load(Ordering::Relaxed);
        loop {
            let (next, answer) = f(if word == UNUSED { rule.fresh(0) } else { word });
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

    /// The word of `key`, if it is held.
    #[inline]
    pub fn get<Q: Hash + ?Sized, U: WordRule>(&self, key: &Q, _rule: &U) -> Option<u64> {
        let path = self.path(key);
        let mut slots = self.all_slots(path, self.second(path));
        slots.find_map(|slot| slot.get::<U>(path.print))
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
        self.lines.len() * Line::SLOTS
    }

    /// The bytes of the table: there are never more.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.stripes) + size_of::<Self>()
    }

    /// What is held, and what has been counted.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot { capacity: self.capacity, ..Snapshot::default() };
        for stripe in &self.stripes {
            snapshot.add(*stripe.0.counts.lock());
        }
        snapshot.len = usize::try_from(snapshot.made - snapshot.evicted).unwrap_or(usize::MAX);
        snapshot
    }
}
