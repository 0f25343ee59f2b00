//! Limits per key: our tables under the plainest rule, and the peers' maps.
//!
//! What is compared is the same for all: a key is hashed and found, the clock is
//! read, and the cell rate algorithm moves one word.

use std::future::Future;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_keyed::{Fingerprints, Found, Full, Policy, Rule, Table, WordRule};
use seawall_limiter::{Hashed, Keyed, Quota};

use crate::Case;

/// All cases of the tables. Every call is let through.
pub fn cases() -> Vec<Case> {
    let new = || Keys::New(AtomicU64::new(0));
    let mut cases = group("keyed/10k", 10_000, IN_USE, || Keys::uniform(10_000));
    cases.extend(group("keyed/10k-idle", 10_000, IDLE, || Keys::uniform(10_000)));
    cases.extend(group("keyed/1M-zipf", 1_000_000, IN_USE, || Keys::zipf(1_000_000)));
    cases.extend(group("keyed/hot", 1, IN_USE, || Keys::uniform(1)));
    cases.extend(group("keyed/new", 100_000, IDLE, new));
    cases
}

/// How long a call keeps its key in use: longer than a round, so that no key
/// may be forgotten.
pub const IN_USE: Duration = Duration::from_secs(5);
/// So short that each call finds its key idle, as callers do who stay far from
/// their limit.
pub const IDLE: Duration = Duration::from_nanos(1);
/// The most that is owed, as far as 2^60 nanoseconds go.
const DEBT: u64 = 1 << 59;

/// How many calls may be owed.
fn burst(each: Duration) -> u32 {
    u32::try_from(u128::from(DEBT) / each.as_nanos().max(1)).unwrap_or(u32::MAX)
}

/// A limiter of many keys.
pub trait Limit: Send + Sync + 'static {
    /// With room for so many keys, of which a call takes `each` to come back.
    fn make(keys: u64, each: Duration) -> Self;
    /// One call by a key; whether it is let through.
    fn call(&self, key: u64) -> bool;
    /// What the peers' documentation asks to be called now and then.
    fn tidy(&self) {}
}

/// Our rule: the word is when all permits are back, in nanoseconds.
#[derive(Debug)]
struct Gcra {
    clock: quanta::Clock,
    origin: u64,
    /// Nanoseconds per 2^32 ticks, as in our limiter.
    scale: u64,
    cost: u64,
    cap: u64,
}

impl Gcra {
    fn new(each: Duration) -> Self {
        let clock = quanta::Clock::new();
        let scale = clock.delta_as_nanos(0, 1 << 40) >> 8;
        let cost = u64::try_from(each.as_nanos()).unwrap_or(DEBT);
        let cap = cost.saturating_mul(burst(each).into());
        Gcra { origin: clock.raw(), clock, scale, cost, cap }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "584 years fit")]
    fn now(&self) -> u64 {
        let ticks = self.clock.raw().saturating_sub(self.origin);
        ((u128::from(ticks) * u128::from(self.scale)) >> 32) as u64
    }

    #[inline]
    fn admit(&self, back: u64, found: Found, now: u64) -> Option<u64> {
        // Another thread's clock may be ahead of this one.
        let now = if found == Found::New { now.max(back) } else { now };
        let next = back.max(now) + self.cost;
        (next - now <= self.cap).then_some(next)
    }
}

impl Rule<u64, u64> for Gcra {
    fn fresh(&self, _: &u64, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, _: &u64, back: &mut u64, now: u64) -> bool {
        *back <= now
    }
}

impl WordRule for Gcra {
    const BITS: u32 = 60;
    fn fresh(&self, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, back: u64, now: u64) -> bool {
        back <= now
    }
}

/// Our table of stored keys under the plainest rule.
#[derive(Debug)]
pub struct Stored(Table<u64, u64>, Gcra);

impl Limit for Stored {
    fn make(keys: u64, each: Duration) -> Self {
        Stored(made(Table::new(policy(keys))), Gcra::new(each))
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        let now = self.1.now();
        let admitted: Result<bool, Full> = self.0.with(&key, now, &self.1, |back, found| {
            let next = self.1.admit(*back, found, now);
            *back = next.unwrap_or(*back);
            next.is_some()
        });
        admitted.unwrap_or(false)
    }
}

/// Our table of fingerprints under the plainest rule.
#[derive(Debug)]
pub struct Printed(Fingerprints, Gcra);

impl Limit for Printed {
    fn make(keys: u64, each: Duration) -> Self {
        Printed(made(Fingerprints::new(policy(keys))), Gcra::new(each))
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        let now = self.1.now();
        let admitted = self.0.update(&key, now, &self.1, |back, found| {
            let next = self.1.admit(back, found, now);
            (next, next.is_some())
        });
        admitted.unwrap_or(false)
    }
}

/// What a quota of ours says of such calls.
fn quota(each: Duration) -> Quota {
    Quota::every(each).with_burst(burst(each))
}

/// The limiter of many keys, which are stored.
#[derive(Debug)]
pub struct KeyedHandle(Keyed<u64>);

impl Limit for KeyedHandle {
    fn make(keys: u64, each: Duration) -> Self {
        KeyedHandle(made(Keyed::new(quota(each), policy(keys))))
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        self.0.try_acquire(&key).is_ok()
    }
}

/// The limiter of many keys, of which fingerprints are stored.
#[derive(Debug)]
pub struct HashedHandle(Hashed<u64>);

impl Limit for HashedHandle {
    fn make(keys: u64, each: Duration) -> Self {
        HashedHandle(made(Hashed::new(quota(each), policy(keys))))
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        self.0.try_acquire(&key).is_ok()
    }
}

/// governor over its default map.
#[derive(Debug)]
pub struct Governor(governor::DefaultKeyedRateLimiter<u64>);

impl Limit for Governor {
    fn make(_: u64, each: Duration) -> Self {
        let burst = NonZeroU32::new(burst(each)).unwrap_or(NonZeroU32::MIN);
        let quota = governor::Quota::with_period(each);
        let quota = quota.unwrap_or(governor::Quota::per_second(burst)).allow_burst(burst);
        Governor(governor::RateLimiter::keyed(quota))
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        self.0.check_key(&key).is_ok()
    }
    fn tidy(&self) {
        self.0.retain_recent();
    }
}

/// The map of the gcra crate.
pub struct GcraCrate(gcra::RateLimiter<u64>, gcra::RateLimit);

impl std::fmt::Debug for GcraCrate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GcraCrate").finish_non_exhaustive()
    }
}

impl Limit for GcraCrate {
    fn make(keys: u64, each: Duration) -> Self {
        let rate = gcra::RateLimit::new(burst(each), each * burst(each));
        GcraCrate(gcra::RateLimiter::new(usize::try_from(keys).unwrap_or(0)), rate)
    }
    #[inline]
    fn call(&self, key: u64) -> bool {
        // It never waits.
        let check = pin!(self.0.check(key, &self.1, 1));
        matches!(check.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
    }
    fn tidy(&self) {
        self.0.prune_expired();
    }
}

/// Room for the keys that are held also where they are not spread evenly.
fn policy(keys: u64) -> Policy {
    let keys = usize::try_from(keys).unwrap_or(usize::MAX);
    Policy::new(if keys < 1_000_000 { keys + keys / 4 } else { keys + keys / 100 }.max(1))
        // Each round does the same.
        .with_seed(1)
}

fn made<T, E: std::fmt::Display>(table: Result<T, E>) -> T {
    table.unwrap_or_else(|error| {
        eprintln!("a bench is set up wrongly: {error}");
        std::process::exit(2)
    })
}

/// Which keys call.
enum Keys {
    /// Any of so many.
    Uniform { keys: u64, turn: AtomicU64 },
    /// The `k`-th of so many as often as `1/k`; drawn beforehand.
    Zipf { ranks: Vec<u32>, keys: u64, turn: AtomicU64 },
    /// One that never came before.
    New(AtomicU64),
}

/// The key of that number: no order, and no two alike.
#[inline]
pub fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995
}

/// A draw, and the generator's next state.
#[inline]
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 32
}

impl Keys {
    fn uniform(keys: u64) -> Self {
        Keys::Uniform { keys, turn: AtomicU64::new(0) }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "ranks fit, and are positive"
    )]
    fn zipf(keys: u64) -> Self {
        let mut state = 1;
        let mut rank = || {
            let chance = draw(&mut state) as f64 / (1_u64 << 32) as f64;
            // The inverse of the harmonic numbers, which are logarithms.
            (((keys + 1) as f64).powf(chance) as u32).saturating_sub(1)
        };
        let ranks = (0..1 << 20).map(|_| rank()).collect();
        Keys::Zipf { ranks, keys, turn: AtomicU64::new(0) }
    }

    /// How many are held from the start.
    fn held(&self) -> u64 {
        match self {
            Keys::Uniform { keys, .. } | Keys::Zipf { keys, .. } => *keys,
            Keys::New(_) => 0,
        }
    }

    /// Calls so often; each run with other keys than the one before.
    #[inline]
    fn run(&self, n: u64, limit: &impl Limit) {
        /// How many new keys come between two calls of `tidy`.
        const TIDY: u64 = 1 << 16;
        match self {
            Keys::Uniform { keys, turn } => {
                let mut state = turn.fetch_add(1, Ordering::Relaxed) << 20;
                for _ in 0..n {
                    black_box(limit.call(key((draw(&mut state) * keys) >> 32)));
                }
            }
            Keys::Zipf { ranks, turn, .. } => {
                let mut state = turn.fetch_add(1, Ordering::Relaxed);
                let start = usize::try_from(draw(&mut state)).unwrap_or(0) % ranks.len();
                let mut left = n;
                for &rank in ranks.iter().cycle().skip(start) {
                    if left == 0 {
                        break;
                    }
                    left -= 1;
                    black_box(limit.call(key(rank.into())));
                }
            }
            Keys::New(next) => {
                let first = next.fetch_add(n, Ordering::Relaxed);
                for number in first..first + n {
                    black_box(limit.call(key(number)));
                    if number % TIDY == TIDY - 1 {
                        limit.tidy();
                    }
                }
            }
        }
    }
}

fn group(group: &'static str, room: u64, each: Duration, keys: fn() -> Keys) -> Vec<Case> {
    vec![
        case::<Governor>(group, "governor", room, each, keys).peer(),
        case::<GcraCrate>(group, "gcra", room, each, keys),
        case::<Stored>(group, "seawall Table", room, each, keys),
        case::<Printed>(group, "seawall Fingerprints", room, each, keys),
        case::<KeyedHandle>(group, "seawall Keyed", room, each, keys),
        case::<HashedHandle>(group, "seawall Hashed", room, each, keys),
    ]
}

fn case<L: Limit>(
    group: &'static str,
    name: &'static str,
    room: u64,
    each: Duration,
    keys: fn() -> Keys,
) -> Case {
    Case::new(group, name, move || {
        let (limit, keys) = (L::make(room, each), keys());
        for number in 0..keys.held() {
            let _ = limit.call(key(number));
        }
        move |n| keys.run(n, &limit)
    })
}
