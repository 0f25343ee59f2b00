//! What goes over all keys, while others come and go.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::thread;

use common::{Keyed, Toy};
use seawall_keyed::{Policy, Table, rule_fn};

const TOY: Toy = Toy { cost: 10, cap: 30 };
const NOW: u64 = 1000;

/// A state that uses its table when it is dropped, as the last handle of
/// something may.
struct Caller {
    table: Arc<OnceLock<Table<u64, Caller>>>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Relaxed);
        if let Some(table) = self.table.get() {
            // Waits for ever if the lock is still held.
            table.with_existing(&1, |_| ());
            table.len();
        }
    }
}

#[test]
fn states_that_are_forgotten_are_dropped_after_the_lock() {
    let (cell, dropped) = (Arc::new(OnceLock::new()), Arc::new(AtomicUsize::new(0)));
    let idle = AtomicBool::new(false);
    let rule = rule_fn(
        |_: &u64, _| Caller { table: Arc::clone(&cell), dropped: Arc::clone(&dropped) },
        |_: &u64, _: &mut Caller, _| idle.load(Relaxed),
    );
    let table = cell.get_or_init(|| Table::new(Policy::new(300).with_shards(1)).unwrap());
    (0..300).for_each(|key| table.with(&key, NOW, &rule, |_, _| ()).unwrap());
    assert!(table.with(&300, NOW, &rule, |_, _| ()).is_err());

    idle.store(true, Relaxed);
    table.with(&300, NOW, &rule, |_, _| ()).unwrap();
    assert_eq!((dropped.load(Relaxed), table.len()), (2, 299), "an eviction");
    assert!(table.remove(&300).is_some());
    let odd = table.retain(|key, _| key % 2 == 0);
    assert_eq!((odd + table.len(), dropped.load(Relaxed)), (298, 3 + odd));
    assert_eq!((table.sweep(NOW, &rule), table.len()), (298 - odd, 0));
    assert_eq!((dropped.load(Relaxed), table.len()), (301, 0));
}

#[test]
fn a_sweep_that_finds_nobody_idle_costs_new_keys_nothing() {
    let table: Table<u64, u64> = Table::new(Policy::new(100).with_shards(1)).unwrap();
    assert_eq!(table.take(Toy { cost: 1 << 62, cap: 1 << 62 }, 1, NOW), Ok(true));
    // A time from a wrong clock.
    assert_eq!(table.sweep(1 << 61, &TOY), 0);
    assert_eq!(table.take(TOY, 2, NOW), Ok(true));
    assert_eq!(table.look(TOY, 2), Some(NOW + 10), "as of now, not of then");
}

#[test]
fn what_a_sweep_forgot_gains_nothing_by_a_clock_that_goes_back() {
    let table: Table<u64, u64> = Table::new(Policy::new(100)).unwrap();
    (0..3).for_each(|_| assert_eq!(table.take(TOY, 1, NOW), Ok(true)));
    assert_eq!(table.sweep::<u64, _>(NOW + 29, &TOY), 0);
    assert_eq!(table.sweep::<u64, _>(NOW + 30, &TOY), 1);
    assert_eq!((table.take(TOY, 1, NOW), table.snapshot().evicted), (Ok(false), 1));
}

#[test]
fn a_walk_that_panics_forgets_what_it_had_decided_and_leaves_the_rest() {
    let table: Table<u64, u64> = Table::new(Policy::new(300).with_shards(1)).unwrap();
    (0..300).for_each(|key| assert_eq!(table.take(TOY, key, NOW), Ok(true)));
    let mut left = 100;
    let walk = || {
        table.retain(|_, _| {
            left -= 1;
            assert!(left > 0, "by the test");
            false
        })
    };
    catch_unwind(AssertUnwindSafe(walk)).unwrap_err();
    assert_eq!(table.len(), 300 - 99);
    let held = (0..300).filter(|&key| table.look(TOY, key).is_some()).count();
    assert_eq!(held, 201);
    assert_eq!(table.retain(|_, _| true), 0);
}

#[test]
fn a_walk_finds_every_key_that_stays_while_others_come_and_go() {
    const STAY: u64 = 500;
    let table: Table<u64, u64> = Table::new(Policy::new(1500).with_shards(2)).unwrap();
    let stay = Toy { cost: 1 << 40, cap: 1 << 40 };
    // Mixed with others, that go.
    for key in 0..STAY {
        assert_eq!(table.take(stay, key, NOW), Ok(true));
        let _ = table.take(TOY, 10_000 + key, NOW);
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut now = NOW;
            while !done.load(Relaxed) {
                now += 7;
                let _ = table.take(TOY, 20_000 + now, now);
                table.remove(&(20_000 + now - 70));
            }
        });
        for _ in 0..200 {
            let mut seen = HashMap::new();
            table.for_each(|&key, _| *seen.entry(key).or_insert(0) += 1);
            let missed: Vec<_> = (0..STAY).filter(|key| !seen.contains_key(key)).collect();
            assert!(missed.is_empty(), "{missed:?}");
            table.retain(|&key, _| key < STAY || key % 3 > 0);
        }
        done.store(true, Relaxed);
    });
    assert!((0..STAY).all(|key| table.look(stay, key).is_some()));
}
