//! Circuit breakers: ours, the peers, and the floor that the machine sets.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use failsafe::CircuitBreaker as _;
use parking_lot::Mutex;
use seawall_breaker::{Breaker, BreakerLayer, Keyed, Policy, Receipt, Throttle, ThrottlePolicy};
use seawall_errors::Rejected;
use tower::{Layer, Service, service_fn};
use tower_resilience_circuitbreaker::{CircuitBreakerLayer, SlidingWindowType};

use crate::Case;

const HOUR: Duration = Duration::from_secs(3600);

/// All cases of the breaker.
pub fn cases() -> Vec<Case> {
    let mut cases = closed();
    cases.extend(closed_over_time());
    cases.extend(open());
    cases.extend(layers());
    cases.extend(layers_open());
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

/// Ours are made of policies that are right.
fn made<T, E: std::fmt::Debug>(breaker: Result<T, E>) -> T {
    breaker.unwrap_or_else(|error| {
        eprintln!("a bench is set up wrongly: {error:?}");
        std::process::exit(2)
    })
}

fn ours(policy: Policy) -> Breaker {
    made(Breaker::new(policy))
}

fn in_a_row() -> Policy {
    Policy::new().without_errors().with_consecutive(5)
}

fn good() -> Result<u64, Infallible> {
    black_box(Ok(1))
}

fn bad() -> Result<u64, ()> {
    black_box(Err(()))
}

/// An error for those peers that want a real one.
#[derive(Debug)]
struct Down;

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("down")
    }
}

impl std::error::Error for Down {}

/// One call through ours.
fn succeed(breaker: &Breaker) -> bool {
    match breaker.try_acquire() {
        Ok(permit) => {
            let _ = black_box(good());
            permit.succeed() == Receipt::Recorded
        }
        Err(_) => false,
    }
}

/// A call that succeeds, by a rule on the last results.
fn closed() -> Vec<Case> {
    const GROUP: &str = "breaker/closed";
    vec![
        Case::new(GROUP, "floor: one load and one add", || {
            let (state, bucket) = (AtomicU64::new(0), AtomicU64::new(0));
            repeat!(if state.load(Ordering::Acquire) == 0 {
                bucket.fetch_add(1, Ordering::Relaxed)
            } else {
                0
            })
        }),
        Case::new(GROUP, "failsafe, consecutive", || {
            let backoff = failsafe::backoff::constant(HOUR);
            let policy = failsafe::failure_policy::consecutive_failures(5, backoff);
            let breaker = failsafe::Config::new().failure_policy(policy).build();
            repeat!(breaker.call(good))
        })
        .peer(),
        Case::new(GROUP, "recloser, last 100", || {
            let breaker = recloser::Recloser::custom().closed_len(100).open_wait(HOUR).build();
            repeat!(breaker.call(good))
        }),
        Case::new(GROUP, "circuitbreaker-rs", || {
            let breaker =
                circuitbreaker_rs::CircuitBreaker::<circuitbreaker_rs::DefaultPolicy, Down>::builder()
                    .cooldown(HOUR)
                    .build();
            repeat!(breaker.call(|| Ok::<u64, Down>(black_box(1))))
        }),
        Case::new(GROUP, "seawall, consecutive", || {
            let breaker = ours(in_a_row());
            repeat!(succeed(&breaker))
        }),
        Case::new(GROUP, "seawall, last 100", || {
            let breaker = ours(Policy::new().with_count_window(100));
            repeat!(succeed(&breaker))
        }),
    ]
}

/// The same by a rule on the last seconds.
fn closed_over_time() -> Vec<Case> {
    const GROUP: &str = "breaker/closed over time";
    vec![
        Case::new(GROUP, "floor: the clock", || {
            let clock = quanta::Clock::new();
            repeat!(clock.raw())
        }),
        Case::new(GROUP, "failsafe, success rate", || {
            let backoff = failsafe::backoff::constant(HOUR);
            let window = Duration::from_secs(10);
            let policy =
                failsafe::failure_policy::success_rate_over_time_window(0.5, 20, window, backoff);
            let breaker = failsafe::Config::new().failure_policy(policy).build();
            repeat!(breaker.call(good))
        })
        .peer(),
        Case::new(GROUP, "seawall, 10 s in 10 buckets", || {
            let breaker = ours(Policy::new());
            repeat!(succeed(&breaker))
        }),
        Case::new(GROUP, "seawall, 60 s in 60 buckets", || {
            let breaker = ours(Policy::new().with_window(Duration::from_secs(60), 60));
            repeat!(succeed(&breaker))
        }),
        Case::new(GROUP, "seawall, with a rule on slow calls", || {
            let policy = Policy::new().with_slow_after(Duration::from_secs(1));
            let breaker = ours(policy.with_slow_above(50.0));
            repeat!(succeed(&breaker))
        }),
    ]
}

/// A call that is refused.
fn open() -> Vec<Case> {
    const GROUP: &str = "breaker/open";
    vec![
        Case::new(GROUP, "failsafe, consecutive", || {
            let backoff = failsafe::backoff::constant(HOUR);
            let policy = failsafe::failure_policy::consecutive_failures(1, backoff);
            let breaker = failsafe::Config::new().failure_policy(policy).build();
            let _ = breaker.call(bad);
            repeat!(breaker.call(bad))
        })
        .peer(),
        Case::new(GROUP, "recloser", || {
            let breaker = recloser::Recloser::custom().closed_len(1).open_wait(HOUR).build();
            let _ = breaker.call(bad);
            let _ = breaker.call(bad);
            repeat!(breaker.call(bad))
        }),
        Case::new(GROUP, "circuitbreaker-rs", || {
            let breaker =
                circuitbreaker_rs::CircuitBreaker::<circuitbreaker_rs::DefaultPolicy, Down>::builder()
                    .cooldown(HOUR)
                    .build();
            breaker.force_open();
            repeat!(breaker.call(|| Err::<u64, Down>(Down)))
        }),
        Case::new(GROUP, "seawall", || {
            let breaker = ours(Policy::new().with_hint_max(HOUR));
            breaker.open_for(HOUR);
            repeat!(breaker.try_acquire().is_err())
        }),
    ]
}

fn echo(number: u64) -> Ready<Result<u64, Rejected>> {
    ready(Ok(number))
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

/// Locked once for all: the lock is not what is measured.
fn through<S: Service<u64>>(service: Mutex<S>) -> impl Fn(u64) {
    move |n| {
        let mut service = service.lock();
        for _ in 0..n {
            let _ = black_box(call(&mut *service));
        }
    }
}

/// A call through a layer that lets it through.
fn layers() -> Vec<Case> {
    const GROUP: &str = "breaker/layer";
    vec![
        Case::new(GROUP, "bare service", || {
            let service = Mutex::new(service_fn(echo));
            through(service)
        })
        .alone(),
        Case::new(GROUP, "tower-resilience, last 100", || {
            let layer = made(CircuitBreakerLayer::builder().sliding_window_size(100).build());
            let service = Mutex::new(layer.layer_fn(service_fn(echo)));
            through(service)
        })
        .peer()
        .alone(),
        Case::new(GROUP, "tower-resilience, 1 ms", || {
            let layer = CircuitBreakerLayer::builder()
                .sliding_window_type(SlidingWindowType::TimeBased)
                .sliding_window_duration(Duration::from_millis(1))
                .build();
            let service = Mutex::new(made(layer).layer_fn(service_fn(echo)));
            through(service)
        })
        .alone(),
        Case::new(GROUP, "seawall, last 100", || {
            let layer = BreakerLayer::new(&ours(Policy::new().with_count_window(100)));
            let service = Mutex::new(layer.layer(service_fn(echo)));
            through(service)
        })
        .alone(),
        Case::new(GROUP, "seawall, 10 s", || {
            let layer = BreakerLayer::new(&ours(Policy::new()));
            let service = Mutex::new(layer.layer(service_fn(echo)));
            through(service)
        })
        .alone(),
    ]
}

/// A call through a layer that refuses it.
fn layers_open() -> Vec<Case> {
    const GROUP: &str = "breaker/layer open";
    vec![
        Case::new(GROUP, "tower-resilience", || {
            let layer = CircuitBreakerLayer::builder()
                .sliding_window_size(1)
                .minimum_number_of_calls(1)
                .wait_duration_in_open(HOUR)
                .build();
            let service = Mutex::new(made(layer).layer_fn(service_fn(|_: u64| {
                ready(Err::<u64, Rejected>(Rejected::new(seawall_errors::family::INTERNAL, "down")))
            })));
            let _ = call(&mut *service.lock());
            through(service)
        })
        .peer()
        .alone(),
        Case::new(GROUP, "seawall", || {
            let breaker = ours(Policy::new().with_hint_max(HOUR));
            breaker.open_for(HOUR);
            let service = Mutex::new(BreakerLayer::new(&breaker).layer(service_fn(echo)));
            through(service)
        })
        .alone(),
    ]
}

/// What no peer has.
fn special() -> Vec<Case> {
    const GROUP: &str = "breaker/more";
    vec![
        Case::new(GROUP, "failsafe, consecutive", || {
            let backoff = failsafe::backoff::constant(HOUR);
            let policy = failsafe::failure_policy::consecutive_failures(5, backoff);
            let breaker = failsafe::Config::new().failure_policy(policy).build();
            repeat!(breaker.call(good))
        })
        .peer(),
        Case::new(GROUP, "seawall, hanging calls counted", || {
            let policy = Policy::new().with_slow_after(Duration::from_secs(1));
            let breaker = ours(policy.with_slow_above(50.0).with_hanging_calls());
            repeat!(succeed(&breaker))
        }),
        Case::new(GROUP, "seawall, a fifth fails", || {
            let breaker = ours(Policy::new());
            move |n| {
                for i in 0..n {
                    let Ok(permit) = breaker.try_acquire() else { continue };
                    let _ = black_box(if i % 5 == 0 { permit.fail() } else { permit.succeed() });
                }
            }
        }),
        Case::new(GROUP, "seawall Keyed, 10,000 keys in turn", || {
            let keyed: Keyed<u64> =
                made(Keyed::new(Policy::new(), seawall_keyed::Policy::new(20_000)));
            move |n| {
                for i in 0..n {
                    let permit = keyed.try_acquire(&(i % 10_000));
                    let _ = black_box(permit.map(seawall_breaker::KeyedPermit::succeed));
                }
            }
        }),
        Case::new(GROUP, "seawall Throttle", || {
            let throttle = made(Throttle::new(ThrottlePolicy::new()));
            repeat!(throttle.try_acquire().map(seawall_breaker::ThrottlePermit::succeed))
        }),
    ]
}
