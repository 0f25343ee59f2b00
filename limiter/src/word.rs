//! Where threads share the state of a limiter while nobody waits.
//!
//! A bucket's state is one word, so a take is one compare-and-swap. Everything
//! that one word cannot say (somebody waits, the quota changes, a mode is
//! forced) happens under the lock, to which the word is *checked out*: its top
//! bit is set, so that it reads as a bucket that is full for ever. The fast
//! path needs no question of its own for that; it fails, and asks the lock.

use core::fmt::Debug;

use crate::algorithm::{Algorithm, Narrow};
use crate::gcra::{Gcra, Level};
use crate::sync::{AtomicU64, Ordering, Padded, fence};

/// What a state shares with the lock. All but [`admit`](Self::admit)
/// and [`refuse`](Self::refuse) are called under the lock.
pub(crate) trait Shared<A: Algorithm>: Debug + Send + Sync {
    /// Whether only the lock holds the state.
    const LOCKED: bool = false;

    fn new(algorithm: &A) -> Self;
    /// Takes `n` without the lock, if they fit. `false`: see why.
    fn admit(&self, now: u64, n: u64) -> bool;
    /// Why `n` do not fit, as far as can be told without the lock.
    fn refuse(&self, now: u64, n: u64) -> Option<Refused>;
    /// The state as it is; others may go on changing it.
    fn look(&self, state: &mut A::State);
    /// The state, which is the lock's from here on.
    fn check_out(&self, state: &mut A::State);
    /// Publishes settings. Only while the state is checked out.
    fn configure(&self, algorithm: &A);
    /// Gives the state back to the fast path.
    fn check_in(&self, state: &A::State);
}

/// A refusal in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) narrow: Narrow,
    /// When it would fit.
    pub(crate) at: u64,
}

/// State that only the lock holds.
impl<A: Algorithm> Shared<A> for () {
    const LOCKED: bool = true;

    fn new(_: &A) -> Self {}
    fn admit(&self, _: u64, _: u64) -> bool {
        false
    }
    fn refuse(&self, _: u64, _: u64) -> Option<Refused> {
        None
    }
    fn look(&self, _: &mut A::State) {}
    fn check_out(&self, _: &mut A::State) {}
    fn configure(&self, _: &A) {}
    fn check_in(&self, _: &A::State) {}
}

const OUT: u64 = 1 << 63;

/// The state of a bucket in one word, beside the settings by which to read it.
#[derive(Debug)]
pub(crate) struct Word {
    tat: Padded<AtomicU64>,
    /// Written under the lock while the word is checked out, hardly ever; so it
    /// stays in the cache of all who read it.
    gcra: Padded<Settings>,
}

#[derive(Debug)]
struct Settings {
    rate: AtomicU64,
    base: AtomicU64,
    cost: AtomicU64,
    cap: AtomicU64,
    legal: AtomicU64,
    inverse: AtomicU64,
}

impl Word {
    // Relaxed: whoever acts on settings proves afterwards that they belong to
    // the word he read: by a compare-and-swap of that word, or by reading it again.

    /// The settings that letting through needs.
    #[inline]
    fn hot(&self) -> Gcra {
        let Settings { rate, base, cost, cap, .. } = &self.gcra.0;
        Gcra {
            rate: rate.load(Ordering::Relaxed),
            base: base.load(Ordering::Relaxed),
            cost: cost.load(Ordering::Relaxed),
            cap: cap.load(Ordering::Relaxed),
            legal: 0,
            inverse: 0,
        }
    }

    /// The settings.
    #[inline]
    fn settings(&self) -> Gcra {
        let Settings { legal, inverse, .. } = &self.gcra.0;
        Gcra {
            legal: legal.load(Ordering::Relaxed),
            inverse: inverse.load(Ordering::Relaxed),
            ..self.hot()
        }
    }
}

impl Shared<Gcra> for Word {
    fn new(gcra: &Gcra) -> Self {
        Word {
            tat: Padded(AtomicU64::new(gcra.fresh().tat)),
            gcra: Padded(Settings {
                rate: AtomicU64::new(gcra.rate),
                base: AtomicU64::new(gcra.base),
                cost: AtomicU64::new(gcra.cost),
                cap: AtomicU64::new(gcra.cap),
                legal: AtomicU64::new(gcra.legal),
                inverse: AtomicU64::new(gcra.inverse),
            }),
        }
    }

    #[inline]
    fn admit(&self, now: u64, n: u64) -> bool {
        // Acquire: the settings read below are at least as new as this word.
        let mut tat = self.tat.0.load(Ordering::Acquire);
        loop {
            let gcra = self.hot();
            let amount = if n == 1 { gcra.cost } else { gcra.amount(n) };
            let Some(next) = gcra.admit(tat, now, amount) else { return false };
            // Release: the settings were read before the word is taken by
            // whoever checks it out to change them. (No test shows it: loom lets
            // no load see a store that has not run yet.)
            // The reading of the clock stays the same however often this fails.
            match self.tat.0.compare_exchange_weak(tat, next, Ordering::Release, Ordering::Acquire)
            {
                Ok(_) => return true,
                Err(newer) => tat = newer,
            }
        }
    }

    #[inline]
    fn refuse(&self, now: u64, n: u64) -> Option<Refused> {
        let tat = self.tat.0.load(Ordering::Acquire);
        let refused = self.settings().refuse(tat, now, n)?;
        // If one of the settings was new, the word that was checked out before
        // it was written is seen here: this fence pairs with that in `configure`.
        fence(Ordering::Acquire);
        (self.tat.0.load(Ordering::Relaxed) == tat).then_some(refused)
    }

    fn look(&self, level: &mut Level) {
        // Relaxed: the settings are the lock's, and the word stands for itself.
        level.tat = self.tat.0.load(Ordering::Relaxed);
    }

    fn check_out(&self, level: &mut Level) {
        // Acquire: pairs with the release of each take, see `admit`. (Nor this.)
        level.tat = self.tat.0.fetch_or(OUT, Ordering::Acquire);
    }

    fn configure(&self, gcra: &Gcra) {
        // Whoever sees a new setting sees the word checked out as well.
        fence(Ordering::Release);
        let Settings { rate, base, cost, cap, legal, inverse } = &self.gcra.0;
        rate.store(gcra.rate, Ordering::Relaxed);
        base.store(gcra.base, Ordering::Relaxed);
        cost.store(gcra.cost, Ordering::Relaxed);
        cap.store(gcra.cap, Ordering::Relaxed);
        legal.store(gcra.legal, Ordering::Relaxed);
        inverse.store(gcra.inverse, Ordering::Relaxed);
    }

    fn check_in(&self, level: &Level) {
        // Release: the settings are published with the word.
        self.tat.0.store(level.tat, Ordering::Release);
    }
}
