//! All interleavings of two or three threads on the slots of a table:
//!
//! `RUSTFLAGS="--cfg seawall_loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p seawall-keyed --test loom`
#![cfg(seawall_loom)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod common;

use std::sync::Arc;

use common::{Keyed, Toy};
use loom::thread;
use seawall_keyed::{Fingerprints, Found, Overflow, Policy, Table, WordRule};

/// Two at once; all is back after twenty.
const TOY: Toy = Toy { cost: 10, cap: 20 };

/// Two slots, those of every key, of which the keys from 100 on, idle at `idle`,
/// have taken all but `free`.
fn prints(free: u64, idle: u64) -> Arc<Fingerprints> {
    let prints = Fingerprints::new(Policy::new(1).with_seed(1)).unwrap();
    for key in free..2 {
        assert_eq!(prints.take(Toy { cost: idle, cap: idle }, 100 + key, 0), Ok(true));
    }
    Arc::new(prints)
}

/// Never idle in these tests.
const BUSY: u64 = 1 << 40;

#[test]
fn the_first_hit_of_one_key_by_three_threads_makes_one_state() {
    loom::model(|| {
        let prints = prints(2, BUSY);
        let threads = [(); 2].map(|()| {
            let prints = Arc::clone(&prints);
            thread::spawn(move || prints.take(TOY, 1, 100) == Ok(true))
        });
        let mine = prints.take(TOY, 1, 100) == Ok(true);
        let [a, b] = threads.map(|t| t.join().unwrap());
        assert_eq!([mine, a, b].iter().filter(|&&taken| taken).count(), 2);
        assert_eq!((prints.look(TOY, 1), prints.len()), (Some(120), 1));
    });
}

#[test]
fn two_new_keys_never_get_one_slot() {
    loom::model(|| {
        let prints = prints(2, BUSY);
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || other.take(TOY, 1, 100));
        assert_eq!(prints.take(TOY, 2, 110), Ok(true));
        assert_eq!(thread.join().unwrap(), Ok(true));
        assert_eq!((prints.look(TOY, 1), prints.look(TOY, 2)), (Some(110), Some(120)));
        assert_eq!(prints.len(), 2);
    });
}

#[test]
fn the_last_slot_goes_to_one_of_two_and_the_other_is_told() {
    loom::model(|| {
        let prints = prints(1, BUSY);
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || other.take(TOY, 1, 100));
        let mine = prints.take(TOY, 2, 100);
        let theirs = thread.join().unwrap();
        assert!(mine.is_ok() != theirs.is_ok(), "{mine:?} {theirs:?}");
        assert_eq!(prints.look(TOY, 2).is_some(), mine.is_ok());
        assert_eq!(prints.look(TOY, 1).is_some(), theirs.is_ok());
    });
}

/// One key is idle and hit again, while another one wants its slot, the only
/// one that is idle: both are charged, each for itself, whoever comes first.
#[test]
fn a_hit_meets_an_eviction_and_is_neither_lost_nor_charged_to_another() {
    loom::model(|| {
        let prints = prints(1, BUSY);
        assert_eq!(prints.take(TOY, 1, 80), Ok(true));
        // Idle since 90.
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || other.take(TOY, 2, 100));
        let mine = prints.take(TOY, 1, 100);
        let theirs = thread.join().unwrap();
        let looks = (prints.look(TOY, 1), prints.look(TOY, 2));
        match (mine, theirs) {
            // It was hit first, and is not idle any more.
            (Ok(true), Err(_)) => assert_eq!(looks, (Some(110), None)),
            // It was forgotten first, and finds no room, the other one being new.
            (Err(_), Ok(true)) => assert_eq!(looks, (None, Some(110))),
            both => panic!("{both:?} {looks:?}"),
        }
        assert_eq!(prints.len(), 2);
    });
}

/// The same with room elsewhere: the one that is evicted comes back at once, to
/// one slot only, and its state is as of the eviction.
#[test]
fn a_key_that_is_evicted_while_it_is_hit_comes_back_once() {
    loom::model(|| {
        let prints = prints(2, BUSY);
        // Two that are idle at 100.
        assert_eq!(prints.take(TOY, 1, 80), Ok(true));
        assert_eq!(prints.take(TOY, 3, 80), Ok(true));
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || other.take(TOY, 2, 100));
        let hits = [prints.take(TOY, 1, 95), prints.take(TOY, 1, 95)];
        assert_eq!(thread.join().unwrap(), Ok(true));
        assert_eq!(prints.look(TOY, 2), Some(110));
        match hits {
            // Not evicted, or before the first hit or between the two and as of 100.
            [Ok(true), Ok(true)] => {
                assert!(matches!(prints.look(TOY, 1), Some(115)), "{:?}", prints.look(TOY, 1));
            }
            // As of 100, 115 would be owed at 95: 25 are more than there are.
            [Ok(true), Ok(false)] => assert_eq!(prints.look(TOY, 1), Some(110)),
            other => panic!("{other:?}"),
        }
    });
}

/// A state whose words say nothing of time: `3` and `0` come again and again.
struct Few;

impl WordRule for Few {
    const BITS: u32 = 8;
    fn fresh(&self, _: u64) -> u64 {
        0
    }
    fn is_idle(&self, word: u64, _: u64) -> bool {
        word == 0
    }
}

#[test]
fn a_word_that_comes_back_with_another_holder_is_not_taken_for_the_old_one() {
    loom::model(|| {
        let prints = prints(1, 255);
        let set = |prints: &Fingerprints, key: u64, from: u64, to: u64| {
            prints.update(&key, 0, &Few, |word, _| {
                if word == from { (Some(to), true) } else { (None, false) }
            })
        };
        assert_eq!(set(&prints, 1, 0, 3), Ok(true));
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || {
            // Key 1 goes idle, and key 2 brings the slot to the same word.
            assert_eq!(set(&other, 1, 3, 0).is_ok(), true);
            set(&other, 2, 0, 3)
        });
        let hit = set(&prints, 1, 3, 4);
        let came = thread.join().unwrap();
        let (one, two) = (prints.get(&1, &Few), prints.get(&2, &Few));
        match (hit, came) {
            // Hit first: it is not idle, and stays.
            (Ok(true), Err(_)) => assert_eq!((one, two), (Some(4), None)),
            // Idle, or gone: nothing to hit, or no room for it.
            (Ok(false) | Err(_), Ok(true)) => assert_eq!((one, two), (None, Some(3))),
            both => panic!("{both:?} {one:?} {two:?}"),
        }
    });
}

#[test]
fn what_is_read_is_the_word_of_the_key_that_was_asked_for() {
    loom::model(|| {
        let prints = prints(1, BUSY);
        assert_eq!(prints.take(TOY, 1, 80), Ok(true));
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || {
            let refused = other.update_existing(&2, &TOY, |tat| (None, tat));
            assert!(matches!(refused, Some(110) | None), "{refused:?}");
            (other.look(TOY, 1), other.look(TOY, 2))
        });
        assert_eq!(prints.take(TOY, 2, 100), Ok(true));
        let (one, two) = thread.join().unwrap();
        assert!(matches!(one, Some(90) | None), "{one:?}");
        assert!(matches!(two, Some(110) | None), "{two:?}");
    });
}

#[test]
fn a_refusal_is_that_of_the_key_that_was_asked_for() {
    loom::model(|| {
        let prints = prints(1, BUSY);
        assert_eq!(prints.take(TOY, 1, 80), Ok(true));
        let other = Arc::clone(&prints);
        // Key 2 takes the slot twice, and owes more than key 1 ever did.
        let thread = thread::spawn(move || (other.take(TOY, 2, 100), other.take(TOY, 2, 100)));
        let mine = prints.take(TOY, 1, 100);
        assert_ne!(mine, Ok(false), "it owes nothing at 100");
        let theirs = thread.join().unwrap();
        assert_eq!(theirs.0.is_ok(), mine.is_err());
    });
}

/// Four slots in two pairs, each with a lock of its own: those of every key. With
/// this seed, the keys 1 and 2 begin at one pair, and 3 and 4 at the other.
fn two_pairs(busy: u64, overflow: Overflow) -> Arc<Fingerprints> {
    let policy = Policy::new(2).with_shards(2).with_seed(1).with_overflow(overflow);
    let prints = Fingerprints::new(policy).unwrap();
    assert_eq!(prints.slots(), 4);
    for key in 0..busy {
        assert_eq!(prints.take(Toy { cost: BUSY, cap: BUSY }, 100 + key, 0), Ok(true));
    }
    Arc::new(prints)
}

/// Insert × insert under two locks, for the one slot that is left.
#[test]
fn the_last_slot_goes_to_one_of_two_that_hold_different_locks() {
    loom::model(|| {
        let prints = two_pairs(3, Overflow::Refuse);
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || other.take(TOY, 1, 100));
        let mine = prints.take(TOY, 3, 100);
        let theirs = thread.join().unwrap();
        assert!(mine.is_ok() != theirs.is_ok(), "{mine:?} {theirs:?}");
        assert_eq!(prints.look(TOY, 3), mine.ok().map(|_| 110));
        assert_eq!(prints.look(TOY, 1), theirs.ok().map(|_| 110));
        assert_eq!(prints.len(), 4);
    });
}

/// Insert × insert × hit: two new keys under two locks want the slot of a third,
/// which is hit meanwhile.
#[test]
fn an_idle_key_that_is_hit_while_two_others_want_its_slot_is_charged_or_gone() {
    loom::model(|| {
        let prints = two_pairs(3, Overflow::Refuse);
        assert_eq!(prints.take(TOY, 2, 80), Ok(true));
        // Idle since 90.
        let threads = [1, 3].map(|key| {
            let prints = Arc::clone(&prints);
            thread::spawn(move || prints.take(TOY, key, 100))
        });
        let hit = prints.update_existing(&2, &TOY, |tat| (TOY.take(tat, 100), ()));
        let came = threads.map(|thread| thread.join().unwrap());
        let looks = [1, 3, 2].map(|key| prints.look(TOY, key));
        match (hit, came) {
            (Some(()), [Err(_), Err(_)]) => assert_eq!(looks, [None, None, Some(110)]),
            (None, [Ok(true), Err(_)]) => assert_eq!(looks, [Some(110), None, None]),
            (None, [Err(_), Ok(true)]) => assert_eq!(looks, [None, Some(110), None]),
            other => panic!("{other:?} {looks:?}"),
        }
    });
}

/// Evict × come back: whoever finds its key gone also finds since when, although
/// it was evicted under another lock.
#[test]
fn a_key_that_was_evicted_under_another_lock_comes_back_as_of_then() {
    loom::model(|| {
        let prints = two_pairs(3, Overflow::Refuse);
        // Two at once until 100.
        assert_eq!([(); 2].map(|()| prints.take(TOY, 1, 80)), [Ok(true); 2]);
        let other = Arc::clone(&prints);
        // A clock that went back: nothing is left at 80, whoever was faster. It may
        // do no more than read, and the model looks for other orders of what one
        // thread writes and a later one reads, so it is the later one.
        let thread = thread::spawn(move || other.take(TOY, 1, 80));
        // Takes the slot, and leaves it to the next at once.
        let came = prints.update(&3, 100, &TOY, |_, found| (Some(1), found));
        assert_eq!(came, Ok(Found::New));
        let early = thread.join().unwrap();
        assert!(matches!(early, Ok(false) | Err(_)), "{early:?}");
    });
}

#[test]
fn those_who_share_a_state_are_all_charged() {
    loom::model(|| {
        let prints = two_pairs(4, Overflow::Share);
        let threads = [1, 2].map(|key| {
            let prints = Arc::clone(&prints);
            thread::spawn(move || prints.take(TOY, key, 100) == Ok(true))
        });
        let mine = prints.take(TOY, 3, 100) == Ok(true);
        let taken = threads.map(|thread| thread.join().unwrap());
        assert_eq!(taken.iter().filter(|&&taken| taken).count() + usize::from(mine), 2);
        assert_eq!((prints.snapshot().shared, prints.len()), (3, 4));
    });
}

#[test]
fn each_word_that_is_visited_is_a_holders() {
    loom::model(|| {
        let prints = prints(1, BUSY);
        assert_eq!(prints.take(TOY, 1, 80), Ok(true));
        let other = Arc::clone(&prints);
        let thread = thread::spawn(move || {
            other.for_each(&TOY, |word| assert!([BUSY, 90, 110].contains(&word), "{word}"));
        });
        assert_eq!(prints.take(TOY, 2, 100), Ok(true));
        thread.join().unwrap();
    });
}

fn table(capacity: usize, overflow: Overflow) -> Arc<Table<u64, u64>> {
    let policy = Policy::new(capacity).with_shards(1).with_seed(1).with_overflow(overflow);
    Arc::new(Table::new(policy).unwrap())
}

#[test]
fn the_first_hit_of_a_stored_key_by_three_threads_makes_one_state() {
    loom::model(|| {
        let table = table(2, Overflow::Refuse);
        let threads = [(); 2].map(|()| {
            let table = Arc::clone(&table);
            thread::spawn(move || table.take(TOY, 1, 100) == Ok(true))
        });
        let mine = table.take(TOY, 1, 100) == Ok(true);
        let [a, b] = threads.map(|t| t.join().unwrap());
        assert_eq!([mine, a, b].iter().filter(|&&taken| taken).count(), 2);
        assert_eq!((table.look(TOY, 1), table.len()), (Some(120), 1));
    });
}

/// Insert × evict × hit × sweep.
#[test]
fn a_stored_key_is_hit_while_another_wants_its_place_and_a_third_sweeps() {
    loom::model(|| {
        let table = table(1, Overflow::Refuse);
        assert_eq!(table.take(TOY, 1, 80), Ok(true));
        let (other, third) = (Arc::clone(&table), Arc::clone(&table));
        let insert = thread::spawn(move || other.take(TOY, 2, 100));
        let sweep = thread::spawn(move || third.sweep::<u64, _>(100, &TOY));
        let hit = table.with_existing(&1, |tat| *tat = TOY.take(*tat, 100).unwrap());
        let (came, gone) = (insert.join().unwrap(), sweep.join().unwrap());
        let looks = (table.look(TOY, 1), table.look(TOY, 2));
        match (hit, came, gone) {
            (Some(()), Err(_), 0) => assert_eq!(looks, (Some(110), None)),
            (None, Ok(true), 0 | 1) => assert_eq!(looks, (None, Some(110))),
            other => panic!("{other:?} {looks:?}"),
        }
        assert_eq!(table.len(), 1);
        assert_eq!(table.snapshot().evicted, u64::from(hit.is_none()));
    });
}

#[test]
fn those_who_share_a_stored_state_are_all_charged() {
    loom::model(|| {
        let table = table(1, Overflow::Share);
        assert_eq!(table.take(Toy { cost: BUSY, cap: BUSY }, 9, 0), Ok(true));
        let threads = [1, 2].map(|key| {
            let table = Arc::clone(&table);
            thread::spawn(move || table.take(TOY, key, 100) == Ok(true))
        });
        let mine = table.take(TOY, 3, 100) == Ok(true);
        let taken = threads.map(|thread| thread.join().unwrap());
        assert_eq!(taken.iter().filter(|&&taken| taken).count() + usize::from(mine), 2);
        assert_eq!((table.snapshot().shared, table.len()), (3, 1));
    });
}

#[test]
fn a_stored_key_is_made_once_and_hit_or_evicted_never_both() {
    loom::model(|| {
        let table = Arc::new(Table::<u64, u64>::new(Policy::new(1).with_seed(1)).unwrap());
        assert_eq!(table.take(TOY, 1, 80), Ok(true));
        let other = Arc::clone(&table);
        let thread = thread::spawn(move || other.take(TOY, 2, 100));
        let mine = table.take(TOY, 1, 100);
        let theirs = thread.join().unwrap();
        assert!(mine.is_ok() != theirs.is_ok());
        assert_eq!(table.look(TOY, 1), mine.ok().map(|_| 110));
        assert_eq!(table.look(TOY, 2), theirs.ok().map(|_| 110));
        assert_eq!(table.len(), 1);
    });
}
