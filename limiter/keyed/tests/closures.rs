//! What closures and rules are told, and what they may do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use common::{Keyed, Toy};
use seawall_keyed::{Fingerprints, Found, Overflow, Policy, Table, rule_fn};
use seawall_kit::alloc::{assert_no_allocations, kept_bytes};

const TOY: Toy = Toy { cost: 10, cap: 30 };
/// Never idle in these tests.
const LONG: Toy = Toy { cost: 1 << 40, cap: 1 << 40 };
const NOW: u64 = 1000;

fn both(policy: Policy) -> (Table<u64, u64>, Fingerprints) {
    (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap())
}

#[test]
fn a_closure_is_told_whose_state_it_has() {
    let (table, prints) = both(Policy::new(1).with_overflow(Overflow::Share));
    let stored = |key: u64| table.with(&key, NOW, &TOY, |tat, found| (*tat = NOW + 10, found).1);
    let print = |key: u64| prints.update(&key, NOW, &TOY, |_, found| (Some(NOW + 10), found));
    assert_eq!([stored(1), stored(1)], [Ok(Found::New), Ok(Found::Held)]);
    assert_eq!([stored(2), stored(3)], [Ok(Found::Shared); 2]);
    let found: Vec<_> = (0..40).map(|key| print(key).unwrap()).collect();
    assert_eq!((found[0], found[39]), (Found::New, Found::Shared));
    assert_eq!((print(0), prints.snapshot().shared), (Ok(Found::Held), 32));
}

#[test]
fn a_key_that_is_only_looked_at_is_not_made() {
    let (table, prints) = both(Policy::new(10));
    assert_eq!(table.with_existing(&1, |tat| *tat), None);
    let mut calls = 0;
    let mut double = |key: u64| {
        prints.update_existing(&key, &TOY, |tat| {
            calls += 1;
            (Some(tat * 2), tat)
        })
    };
    assert_eq!(double(1), None);
    prints.take(TOY, 1, NOW).unwrap();
    table.take(TOY, 1, NOW).unwrap();
    assert_eq!((double(1), double(1), double(2)), (Some(1010), Some(2020), None));
    assert_eq!(calls, 2, "not called where there is nothing");
    assert_eq!(prints.update_existing(&1, &TOY, |tat| (None, tat)), Some(4040));
    assert_eq!(prints.look(TOY, 1), Some(4040));
    assert_eq!(table.with_existing(&1, |tat| core::mem::replace(tat, 7)), Some(1010));
    assert_eq!((table.look(TOY, 1), table.len(), prints.len()), (Some(7), 1, 1));
}

#[test]
fn a_state_that_somebody_has_in_hand_is_not_forgotten() {
    let rule = rule_fn(
        |key: &u64, _| Arc::new(*key),
        |_: &u64, state: &mut Arc<u64>, _| Arc::get_mut(state).is_some(),
    );
    let table: Table<u64, Arc<u64>> = Table::new(Policy::new(2)).unwrap();
    let get = |key: u64| table.with(&key, NOW, &rule, |state, _| Arc::clone(state));
    let (one, two) = (get(1).unwrap(), get(2).unwrap());
    assert!(get(3).is_err());
    assert_eq!(table.sweep(NOW, &rule), 0);
    drop(two);
    assert!(get(3).is_ok());
    assert!(Arc::ptr_eq(&one, &get(1).unwrap()), "it is the same one still");
    assert_eq!(table.with_existing(&2, |_| ()), None);
}

#[test]
fn each_key_has_a_limit_of_its_own_where_the_rule_says_so() {
    // Even keys are idle after ten, odd ones after a thousand.
    let after = |key: &u64| if key % 2 == 0 { 10 } else { 1000 };
    let rule = rule_fn(|_: &u64, _| 0, |key: &u64, last: &mut u64, now| *last + after(key) <= now);
    let table: Table<u64, u64> = Table::new(Policy::new(10).with_shards(1)).unwrap();
    let call = |key: u64, now: u64| table.with(&key, now, &rule, |last, _| *last = now);
    assert!((0..10).all(|key| call(key, NOW).is_ok()));
    let came = (10..20).filter(|&key| call(key * 2, NOW + 10).is_ok()).count();
    assert_eq!(came, 5, "in place of the even ones");
    assert!(
        (0..10).filter(|key| key % 2 == 1).all(|key| table.with_existing(&key, |_| ()).is_some())
    );
}

#[test]
fn a_new_key_is_not_charged_for_the_clock_of_another_thread() {
    // One at a time: whoever is made as of later than now has to count it as now.
    let one = Toy { cost: 10, cap: 10 };
    let (table, prints) = both(Policy::new(1));
    for key in 0..40 {
        let _ = table.take(one, key, NOW + 20 * key);
        let _ = prints.take(one, key, NOW + 20 * key);
    }
    let late = NOW + 20 * 40;
    let admit = |tat: u64, found: Found, now: u64| {
        let now = if found == Found::New { now.max(tat) } else { now };
        one.take(tat, now)
    };
    // A thread whose reading is older than the last eviction brings a new key.
    let now = late - 8;
    assert!(prints.update(&99, now, &one, |tat, found| (admit(tat, found, now), tat)).is_ok());
    let (mut seen, mut admitted) = (None, None);
    let stored = table.with(&98, now, &one, |tat, found| {
        (seen, admitted) = (Some(found), admit(*tat, found, now));
    });
    assert_eq!((stored.is_ok(), seen, admitted.is_some()), (true, Some(Found::New), true));
    assert!(prints.look(one, 99).is_some_and(|tat| tat >= now + 10));
}

#[test]
fn idle_keys_stay_as_long_as_nobody_needs_their_room() {
    let (table, prints) = both(Policy::new(200).with_shards(1));
    for key in 0..180 {
        table.take(TOY, key, NOW + key * 100).unwrap();
        prints.take(TOY, key, NOW + key * 100).unwrap();
    }
    assert_eq!((table.len(), table.snapshot().evicted), (180, 0));
    // By chance sixteen slots are taken now and then.
    assert!(prints.snapshot().evicted <= 1, "{:?}", prints.snapshot());
}

#[test]
fn a_key_that_comes_again_while_idle_is_not_owned_anew() {
    let table: Table<String, u64> = Table::new(Policy::new(100).with_shards(1)).unwrap();
    let names: Vec<String> = (0..90).map(|i| format!("somebody with a long name, {i}")).collect();
    let mut now = NOW;
    let mut call = |name: &str| {
        now += 1000;
        table.with(name, now, &TOY, |tat, _| *tat = now).unwrap();
    };
    for name in &names {
        call(name);
    }
    assert_no_allocations("hits by callers who are idle", 10, || {
        for name in &names {
            call(name);
        }
    });
}

#[test]
fn of_idle_fingerprints_the_one_that_was_idle_longest_makes_way() {
    let prints = Fingerprints::new(Policy::new(1)).unwrap();
    // Eight slots, in an order that is not theirs.
    let key = |i: u64| i * 5 % 8;
    (0..8).for_each(|i| assert_eq!(prints.take(TOY, key(i), NOW + i), Ok(true)));
    for i in 0..8 {
        assert_eq!(prints.take(LONG, 100 + i, NOW + 100), Ok(true));
        let held: Vec<_> = (0..8).filter(|&j| prints.look(TOY, key(j)).is_some()).collect();
        assert_eq!(held, (i + 1..8).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_printed_tells_neither_keys_nor_seed_and_needs_no_lock() {
    let policy = Policy::new(4).with_seed(123_456_789);
    let table: Table<String, u64> = Table::new(policy).unwrap();
    let prints = Fingerprints::new(policy).unwrap();
    let text = table.with("somebody", NOW, &TOY, |_, _| format!("{table:?} {}", table.capacity()));
    assert_eq!(text.unwrap(), "Table { capacity: 4, .. } 4");
    let text = prints.update(&1, NOW, &TOY, |_, _| (Some(1), format!("{prints:?}")));
    assert_eq!(text.unwrap(), "Fingerprints { capacity: 4, .. }");
}

#[test]
fn each_word_that_is_held_is_visited() {
    let prints = Fingerprints::new(Policy::new(50)).unwrap();
    let seen = RefCell::new(Vec::new());
    let look = || {
        prints.for_each(&TOY, |word| seen.borrow_mut().push(word));
        let mut words = seen.take();
        words.sort_unstable();
        words
    };
    assert!(look().is_empty());
    (0..40).for_each(|key| assert_eq!(prints.take(LONG, key, NOW + key), Ok(true)));
    assert_eq!(look(), (0..40).map(|key| NOW + key + (1 << 40)).collect::<Vec<_>>());
}

#[test]
fn any_key_may_have_any_slot_of_its_two_pairs() {
    for seed in 0..20 {
        let prints = Fingerprints::new(Policy::new(10).with_seed(seed)).unwrap();
        assert_eq!(prints.slots(), 16);
        assert!((0..16).all(|key| prints.take(LONG, key, NOW).is_ok()), "seed {seed}");
        assert!(prints.take(LONG, 16, NOW).is_err());
    }
}

#[test]
fn the_bytes_of_a_table_are_those_that_it_says() {
    let policy = Policy::new(10_000).with_shards(4);
    let (table, bytes) = kept_bytes(|| Table::<u64, u64>::new(policy).unwrap());
    assert_eq!(table.bytes() - size_of_val(&table), usize::try_from(bytes).unwrap());
    assert!(table.bytes() <= 10_000 * 29, "{}", table.bytes());
    let (prints, bytes) = kept_bytes(|| Fingerprints::new(policy).unwrap());
    assert_eq!(prints.bytes() - size_of_val(&prints), usize::try_from(bytes).unwrap());
    assert!(prints.bytes() <= 10_000 * 26, "{}", prints.bytes());
}

#[test]
fn there_are_more_locks_the_more_keys_and_processors_there_are() {
    let shards = |capacity| Policy::new(capacity).shards();
    assert_eq!((shards(1), shards(1023), shards(1024)), (1, 1, 2));
    assert!(shards(1 << 20) >= 8 && shards(1 << 20).is_power_of_two());
    assert!(shards(1 << 20) >= std::thread::available_parallelism().unwrap().get() * 8);
}
