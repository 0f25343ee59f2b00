//! Each limiter against a naive model that keeps everything it ever let
//! through, or exact fractions, for any interleaving of its verbs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use proptest::prelude::*;
use seawall_kit::clock::SplitMix;
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, Limit, Quota, Rule, SlidingCounter, SlidingWindow,
    TokenBucket,
};

fn ns(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

/// A token bucket in exact fractions: `owed` in units of 1/period permits.
struct Exact {
    limit: i128,
    period: i128,
    burst: i128,
    owed: i128,
    at: i128,
}

impl Exact {
    fn new(limit: u32, period: u64, burst: u32) -> Self {
        Exact { limit: limit.into(), period: period.into(), burst: burst.into(), owed: 0, at: 0 }
    }

    fn owed(&self, now: u64) -> i128 {
        let gone = (i128::from(now) - self.at).max(0);
        (self.owed - gone * self.limit).max(0)
    }

    /// How far `n` are from fitting, in the same units: at most zero if they fit.
    fn missing(&self, now: u64, n: u32) -> i128 {
        self.owed(now) + i128::from(n) * self.period - self.burst * self.period
    }

    fn take(&mut self, now: u64, n: u32) {
        self.owed = self.owed(now) + i128::from(n) * self.period;
        self.at = self.at.max(now.into());
    }
}

/// Rates that do and do not divide a second, slow and fast.
fn rates() -> impl Strategy<Value = (u32, u64)> {
    prop_oneof![
        (1_u32..2000, Just(1_000_000_000_u64)),
        (
            prop_oneof![Just(1_u32), Just(3), Just(7), Just(77), Just(1009), Just(999_983)],
            prop_oneof![Just(1_000_000_000_u64), Just(60_000_000_000), Just(86_400_000_000_000)]
        ),
        (1_u32..1_000_000_000, Just(1_000_000_000_u64)),
        (1_u32..100, 100_u64..1_000_000),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_token_bucket_equals_exact_fractions_but_for_two_nanoseconds(
        (limit, period) in rates(),
        burst in 1_u32..50,
        steps in prop::collection::vec((0_u64..4, 0_u64..1_000_000, 1_u32..6), 1..200),
    ) {
        let bucket = TokenBucket::new(Quota::per(limit, ns(period)).with_burst(burst)).unwrap();
        let mut exact = Exact::new(limit, period, burst);
        let interval = (period / u64::from(limit)).max(1);
        let mut now = 0_u64;
        for (kind, step, n) in steps {
            now += match kind {
                0 => 0,
                1 => 1,
                2 => step % (2 * interval),
                _ => step,
            };
            let missing = exact.missing(now, n);
            match bucket.try_acquire_many_at(n, ns(now)) {
                Ok(()) => {
                    // In 1/period permits, two nanoseconds are worth 2 × limit.
                    prop_assert!(missing <= 2 * i128::from(limit), "{missing} too early");
                    exact.take(now, n);
                }
                Err(_) if n > burst => {}
                Err(refused) => {
                    prop_assert!(missing > -2 * i128::from(limit), "{missing} too late");
                    let wait = i128::try_from(refused.retry_after().unwrap().as_nanos()).unwrap();
                    let due = missing.max(0) / i128::from(limit);
                    prop_assert!((wait - due).abs() <= 3, "told {wait}, due {due}");
                }
            }
        }
    }
}

/// All that was let through, as (stamp, permits).
#[derive(Default)]
struct Log(Vec<(u64, u32)>);

impl Log {
    /// The most in any half-open window of that length.
    fn worst(&self, window: u64) -> u64 {
        let (mut from, mut sum, mut worst) = (0, 0_u64, 0);
        for (stamp, n) in &self.0 {
            sum += u64::from(*n);
            while self.0[from].0 + window <= *stamp {
                sum -= u64::from(self.0[from].1);
                from += 1;
            }
            worst = worst.max(sum);
        }
        worst
    }

    /// How many lie less than a window before `now`.
    fn within(&self, now: u64, window: u64) -> u64 {
        self.0.iter().filter(|(t, _)| t + window > now).map(|(_, n)| u64::from(*n)).sum()
    }
}

/// A trace of steps in time and costs: quiet and crowded by turns.
fn trace(seed: u64, window: u64, most: u64) -> impl Iterator<Item = (u64, u32)> {
    let mut random = SplitMix::new(seed);
    let mut now = 0;
    (0..2000).map(move |_| {
        now += match random.below(8) {
            0..=3 => 0,
            4 | 5 => random.below(window / 50 + 1),
            6 => random.below(window / 5 + 1),
            _ => random.below(window + 1),
        };
        (now, u32::try_from(1 + random.below(most)).unwrap())
    })
}

#[test]
fn no_sliding_window_anywhere_holds_more_than_the_limit() {
    for seed in 0..200 {
        let (limit, window) = (1 + u32::try_from(seed % 40).unwrap(), 1 + seed * seed * 1_000);
        let sliding = SlidingWindow::new(Quota::per(limit, ns(window))).unwrap();
        let mut log = Log::default();
        for (now, n) in trace(seed, window, u64::from(limit.min(5))) {
            let room = u64::from(limit) - log.within(now, window).min(limit.into());
            // What an exact log of a window and a tenth refuses may be refused, too.
            let late = window + window.div_ceil(10);
            let sure = u64::from(limit) - log.within(now, late).min(limit.into());
            let left = u64::from(sliding.remaining_at(ns(now)));
            assert!(left <= room, "seed {seed}: {left} left, {room} in truth");
            assert!(left >= sure, "seed {seed}: {left} left, {sure} for sure");
            if sliding.try_acquire_many_at(n, ns(now)).is_ok() {
                log.0.push((now, n));
            } else {
                assert!(left < n.into());
            }
        }
        assert!(log.worst(window) <= limit.into(), "seed {seed}");
        assert!(log.0.len() > 20, "the trace asks for something");
    }
}

#[test]
fn instants_a_tenth_of_the_window_apart_are_remembered_exactly() {
    let sliding = SlidingWindow::new(Quota::per(5, ns(1000))).unwrap();
    let mut log = Log::default();
    let mut random = SplitMix::new(5);
    let mut now = 0;
    for _ in 0..5000 {
        now += 100 + random.below(200);
        let fits = log.within(now, 1000) < 5;
        assert_eq!(sliding.try_acquire_at(ns(now)).is_ok(), fits, "at {now}");
        if fits {
            log.0.push((now, 1));
        }
    }
}

#[test]
fn two_bursts_around_an_edge_are_twice_the_limit_in_a_fixed_window_and_once_in_a_sliding_one() {
    let quota = Quota::per(10, ns(1000));
    let fixed = FixedWindow::new(quota).unwrap();
    let sliding = SlidingWindow::new(quota).unwrap();
    let mut counts = [0, 0];
    for now in [999, 1000] {
        counts[0] += fixed.try_acquire_up_to_at(10, ns(now));
        counts[1] += sliding.try_acquire_up_to_at(10, ns(now));
    }
    assert_eq!(counts, [20, 10]);
}

#[test]
fn an_entry_expires_by_its_last_stamp_and_not_by_its_first() {
    let sliding = SlidingWindow::new(Quota::per(2, ns(1000))).unwrap();
    assert!(sliding.try_acquire_at(ns(0)).is_ok());
    assert!(sliding.try_acquire_at(ns(99)).is_ok());
    assert!(sliding.try_acquire_at(ns(1000)).is_err(), "one of them is 901 old");
    assert!(sliding.try_acquire_at(ns(1099)).is_ok());
}

#[test]
fn no_aligned_window_of_a_fixed_counter_holds_more_than_the_limit() {
    for seed in 0..100 {
        let (limit, window) = (1 + u32::try_from(seed % 20).unwrap(), 10 + seed * 997);
        let fixed = FixedWindow::new(Quota::per(limit, ns(window))).unwrap();
        let mut log: Vec<(u64, u32)> = Vec::new();
        for (now, n) in trace(seed, window, 4) {
            let index = now / window;
            let used: u32 = log.iter().filter(|e| e.0 / window == index).map(|e| e.1).sum();
            let answer = fixed.try_acquire_many_at(n, ns(now));
            assert_eq!(answer.is_ok(), used + n <= limit, "seed {seed} at {now}");
            match answer {
                Ok(()) => log.push((now, n)),
                Err(refused) if n <= limit => {
                    assert_eq!(refused.retry_after(), Some(ns((index + 1) * window - now)));
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn a_sliding_counter_is_the_weighted_sum_of_two_counts() {
    for seed in 0..100 {
        let (limit, window) = (1 + u32::try_from(seed % 20).unwrap(), 10 + seed * 997);
        let counter = SlidingCounter::new(Quota::per(limit, ns(window))).unwrap();
        let mut log: Vec<(u64, u32)> = Vec::new();
        let count = |log: &[(u64, u32)], index: u64| -> u128 {
            log.iter().filter(|e| e.0 / window == index).map(|e| u128::from(e.1)).sum()
        };
        for (now, n) in trace(seed, window, 4) {
            let index = now / window;
            let last = if index == 0 { 0 } else { count(&log, index - 1) };
            let covered = u128::from(window - now % window);
            let sum = last * covered + (count(&log, index) + u128::from(n)) * u128::from(window);
            let fits = sum <= u128::from(limit) * u128::from(window);
            let answer = counter.try_acquire_many_at(n, ns(now));
            assert_eq!(answer.is_ok(), fits, "seed {seed} at {now}");
            if fits {
                log.push((now, n));
            }
        }
    }
}

fn all(quota: Quota) -> Vec<Box<dyn Limit>> {
    vec![
        Box::new(TokenBucket::new(quota).unwrap()),
        Box::new(LeakyBucket::new(quota).unwrap()),
        Box::new(FixedWindow::new(quota).unwrap()),
        Box::new(SlidingWindow::new(quota).unwrap()),
        Box::new(SlidingCounter::new(quota).unwrap()),
        Box::new(
            Combined::new(&[
                Rule::TokenBucket(quota),
                Rule::SlidingWindow(quota),
                Rule::FixedWindow(quota),
                Rule::SlidingCounter(quota),
            ])
            .unwrap(),
        ),
    ]
}

#[test]
fn coming_back_at_the_hint_succeeds_and_a_nanosecond_earlier_does_not() {
    for (limit, period) in [
        (1, 1_000_000_000_u64),
        (3, 1_000_000_000),
        (7, 1_000_000_000),
        (999_983, 60_000_000_000),
        (1_000_000_000, 1_000_000_000),
        (700_000_000, 1_000_000_000),
        (1, 86_400_000_000_000),
        (10, 10),
        (3, 17),
        (1, 1),
        (u32::MAX, 4_294_967_295),
    ] {
        let quota = Quota::per(limit, ns(period));
        for limiter in all(quota) {
            let mut random = SplitMix::new(period);
            let mut now = 1_700_000_000_000_000_000;
            let (mut refusals, mut tries) = (0, 0);
            while refusals < 40 && tries < 4000 {
                tries += 1;
                let n = 1 + u32::try_from(random.below(u64::from(limit.min(1000)))).unwrap();
                if tries % 10 == 1 {
                    limiter.try_acquire_up_to_at(u32::MAX, ns(now));
                }
                if let Err(refused) = limiter.try_acquire_many_at(n, ns(now)) {
                    refusals += 1;
                    let wait = refused.retry_after().unwrap();
                    assert!(wait > Duration::ZERO);
                    assert_eq!(limiter.fits_in_at(n, ns(now)), Some(wait));
                    let then = ns(now) + wait;
                    let early = limiter.peek_at(n, then.saturating_sub(ns(1)));
                    assert!(early.is_err(), "{limiter:?}: {n} fit before {wait:?}");
                    assert!(limiter.try_acquire_many_at(n, then).is_ok(), "{limiter:?} {wait:?}");
                    now += u64::try_from(wait.as_nanos()).unwrap();
                }
                now += random.below(period / u64::from(limit) + 2);
            }
            assert!(refusals > 10, "{limiter:?}");
        }
    }
}

#[test]
fn what_is_left_and_what_was_taken_are_the_burst() {
    for limiter in all(Quota::per_hour(20)) {
        let mut taken = 0;
        for n in [1, 0, 5, 2, 7] {
            let n = limiter.try_acquire_up_to_at(n, ns(5));
            taken += n;
            assert_eq!(limiter.remaining_at(ns(5)) + taken, 20, "{limiter:?}");
            assert_eq!(limiter.snapshot_at(ns(5)).remaining + taken, 20);
        }
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, ns(5)), 5, "{limiter:?}");
        assert_eq!(limiter.try_acquire_up_to_at(1, ns(5)), 0);
    }
}

#[test]
fn many_at_once_are_as_many_singles_at_one_instant() {
    let quota = Quota::per_second(700);
    for (many, single) in all(quota).into_iter().zip(all(quota)) {
        let mut random = SplitMix::new(1);
        let mut now = 0;
        for _ in 0..2000 {
            now += random.below(9_000_000);
            let n = u32::try_from(random.below(8)).unwrap();
            if many.peek_at(n, ns(now)).is_ok() {
                many.try_acquire_many_at(n, ns(now)).unwrap();
                (0..n).for_each(|_| single.try_acquire_many_at(1, ns(now)).unwrap());
            }
            assert_eq!(many.snapshot_at(ns(now)), single.snapshot_at(ns(now)));
        }
    }
}

#[test]
fn a_year_of_any_rate_does_not_drift() {
    const YEAR: u64 = 365 * 86_400 * 1_000_000_000;
    for (limit, period) in [
        (1, 86_400_000_000_000),
        (7, 86_400_000_000_000),
        (1, 1_000_000_000),
        (3, 1_000_000_000),
        (7, 1_000_000_000),
        (77, 1_000_000_000),
        (1009, 1_000_000_000),
        (999_983, 1_000_000_000),
        (600_000_007, 1_000_000_000),
        (999_999_999, 1_000_000_000),
        (1_000_000_000, 1_000_000_000),
        (13, 777_777_777),
    ] {
        // The burst is a little less than what a step of time yields, so none is lost.
        let step = YEAR / 5000;
        let gain = u128::from(step) * u128::from(limit) / u128::from(period);
        let Ok(burst) = u32::try_from(gain + 2) else {
            let bucket = TokenBucket::new(Quota::per(limit, ns(period)).with_burst(1000)).unwrap();
            rate_near_the_end(&bucket, limit, period, YEAR);
            continue;
        };
        let bucket = TokenBucket::new(Quota::per(limit, ns(period)).with_burst(burst)).unwrap();
        let mut taken = 0_u128;
        for now in (0..=YEAR).step_by(usize::try_from(step).unwrap()) {
            taken += u128::from(bucket.try_acquire_up_to_at(u32::MAX, ns(now)));
            let due = u128::from(burst) + u128::from(now) * u128::from(limit) / u128::from(period);
            assert!(taken.abs_diff(due) <= 1, "{limit} per {period}: {taken} of {due} at {now}");
        }
        rate_near_the_end(&bucket, limit, period, YEAR);
    }
}

/// A year on, a second of polling still yields what it should.
fn rate_near_the_end(bucket: &TokenBucket, limit: u32, period: u64, start: u64) {
    bucket.try_acquire_up_to_at(u32::MAX, ns(start));
    let mut taken = 0_u128;
    let polls = 20_000;
    // At most 900 permits between two polls.
    let step = (900 * period / u64::from(limit)).clamp(1, 1_000_000_000);
    for poll in 1..=polls {
        taken += u128::from(bucket.try_acquire_up_to_at(u32::MAX, ns(start + poll * step)));
    }
    let due = u128::from(polls * step) * u128::from(limit) / u128::from(period);
    assert!(taken.abs_diff(due) <= 1, "{limit} per {period}: {taken} of {due}");
}

#[test]
fn three_a_second_are_three_again_after_exactly_one_second() {
    for limit in [3, 7, 11, 300, 999_983] {
        for limiter in all(Quota::per_second(limit)) {
            assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, ns(0)), limit);
            let back = limiter.snapshot_at(ns(1_000_000_000)).remaining;
            // The counter still sees the last second in full.
            let name = format!("{limiter:?}");
            let approximate = name.starts_with("SlidingCounter") || name.starts_with("Combined");
            assert_eq!(back, if approximate { 0 } else { limit }, "{limiter:?}");
        }
    }
}

#[test]
fn slow_rates_lose_nothing_to_fast_polling() {
    let bucket = TokenBucket::new(Quota::per_minute(1)).unwrap();
    let step = 119_000;
    let polls = 600_000_000_000 / step;
    let taken = (0..=polls).filter(|p| bucket.try_acquire_at(ns(p * step)).is_ok()).count();
    assert_eq!(taken, 10);
}
