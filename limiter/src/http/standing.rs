use core::time::Duration;

use ::http::HeaderMap;
use seawall_errors::Rejected;

use super::read;
use super::text::{Name, Partition};
use crate::limit::Limit;
use crate::mode::Room;
use crate::quota::Quota;

/// How somebody stands with one policy: what `RateLimit` and `RateLimit-Policy` are made of, and
/// read into.
///
/// A plain value. What is not known is `None`: a policy of which only the quota is known stands in
/// one of the two fields.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::http::{Fields, Standing};
/// use seawall_limiter::{Quota, TokenBucket};
///
/// let quota = Quota::per_minute(60).with_name("search");
/// let bucket = TokenBucket::new(quota)?;
/// let now = Duration::from_secs(1);
/// bucket.try_acquire_many_at(60, now)?;
///
/// let standing = Standing::of(&quota).with_level(&bucket, now);
/// let mut headers = http::HeaderMap::new();
/// Fields::new().write(&[standing], &mut headers);
/// assert_eq!(headers["ratelimit-policy"], r#""search";q=60;w=60"#);
/// assert_eq!(headers["ratelimit"], r#""search";r=0;t=1"#);
///
/// assert_eq!(Standing::read(&headers), [standing]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Standing<'a> {
    pub(super) policy: Name<'a>,
    pub(super) limit: Option<u64>,
    pub(super) window: Option<Duration>,
    pub(super) remaining: Option<u64>,
    pub(super) reset: Option<Duration>,
    pub(super) unit: Option<Name<'a>>,
    pub(super) partition: Option<Partition<'a>>,
}

impl<'a> Standing<'a> {
    /// A policy of which only the name is known.
    pub const fn new(policy: Name<'a>) -> Self {
        Standing {
            policy,
            limit: None,
            window: None,
            remaining: None,
            reset: None,
            unit: None,
            partition: None,
        }
    }

    /// The policy that a quota is: its name, its limit and its period.
    pub const fn of(quota: &Quota) -> Standing<'static> {
        let limit = quota.limit() as u64;
        Standing::new(Name::new(quota.name())).with_limit(limit).with_window(quota.period())
    }

    /// How one of a limiter's limits stands.
    pub fn of_room(room: &Room) -> Standing<'static> {
        let standing = Standing::of(&room.quota).with_remaining(room.remaining.into());
        Standing { reset: room.next_in, ..standing }
    }

    /// The policy that refused, where the refusal has the numbers `limit` and `remaining`.
    ///
    /// For a call of many permits the time until they all fit, which is later than the next one.
    pub fn refused(rejected: &Rejected) -> Option<Standing<'static>> {
        let (limit, remaining) = (rejected.number("limit")?, rejected.number("remaining")?);
        let standing = Standing::new(Name::new(rejected.who()));
        let standing = standing.with_limit(limit).with_remaining(remaining);
        Some(Standing { reset: rejected.retry_after(), ..standing })
    }

    /// The policies in the fields of a response, at most 16 of either field.
    ///
    /// A field that is malformed in one place is ignored as a whole, as RFC 9651 demands; so is one
    /// that is longer than 8192 bytes on all its lines, or has more than 64 of them. A member counts if
    /// it has a name (a String, or a Token as in earlier drafts) and a number where one is
    /// required. Of a policy that is named twice in `RateLimit` both count; what `RateLimit-Policy` says
    /// of it is taken from the first place.
    pub fn read(headers: &'a HeaderMap) -> Vec<Self> {
        read::standings(headers)
    }

    /// Permits in each window: `q`.
    pub const fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The window: `w`, in whole seconds. One that is none is rounded up, so that who keeps to it keeps to
    /// the policy.
    pub const fn with_window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// What is left: `r`.
    pub const fn with_remaining(mut self, remaining: u64) -> Self {
        self.remaining = Some(remaining);
        self
    }

    /// How long until more than that is left: `t`, in whole seconds, rounded up. Zero is not sent.
    pub const fn with_reset(mut self, reset: Duration) -> Self {
        self.reset = Some(reset);
        self
    }

    /// What is counted: `qu`, such as `content-bytes`. Requests unless set.
    pub const fn with_unit(mut self, unit: Name<'a>) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Whose share it is: `pk`. **It leaves the process.**
    pub const fn with_partition(mut self, partition: Partition<'a>) -> Self {
        self.partition = Some(partition);
        self
    }

    /// What is left in a limiter, and when there is one more.
    pub fn with_level<L: Limit + ?Sized>(mut self, limiter: &L, now: Duration) -> Self {
        let left = limiter.remaining_at(now);
        self.remaining = Some(left.into());
        // A full limiter never has one more.
        self.reset = left.checked_add(1).and_then(|more| limiter.fits_in_at(more, now));
        self
    }

    /// The name of the policy.
    pub const fn policy(&self) -> Name<'a> {
        self.policy
    }

    /// Permits in each window.
    pub const fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// The window.
    pub const fn window(&self) -> Option<Duration> {
        self.window
    }

    /// What is left.
    pub const fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    /// How long until more than that is left.
    pub const fn reset(&self) -> Option<Duration> {
        self.reset
    }

    /// What is counted, if it is not requests.
    pub const fn unit(&self) -> Option<Name<'a>> {
        self.unit
    }

    /// Whose share it is.
    pub const fn partition(&self) -> Option<Partition<'a>> {
        self.partition
    }

    /// Orders by what holds the client back most: least left, then longest.
    pub(super) fn tightness(&self) -> (u64, core::cmp::Reverse<Duration>) {
        let reset = self.reset.unwrap_or_default();
        (self.remaining.unwrap_or(u64::MAX), core::cmp::Reverse(reset))
    }
}
