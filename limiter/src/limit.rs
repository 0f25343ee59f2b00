use core::fmt::Debug;
use core::time::Duration;

use seawall_errors::Rejected;

use crate::mode::{Mode, Room, Snapshot};
use crate::ticket::Ticket;
#[cfg(feature = "tokio")]
use crate::wait::Acquire;

/// Keeps others from implementing [`Limit`], so that it may grow.
pub(crate) trait Sealed {}

/// What every limiter can do, for code that does not care which one it holds.
///
/// ```
/// use std::sync::Arc;
/// use seawall_limiter::{Limit, Quota, SlidingWindow, TokenBucket};
///
/// let limits: Vec<Arc<dyn Limit>> = vec![
///     Arc::new(TokenBucket::new(Quota::per_second(1))?),
///     Arc::new(SlidingWindow::new(Quota::per_second(1))?),
/// ];
/// for limit in limits {
///     assert!(limit.try_acquire_many(1).is_ok());
///     assert!(limit.try_acquire_many(1).is_err());
/// }
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
#[expect(private_bounds, reason = "sealed")]
pub trait Limit: Sealed + Debug + Send + Sync {
    /// The name that refusals give as who refused.
    fn name(&self) -> &'static str;
    /// The time on the scale that all verbs without `_at` use.
    fn now(&self) -> Duration;
    /// Takes `n` permits if they fit now. Zero always do, and take nothing.
    fn try_acquire_many(&self, n: u32) -> Result<(), Rejected>;
    /// The same at a given time.
    fn try_acquire_many_at(&self, n: u32, now: Duration) -> Result<(), Rejected>;
    /// Takes as many as fit, at most `n`; returns how many.
    fn try_acquire_up_to_at(&self, n: u32, now: Duration) -> u32;
    /// What [`try_acquire_many_at`](Self::try_acquire_many_at) would answer; takes nothing.
    fn peek_at(&self, n: u32, now: Duration) -> Result<(), Rejected>;
    /// How many permits could be taken.
    fn remaining_at(&self, now: Duration) -> u32;
    /// How long until `n` permits fit, if nobody takes any; `None` if they never do.
    fn fits_in_at(&self, n: u32, now: Duration) -> Option<Duration>;
    /// Takes a place in the line, or is refused at once. The quota's longest
    /// wait holds where none is given.
    fn join_at(
        &self,
        n: u32,
        max_wait: Option<Duration>,
        now: Duration,
    ) -> Result<Ticket<'_>, Rejected>;
    /// Waits for `n` permits; see [`Acquire`].
    #[cfg(feature = "tokio")]
    fn acquire_many(&self, n: u32) -> Acquire<'_>;
    /// The same with a bound of the caller's own.
    #[cfg(feature = "tokio")]
    fn acquire_many_within(&self, n: u32, max_wait: Duration) -> Acquire<'_>;
    /// Lets nothing pass before `until`: an upstream said so. A day at most; a
    /// block is never made shorter by another.
    fn block_until_at(&self, until: Duration, now: Duration);
    /// Ends the block.
    fn unblock(&self);
    /// The mode.
    fn mode(&self) -> Mode;
    /// Switches the mode. Those who wait are told at once.
    fn set_mode(&self, mode: Mode);
    /// How it stands.
    fn snapshot_at(&self, now: Duration) -> Snapshot;
    /// How much room each of its limits has, the fullest first.
    fn rooms_at(&self, now: Duration) -> Vec<Room>;
}
