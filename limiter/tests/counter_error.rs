//! Measures how wrong the sliding counter is; prints the figures of its docs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use seawall_kit::clock::SplitMix;
use seawall_limiter::{Quota, SlidingCounter};

const LIMIT: u64 = 1000;
const WINDOW: u64 = 1_000_000;

/// The most in any window, for limit 1000.
fn worst(log: &[u64]) -> u64 {
    let (mut from, mut worst) = (0, 0);
    for (to, stamp) in log.iter().enumerate() {
        while log[from] + WINDOW <= *stamp {
            from += 1;
        }
        worst = worst.max(to - from + 1);
    }
    worst as u64
}

fn counter() -> SlidingCounter {
    SlidingCounter::new(Quota::per(1000, Duration::from_nanos(WINDOW))).unwrap()
}

fn take(counter: &SlidingCounter, now: u64, log: &mut Vec<u64>) -> bool {
    let passed = counter.try_acquire_at(Duration::from_nanos(now)).is_ok();
    if passed {
        log.push(now);
    }
    passed
}

#[test]
fn the_error_of_the_sliding_counter_is_as_its_docs_say() {
    // The worst: all of a period at its end, and all of the next as soon as the
    // counter forgets, or the last at the very end.
    let mut most = 0;
    for late in [500_000, 900_000, 990_000, 999_000, 999_999] {
        let (counter, mut log) = (counter(), Vec::new());
        for _ in 0..LIMIT {
            take(&counter, late, &mut log);
        }
        for now in WINDOW..3 * WINDOW {
            if now % 37 == 0 || now == late + WINDOW - 1 {
                while take(&counter, now, &mut log) {}
            }
        }
        most = most.max(worst(&log));
    }
    // Random traffic: bursts and rests.
    let (mut over, mut excess, mut refused_idle) = (0, 0, 0);
    for seed in 0..100 {
        let mut random = SplitMix::new(seed);
        let (counter, mut log) = (counter(), Vec::new());
        let mut now = 0;
        while now < 6 * WINDOW {
            now += random.below(WINDOW / 2);
            for _ in 0..random.below(800) {
                now += random.below(300);
                if !take(&counter, now, &mut log) {
                    let held = log.len() - log.partition_point(|t| *t + WINDOW <= now);
                    let held = held as u64;
                    refused_idle = refused_idle.max(LIMIT - held.min(LIMIT));
                }
            }
        }
        let worst = worst(&log);
        over += u32::from(worst > LIMIT);
        excess = excess.max(worst.saturating_sub(LIMIT));
    }
    println!(
        "limit {LIMIT}: {most} in the worst window; of 100 random traces {over} passed the limit, \
         by up to {excess}; refused with {refused_idle} free"
    );
    assert_eq!((most, over, excess, refused_idle), (1999, 100, 569, 636));
}
