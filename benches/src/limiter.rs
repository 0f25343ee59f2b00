//! Rate limiters: ours, the peers, and the floor that the machine sets.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Case;

/// Far more than any round takes, so that every call is let through.
const PLENTY: u32 = 1_000_000_000;

/// All cases of the limiter.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(allow());
    cases.extend(deny());
    cases
}

fn governor(per_second: u32, burst: u32) -> governor::DefaultDirectRateLimiter {
    let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    governor::RateLimiter::direct(
        governor::Quota::per_second(some(per_second)).allow_burst(some(burst)),
    )
}

/// Every call is let through.
fn allow() -> Vec<Case> {
    const GROUP: &str = "limiter/allow";
    vec![
        Case::new(GROUP, "floor: clock and one compare-and-swap", || {
            let clock = quanta::Clock::new();
            let word = AtomicU64::new(0);
            move |n| {
                for _ in 0..n {
                    let now = clock.raw();
                    let seen = word.load(Ordering::Relaxed);
                    let next = seen.max(now).wrapping_add(1);
                    let _ = black_box(word.compare_exchange_weak(
                        seen,
                        next,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    ));
                }
            }
        }),
        Case::new(GROUP, "governor", || {
            let limiter = governor(PLENTY, PLENTY);
            move |n| {
                for _ in 0..n {
                    let _ = black_box(limiter.check());
                }
            }
        })
        .peer(),
    ]
}

/// Every call is refused.
fn deny() -> Vec<Case> {
    const GROUP: &str = "limiter/deny";
    vec![
        Case::new(GROUP, "governor", || {
            let limiter = governor::RateLimiter::direct(
                governor::Quota::with_period(std::time::Duration::from_secs(3_600))
                    .unwrap_or(governor::Quota::per_hour(NonZeroU32::MIN)),
            );
            let _ = limiter.check();
            move |n| {
                for _ in 0..n {
                    let _ = black_box(limiter.check());
                }
            }
        })
        .peer(),
    ]
}
