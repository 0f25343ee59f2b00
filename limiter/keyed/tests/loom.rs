//! All interleavings of two or three threads on the slots of a table:
//!
//! `RUSTFLAGS="--cfg seawall_loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p seawall-keyed --test loom`
#![cfg(seawall_loom)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

mod common;

use std::sync::Arc;

use common::{Keyed, Toy};
use loom::thread;
use seawall_keyed::{Fingerprints, Policy, Table, WordRule};

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
            prints.update(&key, 0, &Few, |word| {
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
        let thread = thread::spawn(move || other.take(TOY, 2, 100));
        assert!(matches!(prints.look(TOY, 1), Some(90) | None));
        assert!(matches!(prints.look(TOY, 2), Some(110) | None));
        assert_eq!(thread.join().unwrap(), Ok(true));
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
