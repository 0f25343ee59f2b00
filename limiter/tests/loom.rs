//! All interleavings of two or three threads on each shared word:
//!
//! `RUSTFLAGS="--cfg seawall_loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p seawall-limiter --test loom`
#![cfg(seawall_loom)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicU32 as Count, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::Duration;

use loom::thread;
use seawall_limiter::{LeakyQueue, Lots, Quota, TokenBucket, Turn};

const NOW: Duration = Duration::from_secs(1);

fn ms(millis: u64) -> Duration {
    NOW + Duration::from_millis(millis)
}

fn bucket(burst: u32) -> TokenBucket {
    TokenBucket::new(Quota::per_second(10).with_burst(burst)).unwrap()
}

#[derive(Default)]
struct Bell(Count);

impl Wake for Bell {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn takes_at_one_instant_never_pass_the_burst() {
    loom::model(|| {
        let bucket = bucket(3);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let bucket = bucket.clone();
                thread::spawn(move || {
                    u32::from(bucket.try_acquire_at(NOW).is_ok())
                        + 2 * u32::from(bucket.try_acquire_many_at(2, NOW).is_ok())
                })
            })
            .collect();
        let taken: u32 = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(taken + bucket.remaining_at(NOW), 3);
    });
}

#[test]
fn a_word_that_is_checked_out_loses_no_take() {
    loom::model(|| {
        let bucket = bucket(3);
        let other = bucket.clone();
        let taker = thread::spawn(move || u32::from(other.try_acquire_at(NOW).is_ok()));
        let mut taken = bucket.try_acquire_up_to_at(1, NOW);
        taken += u32::from(bucket.try_acquire_at(NOW).is_ok());
        taken += taker.join().unwrap();
        assert_eq!(taken, 3);
        assert_eq!(bucket.remaining_at(NOW), 0);
    });
}

#[test]
fn a_take_reads_either_the_old_quota_or_the_new_one() {
    loom::model(|| {
        // In the old one five fit, in the new one two: never three of the new.
        let bucket = bucket(5);
        let other = bucket.clone();
        let taker =
            thread::spawn(move || (other.try_acquire_many_at(4, NOW), other.try_acquire_at(NOW)));
        let new = Quota::per_hour(7).with_burst(2);
        bucket.update_at(new, NOW).unwrap();
        let (four, one) = taker.join().unwrap();
        let left = bucket.remaining_at(NOW);
        match (four, one.is_ok()) {
            // All before the change, or the last one after it.
            (Ok(()), true) => assert_eq!(left, 0),
            (Ok(()), false) => panic!("one was left, before and after"),
            (Err(refused), true) => {
                assert_eq!(refused.number("limit"), Some(2), "judged by the new quota alone");
                assert_eq!(left, 1);
            }
            (Err(_), false) => panic!("two were left"),
        }
    });
}

#[test]
fn a_refusal_is_told_in_the_terms_of_one_quota() {
    loom::model(|| {
        let bucket = bucket(1);
        bucket.try_acquire_at(NOW).unwrap();
        let other = bucket.clone();
        let taker = thread::spawn(move || other.try_acquire_at(NOW).unwrap_err());
        bucket.update_at(Quota::per_second(1).with_burst(4), NOW).unwrap();
        let refused = taker.join().unwrap();
        let told = (refused.number("limit").unwrap(), refused.retry_after().unwrap());
        // A nanosecond or two are lost to rounding.
        let (limit, wait) = told;
        let full = Duration::from_millis(if limit == 1 { 100 } else { 1000 });
        assert!(limit == 1 || limit == 4);
        assert!(wait.abs_diff(full) < Duration::from_nanos(20), "{told:?}");
    });
}

#[test]
fn a_change_that_leaves_the_level_alone_is_noticed_by_a_take_under_way() {
    loom::model(|| {
        let bucket = bucket(5);
        // The stamp of a full bucket is now; so it is after the change.
        bucket.update_at(Quota::per_second(10).with_burst(5), NOW).unwrap();
        let other = bucket.clone();
        let taker = thread::spawn(move || other.try_acquire_many_at(4, NOW).is_ok());
        bucket.update_at(Quota::per_second(10).with_burst(2), NOW).unwrap();
        let taken = taker.join().unwrap();
        assert_eq!(bucket.remaining_at(NOW), if taken { 1 } else { 2 });
    });
}

#[test]
fn a_refund_meets_a_take_and_both_count() {
    loom::model(|| {
        let bucket = bucket(2);
        let charge = bucket.charge_at(2, NOW).unwrap();
        let other = bucket.clone();
        let taker = thread::spawn(move || u32::from(other.try_acquire_at(NOW).is_ok()));
        charge.refund_at(NOW);
        let taken = taker.join().unwrap();
        assert_eq!(taken + bucket.remaining_at(NOW), 2);
    });
}

#[test]
fn two_who_wait_are_served_in_turn_and_neither_is_forgotten() {
    loom::model(|| {
        let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
        queue.try_acquire_at(NOW).unwrap();
        let mut first = queue.join_at(1, Duration::from_secs(1), NOW).unwrap();
        let other = queue.clone();
        let second = thread::spawn(move || {
            let ticket = other.join_at(1, Duration::from_secs(1), NOW).unwrap();
            let mut ticket = ticket.into_owned();
            // The first one's time has come, and he may not have.
            let turn = ticket.poll_at(None, ms(105));
            (turn, ticket)
        });
        assert_eq!(first.poll_at(None, ms(105)), Turn::Granted);
        let (turn, mut ticket) = second.join().unwrap();
        // Dated back by the slack, the first one's turn was at 100 ms.
        assert_eq!(turn, Turn::NotBefore(ms(200)));
        assert_eq!(ticket.poll_at(None, ms(200)), Turn::Granted);
        assert_eq!(queue.snapshot_at(ms(300)).waiting, 0);
    });
}

#[test]
fn a_head_that_is_dropped_wakes_the_next_whenever_it_came() {
    loom::model(|| {
        let queue = LeakyQueue::new(Quota::per_second(10)).unwrap();
        queue.try_acquire_at(NOW).unwrap();
        let head = queue.join_at(1, Duration::from_secs(1), NOW).unwrap();
        let other = queue.clone();
        let next = thread::spawn(move || {
            let bell = StdArc::<Bell>::default();
            let waker = Waker::from(StdArc::clone(&bell));
            let mut ticket = other.join_at(1, Duration::from_secs(1), NOW).unwrap();
            let turn = ticket.poll_at(Some(&waker), NOW);
            // It stays in line.
            std::mem::forget(ticket);
            (bell, turn)
        });
        drop(head);
        let (bell, turn) = next.join().unwrap();
        let knows = turn == Turn::NotBefore(ms(100));
        assert!(knows || bell.0.load(Relaxed) == 1, "it waits for its deadline: {turn:?}");
    });
}

#[test]
fn the_last_who_leaves_opens_the_fast_path_again() {
    loom::model(|| {
        let bucket = bucket(1);
        bucket.try_acquire_at(NOW).unwrap();
        let ticket = bucket.join_at(1, Duration::from_secs(1), NOW).unwrap();
        let other = bucket.clone();
        let taker = thread::spawn(move || u32::from(other.try_acquire_at(ms(100)).is_ok()));
        drop(ticket);
        let taken = taker.join().unwrap();
        assert_eq!(taken + u32::from(bucket.try_acquire_at(ms(100)).is_ok()), 1);
    });
}

#[test]
fn a_block_meets_a_take_and_leaves_the_count_right() {
    loom::model(|| {
        let bucket = bucket(2);
        let other = bucket.clone();
        let taker = thread::spawn(move || u32::from(other.try_acquire_at(NOW).is_ok()));
        bucket.block_until_at(ms(500), NOW);
        bucket.unblock();
        let taken = taker.join().unwrap();
        assert_eq!(taken + bucket.try_acquire_up_to_at(9, NOW), 2);
    });
}

#[test]
fn two_lots_never_hand_out_more_than_there_is() {
    loom::model(|| {
        let lots = Lots::new(Quota::per_second(10).with_burst(7), 2, 2).unwrap();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let mut lot = lots.holder().unwrap();
                thread::spawn(move || (0..3).filter(|_| lot.try_acquire_at(NOW).is_ok()).count())
            })
            .collect();
        let taken: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(taken + lots.snapshot_at(NOW).remaining as usize, 3);
    });
}

#[test]
fn a_lot_that_saw_no_change_is_given_back_at_the_next_call() {
    loom::model(|| {
        let lots = Lots::new(Quota::per_second(10).with_burst(5), 1, 2).unwrap();
        let mut lot = lots.holder().unwrap();
        lot.try_acquire_at(NOW).unwrap();
        let other = lots.clone();
        let blocker = thread::spawn(move || other.block_until_at(ms(500), NOW));
        let during = lot.try_acquire_at(NOW).is_ok();
        blocker.join().unwrap();
        assert!(lot.try_acquire_at(NOW).is_err(), "the block was seen by the one who joined");
        assert!(lot.try_acquire_at(ms(500)).is_ok());
        let _ = during;
    });
}
