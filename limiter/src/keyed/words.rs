//! What a [`Hashed`](super::Hashed) does with its words.

use core::cell::Cell;
use core::hash::Hash;

use seawall_errors::Rejected;
use seawall_errors::family::{KEYS_FULL, RATE_LIMITED};
use seawall_keyed::{Fingerprints, Found, WordRule};

use super::control::{Control, Stance};
use super::kind::{answer, decide, limited};
use super::ring::Ring;
use super::tag::Tag;
use crate::algorithm::{Algorithm, SLACK};
use crate::gcra::{Gcra, Level};
use crate::mode::Mode;
use crate::slow::Verdict;
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};
use crate::time::Clock;

pub(super) struct Words {
    pub(super) table: Fingerprints,
    pub(super) control: Control,
    pub(super) ring: Ring,
    /// Held while settings change.
    pub(super) change: Mutex<()>,
    pub(super) clock: &'static Clock,
    pub(super) name: &'static str,
    pub(super) shadowed: Padded<AtomicU64>,
}

/// The settings of one call.
struct Visit {
    gcra: Gcra,
    now: u64,
    /// As of when the word was made, if it was.
    made: Cell<Option<u64>>,
}

impl WordRule for Visit {
    /// A new holder's stamp is above all that stood there before.
    const BITS: u32 = 63;

    fn fresh(&self, since: u64) -> u64 {
        // So far ahead is a clock that was wrong.
        let since = if since.saturating_sub(self.now) > SLACK { self.now } else { since };
        self.made.set(Some(since));
        self.gcra.units(since)
    }

    fn is_idle(&self, tat: u64, now: u64) -> bool {
        let owed = self.gcra.owed(tat, now);
        // More than anything legal explains: a clock was wrong, or the quota has
        // changed. Either way the next call would start it anew.
        owed == 0 || owed > self.gcra.legal
    }
}

/// The rule of words that are held: none is made and none forgotten.
struct Held;

impl WordRule for Held {
    const BITS: u32 = Visit::BITS;

    fn fresh(&self, since: u64) -> u64 {
        since
    }

    fn is_idle(&self, _: u64, _: u64) -> bool {
        false
    }
}

fn level(tat: u64) -> Level {
    Level { tat, booked: 0, deep: 0, longest: 0, starts: 0 }
}

impl Words {
    pub(super) fn settings(&self) -> (Stance, Gcra) {
        loop {
            let stance = self.control.load();
            // Gone only if many editions have come meanwhile.
            let settings = self.ring.read(&self.control, Tag::new(stance.edition(), 0));
            if let Some(settings) = settings {
                return (stance, settings.gcra);
            }
        }
    }

    #[inline]
    pub(super) fn try_take<K: Hash + ?Sized>(
        &self,
        key: &K,
        n: u64,
        now: u64,
    ) -> Result<(), Rejected> {
        let stance = self.control.load();
        let hot = self.ring.read_hot(&self.control, Tag::new(stance.edition(), 0));
        if let (Some(gcra), true, true) = (hot, n != 0, stance.is_normal()) {
            let amount = if n == 1 { gcra.cost } else { gcra.amount(n) };
            let passed = self.table.update_existing(key, &Held, |tat| {
                let next = gcra.admit(tat, now, amount);
                (next, next.is_some())
            });
            if passed == Some(true) {
                return Ok(());
            }
        }
        self.try_take_closely(key, n, now)
    }

    /// For a key that is new or not let through, and where a mode is forced.
    #[cold]
    #[inline(never)]
    fn try_take_closely<K: Hash + ?Sized>(
        &self,
        key: &K,
        n: u64,
        now: u64,
    ) -> Result<(), Rejected> {
        let (stance, gcra) = self.settings();
        if n == 0 || !stance.is_normal() {
            return self.try_take_in_mode(key, n, now, stance, gcra);
        }
        self.attempt(key, n, now, gcra)
    }

    fn attempt<K: Hash + ?Sized>(
        &self,
        key: &K,
        n: u64,
        now: u64,
        gcra: Gcra,
    ) -> Result<(), Rejected> {
        let visit = Visit { gcra, now, made: Cell::new(None) };
        let amount = if n == 1 { gcra.cost } else { gcra.amount(n) };
        let answer =
            self.table.update(key, now, &visit, |tat, _| match gcra.admit(tat, now, amount) {
                Some(next) => (Some(next), Ok(())),
                None => self.refuse(tat, &visit, n),
            });
        answer.unwrap_or_else(|_| Err(self.full()))
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, tat: u64, visit: &Visit, n: u64) -> (Option<u64>, Result<(), Rejected>) {
        let gcra = &visit.gcra;
        if visit.made.get().is_none() {
            if let Some(refused) = gcra.refuse(tat, visit.now, n) {
                return (None, Err(limited(refused, visit.now, self.name)));
            }
        }
        let at = visit.made.get().map_or(visit.now, |since| since.max(visit.now));
        let mut own = level(tat);
        let verdict = decide(gcra, &mut own, n, at);
        if let Verdict::Fits(at) = verdict {
            gcra.take(&mut own, at, n);
            return (Some(own.tat), Ok(()));
        }
        (None, answer(gcra, &own, &verdict, n, visit.now, self.name))
    }

    fn try_take_in_mode<K: Hash + ?Sized>(
        &self,
        key: &K,
        n: u64,
        now: u64,
        stance: Stance,
        gcra: Gcra,
    ) -> Result<(), Rejected> {
        match stance.mode() {
            _ if n == 0 => Ok(()),
            Mode::ForcedOff => Ok(()),
            Mode::ForcedOn => Err(Rejected::new(RATE_LIMITED, self.name)),
            Mode::Normal => self.attempt(key, n, now, gcra),
            Mode::Shadow => {
                if self.attempt(key, n, now, gcra).is_err() {
                    // Relaxed: a count.
                    self.shadowed.0.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            }
        }
    }

    fn full(&self) -> Rejected {
        Rejected::new(KEYS_FULL, self.name).with_numbers(&[self.table.capacity() as u64])
    }

    /// Takes as many as fit, at most `n`.
    pub(super) fn try_take_up_to<K: Hash + ?Sized>(&self, key: &K, n: u64, now: u64) -> u64 {
        let (stance, gcra) = self.settings();
        match stance.mode() {
            Mode::ForcedOff => return n,
            Mode::ForcedOn => return 0,
            _ if n == 0 => return 0,
            Mode::Normal | Mode::Shadow => {}
        }
        let visit = Visit { gcra, now, made: Cell::new(None) };
        let taken = self.table.update(key, now, &visit, |tat, _: Found| {
            let at = visit.made.get().map_or(now, |since| since.max(now));
            let mut own = level(tat);
            gcra.steady(&mut own, at);
            let taken = n.min(gcra.left(&own, at));
            if taken == 0 {
                return (None, 0);
            }
            gcra.take(&mut own, at, taken);
            (Some(own.tat), taken)
        });
        let taken = taken.unwrap_or(0);
        if taken < n && stance.mode() == Mode::Shadow {
            self.shadowed.0.fetch_add(1, Ordering::Relaxed);
            return n;
        }
        taken
    }

    /// Looks at a copy of the key's bucket; one that is not held is new.
    pub(super) fn look<K: Hash + ?Sized, R>(
        &self,
        key: &K,
        now: u64,
        f: impl FnOnce(Mode, &Gcra, &mut Level) -> R,
    ) -> R {
        let (stance, gcra) = self.settings();
        let visit = Visit { gcra, now, made: Cell::new(None) };
        let mut own = self.table.get(key, &visit).map_or(gcra.fresh(), level);
        gcra.steady(&mut own, now);
        f(stance.mode(), &gcra, &mut own)
    }
}
