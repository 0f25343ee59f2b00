use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;
use std::sync::Arc;

use seawall_errors::Rejected;
use seawall_keyed::{Rule, Table};

use crate::faults::nanos;
use crate::keyed::InvalidKeyed;
use crate::mode::Mode;
use crate::shared::Core;
use crate::throttle::Throttle;
use crate::throttle_permit::ThrottlePermit;
use crate::throttle_policy::ThrottlePolicy;

/// A [`Throttle`] per key, in bounded memory, all of them parts of one parent:
/// a key of which little is known is thought to be like the others.
#[derive(Debug)]
pub struct KeyedThrottle<K> {
    table: Table<K, Throttle>,
    make: MakeThrottle,
}

#[derive(Debug)]
struct MakeThrottle {
    policy: ThrottlePolicy,
    parent: Throttle,
}

impl<Q: ?Sized> Rule<Q, Throttle> for MakeThrottle {
    fn fresh(&self, _: &Q, _: u64) -> Throttle {
        // The policy was checked; if it were not, all keys would be one.
        Throttle::with_parent(self.policy, &self.parent).unwrap_or_else(|_| self.parent.clone())
    }

    fn is_idle(&self, _: &Q, throttle: &mut Throttle, now: u64) -> bool {
        let alone = Arc::get_mut(&mut throttle.0).is_some();
        let seen = throttle.snapshot_at(Duration::from_nanos(now));
        alone && seen.requests == 0 && seen.ended == 0 && seen.mode == Mode::Normal
    }
}

impl<K: Hash + Eq> KeyedThrottle<K> {
    /// A throttle by `policy` for each key, for as many as `table` has room for.
    pub fn new(policy: ThrottlePolicy, table: seawall_keyed::Policy) -> Result<Self, InvalidKeyed> {
        let parent = Throttle::new(policy).map_err(InvalidKeyed::Policy)?;
        let table = Table::new(table).map_err(InvalidKeyed::Table)?;
        Ok(KeyedThrottle { table, make: MakeThrottle { policy, parent } })
    }

    /// What all keys have seen together.
    pub fn parent(&self) -> &Throttle {
        &self.make.parent
    }

    /// The throttle of `key`; the parent where there is no room for the key.
    pub fn get<Q>(&self, key: &Q) -> Throttle
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.get_at(key, Duration::from_nanos(Core::now()))
    }

    /// [`get`](Self::get) at a given time.
    pub fn get_at<Q>(&self, key: &Q, now: Duration) -> Throttle
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let found = self.table.with(key, nanos(now), &self.make, |throttle, _| throttle.clone());
        found.unwrap_or_else(|_| self.make.parent.clone())
    }

    /// Asks the throttle of `key` whether a call may go.
    pub fn try_acquire<Q>(&self, key: &Q) -> Result<ThrottlePermit, Rejected>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.get(key).try_acquire()
    }

    /// How many keys are held, idle ones among them.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}
