use crate::fixed::Fixed;
use crate::prelude::*;
use crate::time::Clock;

/// A counter that starts anew at each multiple of the period.
///
/// At most `limit` pass between two multiples of the period, counted from the
/// origin of time: of the process, or of the `now` that is given; or from where
/// [`aligned`](Self::aligned) puts them. So around such a moment twice the limit
/// may pass in one period. Take it where a contract counts that way (a bill per
/// day), or where everybody must be able to compute the reset.
///
/// What passed in a window goes on to count in the window of another length that
/// [`update`](Self::update) puts in its place, and is forgotten when that ends.
///
/// Clones share the counter.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::{FixedWindow, Quota};
///
/// let at = Duration::from_secs;
/// let window = FixedWindow::new(Quota::per_minute(100))?;
/// assert!(window.try_acquire_many_at(100, at(59)).is_ok());
/// assert!(window.try_acquire_many_at(100, at(59)).is_err());
/// assert!(window.try_acquire_many_at(100, at(60)).is_ok(), "200 within a second");
/// # Ok::<(), seawall_limiter::InvalidQuota>(())
/// ```
///
/// # Trade-offs
///
/// Start and count do not fit one word, so each call takes a short lock.
#[derive(Clone, Debug)]
pub struct FixedWindow(Arc<Gate<Fixed>>);

one_quota!(FixedWindow, Quota::check_window, Fixed::new, 0);
verbs!(FixedWindow, Fixed);

impl FixedWindow {
    /// Makes a limiter one of whose windows began so long `ago`. The time since
    /// the Unix epoch makes days begin at midnight, and hours at the full hour, of
    /// UTC; as exactly as the process's clock runs from here on.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime, UNIX_EPOCH};
    /// use seawall_limiter::{FixedWindow, Quota};
    ///
    /// let unix = SystemTime::now().duration_since(UNIX_EPOCH)?;
    /// let daily = FixedWindow::aligned(Quota::per_day(1000), unix)?;
    /// daily.try_acquire()?;
    /// let midnight = daily.snapshot().full_in;
    /// # let past = (unix + midnight).as_secs() % 86_400;
    /// # assert!(past < 2 || past > 86_397, "{past}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn aligned(quota: Quota, ago: Duration) -> Result<Self, InvalidQuota> {
        Self::aligned_at(quota, ago, Duration::from_nanos(Clock::get().now()))
    }

    /// [`aligned`](Self::aligned) at a given time.
    pub fn aligned_at(quota: Quota, ago: Duration, now: Duration) -> Result<Self, InvalidQuota> {
        quota.check_window()?;
        let period = quota.period_nanos();
        // Both below 2^62, and the time since it began is below the period.
        let phase = nanos(now) + period - nanos_within(ago, period);
        let fixed = Fixed::new(&quota).beginning(phase);
        Ok(FixedWindow(Arc::new(Gate::new(fixed, &quota, 0))))
    }
}

/// What is left of it above whole periods.
fn nanos_within(ago: Duration, period: u64) -> u64 {
    u64::try_from(ago.as_nanos() % u128::from(period.max(1))).unwrap_or(0)
}
