//! Real threads, counted exactly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use common::{Keyed, Toy};
use seawall_keyed::{Fingerprints, Policy, Table};
use seawall_kit::clock::SplitMix;

const THREADS: u64 = 8;

fn all_at_once(work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for id in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(id));
        }
    });
}

/// Keys that are in use throughout, while others come, idle, and go.
fn exactly_one_burst_each(table: &(impl Keyed + Sync)) {
    // A little more than a hundred, for keys that are made as of a later eviction.
    let toy = Toy { cost: 1 << 40, cap: (100 << 40) + (1 << 20) };
    let brief = Toy { cost: 1, cap: 1 };
    let taken: Vec<_> = (0..20).map(|_| AtomicU64::new(0)).collect();
    all_at_once(|id| {
        let mut random = SplitMix::new(id);
        for i in 0..20_000 {
            let now = 1 << 30;
            let key = random.next_u64() % 20;
            if table.take(toy, key, now) == Ok(true) {
                taken[key as usize].fetch_add(1, Relaxed);
            }
            // Idle at once, as time goes on for the others.
            let _ = table.take(brief, 1000 + random.next_u64() % 500, now + i);
        }
    });
    let taken: Vec<_> = taken.into_iter().map(AtomicU64::into_inner).collect();
    assert_eq!(taken, [100; 20]);
}

#[test]
fn keys_in_use_are_charged_exactly_while_idle_ones_come_and_go() {
    exactly_one_burst_each(&Table::new(Policy::new(100)).unwrap());
    exactly_one_burst_each(&Fingerprints::new(Policy::new(100)).unwrap());
}

#[test]
fn the_first_hit_of_one_key_by_many_threads_makes_one_state() {
    let toy = Toy { cost: 1 << 40, cap: 3 << 40 };
    let policy = Policy::new(2000);
    let (table, prints) = (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap());
    let taken = [(); 2].map(|()| AtomicU64::new(0));
    all_at_once(|_| {
        for key in 0..1000 {
            taken[0].fetch_add(u64::from(table.take(toy, key, 1).unwrap()), Relaxed);
            taken[1].fetch_add(u64::from(prints.take(toy, key, 1).unwrap()), Relaxed);
        }
    });
    assert_eq!(taken.map(AtomicU64::into_inner), [3000, 3000]);
    assert_eq!((table.snapshot().made, prints.snapshot().made), (1000, 1000));
}
