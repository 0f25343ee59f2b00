//! Both tables against a map that forgets nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::collections::HashMap;

use common::{Keyed, Toy};
use proptest::prelude::*;
use seawall_keyed::{Fingerprints, Policy, Rule, Table};

const TOY: Toy = Toy { cost: 10, cap: 30 };

/// Steps of the clock and keys: few keys that come often, many that come once.
fn calls(steps: std::ops::Range<i64>) -> impl Strategy<Value = Vec<(i64, u64)>> {
    let key = prop_oneof![0_u64..8, 0_u64..200];
    prop::collection::vec((prop_oneof![3 => Just(0), 2 => steps], key), 1..600)
}

/// Every verdict as in the map, as long as the clock does not go back.
fn same_verdicts(table: &impl Keyed, calls: &[(i64, u64)]) {
    let (mut model, mut now) = (HashMap::new(), 1_u64 << 20);
    for &(step, key) in calls {
        now = now.saturating_add_signed(step);
        let tat = model.entry(key).or_insert(0);
        let expected = TOY.take(*tat, now);
        match table.take(TOY, key, now) {
            Ok(admitted) => {
                assert_eq!(admitted, expected.is_some(), "key {key} at {now}");
                *tat = expected.unwrap_or(*tat);
            }
            // Nobody who owes anything is turned away for want of room.
            Err(_) => assert!(*tat <= now, "key {key} at {now}"),
        }
    }
}

/// With any clock: what the table admits, the map would.
fn never_more(table: &impl Keyed, calls: &[(i64, u64)]) {
    let (mut model, mut now) = (HashMap::new(), 1_u64 << 20);
    for &(step, key) in calls {
        now = now.saturating_add_signed(step);
        let tat = model.entry(key).or_insert(0);
        if table.take(TOY, key, now) == Ok(true) {
            *tat = TOY.take(*tat, now).unwrap_or_else(|| panic!("key {key} at {now}"));
        }
    }
}

fn policy(capacity: usize, shards: u32, seed: u64) -> Policy {
    let shards = (1 << shards).min(1 << capacity.ilog2());
    Policy::new(capacity).with_shards(shards).with_seed(seed)
}

proptest! {
    #[test]
    fn eviction_changes_no_verdict_of_stored_keys(
        calls in calls(0..40), capacity in 1_usize..80, shards in 0_u32..3, seed: u64,
    ) {
        let table = Table::new(policy(capacity, shards, seed)).unwrap();
        same_verdicts(&table, &calls);
        prop_assert!(table.len() <= capacity);
    }

    #[test]
    fn eviction_changes_no_verdict_of_fingerprints(
        calls in calls(0..40), capacity in 1_usize..80, shards in 0_u32..3, seed: u64,
    ) {
        let table = Fingerprints::new(policy(capacity, shards, seed)).unwrap();
        same_verdicts(&table, &calls);
        prop_assert!(table.len() <= table.slots());
    }

    #[test]
    fn a_clock_that_goes_back_admits_nothing_more(
        calls in calls(-200..200), capacity in 1_usize..80, shards in 0_u32..4, seed: u64,
    ) {
        let policy = policy(capacity, shards, seed);
        never_more(&Table::new(policy).unwrap(), &calls);
        never_more(&Fingerprints::new(policy).unwrap(), &calls);
    }

    #[test]
    fn what_is_removed_and_retained_is_what_a_map_would_hold(
        steps in prop::collection::vec((0_u8..12, 0_u64..60), 1..400), seed: u64, shards in 0_u32..3,
    ) {
        struct Zero;
        impl Rule<u64, u64> for Zero {
            fn fresh(&self, _: &u64, _: u64) -> u64 { 0 }
            fn is_idle(&self, _: &u64, _: &mut u64, _: u64) -> bool { false }
        }
        let policy = Policy::new(400).with_seed(seed).with_shards(1 << shards);
        let (table, mut model) = (Table::new(policy).unwrap(), HashMap::new());
        for (step, key) in steps {
            match step {
                0 => {
                    let (before, odd) = (model.len(), key % 2);
                    model.retain(|k, _| k % 2 == odd);
                    prop_assert_eq!(table.retain(|k, _| k % 2 == odd), before - model.len());
                }
                1..=3 => prop_assert_eq!(table.remove(&key), model.remove(&key)),
                4 => prop_assert_eq!(table.with_existing(&key, |v| *v), model.get(&key).copied()),
                _ => {
                    let value = model.entry(key).and_modify(|v| *v += 1).or_insert(1);
                    let ours = table.with(&key, 0, &Zero, |v, _| { *v += 1; *v });
                    prop_assert_eq!(ours, Ok(*value));
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
        let mut held = HashMap::new();
        table.for_each(|k, v| assert!(held.insert(*k, *v).is_none()));
        prop_assert_eq!(held, model);
    }
}
