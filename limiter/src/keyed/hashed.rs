use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_keyed::Fingerprints;

use super::Keys;
use super::control::Control;
use super::error::InvalidKeyed;
use super::kind::{answer, decide};
use super::ring::Ring;
use super::snapshot::KeyedSnapshot;
use super::words::Words;
use crate::algorithm::Algorithm;
use crate::gate::cut;
use crate::gcra::Gcra;
use crate::mode::Mode;
use crate::quota::{InvalidQuota, Quota, nanos};
use crate::slow::Verdict;
use crate::sync::{Mutex, Ordering, Padded};
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
    shared: Arc<Words>,
    key: PhantomData<fn(&K)>,
}

impl<K: Hash + ?Sized> Hashed<K> {
    /// A bucket for each key. All memory is taken here.
    pub fn new(quota: Quota, keys: Keys) -> Result<Self, InvalidKeyed> {
        InvalidKeyed::both(quota.check(), keys.check())?;
        let shared = Arc::new(Words {
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
        let Words { control, ring, change, .. } = &*self.shared;
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
