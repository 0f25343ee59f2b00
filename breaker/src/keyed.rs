use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_keyed::{Full, Rule, Table};

use crate::breaker::Breaker;
use crate::faults::{Faults, InvalidPolicy, nanos};
use crate::group::Group;
use crate::permit::OwnedPermit;
use crate::policy::Policy;
use crate::rules::Rules;
use crate::shared::{Core, Fixed};

/// A breaker per host, endpoint or method, in bounded memory.
///
/// All keys have one policy and one name. A key makes way for a new one only
/// while it is closed, has nothing in its window and nobody holds a handle or
/// a permit of it. An open one, or one with failures in a row, makes way only
/// where its open time is over and nobody has come for longer than anything in
/// its policy lasts: else hosts that are gone for good would fill the table. What
/// happens at the cap says the table's policy; a key without room goes uncounted
/// or shares one breaker with its like.
///
/// ```
/// use seawall_breaker::{Keyed, Policy};
///
/// let hosts: Keyed<String> =
///     Keyed::new(Policy::new().with_consecutive(2), seawall_keyed::Policy::new(1000))?;
/// for _ in 0..2 {
///     hosts.try_acquire("a.internal")?.fail();
/// }
/// assert!(hosts.try_acquire("a.internal").is_err());
/// assert!(hosts.try_acquire("b.internal").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Keyed<K> {
    table: Table<K, Breaker>,
    make: Make,
}

#[derive(Debug)]
struct Make {
    fixed: Arc<Fixed>,
    rules: Arc<Rules>,
}

impl<Q: ?Sized> Rule<Q, Breaker> for Make {
    fn fresh(&self, _: &Q, _: u64) -> Breaker {
        if let Some(group) = &self.fixed.group {
            group.join();
        }
        Breaker(Arc::new(Core::new(self.fixed.clone(), self.rules.clone())))
    }

    fn is_idle(&self, _: &Q, breaker: &mut Breaker, now: u64) -> bool {
        // Nobody else has a handle or a permit of it.
        Arc::get_mut(&mut breaker.0).is_some_and(|core| core.is_idle(now))
    }
}

/// Why a keyed breaker or throttle could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidKeyed {
    /// The policy of each key.
    Policy(InvalidPolicy),
    /// The policy of the table.
    Table(seawall_keyed::InvalidPolicy),
}

impl core::fmt::Display for InvalidKeyed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            InvalidKeyed::Policy(invalid) => invalid.fmt(f),
            InvalidKeyed::Table(invalid) => invalid.fmt(f),
        }
    }
}

impl std::error::Error for InvalidKeyed {}

impl<K: Hash + Eq> Keyed<K> {
    /// A breaker by `policy` for each key, for as many as `table` has room for.
    pub fn new(policy: Policy, table: seawall_keyed::Policy) -> Result<Self, InvalidKeyed> {
        policy.check().map_err(InvalidKeyed::Policy)?;
        Self::make(Fixed::new(&policy), &policy, table)
    }

    /// The same where at most `percent` of the keys, but always one, may be open
    /// at once. Beyond that a breaker stays closed although its rule is broken:
    /// if most backends fail, cutting them all off helps nobody. An open one that
    /// nobody calls any more counts until it is forgotten: see
    /// [`sweep`](Self::sweep) and [`remove`](Self::remove).
    pub fn with_most_open(
        policy: Policy,
        table: seawall_keyed::Policy,
        percent: u8,
    ) -> Result<Self, InvalidKeyed> {
        policy.check().map_err(InvalidKeyed::Policy)?;
        if percent == 0 || percent > 100 {
            let mut faults = Faults::default();
            faults.add("most_open", percent, "must be from 1 to 100");
            faults.into_result().map_err(InvalidKeyed::Policy)?;
        }
        let fixed = Fixed { group: Some(Group::new(percent)), ..Fixed::new(&policy) };
        Self::make(fixed, &policy, table)
    }

    fn make(
        fixed: Fixed,
        policy: &Policy,
        table: seawall_keyed::Policy,
    ) -> Result<Self, InvalidKeyed> {
        let (fixed, rules) = (Arc::new(fixed), Arc::new(Rules::new(policy)));
        let table = Table::new(table).map_err(InvalidKeyed::Table)?;
        Ok(Keyed { table, make: Make { fixed, rules } })
    }

    /// The breaker of `key`. While somebody holds it, the key is not forgotten.
    pub fn get<Q>(&self, key: &Q) -> Result<Breaker, Full>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.get_at(key, Duration::from_nanos(Core::now()))
    }

    /// [`get`](Self::get) at a given time.
    pub fn get_at<Q>(&self, key: &Q, now: Duration) -> Result<Breaker, Full>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.table.with(key, nanos(now), &self.make, |breaker, _| breaker.clone())
    }

    /// Asks the breaker of `key` whether a call may go. Without room for a new
    /// key the call goes uncounted: an unknown backend is no broken one.
    pub fn try_acquire<Q>(&self, key: &Q) -> Result<KeyedPermit, Rejected>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        match self.get(key) {
            Ok(breaker) => breaker.try_acquire_owned().map(|permit| KeyedPermit(Some(permit))),
            Err(Full { .. }) => Ok(KeyedPermit(None)),
        }
    }

    /// [`try_acquire`](Self::try_acquire) at a given time.
    pub fn try_acquire_at<Q>(&self, key: &Q, now: Duration) -> Result<KeyedPermit, Rejected>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        match self.get_at(key, now) {
            Ok(breaker) => {
                breaker.try_acquire_owned_at(now).map(|permit| KeyedPermit(Some(permit)))
            }
            Err(Full { .. }) => Ok(KeyedPermit(None)),
        }
    }

    /// Forgets `key`, whatever its state, such as a host that is gone for good.
    pub fn remove<Q>(&self, key: &Q) -> Option<Breaker>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.table.remove(key)
    }

    /// Forgets all keys that are idle, and counts them. Nothing needs it: new
    /// keys do it little by little.
    pub fn sweep(&self) -> usize {
        self.sweep_at(Duration::from_nanos(Core::now()))
    }

    /// [`sweep`](Self::sweep) at a given time.
    pub fn sweep_at(&self, now: Duration) -> usize {
        self.table.sweep(nanos(now), &self.make)
    }

    /// Shows each key and its breaker. Runs under the table's locks: look, and
    /// use nothing of this table.
    pub fn for_each(&self, f: impl FnMut(&K, &Breaker)) {
        self.table.for_each(f);
    }

    /// How many of the keys are open or half open; known only where a cap on
    /// them is set.
    pub fn open(&self) -> Option<u64> {
        self.make.fixed.group.as_ref().map(Group::open)
    }

    /// How many keys are held, idle ones among them.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The table in numbers.
    pub fn snapshot(&self) -> seawall_keyed::Snapshot {
        self.table.snapshot()
    }
}

/// A call to one key that was let through; uncounted if there was no room for
/// the key.
#[derive(Debug)]
#[must_use = "dropping the permit says that the call was given up"]
pub struct KeyedPermit(Option<OwnedPermit>);

impl KeyedPermit {
    /// The permit of the key's breaker; `None` if there was no room for the key.
    pub fn into_inner(mut self) -> Option<OwnedPermit> {
        self.0.take()
    }

    /// The call succeeded.
    pub fn succeed(self) {
        self.complete(seawall_errors::Outcome::Success);
    }

    /// The call failed.
    pub fn fail(self) {
        self.complete(seawall_errors::Outcome::Failure);
    }

    /// The call ended like this.
    pub fn complete(self, outcome: seawall_errors::Outcome) {
        if let Some(permit) = self.into_inner() {
            permit.complete(outcome);
        }
    }
}
