use crate::gcra::Gcra;
use crate::prelude::*;

/// By how much a turn that was served late is dated back.
const LATE: u64 = 10_000_000;

/// A bounded first-in-first-out queue that lets one permit out per interval:
/// the leaky bucket that shapes traffic.
///
/// What comes in a burst goes out evenly. `acquire` (feature `tokio`) is the
/// verb to use; [`try_acquire`](Self::try_acquire) passes only where nobody
/// waits and an interval has gone by. The quota's burst is the most that one
/// call may take at once, and one unless set.
///
/// Clones share the queue.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{LeakyQueue, Quota};
///
/// let at = Duration::from_millis;
/// let queue = LeakyQueue::new(Quota::per_second(10))?;
/// assert!(queue.try_acquire_at(at(0)).is_ok());
/// assert!(queue.try_acquire_at(at(99)).is_err());
/// assert!(queue.try_acquire_at(at(100)).is_ok());
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Timers are late, tokio's by up to a millisecond. A turn counts as served
/// when it was due, if it was served within ten milliseconds, so lateness costs
/// no rate; in return a window `w` may hold up to `rate × (w + 10 ms)` permits
/// and a burst, instead of `rate × w` and a burst.
#[derive(Clone, Debug)]
pub struct LeakyQueue(Arc<Gate<Gcra>>);

one_quota!(LeakyQueue, Quota::check, gcra, LATE);
verbs!(LeakyQueue, Gcra);

fn gcra(quota: &Quota) -> Gcra {
    Gcra::new(quota, quota.burst_or(1))
}
