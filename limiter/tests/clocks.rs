//! Clocks that stand, go back, leap, or come to their end; and numbers at the
//! end of their range.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use seawall_errors::family::COST_ABOVE_LIMIT;
use seawall_kit::clock::{SplitMix, random_walk, walks};
use seawall_kit::extremes::{DURATION, U32, pairs, survives, triples};
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, LeakyQueue, Limit, Lots, Mode, Quota, Rule, SlidingCounter,
    SlidingWindow, TokenBucket, Turn,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn all(quota: Quota) -> Vec<Box<dyn Limit>> {
    vec![
        Box::new(TokenBucket::new(quota).unwrap()),
        Box::new(LeakyBucket::new(quota).unwrap()),
        Box::new(LeakyQueue::new(quota).unwrap()),
        Box::new(FixedWindow::new(quota).unwrap()),
        Box::new(SlidingWindow::new(quota).unwrap()),
        Box::new(SlidingCounter::new(quota).unwrap()),
        Box::new(Combined::new(&[Rule::TokenBucket(quota), Rule::SlidingWindow(quota)]).unwrap()),
    ]
}

#[test]
fn a_late_reading_admits_nothing_that_the_highest_one_would_not() {
    // Readings of one steady clock, shuffled by up to a second.
    for seed in 0..50 {
        for limiter in all(Quota::per_second(10)) {
            let mut random = SplitMix::new(seed);
            let (mut highest, mut taken) = (0, 0);
            let window = format!("{limiter:?}").contains("Window");
            for step in 0..3000_u64 {
                let now = (step * 10).saturating_sub(random.below(1000));
                highest = highest.max(now);
                taken += u64::from(limiter.try_acquire_many_at(1, ms(now)).is_ok());
            }
            // Rate and burst; a window begins once more in between.
            let most = 10 + highest / 100 + if window { 10 } else { 0 };
            assert!(taken <= most, "{limiter:?}: {taken} of {most}");
            // A queue lets one out at a time, and late readings miss their turn.
            let least = if limiter.snapshot_at(ms(0)).limit == 1 { most / 2 } else { most * 2 / 3 };
            assert!(taken >= least, "{limiter:?}: {taken} of {most}");
        }
    }
}

#[test]
fn a_clock_that_stands_gives_one_burst() {
    for limiter in all(Quota::per_second(10)) {
        let burst = limiter.snapshot_at(ms(7)).limit;
        let taken = (0..1000).filter(|_| limiter.try_acquire_many_at(1, ms(7)).is_ok()).count();
        assert_eq!(taken, usize::try_from(burst).unwrap(), "{limiter:?}");
    }
}

#[test]
fn years_of_rest_give_one_burst() {
    for limiter in all(Quota::per_second(10)) {
        let burst = limiter.snapshot_at(ms(0)).limit;
        for year in [0, 3, 40, 100] {
            let now = Duration::from_secs(year * 365 * 86_400);
            assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, now), burst, "{limiter:?}");
            assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, now), 0, "{limiter:?}");
        }
    }
}

#[test]
fn a_leap_forward_and_back_costs_at_most_a_burst_and_wedges_nothing() {
    let century = Duration::from_secs(100 * 365 * 86_400);
    for limiter in all(Quota::per_second(10)) {
        let burst = limiter.snapshot_at(ms(0)).limit;
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, ms(1000)), burst);
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, century), burst);
        let back = limiter.try_acquire_up_to_at(u32::MAX, ms(2000));
        assert_eq!(back, burst, "{limiter:?} is mended, once");
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, ms(2000)), 0, "{limiter:?}");
        let later = (1..=100_u64)
            .map(|step| limiter.try_acquire_up_to_at(u32::MAX, ms(2000 + step * 100)))
            .sum::<u32>();
        assert!((80..=110).contains(&later), "{limiter:?} goes on at its rate: {later}");
    }
}

#[test]
fn a_block_set_by_a_clock_that_was_ahead_ends_when_it_goes_back() {
    let year = Duration::from_secs(365 * 86_400);
    for limiter in all(Quota::per_second(10)) {
        limiter.block_until_at(year + ms(500), year);
        assert!(limiter.try_acquire_many_at(1, year).is_err());
        assert!(limiter.try_acquire_many_at(1, ms(0)).is_ok(), "{limiter:?}");
    }
}

#[test]
fn no_walk_of_the_clock_panics_or_wedges_any_verb() {
    let walks = walks(1).chain((0..40).map(random_walk));
    for walk in walks {
        let name = walk.name();
        for limiter in all(Quota::per_second(1000).with_max_wait(ms(20))) {
            let mut random = SplitMix::new(9);
            let mut tickets = Vec::new();
            let mut last = Duration::ZERO;
            for now in walk.clone().take(400) {
                last = now;
                let n = u32::try_from(random.below(5)).unwrap();
                match random.below(9) {
                    0 => drop(limiter.try_acquire_up_to_at(n, now)),
                    1 => drop(limiter.peek_at(n, now)),
                    2 => drop(limiter.fits_in_at(n, now)),
                    3 => tickets.extend(limiter.join_at(n, None, now)),
                    4 => tickets.truncate(tickets.len() / 2),
                    5 => limiter.block_until_at(now.saturating_add(ms(1)), now),
                    6 => drop(limiter.snapshot_at(now)),
                    _ => drop(limiter.try_acquire_many_at(n, now)),
                }
                tickets
                    .retain_mut(|ticket| matches!(ticket.poll_at(None, now), Turn::NotBefore(_)));
            }
            tickets.clear();
            // Where the clock has come to its end nothing is refilled any more.
            let end = Duration::from_nanos(1 << 62);
            let later = last.min(end.saturating_sub(ms(60_000))) + ms(50_000);
            if last < end {
                let taken = limiter.try_acquire_many_at(1, later);
                assert!(taken.is_ok(), "{name}: {limiter:?} is wedged");
            }
        }
    }
}

#[test]
fn no_number_makes_any_verb_panic() {
    survives("quotas", triples(U32, DURATION, U32), |(limit, period, n)| {
        for quota in [Quota::per(limit, period), Quota::per(limit, period).with_burst(n)] {
            let valid = quota.check().is_ok();
            assert_eq!(TokenBucket::new(quota).is_ok(), valid);
            let _ = Lots::new(quota, n, limit);
            let _ = FixedWindow::new(quota).map(|w| w.try_acquire_many_at(n, period));
            let _ = SlidingWindow::new(quota).map(|w| w.try_acquire_many_at(n, period));
            let _ = SlidingCounter::new(quota).map(|w| w.try_acquire_many_at(n, period));
            let Ok(bucket) = TokenBucket::new(quota) else { continue };
            for now in [Duration::ZERO, period, Duration::MAX] {
                let _ = bucket.try_acquire_many_at(n, now);
                let _ = bucket.fits_in_at(limit, now);
                let _ = bucket.snapshot_at(now);
                let _ = bucket.charge_at(n, now).map(|charge| charge.settle_at(limit, now));
                let _ = bucket.reserve_at(n, period, now).map(|r| r.cancel_at(period));
                let _ = bucket.join_at(n, period, now).map(|mut t| t.poll_at(None, period));
                bucket.block_until_at(period, now);
                let _ = bucket.update_at(Quota::per(n, period), now);
            }
        }
    });
    survives("times", pairs(DURATION, DURATION), |(a, b)| {
        for limiter in all(Quota::per_second(3).with_max_wait(Duration::MAX)) {
            for now in [a, b, a] {
                let _ = limiter.try_acquire_many_at(2, now);
                let _ = limiter.join_at(2, Some(b), now).map(|mut t| t.poll_at(None, a));
                limiter.block_until_at(b, a);
                limiter.set_mode(Mode::Normal);
            }
        }
    });
}

#[test]
fn more_than_ever_fits_does_not_fit_where_nothing_was_taken_either() {
    for limiter in all(Quota::per_second(10)) {
        let burst = limiter.snapshot_at(ms(5000)).limit;
        for n in [burst + 1, u32::MAX] {
            let refused = limiter.try_acquire_many_at(n, ms(5000)).unwrap_err();
            assert_eq!((refused.code(), refused.retry_after()), (COST_ABOVE_LIMIT, None));
            assert!(limiter.join_at(n, None, ms(5000)).is_err(), "{limiter:?}");
        }
        assert_eq!(limiter.try_acquire_up_to_at(u32::MAX, ms(5000)), burst, "{limiter:?}");
    }
}

#[test]
fn zero_is_free_and_more_than_ever_fits_is_refused_at_once_and_changes_nothing() {
    for limiter in all(Quota::per_second(10).with_max_wait(Duration::MAX)) {
        let burst = limiter.snapshot_at(ms(0)).limit;
        limiter.try_acquire_up_to_at(u32::MAX, ms(0));
        let before = limiter.snapshot_at(ms(50));
        assert!(limiter.try_acquire_many_at(0, ms(50)).is_ok());
        for n in [burst + 1, u32::MAX] {
            let refused = limiter.try_acquire_many_at(n, ms(50)).unwrap_err();
            assert_eq!(refused.code(), COST_ABOVE_LIMIT);
            assert_eq!(refused.retry_after(), None, "never is not later");
            assert_eq!(refused.number("limit"), Some(burst.into()));
            assert_eq!(refused.number("cost"), Some(n.into()));
            assert_eq!(limiter.fits_in_at(n, ms(50)), None);
            assert_eq!(limiter.join_at(n, None, ms(50)).unwrap_err().code(), refused.code());
        }
        assert_eq!(limiter.snapshot_at(ms(50)), before, "{limiter:?}");
        assert!(limiter.fits_in_at(burst, ms(50)).is_some());
    }
}

#[test]
fn impossible_quotas_are_refused_by_name_and_all_faults_at_once() {
    let fields = |quota: Quota| match quota.check() {
        Ok(()) => Vec::new(),
        Err(invalid) => invalid.fields().collect(),
    };
    let second = Duration::from_secs(1);
    let table = [
        (Quota::per_second(0), vec!["limit"]),
        (Quota::per(0, Duration::ZERO).with_burst(0), vec!["limit", "period", "burst"]),
        (Quota::per(1, Duration::MAX), vec!["period"]),
        (Quota::per_second(1_000_000_001), vec!["rate"]),
        (Quota::per_second(1_000_000_000), vec![]),
        (Quota::per_day(1).with_burst(u32::MAX), vec![]),
        (Quota::every(second), vec![]),
    ];
    for (quota, faults) in table {
        assert_eq!(fields(quota), faults, "{quota:?}");
        assert_eq!(TokenBucket::new(quota).is_ok(), faults.is_empty());
    }
    let window = SlidingWindow::new(Quota::per_second(5).with_burst(5)).unwrap_err();
    assert_eq!(window.to_string(), "burst is 5, must not be set for a window");
    let lots = Lots::new(Quota::per_second(0).with_burst(100), 10, 10).unwrap_err();
    assert_eq!(lots.fields().collect::<Vec<_>>(), ["limit", "holders × lot"]);
    assert!(Combined::new(&[]).is_err());
}

#[test]
fn the_largest_burst_at_the_slowest_rate_is_exact() {
    let bucket = TokenBucket::new(Quota::per_day(1).with_burst(u32::MAX)).unwrap();
    assert!(bucket.try_acquire_many_at(u32::MAX, ms(0)).is_ok());
    assert!(bucket.try_acquire_at(ms(0)).is_err());
    let day = Duration::from_secs(86_400);
    assert!(bucket.try_acquire_at(day.saturating_sub(ms(1))).is_err());
    assert!(bucket.try_acquire_at(day).is_ok());
    assert!(bucket.try_acquire_at(day).is_err());
}
