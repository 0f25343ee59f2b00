//! What happens at the cap.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::cell::Cell;

use common::{Keyed, Toy};
use seawall_keyed::{Fingerprints, Full, Overflow, Policy, Rule, Table, WordRule};

/// Long: what is taken is not back before the test ends.
const SLOW: Toy = Toy { cost: 1 << 40, cap: 3 << 40 };
const NOW: u64 = 1 << 50;

/// Debug builds do a twentieth.
const KEYS: u64 = if cfg!(debug_assertions) { 500_000 } else { 10_000_000 };

#[test]
fn ten_million_keys_that_come_once_stay_under_the_cap() {
    let toy = Toy { cost: 100, cap: 300 };
    let policy = Policy::new(10_000);
    let (table, prints) = (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap());
    let (bytes, print_bytes) = (table.bytes(), prints.bytes());
    for key in 0..KEYS {
        // At most a hundred are in use at a time.
        assert_eq!(table.take(toy, key, NOW + key), Ok(true));
        assert_eq!(prints.take(toy, key, NOW + key), Ok(true));
        if key % 4096 == 0 {
            assert!(table.len() <= 9_500, "{} are held, where 100 are in use", table.len());
            assert!(prints.len() <= prints.slots());
        }
    }
    assert_eq!((table.bytes(), prints.bytes()), (bytes, print_bytes));
    assert_eq!(table.snapshot().made, KEYS);
    assert_eq!(table.snapshot().evicted, KEYS - table.len() as u64);
    assert_eq!(prints.snapshot().made, KEYS);
}

/// A key is limited, then a flood of others comes, none of which becomes idle.
fn flood(table: &impl Keyed, keys: u64) -> u64 {
    for _ in 0..3 {
        assert_eq!(table.take(SLOW, 7, NOW), Ok(true));
    }
    let mut refused = 0;
    for key in 1000..1000 + keys {
        refused += u64::from(table.take(SLOW, key, NOW) == Err(Full::default()));
        assert_eq!(table.take(SLOW, 7, NOW), Ok(false));
    }
    refused
}

#[test]
fn a_limited_key_stays_limited_through_any_flood_and_new_keys_are_refused() {
    let policy = Policy::new(1000);
    let table = Table::new(policy.with_shards(1)).unwrap();
    assert_eq!(flood(&table, 20_000), 20_000 - 999);
    assert_eq!((table.len(), table.snapshot().refused), (1000, 20_000 - 999));

    let prints = Fingerprints::new(policy).unwrap();
    let refused = flood(&prints, 20_000);
    let snapshot = prints.snapshot();
    assert_eq!(refused, 20_001 - snapshot.len as u64);
    assert!((1000..=prints.slots()).contains(&snapshot.len), "{snapshot:?}");
    assert_eq!((snapshot.refused, snapshot.evicted), (refused, 0));
}

#[test]
fn keys_without_room_share_one_state_where_the_policy_says_so() {
    let policy = Policy::new(100).with_overflow(Overflow::Share);
    let tables: [&dyn Keyed; 2] =
        [&Table::new(policy).unwrap(), &Fingerprints::new(policy).unwrap()];
    for table in tables {
        // One permit of three each, until there is no room; then three for all.
        let admitted = (0..10_000).filter(|&key| table.take(SLOW, key, NOW).unwrap()).count();
        let held = (0..10_000).filter(|&key| table.look(SLOW, key).is_some()).count();
        assert_eq!(admitted, held + 3);
        assert_eq!(table.take(SLOW, 0, NOW), Ok(true), "who has a state is not affected");
    }
}

#[test]
fn what_was_shared_is_counted() {
    let policy = Policy::new(1).with_overflow(Overflow::Share);
    let table = Table::new(policy).unwrap();
    let prints = Fingerprints::new(policy).unwrap();
    for key in 0..100 {
        table.take(SLOW, key, NOW).unwrap();
        prints.take(SLOW, key, NOW).unwrap();
    }
    assert_eq!((table.snapshot().shared, table.snapshot().refused), (99, 0));
    assert_eq!(prints.snapshot().shared, 100 - prints.len() as u64);
}

#[test]
fn a_full_table_takes_new_keys_as_soon_as_old_ones_are_idle() {
    let toy = Toy { cost: 100, cap: 100 };
    let policy = Policy::new(1000).with_shards(1).with_seed(1);
    let (table, prints) = (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap());
    for key in 0..3000 {
        let _ = table.take(toy, key, NOW);
        let _ = prints.take(toy, key, NOW);
    }
    assert!(table.take(toy, 5000, NOW + 99).is_err());
    for key in 5000..6000 {
        assert_eq!(table.take(toy, key, NOW + 100), Ok(true));
        assert_eq!(prints.take(toy, key, NOW + 100), Ok(true));
    }
    assert_eq!((table.len(), table.snapshot().evicted), (1000, 1000));
}

#[test]
fn a_table_of_idle_keys_leaves_a_sixteenth_of_its_room_free_while_others_come() {
    let toy = Toy { cost: 100, cap: 100 };
    let table = Table::new(Policy::new(10_000).with_shards(1)).unwrap();
    (0..10_000).for_each(|key| assert_eq!(table.take(toy, key, NOW), Ok(true)));
    // Each brings one and takes two away.
    (0..9_000).for_each(|key| assert_eq!(table.take(toy, 20_000 + key, NOW + 100 + key), Ok(true)));
    assert!((9_370..9_380).contains(&table.len()), "{}", table.len());
    let held = table.len();
    assert_eq!(table.sweep(NOW + 20_000, &toy), held);
    assert!(table.is_empty());
}

#[test]
fn nearly_all_keys_of_the_capacity_find_room() {
    let capacity = 200_000;
    let policy = Policy::new(capacity).with_seed(1);
    let prints = Fingerprints::new(policy).unwrap();
    let refused = (0..capacity as u64).filter(|&key| prints.take(SLOW, key, NOW).is_err()).count();
    assert!(refused <= 1, "{refused} fingerprints");
    assert!(prints.bytes() <= capacity * 26, "{} bytes", prints.bytes());

    let table = Table::new(policy.with_shards(16)).unwrap();
    let refused = (0..capacity as u64).filter(|&key| table.take(SLOW, key, NOW).is_err()).count();
    assert!(refused <= capacity / 100, "{refused} keys");
    assert!(table.bytes() <= capacity * 29, "{} bytes", table.bytes());
}

/// Counts how often it is asked.
struct Counting(Cell<u64>);

impl Rule<u64, u64> for Counting {
    fn fresh(&self, _: &u64, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, _: &u64, until: &mut u64, now: u64) -> bool {
        self.0.set(self.0.get() + 1);
        *until <= now
    }
}

impl WordRule for Counting {
    const BITS: u32 = 60;
    fn fresh(&self, since: u64) -> u64 {
        since
    }
    fn is_idle(&self, until: u64, now: u64) -> bool {
        Rule::is_idle(self, &0, &mut until.clone(), now)
    }
}

#[test]
fn the_slowest_new_key_looks_at_a_constant_number_of_others() {
    let rule = Counting(Cell::new(0));
    for capacity in [100, 10_000] {
        let policy = Policy::new(capacity).with_shards(1);
        let (table, prints) = (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap());
        let mut most = [0; 4];
        let end = 3 * capacity as u64;
        for key in 0..end {
            // Up to the cap, beyond it, and when all are idle.
            let now = if key < end / 2 { 1 } else { 1 << 41 };
            let full = usize::from(table.len() == capacity);
            let _ = table.with(&key, now, &rule, |until, _| *until = 1 << 40);
            most[full] = rule.0.take().max(most[full]);
            let _ = prints.update(&key, now, &rule, |_, _| (Some(1 << 40), ()));
            most[2] = rule.0.take().max(most[2]);
            // A hit looks at nothing.
            if table.with(&key, now, &rule, |_, _| ()).is_ok() {
                most[3] += rule.0.get();
            }
            rule.0.take();
        }
        assert_eq!(most, [4, 64, 16, 0]);
    }
}
