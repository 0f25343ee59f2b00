use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use super::Key;
use super::bucket::Buckets;
use super::charge_verbs::Taken;
use super::error::InvalidKeyed;
use super::kind::Correction;
use super::plan::{Checked, Plan};
use super::snapshot::KeyedSnapshot;
use super::stack::Stacks;
use super::store::{Choose, Store};
use super::{Keys, MOST_PLANS};
use crate::mode::Mode;
use crate::quota::{InvalidQuota, nanos};
use crate::tell;

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
/// last plan, with all strangers ([`Overflow::Share`](super::Overflow)). So a
/// flood of invented keys may keep strangers out, but frees nobody from his limit
/// and takes no memory; where invented keys can wait, about a kilobyte for each that
/// does, and where they can be blocked, they keep their room for as long as that.
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
/// A call holds the lock of one shard while it decides, so keys rarely wait for
/// each other; [`Hashed`](super::Hashed) takes none. One token bucket per
/// key costs 28 bytes and the key, for each key that there is room for, reserved
/// when the limiter is made; a stack of limits allocates for each new key. A gate
/// for a key that waits or is blocked takes about a kilobyte. All calls on keys in
/// gates share one more lock.
pub struct Keyed<K: Key + ?Sized>(pub(super) Arc<Either<K>>);

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

pub(super) use each;

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
        each!(self, store => store.update(checked, plans.len(), nanos(now)))?;
        for rule in plans.iter().flat_map(Plan::rules) {
            tell::updated(self.name(), rule.quota());
        }
        Ok(())
    }

    /// The mode of all keys.
    pub fn mode(&self) -> Mode {
        each!(self, store => store.mode())
    }

    /// Switches the mode of all keys. Those who wait are told at once.
    pub fn set_mode(&self, mode: Mode) {
        each!(self, store => store.set_mode(mode));
        tell::switched(self.name(), mode);
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
}

/// One more than are allowed is enough to know.
fn collect<P: Into<Plan>>(plans: impl IntoIterator<Item = P>) -> Vec<Plan> {
    plans.into_iter().take(MOST_PLANS + 1).map(Into::into).collect()
}
