//! What both tables promise, one sentence at a time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![cfg(not(seawall_loom))]

mod common;

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Keyed, Toy};
use seawall_keyed::{Fingerprints, Overflow, Policy, Rule, Table, WordRule};
use seawall_kit::alloc::assert_no_allocations;

const TOY: Toy = Toy { cost: 10, cap: 30 };
const NOW: u64 = 1000;

fn both(policy: Policy) -> (Table<u64, u64>, Fingerprints) {
    (Table::new(policy).unwrap(), Fingerprints::new(policy).unwrap())
}

#[test]
fn each_key_has_a_state_of_its_own_and_keeps_it() {
    let (table, prints) = both(Policy::new(100));
    for keyed in [&table as &dyn Keyed, &prints] {
        for key in 0..50 {
            let verdicts = [(); 4].map(|()| keyed.take(TOY, key, NOW).unwrap());
            assert_eq!(verdicts, [true, true, true, false], "key {key}");
        }
        assert_eq!(keyed.look(TOY, 3), Some(NOW + 30));
        assert_eq!(keyed.look(TOY, 99), None);
    }
    assert_eq!((table.len(), prints.len()), (50, 50));
}

#[test]
fn texts_are_looked_up_by_borrow_and_owned_once() {
    let table: Table<String, u64> = Table::new(Policy::new(10)).unwrap();
    let count = |key: &str| {
        table
            .with(key, NOW, &TOY, |v, _| {
                *v = u64::MAX;
                *v
            })
            .unwrap()
    };
    count("somebody");
    assert_eq!(table.with_existing("somebody", |v| *v), Some(u64::MAX));
    assert_no_allocations("a hit by borrow", 100, || {
        count("somebody");
    });
    assert_eq!(table.remove("somebody"), Some(u64::MAX));
    assert_eq!(table.remove("somebody"), None);
}

#[test]
fn neither_a_hit_nor_a_new_key_allocates() {
    let (table, prints) = both(Policy::new(1000));
    let next = Cell::new(0);
    for (name, keyed) in [("stored", &table as &dyn Keyed), ("fingerprints", &prints)] {
        assert_no_allocations(name, 5000, || {
            let now = NOW + next.replace(next.get() + 1);
            keyed.take(TOY, 7, now).unwrap();
            keyed.take(TOY, now, now).unwrap();
            keyed.look(TOY, 7);
        });
    }
}

#[test]
fn capacities_of_nought_and_of_more_than_there_is_are_refused_by_name() {
    for capacity in [0, Policy::MOST + 1, usize::MAX] {
        let policy = Policy::new(capacity);
        let fault = Table::<u64, u64>::new(policy).unwrap_err();
        assert_eq!(fault, Fingerprints::new(policy).unwrap_err());
        assert!(fault.to_string().starts_with(&format!("capacity is {capacity}, must be")));
    }
    // States so large that no memory holds them.
    let fault = Table::<u64, [u64; 1 << 10]>::new(Policy::new(Policy::MOST)).unwrap_err();
    assert_eq!(fault.to_string(), "capacity is 1073741824, is more than there is memory for");
    for shards in [0, 3, 16, usize::MAX] {
        let fault = Policy::new(8).with_shards(shards).check().unwrap_err();
        assert_eq!(fault.fields().collect::<Vec<_>>(), ["shards"]);
    }
}

#[test]
fn room_for_one_is_room_for_one() {
    let (table, prints) = both(Policy::new(1));
    assert_eq!(table.take(TOY, 1, NOW), Ok(true));
    assert!(table.take(TOY, 2, NOW + 9).is_err());
    assert_eq!(table.take(TOY, 2, NOW + 10), Ok(true));
    assert_eq!(table.look(TOY, 1), None);
    assert_eq!((table.capacity(), table.len()), (1, 1));
    // A line is the least that there is.
    assert_eq!((prints.capacity(), prints.slots()), (1, 8));
    assert_eq!((0..20).filter(|&key| prints.take(TOY, key, NOW).is_ok()).count(), 8);
}

#[test]
fn times_at_both_ends_are_times() {
    let (table, prints) = both(Policy::new(4).with_overflow(Overflow::Share));
    for keyed in [&table as &dyn Keyed, &prints] {
        for (key, now) in [(1, 0), (2, u64::MAX), (3, u64::MAX), (1, 0), (4, 0), (5, 0), (6, 0)] {
            let _ = keyed.take(TOY, key, now);
        }
    }
}

/// Keys that all hash alike, whatever the seed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Alike(u64);

impl Hash for Alike {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0_u64.hash(state);
    }
}

#[test]
fn stored_keys_that_hash_alike_are_slow_and_right() {
    let table: Table<Alike, u64> = Table::new(Policy::new(300)).unwrap();
    for round in 0..3 {
        let now = NOW + round * 1000;
        for key in 0..200 {
            table.with(&Alike(key), now, &TOY, |tat, _| *tat = now + key + 1).unwrap();
        }
        for key in 0..200 {
            assert_eq!(table.with_existing(&Alike(key), |tat| *tat), Some(now + key + 1));
        }
    }
    (0..200).for_each(|key| assert!(table.remove(&Alike(key)).is_some()));
    assert!(table.is_empty());
}

#[test]
fn fingerprints_that_are_equal_share_one_state() {
    let prints = Fingerprints::new(Policy::new(300)).unwrap();
    let take = |key| {
        prints.update(&Alike(key), NOW, &TOY, |tat, _| {
            (TOY.take(tat, NOW), TOY.take(tat, NOW).is_some())
        })
    };
    assert_eq!([take(1), take(2), take(3), take(4)], [Ok(true), Ok(true), Ok(true), Ok(false)]);
    assert_eq!(prints.len(), 1);
}

/// A key whose hash is another one each time it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Moody(u64);

thread_local!(static MOOD: Cell<u64> = const { Cell::new(0) });

impl Hash for Moody {
    fn hash<H: Hasher>(&self, state: &mut H) {
        MOOD.replace(MOOD.get() + 1).hash(state);
    }
}

#[test]
fn keys_whose_hash_changes_break_nothing_but_themselves() {
    let table: Table<Moody, u64> = Table::new(Policy::new(50).with_shards(2)).unwrap();
    for key in 0..500 {
        let _ = table.with(&Moody(key % 70), NOW + key * 100, &TOY, |tat, _| *tat = NOW);
        assert!(table.len() <= 50);
    }
}

#[test]
fn a_closure_that_panics_leaves_the_old_state_and_the_table_usable() {
    let (table, prints) = both(Policy::new(100));
    for keyed in [&table as &dyn Keyed, &prints] {
        keyed.take(TOY, 1, NOW).unwrap();
    }
    for key in [1, 2] {
        let panics = || table.with(&key, NOW, &TOY, |_: &mut u64, _| panic!("by the test"));
        catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
        let panics = || {
            prints.update(&key, NOW, &TOY, |_, _| -> (Option<u64>, ()) { panic!("by the test") })
        };
        catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    }
    for keyed in [&table as &dyn Keyed, &prints] {
        assert_eq!((keyed.look(TOY, 1), keyed.look(TOY, 2)), (Some(NOW + 10), None));
        assert_eq!(keyed.take(TOY, 2, NOW), Ok(true));
    }
}

#[test]
fn a_rule_that_panics_leaves_the_table_usable() {
    struct Bad(Cell<bool>);
    impl Rule<u64, u64> for Bad {
        fn fresh(&self, _: &u64, _: u64) -> u64 {
            assert!(!self.0.get(), "by the test");
            NOW
        }
        fn is_idle(&self, _: &u64, _: &mut u64, _: u64) -> bool {
            assert!(!self.0.get(), "by the test");
            true
        }
    }
    impl WordRule for Bad {
        const BITS: u32 = 63;
        fn fresh(&self, _: u64) -> u64 {
            Rule::fresh(self, &0, 0)
        }
        fn is_idle(&self, _: u64, _: u64) -> bool {
            Rule::is_idle(self, &0, &mut 0, 0)
        }
    }
    let (table, prints) = both(Policy::new(1));
    let bad = Bad(Cell::new(false));
    for key in 0..50 {
        bad.0.set(key % 2 == 1);
        let run = || table.with(&key, NOW, &bad, |v, _| *v);
        assert_eq!(catch_unwind(AssertUnwindSafe(run)).is_ok(), key % 2 == 0);
        let run = || prints.update(&key, NOW, &bad, |v, _| (Some(v), ()));
        assert_eq!(catch_unwind(AssertUnwindSafe(run)).is_ok(), key % 2 == 0);
    }
    assert_eq!(table.len(), 1);
    assert!((1..=8).contains(&prints.len()));
}

#[test]
fn a_first_word_that_is_not_stored_takes_no_slot() {
    let prints = Fingerprints::new(Policy::new(10)).unwrap();
    assert_eq!(prints.update(&1, NOW, &TOY, |word, _| (None, word)), Ok(0));
    assert!(prints.is_empty());
    assert_eq!(prints.get(&1, &TOY), None);
}

#[test]
fn a_word_that_needs_more_bits_than_it_has_stays_at_the_highest() {
    struct Narrow;
    impl WordRule for Narrow {
        const BITS: u32 = 8;
        fn fresh(&self, _: u64) -> u64 {
            0
        }
        fn is_idle(&self, word: u64, now: u64) -> bool {
            word <= now
        }
    }
    let prints = Fingerprints::new(Policy::new(1)).unwrap();
    for round in 0..300 {
        // Holders come and go, and leave nothing in the state's bits.
        for key in 0..8 {
            let seen = prints.update(&(round, key), 255, &Narrow, |word, _| (Some(300), word));
            assert_eq!(seen, Ok(0));
            assert_eq!(prints.get(&(round, key), &Narrow), Some(255));
        }
    }
    assert_eq!(prints.snapshot().made, 300 * 8);
}

#[test]
fn a_key_that_was_forgotten_is_as_of_when_it_was_if_the_clock_goes_back() {
    let (table, prints) = both(Policy::new(1));
    for keyed in [&table as &dyn Keyed, &prints] {
        (0..3).for_each(|_| assert_eq!(keyed.take(TOY, 1, NOW), Ok(true)));
        // Idle since 30, and evicted by others.
        for key in 2..100 {
            let _ = keyed.take(TOY, key, NOW + 40);
        }
        assert_eq!(keyed.look(TOY, 1), None);
        for key in 2..100 {
            let _ = keyed.take(TOY, key, NOW + 90);
        }
        // At the time of its burst it does not get another one.
        assert_ne!(keyed.take(TOY, 1, NOW), Ok(true));
    }
}

#[test]
fn two_tables_hash_unlike_unless_they_are_told_to_hash_alike() {
    let refused = |policy: Policy| {
        let prints = Fingerprints::new(policy).unwrap();
        let far = Toy { cost: 1 << 40, cap: 1 << 40 };
        (0..200_u64).filter(|&key| prints.take(far, key, NOW).is_err()).collect::<Vec<_>>()
    };
    let policy = Policy::new(40);
    assert_ne!(refused(policy), refused(policy));
    assert_eq!(refused(policy.with_seed(5)), refused(policy.with_seed(5)));
    assert_ne!(refused(policy.with_seed(5)), refused(policy.with_seed(6)));
}
