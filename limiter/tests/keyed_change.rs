//! Quotas, plans and tiers that change under the keys.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use seawall_kit::extremes::{DURATION, U32, U64, pairs, survives};
use seawall_limiter::{Hashed, Keyed, Keys, Mode, Overflow, Plan, Quota, Rule, TokenBucket};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_key_that_nobody_used_through_a_hundred_changes_stands_as_if_it_had_been_there() {
    let quotas = [
        Quota::per_minute(7).with_burst(5),
        Quota::per_second(3).with_burst(20),
        Quota::per_hour(77).with_burst(9),
    ];
    for changes in [1, 2, 31, 32, 33, 64, 100] {
        let keyed = Keyed::<u64>::new(quotas[0], Keys::new(100)).unwrap();
        let plain = TokenBucket::new(quotas[0]).unwrap();
        keyed.try_acquire_many_at(&1, 5, ms(0)).unwrap();
        plain.try_acquire_many_at(5, ms(0)).unwrap();
        for change in 1..=changes {
            let at = ms(change * 3);
            let quota = quotas[usize::try_from(change).unwrap() % 3];
            keyed.update_at(quota, at).unwrap();
            plain.update_at(quota, at).unwrap();
        }
        let now = ms(changes * 3 + 1);
        assert_eq!(keyed.snapshot_of_at(&1, now), plain.snapshot_at(now), "{changes}");
        assert_eq!(keyed.try_acquire_many_at(&1, 2, now), plain.try_acquire_many_at(2, now));
        assert_eq!(keyed.fits_in_at(&1, 2, now), plain.fits_in_at(2, now), "{changes}");
        assert!(keyed.fits_in_at(&1, 3, now).unwrap() > ms(10), "{changes}");
    }
}

#[test]
fn a_change_gives_no_burst_to_who_owes_and_a_stranger_has_the_new_one() {
    let keyed = Keyed::<u64>::new(Quota::per_hour(10), Keys::new(100)).unwrap();
    keyed.try_acquire_many_at(&1, 10, ms(0)).unwrap();
    keyed.try_acquire_many_at(&2, 4, ms(0)).unwrap();
    keyed.update_at(Quota::per_hour(100), ms(1)).unwrap();
    assert_eq!(keyed.remaining_at(&1, ms(1)), 0);
    assert_eq!(keyed.remaining_at(&2, ms(1)), 6, "a larger burst is earned");
    assert_eq!(keyed.remaining_at(&3, ms(1)), 100);
    keyed.update_at(Quota::per_hour(100).with_burst(5), ms(2)).unwrap();
    assert_eq!([1, 2, 3].map(|key| keyed.remaining_at(&key, ms(2))), [0, 5, 5]);
    let faults = keyed.update(Quota::per_second(0).with_burst(0)).unwrap_err();
    assert_eq!(faults.fields().collect::<Vec<_>>(), ["limit", "burst"]);
    assert_eq!(keyed.remaining_at(&2, ms(2)), 5, "what is not valid changes nothing");
    assert!(keyed.update(Rule::FixedWindow(Quota::per_second(1))).is_err());
    assert!(keyed.update_plans([Quota::per_second(1); 2]).is_err());
}

#[test]
fn who_changes_to_limits_of_another_kind_takes_along_what_he_had_left() {
    let hour = Quota::per_hour(10);
    let plans = [
        Plan::from(hour),
        [Rule::FixedWindow(hour), Rule::TokenBucket(Quota::per_hour(4))].into(),
        [Rule::SlidingWindow(hour), Rule::SlidingCounter(hour), Rule::FixedWindow(hour)].into(),
    ];
    let tier = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&tier);
    let keyed = Keyed::<u64>::with_plans(plans, move |_| own.load(Relaxed), Keys::new(9)).unwrap();
    keyed.try_acquire_many_at(&1, 7, ms(1)).unwrap();
    for plan in [1, 2, 0, 2, 1, 0] {
        tier.store(plan, Relaxed);
        assert_eq!(keyed.remaining_at(&1, ms(2)), 3, "looking at plan {plan}");
        assert!(keyed.try_acquire_many_at(&1, 4, ms(2)).is_err(), "plan {plan}");
    }
    tier.store(1, Relaxed);
    assert_eq!(keyed.try_acquire_up_to_at(&1, 9, ms(2)), 3);
    for plan in [2, 0, 1] {
        tier.store(plan, Relaxed);
        assert!(keyed.try_acquire_at(&1, ms(3)).is_err(), "plan {plan}");
    }
}

#[test]
fn a_stack_may_become_another_one() {
    let keyed = Keyed::<u64>::new([Rule::FixedWindow(Quota::per_hour(5))], Keys::new(9)).unwrap();
    keyed.try_acquire_many_at(&1, 4, ms(0)).unwrap();
    keyed
        .update_at(
            [Rule::FixedWindow(Quota::per_hour(9)), Rule::SlidingWindow(Quota::per_hour(100))],
            ms(1),
        )
        .unwrap();
    assert_eq!(keyed.remaining_at(&1, ms(1)), 1, "of what the key had left");
    assert_eq!(keyed.remaining_at(&2, ms(1)), 9);
    keyed.update_at(Quota::per_hour(50), ms(2)).unwrap();
    assert_eq!(keyed.remaining_at(&1, ms(2)), 1);
}

#[test]
fn a_change_while_threads_take_makes_nobody_richer() {
    let quotas = [5, 3, 4].map(Quota::per_hour);
    for round in 0..20_u64 {
        let keyed = Keyed::<u64>::new(quotas[0], Keys::new(64).with_shards(1)).unwrap();
        let stacked = Keyed::<u64>::new([Rule::FixedWindow(quotas[0])], Keys::new(64)).unwrap();
        let done = AtomicBool::new(false);
        let taken: [u32; 2] = thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut taken = [0, 0];
                        for _ in 0..500 {
                            taken[0] += u32::from(keyed.try_acquire_at(&round, ms(9)).is_ok());
                            taken[1] += u32::from(stacked.try_acquire_at(&round, ms(9)).is_ok());
                        }
                        taken
                    })
                })
                .collect();
            let changes = scope.spawn(|| {
                let mut change = 0;
                while !done.load(Relaxed) {
                    change += 1;
                    keyed.update_at(quotas[change % 3], ms(9)).unwrap();
                    stacked.update_at(Rule::FixedWindow(quotas[change % 3]), ms(9)).unwrap();
                }
            });
            let each: Vec<[u32; 2]> = threads.into_iter().map(|t| t.join().unwrap()).collect();
            done.store(true, Relaxed);
            changes.join().unwrap();
            [0, 1].map(|i| each.iter().map(|taken| taken[i]).sum())
        });
        // The window's burst may be earned at once: it counts what it has let through.
        assert!(taken.iter().all(|taken| (3..=5).contains(taken)), "{taken:?}");
    }
}

#[test]
fn a_change_gives_every_hashed_key_a_new_bucket() {
    let hashed = Hashed::<u64>::new(Quota::per_hour(2), Keys::new(100)).unwrap();
    let mut now = 0;
    // Often enough for the scale to go round.
    for change in 1..200_u32 {
        now += 1;
        assert_eq!(
            hashed.try_acquire_up_to_at(&1, 999, ms(now)),
            hashed.clone().remaining_at(&2, ms(now))
        );
        assert!(hashed.try_acquire_at(&1, ms(now)).is_err());
        hashed.update(Quota::per_hour(change + 1)).unwrap();
        assert_eq!(hashed.remaining_at(&1, ms(now)), change + 1);
    }
    assert!(hashed.update(Quota::per_second(0)).is_err());
    hashed.set_mode(Mode::ForcedOn);
    assert!(hashed.try_acquire_at(&3, ms(now)).is_err());
    assert_eq!(hashed.mode(), Mode::ForcedOn);
}

#[test]
fn no_extreme_panics() {
    let keys = || Keys::new(2).with_shards(1).with_overflow(Overflow::Share);
    let quotas = |burst: u32, period: Duration| {
        [Quota::per(u32::MAX, period), Quota::per(1, period)].map(|q| q.with_burst(burst))
    };
    let tried = survives("keyed", pairs(U32, DURATION), |(burst, time)| {
        for quota in quotas(burst, time) {
            let rule = Rule::TokenBucket(quota);
            let window = Rule::SlidingWindow(Quota::per(1, time));
            let bucket = Keyed::<u64>::new(quota, keys());
            let stack = Keyed::<u64>::new([rule, window], keys());
            for keyed in [bucket, stack].into_iter().flatten() {
                for &key in U64 {
                    for at in [Duration::ZERO, time, Duration::MAX, ms(1)] {
                        let _ = keyed.try_acquire_many_at(&key, burst, at);
                        keyed.try_acquire_up_to_at(&key, burst, at);
                        let _ = keyed.peek_at(&key, burst, at);
                        let _ = (keyed.remaining_at(&key, at), keyed.rooms_at(&key, at));
                        let _ = (keyed.fits_in_at(&key, burst, at), keyed.snapshot_of_at(&key, at));
                        let _ = keyed.block_until_at(&key, time, at);
                        let _ = keyed.join_at(&key, burst, time, at);
                        if let Ok(charge) = keyed.charge_at(&key, burst, at) {
                            charge.settle_at(u32::MAX, time);
                        }
                        let _ = keyed.update_at(Quota::per(7, ms(3)), at);
                        let _ = keyed.update_at(quota, time);
                        keyed.sweep_at(at);
                    }
                    keyed.unblock(&key);
                }
            }
            if let Ok(hashed) = Hashed::<u64>::new(quota, keys()) {
                for &key in U64 {
                    for at in [Duration::ZERO, time, Duration::MAX, ms(1)] {
                        let _ = hashed.try_acquire_many_at(&key, burst, at);
                        hashed.try_acquire_up_to_at(&key, burst, at);
                        let _ = hashed.peek_at(&key, burst, at);
                        let _ = (hashed.remaining_at(&key, at), hashed.fits_in_at(&key, burst, at));
                    }
                }
                let _ = hashed.update(Quota::per(7, ms(3)));
            }
        }
    });
    assert!(tried > 30);
}

#[test]
fn nobody_owes_anything_for_a_storm_of_changes() {
    let quota = |n: u32| Quota::per_second(7).with_burst(3 + n % 2);
    let rules = |n| [Rule::TokenBucket(quota(n)), Rule::FixedWindow(Quota::per_second(100))];
    for keyed in [
        Keyed::<u64>::new(quota(0), Keys::new(40_000)).unwrap(),
        Keyed::<u64>::new(rules(0), Keys::new(40_000)).unwrap(),
    ] {
        for key in 0..10_000 {
            keyed.try_acquire_at(&key, ms(0)).unwrap();
        }
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for n in 0..200 {
                        keyed
                            .update_at(rules(n), ms(5_000))
                            .or_else(|_| keyed.update_at(quota(n), ms(5_000)))
                            .unwrap();
                    }
                });
            }
        });
        keyed
            .update_at(rules(0), ms(5_000))
            .or_else(|_| keyed.update_at(quota(0), ms(5_000)))
            .unwrap();
        let owing = (0..10_000).filter(|key| keyed.remaining_at(key, ms(5_000)) < 3).count();
        assert_eq!(owing, 0);
    }
}
