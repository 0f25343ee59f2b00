//! Waiting for a key with tokio.

use core::borrow::Borrow;
use core::time::Duration;

use seawall_errors::Rejected;

use super::Key;
use super::handle::Keyed;
use crate::ticket::Ticket;
use crate::wait::{Acquire, Join};

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
struct Line<K: Key + ?Sized> {
    keyed: Keyed<K>,
    key: K::Owned,
}

impl<K: Key + ?Sized> Join for Line<K> {
    fn join(&self, n: u32, max_wait: Option<Duration>) -> Result<Ticket<'static>, Rejected> {
        self.keyed.join(self.key.borrow(), n, max_wait)
    }
}
