//! Real threads, counted exactly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use seawall_kit::clock::SplitMix;
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, LeakyQueue, Limit, Lots, Quota, Rule, SlidingCounter,
    SlidingWindow, TokenBucket, Turn,
};

const THREADS: u64 = 16;

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

/// What all threads took together.
fn total(work: impl Fn(u64) -> u64 + Sync) -> u64 {
    let sum = AtomicU64::new(0);
    thread::scope(|scope| {
        for id in 0..THREADS {
            let (sum, work) = (&sum, &work);
            scope.spawn(move || sum.fetch_add(work(id), Relaxed));
        }
    });
    sum.load(Relaxed)
}

#[test]
fn a_clock_that_stands_gives_exactly_one_burst_to_all_threads_together() {
    for limiter in all(Quota::per_second(10_007)) {
        let now = Duration::from_secs(5);
        let burst = u64::from(limiter.snapshot_at(now).limit);
        let taken = total(|id| {
            (0..2000)
                .map(|i| match (i + id) % 3 {
                    0 => u64::from(limiter.try_acquire_up_to_at(3, now)),
                    1 => 2 * u64::from(limiter.try_acquire_many_at(2, now).is_ok()),
                    _ => u64::from(limiter.try_acquire_many_at(1, now).is_ok()),
                })
                .sum()
        });
        let rest = u64::from(limiter.try_acquire_up_to_at(u32::MAX, now));
        assert_eq!(taken + rest, burst, "{limiter:?}");
    }
}

#[test]
fn whatever_else_happens_to_the_bucket_its_permits_are_counted() {
    // A word that is checked out and in, by readers, blocks, waiters and
    // updates to the same quota, while others take.
    let quota = Quota::per_hour(20_000);
    let bucket = TokenBucket::new(quota).unwrap();
    let now = Duration::from_secs(1);
    let taken = total(|id| {
        let mut random = SplitMix::new(id);
        let mut taken = 0;
        for _ in 0..1500 {
            match random.below(8) {
                0 => bucket.update_at(quota, now).unwrap(),
                1 => {
                    bucket.block_until_at(now + Duration::from_secs(1), now);
                    bucket.unblock();
                }
                2 => {
                    if let Ok(mut ticket) = bucket.join_at(1, Duration::from_secs(9), now) {
                        taken += u64::from(ticket.poll_at(None, now) == Turn::Granted);
                    }
                }
                3 => {
                    if let Ok(charge) = bucket.charge_at(3, now) {
                        charge.settle_at(1, now);
                        taken += 1;
                    }
                }
                4 => drop(bucket.snapshot_at(now)),
                _ => taken += u64::from(bucket.try_acquire_many_at(2, now).is_ok()) * 2,
            }
        }
        taken
    });
    let rest = u64::from(bucket.remaining_at(now));
    assert_eq!(taken + rest, 20_000);
}

#[test]
fn all_lots_together_hand_out_exactly_the_burst() {
    let lots = Lots::new(Quota::per_hour(10_000), 16, 50).unwrap();
    let now = Duration::from_secs(1);
    let taken = total(|_| {
        let mut lot = lots.holder().unwrap();
        (0..3000).map(|_| u64::from(lot.try_acquire_at(now).is_ok())).sum()
    });
    let rest = u64::from(lots.snapshot_at(now).remaining);
    assert_eq!(taken + rest, 10_000 - 16 * 50);
}

#[test]
fn a_change_of_quota_under_load_grants_no_more_than_the_larger_burst() {
    for _ in 0..20 {
        let (small, large) = (Quota::per_hour(100), Quota::per_hour(300));
        let bucket = TokenBucket::new(large).unwrap();
        let done = AtomicBool::new(false);
        let taken = AtomicU64::new(0);
        let now = Duration::from_secs(1);
        thread::scope(|scope| {
            scope.spawn(|| {
                for i in 0..200 {
                    bucket.update_at(if i % 2 == 0 { small } else { large }, now).unwrap();
                }
                done.store(true, Relaxed);
            });
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Relaxed) {
                        taken.fetch_add(u64::from(bucket.try_acquire_at(now).is_ok()), Relaxed);
                    }
                });
            }
        });
        let taken = taken.load(Relaxed);
        assert!(taken <= 300, "{taken}");
    }
}
