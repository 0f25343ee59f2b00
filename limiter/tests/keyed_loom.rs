//! All interleavings of two threads on what keys share:
//!
//! `RUSTFLAGS="--cfg seawall_loom" LOOM_MAX_PREEMPTIONS=2 cargo test --release -p seawall-limiter --features keyed --test keyed_loom`
#![cfg(all(seawall_loom, feature = "keyed"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use loom::thread;
use seawall_limiter::{Hashed, Keyed, Keys, Mode, Quota, Turn};

const NOW: Duration = Duration::from_secs(1);

fn ms(millis: u64) -> Duration {
    NOW + Duration::from_millis(millis)
}

fn keys() -> Keys {
    Keys::new(2).with_shards(1).with_seed(1)
}

fn keyed(burst: u32) -> Keyed<u64> {
    Keyed::new(Quota::per_second(10).with_burst(burst), keys()).unwrap()
}

#[test]
fn a_take_is_judged_by_one_edition_of_the_settings() {
    loom::model(|| {
        let keyed = keyed(1);
        keyed.try_acquire_at(&1, NOW).unwrap();
        let other = keyed.clone();
        let taker = thread::spawn(move || other.try_acquire_at(&1, NOW).unwrap_err());
        // Two, so that the place from which is read is written to.
        keyed.update_at(Quota::per_second(1).with_burst(4), NOW).unwrap();
        keyed.update_at(Quota::per_minute(1).with_burst(2), NOW).unwrap();
        let refused = taker.join().unwrap();
        let wait = match refused.number("limit") {
            Some(1) => Duration::from_millis(100),
            Some(4) => Duration::from_secs(1),
            Some(2) => Duration::from_secs(60),
            other => panic!("a limit of {other:?}"),
        };
        assert!(
            refused.retry_after().unwrap().abs_diff(wait) < Duration::from_nanos(200),
            "{refused}"
        );
        assert!(keyed.fits_in_at(&1, 1, NOW).unwrap() >= Duration::from_millis(59_999));
    });
}

#[test]
fn a_change_makes_no_take_undone() {
    loom::model(|| {
        let keyed = keyed(3);
        keyed.try_acquire_at(&1, NOW).unwrap();
        let other = keyed.clone();
        let taker = thread::spawn(move || u32::from(other.try_acquire_at(&1, NOW).is_ok()));
        keyed.update_at(Quota::per_second(20).with_burst(3), NOW).unwrap();
        let taken = 1 + taker.join().unwrap();
        assert_eq!(taken + keyed.remaining_at(&1, NOW), 3);
    });
}

#[test]
fn what_is_taken_while_a_gate_comes_and_goes_is_not_lost() {
    loom::model(|| {
        let keyed = keyed(2);
        let other = keyed.clone();
        let blocker = thread::spawn(move || {
            other.block_until_at(&1, ms(1), NOW).unwrap();
            other.unblock(&1);
            u32::from(other.try_acquire_at(&1, ms(1)).is_ok())
        });
        let mut taken = u32::from(keyed.try_acquire_at(&1, ms(1)).is_ok());
        taken += keyed.try_acquire_up_to_at(&1, 1, ms(1));
        taken += blocker.join().unwrap();
        assert_eq!(taken + keyed.remaining_at(&1, ms(1)), 2);
        keyed.try_acquire_many_at(&1, 2, ms(500)).unwrap();
        assert_eq!(keyed.snapshot().in_line, 0);
    });
}

#[test]
fn two_who_wait_for_one_key_stand_in_one_line() {
    loom::model(|| {
        let keyed = keyed(1);
        keyed.try_acquire_at(&1, NOW).unwrap();
        let other = keyed.clone();
        let waiter = thread::spawn(move || {
            let ticket = other.join_at(&1, 1, None, NOW).unwrap();
            ticket.expected_at()
        });
        let mut ticket = keyed.join_at(&1, 1, None, NOW).unwrap();
        let theirs = waiter.join().unwrap();
        let ours = ticket.expected_at();
        // Behind the other, in front of him, or after he has left.
        assert!(ours == ms(100) || (ours == ms(200) && theirs == ms(100)), "{ours:?}, {theirs:?}");
        assert_eq!(ticket.poll_at(None, ms(100)), Turn::Granted);
        drop(ticket);
        assert!(keyed.try_acquire_at(&1, ms(100)).is_err());
        keyed.try_acquire_at(&1, ms(200)).unwrap();
        assert_eq!(keyed.snapshot().in_line, 0);
    });
}

#[test]
fn a_mode_reaches_a_gate_that_is_being_made() {
    loom::model(|| {
        let keyed = keyed(1);
        keyed.try_acquire_at(&1, NOW).unwrap();
        let other = keyed.clone();
        let setter = thread::spawn(move || other.set_mode(Mode::ForcedOff));
        let mut ticket = keyed.join_at(&1, 1, None, NOW).unwrap();
        setter.join().unwrap();
        assert_eq!(ticket.poll_at(None, NOW), Turn::Granted);
    });
}

#[test]
fn a_change_reaches_a_gate_that_is_being_made() {
    loom::model(|| {
        let keyed = keyed(1);
        keyed.try_acquire_at(&1, NOW).unwrap();
        let other = keyed.clone();
        let setter = thread::spawn(move || {
            other.update_at(Quota::per_second(1000).with_burst(1), NOW).unwrap();
        });
        let mut ticket = keyed.join_at(&1, 1, None, NOW).unwrap();
        setter.join().unwrap();
        assert_eq!(ticket.poll_at(None, ms(1)), Turn::Granted);
    });
}

#[test]
fn a_hashed_take_is_judged_by_one_edition_of_the_settings() {
    loom::model(|| {
        let hashed = Hashed::<u64>::new(Quota::per_second(10).with_burst(1), keys()).unwrap();
        let other = hashed.clone();
        let taker = thread::spawn(move || other.try_acquire_many_at(&1, 3, NOW));
        hashed.update(Quota::per_second(1).with_burst(3)).unwrap();
        hashed.update(Quota::per_minute(1).with_burst(2)).unwrap();
        match taker.join().unwrap() {
            Ok(()) => {}
            Err(above) => assert!(matches!(above.number("limit"), Some(1 | 2)), "{above}"),
        }
    });
}
