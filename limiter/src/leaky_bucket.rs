use crate::bucket::{Charge, Reservation};
use crate::bucket_verbs::bucket_verbs;
use crate::gcra::Gcra;
use crate::prelude::*;

/// A bucket that starts empty, leaks at a steady rate, and refuses what would
/// make it overflow: the leaky bucket as a meter.
///
/// It is the [`TokenBucket`](crate::TokenBucket) seen from the other side: its
/// [`level`](Self::level) is what that one lacks, the burst is its capacity.
/// Take it where the level is what you look at: bytes in a buffer, a debt.
///
/// Clones share the bucket.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{LeakyBucket, Quota};
///
/// let at = Duration::from_secs;
/// let bucket = LeakyBucket::new(Quota::per_second(2).with_burst(10))?;
/// assert!(bucket.try_acquire_many_at(10, at(0)).is_ok());
/// assert_eq!(bucket.level_at(at(3)), 4);
/// assert!(bucket.try_acquire_many_at(7, at(3)).is_err());
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
#[derive(Clone, Debug)]
pub struct LeakyBucket(pub(crate) Arc<Gate<Gcra>>);

one_quota!(LeakyBucket, Quota::check, |quota: &Quota| Gcra::new(quota, quota.burst()), 0);
verbs!(LeakyBucket, Gcra);
bucket_verbs!(LeakyBucket);

impl LeakyBucket {
    /// How much has not leaked out yet, begun permits counted whole; what was
    /// settled as a debt or booked ahead can put it above the capacity.
    pub fn level(&self) -> u32 {
        self.level_at(self.now())
    }

    /// [`level`](Self::level) at a given time.
    pub fn level_at(&self, now: Duration) -> u32 {
        cut(self.0.level(nanos(now)))
    }
}
