use core::time::Duration;

use crate::check;
use crate::faults::{Faults, InvalidPolicy};

/// Over which results a percentage is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// Those of the last `length`, which goes on in steps of a bucket: it
    /// covers `length`, or up to one bucket less.
    Time {
        /// How far back.
        length: Duration,
        /// In how many steps.
        buckets: u16,
    },
    /// The last so many.
    Count(u32),
}

/// A share in percent that is too much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
    /// Too much is more than this.
    Above(f64),
    /// Too much is this or more.
    From(f64),
}

impl Share {
    pub(crate) const fn percent(self) -> f64 {
        match self {
            Share::Above(percent) | Share::From(percent) => percent,
        }
    }
}

/// When a breaker opens, for how long, and what it takes to close it again.
///
/// An inert value: nothing is checked before a breaker is made of it, or until
/// [`check`](Self::check) is called.
///
/// ```
/// use std::time::Duration;
/// use seawall_breaker::Policy;
///
/// let policy = Policy::new().with_consecutive(5).with_open_time(Duration::from_secs(2));
/// assert!(policy.check().is_ok());
///
/// let impossible = Policy::new().with_probes(0).with_errors_above(f64::NAN).check();
/// assert_eq!(
///     impossible.unwrap_err().to_string(),
///     "errors is NaN, must be from 0 to 100; probes is 0, must be from 1 to 4095",
/// );
/// ```
///
/// # Default
///
/// | setting | [`new`](Self::new) | [`strict`](Self::strict) | [`hystrix`](Self::hystrix) |
/// |---|---|---|---|
/// | window | 10 s in 10 buckets | the same | the same |
/// | `min_calls` | 21 | 21 | 20 |
/// | `errors` | above 50 % | above 50 % | from 50 % |
/// | `slow_after` | none | 100 ms | 1 s |
/// | `open_time` | 5 s, doubled up to 60 s | 500 ms | 5 s |
/// | `jitter` | 20 % | none | none |
/// | `probes` | 3, one a second | 1 | 1 |
/// | `probe_deadline` | 10 s, or twice `slow_after` or `open_time` if longer | the same | the same |
/// | `hint_max` | 60 s | the same | the same |
/// | slow calls, consecutive, degrade, hanging, ramp | off | off | off |
/// | `name` | `"breaker"` | | |
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a policy breaks nothing by itself"]
pub struct Policy {
    pub(crate) window: Window,
    pub(crate) min_calls: u32,
    pub(crate) errors: Option<Share>,
    pub(crate) slow: Option<Share>,
    pub(crate) slow_after: Option<Duration>,
    pub(crate) hanging: bool,
    pub(crate) consecutive: Option<u32>,
    pub(crate) degrade: Option<Share>,
    pub(crate) open_time: Duration,
    pub(crate) growth: f64,
    pub(crate) open_max: Duration,
    pub(crate) jitter: f64,
    pub(crate) hint_max: Duration,
    pub(crate) probes: u16,
    pub(crate) probe_spacing: Duration,
    pub(crate) probe_deadline: Option<Duration>,
    pub(crate) ramp: Duration,
    pub(crate) ramp_from: f64,
    pub(crate) seed: Option<u64>,
    pub(crate) name: &'static str,
}

impl Policy {
    /// Opens where more than half of more than twenty calls in ten seconds fail.
    pub const fn new() -> Self {
        Policy {
            window: Window::Time { length: Duration::from_secs(10), buckets: 10 },
            min_calls: 21,
            errors: Some(Share::Above(50.0)),
            slow: None,
            slow_after: None,
            hanging: false,
            consecutive: None,
            degrade: None,
            open_time: Duration::from_secs(5),
            growth: 2.0,
            open_max: Duration::from_secs(60),
            jitter: 20.0,
            hint_max: Duration::from_secs(60),
            probes: 3,
            probe_spacing: Duration::from_secs(1),
            probe_deadline: None,
            ramp: Duration::ZERO,
            ramp_from: 10.0,
            seed: None,
            name: "breaker",
        }
    }

    /// The strict reading of the well-known defaults: more than 20 calls, more
    /// than 50 % of them failed, open for 500 ms, one probe, and a call that was
    /// given up after 100 ms is a failure. The cap of ten at once and the timeout
    /// itself are a bulkhead's and a timeout's.
    pub const fn strict() -> Self {
        let open = Duration::from_millis(500);
        Self::new()
            .with_slow_after(Duration::from_millis(100))
            .with_open_time(open)
            .with_growth(1.0, open)
            .with_jitter(0.0)
            .with_probes(1)
    }

    /// Hystrix's own defaults: 20 calls or more, 50 % or more failed, open for
    /// five seconds, one probe each time, and a call that was given up after a
    /// second is a failure.
    pub const fn hystrix() -> Self {
        let open = Duration::from_secs(5);
        Self::new()
            .with_min_calls(20)
            .with_errors_from(50.0)
            .with_slow_after(Duration::from_secs(1))
            .with_open_time(open)
            .with_growth(1.0, open)
            .with_jitter(0.0)
            .with_probes(1)
            .with_probe_spacing(Duration::ZERO)
    }

    /// Percentages are those of the last `length`, in steps of a `buckets`th
    /// of it.
    pub const fn with_window(mut self, length: Duration, buckets: u16) -> Self {
        self.window = Window::Time { length, buckets };
        self
    }

    /// Percentages are those of the last `calls` results, however old.
    pub const fn with_count_window(mut self, calls: u32) -> Self {
        self.window = Window::Count(calls);
        self
    }

    /// No percentage counts before so many results are in the window. Where
    /// the traffic of a window stays below it, percentages never trip: use
    /// [`with_consecutive`](Self::with_consecutive) beside them.
    pub const fn with_min_calls(mut self, calls: u32) -> Self {
        self.min_calls = calls;
        self
    }

    /// Opens when more than `percent` of the calls have failed.
    pub const fn with_errors_above(mut self, percent: f64) -> Self {
        self.errors = Some(Share::Above(percent));
        self
    }

    /// Opens when `percent` of the calls or more have failed.
    pub const fn with_errors_from(mut self, percent: f64) -> Self {
        self.errors = Some(Share::From(percent));
        self
    }

    /// No share of failures opens it.
    pub const fn without_errors(mut self) -> Self {
        self.errors = None;
        self
    }

    /// A call that takes longer is slow; one that is dropped after that long
    /// counts as failed and slow. Costs a second look at the clock per call.
    pub const fn with_slow_after(mut self, after: Duration) -> Self {
        self.slow_after = Some(after);
        self
    }

    /// Opens when more than `percent` of the calls were slow.
    pub const fn with_slow_above(mut self, percent: f64) -> Self {
        self.slow = Some(Share::Above(percent));
        self
    }

    /// Opens when `percent` of the calls or more were slow.
    pub const fn with_slow_from(mut self, percent: f64) -> Self {
        self.slow = Some(Share::From(percent));
        self
    }

    /// Counts calls that are still under way after `slow_after` as slow ones,
    /// those that began in the window or in eight times `slow_after`. It is
    /// noticed up to a sixteenth of that stretch later, when somebody arrives.
    /// Each call then takes the breaker's lock twice.
    pub const fn with_hanging_calls(mut self) -> Self {
        self.hanging = true;
        self
    }

    /// Opens when so many calls in a row have failed.
    pub const fn with_consecutive(mut self, failures: u32) -> Self {
        self.consecutive = Some(failures);
        self
    }

    /// From this share of failures on, permits say that optional work should
    /// be left out, while calls still flow.
    pub const fn with_degrade_from(mut self, percent: f64) -> Self {
        self.degrade = Some(Share::From(percent));
        self
    }

    /// How long it stays open the first time.
    pub const fn with_open_time(mut self, time: Duration) -> Self {
        self.open_time = time;
        self
    }

    /// Each further time it stays open `factor` times as long, at most `max`,
    /// until it was closed for as long as it was last open.
    pub const fn with_growth(mut self, factor: f64, max: Duration) -> Self {
        self.growth = factor;
        self.open_max = max;
        self
    }

    /// Cuts up to `percent` of each open time off, at random, so that many
    /// processes do not probe at one moment.
    pub const fn with_jitter(mut self, percent: f64) -> Self {
        self.jitter = percent;
        self
    }

    /// The longest open time that a server may ask for; zero: nobody listens to
    /// it. It is never shorter than the distance of probes.
    pub const fn with_hint_max(mut self, max: Duration) -> Self {
        self.hint_max = max;
        self
    }

    /// So many probes must succeed to close it, and no more are let through.
    pub const fn with_probes(mut self, probes: u16) -> Self {
        self.probes = probes;
        self
    }

    /// No two probes are closer together.
    pub const fn with_probe_spacing(mut self, spacing: Duration) -> Self {
        self.probe_spacing = spacing;
        self
    }

    /// If probes are out and none comes back for so long, it opens again. Longer
    /// than a good call may take: a backend that is only slower never closes it.
    pub const fn with_probe_deadline(mut self, deadline: Duration) -> Self {
        self.probe_deadline = Some(deadline);
        self
    }

    /// After it has closed, lets `from` percent of the calls through at first
    /// and all of them after `length`.
    pub const fn with_ramp(mut self, length: Duration, from: f64) -> Self {
        self.ramp = length;
        self.ramp_from = from;
        self
    }

    /// Seeds the jitter, for tests that repeat.
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The name that refusals, events and metrics give. A name known only at
    /// run time is made with `seawall_errors::intern`.
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The window.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// The least number of results by which a percentage is judged.
    pub const fn min_calls(&self) -> u32 {
        self.min_calls
    }

    /// From which share of failures on it opens.
    pub const fn errors(&self) -> Option<Share> {
        self.errors
    }

    /// From which share of slow calls on it opens.
    pub const fn slow(&self) -> Option<Share> {
        self.slow
    }

    /// When a call is slow.
    pub const fn slow_after(&self) -> Option<Duration> {
        self.slow_after
    }

    /// After how many failures in a row it opens.
    pub const fn consecutive(&self) -> Option<u32> {
        self.consecutive
    }

    /// How long it stays open the first time.
    pub const fn open_time(&self) -> Duration {
        self.open_time
    }

    /// The longest that it stays open by itself.
    pub fn open_max(&self) -> Duration {
        self.open_max.max(self.open_time)
    }

    /// How many probes must succeed.
    pub const fn probes(&self) -> u16 {
        self.probes
    }

    /// The least time between two probes.
    pub const fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    /// How long the silence of probes is borne.
    pub fn probe_deadline(&self) -> Duration {
        let twice = self.slow_after.unwrap_or_default().saturating_mul(2);
        let least = Duration::from_secs(10);
        let unless_set = twice.max(self.open_time).max(least).min(check::DAY);
        self.probe_deadline.unwrap_or(unless_set)
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a breaker can keep it: every fault at once.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let mut faults = Faults::default();
        check::policy(self, &mut faults);
        faults.into_result()
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}
