//! What holds for each key, and at the cap.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use seawall_errors::RetryClass;
use seawall_errors::family::{COST_ABOVE_LIMIT, KEYS_FULL, RATE_LIMITED};
use seawall_kit::alloc::assert_no_allocations;
use seawall_limiter::{Hashed, Keyed, Keys, Mode, Overflow, Plan, Quota, Rule, TokenBucket, Turn};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn one_shard(capacity: usize) -> Keys {
    Keys::new(capacity).with_shards(1)
}

/// Three at once, one a second.
fn slow() -> Quota {
    Quota::per_second(1).with_burst(3).with_name("slow")
}

fn stack() -> [Rule; 2] {
    [
        Rule::TokenBucket(Quota::per_second(10).with_burst(3).with_name("bucket")),
        Rule::FixedWindow(Quota::per_second(5).with_name("window")),
    ]
}

#[test]
fn each_key_has_a_limit_of_its_own() {
    for keyed in [
        Keyed::<str>::new(slow(), Keys::new(10)).unwrap(),
        Keyed::<str>::new([Rule::FixedWindow(Quota::per_hour(3))], Keys::new(10)).unwrap(),
    ] {
        for key in ["ann", "bob", ""] {
            for left in [2, 1, 0] {
                keyed.try_acquire_at(key, ms(5)).unwrap();
                assert_eq!(keyed.remaining_at(key, ms(5)), left);
            }
            assert!(keyed.try_acquire_at(key, ms(5)).is_err());
        }
        assert_eq!(keyed.snapshot().keys, 3);
    }
}

#[test]
fn a_refusal_says_what_the_plain_handle_says() {
    let (keyed, plain) =
        (Keyed::<u64>::new(slow(), Keys::new(10)).unwrap(), TokenBucket::new(slow()).unwrap());
    for (n, at) in [(2, 0), (2, 0), (1, 1), (1, 2), (4, 3), (1, 700), (1, 1001), (3, 1002), (0, 1)]
    {
        let (ours, theirs) =
            (keyed.try_acquire_many_at(&7, n, ms(at)), plain.try_acquire_many_at(n, ms(at)));
        assert_eq!(ours, theirs, "{n} at {at}");
        assert_eq!(keyed.peek_at(&7, n, ms(at)), plain.peek_at(n, ms(at)));
        assert_eq!(keyed.fits_in_at(&7, n, ms(at)), plain.fits_in_at(n, ms(at)));
        assert_eq!(keyed.snapshot_of_at(&7, ms(at)), plain.snapshot_at(ms(at)));
        assert_eq!(keyed.rooms_at(&7, ms(at)), plain.rooms_at(ms(at)));
    }
    assert_eq!(keyed.try_acquire_many_at(&7, 4, ms(0)).unwrap_err().code(), COST_ABOVE_LIMIT);
}

#[test]
fn looking_holds_no_key() {
    let keyed = Keyed::<u64>::new(slow(), Keys::new(10)).unwrap();
    assert!(keyed.peek_at(&1, 3, ms(0)).is_ok());
    assert_eq!(keyed.peek_at(&1, 4, ms(0)).unwrap_err().code(), COST_ABOVE_LIMIT);
    assert_eq!(keyed.remaining_at(&1, ms(0)), 3);
    assert_eq!(keyed.fits_in_at(&1, 3, ms(0)), Some(Duration::ZERO));
    assert_eq!(keyed.snapshot_of_at(&1, ms(0)).limit, 3);
    keyed.try_acquire_many_at(&1, 0, ms(0)).unwrap();
    keyed.unblock(&1);
    assert_eq!(keyed.snapshot().keys, 0);
}

#[test]
fn a_stranger_is_refused_when_all_keys_are_in_use_and_let_in_when_one_is_idle() {
    let keyed = Keyed::<u64>::new(slow(), one_shard(2)).unwrap();
    keyed.try_acquire_many_at(&1, 3, ms(0)).unwrap();
    keyed.try_acquire_at(&2, ms(0)).unwrap();
    let refused = keyed.try_acquire_at(&3, ms(999)).unwrap_err();
    assert_eq!((refused.code(), refused.who()), (KEYS_FULL, "slow"));
    assert_eq!(refused.number("capacity"), Some(2));
    assert_eq!(refused.code().retry(), RetryClass::Elsewhere);
    assert_eq!(keyed.try_acquire_up_to_at(&3, 5, ms(999)), 0);
    assert_eq!(keyed.snapshot().refused, 2);
    keyed.try_acquire_at(&3, ms(1000)).unwrap();
    assert_eq!(keyed.remaining_at(&1, ms(1000)), 1, "who is in use stays limited");
    assert_eq!(keyed.snapshot().forgotten, 1);
}

#[test]
fn strangers_share_one_limit_of_the_last_plan_where_the_policy_says_so() {
    let keys = one_shard(1).with_overflow(Overflow::Share);
    let plans = [Quota::per_second(100), slow()];
    let even = |key: &u64| usize::from(key % 2 == 1);
    let keyed = Keyed::<u64>::with_plans(plans, even, keys).unwrap();
    // Ten milliseconds each; long enough to keep the only place.
    keyed.try_acquire_many_at(&0, 100, ms(0)).unwrap();
    for stranger in 2..5 {
        keyed.try_acquire_at(&stranger, ms(0)).unwrap();
    }
    for stranger in 8..10 {
        let refused = keyed.try_acquire_at(&stranger, ms(0)).unwrap_err();
        assert_eq!((refused.code(), refused.number("limit")), (RATE_LIMITED, Some(3)));
        assert_eq!(keyed.charge_at(&stranger, 1, ms(0)).unwrap_err(), refused);
        assert_eq!(keyed.try_acquire_up_to_at(&stranger, 3, ms(0)), 0);
    }
    let mut ticket = keyed.join_at(&8, 1, None, ms(9)).unwrap();
    assert_eq!(ticket.expected_at(), ms(1000));
    assert!(keyed.try_acquire_at(&12, ms(999)).is_err());
    assert_eq!(ticket.poll_at(None, ms(1000)), Turn::Granted);
    assert_eq!(keyed.snapshot().shared, 12);
}

#[test]
fn a_plan_beyond_the_last_is_the_last() {
    let plans = [Quota::per_second(100), Quota::per_second(7)];
    let keyed = Keyed::<u64>::with_plans(plans, |key| usize::try_from(*key).unwrap(), Keys::new(9));
    let keyed = keyed.unwrap();
    for (key, limit) in [(0, 100), (1, 7), (2, 7), (u64::MAX, 7)] {
        assert_eq!(keyed.remaining(&key), limit);
        assert_eq!(keyed.try_acquire_up_to(&key, u32::MAX), limit);
    }
}

#[test]
fn every_fault_of_plans_and_keys_is_named_at_once() {
    let wrong = Quota::per(0, Duration::ZERO).with_burst(0);
    let error = Keyed::<u64>::new(wrong, Keys::new(0).with_shards(3)).unwrap_err();
    let fields: Vec<_> = error.fields().collect();
    assert_eq!(fields, ["limit", "period", "burst", "capacity", "shards"]);
    let plans = [Plan::from(Quota::per_second(0)), Plan::from([]), wrong.into()];
    let error = Keyed::<u64>::with_plans(plans, |_| 0, Keys::new(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "limit is 0 in plan 0, must be at least 1; rules is empty in plan 1, must be at least one; \
         limit is 0 in plan 2, must be at least 1; \
         period is 0ns in plan 2, must be above zero and at most 146 years; \
         burst is 0 in plan 2, must be at least 1",
    );
    let none: [Quota; 0] = [];
    assert!(Keyed::<u64>::with_plans(none, |_| 0, Keys::new(1)).is_err());
    assert!(Keyed::<u64>::with_plans(vec![slow(); 1025], |_| 0, Keys::new(1)).is_err());
    assert_eq!(Hashed::<u64>::new(wrong, Keys::new(0)).unwrap_err().fields().count(), 4);
}

#[test]
fn a_hit_allocates_nothing() {
    let keyed = Keyed::<str>::new(Quota::per_second(1_000_000), Keys::new(10)).unwrap();
    let stacked = Keyed::<str>::new(stack(), Keys::new(10)).unwrap();
    let plans = [Quota::per_second(5), slow()];
    let tiers = Keyed::<[u8]>::with_plans(plans, <[u8]>::len, Keys::new(10)).unwrap();
    let hashed = Hashed::<str>::new(slow(), Keys::new(10)).unwrap();
    let mut now = 0;
    assert_no_allocations("all", 1000, || {
        now += 100;
        let at = ms(now);
        assert!(keyed.try_acquire_at("ann", at).is_ok());
        let _ = stacked.try_acquire_many_at("ann", 2, at);
        let _ = tiers.try_acquire_at(b"", at);
        let _ = tiers.try_acquire_up_to_at(b"bob", 2, at);
        let _ = hashed.try_acquire_at("ann", at);
        let _ = hashed.remaining_at("ann", at);
        assert!(keyed.join_at("ann", 1, None, at).is_ok());
        assert!(keyed.peek_at("ann", 1, at).is_ok());
    });
}

#[test]
fn the_first_hit_of_many_threads_makes_one_state() {
    for round in 0..200 {
        let keyed = Keyed::<u64>::new(Quota::per_hour(5), Keys::new(100)).unwrap();
        let hashed = Hashed::<u64>::new(Quota::per_hour(5), Keys::new(100)).unwrap();
        let start = Barrier::new(4);
        let taken: [u32; 2] = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        let takes =
                            |take: &dyn Fn() -> bool| (0..3).map(|_| u32::from(take())).sum();
                        [
                            takes(&|| keyed.try_acquire_at(&round, ms(1)).is_ok()),
                            takes(&|| hashed.try_acquire_at(&round, ms(1)).is_ok()),
                        ]
                    })
                })
                .collect();
            let each: Vec<[u32; 2]> = threads.into_iter().map(|t| t.join().unwrap()).collect();
            [each.iter().map(|e| e[0]).sum(), each.iter().map(|e| e[1]).sum()]
        });
        assert_eq!(taken, [5, 5]);
        assert_eq!((keyed.snapshot().made, hashed.snapshot().made), (1, 1));
    }
}

#[test]
fn a_u64_key_costs_at_most_36_bytes_and_a_hashed_one_26() {
    let keyed = Keyed::<u64>::new(slow(), Keys::new(1_000_000)).unwrap();
    assert!(keyed.snapshot().bytes <= 36_100_000, "{}", keyed.snapshot().bytes);
    let hashed = Hashed::<str>::new(slow(), Keys::new(1_000_000)).unwrap();
    assert!(hashed.snapshot().bytes <= 26_000_000, "{}", hashed.snapshot().bytes);
}

#[test]
fn the_modes_hold_for_every_key() {
    let keyed = Keyed::<u64>::new(slow(), one_shard(1)).unwrap();
    let hashed = Hashed::<u64>::new(slow(), Keys::new(1)).unwrap();
    keyed.set_mode(Mode::ForcedOff);
    hashed.set_mode(Mode::ForcedOff);
    for key in 0..9 {
        assert!(keyed.try_acquire_many(&key, u32::MAX).is_ok());
        assert!(hashed.try_acquire_many(&key, u32::MAX).is_ok());
        assert_eq!(keyed.try_acquire_up_to(&key, 99), 99);
        assert!(keyed.join(&key, 99, None).is_ok());
    }
    assert_eq!((keyed.snapshot().keys, hashed.snapshot().keys), (0, 0), "nothing is counted");
    keyed.set_mode(Mode::ForcedOn);
    hashed.set_mode(Mode::ForcedOn);
    let refused = keyed.try_acquire(&1).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (RATE_LIMITED, None));
    assert_eq!(hashed.try_acquire(&1), Err(refused));
    assert_eq!(keyed.join(&1, 1, None).unwrap_err(), refused);
    assert_eq!((keyed.remaining(&1), hashed.remaining(&1)), (0, 0));
    assert_eq!((keyed.fits_in(&1, 1), keyed.try_acquire_up_to(&1, 1)), (None, 0));
    keyed.set_mode(Mode::Shadow);
    hashed.set_mode(Mode::Shadow);
    for _ in 0..5 {
        assert!(keyed.try_acquire_at(&1, ms(0)).is_ok());
        assert!(hashed.try_acquire_at(&1, ms(0)).is_ok());
    }
    assert_eq!((keyed.snapshot().shadowed, hashed.snapshot().shadowed), (2, 2));
    assert!(keyed.try_acquire_at(&2, ms(0)).is_ok(), "nor is a stranger refused");
    assert_eq!(keyed.snapshot().shadowed, 3);
    keyed.set_mode(Mode::Normal);
    hashed.set_mode(Mode::Normal);
    assert!(keyed.try_acquire_at(&1, ms(0)).is_err(), "what passed was counted");
    assert!(hashed.try_acquire_at(&1, ms(0)).is_err());
}

#[test]
fn a_mode_holds_for_keys_that_are_held_and_have_permits_left() {
    let keyed = Keyed::<u64>::new(slow(), one_shard(9)).unwrap();
    let hashed = Hashed::<u64>::new(slow(), Keys::new(9)).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    hashed.try_acquire_at(&1, ms(0)).unwrap();
    keyed.set_mode(Mode::ForcedOn);
    hashed.set_mode(Mode::ForcedOn);
    let refused = keyed.try_acquire_at(&1, ms(0)).unwrap_err();
    assert_eq!((refused.code(), refused.retry_after()), (RATE_LIMITED, None));
    assert_eq!(hashed.try_acquire_at(&1, ms(0)), Err(refused));
    keyed.set_mode(Mode::ForcedOff);
    hashed.set_mode(Mode::ForcedOff);
    for _ in 0..9 {
        assert!(
            keyed.try_acquire_at(&1, ms(0)).is_ok() && hashed.try_acquire_at(&1, ms(0)).is_ok()
        );
    }
    keyed.set_mode(Mode::Normal);
    hashed.set_mode(Mode::Normal);
    let left = (keyed.remaining_at(&1, ms(0)), hashed.remaining_at(&1, ms(0)));
    assert_eq!(left, (2, 2), "neither took anything");
}

#[test]
fn a_charge_is_settled_once_and_refunded_in_full() {
    let quota = Quota::per_hour(10);
    let keyed = Keyed::<str>::new(quota, Keys::new(9)).unwrap();
    let left = |keyed: &Keyed<str>| keyed.remaining_at("ann", ms(1));
    let charge = keyed.charge_at("ann", 6, ms(0)).unwrap();
    assert_eq!((charge.key(), left(&keyed)), ("ann", 4));
    charge.settle_at(2, ms(1));
    assert_eq!(left(&keyed), 8);
    keyed.charge_at("ann", 8, ms(1)).unwrap().refund_at(ms(1));
    assert_eq!(left(&keyed), 8);
    drop(keyed.charge_at("ann", 3, ms(1)).unwrap());
    assert_eq!(left(&keyed), 5, "dropping it leaves them spent");
    keyed.charge_at("ann", 5, ms(1)).unwrap().settle_at(12, ms(1));
    let wait = keyed.fits_in_at("ann", 1, ms(1)).unwrap();
    assert!(wait > Duration::from_secs(8 * 360 - 1), "seven are owed, and one more: {wait:?}");
    assert!(keyed.charge_at("ann", 1, ms(1)).is_err());

    let charge = keyed.charge_at("bob", 6, ms(0)).unwrap();
    keyed.set_mode(Mode::ForcedOff);
    let uncounted = keyed.charge_at("bob", 6, ms(0)).unwrap();
    keyed.set_mode(Mode::Normal);
    uncounted.refund_at(ms(1));
    assert_eq!(keyed.remaining_at("bob", ms(1)), 4, "what was not counted is not given back");
    charge.refund_at(ms(1));
    assert_eq!(keyed.remaining_at("bob", ms(1)), 10);
}

#[test]
fn of_a_stack_only_the_buckets_take_anything_back() {
    let keyed = Keyed::<u64>::new(stack(), Keys::new(9)).unwrap();
    keyed.charge_at(&1, 3, ms(0)).unwrap().refund_at(ms(0));
    assert_eq!(keyed.remaining_at(&1, ms(0)), 2, "the window keeps what it has counted");
    keyed.charge_at(&1, 2, ms(0)).unwrap().settle_at(u32::MAX, ms(0));
    assert_eq!(keyed.remaining_at(&1, ms(999)), 0);
    assert_eq!(keyed.remaining_at(&1, ms(2000)), 3, "a debt is at most one burst");
}

#[test]
fn a_key_that_was_given_back_elsewhere_gains_nothing_from_a_refund() {
    let keys = one_shard(1).with_overflow(Overflow::Share);
    let keyed = Keyed::<u64>::new(slow(), keys).unwrap();
    keyed.try_acquire_at(&1, ms(0)).unwrap();
    let shared = keyed.charge_at(&2, 3, ms(0)).unwrap();
    // By now there is room, and the key has a state of its own.
    keyed.try_acquire_many_at(&2, 3, ms(1500)).unwrap();
    shared.refund_at(ms(1500));
    assert_eq!(keyed.remaining_at(&2, ms(1500)), 0);
    let gone = keyed.charge_at(&2, 1, ms(5000)).unwrap();
    assert!(keyed.forget(&2) && !keyed.forget(&2));
    gone.refund_at(ms(5000));
    assert_eq!((keyed.remaining_at(&2, ms(5000)), keyed.snapshot().keys), (3, 0));
}

#[test]
fn a_sweep_forgets_who_owes_nothing_and_nobody_else() {
    for keyed in [
        Keyed::<u64>::new(slow(), Keys::new(100)).unwrap(),
        Keyed::<u64>::new([Rule::SlidingWindow(Quota::per_second(3))], Keys::new(100)).unwrap(),
    ] {
        for key in 0..50 {
            keyed.try_acquire_at(&key, ms(key * 100)).unwrap();
        }
        assert_eq!(keyed.sweep_at(ms(4905)), 40);
        let mut left = Vec::new();
        keyed.for_each(|key| left.push(*key));
        left.sort_unstable();
        assert_eq!(left, (40..50).collect::<Vec<_>>());
    }
}

#[test]
fn a_stranger_whose_clock_lags_is_served_as_of_when_others_were_forgotten() {
    let quota = Quota::per_second(1);
    for keyed in [
        Keyed::<u64>::new(quota, one_shard(2)).unwrap(),
        Keyed::<u64>::new([Rule::TokenBucket(quota), Rule::SlidingWindow(quota)], one_shard(2))
            .unwrap(),
    ] {
        keyed.try_acquire_at(&1, ms(0)).unwrap();
        keyed.try_acquire_at(&2, ms(0)).unwrap();
        keyed.try_acquire_at(&3, ms(1005)).unwrap();
        assert_eq!((keyed.snapshot().forgotten, keyed.snapshot().keys), (2, 1));
        keyed.try_acquire_at(&1, ms(1001)).unwrap();
        let wait = keyed.fits_in_at(&1, 1, ms(1005)).unwrap();
        assert!(wait.abs_diff(ms(1000)) < Duration::from_nanos(2), "as of 1005: {wait:?}");
    }
}

#[test]
fn a_clock_that_goes_back_behind_a_sweep_gains_nothing() {
    let quota = Quota::per_second(1);
    for keyed in [
        Keyed::<u64>::new(quota, Keys::new(100)).unwrap(),
        Keyed::<u64>::new([Rule::TokenBucket(quota), Rule::SlidingWindow(quota)], Keys::new(100))
            .unwrap(),
    ] {
        keyed.try_acquire_at(&1, ms(0)).unwrap();
        assert_eq!(keyed.sweep_at(ms(1005)), 1);
        assert_eq!((keyed.snapshot().forgotten, keyed.snapshot().keys), (1, 0));
        // One that began anew at this reading would have two within a second.
        keyed.try_acquire_at(&1, ms(10)).unwrap();
        let wait = keyed.fits_in_at(&1, 1, ms(1005)).unwrap();
        assert!(wait.abs_diff(ms(1000)) < Duration::from_nanos(2), "as of 1005: {wait:?}");
    }
}
