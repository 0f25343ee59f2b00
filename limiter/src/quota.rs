use core::fmt;
use core::time::Duration;

use crate::faults::Faults;

/// The longest period and the latest reading of a clock, in nanoseconds: 146 years.
pub(crate) const END: u64 = 1 << 62;

/// How much may pass, and how long callers may wait for it.
///
/// An inert value: nothing is checked before a limiter is made of it, or until
/// [`check`](Self::check) is called.
///
/// ```
/// use std::time::Duration;
/// use seawall_limiter::Quota;
///
/// let quota = Quota::per_minute(90).with_burst(10).with_max_wait(Duration::from_millis(250));
/// assert_eq!((quota.limit(), quota.burst()), (90, 10));
/// assert!(quota.check().is_ok());
///
/// let impossible = Quota::per(3, Duration::ZERO).with_burst(0).check();
/// assert_eq!(
///     impossible.unwrap_err().to_string(),
///     "period is 0ns, must be above zero and at most 146 years; burst is 0, must be at least 1",
/// );
/// ```
///
/// # Default
///
/// | setting | unless set |
/// |---|---|
/// | `burst` | the limit |
/// | `max_wait` | one second |
/// | `max_waiting` | 1024 |
/// | `name` | `"limiter"` |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a quota limits nothing by itself"]
pub struct Quota {
    limit: u32,
    period: Duration,
    burst: Option<u32>,
    max_wait: Duration,
    max_waiting: u32,
    name: &'static str,
}

impl Quota {
    /// `limit` permits in each `period`.
    pub const fn per(limit: u32, period: Duration) -> Self {
        Quota {
            limit,
            period,
            burst: None,
            max_wait: Duration::from_secs(1),
            max_waiting: 1024,
            name: "limiter",
        }
    }

    /// `limit` permits a second: `per_second(5)` is five a second.
    pub const fn per_second(limit: u32) -> Self {
        Self::per(limit, Duration::from_secs(1))
    }

    /// `limit` permits a minute.
    pub const fn per_minute(limit: u32) -> Self {
        Self::per(limit, Duration::from_secs(60))
    }

    /// `limit` permits an hour.
    pub const fn per_hour(limit: u32) -> Self {
        Self::per(limit, Duration::from_secs(60 * 60))
    }

    /// `limit` permits a day.
    pub const fn per_day(limit: u32) -> Self {
        Self::per(limit, Duration::from_secs(24 * 60 * 60))
    }

    /// One permit each `interval`.
    pub const fn every(interval: Duration) -> Self {
        Self::per(1, interval)
    }

    /// At most this many at once after a rest. Buckets only: a window has none.
    pub const fn with_burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// Nobody waits longer than this.
    pub const fn with_max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// No more callers than this wait at a time.
    pub const fn with_max_waiting(mut self, max_waiting: u32) -> Self {
        self.max_waiting = max_waiting;
        self
    }

    /// The name that refusals give as who refused. A name known only at run
    /// time is made with `seawall_errors::intern`.
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Permits in each period.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// The period.
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// The most at once after a rest.
    pub const fn burst(&self) -> u32 {
        self.burst_or(self.limit)
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn own_burst(&self) -> Option<u32> {
        self.burst
    }

    pub(crate) const fn burst_or(&self, other: u32) -> u32 {
        match self.burst {
            Some(burst) => burst,
            None => other,
        }
    }

    /// The longest wait.
    pub const fn max_wait(&self) -> Duration {
        self.max_wait
    }

    /// The longest queue.
    pub const fn max_waiting(&self) -> u32 {
        self.max_waiting
    }

    /// Who refuses.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a limiter can keep it: every fault at once.
    pub fn check(&self) -> Result<(), InvalidQuota> {
        let mut faults = Faults::default();
        self.faults(&mut faults, false);
        faults.into_result()
    }

    /// The same for a window, which has no burst.
    pub(crate) fn check_window(&self) -> Result<(), InvalidQuota> {
        let mut faults = Faults::default();
        self.faults(&mut faults, true);
        faults.into_result()
    }

    pub(crate) fn faults(&self, faults: &mut Faults, window: bool) {
        let period = self.period.as_nanos();
        if self.limit == 0 {
            faults.add("limit", self.limit, "must be at least 1");
        }
        if period == 0 || period > u128::from(END) {
            let allowed = "must be above zero and at most 146 years";
            faults.add("period", format_args!("{:?}", self.period), allowed);
        } else if u128::from(self.limit) > period {
            let allowed = "must be at most one per nanosecond";
            faults.add("rate", format_args!("{} in {:?}", self.limit, self.period), allowed);
        }
        match self.burst {
            Some(burst) if window => faults.add("burst", burst, "must not be set for a window"),
            Some(0) => faults.add("burst", 0, "must be at least 1"),
            _ => {}
        }
    }

    /// The period in nanoseconds, cut to what [`check`](Self::check) allows.
    pub(crate) fn period_nanos(&self) -> u64 {
        nanos(self.period).clamp(1, END)
    }

    pub(crate) fn max_wait_nanos(&self) -> u64 {
        nanos(self.max_wait)
    }
}

/// Nanoseconds, at most [`END`], so that sums of a few of them fit.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).map_or(END, |nanos| nanos.min(END))
}

impl Faults {
    pub(crate) fn into_result(self) -> Result<(), InvalidQuota> {
        self.or(InvalidQuota)
    }
}

/// A quota that no limiter can keep. It names every fault: the field, its
/// value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidQuota(Faults);

impl InvalidQuota {
    /// The fields that are wrong.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.fields()
    }
}

impl fmt::Display for InvalidQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InvalidQuota {}
