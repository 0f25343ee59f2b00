use core::time::Duration;

use crate::check::{BUCKETS, DAY};
use crate::faults::{Faults, InvalidPolicy};

/// How much a [`Throttle`](crate::Throttle) lets through.
///
/// An inert value; see [`check`](Self::check).
///
/// # Default
///
/// | setting | unless set |
/// |---|---|
/// | window | 2 min in 24 buckets |
/// | `factor` | 2 |
/// | `spared` | 10 requests |
/// | `most` | 99 % |
/// | `floor` | one call a second |
/// | `prior` | 100 %, as good as 10 calls |
/// | `name` | `"throttle"` |
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a policy throttles nothing by itself"]
pub struct ThrottlePolicy {
    pub(crate) length: Duration,
    pub(crate) buckets: u16,
    pub(crate) factor: f64,
    pub(crate) spared: u32,
    pub(crate) most: f64,
    pub(crate) floor: Duration,
    pub(crate) prior: f64,
    pub(crate) weight: u32,
    pub(crate) seed: Option<u64>,
    pub(crate) name: &'static str,
}

impl ThrottlePolicy {
    /// Lets twice as many through as the backend takes.
    pub const fn new() -> Self {
        ThrottlePolicy {
            length: Duration::from_secs(120),
            buckets: 24,
            factor: 2.0,
            spared: 10,
            most: 99.0,
            floor: Duration::from_secs(1),
            prior: 100.0,
            weight: 10,
            seed: None,
            name: "throttle",
        }
    }

    /// Counts those of the last `length`, in steps of a `buckets`th of it.
    pub const fn with_window(mut self, length: Duration, buckets: u16) -> Self {
        (self.length, self.buckets) = (length, buckets);
        self
    }

    /// Lets `factor` times as many through as the backend takes. At 2, one call
    /// is wasted for each that is taken; at 1.1, one for ten, but it takes
    /// longer to see that the backend takes more again.
    pub const fn with_factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// So many requests in the window are let through whatever becomes of them.
    pub const fn with_spared(mut self, requests: u32) -> Self {
        self.spared = requests;
        self
    }

    /// Never refuses more than `percent`.
    pub const fn with_most(mut self, percent: f64) -> Self {
        self.most = percent;
        self
    }

    /// Lets one call through each `interval` at least. Without it, a busy
    /// caller of a dead backend would find out about one call per window.
    pub const fn with_floor(mut self, interval: Duration) -> Self {
        self.floor = interval;
        self
    }

    /// What is thought of a backend before it is known, and for how many calls
    /// that opinion stands.
    pub const fn with_prior(mut self, percent: f64, calls: u32) -> Self {
        (self.prior, self.weight) = (percent, calls);
        self
    }

    /// Seeds the draws, for tests that repeat.
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The name that refusals give.
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a throttle can keep it: every fault at once.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let mut faults = Faults::default();
        let (milli, any) = (Duration::from_millis(1), "must be from 1ms to a day");
        faults.between("window", self.length, (milli, DAY), any);
        if self.buckets == 0 || self.buckets > BUCKETS {
            faults.add("buckets", self.buckets, "must be from 1 to 128");
        } else if self.length / u32::from(self.buckets) < milli {
            faults.add("buckets", self.buckets, "must leave at least 1ms for each");
        }
        faults.number("factor", self.factor, (1.0, 1000.0), "must be from 1 to 1000");
        faults.number("most", self.most, (0.0, 100.0), "must be from 0 to 100");
        faults.number("prior", self.prior, (0.0, 100.0), "must be from 0 to 100");
        let least = Duration::from_nanos(1);
        faults.between("floor", self.floor, (least, DAY), "must be above zero and at most a day");
        faults.into_result()
    }
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self::new()
    }
}
