//! A policy in integers, and what it says about counts.

use crate::event::Reason;
use crate::faults::nanos;
use crate::policy::{Policy, Share, Window};
use crate::window::Shape;

/// Hundred percent.
pub(crate) const WHOLE: u32 = 1_000_000;
/// No threshold.
pub(crate) const NEVER: u64 = u64::MAX;
/// A clock that goes back by less than this beside all other waits is late, not wrong.
const SLACK: u64 = 1_000_000_000;

/// What a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    pub(crate) slow: u64,
}

impl Tally {
    /// At most so many calls, with as large shares of them, rounded up so that
    /// no failure vanishes.
    pub(crate) fn at_most(self, most: u64) -> Tally {
        let calls = self.calls.min(most);
        let part = |n: u64| {
            let share = u128::from(n.min(self.calls)) * u128::from(calls);
            u64::try_from(share.div_ceil(u128::from(self.calls.max(1)))).unwrap_or(calls)
        };
        Tally { calls, failed: part(self.failed), slow: part(self.slow) }
    }
}

/// A share that is too much, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    millionths: u32,
    /// Too much is more than it, and not it itself.
    above: bool,
}

impl Limit {
    fn new(share: Share) -> Self {
        Limit { millionths: millionths(share.percent()), above: matches!(share, Share::Above(_)) }
    }

    pub(crate) fn is_over(self, part: u64, whole: u64) -> bool {
        let part = u128::from(part) * u128::from(WHOLE);
        let allowed = u128::from(whole) * u128::from(self.millionths);
        if self.above { part > allowed } else { part >= allowed }
    }
}

/// Percent as millionths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(crate) fn millionths(percent: f64) -> u32 {
    (percent.clamp(0.0, 100.0) * 10_000.0).round() as u32
}

/// A factor of one or more, as thousandths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(crate) fn thousandths(factor: f64) -> u64 {
    (factor.clamp(1.0, 1000.0) * 1000.0).round() as u64
}

/// In which form results are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Only the streak of failures.
    Nothing,
    /// Counts in buckets of time.
    Time { length: u64, buckets: u16, slow: bool },
    /// The last so many results.
    Count { calls: u16, slow: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) keep: Keep,
    /// Of the window, before it is known in which room it lies.
    pub(crate) shape: Shape,
    pub(crate) min_calls: u64,
    pub(crate) errors: Option<Limit>,
    pub(crate) slow: Option<Limit>,
    pub(crate) degrade: Option<Limit>,
    /// Zero: no such rule.
    pub(crate) consecutive: u32,
    pub(crate) slow_after: u64,
    pub(crate) hanging: bool,
    pub(crate) open: u64,
    pub(crate) open_max: u64,
    /// In thousandths.
    growth: u64,
    jitter: u32,
    hint_max: u64,
    pub(crate) probes: u16,
    pub(crate) spacing: u64,
    pub(crate) deadline: u64,
    pub(crate) ramp: u64,
    pub(crate) ramp_from: u32,
    /// Nothing waits longer.
    pub(crate) legal: u64,
}

impl Rules {
    /// Of a policy that was checked.
    pub(crate) fn new(policy: &Policy) -> Self {
        let slow = policy.slow.is_some();
        let counts = policy.errors.is_some() || slow || policy.degrade.is_some();
        let keep = match policy.window {
            _ if !counts => Keep::Nothing,
            Window::Time { length, buckets } => Keep::Time { length: nanos(length), buckets, slow },
            Window::Count(calls) => {
                Keep::Count { calls: u16::try_from(calls).unwrap_or(u16::MAX), slow }
            }
        };
        let window = match keep {
            Keep::Time { length, .. } => length,
            _ => 0,
        };
        let open_max = nanos(policy.open_max());
        let hint_max = nanos(policy.hint_max);
        let (spacing, deadline) = (nanos(policy.probe_spacing), nanos(policy.probe_deadline()));
        let ramp = nanos(policy.ramp);
        let waits = [window, open_max, hint_max, spacing, deadline, ramp];
        let shape = match keep {
            Keep::Time { length, buckets, .. } => Shape::new(length, buckets, false),
            Keep::Count { calls, .. } => Shape::counting(calls, false),
            Keep::Nothing => Shape::counting(0, false),
        };
        Rules {
            keep,
            shape,
            min_calls: policy.min_calls.into(),
            errors: policy.errors.map(Limit::new),
            slow: policy.slow.map(Limit::new),
            degrade: policy.degrade.map(Limit::new),
            consecutive: policy.consecutive.unwrap_or(0),
            slow_after: policy.slow_after.map_or(NEVER, nanos),
            hanging: policy.hanging,
            open: nanos(policy.open_time),
            open_max,
            growth: thousandths(policy.growth),
            jitter: millionths(policy.jitter),
            hint_max,
            probes: policy.probes,
            spacing,
            deadline,
            ramp,
            ramp_from: millionths(policy.ramp_from),
            legal: waits.into_iter().max().unwrap_or(0) + SLACK,
        }
    }

    /// Which rule these results break.
    pub(crate) fn judge(&self, tally: Tally, streak: u32) -> Option<Reason> {
        if self.consecutive > 0 && streak >= self.consecutive {
            return Some(Reason::Consecutive);
        }
        if tally.calls < self.min_calls {
            return None;
        }
        if self.errors.is_some_and(|limit| limit.is_over(tally.failed, tally.calls)) {
            return Some(Reason::Errors);
        }
        if self.slow.is_some_and(|limit| limit.is_over(tally.slow, tally.calls)) {
            return Some(Reason::Slow);
        }
        None
    }

    /// Whether optional work should be left out.
    pub(crate) fn is_degraded(&self, tally: Tally) -> bool {
        let over = |limit: Limit| limit.is_over(tally.failed, tally.calls);
        tally.failed > 0 && tally.calls >= self.min_calls && self.degrade.is_some_and(over)
    }

    /// Which part of the calls goes through while `left` of the ramp is left.
    pub(crate) fn ramped(&self, left: u64) -> u32 {
        let gone = self.ramp.saturating_sub(left);
        let more = u128::from(WHOLE - self.ramp_from) * u128::from(gone);
        let more = more.checked_div(u128::from(self.ramp)).unwrap_or(0);
        self.ramp_from.saturating_add(u32::try_from(more).unwrap_or(WHOLE)).min(WHOLE)
    }

    /// How long it stays open where its owner says so.
    pub(crate) fn asked(&self, time: u64) -> u64 {
        time.min(self.hint_max).max(1)
    }

    /// How long it stays open after `attempts` tries to close it, before jitter.
    pub(crate) fn open_time(&self, attempts: u16) -> u64 {
        let mut time = self.open;
        for _ in 0..attempts {
            let grown = u128::from(time) * u128::from(self.growth) / 1000;
            let grown = u64::try_from(grown).unwrap_or(u64::MAX).min(self.open_max);
            if grown == time {
                break;
            }
            time = grown;
        }
        time.min(self.open_max)
    }

    /// The same with what a server asked for, or else with jitter.
    pub(crate) fn open_for(&self, attempts: u16, hint: Option<u64>, draw: u64) -> u64 {
        let time = self.open_time(attempts);
        // "At once" says nothing. And probes stay as far apart as they would be:
        // a server must not get them faster by failing them.
        if let Some(hint) = hint.map(|hint| hint.min(self.hint_max)).filter(|hint| *hint > 0) {
            return hint.max(self.spacing.min(time));
        }
        let most = u128::from(time) * u128::from(self.jitter) / u128::from(WHOLE);
        // Evenly from zero to the most, both included.
        let cut = ((most + 1) * u128::from(draw)) >> 64;
        time.saturating_sub(u64::try_from(cut).unwrap_or(0)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    fn rules(policy: Policy) -> Rules {
        policy.check().unwrap();
        Rules::new(&policy)
    }

    fn tally(calls: u64, failed: u64, slow: u64) -> Tally {
        Tally { calls, failed, slow }
    }

    #[test]
    fn both_presets_trip_at_their_own_edges_of_volume_and_share() {
        let (strict, hystrix) = (rules(Policy::strict()), rules(Policy::hystrix()));
        //            calls, failed, strict, hystrix
        let table = [
            (19, 19, false, false),
            (20, 10, false, true),
            (20, 20, false, true),
            (21, 10, false, false),
            (21, 11, true, true),
            (22, 11, false, true),
            (1000, 499, false, false),
            (1000, 500, false, true),
            (1000, 501, true, true),
        ];
        for (calls, failed, by_strict, by_hystrix) in table {
            let says = |rules: &Rules| rules.judge(tally(calls, failed, 0), 0).is_some();
            assert_eq!(
                (says(&strict), says(&hystrix)),
                (by_strict, by_hystrix),
                "{failed}/{calls}"
            );
        }
    }

    #[test]
    fn the_rule_that_is_broken_is_named() {
        let all = Policy::new().with_consecutive(3);
        let all = rules(all.with_slow_after(Duration::from_secs(1)).with_slow_from(80.0));
        assert_eq!(all.judge(tally(21, 11, 0), 2), Some(Reason::Errors));
        assert_eq!(all.judge(tally(3, 3, 0), 3), Some(Reason::Consecutive));
        assert_eq!(all.judge(tally(25, 0, 20), 0), Some(Reason::Slow));
        assert_eq!(all.judge(tally(25, 12, 19), 2), None);
    }

    #[test]
    fn a_share_between_whole_percents_is_exact() {
        let third = rules(Policy::new().with_errors_above(33.3333));
        assert_eq!(third.judge(tally(1_000_000, 333_333, 0), 0), None);
        assert_eq!(third.judge(tally(1_000_000, 333_334, 0), 0), Some(Reason::Errors));
    }

    #[test]
    fn open_times_grow_to_their_cap_and_jitter_only_shortens() {
        let second = 1_000_000_000;
        let grows = rules(
            Policy::new()
                .with_open_time(Duration::from_secs(1))
                .with_growth(2.5, Duration::from_secs(10)),
        );
        let times: Vec<u64> = (0..5).map(|k| grows.open_time(k) / (second / 100)).collect();
        assert_eq!(times, [100, 250, 625, 1000, 1000]);
        assert_eq!(grows.open_time(u16::MAX), 10 * second);
        for draw in [0, 1, u64::MAX / 2, u64::MAX] {
            let time = grows.open_for(0, None, draw);
            assert!((second * 8 / 10..=second).contains(&time), "{draw}: {time}");
        }
        assert_eq!(grows.open_for(0, None, 0), second);
        assert_eq!(grows.open_for(0, None, u64::MAX), second * 8 / 10);
    }

    #[test]
    fn what_a_server_asks_for_is_capped_and_brings_no_probe_sooner() {
        let policy = Policy::new().with_hint_max(Duration::from_secs(7));
        let none = rules(policy.with_hint_max(Duration::ZERO));
        let rules = rules(policy);
        assert_eq!(rules.open_for(0, Some(3_000_000_000), 0), 3_000_000_000);
        assert_eq!(rules.open_for(0, Some(u64::MAX), 0), 7_000_000_000);
        // "At once" says nothing, and nobody listens where the cap is nothing.
        assert_eq!(rules.open_for(0, Some(0), 0), 5_000_000_000);
        assert_eq!(none.open_for(0, Some(3_000_000_000), 0), 5_000_000_000);
        // Probes are a second apart.
        assert_eq!(rules.open_for(0, Some(1), 0), 1_000_000_000);
    }
}
