//! Real threads, counted exactly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use seawall_breaker::{Breaker, Policy, Receipt, State};
use seawall_kit::clock::SplitMix;

const THREADS: u64 = 8;
const CALLS: u64 = 20_000;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn all(work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for id in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(id));
        }
    });
}

#[test]
fn while_the_clock_stands_no_result_is_lost_or_counted_twice() {
    // All fall into one bucket; a third of them fails, a fifth is slow.
    let policy =
        Policy::new().with_min_calls(1_000_000).with_slow_after(s(1)).with_slow_above(99.0);
    let breaker = Breaker::new(policy).unwrap();
    all(|id| {
        for i in 0..CALLS {
            let began = if (i + id) % 5 == 0 { s(97) } else { s(100) };
            let permit = breaker.try_acquire_at(began).unwrap();
            match i % 3 {
                0 => permit.fail_at(s(100)),
                _ => permit.succeed_at(s(100)),
            };
        }
    });
    let seen = breaker.snapshot_at(s(100));
    let each = |n: u64| (0..CALLS).filter(|i| i % n == 0).count() as u64 * THREADS;
    assert_eq!((seen.calls, seen.failed), (THREADS * CALLS, each(3)));
    assert_eq!(seen.slow, each(5));
}

#[test]
fn buckets_that_turn_under_load_keep_what_belongs_to_the_window() {
    // Every thread walks through the seconds at its own pace, never more than
    // one window away from the others; none fails to be counted while it is in.
    let breaker = Breaker::new(Policy::new().with_min_calls(1_000_000)).unwrap();
    for second in 0..40 {
        all(|_| {
            for i in 0..500 {
                let now = s(100 + second) + Duration::from_millis(i);
                breaker.try_acquire_at(now).unwrap().succeed_at(now);
            }
        });
        let now = s(100 + second) + Duration::from_millis(500);
        let seconds = (second + 1).min(10);
        assert_eq!(breaker.snapshot_at(now).calls, seconds * THREADS * 500, "second {second}");
    }
}

#[test]
fn a_count_window_holds_exactly_the_last_results() {
    let policy = Policy::new().with_count_window(1_000).with_min_calls(1_000);
    let breaker = Breaker::new(policy.with_errors_above(99.0)).unwrap();
    all(|id| {
        for i in 0..CALLS {
            let permit = breaker.try_acquire_at(s(1)).unwrap();
            if (i + id) % 7 == 0 {
                permit.fail_at(s(1))
            } else {
                permit.succeed_at(s(1))
            };
        }
    });
    assert_eq!(breaker.snapshot_at(s(1)).calls, 1_000);
    // A thousand successes later not one failure is left.
    all(|_| {
        for _ in 0..125 {
            breaker.try_acquire_at(s(1)).unwrap().succeed_at(s(1));
        }
    });
    let seen = breaker.snapshot_at(s(1));
    assert_eq!((seen.calls, seen.failed), (1_000, 0));
}

#[test]
fn probes_stay_within_their_cap_whatever_becomes_of_them() {
    let policy = Policy::new().with_consecutive(1).with_probes(5).with_jitter(0.0);
    let policy = policy.with_open_time(Duration::from_nanos(1)).with_growth(1.0, s(1));
    let breaker = Breaker::new(policy.with_probe_spacing(Duration::ZERO)).unwrap();
    let (time, out, probes) = (AtomicU64::new(1), AtomicU64::new(0), AtomicU64::new(0));
    all(|id| {
        let mut random = SplitMix::new(id);
        for _ in 0..CALLS / 4 {
            let now = Duration::from_micros(time.fetch_add(1, Relaxed));
            let Ok(permit) = breaker.try_acquire_at(now) else { continue };
            let (generation, is_probe) = (permit.generation(), permit.is_probe());
            if is_probe {
                out.fetch_add(1, Relaxed);
                probes.fetch_add(1, Relaxed);
                let seen = breaker.snapshot_at(now);
                let same = seen.generation == generation;
                assert!(!same || seen.probes_in_flight + seen.probes_succeeded <= 5, "{seen:?}");
            }
            match random.below(8) {
                0 => drop(permit),
                1 => assert_ne!(permit.fail_at(now), Receipt::Ignored),
                _ => assert_ne!(permit.succeed_at(now), Receipt::Ignored),
            }
            if is_probe {
                out.fetch_sub(1, Relaxed);
            }
        }
    });
    assert_eq!(out.load(Relaxed), 0);
    assert!(probes.load(Relaxed) > 100, "{probes:?}");
    let seen = breaker.snapshot_at(s(100));
    assert_eq!(seen.probes_in_flight, 0, "all are back: {seen:?}");
    assert_ne!(breaker.state(), State::ForcedOpen);
}
