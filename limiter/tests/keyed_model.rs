//! Keyed limits in a small table against a map without bounds that has a plain
//! limiter for each key: forgetting changes no verdict and no hint.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use proptest::prelude::*;
use seawall_errors::family::KEYS_FULL;
use seawall_limiter::{Combined, Hashed, Keyed, Keys, Limit, Quota, Rule, TokenBucket};

const ROOM: usize = 6;
const KEYS: u64 = 10;

fn ns(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One step: which key, how much later, how many, what.
type Step = (u64, u64, u32, u8);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let later = prop_oneof![Just(0), 0_u64..50, 0_u64..2_000_000, 0_u64..900_000_000];
    prop::collection::vec((0..KEYS, later, 0_u32..5, 0_u8..40), 1..300)
}

/// Two settings of two plans each.
fn quotas() -> [[Quota; 2]; 3] {
    [
        [Quota::per_second(7).with_burst(3), Quota::per(3, ms(400))],
        [Quota::per_minute(7).with_burst(2), Quota::per_second(1000).with_burst(4)],
        [Quota::per_second(2).with_burst(5), Quota::per(1, ms(333)).with_burst(1)],
    ]
}

fn rules() -> [[Rule; 3]; 3] {
    let quotas = quotas();
    [0, 1, 2].map(|i| {
        [
            Rule::TokenBucket(quotas[i][0].with_name("bucket")),
            Rule::FixedWindow(
                Quota::per(4 + u32::try_from(i).unwrap(), ms(700)).with_name("fixed"),
            ),
            Rule::SlidingWindow(Quota::per(5, ms(300 << i)).with_name("sliding")),
        ]
    })
}

/// The plain limiters, and by which settings and plan they are.
struct Model<L> {
    alone: HashMap<u64, (L, usize)>,
    settings: usize,
}

impl<L: Limit> Model<L> {
    fn is_idle(limit: &L, now: Duration) -> bool {
        limit.snapshot_at(now).full_in.is_zero()
    }

    /// The limiter of a key, moved to the plan that is now its own.
    fn get(
        &mut self,
        key: u64,
        plan: usize,
        now: Duration,
        make: impl Fn(usize, usize) -> L,
        update: impl Fn(&L, usize, usize),
    ) -> &L {
        let settings = self.settings;
        let (limit, own) = self.alone.entry(key).or_insert_with(|| (make(settings, plan), plan));
        if *own != plan {
            if Self::is_idle(limit, now) {
                *limit = make(settings, plan);
            } else {
                update(limit, settings, plan);
            }
            *own = plan;
        }
        limit
    }

    /// What a key that owes nothing had under the old settings does not matter.
    fn update(&mut self, settings: usize, now: Duration, update: impl Fn(&L, usize, usize)) {
        self.settings = settings;
        self.alone.retain(|_, (limit, _)| !Self::is_idle(limit, now));
        for (limit, plan) in self.alone.values() {
            update(limit, settings, *plan);
        }
    }

    fn in_use(&self, now: Duration) -> usize {
        self.alone.values().filter(|(limit, _)| !Self::is_idle(limit, now)).count()
    }
}

/// When by its own reading, by the highest one, and how many.
type Passed = (u64, u64, u64);

/// What the two sides of a run need.
trait Side {
    type Plain: Limit;
    fn make(settings: usize, plan: usize) -> Self::Plain;
    fn update(alone: &Self::Plain, settings: usize, plan: usize, now: Duration);
    fn keyed(choose: impl Fn(&u64) -> usize + Send + Sync + 'static) -> Keyed<u64>;
    fn update_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration);
}

fn keys() -> Keys {
    Keys::new(ROOM).with_shards(1)
}

struct Buckets;

impl Side for Buckets {
    type Plain = TokenBucket;
    fn make(settings: usize, plan: usize) -> TokenBucket {
        TokenBucket::new(quotas()[settings][plan]).unwrap()
    }
    fn update(alone: &TokenBucket, settings: usize, plan: usize, now: Duration) {
        alone.update_at(quotas()[settings][plan], now).unwrap();
    }
    fn keyed(choose: impl Fn(&u64) -> usize + Send + Sync + 'static) -> Keyed<u64> {
        Keyed::with_plans(quotas()[0], choose, keys()).unwrap()
    }
    fn update_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration) {
        keyed.update_plans_at(quotas()[settings], now).unwrap();
    }
}

struct Stacks;

impl Side for Stacks {
    type Plain = Combined;
    fn make(settings: usize, _: usize) -> Combined {
        Combined::new(&rules()[settings]).unwrap()
    }
    fn update(alone: &Combined, settings: usize, _: usize, now: Duration) {
        alone.update_at(&rules()[settings], now).unwrap();
    }
    fn keyed(_: impl Fn(&u64) -> usize + Send + Sync + 'static) -> Keyed<u64> {
        Keyed::new(rules()[0], keys()).unwrap()
    }
    fn update_keyed(keyed: &Keyed<u64>, settings: usize, now: Duration) {
        keyed.update_at(rules()[settings], now).unwrap();
    }
}

fn compare<S: Side>(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let tier = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&tier);
    // Who has which plan changes now and then.
    let plan = move |key: &u64| (usize::try_from(*key).unwrap() + shared.load(Relaxed)) % 2;
    let keyed = S::keyed(plan.clone());
    let mut model = Model { alone: HashMap::new(), settings: 0 };
    let mut now = 1_000_000_000;
    for (key, later, n, what) in steps {
        now += later;
        let at = ns(now);
        match what {
            0 => {
                let settings = (model.settings + 1) % 3;
                S::update_keyed(&keyed, settings, at);
                model.update(settings, at, |alone, settings, plan| {
                    S::update(alone, settings, plan, at);
                });
                continue;
            }
            1 => {
                tier.fetch_add(1, Relaxed);
                continue;
            }
            _ => {}
        }
        let before = model.in_use(at);
        let known = model.alone.get(&key).is_some_and(|(l, _)| !Model::is_idle(l, at));
        let moved = model.alone.get(&key).is_some_and(|(_, own)| *own != plan(&key));
        if moved && (n == 0 || (2..6).contains(&what)) {
            // Who takes nothing is not moved to another plan, but the plain one would be.
            continue;
        }
        let alone =
            model.get(key, plan(&key), at, S::make, |alone, s, p| S::update(alone, s, p, at));
        match what {
            2..6 => {
                prop_assert_eq!(keyed.peek_at(&key, n, at), alone.peek_at(n, at));
                prop_assert_eq!(keyed.fits_in_at(&key, n, at), alone.fits_in_at(n, at));
                prop_assert_eq!(keyed.remaining_at(&key, at), alone.remaining_at(at));
                prop_assert_eq!(keyed.snapshot_of_at(&key, at), alone.snapshot_at(at));
            }
            6..9 if known => {
                let took = keyed.try_acquire_up_to_at(&key, n, at);
                prop_assert_eq!(took, alone.try_acquire_up_to_at(n, at));
            }
            _ => match keyed.try_acquire_many_at(&key, n, at) {
                Err(full) if full.code() == KEYS_FULL => {
                    prop_assert!(!known, "a key in use was forgotten");
                    prop_assert_eq!(before, ROOM, "refused although there was room");
                }
                answer => prop_assert_eq!(answer, alone.try_acquire_many_at(n, at)),
            },
        }
        prop_assert!(keyed.snapshot().keys <= ROOM);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn forgetting_a_bucket_changes_no_verdict_and_no_hint(steps in steps()) {
        compare::<Buckets>(steps)?;
    }

    #[test]
    fn forgetting_a_stack_changes_no_verdict_and_no_hint(steps in steps()) {
        compare::<Stacks>(steps)?;
    }

    #[test]
    fn forgetting_a_hash_changes_no_verdict_and_no_hint(steps in steps()) {
        let quota = quotas()[0][0];
        let hashed = Hashed::<u64>::new(quota, keys()).unwrap();
        let mut alone: HashMap<u64, TokenBucket> = HashMap::new();
        let mut now = 1_000_000_000;
        for (key, later, n, what) in steps {
            now += later;
            let at = ns(now);
            let alone = alone.entry(key).or_insert_with(|| TokenBucket::new(quota).unwrap());
            if what < 5 {
                prop_assert_eq!(hashed.peek_at(&key, n, at), alone.peek_at(n, at));
                prop_assert_eq!(hashed.fits_in_at(&key, n, at), alone.fits_in_at(n, at));
                prop_assert_eq!(hashed.remaining_at(&key, at), alone.remaining_at(at));
                continue;
            }
            match hashed.try_acquire_many_at(&key, n, at) {
                Err(full) if full.code() == KEYS_FULL => {
                    prop_assert!(alone.snapshot_at(at).full_in.is_zero());
                }
                answer => prop_assert_eq!(answer, alone.try_acquire_many_at(n, at)),
            }
        }
    }

    #[test]
    fn whatever_the_clock_reads_no_key_gets_more_than_its_burst_and_its_rate(
        steps in prop::collection::vec((0..KEYS, 0_u64..300, 0_u64..2000, 1_u32..4), 1..400),
        stacked in any::<bool>(),
    ) {
        let quota = Quota::per_second(4).with_burst(3);
        let keyed = if stacked {
            // The window never refuses, but makes a stack of it.
            let window = Quota::per_second(1_000_000);
            Keyed::<u64>::new([Rule::TokenBucket(quota), Rule::FixedWindow(window)], keys())
        } else {
            Keyed::<u64>::new(quota, keys())
        };
        let keyed = keyed.unwrap();
        let hashed = Hashed::<u64>::new(quota, keys()).unwrap();
        let mut passed: HashMap<(bool, u64), Vec<Passed>> = HashMap::new();
        let (mut now, mut highest) = (5000, 0);
        for (key, later, behind, n) in steps {
            now += later;
            let at = now - behind;
            // A reading behind the highest one seen may count as that.
            highest = at.max(highest);
            for hash in [false, true] {
                let answer = if hash {
                    hashed.try_acquire_many_at(&key, n, ms(at))
                } else {
                    keyed.try_acquire_many_at(&key, n, ms(at))
                };
                if answer.is_ok() {
                    passed.entry((hash, key)).or_default().push((at, highest, n.into()));
                }
            }
        }
        for log in passed.values() {
            for first in 0..log.len() {
                let mut sum = 0;
                for (_, highest, n) in &log[first..] {
                    sum += n;
                    // Four a second are one each 250 ms.
                    let most = 3 * 250 + highest.saturating_sub(log[first].0);
                    prop_assert!(sum * 250 <= most, "{sum} in {:?}", &log[first..]);
                }
            }
        }
    }
}

#[test]
fn a_clock_that_leapt_and_went_back_neither_wedges_a_key_nor_the_table() {
    for keyed in [
        Keyed::<u64>::new(Quota::per_second(2), keys()).unwrap(),
        Keyed::<u64>::new([Rule::SlidingWindow(Quota::per_second(2))], keys()).unwrap(),
        Keyed::<u64>::new([Rule::FixedWindow(Quota::per_second(2))], keys()).unwrap(),
    ] {
        let year = Duration::from_secs(365 * 24 * 3600);
        for key in 0..6 {
            keyed.try_acquire_at(&key, year).unwrap();
        }
        for key in 0..3 {
            let taken = (0..9).filter(|_| keyed.try_acquire_at(&key, ms(5000)).is_ok()).count();
            assert_eq!(taken, 2, "one burst, and no more");
        }
        // The others stay away, and still make room.
        for key in 100..103 {
            let taken = (0..9).filter(|_| keyed.try_acquire_at(&key, ms(5000)).is_ok()).count();
            assert_eq!(taken, 2);
        }
        assert_eq!(keyed.try_acquire_at(&103, ms(5000)).unwrap_err().code(), KEYS_FULL);
        for key in 200..206 {
            assert!(keyed.try_acquire_at(&key, ms(7001)).is_ok(), "strangers find room again");
        }
    }
    let hashed = Hashed::<u64>::new(Quota::per_second(2), Keys::new(1)).unwrap();
    for key in 0..99 {
        let _ = hashed.try_acquire_at(&key, Duration::from_secs(1 << 40));
    }
    for key in 100..120 {
        let taken = (0..9).filter(|_| hashed.try_acquire_at(&key, ms(5)).is_ok()).count();
        assert!(taken == 2 || hashed.try_acquire_at(&key, ms(5)).unwrap_err().code() == KEYS_FULL);
    }
    assert!(hashed.try_acquire_at(&500, ms(2000)).is_ok());
}
