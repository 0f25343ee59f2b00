//! How a new key comes to a slot.
//!
//! Whoever brings a key that stands nowhere holds the lock of the key's first
//! pair, so a key gets one state however many threads bring it. Others may bring
//! other keys to the same slots meanwhile, under other locks: who of them gets a
//! slot is settled by the slot's word ([`Slot::claim`](crate::slot::Slot::claim)).

use crate::counts::{Counts, Snapshot};
use crate::lines::{Lines, Path};
use crate::policy::Overflow;
use crate::rule::{Found, WordRule};
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};

/// The locks of all pairs, each for several.
#[derive(Debug)]
pub(crate) struct Stripes(Box<[Padded<Stripe>]>);

#[derive(Debug)]
struct Stripe {
    counts: Mutex<Counts>,
    /// The highest time at which a key was evicted from these pairs.
    horizon: AtomicU64,
}

impl Stripe {
    fn new() -> Self {
        Stripe { counts: Mutex::new(Counts::default()), horizon: AtomicU64::new(0) }
    }
}

impl Stripes {
    /// `count` is a power of two.
    pub(crate) fn new(count: usize) -> Self {
        Stripes((0..count).map(|_| Padded(Stripe::new())).collect())
    }

    fn of(&self, pair: usize) -> Option<&Stripe> {
        self.0.get(pair & (self.0.len() - 1)).map(|stripe| &stripe.0)
    }

    /// Runs `f` on the key's word, or gives it one: the key is new, or so it
    /// seemed. `None`: there is no slot, which is counted.
    pub(crate) fn claim<U: WordRule, R>(
        &self,
        lines: &Lines,
        path: Path,
        now: u64,
        rule: &U,
        overflow: Overflow,
        f: &mut impl FnMut(u64, Found) -> (Option<u64>, R),
    ) -> Option<R> {
        let (own, other) = (self.of(path.first)?, self.of(lines.second(path))?);
        let mut counts = own.counts.lock();
        loop {
            // All slots: one that changes its holder may still show the print of
            // a key that stands elsewhere by now. Nobody else brings this key.
            let mut hit = |word| f(word, Found::Held);
            let held = lines.find_map(path, |slot| slot.hit::<U, R>(path.print, &mut hit));
            if held.is_some() {
                return held;
            }
            let Some(choice) = lines.choose(path, now, rule) else { break };
            // Relaxed: who put it there is known by the word or the print seen.
            let since =
                own.horizon.load(Ordering::Relaxed).max(other.horizon.load(Ordering::Relaxed));
            let (state, answer) = f(rule.fresh(since), Found::New);
            let Some(state) = state else { return Some(answer) };
            if choice.is_used() {
                // Before the claim, which publishes it. If the claim fails, the
                // time was true nevertheless.
                let horizon = if choice.pair == path.first { &own.horizon } else { &other.horizon };
                horizon.fetch_max(now, Ordering::Relaxed);
            }
            if choice.slot.claim::<U>(choice.word, path.print, state) {
                counts.made += 1;
                counts.evicted += u64::from(choice.is_used());
                return Some(answer);
            }
        }
        match overflow {
            Overflow::Refuse => counts.refused += 1,
            Overflow::Share => counts.shared += 1,
        }
        None
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// Adds what all have counted. A stripe counts no eviction without the state
    /// that was made there, so what is held is never less than nothing.
    pub(crate) fn count(&self, snapshot: &mut Snapshot) {
        for stripe in &self.0 {
            snapshot.add(*stripe.0.counts.lock());
        }
        snapshot.len = usize::try_from(snapshot.made - snapshot.evicted).unwrap_or(usize::MAX);
    }
}
