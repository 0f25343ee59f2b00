//! Says what was done to a limiter: with the feature `tracing`, and nothing without it.
//!
//! Never what it decides, which would be a line for each call.

use core::time::Duration;

use crate::mode::Mode;
use crate::quota::Quota;

#[cfg(feature = "tracing")]
mod events {
    use super::{Duration, Mode, Quota};

    pub(crate) fn switched(name: &'static str, mode: Mode) {
        tracing::info!(name, ?mode, "limiter switched");
    }

    pub(crate) fn blocked(name: &'static str, time: Duration) {
        tracing::info!(name, ?time, "limiter blocked");
    }

    pub(crate) fn unblocked(name: &'static str) {
        tracing::info!(name, "limiter unblocked");
    }

    pub(crate) fn updated(name: &'static str, quota: &Quota) {
        let (limit, period, burst) = (quota.limit(), quota.period(), quota.burst());
        tracing::info!(name, limit, ?period, burst, "limiter updated");
    }
}

#[cfg(not(feature = "tracing"))]
mod events {
    use super::{Duration, Mode, Quota};

    pub(crate) fn switched(_: &'static str, _: Mode) {}
    pub(crate) fn blocked(_: &'static str, _: Duration) {}
    pub(crate) fn unblocked(_: &'static str) {}
    pub(crate) fn updated(_: &'static str, _: &Quota) {}
}

pub(crate) use events::{blocked, switched, unblocked, updated};
