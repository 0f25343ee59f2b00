//! What a policy must be, in one place.

use core::time::Duration;

use crate::faults::Faults;
use crate::policy::{Policy, Window};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NANO: Duration = Duration::from_nanos(1);
/// The most buckets of a window, and the most results of one.
pub(crate) const BUCKETS: u16 = 128;
pub(crate) const RESULTS: u32 = 4096;
/// The largest minimum: a bucket counts a few times as many before it halves.
const MOST_CALLS: u32 = 1_000_000;

pub(crate) fn policy(policy: &Policy, faults: &mut Faults) {
    window(policy, faults);
    rules(policy, faults);
    times(policy, faults);
}

fn window(policy: &Policy, faults: &mut Faults) {
    match policy.window {
        Window::Time { length, buckets } => {
            faults.between(
                "window",
                length,
                (Duration::from_millis(1), DAY),
                "must be from 1ms to a day",
            );
            if buckets == 0 || buckets > BUCKETS {
                faults.add("buckets", buckets, "must be from 1 to 128");
            } else if length / u32::from(buckets) < Duration::from_millis(1) {
                faults.add("buckets", buckets, "must leave at least 1ms for each");
            }
            if policy.min_calls == 0 || policy.min_calls > MOST_CALLS {
                faults.add("min_calls", policy.min_calls, "must be from 1 to 1000000");
            }
        }
        Window::Count(calls) => {
            if calls == 0 || calls > RESULTS {
                faults.add("window", calls, "must be from 1 to 4096 calls");
            }
            if policy.min_calls == 0 || policy.min_calls > calls {
                let allowed = "must be from 1 to the calls of the window";
                faults.add("min_calls", policy.min_calls, allowed);
            }
        }
    }
}

fn rules(policy: &Policy, faults: &mut Faults) {
    for (field, share) in
        [("errors", policy.errors), ("slow", policy.slow), ("degrade", policy.degrade)]
    {
        if let Some(share) = share {
            faults.number(field, share.percent(), (0.0, 100.0), "must be from 0 to 100");
        }
    }
    if policy.slow.is_some() && policy.slow_after.is_none() {
        faults.add("slow_after", "not set", "must be set where slow calls count");
    }
    if policy.hanging && policy.slow.is_none() {
        faults.add("slow", "not set", "must be set where hanging calls count");
    }
    if policy.consecutive == Some(0) {
        faults.add("consecutive", 0, "must be at least 1");
    }
    if policy.probes == 0 || policy.probes > 4095 {
        faults.add("probes", policy.probes, "must be from 1 to 4095");
    }
    faults.number("growth", policy.growth, (1.0, 1000.0), "must be from 1 to 1000");
    faults.number("jitter", policy.jitter, (0.0, 100.0), "must be from 0 to 100");
    faults.number("ramp_from", policy.ramp_from, (1.0, 100.0), "must be from 1 to 100");
}

fn times(policy: &Policy, faults: &mut Faults) {
    let some = (NANO, DAY);
    let some_said = "must be above zero and at most a day";
    let any = (Duration::ZERO, DAY);
    let any_said = "must be at most a day";
    faults.between("open_time", policy.open_time, some, some_said);
    faults.between("open_max", policy.open_max, some, some_said);
    faults.between("hint_max", policy.hint_max, any, any_said);
    faults.between("probe_spacing", policy.probe_spacing, any, any_said);
    faults.between("ramp", policy.ramp, any, any_said);
    if let Some(deadline) = policy.probe_deadline {
        faults.between("probe_deadline", deadline, some, some_said);
    }
    if let Some(after) = policy.slow_after {
        // So that it fits beside another setting in one word.
        let hour = Duration::from_secs(60 * 60);
        faults.between("slow_after", after, (NANO, hour), "must be above zero and at most an hour");
    }
}
