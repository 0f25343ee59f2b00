use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;

use super::Key;
use super::bucket::Buckets;
use super::charge::KeyedCharge;
use super::error::InvalidKeyed;
use super::kind::Correction;
use super::plan::{Checked, Plan};
use super::snapshot::KeyedSnapshot;
use super::stack::Stacks;
use super::store::{Choose, Store};
use super::verbs::Taken;
use super::{Keys, MOST_PLANS};
use crate::gate::cut;
use crate::mode::{Mode, Room, Snapshot};
use crate::quota::{InvalidQuota, nanos};
use crate::ticket::Ticket;
#[cfg(feature = "tokio")]
use crate::wait::{Acquire, Join};

/// A limit for each key (an address, a user, a tenant), in bounded memory.
///
/// ```
/// use seawall_limiter::{Keyed, Keys, Quota};
///
/// let quota = Quota::per_second(10).with_burst(2).with_name("per user");
/// let users = Keyed::<str>::new(quota, Keys::new(100_000))?;
/// assert!(users.try_acquire("ann").is_ok());
/// assert!(users.try_acquire("ann").is_ok());
/// assert_eq!(users.try_acquire("ann").unwrap_err().who(), "per user");
/// assert!(users.try_acquire("bob").is_ok());
/// # Ok::<(), seawall_limiter::InvalidKeyed>(())
/// ```
///
/// `K` is the borrowed form of the key: `str`, `[u8]`, `u64`, `IpAddr`. Asking for
/// a key that is held copies nothing and allocates nothing. Clones share the
/// limits.
///
/// # What becomes of a key
///
/// A key is held from its first call until it owes nothing: then nobody could
/// tell it from a stranger, and it makes way for a new one. So forgetting changes
/// no verdict. There is no background task and no sweep.
///
/// There are never more keys than `Keys` has room for. Where all of them are in
/// use, a stranger is refused with `KEYS_FULL`, or shares one limit, that of the
/// last plan of his like, with all strangers ([`Overflow::Share`](super::Overflow)):
/// so a flood of invented keys may keep strangers out, but frees nobody from his
/// limit and takes no memory.
///
/// # Plans
///
/// With [`with_plans`](Self::with_plans) a function of the key names the key's
/// plan at each call; nothing of it is stored. Who changes his plan keeps what he
/// had left, cut to the new burst.
///
/// # Waiting and blocking
///
/// Each key has a line of its own, first come, first served, and can be blocked
/// on its own: what an upstream's 429 asks for. A key has a line only while
/// somebody waits or it is blocked; meanwhile it is never forgotten.
///
/// # Trade-offs
///
/// A call holds the lock of one shard for some ten nanoseconds, so keys rarely
/// wait for each other; [`Hashed`](super::Hashed) takes none. One token bucket per
/// key costs 28 bytes and the key, for each key that there is room for, reserved
/// when the limiter is made; a stack of limits allocates for each new key. A gate
/// for a key that waits or is blocked takes about a kilobyte. All calls on keys in
/// gates share one more lock.
pub struct Keyed<K: Key + ?Sized>(Arc<Either<K>>);

pub(super) enum Either<K: Key + ?Sized> {
    Buckets(Store<K, Buckets>),
    Stacks(Store<K, Stacks>),
}

/// The same to whichever it is.
macro_rules! each {
    ($keyed:expr, $store:ident => $do:expr) => {
        match &*$keyed.0 {
            Either::Buckets($store) => $do,
            Either::Stacks($store) => $do,
        }
    };
}

impl<K: Key + ?Sized> Clone for Keyed<K> {
    fn clone(&self) -> Self {
        Keyed(Arc::clone(&self.0))
    }
}

/// Neither keys nor their states, of which there are many.
impl<K: Key + ?Sized> fmt::Debug for Keyed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each!(self, store => f.debug_tuple("Keyed").field(store).finish())
    }
}

/// Making and changing.
impl<K: Key + ?Sized> Keyed<K> {
    /// The same limits for each key: a quota, which is a token bucket, or rules
    /// that hold together. All memory for the keys is reserved here.
    ///
    /// ```
    /// use seawall_limiter::{Keyed, Keys, Quota, Rule};
    ///
    /// let tenants = Keyed::<u64>::new(
    ///     [
    ///         Rule::TokenBucket(Quota::per_second(10).with_name("per second")),
    ///         Rule::SlidingWindow(Quota::per_hour(12).with_name("per hour")),
    ///     ],
    ///     Keys::new(1000),
    /// )?;
    /// assert!(tenants.try_acquire_many(&7, 10).is_ok());
    /// assert_eq!(tenants.try_acquire(&7).unwrap_err().who(), "per second");
    /// # Ok::<(), seawall_limiter::InvalidKeyed>(())
    /// ```
    pub fn new(plan: impl Into<Plan>, keys: Keys) -> Result<Self, InvalidKeyed> {
        Self::make(&[plan.into()], None, keys)
    }

    /// Limits that depend on the key: `choose` says which of the plans is a key's,
    /// at each call. A number beyond them means the last plan.
    ///
    /// `choose` runs without a lock, and must be fast.
    ///
    /// ```
    /// use seawall_limiter::{Keyed, Keys, Quota};
    ///
    /// let plans = [Quota::per_second(100), Quota::per_second(1)];
    /// let paying = |user: &str| if user.starts_with("pro:") { 0 } else { 1 };
    /// let users = Keyed::with_plans(plans, paying, Keys::new(1000))?;
    /// assert_eq!(users.remaining("pro:ann"), 100);
    /// assert_eq!(users.remaining("bob"), 1);
    /// # Ok::<(), seawall_limiter::InvalidKeyed>(())
    /// ```
    pub fn with_plans<P: Into<Plan>>(
        plans: impl IntoIterator<Item = P>,
        choose: impl Fn(&K) -> usize + Send + Sync + 'static,
        keys: Keys,
    ) -> Result<Self, InvalidKeyed> {
        Self::make(&collect(plans), Some(Box::new(choose)), keys)
    }

    fn make(plans: &[Plan], choose: Option<Choose<K>>, keys: Keys) -> Result<Self, InvalidKeyed> {
        let plans = InvalidKeyed::both(Checked::new(plans), keys.check())?;
        Ok(Keyed(Arc::new(match plans {
            Checked::Buckets(plans) => {
                let names = plans.iter().map(|(_, quota)| quota.name()).collect();
                Either::Buckets(Store::new(Buckets::new(&plans), names, choose, keys)?)
            }
            Checked::Stacks(plans) => {
                let names = plans.iter().map(|(_, quota)| quota.name()).collect();
                Either::Stacks(Store::new(Stacks::new(plans), names, choose, keys)?)
            }
        })))
    }

    /// Changes the limits of all keys at once, without a burst and without a
    /// stall: what was let through goes on to count, and those who wait are judged
    /// anew. Who owes nothing counts as new. What is not valid changes nothing;
    /// the names stay, and a limiter that was made of quotas stays one.
    ///
    /// Each key is converted when it is used, as if it had been here. Every
    /// sixteenth change goes over all keys, some 64 at a time.
    pub fn update(&self, plan: impl Into<Plan>) -> Result<(), InvalidQuota> {
        self.update_plans_at([plan], self.now())
    }

    /// [`update`](Self::update) at a given time.
    pub fn update_at(&self, plan: impl Into<Plan>, now: Duration) -> Result<(), InvalidQuota> {
        self.update_plans_at([plan], now)
    }

    /// [`update`](Self::update) where there are several plans: as many as before.
    pub fn update_plans<P: Into<Plan>>(
        &self,
        plans: impl IntoIterator<Item = P>,
    ) -> Result<(), InvalidQuota> {
        self.update_plans_at(plans, self.now())
    }

    /// [`update_plans`](Self::update_plans) at a given time.
    pub fn update_plans_at<P: Into<Plan>>(
        &self,
        plans: impl IntoIterator<Item = P>,
        now: Duration,
    ) -> Result<(), InvalidQuota> {
        let plans = collect(plans);
        let checked = Checked::new(&plans)?;
        each!(self, store => store.update(checked, plans.len(), nanos(now)))
    }

    /// The mode of all keys.
    pub fn mode(&self) -> Mode {
        each!(self, store => store.mode())
    }

    /// Switches the mode of all keys. Those who wait are told at once.
    pub fn set_mode(&self, mode: Mode) {
        each!(self, store => store.set_mode(mode));
    }

    /// The name that refusals give as who refused: that of the first plan.
    pub fn name(&self) -> &'static str {
        each!(self, store => store.name(0))
    }

    /// How all of it stands.
    pub fn snapshot(&self) -> KeyedSnapshot {
        each!(self, store => store.snapshot())
    }

    /// Forgets a key with all that it owes. Who waits for it goes on to wait.
    /// Whether it was held.
    pub fn forget(&self, key: &K) -> bool {
        each!(self, store => store.forget(key))
    }

    /// Forgets all keys that owe nothing, and counts them. Nothing needs it: new
    /// keys take the places of such.
    pub fn sweep(&self) -> usize {
        self.sweep_at(self.now())
    }

    /// [`sweep`](Self::sweep) at a given time.
    pub fn sweep_at(&self, now: Duration) -> usize {
        each!(self, store => store.sweep(nanos(now)))
    }

    /// Runs `f` on each key that is held, under a lock: it must be short, and must
    /// not use this limiter.
    pub fn for_each(&self, mut f: impl FnMut(&K)) {
        each!(self, store => store.table.for_each(|key, _| f(key.borrow())));
    }

    pub(super) fn correct(&self, key: &K, taken: Taken, correction: Correction, now: u64) {
        each!(self, store => store.correct(key, taken, correction, now));
    }

    #[inline]
    fn clock(&self) -> u64 {
        each!(self, store => store.clock.now())
    }
}

/// One more than are allowed is enough to know.
fn collect<P: Into<Plan>>(plans: impl IntoIterator<Item = P>) -> Vec<Plan> {
    plans.into_iter().take(MOST_PLANS + 1).map(Into::into).collect()
}

/// The verbs of every limiter, each with the key for which it is asked.
impl<K: Key + ?Sized> Keyed<K> {
    /// The time on the scale that all verbs without `_at` use: one origin per
    /// process.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.clock())
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

/// Waiting.
#[cfg(feature = "tokio")]
impl<K: Key + ?Sized> Keyed<K> {
    /// Waits for one permit: first come, first served within the key, at most as
    /// long and in as long a line as its quota says. What cannot end in time is
    /// refused at once. Copies the key; [`join`](Self::join) does not.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives its place up, and delays nobody.
    pub fn acquire(&self, key: &K) -> Acquire<'static> {
        self.line(key, 1, None)
    }

    /// [`acquire`](Self::acquire) for `n` permits.
    pub fn acquire_many(&self, key: &K, n: u32) -> Acquire<'static> {
        self.line(key, n, None)
    }

    /// [`acquire_many`](Self::acquire_many) with a bound of the caller's own, such
    /// as what is left of his deadline.
    pub fn acquire_many_within(&self, key: &K, n: u32, max_wait: Duration) -> Acquire<'static> {
        self.line(key, n, Some(max_wait))
    }

    fn line(&self, key: &K, n: u32, max_wait: Option<Duration>) -> Acquire<'static> {
        Acquire::keyed(Box::new(Line { keyed: self.clone(), key: key.to_owned() }), n, max_wait)
    }
}

/// A key, and where it is one.
#[cfg(feature = "tokio")]
struct Line<K: Key + ?Sized> {
    keyed: Keyed<K>,
    key: K::Owned,
}

#[cfg(feature = "tokio")]
impl<K: Key + ?Sized> Join for Line<K> {
    fn join(&self, n: u32, max_wait: Option<Duration>) -> Result<Ticket<'static>, Rejected> {
        self.keyed.join(self.key.borrow(), n, max_wait)
    }
}
