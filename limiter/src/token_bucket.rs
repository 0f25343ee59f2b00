use crate::bucket::{Charge, Reservation};
use crate::bucket_verbs::bucket_verbs;
use crate::gcra::Gcra;
use crate::prelude::*;

/// A bucket of tokens that starts full and is refilled at a steady rate: lets a
/// burst pass, and the rate in the long run.
///
/// In any window `w` at most `burst + rate × w` permits are let through, and
/// one more nanosecond's worth or two. The whole state is one word: taking is one
/// compare-and-swap, and refusing writes nothing.
///
/// Clones share the bucket.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{Quota, TokenBucket};
///
/// let at = Duration::from_millis;
/// let bucket = TokenBucket::new(Quota::per_second(10).with_burst(3))?;
/// assert!(bucket.try_acquire_many_at(3, at(0)).is_ok());
///
/// let refused = bucket.try_acquire_at(at(40)).unwrap_err();
/// assert_eq!(refused.retry_after(), Some(at(60)));
/// assert!(bucket.try_acquire_at(at(100)).is_ok());
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Waiting with `acquire` (feature `tokio`) keeps that bound to the
/// nanosecond, so a timer that wakes late loses what the bucket cannot hold:
/// at a rate above a thousand a second give it a burst of some milliseconds'
/// worth, or take a [`LeakyQueue`](crate::LeakyQueue).
#[derive(Clone, Debug)]
pub struct TokenBucket(pub(crate) Arc<Gate<Gcra>>);

one_quota!(TokenBucket, Quota::check, |quota: &Quota| Gcra::new(quota, quota.burst()), 0);
verbs!(TokenBucket, Gcra);
bucket_verbs!(TokenBucket);
