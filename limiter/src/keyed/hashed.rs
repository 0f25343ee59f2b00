use core::cell::Cell;
use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_errors::family::{KEYS_FULL, RATE_LIMITED};
use seawall_keyed::{Fingerprints, Found, WordRule};

use super::Keys;
use super::control::{Control, Stance};
use super::error::InvalidKeyed;
use super::kind::{answer, decide, limited};
use super::ring::Ring;
use super::snapshot::KeyedSnapshot;
use super::tag::Tag;
use crate::algorithm::{Algorithm, SLACK};
use crate::gate::cut;
use crate::gcra::{Gcra, Level};
use crate::mode::Mode;
use crate::quota::{InvalidQuota, Quota, nanos};
use crate::slow::Verdict;
use crate::sync::{AtomicU64, Mutex, Ordering, Padded};
use crate::time::Clock;

/// A token bucket for each key, like [`Keyed`](super::Keyed) with one quota, but
/// keys are not kept: a 64-bit seeded hash stands for each of them, and a call
/// takes no lock.
///
/// ```
/// use seawall_limiter::{Hashed, Keys, Quota};
///
/// let users = Hashed::<str>::new(Quota::per_second(10).with_burst(1), Keys::new(100_000))?;
/// assert!(users.try_acquire("ann").is_ok());
/// assert!(users.try_acquire("ann").is_err());
/// assert!(users.try_acquire("bob").is_ok());
/// # Ok::<(), seawall_limiter::InvalidKeyed>(())
/// ```
///
/// Any `Hash` is a key. 25.6 bytes for each key that there is room for, whatever
/// the key. Clones share the limits.
///
/// # Trade-offs
///
/// Two keys whose hashes are equal share one bucket: among a million keys that
/// are in use 3 × 10⁻⁸ such pairs are to be expected. Nobody can wait for a key,
/// no key can be blocked, nothing is refunded, and all keys have one quota; a
/// change of it gives each key a new bucket. For all that there is
/// [`Keyed`](super::Keyed).
pub struct Hashed<K: ?Sized> {
    shared: Arc<Shared>,
    key: PhantomData<fn(&K)>,
}

struct Shared {
    table: Fingerprints,
    control: Control,
    ring: Ring,
    /// Held while settings change.
    change: Mutex<()>,
    clock: &'static Clock,
    name: &'static str,
    shadowed: Padded<AtomicU64>,
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

fn level(tat: u64) -> Level {
    Level { tat, booked: 0, deep: 0, longest: 0, starts: 0 }
}

impl Shared {
    fn settings(&self) -> (Stance, Gcra) {
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
    fn try_take<K: Hash + ?Sized>(&self, key: &K, n: u64, now: u64) -> Result<(), Rejected> {
        let (stance, gcra) = self.settings();
        if n == 0 || !stance.is_normal() {
            return self.try_take_in_mode(key, n, now, stance, gcra);
        }
        self.attempt(key, n, now, gcra)
    }

    #[inline]
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

    #[cold]
    #[inline(never)]
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
    fn try_take_up_to<K: Hash + ?Sized>(&self, key: &K, n: u64, now: u64) -> u64 {
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
    fn look<K: Hash + ?Sized, R>(
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

impl<K: Hash + ?Sized> Hashed<K> {
    /// A bucket for each key. All memory is taken here.
    pub fn new(quota: Quota, keys: Keys) -> Result<Self, InvalidKeyed> {
        InvalidKeyed::both(quota.check(), keys.check())?;
        let shared = Arc::new(Shared {
            table: Fingerprints::new(keys)?,
            control: Control::default(),
            ring: Ring::new(&[Gcra::new(&quota, quota.burst())]),
            change: Mutex::new(()),
            clock: Clock::get(),
            name: quota.name(),
            shadowed: Padded::default(),
        });
        Ok(Hashed { shared, key: PhantomData })
    }

    /// Changes the quota at once: every key begins anew, with a full bucket. A
    /// quota that is not valid changes nothing; the name stays.
    pub fn update(&self, quota: Quota) -> Result<(), InvalidQuota> {
        quota.check()?;
        let Shared { control, ring, change, .. } = &*self.shared;
        let lock = change.lock();
        let (_, old) = self.shared.settings();
        // So far from the old times that every stamp is over, or too far ahead.
        let gcra = Gcra::new(&quota, quota.burst()).after(&old);
        ring.write(control.begin(), &[gcra], 0);
        control.finish();
        drop(lock);
        Ok(())
    }

    /// The time on the scale that all verbs without `_at` use: one origin per
    /// process.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.shared.clock.now())
    }

    /// The name that refusals give as who refused.
    pub fn name(&self) -> &'static str {
        self.shared.name
    }

    /// Takes one permit if it fits now.
    #[inline]
    pub fn try_acquire(&self, key: &K) -> Result<(), Rejected> {
        self.shared.try_take(key, 1, self.shared.clock.now())
    }

    /// [`try_acquire`](Self::try_acquire) at a given time.
    #[inline]
    pub fn try_acquire_at(&self, key: &K, now: Duration) -> Result<(), Rejected> {
        self.shared.try_take(key, 1, nanos(now))
    }

    /// Takes `n` permits if they all fit now. Zero always do, and take nothing.
    #[inline]
    pub fn try_acquire_many(&self, key: &K, n: u32) -> Result<(), Rejected> {
        self.shared.try_take(key, n.into(), self.shared.clock.now())
    }

    /// [`try_acquire_many`](Self::try_acquire_many) at a given time.
    #[inline]
    pub fn try_acquire_many_at(&self, key: &K, n: u32, now: Duration) -> Result<(), Rejected> {
        self.shared.try_take(key, n.into(), nanos(now))
    }

    /// Takes as many permits as fit now, at most `n`; returns how many.
    pub fn try_acquire_up_to(&self, key: &K, n: u32) -> u32 {
        self.try_acquire_up_to_at(key, n, self.now())
    }

    /// [`try_acquire_up_to`](Self::try_acquire_up_to) at a given time.
    pub fn try_acquire_up_to_at(&self, key: &K, n: u32, now: Duration) -> u32 {
        cut(self.shared.try_take_up_to(key, n.into(), nanos(now)))
    }

    /// What [`try_acquire_many`](Self::try_acquire_many) would answer if there is
    /// room for the key; takes nothing.
    pub fn peek(&self, key: &K, n: u32) -> Result<(), Rejected> {
        self.peek_at(key, n, self.now())
    }

    /// [`peek`](Self::peek) at a given time.
    pub fn peek_at(&self, key: &K, n: u32, now: Duration) -> Result<(), Rejected> {
        let (n, now, name) = (u64::from(n), nanos(now), self.shared.name);
        self.shared.look(key, now, |mode, gcra, own| {
            let verdict = match mode {
                _ if n == 0 => Verdict::Pass,
                Mode::ForcedOff | Mode::Shadow => Verdict::Pass,
                Mode::ForcedOn => Verdict::Shut,
                Mode::Normal => decide(gcra, own, n, now),
            };
            answer(gcra, own, &verdict, n, now, name)
        })
    }

    /// How many permits could be taken now.
    pub fn remaining(&self, key: &K) -> u32 {
        self.remaining_at(key, self.now())
    }

    /// [`remaining`](Self::remaining) at a given time.
    pub fn remaining_at(&self, key: &K, now: Duration) -> u32 {
        let now = nanos(now);
        cut(self.shared.look(key, now, |mode, gcra, own| {
            if mode == Mode::ForcedOn { 0 } else { gcra.left(own, now) }
        }))
    }

    /// How long until `n` permits fit, if nobody takes any; `None` if they never do.
    pub fn fits_in(&self, key: &K, n: u32) -> Option<Duration> {
        self.fits_in_at(key, n, self.now())
    }

    /// [`fits_in`](Self::fits_in) at a given time.
    pub fn fits_in_at(&self, key: &K, n: u32, now: Duration) -> Option<Duration> {
        let (n, now) = (u64::from(n), nanos(now));
        let wait = self.shared.look(key, now, |mode, gcra, own| match mode {
            _ if n == 0 => Some(0),
            Mode::ForcedOff | Mode::Shadow => Some(0),
            Mode::ForcedOn => None,
            Mode::Normal => match decide(gcra, own, n, now) {
                Verdict::Pass | Verdict::Fits(_) => Some(0),
                Verdict::Later(at) => Some(at.saturating_sub(now)),
                Verdict::Above | Verdict::Shut => None,
            },
        });
        wait.map(Duration::from_nanos)
    }

    /// The mode of all keys.
    pub fn mode(&self) -> Mode {
        self.shared.control.load().mode()
    }

    /// Switches the mode of all keys.
    pub fn set_mode(&self, mode: Mode) {
        let lock = self.shared.change.lock();
        self.shared.control.set_mode(mode);
        drop(lock);
    }

    /// How all of it stands.
    pub fn snapshot(&self) -> KeyedSnapshot {
        let table = self.shared.table.snapshot();
        KeyedSnapshot {
            keys: table.len,
            capacity: table.capacity,
            made: table.made,
            forgotten: table.evicted,
            refused: table.refused,
            shared: table.shared,
            in_line: 0,
            bytes: self.shared.table.bytes(),
            mode: self.mode(),
            shadowed: self.shared.shadowed.0.load(Ordering::Relaxed),
            delayed: 0,
        }
    }
}

impl<K: ?Sized> Clone for Hashed<K> {
    fn clone(&self) -> Self {
        Hashed { shared: Arc::clone(&self.shared), key: PhantomData }
    }
}

impl<K: ?Sized> fmt::Debug for Hashed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hashed").field(&self.shared.table).finish()
    }
}
