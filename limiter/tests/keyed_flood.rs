//! Keys that are invented by the million.
#![cfg(feature = "keyed")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use seawall_errors::family::KEYS_FULL;
use seawall_limiter::{Hashed, Keyed, Keys, Overflow, Quota, Rule};

/// Debug builds do a twentieth.
const FLOOD: u64 = if cfg!(debug_assertions) { 500_000 } else { 10_000_000 };

fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

#[test]
fn ten_million_keys_that_come_once_stay_under_the_cap_and_are_all_served() {
    // A hundred microseconds to be forgotten, one key a microsecond.
    let quota = Quota::per(1, us(100));
    let keyed = Keyed::<u64>::new(quota, Keys::new(1000)).unwrap();
    let stacked = Keyed::<u64>::new(Rule::FixedWindow(quota), Keys::new(1000)).unwrap();
    let hashed = Hashed::<u64>::new(quota, Keys::new(1000)).unwrap();
    let bytes = (keyed.snapshot().bytes, hashed.snapshot().bytes);
    for key in 0..FLOOD {
        keyed.try_acquire_at(&key, us(1000 + key)).unwrap();
        hashed.try_acquire_at(&key, us(1000 + key)).unwrap();
        if key % 16 == 0 {
            stacked.try_acquire_at(&key, us(1000 + key)).unwrap();
        }
    }
    assert!(keyed.snapshot().keys <= 1000 && stacked.snapshot().keys <= 1000);
    assert_eq!((keyed.snapshot().bytes, hashed.snapshot().bytes), bytes);
    assert_eq!(keyed.snapshot().made, FLOOD);
}

#[test]
fn a_flood_frees_nobody_from_his_limit_and_is_refused_or_shares_one() {
    for overflow in [Overflow::Refuse, Overflow::Share] {
        let quota = Quota::per_hour(3);
        let keys = Keys::new(100).with_shards(1).with_overflow(overflow);
        let keyed = Keyed::<str>::new(quota, keys).unwrap();
        let hashed = Hashed::<str>::new(quota, keys).unwrap();
        let at = us(5);
        keyed.try_acquire_many_at("ann", 3, at).unwrap();
        hashed.try_acquire_many_at("ann", 3, at).unwrap();
        let mut passed = 0;
        for invented in 0..20_000 {
            let key = invented.to_string();
            for answer in [keyed.try_acquire_at(&key, at), hashed.try_acquire_at(&key, at)] {
                match answer {
                    Ok(()) => passed += 1,
                    Err(refused) if overflow == Overflow::Refuse => {
                        assert_eq!(refused.code(), KEYS_FULL);
                    }
                    Err(_) => {}
                }
            }
            assert!(keyed.try_acquire_at("ann", at).is_err());
            assert!(hashed.try_acquire_at("ann", at).is_err());
        }
        let held = (keyed.snapshot().keys + hashed.snapshot().keys - 2) as u64;
        // Where they share, three more by each of the shared limits.
        assert_eq!(passed, held + if overflow == Overflow::Share { 6 } else { 0 });
        assert_eq!(keyed.snapshot().keys, 100);
    }
}
