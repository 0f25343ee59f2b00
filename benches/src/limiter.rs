//! Rate limiters: ours, the peers, and the floor that the machine sets.

use std::future::Future;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use seawall_limiter::{
    Combined, FixedWindow, LeakyBucket, LimiterLayer, LimiterWaitLayer, Lots, Quota, Rule,
    SlidingCounter, SlidingWindow, TokenBucket,
};
use tower::{Layer, Service, service_fn};
use tower_resilience_ratelimiter::RateLimiterLayer;

use crate::Case;

/// A rate that no round reaches, so that every call is let through.
const PLENTY: u32 = 1_000_000_000;

/// All cases of the limiter.
pub fn cases() -> Vec<Case> {
    let mut cases = allow();
    cases.extend(deny());
    cases.extend(layers());
    cases.extend(special());
    cases
}

/// Runs an expression `n` times.
macro_rules! repeat {
    ($expression:expr) => {
        move |n| {
            for _ in 0..n {
                let _ = black_box($expression);
            }
        }
    };
}

fn plenty() -> Quota {
    Quota::per_second(PLENTY)
}

/// One an hour, and that one is gone.
fn none() -> Quota {
    Quota::per_hour(1)
}

fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn governor(quota: governor::Quota) -> governor::DefaultDirectRateLimiter {
    governor::RateLimiter::direct(quota)
}

/// Ours are made of quotas that are right.
fn made<T, E: std::fmt::Debug>(limiter: Result<T, E>) -> T {
    limiter.unwrap_or_else(|error| {
        eprintln!("a bench is set up wrongly: {error:?}");
        std::process::exit(2)
    })
}

/// Every call is let through.
fn allow() -> Vec<Case> {
    const GROUP: &str = "limiter/allow";
    vec![
        Case::new(GROUP, "floor: clock and one compare-and-swap", || {
            let clock = quanta::Clock::new();
            let word = AtomicU64::new(0);
            repeat!({
                let now = clock.raw();
                let mut seen = word.load(Ordering::Relaxed);
                while let Err(newer) = word.compare_exchange_weak(
                    seen,
                    seen.max(now).wrapping_add(1),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                ) {
                    seen = newer;
                }
            })
        }),
        Case::new(GROUP, "governor", || {
            let limiter = governor(governor::Quota::per_second(some(PLENTY)));
            repeat!(limiter.check())
        })
        .peer(),
        Case::new(GROUP, "seawall TokenBucket", || {
            let limiter = made(TokenBucket::new(plenty()));
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall LeakyBucket", || {
            let limiter = made(LeakyBucket::new(plenty()));
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall FixedWindow", || {
            let limiter = made(FixedWindow::new(plenty()));
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall SlidingWindow", || {
            let limiter = made(SlidingWindow::new(plenty()));
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall SlidingCounter", || {
            let limiter = made(SlidingCounter::new(plenty()));
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "ratelimit", || {
            let limiter = ratelimit::Ratelimiter::new(PLENTY.into());
            repeat!(limiter.try_wait())
        }),
        Case::new(GROUP, "gcra", || {
            // Not shareable by itself.
            let limiter = Mutex::new(gcra::GcraState::default());
            let rate = gcra::RateLimit::new(PLENTY, Duration::from_secs(1));
            repeat!(limiter.lock().check_and_modify(&rate, 1))
        }),
        Case::new(GROUP, "leaky-bucket", || {
            let limiter = leaky_bucket::RateLimiter::builder()
                .max(1 << 40)
                .initial(1 << 40)
                .refill(1 << 30)
                .interval(Duration::from_millis(1))
                .build();
            repeat!(limiter.try_acquire(1))
        }),
    ]
}

/// Every call is refused.
fn deny() -> Vec<Case> {
    const GROUP: &str = "limiter/deny";
    vec![
        Case::new(GROUP, "governor", || {
            let limiter = governor(governor::Quota::per_hour(NonZeroU32::MIN));
            let _ = limiter.check();
            repeat!(limiter.check())
        })
        .peer(),
        Case::new(GROUP, "governor, and when to come back", || {
            use governor::clock::Clock;
            let limiter = governor(governor::Quota::per_hour(NonZeroU32::MIN));
            let _ = limiter.check();
            let clock = governor::clock::DefaultClock::default();
            repeat!(limiter.check().map_err(|refused| refused.wait_time_from(clock.now())))
        }),
        Case::new(GROUP, "seawall TokenBucket", || {
            let limiter = made(TokenBucket::new(none()));
            let _ = limiter.try_acquire();
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall FixedWindow", || {
            let limiter = made(FixedWindow::new(none()));
            let _ = limiter.try_acquire();
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "seawall SlidingWindow", || {
            let limiter = made(SlidingWindow::new(none()));
            let _ = limiter.try_acquire();
            repeat!(limiter.try_acquire())
        }),
        Case::new(GROUP, "ratelimit", || {
            let limiter = ratelimit::Ratelimiter::builder(1)
                .period(Duration::from_secs(3600))
                .initial_available(0)
                .build();
            let limiter = made(limiter);
            repeat!(limiter.try_wait())
        }),
    ]
}

/// A call through a tower layer that lets it through.
fn layers() -> Vec<Case> {
    const GROUP: &str = "limiter/layer";
    vec![
        Case::new(GROUP, "bare service", || {
            let service = Mutex::new(service_fn(echo));
            calls(service)
        })
        .alone(),
        Case::new(GROUP, "tower RateLimit", || {
            let layer = tower::limit::RateLimitLayer::new(u64::MAX, Duration::from_secs(1));
            let service = Mutex::new(layer.layer(service_fn(echo)));
            calls(service)
        })
        .peer()
        .alone(),
        Case::new(GROUP, "seawall LimiterLayer", || {
            let layer = LimiterLayer::new(made(TokenBucket::new(plenty())));
            let service = Mutex::new(layer.answer_with(|_| 0).layer(service_fn(echo)));
            calls(service)
        })
        .alone(),
        Case::new(GROUP, "seawall LimiterLayer, one clone per call", || {
            let layer = LimiterLayer::new(made(TokenBucket::new(plenty())));
            let service = layer.answer_with(|_| 0).layer(service_fn(echo));
            repeat!(call(&mut service.clone()))
        }),
        Case::new(GROUP, "seawall LimiterWaitLayer", || {
            let layer = LimiterWaitLayer::new(made(TokenBucket::new(plenty())));
            let service = Mutex::new(layer.answer_with(|_| 0).layer(service_fn(echo)));
            calls(service)
        })
        .alone(),
        Case::new(GROUP, "tower-resilience", || {
            let layer = made(RateLimiterLayer::per_second(PLENTY as usize).build());
            let service = Mutex::new(layer.layer(service_fn(echo)));
            calls(service)
        })
        .alone(),
    ]
}

/// Calls of a service that only one thread can call at a time.
fn calls<S: Service<u64> + Send>(service: Mutex<S>) -> impl Fn(u64) {
    move |n| {
        let mut service = service.lock();
        for _ in 0..n {
            let _ = black_box(call(&mut *service));
        }
    }
}

async fn echo(number: u64) -> Result<u64, std::convert::Infallible> {
    Ok(number)
}

/// A call of a service that answers at once.
fn call<S: Service<u64>>(service: &mut S) -> bool {
    let context = &mut Context::from_waker(Waker::noop());
    if service.poll_ready(context).is_pending() {
        return false;
    }
    let mut answer = pin!(service.call(1));
    matches!(answer.as_mut().poll(context), Poll::Ready(Ok(_)))
}

/// Limits of which all must agree, and lots, which need no clock.
fn special() -> Vec<Case> {
    const GROUP: &str = "limiter/lots";
    vec![
        Case::new(GROUP, "governor", || {
            let limiter = governor(governor::Quota::per_second(some(PLENTY)));
            repeat!(limiter.check())
        })
        .peer(),
        Case::new(GROUP, "seawall Lots, a lot per thread", || {
            let lots = made(Lots::new(plenty(), 64, 1024));
            move |n| {
                let Some(mut lot) = lots.holder() else { return };
                for _ in 0..n {
                    let _ = black_box(lot.try_acquire());
                }
            }
        }),
        Case::new(GROUP, "seawall Combined of two", || {
            let rules = [Rule::TokenBucket(plenty()), Rule::TokenBucket(plenty())];
            let limiter = made(Combined::new(&rules));
            repeat!(limiter.try_acquire())
        }),
    ]
}
